"""Runs over HTTP: from start to deletion, with a real engine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.paths import find_workspace
from mlops_ext.store import Store, fold
from tests.handlers.served import (
    JSON,
    Fetch,
    answer,
    conforms,
    end_engine,
    eventually,
    listed_conforms,
    record_run,
    refused,
    write_pipeline,
)


async def post(fetch: Fetch, *parts: str, body: Any) -> Any:
    return answer(await fetch("mlops", *parts, method="POST", headers=dict(JSON), body=json.dumps(body)))


async def test_a_run_from_its_start_to_its_deletion(jp_fetch: Fetch, served: Path) -> None:
    pipeline = write_pipeline(served / "project")
    digest = hashlib.sha256(pipeline.read_bytes()).hexdigest()
    body = {"pipeline": "project/p.pipeline", "pipeline_sha256": digest, "parameters": {"word": "größer"}}
    response = await jp_fetch("mlops", "runs", method="POST", headers=dict(JSON), body=json.dumps(body))
    assert response.code == 201
    started = answer(response)
    run_id = started["id"]
    assert started == {"id": run_id, "workspace": "project"}
    assert response.headers["Location"] == f"/a%40b/mlops/runs/{run_id}"

    run = await eventually(jp_fetch, run_id)
    conforms(run, "run.v1")
    assert run["state"] == "succeeded"
    assert run["workspace"] == "project"
    assert run["pipeline"] == "p.pipeline"
    assert run["directory"] == f".mlops/runs/{run_id}"
    assert run["parameters"] == {"word": "größer", "count": 1}
    assert run["nodes"]["first"]["results"] == {"rows": 3}

    events = answer(await jp_fetch("mlops", "runs", run_id, "events"))
    assert [event["seq"] for event in events["events"]] == list(range(1, events["last"] + 1))
    assert fold(events["events"]) == run
    conforms(events, "run.v1", "events")
    later = answer(await jp_fetch("mlops", "runs", run_id, "events", params={"after": events["last"] - 1}))
    assert [event["seq"] for event in later["events"]] == [events["last"]]
    none = answer(await jp_fetch("mlops", "runs", run_id, "events", params={"after": events["last"]}))
    assert none == {"version": 1, "events": [], "last": events["last"]}

    log = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "first", "log"))
    assert "first says größer" in log["text"]
    assert log["complete"] and log["next"] == log["size"] and log["attempt"] == 1

    kept = answer(await jp_fetch("mlops", "runs", run_id, "pipeline"))
    assert kept == {"document": json.loads(pipeline.read_text()), "path": "project/p.pipeline"}

    listed = answer(await jp_fetch("mlops", "runs", params={"pipeline": "project/p.pipeline"}))
    assert [entry["id"] for entry in listed["runs"]] == [run_id]
    assert listed["runs"][0]["workspace"] == "project"
    listed_conforms(listed)
    assert listed["next"] is None

    gone = await jp_fetch("mlops", "runs", run_id, method="DELETE")
    assert gone.code == 204 and not gone.body
    assert (await refused(jp_fetch, "runs", run_id))["code"] == "unknown-run"
    assert not (served / "project" / ".mlops" / "runs" / run_id).exists()
    end_engine(find_workspace(pipeline, served))


async def test_cancelling(jp_fetch: Fetch, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAUSE", "60")
    pipeline = write_pipeline(served)
    started = await post(jp_fetch, "runs", body={"pipeline": "p.pipeline"})
    assert started["workspace"] == ""
    run_id = started["id"]
    response = await jp_fetch("mlops", "runs", run_id, "cancel", method="POST", headers=dict(JSON), body="{}")
    assert response.code == 202
    assert answer(response)["id"] == run_id
    busy = await refused(jp_fetch, "runs", run_id, method="DELETE")
    assert (busy["status"], busy["code"]) == (409, "run-active")
    assert (await eventually(jp_fetch, run_id))["state"] == "cancelled"
    end_engine(find_workspace(pipeline, served))


async def test_what_was_not_seen_is_not_run(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    body = json.dumps({"pipeline": "p.pipeline", "pipeline_sha256": "0" * 64})
    problem = await refused(jp_fetch, "runs", method="POST", headers=dict(JSON), body=body)
    assert (problem["status"], problem["code"]) == (409, "changed-on-disk")
    assert not (served / ".mlops").exists()


async def test_a_broken_pipeline_is_told_with_its_issues(jp_fetch: Fetch, served: Path) -> None:
    (served / "p.pipeline").write_text('{"version": 1, "nodes": {"a": {"type": "notebook", "path": "none.ipynb"}}}')
    body = json.dumps({"pipeline": "p.pipeline"})
    for route in ("runs", "plan"):
        problem = await refused(jp_fetch, route, method="POST", headers=dict(JSON), body=body)
        assert (problem["status"], problem["code"]) == (422, "invalid-pipeline")
        assert [issue["code"] for issue in problem["issues"]] == ["missing-file"]
        assert problem["issues"][0]["pointer"] == "/nodes/a/path"


NONSENSE: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "bad-request"),
    ({"pipeline": 3}, "bad-request"),
    ({"pipeline": "p.pipeline", "piepline": 1}, "bad-request"),
    ({"pipeline": "p.pipeline", "max_parallel": True}, "bad-request"),
    ({"pipeline": "p.pipeline", "max_parallel": 0}, "bad-request"),
    ({"pipeline": "p.pipeline", "mode": "elsewhere"}, "bad-request"),
    ({"pipeline": "p.pipeline", "select": {"only": "a", "from": "b"}}, "bad-request"),
    ({"pipeline": "p.pipeline", "runtime": "mars"}, "unknown-runtime"),
    ({"pipeline": "p.pipeline", "parameters": {"nope": 1}}, "invalid-pipeline"),
    ({"pipeline": "p.pipeline", "parameters": {"count": "one"}}, "invalid-pipeline"),
    ({"pipeline": "../p.pipeline"}, "outside-workspace"),
    ({"pipeline": "/etc/passwd"}, "outside-workspace"),
    ({"pipeline": "a\u0000b"}, "outside-workspace"),
    ({"pipeline": "none.pipeline"}, "missing-file"),
)


async def test_nonsense_starts_nothing(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    for body, code in NONSENSE:
        for route in ("runs", "plan"):
            problem = await refused(jp_fetch, route, method="POST", headers=dict(JSON), body=json.dumps(body))
            assert problem["code"] == code, problem
            assert problem["detail"].endswith(".")
    assert not (served / ".mlops").exists()


async def test_the_list_is_one_over_all_workspaces(jp_fetch: Fetch, served: Path) -> None:
    ids = []
    for number in range(5):
        folder = served / f"w{number % 2}"
        write_pipeline(folder)
        ids.append(record_run(folder, state="failed" if number == 3 else "succeeded", root=served))
    elsewhere = served.parent / "elsewhere"
    write_pipeline(elsewhere)
    record_run(elsewhere)

    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = answer(await jp_fetch("mlops", "runs", params={"limit": 2, **cursor}))
        assert len(page["runs"]) <= 2
        seen += [run["id"] for run in page["runs"]]
        if page["next"] is None:
            break
        cursor = {"before": page["next"]}
    assert seen == ids[::-1]
    assert {run["workspace"] for run in answer(await jp_fetch("mlops", "runs"))["runs"]} == {"w0", "w1"}
    failed = answer(await jp_fetch("mlops", "runs", params={"state": "failed"}))
    assert [run["id"] for run in failed["runs"]] == [ids[3]]
    own = answer(await jp_fetch("mlops", "runs", params={"pipeline": "w0/p.pipeline"}))
    assert [run["id"] for run in own["runs"]] == [ids[4], ids[2], ids[0]]
    assert answer(await jp_fetch("mlops", "runs", params={"runtime": "mars"}))["runs"] == []
    assert len(answer(await jp_fetch("mlops", "runs", params={"limit": "99999999"}))["runs"]) == 5
    summary = answer(await jp_fetch("mlops", "runs", params={"limit": 1}))["runs"][0]
    assert summary["nodes"]["train"] == {
        "type": "notebook",
        "label": "Train",
        "state": "succeeded",
        "reason": None,
        "seconds": None,
    }


async def test_a_run_outside_of_the_root_is_not_there(jp_fetch: Fetch, served: Path) -> None:
    elsewhere = served.parent / "root_dir-elsewhere"
    write_pipeline(elsewhere)
    run_id = record_run(elsewhere)
    assert (await refused(jp_fetch, "runs", run_id))["code"] == "unknown-run"
    assert answer(await jp_fetch("mlops", "runs"))["runs"] == []


async def test_a_damaged_store_costs_its_own_runs_only(jp_fetch: Fetch, served: Path) -> None:
    for name in ("good", "bad"):
        write_pipeline(served / name)
    run_id = record_run(served / "good", root=served)
    lost = record_run(served / "bad", root=served)
    (served / "bad" / ".mlops" / "state.sqlite").write_bytes(b"no database at all" * 100)
    assert [run["id"] for run in answer(await jp_fetch("mlops", "runs"))["runs"]] == [run_id]
    assert (await refused(jp_fetch, "runs", lost))["code"] == "unknown-run"


BAD_QUESTIONS = (
    {"state": "excited"},
    {"state": "'; DROP TABLE runs --"},
    {"before": "x"},
    {"before": "2026~' OR 1=1"},
    {"limit": "ten"},
    {"limit": "-1"},
    {"pipeline": "../x.pipeline"},
)


async def test_bad_questions(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    record_run(served)
    for query in BAD_QUESTIONS:
        assert (await refused(jp_fetch, "runs", params=query))["status"] == 400, query
    with Store.open(find_workspace(served / "p.pipeline", served)) as store:
        assert len(store.runs()[0]) == 1


async def test_a_run_that_is_not_there(jp_fetch: Fetch, served: Path) -> None:
    for run_id in ("0" * 32, "nonsense", "0" * 31 + "'", "..%2f.."):
        for rest in ((), ("events",), ("pipeline",), ("nodes", "a", "log"), ("nodes", "a", "html")):
            assert (await refused(jp_fetch, "runs", run_id, *rest))["status"] == 404


async def test_a_part_of_a_pipeline(jp_fetch: Fetch, served: Path) -> None:
    """What is lacking is refused with the node that must run; what is chosen stands in the document and in the plan."""
    pipeline = write_pipeline(served)
    content = json.loads(pipeline.read_text())
    content["nodes"]["second"]["parameters"] = {"rows": {"from": "nodes.first.results.rows"}}
    pipeline.write_text(json.dumps(content))
    body = {"pipeline": "p.pipeline", "select": {"only": "second"}}
    for address in ("runs", "plan"):
        problem = await refused(jp_fetch, address, method="POST", headers=dict(JSON), body=json.dumps(body))
        assert (problem["status"], problem["code"], problem["node"]) == (400, "no-earlier-run", "first")
    run_id = (await post(jp_fetch, "runs", body={**body, "select": {"to": "first"}}))["id"]
    run = answer(await jp_fetch("mlops", "runs", run_id))
    conforms(run, "run.v1")
    assert run["select"] == {"to": "first"} and run["nodes"]["second"]["reason"] == "not-selected"
    planned = await post(jp_fetch, "plan", body={**body, "select": {"to": "first"}})
    assert [node["action"] for node in planned["nodes"]] == ["run", "skip"]
    end_engine(find_workspace(pipeline, served))
