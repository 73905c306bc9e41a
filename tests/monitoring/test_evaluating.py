"""Evaluations by real processes: once for a key, also for two at once; whole or not at all, also when killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import InvalidMonitor, NotFound
from mlops_ext.monitoring import evaluating
from mlops_ext.monitoring.evaluating import detail_of, evaluate, preview
from mlops_ext.monitoring.files import load
from mlops_ext.monitoring.locks import is_held
from mlops_ext.monitoring.process import ask, order
from mlops_ext.store import Store
from tests.monitoring.watched import batch, document, labels, loaded, rows, table, write_monitor

SLOW = """
import sys, time
from mlops_ext.monitoring import evaluate, evaluating
real = evaluate.evaluate
def slow(*given):
    print("computing", flush=True)
    time.sleep(30)
    return real(*given)
evaluate.evaluate = slow
from mlops_ext.monitoring.process import main
sys.exit(main())
"""


def answers(monitor: Any, **chosen: Any) -> list[dict[str, Any]]:
    return list(evaluate(monitor, **chosen))


def test_late_labels_supersede_and_the_same_is_not_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = loaded(write_monitor(tmp_path))
    for number in (1, 2):
        batch(tmp_path, number)
    first, second = answers(monitor, every=True)
    assert [first["status"], second["status"]] == ["no_labels", "no_labels"]
    assert not first["reused"] and first["labelled"] == 0 and first["model"] is not None

    labels(tmp_path, 1)
    known, same = answers(monitor, every=True)
    assert known["id"] != first["id"] and known["status"] == "ok" and known["labelled"] == 20
    assert same["id"] == second["id"] and same["reused"], "labels of one batch say nothing of another"

    def never(*_: Any) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(evaluating, "_computed", never)
    assert [one["reused"] for one in answers(monitor, every=True)] == [True, True]
    assert answers(monitor)[0]["batch"] == "scored/02.csv"
    assert answers(monitor, batch="scored/01.csv")[0]["id"] == known["id"]
    with Store.open(monitor.workspace) as store:
        assert store.evaluation("m.monitor", first["id"])["superseded_by"] == known["id"]
    assert detail_of(monitor.workspace, "m.monitor", known["id"]) is not None


@pytest.mark.parametrize("what", ["baseline", "model", "checks", "batch"])
def test_whatever_goes_in_makes_another_key(tmp_path: Path, what: str) -> None:
    file = write_monitor(tmp_path)
    name = batch(tmp_path, 1)
    [first] = answers(loaded(file))
    if what == "model":
        (tmp_path / "model.bin").write_bytes(b"second version")
    elif what == "checks":
        write_monitor(tmp_path, checks={"many": {"measure": "rows"}})
    else:
        path = tmp_path / {"baseline": "reference.csv", "batch": name}[what]
        path.write_text(path.read_text() + path.read_text().splitlines()[-1].replace("119", "999") + "\n")
    [second] = answers(loaded(file))
    assert second["key"] != first["key"] and not second["reused"]


def test_what_cannot_be_evaluated_is_said(tmp_path: Path) -> None:
    file = write_monitor(tmp_path)
    with pytest.raises(NotFound, match="no batch yet"):
        answers(loaded(file))
    batch(tmp_path, 1)
    with pytest.raises(NotFound, match="no batch"):
        answers(loaded(file), batch="scored/99.csv")
    (tmp_path / "reference.csv").unlink()
    [failed] = answers(loaded(file))
    assert failed["status"] == "error" and failed["error"]["message"] and failed["alert"] is None
    assert not answers(loaded(file))[0]["reused"], "what could not be computed is tried again"
    file.write_text("{")
    with pytest.raises(InvalidMonitor):
        loaded(file)


def test_an_error_of_ours_is_a_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = loaded(write_monitor(tmp_path))
    batch(tmp_path, 1)

    def broken(*_: Any) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("mlops_ext.monitoring.evaluate.evaluate", broken)
    [failed] = answers(monitor)
    assert failed["status"] == "error" and failed["alert"] is None
    assert failed["error"]["code"] == "internal"


def test_data_that_changes_under_an_evaluation_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = loaded(write_monitor(tmp_path))
    batch(tmp_path, 1)
    real, seen = evaluating._computed, []

    def change(*given: Any) -> dict[str, Any]:
        found = real(*given)
        if not seen:
            labels(tmp_path, 1)
        seen.append(found["labelled"])
        return found

    monkeypatch.setattr(evaluating, "_computed", change)
    [made] = answers(monitor)
    assert seen == [0, 20] and made["labelled"] == 20
    monkeypatch.undo()
    assert answers(monitor)[0]["reused"]


def test_a_preview_keeps_nothing(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path))
    batch(tmp_path, 1)
    before = sorted(tmp_path.rglob("*"))
    found = preview(monitor)
    assert found["status"] == "no_labels" and found["detail"] is not None
    assert sorted(tmp_path.rglob("*")) == before


def test_of_a_table_only_the_rows_of_a_batch_count(tmp_path: Path) -> None:
    """What is added to the table for December is nothing new about November."""
    changed = {"path": "all.csv", "by": "month", "min_rows": 10}
    monitor = loaded(write_monitor(tmp_path, batches=changed))
    months = [{**row, "month": "2026-11"} for row in rows(range(20), labels=True)]
    table(tmp_path / "all.csv", months)
    [november] = answers(monitor, every=True)
    assert november["batch"] == "2026-11" and november["status"] == "ok"
    table(tmp_path / "all.csv", months + [{**row, "month": "2026-12"} for row in rows(range(50, 70), labels=True)])
    found = answers(monitor, every=True)
    assert [(one["batch"], one["reused"]) for one in found] == [("2026-11", True), ("2026-12", False)]


def test_labels_are_read_once_for_many_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_ext.monitoring import data

    monitor = loaded(write_monitor(tmp_path))
    for number in range(1, 6):
        batch(tmp_path, number)
        labels(tmp_path, number)
    seen: list[str] = []
    real = data.read

    def read(path: Path, *given: Any, **named: Any) -> Any:
        seen.append(f"{path.parent.name}/{path.name}")
        return real(path, *given, **named)

    monkeypatch.setattr(data, "read", read)
    assert {one["labelled"] for one in answers(monitor, every=True)} == {20}
    assert [seen.count(f"labels/{number:02}.csv") for number in range(1, 6)] == [1] * 5
    labels(tmp_path, 3, right=False)
    assert [one["reused"] for one in answers(monitor, every=True)] == [True, True, False, True, True]


def test_two_processes_at_once_compute_it_once(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path))
    batch(tmp_path, 1)
    given = json.dumps(order("evaluate", monitor.workspace, monitor.path, batch=None, all=False)).encode()
    command = [sys.executable, "-P", "-m", "mlops_ext.monitoring.process"]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
    found = [json.loads(process.stdout.read())["answer"] for process in both if process.stdout is not None]
    for process in both:
        assert process.wait() == 0
        assert process.stdout is not None
        process.stdout.close()
    assert found[0]["id"] == found[1]["id"]
    assert sorted(one["reused"] for one in found) == [False, True]
    with Store.open(monitor.workspace) as store:
        assert len(store.evaluations("m.monitor")[0]) == 1


def test_a_process_that_is_killed_leaves_nothing_and_nobody_waits(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path))
    batch(tmp_path, 1)
    given = json.dumps(order("evaluate", monitor.workspace, monitor.path, batch=None, all=False)).encode()
    process = subprocess.Popen([sys.executable, "-P", "-c", SLOW], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    process.stdin.write(given)
    process.stdin.close()
    while b"computing" not in process.stderr.readline():
        assert process.poll() is None
    assert is_held(monitor.state / evaluating.LOCK)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert not is_held(monitor.state / evaluating.LOCK)
    with Store.open(monitor.workspace) as store:
        assert store.evaluations("m.monitor")[0] == []
    begin = time.monotonic()
    [made] = ask(order("evaluate", monitor.workspace, monitor.path, batch=None, all=False))
    assert made["status"] == "no_labels" and time.monotonic() - begin < 60


def test_errors_come_out_of_the_process_as_they_are(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path))
    with pytest.raises(NotFound) as caught:
        ask(order("evaluate", monitor.workspace, monitor.path, batch=None, all=False))
    assert caught.value.code == "no-batches"
    with pytest.raises(InvalidMonitor) as invalid:
        ask(order("preview", monitor.workspace, monitor.path, document={**document(), "problem": "none"}))
    assert invalid.value.issues is not None and invalid.value.issues[0].pointer == "/problem"


def test_links_that_lead_out_are_no_batches(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    monitor = loaded(write_monitor(folder))
    table(tmp_path / "outside.csv", [{"id": 1, "age": 2, "pred": 1}])
    (folder / "scored").mkdir()
    (folder / "scored" / "01.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(NotFound):
        answers(monitor)
    (folder / "reference.csv").unlink()
    (folder / "reference.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(InvalidMonitor) as caught:
        load(monitor.workspace, monitor.path)
    assert [one.code for one in caught.value.issues or ()] == ["outside-workspace"]
