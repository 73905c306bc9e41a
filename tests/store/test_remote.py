"""Runs elsewhere in the store: what travels in events, what opens a run again, what is found quickly."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.compile import Plan, Step
from mlops_ext.errors import Conflict, NotFound
from mlops_ext.paths import workspace_at
from mlops_ext.runtimes.airflow.remoterun import new_remote
from mlops_ext.store import Store, fold, new_run_id
from tests.handlers.served import conforms


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(workspace_at(tmp_path)) as opened:
        yield opened


def remote_run(store: Store, run_id: str = "mlops__1", runtime: str = "prod", **fields: Any) -> str:
    steps = {name: Step(name, "script", path=f"{name}.sh") for name in ("a", "b", "c")}
    plan = Plan("p.pipeline", "ab" * 32, runtime=runtime, mode="isolated", steps=steps)
    return store.create_run(plan, remote=new_remote("p-1", run_id, **fields))


def failed_run(store: Store) -> str:
    run_id = remote_run(store)
    store.advance_run(run_id, state="running", started="2026-01-01T00:00:00.000Z")
    for node, state, reason in (("a", "succeeded", None), ("b", "failed", "error"), ("c", "skipped", "upstream")):
        if state != "skipped":
            store.advance_node(run_id, node, state="running", attempts=1)
        store.advance_node(run_id, node, state=state, reason=reason)
    store.advance_run(run_id, state="failed", reason="error", error={"code": "x"}, finished="2026-01-01T00:00:01.000Z")
    return run_id


def test_what_is_remote_travels_in_events(store: Store) -> None:
    run_id = remote_run(store)
    store.advance_run(run_id, remote={**store.run(run_id)["remote"], "step": "delivering"})
    run = store.run(run_id)
    assert run["remote"]["step"] == "delivering"
    assert fold(store.events(run_id)) == run
    conforms(run, "run.v1")
    assert store.runs()[0][0]["remote"] == run["remote"]


def test_a_failed_run_is_opened_again_in_one_way_only(store: Store) -> None:
    run_id = failed_run(store)
    with pytest.raises(ValueError, match="cannot go from failed"):
        store.advance_run(run_id, state="running")
    store.request(run_id, "retry")
    assert (store.asked("prod", "retry"), store.remote_needs()) == ([run_id], {"prod"})
    store.reopen(run_id, ["b", "c"])
    run = store.run(run_id)
    assert (run["state"], run["error"], run["finished"]) == ("running", None, None)
    assert {name: node["state"] for name, node in run["nodes"].items()} == {
        "a": "succeeded",
        "b": "queued",
        "c": "queued",
    }
    assert run["nodes"]["b"]["attempts"] == 1
    assert fold(store.events(run_id)) == run
    assert store.asked("prod", "retry") == []
    before = run["seq"]
    store.reopen(run_id, ["b", "c"])
    assert store.run(run_id)["seq"] == before, "what is open already makes no event"


def test_what_cannot_be_retried(store: Store) -> None:
    with pytest.raises(Conflict, match="only what failed"):
        store.request(remote_run(store), "retry")
    local = store.create_run(Plan("p.pipeline", "ab" * 32, steps={"a": Step("a", "script", path="a.sh")}))
    with pytest.raises(Conflict, match="on this machine"):
        store.request(local, "retry")


def test_a_run_there_is_taken_up_once_even_if_it_was_deleted_here(store: Store) -> None:
    run_id = remote_run(store, "scheduled__1")
    assert store.known_remote("prod", "p-1", "scheduled__1") == run_id
    with pytest.raises(sqlite3.IntegrityError):
        remote_run(store, "scheduled__1")
    assert len(store.runs()[0]) == 1
    store.advance_run(run_id, state="succeeded")
    store.delete(run_id)
    assert store.known_remote("prod", "p-1", "scheduled__1") == run_id


def test_deployments(store: Store) -> None:
    fields = {"pipeline": "p.pipeline", "pipeline_sha256": "0" * 64, "document": "{}"}
    store.put_deployment("prod", "p-1", **fields, step="accepted", scheduled=True, schedule={"cron": "0 6 * * *"})
    assert store.remote_needs() == {"prod"}
    store.put_deployment("prod", "p-1", step="ready", paused=True)
    one = store.deployment("prod", "p-1")
    assert (one["schedule"], one["paused"], one["wanted_paused"], one["scheduled"]) == (
        {"cron": "0 6 * * *"}, True, None, True,
    )  # fmt: skip
    assert store.remote_needs() == set(), "a schedule that rests starts nothing"
    store.put_deployment("prod", "p-1", wanted_paused=False)
    assert store.remote_needs() == {"prod"}
    assert (len(store.deployments("prod")), store.deployments("other")) == (1, [])
    with pytest.raises(NotFound):
        store.deployment("prod", "other")
    with pytest.raises(ValueError, match="unknown fields"):
        store.put_deployment("prod", "p-1", colour="x")


def test_packages_of_runs_that_are_known(store: Store) -> None:
    remote_run(store, "1", package="f" * 64)
    remote_run(store, "2", package="e" * 64)
    remote_run(store, "3")
    assert store.packages("prod", "p-1") == {"f" * 64, "e" * 64}


def test_filters_that_match_nothing_among_many_runs(store: Store) -> None:
    run_id = remote_run(store)
    with store.transaction():
        store._connection.executemany(
            "INSERT INTO runs SELECT ?, pipeline, pipeline_sha256, 'local', mode, 'succeeded', reason, parameters, "
            "plan, source, provenance, max_parallel, reuse, selection, ?, started, finished, seconds, error, seq, "
            "NULL, 0 FROM runs WHERE id = ?",
            [(new_run_id(), f"2026-01-01T{number:06}", run_id) for number in range(10_000)],
        )
    for filters in (
        {"state": "failed"},
        {"pipeline": "none.pipeline"},
        {"runtime": "other"},
        {"pipeline": "p.pipeline", "state": "waiting"},
        {"runtime": "local", "state": "queued"},
    ):
        best = min(_seconds(store, filters) for _ in range(5))
        assert best < 0.03, (filters, best)
    assert len(store.runs(pipeline="p.pipeline", state="succeeded", limit=7)[0]) == 7


def _seconds(store: Store, filters: dict[str, str]) -> float:
    begin = time.perf_counter()
    assert store.runs(**filters)[0] == []  # type: ignore[arg-type]
    return time.perf_counter() - begin
