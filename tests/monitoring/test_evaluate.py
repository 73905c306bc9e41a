"""Whatever is wrong with the data is a verdict and a sentence, and the other checks are still computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext.monitoring import defaults
from mlops_ext.monitoring.batches import batches
from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.document import judge
from mlops_ext.monitoring.evaluate import evaluate
from mlops_ext.paths import workspace_at

FEATURES = {"age": "numeric", "income": "numeric", "channel": "category"}


def _frame(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, rows)
    score = 1 / (1 + np.exp(-(age - 40) / 5))
    return pd.DataFrame(
        {
            "id": np.arange(rows) + seed * 1000,
            "age": age,
            "income": random.gamma(2, 2, rows),
            "channel": random.choice(["web", "shop"], rows),
            "sex": random.choice(["f", "m"], rows),
            "label": (random.random(rows) < score).astype(int),
            "said": (score >= 0.5).astype(int),
            "score": score,
        }
    )


def _document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "version": 1,
        "model": {"name": "m", "path": "model.joblib"},
        "problem": "binary",
        "columns": {
            "features": FEATURES,
            "id": "id",
            "target": "label",
            "prediction": "said",
            "score": "score",
            "positive": 1,
            "favourable": [1],
            "sensitive": [{"column": "sex", "monitored": ["f"], "reference": ["m"]}],
        },
        "baseline": {"path": "reference.csv"},
        "batches": {"path": "scored/*.csv", "min_rows": 100},
        **changes,
    }
    assert judge(document).document is not None, judge(document).issues
    return document


def _all_checks() -> dict[str, Any]:
    return {
        name: {"measure": name, "alert": {"above": 1e9}} for name, one in MEASURES.items() if "binary" in one.problems
    }


def _evaluate(
    folder: Path, batch: pd.DataFrame | bytes, baseline: pd.DataFrame | bytes | None = None, **changes: Any
) -> Any:
    (folder / "scored").mkdir(exist_ok=True)
    for path, content in (("reference.csv", _frame() if baseline is None else baseline), ("scored/1.csv", batch)):
        if isinstance(content, bytes):
            (folder / path).write_bytes(content)
        else:
            content.to_csv(folder / path, index=False)
    changes.setdefault("checks", _all_checks())
    document = _document(**changes)
    workspace = workspace_at(folder)
    found = evaluate(workspace, folder, document, batches(workspace, folder, document)[-1])
    json.dumps(found, allow_nan=False)
    return found


def _by(found: Any) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(metric["measure"], metric["column"]): metric for metric in found["metrics"]}


def test_a_batch_in_order_has_a_value_for_every_measure(tmp_path: Path) -> None:
    found = _evaluate(tmp_path, _frame(seed=1))
    assert found["status"] == "ok" and found["error"] is None
    assert (found["rows"], found["labelled"]) == (300, 300)
    assert {metric["measure"] for metric in found["metrics"]} == set(_all_checks())
    assert [metric for metric in found["metrics"] if metric["value"] is None] == []
    detail = found["detail"]
    assert set(detail["features"]) == set(FEATURES)
    assert sum(detail["features"]["age"]["current"]) == pytest.approx(1)
    assert np.array(detail["confusion"]["matrix"]).sum() == 300
    assert detail["roc"]["auc"] == pytest.approx(_by(found)["roc_auc", None]["value"])
    assert [group["group"] for group in detail["groups"]] == sorted(
        ["f", "m"], key=lambda g: -sum(_frame(seed=1)["sex"] == g)
    )


def test_a_missing_column_is_told_where_it_is_needed(tmp_path: Path) -> None:
    found = _evaluate(tmp_path, _frame(seed=1).drop(columns="age"))
    metrics = _by(found)
    assert found["status"] == "error" and found["error"] is None
    assert (
        metrics["ks", "age"]["verdict"] == "error" and metrics["ks", "age"]["reason"] == "The batch has no column age."
    )
    assert metrics["missing", "age"]["verdict"] == "error"
    assert metrics["ks", "income"]["verdict"] == "ok" and metrics["roc_auc", None]["verdict"] == "ok"
    assert metrics["domain_auc", None]["verdict"] == "ok" and "age" in metrics["domain_auc", None]["reason"]


def test_values_of_another_type_are_told_and_counted(tmp_path: Path) -> None:
    batch = _frame(seed=1)
    batch["income"] = "unknown"
    batch["age"] = [f"{age:.1f}" if row % 3 else "n/k" for row, age in enumerate(batch["age"])]
    found = _by(_evaluate(tmp_path, batch))
    assert found["type_change", "income"]["value"] == 1.0
    assert found["type_change", "age"]["value"] == pytest.approx(1 / 3)
    assert found["ks", "income"]["verdict"] == "error" and "no numbers" in found["ks", "income"]["reason"]
    assert found["ks", "age"]["verdict"] == "ok" and "100 values are no numbers" in found["ks", "age"]["reason"]
    assert found["missing", "income"]["value"] == 0.0
    turned = _frame(seed=1)
    turned["channel"] = np.arange(len(turned))
    assert _by(_evaluate(tmp_path, turned))["type_change", "channel"]["value"] == 1.0


def test_without_labels_quality_is_not_computed_and_all_else_is(tmp_path: Path) -> None:
    found = _evaluate(tmp_path, _frame(seed=1).drop(columns="label"))
    assert (found["status"], found["labelled"]) == ("no_labels", 0)
    for metric in found["metrics"]:
        labelled = MEASURES[metric["measure"]].labels
        assert (metric["verdict"] == "not_computed") == labelled, metric
    only = _evaluate(tmp_path, _frame(seed=1).drop(columns="label"), checks={"auc": {"measure": "roc_auc"}})
    assert (only["status"], only["error"]) == ("no_labels", None)


def test_a_baseline_without_labels_leaves_quality_unjudged(tmp_path: Path) -> None:
    checks = {
        "auc": {"measure": "roc_auc", "mode": "delta", "alert": {"below": 1.0}},
        "absolute": {"measure": "roc_auc", "warn": {"below": 1.0}},
        "estimate": {"measure": "estimated_accuracy"},
    }
    found = _evaluate(tmp_path, _frame(seed=1), _frame().drop(columns="label"), checks=checks)
    delta, absolute, estimate = found["metrics"]
    assert delta["verdict"] == "not_computed" and "The baseline has no labels." in delta["reason"]
    assert absolute["verdict"] == "warn" and found["status"] == "warn"
    assert (estimate["verdict"], estimate["reason"]) == ("not_computed", "The baseline has no labels.")


def test_a_few_labels_are_not_judged_by(tmp_path: Path) -> None:
    batch = _frame(seed=1)
    batch["label"] = [label if row < 20 else None for row, label in enumerate(batch["label"])]
    found = _evaluate(tmp_path, batch, checks={"a": {"measure": "accuracy", "alert": {"above": 0}}})
    assert (found["status"], found["labelled"]) == ("no_labels", 20)
    assert found["metrics"][0]["verdict"] == "not_computed" and "20 rows" in found["metrics"][0]["reason"]


def test_one_class_only_is_no_alert(tmp_path: Path) -> None:
    for value in (0, 1):
        batch = _frame(seed=1)
        batch["label"] = value
        found = _evaluate(
            tmp_path, batch, checks={"auc": {"measure": "roc_auc", "alert": {"below": 0.9}}, "ks": {"measure": "ks"}}
        )
        metrics = _by(found)
        assert metrics["roc_auc", None]["verdict"] == "not_computed" and "class" in metrics["roc_auc", None]["reason"]
        assert found["status"] == "ok"


def test_an_absent_group_is_told(tmp_path: Path) -> None:
    batch = _frame(seed=1)
    batch["sex"] = "m"
    found = _by(_evaluate(tmp_path, batch))
    for measure in ("disparate_impact", "statistical_parity", "equal_opportunity", "average_odds"):
        assert found[measure, "sex"]["verdict"] == "not_computed"
        assert found[measure, "sex"]["reason"] == "No row of the batch has sex f."


def test_too_few_rows_are_computed_and_not_judged(tmp_path: Path) -> None:
    checks = {"ks": {"measure": "ks", "alert": {"above": 0.0}}}
    found = _evaluate(tmp_path, _frame(rows=30, seed=1), checks=checks)
    assert (found["status"], found["rows"]) == ("too_few_rows", 30)
    assert all(metric["verdict"] == "not_computed" and metric["value"] is not None for metric in found["metrics"])
    empty = _evaluate(tmp_path, _frame().head(0), checks=checks)
    assert (empty["status"], empty["rows"]) == ("too_few_rows", 0)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01", b'a,b\n1,"2\n', b"\x00" * 100, b"PK\x03\x04"])
def test_an_unreadable_batch_or_baseline_is_an_error_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    for batch, baseline in ((content, None), (_frame(), content)):
        found = _evaluate(tmp_path, batch, baseline)
        assert found["status"] in ("error", "too_few_rows")
        assert all(metric["verdict"] in ("error", "not_computed", "ok") for metric in found["metrics"])
        if found["error"] is not None:
            assert found["error"]["message"].endswith(".") and "Traceback" not in found["error"]["message"]


def test_a_baseline_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "scored").mkdir()
    _frame(seed=1).to_csv(tmp_path / "scored" / "1.csv", index=False)
    workspace = workspace_at(tmp_path)
    document = _document(checks=_all_checks())
    answer: Any = evaluate(workspace, tmp_path, document, batches(workspace, tmp_path, document)[0])
    assert answer["status"] == "error" and answer["detail"]["features"] == {}
    for metric in answer["metrics"]:
        kind, measure = metric["kind"], metric["measure"]
        needed = kind in ("drift", "prediction_drift", "estimate") or kind == "data_quality"
        if needed and measure not in ("rows", "duplicates"):
            assert (metric["value"], metric["verdict"]) == (None, "error"), metric
            assert metric["reason"] == "The baseline reference.csv does not exist."
        else:
            assert metric["value"] is not None and metric["baseline"] is None, metric
    assert answer["error"] == {
        "code": "unreadable-data",
        "message": "The baseline reference.csv does not exist.",
        "hint": "Is the path right, and the file made?",
    }


def test_nothing_computed_is_never_green(tmp_path: Path) -> None:
    checks = {name: check for name, check in _all_checks().items() if name != "rows"}
    found = _evaluate(tmp_path, _frame(seed=1).rename(columns=lambda name: f"x_{name}"), checks=checks)
    assert (found["status"], found["rows"]) == ("error", 300)
    assert found["error"]["code"] == "nothing-computed"
    assert _evaluate(tmp_path, _frame(seed=1), checks={})["error"]["code"] == "no-checks"


def test_duplicate_ids_are_counted_and_labels_join_all_of_them(tmp_path: Path) -> None:
    batch = _frame(seed=1).drop(columns="label")
    batch["id"] = [row % 150 for row in range(len(batch))]
    (tmp_path / "labels").mkdir()
    pd.DataFrame({"id": [*range(150), 0], "label": [0] * 150 + [1]}).to_csv(tmp_path / "labels" / "1.csv", index=False)
    changes = {"path": "scored/*.csv", "labels": {"path": "labels/*.csv"}}
    found = _evaluate(tmp_path, batch, batches=changes)
    assert _by(found)["duplicates", None]["value"] == 0.5
    assert found["labelled"] == 300
    # The later label of id 0 wins, for both of its rows.
    assert sum(found["detail"]["confusion"]["matrix"][1]) == 2


def test_infinite_and_huge_numbers_stop_nothing(tmp_path: Path) -> None:
    batch = _frame(seed=1)
    batch.loc[:50, "age"] = np.inf
    batch.loc[51:100, "age"] = -1.7e308
    batch.loc[:10, "income"] = 1.7e308
    found = _by(_evaluate(tmp_path, batch))
    assert found["wasserstein", "age"]["verdict"] == "not_computed"
    for measure in ("ks", "psi", "js", "out_of_range"):
        assert found[measure, "age"]["value"] > 0.05
    assert found["domain_auc", None]["value"] > 0.5


def test_several_classes_and_regression(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    rows = 400
    scores = random.dirichlet([1, 1, 1], rows)
    names = np.array(["red", "green", "blue"])
    frame = pd.DataFrame({"x": random.normal(size=rows), "label": names[[random.choice(3, p=row) for row in scores]]})
    frame["said"] = names[scores.argmax(axis=1)]
    for place, name in enumerate(names):
        frame[f"p_{name}"] = scores[:, place]
    columns = {
        "features": {"x": "numeric"},
        "target": "label",
        "prediction": "said",
        "score": {name: f"p_{name}" for name in names.tolist()},
    }
    usable = {name for name, one in MEASURES.items() if "multiclass" in one.problems and one.kind != "fairness"}
    checks = {name: {"measure": name, "average": "macro"} for name in sorted(usable)}
    found = _evaluate(tmp_path, frame, frame, problem="multiclass", columns=columns, checks=checks)
    assert found["status"] == "ok"
    assert {m["measure"] for m in found["metrics"] if m["value"] is None} <= {"chi2", "new_category"}
    assert {m["group"] for m in found["metrics"] if m["measure"] == "score_psi"} == set(names.tolist())
    assert found["detail"]["confusion"]["labels"] == names.tolist()
    numbers = pd.DataFrame({"x": frame["x"], "y": frame["x"] * 2, "said": frame["x"] * 2 + random.normal(size=rows)})
    columns = {"features": {"x": "numeric"}, "target": "y", "prediction": "said"}
    usable = {name for name, one in MEASURES.items() if "regression" in one.problems}
    checks = {name: {"measure": name} for name in sorted(usable)}
    found = _evaluate(tmp_path, numbers, numbers, problem="regression", columns=columns, checks=checks)
    assert [m["measure"] for m in found["metrics"] if m["value"] is None] == []


def test_errors_of_predicted_numbers_are_kept_for_a_chart(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    truth = random.normal(size=300)
    right = pd.DataFrame({"x": truth, "y": truth, "said": truth + random.normal(scale=0.1, size=300)})
    high = right.assign(said=right["said"] + 5)
    columns = {"features": {"x": "numeric"}, "target": "y", "prediction": "said"}
    checks = {"mae": {"measure": "mae"}}
    detail = _evaluate(tmp_path, high, right, problem="regression", columns=columns, checks=checks)["detail"]
    assert detail["confusion"] is None and detail["roc"] is None
    shape = detail["residuals"]
    middles = (np.array(shape["edges"][1:]) + np.array(shape["edges"][:-1])) / 2
    errors = {side: float(np.dot(middles, shape[side])) for side in ("baseline", "current")}
    assert errors["current"] - errors["baseline"] == pytest.approx(5, abs=0.3)


def test_checks_by_default_are_valid_and_computed(tmp_path: Path) -> None:
    document = _document()
    document["checks"] = defaults.checks(document)
    assert judge(document).document is not None
    found = _evaluate(tmp_path, _frame(seed=1), checks=document["checks"])
    assert found["status"] == "ok" and all(metric["value"] is not None for metric in found["metrics"])


CELLS = st.one_of(
    st.none(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["", "a", "1", "1e999", "NaN", "inf", "-", "x" * 50, "=1+1", "\u0000", "é"]),
)
COLUMNS = st.sampled_from(["id", "age", "income", "channel", "sex", "label", "said", "score", "other"])
TABLES = st.lists(COLUMNS, max_size=9, unique=True).flatmap(
    lambda names: st.lists(st.fixed_dictionaries({name: CELLS for name in names}), max_size=12)
)
QUICK = {name: check for name, check in _all_checks().items() if name not in ("domain_auc", "predicted_accuracy_drop")}


@pytest.mark.timeout(600)
@settings(max_examples=max(25, settings().max_examples // 4))
@given(batch=TABLES, baseline=TABLES, mode=st.sampled_from(["absolute", "delta", "p_value"]), least=st.integers(1, 8))
def test_any_tables_give_a_document(
    tmp_path_factory: pytest.TempPathFactory, batch: list[Any], baseline: list[Any], mode: str, least: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    checks = {
        name: check | {"mode": mode}
        for name, check in QUICK.items()
        if mode == "absolute" or (MEASURES[name].delta if mode == "delta" else MEASURES[name].p_value)
    }
    files = {"path": "scored/*.csv", "min_rows": least}
    found = _evaluate(folder, pd.DataFrame(batch), pd.DataFrame(baseline), checks=checks, batches=files)
    values = [metric["value"] for metric in found["metrics"]]
    assert found["status"] != "alert" or "alert" in {metric["verdict"] for metric in found["metrics"]}
    assert found["status"] != "ok" or any(value is not None for value in values)
    for metric in found["metrics"]:
        assert (metric["value"] is not None) or (metric["verdict"] in ("error", "not_computed") and metric["reason"])
        assert "Traceback" not in str(metric["reason"]) and "could not be computed" not in str(metric["reason"]), metric
