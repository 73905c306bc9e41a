"""Runs in the store: documents, events, pages, requests."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_ext.compile import Plan, Step
from mlops_ext.errors import BadRequest, Conflict, NotFound
from mlops_ext.model import Edge
from mlops_ext.paths import workspace_at
from mlops_ext.states import TRANSITIONS
from mlops_ext.store import Store, documents, fold

RUN_KEYS = (
    "version id pipeline pipeline_sha256 runtime mode state parameters created started finished seconds source "
    "directory error nodes workspace reason seq max_parallel select provenance remote"
).split()
NODE_KEYS = (
    "type state reason reused reused_from attempts seconds results outputs notebook log error label started finished "
    "cell cells"
).split()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(workspace_at(tmp_path)) as opened:
        yield opened


def plan(*nodes: str, pipeline: str = "a/b.pipeline", **fields: Any) -> Plan:
    steps = {name: Step(name, "script", label=f"The {name}", path=f"a/{name}.sh", cwd="a") for name in nodes}
    edges = tuple(Edge(source, target) for source, target in pairwise(nodes))
    return Plan(pipeline, "ab" * 32, steps=steps, edges=edges, **fields)


def test_the_document_of_a_new_run(store: Store) -> None:
    run_id = store.create_run(
        plan("load", "train", parameters={"cutoff": 0.5}), source={"commit": "c0ffee", "dirty": True}, max_parallel=3
    )
    run = store.run(run_id)
    assert sorted(run) == sorted(RUN_KEYS)
    assert len(run_id) == 32 and int(run_id, 16) >= 0
    assert (run["version"], run["id"], run["state"], run["runtime"], run["mode"]) == (
        1, run_id, "queued", "local", "in-place",
    )  # fmt: skip
    assert (run["pipeline"], run["pipeline_sha256"]) == ("a/b.pipeline", "ab" * 32)
    assert run["parameters"] == {"cutoff": 0.5}
    assert run["source"] == {"commit": "c0ffee", "dirty": True}
    assert run["directory"] == f".mlops/runs/{run_id}"
    assert run["workspace"] == str(store.workspace.folder)
    assert datetime.fromisoformat(run["created"]).tzinfo == UTC and run["created"].endswith("Z")
    assert len(run["created"]) == len("2026-11-23T18:00:00.000Z")
    assert [run[key] for key in ("started", "finished", "seconds", "error", "reason")] == [None] * 5
    assert list(run["nodes"]) == ["load", "train"]
    for node in run["nodes"].values():
        assert sorted(node) == sorted(NODE_KEYS)
        assert (node["state"], node["attempts"], node["reused"], node["results"], node["outputs"]) == (
            "queued", 0, False, {}, {},
        )  # fmt: skip
    assert store.plan(run_id) == plan("load", "train", parameters={"cutoff": 0.5})
    assert store.options(run_id) == {"reuse": True, "select": None}
    assert store.events(run_id) == [{"seq": 1, "time": store.events(run_id)[0]["time"], "node": None, "data": run}]


def test_a_change_and_its_event(store: Store) -> None:
    run_id = store.create_run(plan("a"))
    store.advance_run(run_id, state="running", started="2026-11-23T18:00:00.000Z")
    store.advance_node(run_id, "a", state="running", attempts=1, cell=None)
    store.advance_node(run_id, "a", state="running", attempts=1)
    store.advance_node(run_id, "a", results={"auc": 1})
    store.advance_node(run_id, "a", results={"auc": True})
    assert [(event["seq"], event["node"], event["data"]) for event in store.events(run_id, after=1)] == [
        (2, None, {"state": "running", "started": "2026-11-23T18:00:00.000Z"}),
        (3, "a", {"state": "running", "attempts": 1}),
        (4, "a", {"results": {"auc": 1}}),
        (5, "a", {"results": {"auc": True}}),
    ], "what did not change makes no event; true is not 1"
    assert store.run(run_id)["seq"] == 5
    assert store.events(run_id, after=5) == []
    assert len(store.events(run_id, after=1, limit=2)) == 2


VALUES = {
    "reason": st.none() | st.sampled_from(["retry", "error", "timeout"]),
    "reused": st.booleans(),
    "attempts": st.integers(0, 9),
    "seconds": st.none() | st.floats(0, 1e6),
    "results": st.dictionaries(st.text(max_size=3), st.none() | st.booleans() | st.integers(-9, 9) | st.text()),
    "error": st.none() | st.fixed_dictionaries({"code": st.text(), "message": st.text()}),
    "cell": st.none() | st.integers(1, 99),
}
CHANGES = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "b"]),
        st.sampled_from(sorted(TRANSITIONS)),
        st.fixed_dictionaries({}, optional=VALUES),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_folding_the_events_gives_the_run(store: Store, changes: list[tuple[str | None, str, dict[str, Any]]]) -> None:
    run_id = store.create_run(plan("a", "b"))
    for node, state, fields in changes:
        try:
            if node is None:
                run_fields = {key: value for key, value in fields.items() if key in ("reason", "seconds", "error")}
                store.advance_run(run_id, state=state, **run_fields)
            else:
                store.advance_node(run_id, node, state=state, **fields)
        except ValueError:
            pass  # states.py does not allow this one
        run = store.run(run_id)
        events = store.events(run_id)
        assert [event["seq"] for event in events] == list(range(1, run["seq"] + 1))
        assert fold(events) == run
        assert fold(events[2:], fold(events[:2])) == run, "also in parts"


def test_a_state_that_states_do_not_allow_changes_nothing(store: Store) -> None:
    run_id = store.create_run(plan("a"))
    store.advance_node(run_id, "a", state="succeeded")
    before = store.run(run_id)
    with pytest.raises(ValueError, match="cannot go from succeeded to running"):
        store.advance_node(run_id, "a", state="running", results={"x": 1})
    with pytest.raises(ValueError, match="unknown fields"):
        store.advance_run(run_id, pipeline="other")
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.advance_node(run_id, "a", results={"x": float("nan")})
    assert store.run(run_id) == before


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    run_id = store.create_run(plan("a", "b"))
    before = store.run(run_id)
    with pytest.raises(RuntimeError, match="half"), store.transaction():
        store.advance_node(run_id, "a", state="running")
        with store.transaction():
            store.advance_node(run_id, "b", state="running")
        raise RuntimeError("half way")
    assert store.run(run_id) == before
    assert len(store.events(run_id)) == 1


def test_pages_newest_first(store: Store) -> None:
    ids = [store.create_run(plan("a", pipeline=f"{number % 2}.pipeline")) for number in range(7)]
    page, cursor = store.runs(limit=3)
    assert [run["id"] for run in page] == ids[:3:-1]
    late = store.create_run(plan("a"))
    following, last = store.runs(limit=3, before=cursor)
    assert [run["id"] for run in following] == ids[3:0:-1], "what came since does not move the pages"
    final, end = store.runs(limit=3, before=last)
    assert ([run["id"] for run in final], end) == ([ids[0]], None)
    assert [run["id"] for run in store.runs(pipeline="1.pipeline")[0]] == ids[5::-2]
    store.advance_run(ids[2], state="running")
    assert [run["id"] for run in store.runs(state="running")[0]] == [ids[2]]
    assert store.runs(runtime="airflow") == ([], None)
    assert store.runs(limit=1)[0][0]["id"] == late
    summary = store.runs(limit=1)[0][0]
    assert sorted(summary) == sorted(RUN_KEYS)
    assert summary["nodes"] == {
        "a": {"type": "script", "label": "The a", "state": "queued", "reason": None, "seconds": None}
    }


def test_a_clock_that_is_set_back_does_not_change_the_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(["2026-01-02T00:00:00.000Z", "2025-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"])
    real = documents.timestamp
    monkeypatch.setattr(documents, "timestamp", lambda moment=None: real(moment) if moment else next(moments))
    ids = [store.create_run(plan("a")) for _ in range(3)]
    assert [run["id"] for run in store.runs()[0]] == ids[::-1]
    created = [store.run(run_id)["created"] for run_id in ids]
    assert created == sorted(set(created))


def test_what_others_see(store: Store) -> None:
    assert store.last_change() == 0
    run_id = store.create_run(plan("a"))
    seen = store.data_version()
    with Store.open(store.workspace) as other:
        assert store.data_version() == seen
        other.advance_run(run_id, state="running")
        assert store.data_version() != seen
        assert store.changes(1) == [(2, run_id, 2)]
        assert store.run(run_id) == other.run(run_id)
    assert store.active_runs() == [run_id]
    assert store.active_runs("airflow") == []


def test_requests(store: Store) -> None:
    run_id = store.create_run(plan("a"))
    assert store.cancelled_runs() == []
    store.request(run_id, "cancel")
    store.request(run_id, "cancel")
    assert store.cancelled_runs() == [run_id]
    store.advance_run(run_id, state="cancelled")
    before = store.run(run_id)
    store.request(run_id, "cancel")
    assert (store.cancelled_runs(), store.run(run_id)) == ([], before)
    with pytest.raises(BadRequest):
        store.request(run_id, "explode")
    with pytest.raises(NotFound):
        store.request("0" * 32, "cancel")


def test_delete(store: Store) -> None:
    run_id, other = store.create_run(plan("a")), store.create_run(plan("a"))
    folder = store.workspace.run_folder(run_id)
    (folder / "a" / "1").mkdir(parents=True)
    with pytest.raises(Conflict):
        store.delete(run_id)
    store.start_attempt(run_id, "a", 1, "2026-11-23T18:00:00.000Z")
    store.advance_run(run_id, state="failed")
    last = store.last_change()
    store.delete(run_id)
    assert not folder.exists()
    for ask in (store.run, store.plan, store.events, store.delete):
        with pytest.raises(NotFound):
            ask(run_id)
    assert [run["id"] for run in store.runs()[0]] == [other]
    assert store.create_run(plan("a")) and store.last_change() > last, "numbers are never used again"


def test_attempts(store: Store) -> None:
    run_id = store.create_run(plan("a", "b"))
    store.start_attempt(run_id, "a", 1, "2026-11-23T18:00:00.000Z")
    store.finish_attempt(run_id, "a", 1, state="failed", reason="error", seconds=1.5, error={"code": "x"})
    store.start_attempt(run_id, "a", 2, "2026-11-23T18:00:01.000Z")
    with pytest.raises(sqlite3.IntegrityError):
        store.start_attempt(run_id, "a", 2, "2026-11-23T18:00:02.000Z")
    first, second = store.attempts(run_id, "a")
    assert (first["state"], first["reason"], first["seconds"], first["error"]) == (
        "failed",
        "error",
        1.5,
        {"code": "x"},
    )
    assert (second["state"], second["finished"]) == ("running", None)
    assert store.attempts(run_id, "b") == []


def test_last_success(store: Store) -> None:
    first, second = store.create_run(plan("a")), store.create_run(plan("a"))
    assert store.last_success("a/b.pipeline", "a") is None
    store.advance_node(first, "a", state="succeeded", results={"x": 1}, attempts=2)
    store.advance_node(second, "a", state="failed")
    last = store.last_success("a/b.pipeline", "a")
    assert last is not None
    assert (last["run"], last["mode"], last["results"], last["attempts"]) == (first, "in-place", {"x": 1}, 2)
    assert store.last_success("other.pipeline", "a") is None


def test_a_writer_waits_for_another(store: Store) -> None:
    run_id = store.create_run(plan("a"))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with Store.open(store.workspace) as other, other.transaction():
            other.advance_run(run_id, state="running")
            held.set()
            done.wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    assert store.run(run_id)["state"] == "queued", "a reader does not wait"
    store.advance_node(run_id, "a", state="running")
    thread.join()
    assert (store.run(run_id)["state"], store.run(run_id)["seq"]) == ("running", 3)


def test_sql_is_no_place_for_texts(store: Store) -> None:
    evil = "x'; DROP TABLE runs; --"
    run_id = store.create_run(plan("a", pipeline=evil))
    assert [run["id"] for run in store.runs(pipeline=evil)[0]] == [run_id]
    assert store.runs(pipeline="' OR 1=1 --") == ([], None)
    assert store.runs(before="nonsense")[0] is not None
    with pytest.raises(NotFound):
        store.run("' OR 1=1 --")
    assert json.dumps(store.run(run_id)["pipeline"]) == json.dumps(evil)
