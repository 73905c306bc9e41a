"""Parts of a pipeline, schedules and gc on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .conftest import Done

Called = Callable[..., Done]


def states(run: Any) -> dict[str, str]:
    return {name: node["reason"] or node["state"] for name, node in run["nodes"].items()}


def test_a_part_of_a_pipeline(project: Path, called: Called) -> None:
    document = json.loads((project / "p.pipeline").read_text())
    document["nodes"]["second"]["parameters"] = {"rows": {"from": "nodes.first.results.rows"}}
    (project / "p.pipeline").write_text(json.dumps(document))
    refused = called("run", "p.pipeline", "--only", "second", "--json")
    assert (refused.code, refused.json["code"], refused.json["node"]) == (2, "no-earlier-run", "first")
    assert "There is no result rows of first yet" in refused.err
    done = called("run", "p.pipeline", "--to", "first", "--json")
    assert done.code == 0 and done.json["select"] == {"to": "first"}
    assert states(done.json) == {"first": "succeeded", "second": "not-selected"}
    done = called("run", "p.pipeline", "--only", "second", "--json")
    assert states(done.json) == {"first": "not-selected", "second": "succeeded"}
    for part, action in (("--from", "run"), ("--only", "reuse")):
        plan = called("plan", "p.pipeline", part, "second", "--json")
        first, second = plan.json["nodes"]
        assert (first["action"], first["code"], second["action"]) == ("skip", "not-selected", action)
    assert called("run", "p.pipeline", "--only", "third", "--json").json["code"] == "unknown-node"
    assert called("run", "p.pipeline", "--only", "first", "--from", "second").code == 2
    again = called("run", "p.pipeline", "--failed", done.json["id"][:8], "--json")
    assert (again.code, again.json["code"]) == (2, "nothing-failed")


def test_a_schedule_on_this_machine(project: Path, called: Called) -> None:
    assert called("schedule", "p.pipeline", "--json").json["code"] == "no-schedule"
    document = json.loads((project / "p.pipeline").read_text())
    document["schedule"] = {"cron": "0 6 * * *", "timezone": "Europe/Berlin"}
    (project / "p.pipeline").write_text(json.dumps(document))
    done = called("schedule", "p.pipeline")
    assert done.code == 0 and "is started on this machine by 0 6 * * * (Europe/Berlin)." in done.out
    assert "Next at " in done.out and "made up for once" in done.out
    paused = called("schedule", "p.pipeline", "--pause", "--json")
    assert (paused.json["paused"], paused.json["next"], paused.json["version"]) == (True, None, 1)
    resumed = called("schedule", "p.pipeline", "--resume", "--json")
    assert resumed.json["paused"] is False and resumed.json["next"]
    assert called("schedule", "p.pipeline", "--remove", "--json").json["removed"] is True
    assert called("schedule", "p.pipeline", "--pause", "--json").json["code"] == "no-schedule"


def test_gc(project: Path, called: Called) -> None:
    runs = [called("run", "p.pipeline", "--no-reuse", "--json").json["id"] for _ in range(3)]
    asked = called("gc", "--keep-runs", "1", "--dry-run", "--json").json["workspaces"]
    assert [run["id"] for run in asked[0]["runs"]] == runs[:2] and asked[0]["dry_run"] is True
    done = called("gc", "--keep-runs", "1")
    assert done.code == 0 and "2 runs went" in done.out
    assert [run["id"] for run in called("runs", "--json").json["runs"]] == runs[2:]
    for wrong in (("--older-than", "soon"), ("--max-size", "5"), ("--keep-runs", "-1")):
        assert called("gc", *wrong).code == 2
