"""Monitors over HTTP, against a real server and real evaluations."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mlops_ext.monitoring.records import record
from mlops_ext.paths import Workspace, find_workspace, register
from mlops_ext.store import Store
from mlops_ext.submit import submit
from tests.handlers.served import JSON, Fetch, answer, end_engine, eventually, refused
from tests.monitoring import scenarios
from tests.monitoring.watched import batch, document, evaluation, labels, write_monitor

PATH = "project/m.monitor"


@pytest.fixture
def project(served: Path) -> Path:
    folder = served / "project"
    write_monitor(folder)
    return folder


async def monitor(fetch: Fetch) -> dict[str, Any]:
    found: dict[str, Any] = answer(await fetch("mlops", "monitors", PATH))
    return found


async def evaluated(fetch: Fetch, **body: Any) -> dict[str, Any]:
    """The monitor after an evaluation that was asked for."""
    response = await fetch(
        "mlops", "monitors", PATH, "evaluate", method="POST", headers=dict(JSON), body=json.dumps(body)
    )
    assert response.code == 202 and answer(response)["job"]
    deadline = time.monotonic() + 60
    while (found := await monitor(fetch))["evaluating"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert found["problem"] is None
    return found


async def test_from_the_first_look_to_an_alert_and_a_decision(jp_fetch: Fetch, project: Path) -> None:
    [summary] = answer(await jp_fetch("mlops", "monitors"))["monitors"]
    assert summary["path"] == PATH and summary["status"] is None and summary["spark"] == []
    nothing = await jp_fetch("mlops", "monitors", PATH, "evaluate", method="POST", headers=dict(JSON), body="{}")
    assert nothing.code == 200 and answer(nothing)["job"] is None and answer(nothing)["message"]

    batch(project, 1)
    found = await evaluated(jp_fetch)
    assert found["status"] == "no_labels" and found["last"]["batch"] == "scored/01.csv"
    assert found["batches"][0]["status"] == "no_labels" and found["checks"] == document()["checks"]

    labels(project, 1, right=False)
    found = await evaluated(jp_fetch, all=True)
    assert found["status"] == "alert" and found["main"] == "acc" and found["spark"][-1]["verdict"] == "alert"
    [alert] = found["alerts"]
    assert alert["monitor"] == PATH and alert["name"] == "churn" and alert["state"] == "open"
    listed = answer(await jp_fetch("mlops", "monitors", PATH, "evaluations"))
    assert [one["status"] for one in listed["evaluations"]] == ["alert", "no_labels"] and not listed["more"]
    assert listed["evaluations"][1]["superseded_by"] == listed["evaluations"][0]["id"]
    one = answer(await jp_fetch("mlops", "monitors", PATH, "evaluations", listed["evaluations"][0]["id"]))
    assert one["detail"]["confusion"] is not None and one["monitor"] == PATH
    shown = answer(await jp_fetch("mlops", "monitors", PATH, "series"))
    assert [entry["status"] for entry in shown["evaluations"]] == ["alert"]
    assert {entry["check"]: entry["verdicts"] for entry in shown["series"]} == {"acc": "a", "many": "o"}

    decide = ("mlops", "alerts", alert["id"], "decisions")
    body = {"action": "retrain", "comment": "The world has changed.", "seen": 0}
    decided = await jp_fetch(*decide, method="POST", headers=dict(JSON), body=json.dumps(body))
    assert decided.code == 201 and answer(decided)["state"] == "retraining"
    [decision] = answer(decided)["decisions"]
    assert decision["comment"] == "The world has changed." and decision["user"] and decision["origin"] == "jupyter"
    run = await eventually(jp_fetch, answer(decided)["run"])
    assert run["state"] == "succeeded" and (project / "renewed.txt").exists()
    problem = await refused(
        jp_fetch, *decide[1:], method="POST", headers=dict(JSON), body=json.dumps({**body, "action": "dismiss"})
    )
    assert problem["code"] == "decided-already" and decision["user"] in problem["detail"]
    assert answer(await jp_fetch("mlops", "alerts", params={"state": "retraining"}))["alerts"][0]["id"] == alert["id"]
    assert answer(await jp_fetch("mlops", "alerts", params={"state": "open"}))["alerts"] == []
    await asyncio.to_thread(end_engine, find_workspace(project / "m.monitor"))


async def test_what_is_sent_becomes_a_batch_once(jp_fetch: Fetch, project: Path) -> None:
    where = ("mlops", "monitors", PATH)
    rows = [{"id": n, "age": 30 + n, "pred": n % 2} for n in range(20)]
    options: dict[str, Any] = {
        "method": "POST",
        "headers": dict(JSON),
        "body": json.dumps(rows),
        "params": {"name": "07"},
    }
    first = await jp_fetch(*where, "batches", **options)
    assert first.code == 201 and answer(first) == {"version": 1, "id": "scored/07.csv", "rows": 20, "created": True}
    again = await jp_fetch(*where, "batches", **options)
    assert again.code == 200 and not answer(again)["created"]
    other = {**options, "body": json.dumps(rows[:10])}
    assert (await refused(jp_fetch, *where[1:], "batches", **other))["code"] == "name-taken"
    text = "id,label\n" + "".join(f"{n},{n % 2}\n" for n in range(20))
    csv_options: dict[str, Any] = {"method": "POST", "body": text, "headers": {"Content-Type": "text/csv"}}
    made = answer(await jp_fetch(*where, "labels", **csv_options))
    assert made["rows"] == 20 and (project / made["id"]).read_text() == text
    assert not answer(await jp_fetch(*where, "labels", **csv_options))["created"], "its content names it"
    found = await evaluated(jp_fetch)
    assert found["status"] == "ok" and found["last"]["batch"] == "scored/07.csv"


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "x" * 101, "nul\0", "~"])
async def test_names_of_data_lead_nowhere_else(jp_fetch: Fetch, project: Path, name: str) -> None:
    before = sorted(project.parent.rglob("*.csv"))
    options: dict[str, Any] = {"method": "POST", "headers": dict(JSON), "body": json.dumps([{"id": 1}])}
    if name:
        problem = await refused(jp_fetch, "monitors", PATH, "batches", params={"name": name}, **options)
        assert problem["status"] == 400
        assert sorted(project.parent.rglob("*.csv")) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/csv", "a,b\n1\n"),
        ("text/csv", "a,a\n1,2\n"),
        ("text/csv", "a,b\n"),
        ("text/csv", "\n\n"),
        ("text/csv", 'a,b\n"1,2\n'),
        ("application/json", '[{"a": [1]}]'),
        ("application/json", '{"rows": {}}'),
        ("application/json", "[1, 2]"),
        ("application/json", "[]"),
        ("application/json", '[{"": 1}]'),
    ],
)
async def test_data_that_is_none_is_refused(jp_fetch: Fetch, project: Path, kind: str, body: str) -> None:
    options: dict[str, Any] = {"method": "POST", "body": body, "headers": {"Content-Type": kind}}
    problem = await refused(jp_fetch, "monitors", PATH, "batches", **options)
    assert problem["status"] == 400 and not (project / "scored").exists()


async def test_a_monitor_is_written_by_who_has_seen_it(jp_fetch: Fetch, project: Path) -> None:
    where = ("mlops", "monitors", PATH)
    found = await monitor(jp_fetch)
    changed = {**document(), "description": "Größe"}
    body = json.dumps({"document": changed, "sha256": found["sha256"]})
    written = answer(await jp_fetch(*where, method="PUT", headers=dict(JSON), body=body))
    assert written["issues"] == []
    assert (await monitor(jp_fetch))["sha256"] == written["sha256"]
    assert "Größe" in (project / "m.monitor").read_text()
    assert (await refused(jp_fetch, *where[1:], method="PUT", headers=dict(JSON), body=body))[
        "code"
    ] == "changed-on-disk"
    new = json.dumps({"document": {**changed, "problem": "odd"}, "sha256": None})
    made = answer(
        await jp_fetch("mlops", "monitors", "project/new.monitor", method="PUT", headers=dict(JSON), body=new)
    )
    assert made["issues"][0]["pointer"] == "/problem"
    listed = answer(await jp_fetch("mlops", "monitors"))["monitors"]
    assert [one["issues"] for one in listed] == [0, 1]
    assert (await refused(jp_fetch, "monitors", "../out.monitor", method="PUT", headers=dict(JSON), body=new))[
        "status"
    ] == 400


async def test_previews_and_proposals(jp_fetch: Fetch, project: Path) -> None:
    batch(project, 1)
    body = json.dumps({"path": PATH, "document": document(checks={"many": {"measure": "rows"}})})
    found = answer(await jp_fetch("mlops", "monitors", "preview", method="POST", headers=dict(JSON), body=body))
    assert [metric["check"] for metric in found["metrics"]] == ["many"] and found["monitor"] == PATH
    body = json.dumps({"path": PATH, "document": document(problem="none")})
    problem = await refused(jp_fetch, "monitors", "preview", method="POST", headers=dict(JSON), body=body)
    assert problem["code"] == "invalid-monitor" and problem["issues"][0]["pointer"] == "/problem"
    body = json.dumps({"path": "project/reference.csv"})
    proposed = answer(await jp_fetch("mlops", "monitors", "propose", method="POST", headers=dict(JSON), body=body))
    assert proposed["document"]["version"] == 1 and proposed["folder"] == "project" and proposed["columns"]
    body = json.dumps({"path": "../etc/passwd"})
    assert (await refused(jp_fetch, "monitors", "propose", method="POST", headers=dict(JSON), body=body))[
        "code"
    ] == "outside-workspace"


async def test_validate_knows_monitors(jp_fetch: Fetch, project: Path) -> None:
    body = json.dumps({"path": PATH, "content": '{"version": 1}'})
    [report] = answer(await jp_fetch("mlops", "validate", method="POST", headers=dict(JSON), body=body))["files"]
    assert not report["valid"] and report["format"] == "mlops-1" and report["issues"][0]["code"] == "schema"


async def test_a_path_is_one_segment_of_an_address(
    http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str], project: Path
) -> None:
    url = f"{jp_base_url}mlops/monitors/{quote(PATH, safe='')}/series"
    response = await http_server_client.fetch(url, headers=jp_auth_header)
    assert answer(response) == {"version": 1, "total": 0, "evaluations": [], "before": None, "series": []}


def alerted(project: Path) -> tuple[Workspace, str]:
    """The workspace, with an open alert of the monitor."""
    workspace = find_workspace(project / "m.monitor")
    register(workspace)
    with Store.open(workspace) as store:
        alert: str = record(store, document(), evaluation("01", {"many": "alert"}))["alert"]["id"]
    return workspace, alert


async def test_two_people_at_once(jp_fetch: Fetch, project: Path) -> None:
    workspace, alert = alerted(project)
    body = json.dumps({"action": "dismiss", "comment": "I was here", "seen": 0})
    where = ("mlops", "alerts", alert, "decisions")
    both = await asyncio.gather(
        *(jp_fetch(*where, method="POST", headers=dict(JSON), body=body) for _ in range(2)), return_exceptions=True
    )
    assert sorted(getattr(one, "code", 0) for one in both) == [201, 409]
    with Store.open(workspace) as store:
        assert len(store.alert(alert)["decisions"]) == 1
    assert len((project / "m.decisions.jsonl").read_text().splitlines()) == 1


async def test_a_person_at_the_screen_and_a_command_at_once(jp_fetch: Fetch, project: Path) -> None:
    workspace, alert = alerted(project)
    body = json.dumps({"action": "dismiss", "comment": "I was here", "seen": 0})
    decide = ("monitor", "decide", alert, "--action", "dismiss", "--comment", "I was there", "--json")
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "mlops_ext.cli", *decide), cwd=project, stdout=subprocess.PIPE
    )
    await asyncio.sleep(0.5)
    where = ("mlops", "alerts", alert, "decisions")
    [clicked] = await asyncio.gather(
        jp_fetch(*where, method="POST", headers=dict(JSON), body=body), return_exceptions=True
    )
    said = json.loads((await command.communicate())[0])
    with Store.open(workspace) as store:
        [decision] = store.alert(alert)["decisions"]
    if decision["origin"] == "jupyter":
        assert clicked.code == 201 and command.returncode == 2
        refusal = said
    else:
        assert getattr(clicked, "code", 0) == 409 and command.returncode == 0
        refusal = answer(clicked.response)  # type: ignore[union-attr]
    assert refusal["code"] == "decided-already"
    assert decision["user"] in refusal["detail"] and "to dismiss it" in refusal["detail"]
    assert len((project / "m.decisions.jsonl").read_text().splitlines()) == 1


async def test_batches_are_paged_newest_last(jp_fetch: Fetch, project: Path) -> None:
    for number in range(1, 13):
        batch(project, number)
    workspace = find_workspace(project / "m.monitor")
    register(workspace)
    with Store.open(workspace) as store:
        record(store, document(), evaluation("scored/02.csv", {"many": "ok"}))
        record(store, document(), evaluation("scored/00.csv", {"many": "ok"}))
    found = await monitor(jp_fetch)
    every = [one["id"] for one in found["batches"]]
    assert every == [f"scored/{number:02}.csv" for number in range(13)], "one whose file is gone stands where it stood"
    assert (found["batches_total"], found["waiting"]) == (13, 11)
    where = ("mlops", "monitors", PATH, "batches")
    page = answer(await jp_fetch(*where, params={"limit": "5"}))
    assert [one["id"] for one in page["batches"]] == every[8:] and page["more"]
    page = answer(await jp_fetch(*where, params={"limit": "5", "before": every[5]}))
    assert page["batches"] == found["batches"][:5] and not page["more"]
    assert page["batches"][2]["status"] == "ok" and page["batches"][0]["bytes"] is None
    problem = await refused(jp_fetch, *where[1:], params={"before": "scored/99.csv"})
    assert problem["code"] == "unknown-batch"


async def test_a_monitor_of_what_a_node_has_made(jp_fetch: Fetch, project: Path) -> None:
    scenarios.make("relation", project / "data", 1)
    (project / "score.sh").write_text("mkdir -p out && cp data/scored/01.csv out/01.csv\n")
    nodes = {"score": {"type": "script", "path": "score.sh", "outputs": ["out/01.csv"]}}
    pipeline = project / "scoring.pipeline"
    pipeline.write_text(json.dumps({"version": 1, "nodes": nodes}))
    workspace = find_workspace(pipeline)
    register(workspace)
    run = submit(None, pipeline)
    assert (await eventually(jp_fetch, run))["state"] == "succeeded"

    propose = {"method": "POST", "headers": dict(JSON)}
    body = json.dumps({"run": run, "node": "score", "output": "out/01.csv"})
    made = answer(await jp_fetch("mlops", "monitors", "propose", body=body, **propose))
    assert made["folder"] == "project/out"
    roles = {column["name"]: column["role"] for column in made["columns"]}
    assert roles["id"] == "id" and roles["score"] == "score" and roles["age"] == "feature"
    for wrong, code in (({"node": "other"}, "unknown-node"), ({"output": "x.csv"}, "unknown-output")):
        body = json.dumps({"run": run, "node": "score", "output": "out/01.csv"} | wrong)
        assert (await refused(jp_fetch, "monitors", "propose", body=body, **propose))["code"] == code

    (project / "out/01.csv").rename(project / "out/kept")
    body = json.dumps({"run": run, "node": "score", "output": "out/01.csv"})
    problem = await refused(jp_fetch, "monitors", "propose", body=body, **propose)
    assert problem["code"] == "missing-file" and "copied" in problem["hint"]
    (project / "out/kept").rename(project / "out/01.csv")

    path = f"{made['folder']}/made.monitor"
    body = json.dumps({"document": made["document"], "sha256": None})
    written = answer(await jp_fetch("mlops", "monitors", path, method="PUT", headers=dict(JSON), body=body))
    assert [one for one in written["issues"] if one["severity"] == "error"] == []
    start = await jp_fetch("mlops", "monitors", path, "evaluate", method="POST", headers=dict(JSON), body="{}")
    assert start.code == 202
    deadline = time.monotonic() + 60
    while (found := answer(await jp_fetch("mlops", "monitors", path)))["evaluating"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert found["problem"] is None and found["status"] == "ok", found
    assert found["last"]["batch"] == "01.csv"
    await asyncio.to_thread(end_engine, workspace)


async def test_ten_thousand_evaluations_are_read_in_under_a_second(jp_fetch: Fetch, project: Path) -> None:
    workspace = find_workspace(project / "m.monitor")
    register(workspace)
    with Store.open(workspace) as store, store.transaction():
        for number in range(10_000):
            store.add_evaluation(evaluation(f"{number:05}", {f"c{n}": "ok" for n in range(30)}), alert=None)
    before = time.process_time()
    response = await jp_fetch("mlops", "monitors", PATH, "series")
    assert time.process_time() - before < 1.0
    assert len(response.body) < 500_000
    shown = answer(response)
    assert shown["total"] == 10_000 and len(shown["evaluations"]) == 300
    assert len(shown["series"][0]["before"]["low"]) == len(shown["before"]["starts"]) == 240


LOOK = """
import json, sys
from pathlib import Path
import mlops_ext.handlers.routes
from mlops_ext import refresh, schedules
from mlops_ext.monitoring import deliveries, files, overview, process, series
from mlops_ext.paths import find_workspace
root = Path(sys.argv[1])
workspace = find_workspace(root / "m.monitor")
monitor = files.load(workspace, "m.monitor")
rows = [{"id": n, "age": 30 + n, "pred": n % 2} for n in range(20)]
deliveries.deliver(monitor, "batches", "02", json.dumps(rows).encode(), is_csv=False)
deliveries.deliver(monitor, "labels", "02", b"id,label\\n1,1\\n", is_csv=True)
for what, path, more in (
    ("evaluate", "m.monitor", {"batch": None, "all": False}),
    ("preview", "m.monitor", {"document": monitor.document}),
    ("propose", "", {"path": str(root / "reference.csv")}),
):
    process.ask(process.order(what, workspace, path, **more))
[(_, alert)] = overview.alerts_in([workspace])
refresh.decide(workspace, alert["id"], "accept", "It is so now.", user="eva", origin="jupyter")
schedules.watch(workspace, "m.monitor", False)
found = [(workspace, one["path"]) for workspace, one in overview.everywhere(root)]
for workspace, path in found:
    with overview.opened(workspace) as store:
        overview.whole(workspace, path, store)
        series.series(path, store, None, 100)
list(overview.alerts_in([workspace for workspace, _ in found]))
print(json.dumps([len(found), sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_nothing_that_the_server_does_for_monitors_imports_anything_heavy(tmp_path: Path) -> None:
    write_monitor(tmp_path, schedule={"cron": "0 6 * * *"})
    batch(tmp_path, 1)
    with Store.open(find_workspace(tmp_path / "m.monitor")) as store:
        record(store, document(), evaluation("scored/01.csv", {"many": "alert"}))
    done = subprocess.run([sys.executable, "-c", LOOK, str(tmp_path)], capture_output=True, check=True, text=True)
    count, modules = json.loads(done.stdout)
    assert count == 1 and not {"pandas", "numpy", "scipy", "sklearn", "pyarrow"} & set(modules)
