"""What charts show beside the values: distributions, the confusion matrix, the ROC curve, rates by group."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from ..model import Json
from .compute.context import Context, Failed, Side, Unlabelled
from .compute.fairness import favourable
from .compute.quality import truth_and_said, truth_and_score
from .measures import drift
from .measures.arrays import Codes, Flags, Numbers, Undefined

BARS = 20
CATEGORIES = 20
CLASSES = 50
POINTS = 200
GROUPS = 20
OTHERS = "(others)"
MISSING = "(missing)"

T = TypeVar("T")


def detail(context: Context) -> dict[str, Json]:
    """Everything that charts of an evaluation need; null where it cannot be had."""
    return {
        "features": {
            name: shown
            for name, kind in context.roles.features.items()
            if (shown := _distribution(context, name, kind)) is not None
        },
        "score": None if context.roles.score is None else _distribution(context, context.roles.score, "numeric"),
        "confusion": _or_none(lambda: _confusion(context)),
        "roc": _or_none(lambda: _roc(context)),
        "residuals": _or_none(lambda: _residuals(context)),
        "groups": [row for column in _sensitive(context) for row in _or_none(partial(_groups, context, column)) or []],
    }


def _or_none(action: Callable[[], T]) -> T | None:
    try:
        return action()
    except (Undefined, Failed, Unlabelled, ValueError):
        return None


def _distribution(context: Context, column: str, kind: str) -> Json:
    if kind == "numeric":
        return _or_none(lambda: _histogram(*context.ordered(column)))
    return _or_none(lambda: _bars(context, column))


def _histogram(before: Numbers, now: Numbers) -> Json:
    """Shares in bins of the same width; values far out count in the outer bins."""
    sides = [values[np.isfinite(values)] for values in (before, now)]
    filled = [values for values in sides if values.size]
    if not filled:
        raise Undefined("There are no numbers.")
    low = min(float(values[int(0.005 * (values.size - 1))]) for values in filled)
    high = max(float(values[int(np.ceil(0.995 * (values.size - 1)))]) for values in filled)
    if low == high:
        low, high = low - max(0.5, abs(low) * 1e-6), high + max(0.5, abs(high) * 1e-6)
    # Halves, as the difference of the two may be too large.
    edges = low + (high / 2 - low / 2) * (np.arange(BARS + 1) / BARS * 2)
    edges[-1] = high
    counts = [drift.sorted_counts(values, edges[1:-1]) for values in sides]
    return {
        "kind": "numeric",
        "edges": [float(edge) for edge in edges],
        "baseline": _shares(counts[0]),
        "current": _shares(counts[1]),
    }


def _bars(context: Context, column: str) -> Json:
    """Shares of the most frequent categories; the others are one."""
    words = (context.baseline.words(column), context.current.words(column))
    names = sorted({*words[0].names, *words[1].names})
    counts = [np.bincount(one.coded(names) + 1, minlength=len(names) + 1) for one in words]
    missing, counts = [count[0] for count in counts], [count[1:] for count in counts]
    kept = np.argsort(-(counts[0] + counts[1]), kind="stable")[:CATEGORIES]
    shown = [
        [*count[kept].tolist(), int(count.sum() - count[kept].sum()), int(gone)]
        for count, gone in zip(counts, missing, strict=True)
    ]
    labels = [*(names[place] for place in kept.tolist()), OTHERS, MISSING]
    seen = [place for place in range(len(labels)) if shown[0][place] or shown[1][place]]
    return {
        "kind": "category",
        "categories": [labels[place] for place in seen],
        "baseline": _shares(np.array([shown[0][place] for place in seen])),
        "current": _shares(np.array([shown[1][place] for place in seen])),
    }


def _confusion(context: Context) -> Json:
    """Rows are labels, columns are predictions, of the batch."""
    if context.roles.problem == "regression":
        return None
    truth, said = truth_and_said(context, context.current)
    seen = np.union1d(truth, said)
    if seen.size > CLASSES:
        return None
    places = np.searchsorted(seen, truth) * seen.size + np.searchsorted(seen, said)
    matrix = np.bincount(places, minlength=seen.size**2).reshape(seen.size, seen.size)
    rows: list[Json] = [list(row) for row in matrix.tolist()]
    labels: list[Json] = [context.classes[place] for place in seen.tolist()]
    return {"labels": labels, "matrix": rows}


def _roc(context: Context) -> Json:
    if context.roles.problem != "binary" or context.roles.score is None:
        return None
    truth, score = truth_and_score(context, context.current)
    if truth.all() or not truth.any():
        return None
    wrong, right, _ = roc_curve(truth, score)
    kept = np.unique(np.linspace(0, wrong.size - 1, min(POINTS, wrong.size)).astype(int))
    return {"fpr": wrong[kept].tolist(), "tpr": right[kept].tolist(), "auc": float(roc_auc_score(truth, score))}


def _residuals(context: Context) -> Json:
    """How far off predicted numbers are: prediction minus label."""
    if context.roles.problem != "regression":
        return None
    try:
        normal = _errors(context, context.baseline)
    except (Failed, Unlabelled):
        normal = np.empty(0)
    return _histogram(normal, _errors(context, context.current))


def _errors(context: Context, side: Side) -> Numbers:
    rows = side.rows_with(labels=True, prediction=True, score=False).rows
    said, truth = (side.numbers(name or "")[rows] for name in (context.roles.prediction, context.roles.target))
    with np.errstate(all="ignore"):
        return np.sort(said - truth)


def _sensitive(context: Context) -> list[str]:
    return list(dict.fromkeys(one.column for one in context.roles.sensitive))


def _groups(context: Context, column: str) -> list[Json]:
    """The rates of every group that a sensitive column has, the largest first."""
    side = context.current
    words = side.words(column)
    said = favourable(context, side, context.roles.prediction)
    predicted = side.rows_with(labels=False, prediction=True, score=False).rows
    often = np.bincount(words.codes + 1, minlength=len(words.names) + 1)[1:]
    largest = [place for place in np.argsort(-often, kind="stable").tolist()[:GROUPS] if often[place]]
    return [
        _group(context, side, column, words.names[place], (words.codes == place) & predicted, said) for place in largest
    ]


def _group(context: Context, side: Side, column: str, name: str, rows: Flags, said: Flags) -> Json:
    truth = None
    if context.roles.target is not None and side.labelled.any():
        truth = favourable(context, side, context.roles.target)
    return {
        "column": column,
        "group": name,
        "rows": int(rows.sum()),
        "selection_rate": _rate(said, rows),
        "tpr": None if truth is None else _rate(said, rows & side.labelled & truth),
        "fpr": None if truth is None else _rate(said, rows & side.labelled & ~truth),
    }


def _rate(said: Flags, rows: Flags) -> float | None:
    count = int(rows.sum())
    return int((said & rows).sum()) / count if count else None


def _shares(counts: Codes) -> list[Json]:
    total = int(counts.sum())
    return [float(count) / total if total else 0.0 for count in counts.tolist()]
