"""The measures there are, and what each is made for; formulas and sources stand with the functions in `measures/`.

A measure is one entry here, one function there, and its name in `schemas/monitor.v1.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .values import Kind, Problem

Per: TypeAlias = Literal["model", "feature", "group", "table"]

CLASSES: tuple[Problem, ...] = ("binary", "multiclass")
NUMBERS: tuple[Problem, ...] = ("regression",)
ANY: tuple[Problem, ...] = (*CLASSES, *NUMBERS)


@dataclass(frozen=True, slots=True)
class Measure:
    """What is known of a measure without computing it."""

    title: str
    kind: Kind
    per: Per
    """One value for the model, each feature, each sensitive column, or the table as a whole."""
    problems: tuple[Problem, ...] = ANY
    columns: tuple[str, ...] = ()
    """Which of the monitor's `columns` must be told."""
    labels: bool = False
    """Whether the batch must have labels."""
    of: str | None = None
    """The kind of feature that it is for, where it is for one of them only."""
    p_value: bool = False
    """Whether it has a p-value, so that a check may have the mode `p_value`."""
    delta: bool = True
    """Whether the baseline has a value of its own, so that a check may have the mode `delta`."""
    better: Literal["high", "low", "none"] = "none"


def _quality(
    title: str,
    column: str,
    better: Literal["high", "low"],
    problems: tuple[Problem, ...] = CLASSES,
    p_value: bool = True,
) -> Measure:
    return Measure(title, "quality", "model", problems, ("target", column), labels=True, p_value=p_value, better=better)


def _drift(title: str, of: str | None = None, p_value: bool = False) -> Measure:
    return Measure(title, "drift", "feature", of=of, p_value=p_value, delta=False, better="low")


def _output(title: str, column: str, problems: tuple[Problem, ...]) -> Measure:
    return Measure(title, "prediction_drift", "model", problems, (column,), p_value=True, delta=False, better="low")


def _estimate(title: str, column: str, better: Literal["high", "low"], delta: bool) -> Measure:
    return Measure(title, "estimate", "model", CLASSES, ("target", column), delta=delta, better=better)


def _fairness(title: str, labels: bool = False) -> Measure:
    needed = ("sensitive", "favourable", "prediction", *(("target",) if labels else ()))
    return Measure(title, "fairness", "group", CLASSES, needed, labels=labels, p_value=True)


def _data(title: str, per: Per = "feature", of: str | None = None, p_value: bool = False) -> Measure:
    return Measure(title, "data_quality", per, of=of, p_value=p_value, better="low")


MEASURES: dict[str, Measure] = {
    "roc_auc": _quality("ROC AUC", "score", "high"),
    "average_precision": _quality("Average precision", "score", "high", p_value=False),
    "accuracy": _quality("Accuracy", "prediction", "high"),
    "precision": _quality("Precision", "prediction", "high"),
    "recall": _quality("Recall", "prediction", "high"),
    "f1": _quality("F1", "prediction", "high"),
    "log_loss": _quality("Log loss", "score", "low"),
    "brier": _quality("Brier score", "score", "low"),
    "rmse": _quality("Root mean squared error", "prediction", "low", NUMBERS),
    "mae": _quality("Mean absolute error", "prediction", "low", NUMBERS),
    "r2": _quality("R²", "prediction", "high", NUMBERS),
    "mape": _quality("Mean absolute percentage error", "prediction", "low", NUMBERS),
    "psi": _drift("Population stability index", p_value=True),
    "ks": _drift("Kolmogorov-Smirnov", "numeric", p_value=True),
    "chi2": _drift("Chi-squared", "category", p_value=True),
    "js": _drift("Jensen-Shannon distance"),
    "wasserstein": _drift("Wasserstein distance", "numeric"),
    "score_psi": _output("PSI of the score", "score", CLASSES),
    "prediction_psi": _output("PSI of the prediction", "prediction", ANY),
    "domain_auc": Measure("Domain classifier", "drift", "table", p_value=True, delta=False, better="low"),
    "estimated_accuracy": _estimate("Estimated accuracy", "score", "high", delta=True),
    "predicted_accuracy_drop": _estimate("Predicted drop in accuracy", "prediction", "low", delta=False),
    "disparate_impact": _fairness("Disparate impact"),
    "statistical_parity": _fairness("Statistical parity difference"),
    "equal_opportunity": _fairness("Equal opportunity difference", labels=True),
    "average_odds": _fairness("Average odds difference", labels=True),
    "missing": _data("Missing values", p_value=True),
    "out_of_range": _data("Out of range", of="numeric"),
    "new_category": _data("New categories", of="category"),
    "type_change": _data("Values of another type"),
    "duplicates": _data("Duplicates", "table"),
    "rows": Measure("Rows", "data_quality", "table"),
}
