"""Measures of quality, of the batch and of the baseline, and how probable their difference is by chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..measures import quality, spread
from ..measures.arrays import Codes, Flags, Numbers, Undefined
from ..values import Check
from ..verdict import Found
from .context import Context, Failed, Side, Unlabelled, attempt

_OF_SCORES = frozenset({"roc_auc", "average_precision", "log_loss", "brier"})
RELATIVE = frozenset({"rmse", "mae", "mape"})
"""Errors whose unit nobody knows: their effect is the difference as a share of the baseline's value."""


@dataclass(frozen=True, slots=True)
class _Valued:
    value: float
    error: float | None
    note: str | None


_BINARY: dict[str, tuple[Callable[..., float], Callable[..., Numbers] | None]] = {
    "roc_auc": (quality.roc_auc, spread.roc_auc),
    "average_precision": (quality.average_precision, None),
    "accuracy": (quality.accuracy, spread.accuracy),
    "precision": (quality.precision, spread.precision),
    "recall": (quality.recall, spread.recall),
    "f1": (quality.f1, spread.f1),
    "log_loss": (quality.log_loss, spread.log_loss),
    "brier": (quality.brier, spread.brier),
}
_REGRESSION: dict[str, tuple[Callable[..., float], Callable[..., Numbers] | None]] = {
    "rmse": (quality.rmse, spread.rmse),
    "mae": (quality.mae, spread.mae),
    "r2": (quality.r2, spread.r2),
    "mape": (quality.mape, spread.mape),
}


def found(check: Check, context: Context) -> list[Found]:
    """The value of a measure of quality."""
    return [attempt(lambda: _compared(check, context))]


def truth_and_score(context: Context, side: Side) -> tuple[Flags, Numbers]:
    """Labels and scores of a binary model, of the rows that have both."""
    rows = side.rows_with(labels=True, prediction=False, score=True).rows
    return _positives(context, side, context.roles.target, rows), side.numbers(context.roles.score or "")[rows]


def truth_and_said(context: Context, side: Side) -> tuple[Codes, Codes]:
    """Labels and predictions as places in the list of classes, of the rows that have both."""
    rows = side.rows_with(labels=True, prediction=True, score=False).rows
    return _coded(context, side, context.roles.target, rows), _coded(context, side, context.roles.prediction, rows)


def _compared(check: Check, context: Context) -> Found:
    now = _valued(check, context, context.current)
    try:
        before = _valued(check, context, context.baseline)
    except (Undefined, Failed, Unlabelled) as why:
        note = f"There is no value of the baseline: {why}"
        return Found(value=now.value, note=note, problem=note if check.mode != "absolute" else None)
    difference = now.value - before.value
    plain = Found(value=now.value, baseline=before.value, effect=difference, note=now.note)
    if check.measure in RELATIVE:
        plain = replace(plain, effect=difference / before.value if before.value else float(np.sign(difference)))
    if now.error is None or before.error is None:
        return plain
    return replace(plain, p=spread.difference_p(difference, now.error, before.error))


def _valued(check: Check, context: Context, side: Side) -> _Valued:
    scored = check.measure in _OF_SCORES
    pairs = side.rows_with(labels=True, prediction=not scored, score=scored)
    if context.roles.problem == "regression":
        measure, influence = _REGRESSION[check.measure]
        roles = context.roles
        arguments: tuple[Any, ...] = tuple(
            side.numbers(name or "")[pairs.rows] for name in (roles.target, roles.prediction)
        )
    elif context.roles.problem == "multiclass":
        measure, influence = _of_classes(check)
        arguments = _class_arguments(context, side, pairs.rows, scored)
    else:
        measure, influence = _BINARY[check.measure]
        arguments = _binary_arguments(context, side, pairs.rows, scored)
    value = measure(*arguments)
    if influence is None:
        return _Valued(value, None, pairs.note)
    with np.errstate(all="ignore"):
        return _Valued(value, spread.standard_error(influence(*arguments)), pairs.note)


def _binary_arguments(context: Context, side: Side, rows: Flags, scored: bool) -> tuple[Any, ...]:
    truth = _positives(context, side, context.roles.target, rows)
    if scored:
        return truth, side.numbers(context.roles.score or "")[rows]
    return truth, _positives(context, side, context.roles.prediction, rows)


def _class_arguments(context: Context, side: Side, rows: Flags, scored: bool) -> tuple[Any, ...]:
    truth = _coded(context, side, context.roles.target, rows)
    if scored:
        if (truth >= len(context.roles.scores)).any():
            raise Failed("Some labels are of classes that have no column of scores.")
        return truth, np.column_stack([side.numbers(column)[rows] for column in context.roles.scores.values()])
    return truth, _coded(context, side, context.roles.prediction, rows)


def _positives(context: Context, side: Side, column: str | None, rows: Flags) -> Flags:
    return side.words(column or "").among([context.positive])[rows]


def _coded(context: Context, side: Side, column: str | None, rows: Flags) -> Codes:
    return side.words(column or "").coded(context.classes)[rows]


def _of_classes(check: Check) -> tuple[Callable[..., float], Callable[..., Numbers] | None]:
    average = check.average or "macro"
    if check.measure in ("log_loss", "brier"):
        return {
            "log_loss": (quality.log_loss_classes, spread.log_loss_classes),
            "brier": (quality.brier_classes, spread.brier_classes),
        }[check.measure]
    if check.measure == "accuracy":
        return quality.accuracy, spread.accuracy
    over: dict[str, tuple[Callable[..., float], Callable[..., Numbers] | None]] = {
        "roc_auc": (quality.roc_auc_classes, spread.roc_auc_classes),
        "average_precision": (quality.average_precision_classes, None),
        "precision": (quality.precision_classes, spread.precision_classes),
        "recall": (quality.recall_classes, spread.recall_classes),
        "f1": (quality.f1_classes, spread.f1_classes),
    }
    measure, influence = over[check.measure]
    return (
        lambda truth, other: measure(truth, other, average),
        None if influence is None else lambda truth, other: influence(truth, other, average),
    )
