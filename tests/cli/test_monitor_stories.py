"""Three stories of a model in production, from the data to the decision, by the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.monitoring import scenarios

Called = Callable[..., Any]


def story(name: str, folder: Path, first: int, last: int) -> None:
    """The batches of a story from one number to another."""
    scenarios.make(name, folder, last)
    for number in range(1, first):
        (folder / f"scored/{number:02}.csv").unlink()


def evaluations(called: Called, name: str) -> dict[str, dict[str, Any]]:
    done = called("monitor", "evaluate", f"{name}.monitor", "--all", "--json")
    assert done.code == 0
    return {one["batch"]: one for one in map(json.loads, done.out.splitlines())}


def beyond(evaluation: dict[str, Any]) -> set[str]:
    return {metric["kind"] for metric in evaluation["metrics"] if metric["verdict"] == "alert"}


def decided(called: Called, alert: str, action: str) -> dict[str, Any]:
    done = called("monitor", "decide", alert, "--action", action, "--comment", "I have looked at it", "--json")
    assert done.code == 0, done.err
    answer: dict[str, Any] = done.json
    return answer


def test_the_relation_changes_and_a_person_decides_to_retrain(project: Path, called: Called) -> None:
    story("relation", project, 4, 6)
    found = evaluations(called, "relation")
    assert [one["status"] for one in found.values()] == ["ok", "alert", "alert"]
    changed = found["scored/05.csv"]
    assert beyond(changed) <= {"quality", "fairness", "estimate"} and "quality" in beyond(changed)
    assert changed["alert"]["opened_now"] and not found["scored/06.csv"]["alert"]["opened_now"]
    made = decided(called, changed["alert"]["id"], "retrain")
    assert made["state"] == "retraining"
    deadline = time.monotonic() + 60
    while (run := called("show", made["run"], "--json").json)["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert run["state"] == "succeeded" and run["pipeline"] == "refresh.pipeline"
    assert (project / "candidate.joblib").exists()


def test_features_drift_without_decay_and_a_person_accepts(project: Path, called: Called) -> None:
    story("features", project, 4, 5)
    found = evaluations(called, "features")
    assert [one["status"] for one in found.values()] == ["ok", "alert"]
    changed = found["scored/05.csv"]
    assert "drift" in beyond(changed) and "quality" not in beyond(changed)
    assert decided(called, changed["alert"]["id"], "accept")["state"] == "accepted"
    story("features", project / "next", 6, 6)
    (project / "next/scored/06.csv").rename(project / "scored/06.csv")
    done = called("monitor", "evaluate", "features.monitor", "--json")
    assert done.json["batch"] == "scored/06.csv" and done.json["alert"] is None
    assert done.json["status"] in ("ok", "warn"), done.json["metrics"]


def test_labels_come_late_and_supersede_the_estimate(project: Path, called: Called) -> None:
    story("late", project, 1, 2)
    before = evaluations(called, "late")
    assert [one["status"] for one in before.values()] == ["no_labels", "no_labels"]
    estimates = [one for one in before["scored/01.csv"]["metrics"] if one["kind"] == "estimate"]
    assert estimates and estimates[0]["value"] is not None
    scenarios.bring_labels(project, range(1, 2))
    after = evaluations(called, "late")
    assert after["scored/01.csv"]["id"] != before["scored/01.csv"]["id"]
    assert after["scored/02.csv"]["reused"]
    quality = {one["check"]: one["value"] for one in after["scored/01.csv"]["metrics"] if one["kind"] == "quality"}
    assert quality and None not in quality.values() and after["scored/01.csv"]["labelled"] == scenarios.ROWS
