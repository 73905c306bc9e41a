"""Runs and pipelines on a runtime over HTTP; nobody follows it here, so what is asked stays asked."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.paths import find_workspace
from mlops_ext.runtimes.registry import Registry
from mlops_ext.store import Store
from tests.handlers.served import JSON, Fetch, answer, conforms, end_engine, listed_conforms, record_run, write_pipeline
from tests.handlers.test_runs import post, refused
from tests.runtimes.airflow.documents import document

CRON = {"cron": "0 6 * * *", "timezone": "Europe/Berlin"}


@pytest.fixture
def project(served: Path) -> Path:
    Registry().save("prod", document("http://127.0.0.1:9"))
    return write_pipeline(served / "project")


def scheduled(pipeline: Path) -> None:
    content = json.loads(pipeline.read_text())
    pipeline.write_text(json.dumps({**content, "schedule": CRON}))


async def test_a_run_on_a_runtime_is_accepted_at_once(jp_fetch: Fetch, project: Path) -> None:
    body = {"pipeline": "project/p.pipeline", "runtime": "prod", "parameters": {"count": 2}}
    run_id = (await post(jp_fetch, "runs", body=body))["id"]
    run = answer(await jp_fetch("mlops", "runs", run_id))
    conforms(run, "run.v1")
    assert (run["runtime"], run["mode"], run["state"], run["parameters"]["count"]) == ("prod", "isolated", "queued", 2)
    assert (run["remote"]["step"], run["remote"]["run_id"]) == ("accepted", f"mlops__{run_id}")
    page = answer(await jp_fetch("mlops", "runs", params={"runtime": "prod"}))
    listed_conforms(page)
    assert [entry["id"] for entry in page["runs"]] == [run_id]
    problem = await refused(jp_fetch, "runs", run_id, "retry", method="POST", headers=dict(JSON), body="{}")
    assert (problem["status"], problem["code"]) == (409, "not-failed")
    bad = json.dumps({**body, "runtime": "nowhere"})
    problem = await refused(jp_fetch, "runs", method="POST", headers=dict(JSON), body=bad)
    assert (problem["status"], problem["code"]) == (404, "unknown-runtime")


async def test_the_pipelines_that_have_runs(jp_fetch: Fetch, served: Path) -> None:
    assert answer(await jp_fetch("mlops", "runs", "pipelines")) == {"pipelines": []}
    for name in ("b/two.pipeline", "a/one.pipeline"):
        write_pipeline((served / name).parent, Path(name).name)
        record_run((served / name).parent, Path(name).name, root=served)
    assert answer(await jp_fetch("mlops", "runs", "pipelines")) == {"pipelines": ["a/one.pipeline", "b/two.pipeline"]}


async def test_a_schedule_is_asked_for_paused_and_resumed(jp_fetch: Fetch, project: Path, served: Path) -> None:
    body: dict[str, Any] = {"pipeline": "project/p.pipeline", "pipeline_sha256": None}
    sent = {"method": "POST", "headers": dict(JSON)}
    problem = await refused(jp_fetch, "runtimes", "prod", "schedule", body=json.dumps(body), **sent)
    assert problem["code"] == "no-schedule"
    scheduled(project)
    digest = hashlib.sha256(project.read_bytes()).hexdigest()
    stale = json.dumps({**body, "pipeline_sha256": "0" * 64})
    problem = await refused(jp_fetch, "runtimes", "prod", "schedule", body=stale, **sent)
    assert (problem["status"], problem["code"]) == (409, "changed-on-disk")
    asked = {**body, "pipeline_sha256": digest}
    response = await jp_fetch("mlops", "runtimes", "prod", "schedule", body=json.dumps(asked), **sent)
    assert response.code == 202
    dag_id = answer(response)["dag_id"]
    (entry,) = answer(await jp_fetch("mlops", "runtimes", "prod", "pipelines"))["pipelines"]
    assert entry == {
        "pipeline": "p.pipeline",
        "workspace": "project",
        "dag_id": dag_id,
        "paused": False,
        "schedule": CRON,
        "package": None,
        "step": "accepted",
        "message": entry["message"],
        "problem": None,
        "url": None,
        "pinned": False,
    }
    place = ("mlops", "runtimes", "prod", "pipelines", dag_id)
    response = await jp_fetch(*place, method="PUT", headers=dict(JSON), body='{"paused": true}')
    assert response.code == 202
    assert answer(await jp_fetch("mlops", "runtimes", "prod", "pipelines"))["pipelines"][0]["paused"] is True
    with Store.open(find_workspace(project, served)) as store:
        assert store.deployment("prod", dag_id)["wanted_paused"] is True
        assert store.remote_needs() == {"prod"}
    nowhere = ("runtimes", "prod", "pipelines", "nothing")
    problem = await refused(jp_fetch, *nowhere, method="PUT", headers=dict(JSON), body='{"paused": true}')
    assert problem["status"] == 404
    assert (await refused(jp_fetch, "runtimes", "nowhere", "pipelines"))["code"] == "unknown-runtime"


async def test_a_schedule_on_this_machine(jp_fetch: Fetch, project: Path, served: Path) -> None:
    """Switched on, listed with its next time, paused, resumed and switched off; no engine is needed to answer."""
    sent = {"method": "POST", "headers": dict(JSON), "body": json.dumps({"pipeline": "project/p.pipeline"})}
    assert (await refused(jp_fetch, "runtimes", "local", "schedule", **sent))["code"] == "no-schedule"
    scheduled(project)
    made = await post(jp_fetch, "runtimes", "local", "schedule", body={"pipeline": "project/p.pipeline"})
    assert made["workspace"] == "project"
    (entry,) = answer(await jp_fetch("mlops", "runtimes", "local", "pipelines"))["pipelines"]
    assert (entry["dag_id"], entry["pipeline"], entry["schedule"]) == (made["dag_id"], "p.pipeline", CRON)
    assert (entry["paused"], entry["step"], entry["problem"], entry["last"]) == (False, "ready", None, None)
    assert entry["next"].endswith(":00:00.000Z") and entry["note"]
    place = ("mlops", "runtimes", "local", "pipelines", made["dag_id"])
    for paused in (True, False):
        body = json.dumps({"paused": paused})
        assert answer(await jp_fetch(*place, method="PUT", headers=dict(JSON), body=body))["paused"] is paused
        (entry,) = answer(await jp_fetch("mlops", "runtimes", "local", "pipelines"))["pipelines"]
        assert entry["paused"] is paused and (entry["next"] is None) is paused
    assert (await jp_fetch(*place, method="DELETE")).code == 204
    assert answer(await jp_fetch("mlops", "runtimes", "local", "pipelines")) == {"pipelines": []}
    assert (await refused(jp_fetch, *place[1:], method="DELETE"))["status"] == 404
    kept = await refused(jp_fetch, "runtimes", "prod", "pipelines", "any", method="DELETE")
    assert (kept["status"], kept["code"]) == (403, "kept-there")
    end_engine(find_workspace(project, served))


async def test_when_a_schedule_would_be_due(jp_fetch: Fetch, served: Path) -> None:
    asked = {"cron": "30 4 1 * *", "timezone": "Asia/Tokyo", "count": "4"}
    found = answer(await jp_fetch("mlops", "timetable", params=asked))
    assert found["problem"] is None and len(found["next"]) == 4 and found["next"] == sorted(found["next"])
    assert all(moment.endswith("T19:30:00.000Z") for moment in found["next"])
    for wrong, field in (({"cron": "61 * * * *"}, "cron"), ({"cron": "* * * * *", "timezone": "Mars"}, "timezone")):
        found = answer(await jp_fetch("mlops", "timetable", params=wrong))
        assert found["problem"]["field"] == field and found["next"] == []
    assert (await refused(jp_fetch, "timetable"))["status"] == 400
    assert (await refused(jp_fetch, "timetable", params={"cron": "*" * 1000}))["status"] == 400
