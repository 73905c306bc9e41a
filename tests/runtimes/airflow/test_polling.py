"""What Airflow shows becomes what the store knows, whatever Airflow does meanwhile."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import MlopsError, Unavailable
from mlops_ext.handlers.files import node_log
from mlops_ext.store import Store
from mlops_ext.submit import cancel, retry
from tests.runtimes.airflow.fake import World, world

__all__ = ["world"]

OK: dict[str, Any] = {"version": 1, "state": "succeeded", "reason": None, "results": {}, "outputs": {}, "error": None}
ERROR = {"code": "cell-failed", "message": "KeyError: 'age'", "hint": "", "cell": 2, "exit_code": None}
FAILED = {**OK, "state": "failed", "reason": "error", "error": ERROR}


def leave(world: World, key: tuple[str, str], node: str, attempt: int, outcome: dict[str, Any], **files: str) -> Path:
    """What the runner of an attempt leaves in the file store."""
    folder = world.files / key[0] / key[1] / node / str(attempt)
    folder.mkdir(parents=True)
    (folder / "node.json").write_text(json.dumps({**outcome, "attempt": attempt}))
    for name, text in {"log.txt": f"printed by {node} {attempt}\n", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_run_to_its_success(world: World) -> None:
    run_id, key = world.following()
    world.airflow.runs[key]["state"] = "running"
    world.airflow.task(key, "a", "running", start_date="2026-11-25T12:00:00Z")
    run = world.node(run_id, "a", "running")
    assert (run["state"], run["started"], run["nodes"]["a"]["log"]) == (
        "running", "2026-11-25T12:00:00.000Z", "a/1/log.txt",
    )  # fmt: skip
    leave(world, key, "a", 1, {**OK, "results": {"rows": 3}, "outputs": {"o.txt": {"sha256": "0" * 64, "bytes": 4}}},
          **{"outputs/o.txt": "made"})  # fmt: skip
    world.airflow.task(key, "a", "success", duration=1.5)
    run = world.node(run_id, "a", "succeeded")
    assert (run["nodes"]["a"]["results"], run["nodes"]["a"]["seconds"]) == ({"rows": 3}, 1.5)
    folder = world.workspace.run_folder(run_id) / "a" / "1"
    assert (folder / "log.txt").read_text() == "printed by a 1\n"
    assert (folder / "outputs" / "o.txt").read_text() == "made"
    world.airflow.outcomes[key[1], "b"] = {**OK, "results": {"by": "XCom"}}
    world.airflow.task(key, "b", "success")
    world.airflow.runs[key] |= {"state": "success", "end_date": "2026-11-25T12:00:09Z"}
    run = world.over(run_id)
    assert (run["state"], run["seconds"], run["remote"]["step"]) == ("succeeded", 9.0, "ended")
    assert run["nodes"]["b"]["results"] == {"by": "XCom"}
    log = world.workspace.run_folder(run_id) / "b" / "1" / "log.txt"
    assert log.read_text() == "log of b 1\n", "what the file store lacks comes from Airflow"
    with Store.open(world.workspace) as store:
        assert [(one["node"], one["state"]) for one in store.attempts(run_id)] == [
            ("a", "succeeded"),
            ("b", "succeeded"),
        ]


def test_attempts_and_what_each_left(world: World) -> None:
    run_id, key = world.following()
    world.airflow.runs[key]["state"] = "running"
    world.airflow.task(key, "a", "running", 1)
    world.node(run_id, "a", "running")
    leave(world, key, "a", 1, FAILED)
    world.airflow.task(key, "a", "up_for_retry", 1)
    run = world.node(run_id, "a", "queued", 1)
    assert run["nodes"]["a"]["reason"] == "retry"
    leave(world, key, "a", 2, FAILED)
    world.airflow.task(key, "a", "failed", 2)
    world.airflow.task(key, "b", "upstream_failed", 0)
    world.airflow.runs[key]["state"] = "failed"
    run = world.over(run_id)
    assert (run["state"], run["reason"], run["error"]["message"]) == ("failed", "error", "KeyError: 'age'")
    assert run["nodes"]["a"]["attempts"] == 2
    assert (run["nodes"]["b"]["state"], run["nodes"]["b"]["reason"]) == ("skipped", "upstream")
    with Store.open(world.workspace) as store:
        told = [(one["attempt"], one["state"], one["error"]["message"]) for one in store.attempts(run_id)]
        assert told == [(1, "failed", "KeyError: 'age'"), (2, "failed", "KeyError: 'age'")]
        assert node_log(store, run_id, "a", attempt=1)["text"] == "printed by a 1\n"


def test_attempts_that_nobody_saw(world: World) -> None:
    run_id, key = world.following()
    for attempt in (1, 2):
        leave(world, key, "a", attempt, FAILED)
    leave(world, key, "a", 3, OK)
    world.airflow.task(key, "a", "success", 3)
    run = world.node(run_id, "a", "succeeded")
    assert run["nodes"]["a"]["attempts"] == 3
    with Store.open(world.workspace) as store:
        assert [one["state"] for one in store.attempts(run_id, "a")] == ["failed", "failed", "succeeded"]


def test_what_failed_before_the_runner_began_is_in_the_log(world: World) -> None:
    """The outcome of an earlier attempt is in no XCom any more, and the file store has nothing."""
    run_id, key = world.following()
    told = {**FAILED, "attempt": 1, "store": None, "error": {**ERROR, "code": "unknown-secret", "cell": None}}
    line = f"mlops-ext outcome {json.dumps(told)}"
    world.airflow.logs["a", 1] = f"ERROR: [mlops] No secret.\n{line}\nTraceback (most recent call last):\n"
    world.airflow.outcomes[key[1], "a"] = {**FAILED, "attempt": 2}
    world.airflow.task(key, "a", "running", 2)
    world.node(run_id, "a", "running", 2)
    with Store.open(world.workspace) as store:
        (first, _) = store.attempts(run_id, "a")
        assert first["error"]["code"] == "unknown-secret"
        assert node_log(store, run_id, "a", attempt=1)["text"] == "ERROR: [mlops] No secret.\n"


@pytest.mark.parametrize("line", ["mlops-ext outcome {", "mlops-ext outcome []", 'mlops-ext outcome {"attempt": 7}'])
def test_a_log_that_pretends_is_not_believed(world: World, line: str) -> None:
    run_id, key = world.following()
    world.airflow.logs["a", 1] = f"printed\n{line}\n"
    world.airflow.task(key, "a", "failed", 1)
    run = world.node(run_id, "a", "failed")
    assert run["nodes"]["a"]["error"]["code"] == "no-outcome"


def test_a_pipeline_that_a_person_paused_in_airflow(world: World) -> None:
    run_id, key = world.following()
    world.airflow.paused[key[0]] = True
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert (run["state"], run["remote"]["problem"]["code"]) == ("queued", "paused")
    assert "paused in Airflow" in run["remote"]["problem"]["message"]
    assert "Switch the pipeline on" in run["remote"]["problem"]["hint"]
    world.airflow.paused[key[0]] = False
    world.until(run_id, lambda run: run["remote"]["problem"] is None)
    world.airflow.task(key, "a", "running")
    world.node(run_id, "a", "running")
    world.airflow.paused[key[0]] = True
    world.turn(4.0)
    assert world.run(run_id)["remote"]["problem"] is None, "what runs is not waiting"


def test_an_unknown_state_is_shown_and_not_fatal(world: World) -> None:
    run_id, key = world.following()
    world.airflow.runs[key]["state"] = "running"
    world.airflow.task(key, "a", "hibernating")
    run = world.node(run_id, "a", "running")
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert run["remote"]["problem"]["code"] == "unknown-state"
    assert "'hibernating'" in run["remote"]["problem"]["message"]
    leave(world, key, "a", 1, OK)
    world.airflow.task(key, "a", "success")
    run = world.node(run_id, "a", "succeeded")
    world.until(run_id, lambda run: run["remote"]["problem"] is None)


def test_a_state_that_goes_backwards_changes_nothing(world: World) -> None:
    run_id, key = world.following()
    leave(world, key, "a", 1, OK)
    world.airflow.task(key, "a", "success")
    world.node(run_id, "a", "succeeded")
    for state in ("running", "queued", None, "up_for_retry"):
        world.airflow.task(key, "a", state)
        world.turn(1.2)
        assert world.run(run_id)["nodes"]["a"]["state"] == "succeeded"


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("Airflow cannot be reached.", code="airflow-unreachable"),
        MlopsError("Airflow answered 500.", code="airflow-answer"),
        MlopsError("The password is wrong.", code="airflow-sign-in"),
        ValueError("what nobody thought of"),
    ],
)
def test_airflow_away_while_it_is_followed(world: World, error: Exception) -> None:
    run_id, key = world.following()
    world.airflow.task(key, "a", "running")
    world.node(run_id, "a", "running")
    world.airflow.broken = error
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    before = world.airflow.requests
    assert run["nodes"]["a"]["state"] == "running", "states stay as they were last known"
    world.turn(3.0)
    assert world.airflow.requests - before <= 4, "it is asked ever more rarely"
    world.airflow.broken = None
    leave(world, key, "a", 1, OK)
    world.airflow.task(key, "a", "success")
    run = world.until(run_id, lambda run: run["nodes"]["a"]["state"] == "succeeded")
    assert world.until(run_id, lambda run: run["remote"]["problem"] is None)["state"] == "running"


def test_cancelled(world: World) -> None:
    run_id, key = world.following()
    world.airflow.runs[key]["state"] = "running"
    world.airflow.task(key, "a", "running")
    world.airflow.task(key, "b", None, 0)
    world.node(run_id, "a", "running")
    cancel(world.workspace, run_id)
    run = world.over(run_id)
    assert (run["state"], run["error"]) == ("cancelled", None)
    assert {node["state"] for node in run["nodes"].values()} == {"cancelled"}


def test_a_request_to_cancel_survives_the_follower(world: World) -> None:
    run_id, key = world.following()
    world.airflow.task(key, "a", "running")
    world.node(run_id, "a", "running")
    world.airflow.broken = Unavailable("Airflow cannot be reached.", code="airflow-unreachable")
    cancel(world.workspace, run_id)
    world.turn(0.5)
    world.restart()
    world.airflow.broken = None
    assert world.over(run_id)["state"] == "cancelled"


def test_what_failed_runs_again_in_the_same_run(world: World) -> None:
    run_id, key = world.following()
    leave(world, key, "a", 1, FAILED)
    world.airflow.task(key, "a", "failed", 1)
    world.airflow.task(key, "b", "upstream_failed", 0)
    world.airflow.runs[key]["state"] = "failed"
    world.over(run_id)
    retry(world.workspace, run_id)
    run = world.until(run_id, lambda run: run["state"] == "running")
    assert {name: node["state"] for name, node in run["nodes"].items()} == {"a": "queued", "b": "queued"}
    assert run["remote"]["step"] == "following"
    for node, attempt in (("a", 2), ("b", 1)):
        leave(world, key, node, attempt, OK)
        world.airflow.task(key, node, "success", attempt)
    world.airflow.runs[key]["state"] = "success"
    run = world.over(run_id)
    assert (run["state"], run["error"], run["nodes"]["a"]["attempts"]) == ("succeeded", None, 2)
    assert world.airflow.triggered == 1


def test_runs_that_others_started_appear_once(world: World) -> None:
    _, (dag_id, _) = world.following()
    other = (dag_id, "scheduled__2026-11-25T06:00:00+00:00")
    world.airflow.add(*other, run_type="scheduled", state="running")
    world.airflow.task(other, "a", "running")
    with Store.open(world.workspace) as store:
        for _ in range(400):
            world.follower.turn()
            ours = store.known_remote("prod", *other)
            if ours is not None:
                break
        assert ours is not None
    run = world.node(ours, "a", "running")
    assert (run["remote"]["scheduled"], run["remote"]["run_id"], run["pipeline"]) == (True, other[1], "p.pipeline")
    assert (world.workspace.run_folder(ours) / ".source" / "p.pipeline").is_file()
    world.restart()
    world.turn(1.5)
    with Store.open(world.workspace) as store:
        assert len(store.runs()[0]) == 2
    world.airflow.runs[other]["state"] = "success"
    for name in ("a", "b"):
        world.airflow.task(other, name, "success")
    world.over(ours)
    with Store.open(world.workspace) as store:
        store.delete(ours)
    world.turn(6.5)
    with Store.open(world.workspace) as store:
        assert len(store.runs()[0]) == 1, "what was deleted here is not taken up again"


def test_a_run_that_was_deleted_in_airflow(world: World) -> None:
    run_id, key = world.following()
    world.airflow.task(key, "a", "running")
    world.node(run_id, "a", "running")
    del world.airflow.runs[key]
    run = world.over(run_id)
    assert (run["state"], run["error"]["code"]) == ("failed", "remote-deleted")
    assert run["nodes"]["a"]["state"] == "failed" and run["nodes"]["b"]["state"] == "cancelled"


def test_a_run_that_a_person_cleared_in_airflow_goes_on_here(world: World) -> None:
    run_id, key = world.following()
    leave(world, key, "a", 1, FAILED)
    world.airflow.task(key, "a", "failed", 1)
    world.airflow.task(key, "b", "upstream_failed", 0)
    world.airflow.runs[key]["state"] = "failed"
    world.over(run_id)
    world.airflow.clear_failed(*key)
    world.airflow.task(key, "a", "running", 2)
    world.airflow.runs[key]["state"] = "running"
    world.node(run_id, "a", "running", 2)


def test_cells_and_the_log_of_a_running_node(world: World) -> None:
    from tests.runtimes.lab import notebook_document

    (world.folder / "n.ipynb").write_text(json.dumps(notebook_document("1", "2", "3")))
    world.write(nodes={"a": {"type": "notebook", "path": "n.ipynb"}}, edges=[])
    run_id, key = world.following()
    world.airflow.task(key, "a", "running")
    world.node(run_id, "a", "running")
    folder = world.files / key[0] / key[1] / "a" / "1"
    folder.mkdir(parents=True)
    (folder / "cell.json").write_text('{"cell": 2, "cells": 3}')
    (folder / "log.txt").write_text("one\n")
    run = world.until(run_id, lambda run: run["nodes"]["a"]["cell"] == 2)
    assert run["nodes"]["a"]["cells"] == 3
    world.turn(0.6)
    log = world.workspace.run_folder(run_id) / "a" / "1" / "log.txt"
    assert not log.exists(), "nobody looks"
    with Store.open(world.workspace) as store:
        assert node_log(store, run_id, "a")["text"] == ""
        _until_text(world, store, run_id, "one\n")
        with (folder / "log.txt").open("a") as file:
            file.write("two\n")
        _until_text(world, store, run_id, "one\ntwo\n")


def test_the_budget_with_twenty_runs(world: World) -> None:
    world.write(nodes={f"n{number}": {"type": "script", "path": "s.sh"} for number in range(12)}, edges=[])
    runs = [world.submit() for _ in range(20)]
    for run_id in runs:
        key = (world.step(run_id, "following")["remote"]["dag_id"], f"mlops__{run_id}")
        for number in range(12):
            world.airflow.task(key, f"n{number}", "running")
    world.turn(3.0)
    before, begin = world.airflow.requests, time.monotonic()
    world.turn(6.0)
    assert (world.airflow.requests - before) / (time.monotonic() - begin) <= 2.2


def _until_text(world: World, store: Store, run_id: str, text: str) -> None:
    for _ in range(100):
        world.follower.turn()
        if node_log(store, run_id, "a")["text"] == text:
            return
    raise AssertionError(os.fspath(world.workspace.run_folder(run_id)))
