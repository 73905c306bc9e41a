"""A monitor as a node: what comes after it depends on what it says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import InvalidPipeline
from mlops_ext.monitoring.node import results_of
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from mlops_ext.submit import submit
from tests.handlers.served import end_engine
from tests.monitoring.watched import batch, evaluation, labels, write_monitor


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    yield


def pipeline(folder: Path) -> Path:
    """A monitor, and two scripts of which its verdict chooses one."""
    write_monitor(folder)
    for name in ("calm", "alarm"):
        (folder / f"{name}.sh").write_text(f"echo {name} > {name}.txt\n")
    when = {"result": "status", "op": "==", "value": "alert"}
    document = {
        "version": 1,
        "nodes": {
            "watch": {"type": "monitor", "path": "m.monitor"},
            "calm": {"type": "script", "path": "calm.sh"},
            "alarm": {"type": "script", "path": "alarm.sh"},
        },
        "edges": [
            {"from": "watch", "to": "calm", "when": {"result": "acc", "op": ">=", "value": 0.9}},
            {"from": "watch", "to": "alarm", "when": when},
        ],
    }
    file = folder / "watch.pipeline"
    file.write_text(json.dumps(document))
    return file


def ended(file: Path) -> dict[str, Any]:
    workspace = find_workspace(file)
    run_id = submit(None, file)
    deadline = time.monotonic() + 60
    with Store.open(workspace) as store:
        while (run := store.run(run_id))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    return run


def test_edges_carry_conditions_on_what_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    file = pipeline(folder)
    batch(folder, 1)
    labels(folder, 1)
    run = ended(file)
    assert run["state"] == "succeeded", run
    watch = run["nodes"]["watch"]
    assert watch["results"] == {
        "status": "ok",
        "acc": 1,
        "acc_verdict": "ok",
        "many": 20,
        "many_verdict": "ok",
    }
    assert run["nodes"]["calm"]["state"] == "succeeded" and run["nodes"]["alarm"]["reason"] == "condition"
    log = (find_workspace(file).run_folder(run["id"]) / watch["log"]).read_text()
    assert "scored/01.csv: ok" in log and "acc = 1.0" in log

    again = ended(file)["nodes"]
    assert not again["watch"]["reused"] and again["watch"]["results"] == watch["results"]
    batch(folder, 2)
    labels(folder, 2, right=False)
    run = ended(file)
    assert run["nodes"]["watch"]["results"]["status"] == "alert"
    assert run["nodes"]["calm"]["reason"] == "condition" and (folder / "alarm.txt").exists()
    end_engine(find_workspace(file))
    with Store.open(find_workspace(file)) as store:
        assert store.active_alert("m.monitor") is not None


def test_what_cannot_be_evaluated_fails_with_a_sentence(tmp_path: Path) -> None:
    file = pipeline(tmp_path / "project")
    run = ended(file)
    error = run["nodes"]["watch"]["error"]
    assert run["state"] == "failed" and error["code"] == "not-evaluated"
    assert error["message"].startswith("There is no batch yet")
    end_engine(find_workspace(file))


def test_isolated_it_is_refused(tmp_path: Path) -> None:
    file = pipeline(tmp_path / "project")
    with pytest.raises(InvalidPipeline, match="in the workspace itself") as caught:
        submit(None, file, mode="isolated")
    assert [one.code for one in caught.value.issues or ()] == ["runtime-needed"]


def test_of_several_values_the_worst_is_the_result() -> None:
    made = evaluation("01", {"acc": "ok"})
    [metric] = made["metrics"]
    made["metrics"] = [
        {**metric, "check": "psi", "column": "a", "value": 0.1},
        {**metric, "check": "psi", "column": "b", "value": 0.4, "verdict": "alert"},
        {**metric, "check": "psi", "column": "c", "value": 0.9},
        {**metric, "check": "none", "value": None, "verdict": "not_computed"},
        {**metric, "check": "x" * 63},
    ]
    found = results_of({**made, "status": "alert"})
    assert found["psi"] == 0.4 and found["psi_verdict"] == "alert" and found["status"] == "alert"
    assert found["none"] is None and all(len(name) <= 63 for name in found)
