"""The checks of a monitor that names none: what is worth watching in its columns, without crying wolf.

A check says `alert` only where a difference is both beyond chance and large enough to matter:

- Drift, missing values: q < 0.01, where q is p corrected over the features by Benjamini and Hochberg, *and* an effect:
  KS above 0.1, Cohen's w above 0.2, five more missing values in a hundred; in small batches at least what chance
  alone does in 1 of 1,000.
- Quality: p < 0.001 against the baseline's value *and* worse by 0.05 (errors of regression: greater by a tenth).
- Fairness: p < 0.001 between the groups *and* outside the four-fifths rule, or 0.1 apart.
- Domain classifier: p < 0.001 *and* an area above 0.6.
- PSI of scores and predictions: above 0.25, or what chance alone does in 1 of 1,000 batches of that size.
- Shares of values that should not be: above 0.05 (ids: 0.01).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SIGNIFICANT = 0.01
CERTAIN = 0.001
WORSE = 0.05


def checks(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The default checks for a monitor's document, as they would stand in its `checks`."""
    problem, columns = document["problem"], document["columns"]
    return {
        **_quality(problem, columns),
        **_drift(columns),
        **_output(columns),
        **_estimates(problem, columns),
        **_fairness(problem, columns),
        **_data(columns),
    }


def _worse(measure: str, **fields: Any) -> dict[str, Any]:
    return {
        "measure": measure,
        **fields,
        "mode": "p_value",
        "effect": {"below": -WORSE},
        "warn": {"below": SIGNIFICANT},
        "alert": {"below": CERTAIN},
    }


def _quality(problem: str, columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if "target" not in columns:
        return {}
    found: dict[str, dict[str, Any]] = {}
    average = {"average": "macro"} if problem == "multiclass" else {}
    if "score" in columns:
        found["roc_auc"] = _worse("roc_auc", **average)
    if "prediction" in columns and problem != "regression":
        found["accuracy"] = _worse("accuracy")
        found["f1"] = _worse("f1", **average)
    if "prediction" in columns and problem == "regression":
        found["r2"] = _worse("r2")
        found["mae"] = {**_worse("mae"), "effect": {"above": 0.1}}
    return found


def _drift(columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    kinds = set(columns["features"].values())
    found: dict[str, dict[str, Any]] = {}
    if "numeric" in kinds:
        found["ks"] = _significant("ks", {"above": 0.1})
    if "category" in kinds:
        found["chi2"] = _significant("chi2", {"above": 0.2})
    if len(columns["features"]) > 1:
        found["domain_auc"] = {
            "measure": "domain_auc",
            "mode": "p_value",
            "effect": {"above": 0.6},
            "alert": {"below": CERTAIN},
        }
    return found


def _significant(measure: str, effect: dict[str, float]) -> dict[str, Any]:
    return {
        "measure": measure,
        "mode": "p_value",
        "correction": "bh",
        "effect": effect,
        "alert": {"below": SIGNIFICANT},
    }


def _output(columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    measure = "score_psi" if "score" in columns else "prediction_psi" if "prediction" in columns else None
    if measure is None:
        return {}
    return {measure: {"measure": measure, "mode": "absolute", "warn": {"above": 0.1}, "alert": {"above": 0.25}}}


def _estimates(problem: str, columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    if problem == "regression" or "target" not in columns:
        return {}
    found: dict[str, dict[str, Any]] = {}
    if "score" in columns:
        found["estimated_accuracy"] = {
            "measure": "estimated_accuracy",
            "mode": "delta",
            "warn": {"below": -WORSE},
            "alert": {"below": -2 * WORSE},
        }
    if "prediction" in columns and columns["features"]:
        found["predicted_accuracy_drop"] = {
            "measure": "predicted_accuracy_drop",
            "mode": "absolute",
            "warn": {"above": WORSE},
            "alert": {"above": 2 * WORSE},
        }
    return found


def _fairness(problem: str, columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    told = "prediction" in columns and columns.get("sensitive") and columns.get("favourable")
    if problem == "regression" or not told:
        return {}
    certain = {"mode": "p_value", "warn": {"below": SIGNIFICANT}, "alert": {"below": CERTAIN}}
    found: dict[str, dict[str, Any]] = {
        "disparate_impact": {"measure": "disparate_impact", **certain, "effect": {"outside": [0.8, 1.25]}}
    }
    if "target" in columns:
        found["equal_opportunity"] = {"measure": "equal_opportunity", **certain, "effect": {"outside": [-0.1, 0.1]}}
    return found


def _data(columns: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    kinds = set(columns["features"].values())
    found: dict[str, dict[str, Any]] = {}
    if kinds:
        found["missing"] = _significant("missing", {"above": 0.05})
    if "numeric" in kinds:
        found["out_of_range"] = _share("out_of_range", 0.05)
    if "category" in kinds:
        found["new_category"] = _share("new_category", 0.05)
    if kinds:
        found["type_change"] = _share("type_change", 0.01)
    if "id" in columns:
        found["duplicates"] = _share("duplicates", 0.01)
    return found


def _share(measure: str, most: float) -> dict[str, Any]:
    return {"measure": measure, "mode": "absolute", "alert": {"above": most}}
