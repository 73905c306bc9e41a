"""The three stories that tests in a browser and of the command line tell, under the default checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlops_ext.monitoring.batches import batches
from mlops_ext.monitoring.evaluate import evaluate
from mlops_ext.paths import workspace_at
from tests.monitoring import scenarios

LOOKED_AT = (1, 4, 5, 8)


def _evaluations(folder: Path, document: dict[str, Any], numbers: tuple[int, ...] = LOOKED_AT) -> list[dict[str, Any]]:
    workspace = workspace_at(folder)
    found = batches(workspace, folder, document)
    assert [batch.id for batch in found] == [f"scored/{number:02}.csv" for number in range(1, scenarios.BATCHES + 1)]
    return [evaluate(workspace, folder, document, batch) for batch in (found[number - 1] for number in numbers)]


def _kinds(evaluation: dict[str, Any], verdict: str) -> set[str]:
    return {metric["kind"] for metric in evaluation["metrics"] if metric["verdict"] == verdict}


def test_quality_alerts_when_the_relation_changes_and_no_feature_does(tmp_path: Path) -> None:
    scenarios.make("relation", tmp_path)
    found = _evaluations(tmp_path, scenarios.monitor("relation"))
    before, after = found[:2], found[2:]
    assert [one["status"] for one in before] == ["ok"] * len(before)
    assert [one["status"] for one in after] == ["alert"] * len(after)
    for one in after:
        assert "quality" in _kinds(one, "alert")
        assert not {"drift", "prediction_drift", "estimate", "data_quality"} & _kinds(one, "alert")


def test_drift_alerts_when_a_feature_changes_and_the_model_is_as_good(tmp_path: Path) -> None:
    scenarios.make("features", tmp_path)
    document = scenarios.monitor("features")
    found = _evaluations(tmp_path, document)
    before, after = found[:2], found[2:]
    assert [one["status"] for one in before] == ["ok"] * len(before)
    for one in after:
        assert one["status"] == "alert"
        assert _kinds(one, "alert") == {"drift"}
        alerted = {(metric["check"], metric["column"]) for metric in one["metrics"] if metric["verdict"] == "alert"}
        assert ("ks", "visits") in alerted and alerted <= {("ks", "visits"), ("domain_auc", None)}
    # Accepting the batch as the new normal quiets the next one.
    document["baseline"] = {"path": f"scored/{scenarios.CHANGE:02}.csv"}
    quiet = _evaluations(tmp_path, document, (6, 8))
    assert [one["status"] for one in quiet] == ["ok"] * len(quiet)


def test_quality_is_estimated_until_labels_come(tmp_path: Path) -> None:
    scenarios.make("late", tmp_path)
    document = scenarios.monitor("late")
    found = _evaluations(tmp_path, document, (1,))
    assert [(one["status"], one["labelled"]) for one in found] == [("no_labels", 0)] * len(found)
    values = {metric["measure"]: metric for metric in found[0]["metrics"]}
    assert values["roc_auc"]["verdict"] == "not_computed" and "7d" in values["roc_auc"]["reason"]
    estimated = values["estimated_accuracy"]["value"]
    scenarios.bring_labels(tmp_path)
    labelled = _evaluations(tmp_path, document, (1,))
    assert [(one["status"], one["labelled"]) for one in labelled] == [("ok", scenarios.ROWS)] * len(labelled)
    values = {metric["measure"]: metric for metric in labelled[0]["metrics"]}
    assert abs(values["accuracy"]["value"] - estimated) < 0.05
