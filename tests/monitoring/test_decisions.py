"""Decisions: what each sets in motion, who may decide, and what a crash at any step leaves."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import refresh
from mlops_ext.errors import BadRequest, Conflict, NotFound, Refused
from mlops_ext.handlers.catalogue import Catalogue
from mlops_ext.handlers.live import Watcher
from mlops_ext.monitoring import baselines, decisions
from mlops_ext.monitoring.evaluating import evaluate
from mlops_ext.monitoring.files import Monitor
from mlops_ext.monitoring.keys import digest_of
from mlops_ext.refresh import decide, settle
from mlops_ext.store import Store
from tests.handlers.served import end_engine
from tests.monitoring.watched import batch, labels, loaded, write_monitor


class Crash(BaseException):
    """As if the process had been killed here."""


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    yield


@pytest.fixture
def project(tmp_path: Path) -> tuple[Monitor, str]:
    """A monitor with an open alert; answers the alert's id."""
    monitor = loaded(write_monitor(tmp_path / "project"))
    batch(monitor.folder, 1)
    labels(monitor.folder, 1, right=False)
    [made] = evaluate(monitor)
    assert made["alert"] is not None
    return monitor, made["alert"]["id"]


def by_eva(monitor: Monitor, alert: str, action: str, **given: Any) -> dict[str, Any]:
    return decide(monitor.workspace, alert, action, "I have looked", user="eva", origin="test", **given)


def written(monitor: Monitor) -> list[dict[str, Any]]:
    path = decisions.decisions_file(monitor.file)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ended(monitor: Monitor, run: str) -> dict[str, Any]:
    """The run when it has ended, and its engine has left."""
    deadline = time.monotonic() + 60
    with Store.open(monitor.workspace) as store:
        while (found := store.run(run))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    end_engine(monitor.workspace)
    return found


def test_accept_replaces_the_baseline_and_keeps_the_old_one(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    target = monitor.folder / "reference.csv"
    old, before = target.read_bytes(), digest_of(target)
    made = by_eva(monitor, alert, "accept", seen=0)
    assert made["state"] == "accepted"
    new = target.read_text().splitlines()
    assert len(new) == 21 and "label" in new[0], "the rows of the batch, with the labels that had come"
    assert baselines.kept(monitor, before).read_bytes() == old
    [line] = written(monitor)
    assert line["baseline"] == {
        "path": "reference.csv",
        "batch": "scored/01.csv",
        "rows": 20,
        "from": before,
        "to": digest_of(target),
    }
    assert line["user"] == "eva" and line["comment"] == "I have looked" and line["action"] == "accept"
    batch(monitor.folder, 2)
    labels(monitor.folder, 2, right=False)
    [quiet] = evaluate(monitor)
    assert quiet["alert"] is None or quiet["alert"]["id"] != alert
    assert quiet["baseline"] == digest_of(target)[:12]  # type: ignore[index]


def test_accept_takes_the_last_batch_in_time_not_the_last_evaluated(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    batch(monitor.folder, 2)
    labels(monitor.folder, 2, right=False)
    assert [one["alert"]["id"] for one in evaluate(monitor)] == [alert]
    path = monitor.folder / "labels/01.csv"
    path.write_text(path.read_text().replace("101,0", "101,1"))
    [again] = evaluate(monitor, batch="scored/01.csv")
    assert not again["reused"] and again["alert"]["id"] == alert
    by_eva(monitor, alert, "accept")
    assert written(monitor)[0]["baseline"]["batch"] == "scored/02.csv"


def test_retrain_starts_the_refresh_pipeline_and_a_good_evaluation_resolves(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    made = by_eva(monitor, alert, "retrain")
    assert made["state"] == "retraining" and made["decisions"][0]["run"] == made["run"]
    assert ended(monitor, made["run"])["state"] == "succeeded"
    batch(monitor.folder, 2)
    labels(monitor.folder, 2)
    assert [one["status"] for one in evaluate(monitor)] == ["ok"]
    with Store.open(monitor.workspace) as store:
        assert store.alert(alert)["state"] == "resolved"
    with pytest.raises(Conflict, match="eva has decided already"):
        by_eva(monitor, alert, "dismiss")


def test_a_snooze_is_over_when_its_time_is(project: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monitor, alert = project
    made = by_eva(monitor, alert, "snooze", until="2999-01-01T00:00:00+02:00")
    assert made["state"] == "snoozed" and made["snoozed_until"] == "2998-12-31T22:00:00.000Z"
    with Store.open(monitor.workspace) as store:
        store.change_alert(alert, snoozed_until="2001-01-01T00:00:00.000Z")
    batch(monitor.folder, 2)
    labels(monitor.folder, 2, right=False)
    [made] = evaluate(monitor)
    assert made["alert"] == {"id": alert, "state": "open", "opened_now": False}


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"action": "explode"}, "/action"),
        ({"comment": "  "}, "/comment"),
        ({"comment": "x" * 10_001}, "/comment"),
        ({"action": "dismiss", "until": "2999-01-01"}, "/until"),
        ({"action": "snooze", "until": "tomorrow"}, "/until"),
        ({"action": "snooze", "until": "2001-01-01"}, "/until"),
    ],
)
def test_what_cannot_be_decided(project: tuple[Monitor, str], given: dict[str, Any], pointer: str) -> None:
    monitor, alert = project
    asked = {"action": "dismiss", "comment": "known", **given}
    with pytest.raises(BadRequest) as caught:
        decide(monitor.workspace, alert, user="eva", origin="test", **asked)
    assert caught.value.pointer == pointer
    assert written(monitor) == []


def test_who_has_not_seen_the_last_decision_is_told(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    by_eva(monitor, alert, "snooze", seen=0)
    with pytest.raises(Conflict, match="eva has decided already") as caught:
        by_eva(monitor, alert, "dismiss", seen=0)
    assert caught.value.code == "decided-already"
    assert by_eva(monitor, alert, "dismiss", seen=1)["state"] == "dismissed"
    assert [line["action"] for line in written(monitor)] == ["snooze", "dismiss"]
    with pytest.raises(NotFound):
        by_eva(monitor, "0" * 32, "dismiss")


def test_a_refresh_that_cannot_start_decides_nothing(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    (monitor.folder / "refresh.pipeline").write_text('{"version": 1, "nodes": {"a": {"type": "script"}}}')
    with pytest.raises(Exception, match="path"):
        by_eva(monitor, alert, "retrain")
    (monitor.folder / "refresh.pipeline").unlink()
    with pytest.raises(Conflict, match="no refresh pipeline"):
        by_eva(monitor, alert, "retrain")
    bare = loaded(write_monitor(monitor.folder, refresh={"pipeline": "other.pipeline"}))
    text = json.loads(bare.file.read_text())
    del text["refresh"]
    bare.file.write_text(json.dumps(text))
    with pytest.raises(Refused, match="names no pipeline"):
        by_eva(monitor, alert, "retrain")
    with Store.open(monitor.workspace) as store:
        assert store.alert(alert)["state"] == "open" and store.pending_decisions() == []
    assert written(monitor) == []


STEPS = [
    (decisions, "begin"),
    (baselines, "_copy"),
    (baselines, "replace"),
    (decisions, "write_down"),
    (Store, "finish_decision"),
    (Store, "change_alert"),
    (decisions, "finish"),
]


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[name for _, name in STEPS])
def test_a_crash_at_any_step_of_accept_is_none_or_all(
    project: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch, step: int, late: bool
) -> None:
    monitor, alert = project
    target = monitor.folder / "reference.csv"
    old = digest_of(target)
    place, name = STEPS[step]
    real = getattr(place, name)

    def crash(*given: Any, **named: Any) -> Any:
        if late:
            real(*given, **named)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(place, name, crash)
        with pytest.raises(Crash):
            by_eva(monitor, alert, "accept")
    settle(monitor.workspace)
    with Store.open(monitor.workspace) as store:
        found = store.alert(alert)
        assert store.pending_decisions() == []
    lines = written(monitor)
    if name == "begin" and not late:
        assert found["state"] == "open" and lines == [] and digest_of(target) == old
        return
    assert found["state"] == "accepted" and len(found["decisions"]) == len(lines) == 1
    assert digest_of(target) == lines[0]["baseline"]["to"] != old
    assert baselines.kept(monitor, old).exists()


def test_a_crash_between_the_decision_and_the_run_starts_it_once(
    project: tuple[Monitor, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor, alert = project
    real = refresh.submit

    def crash(*given: Any, **named: Any) -> Any:
        real(*given, **named)
        raise Crash

    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(refresh, "submit", crash)
            try:
                by_eva(monitor, alert, "retrain")
            except (Crash, Conflict):
                continue
    settle(monitor.workspace)
    with Store.open(monitor.workspace) as store:
        runs, _ = store.runs()
    ended(monitor, runs[0]["id"])
    with Store.open(monitor.workspace) as store:
        assert len(runs) == 1 and store.alert(alert)["run"] == runs[0]["id"]
        assert store.alert(alert)["state"] == "retraining"
    assert len(written(monitor)) == 1


KILLED = """
import os, signal, sys
from pathlib import Path
from mlops_ext.monitoring import decisions
from mlops_ext.paths import workspace_at
from mlops_ext.refresh import decide
real = decisions.write_down
def cut(*given):
    os.kill(os.getpid(), signal.SIGKILL)
decisions.write_down = cut
decide(workspace_at(Path(sys.argv[1])), sys.argv[2], "dismiss", "known", user="eva", origin="test")
"""


def test_one_that_is_killed_is_finished_by_the_next(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    done = subprocess.run([sys.executable, "-c", KILLED, str(monitor.workspace.folder), alert], env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    with Store.open(monitor.workspace) as store:
        assert store.alert(alert)["state"] == "open" and store.alert(alert)["decisions"] == []
    with pytest.raises(Conflict, match="eva has decided already"):
        by_eva(monitor, alert, "retrain")
    assert [line["action"] for line in written(monitor)] == ["dismiss"]


def test_a_server_that_comes_back_finishes_what_was_decided(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    subprocess.run([sys.executable, "-c", KILLED, str(monitor.workspace.folder), alert], env=dict(os.environ))
    nobody = logging.getLogger("test")
    watcher = Watcher(Catalogue(monitor.folder), lambda _: None, lambda _: None, nobody, settle=settle)
    watcher.start()
    deadline = time.monotonic() + 30
    with Store.open(monitor.workspace) as store:
        while store.alert(alert)["state"] == "open":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert store.pending_decisions() == []
    watcher.stop()
    assert [line["action"] for line in written(monitor)] == ["dismiss"]


def test_a_line_that_was_cut_is_written_anew(project: tuple[Monitor, str]) -> None:
    monitor, alert = project
    path = decisions.decisions_file(monitor.file)
    path.write_text('{"id": "old", "user": "adam"}\n{"id": "cut", "us')
    by_eva(monitor, alert, "dismiss")
    assert [line["user"] for line in written(monitor)] == ["adam", "eva"]
    path.write_text(path.read_text().rstrip("\n"))
    decisions.write_down(monitor, {**_decision(monitor, alert), "id": "next", "effect": None})
    assert [line["id"] for line in written(monitor)][2] == "next"


def test_a_file_of_decisions_that_is_a_link_is_not_followed(project: tuple[Monitor, str], tmp_path: Path) -> None:
    monitor, alert = project
    (tmp_path / "elsewhere").write_text("mine\n")
    decisions.decisions_file(monitor.file).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="cannot be written"):
        by_eva(monitor, alert, "dismiss")
    assert (tmp_path / "elsewhere").read_text() == "mine\n"


def _decision(monitor: Monitor, alert: str) -> dict[str, Any]:
    with Store.open(monitor.workspace) as store:
        found: dict[str, Any] = store.alert(alert)["decisions"][0]
    return found
