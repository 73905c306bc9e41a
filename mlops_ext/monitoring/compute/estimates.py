"""Quality without labels: from calibrated scores, and as a second model predicts it."""

from __future__ import annotations

import numpy as np

from ..measures import estimate, quality
from ..measures.arrays import Codes, Flags
from ..values import Check
from ..verdict import Found
from .context import Context, Failed, Side, attempt
from .matrix import Matrices, matrices


def found(check: Check, context: Context) -> list[Found]:
    """The value of an estimate."""
    action = _estimated if check.measure == "estimated_accuracy" else _predicted
    return [attempt(lambda: action(context))]


def _estimated(context: Context) -> Found:
    """Calibrated on the baseline's labels; its value for the baseline is the accuracy there."""
    learnt = _rows(context, context.baseline, labels=True)
    learnt = learnt[estimate.sample(learnt.size, estimate.SAMPLE)]
    rows = _rows(context, context.current, labels=False)
    truth = context.baseline.words(context.roles.target or "")
    if context.roles.problem == "multiclass":
        before, now = _scores(context, context.baseline, learnt), _scores(context, context.current, rows)
        classes = list(context.roles.scores)
        calibrated = np.column_stack(
            [
                estimate.calibrated(before[:, place], truth.among([name])[learnt], now[:, place])
                for place, name in enumerate(classes)
            ]
        )
        value = estimate.estimated_accuracy_classes(calibrated, _classes_said(context, context.current, rows))
        right = truth.coded(classes)[learnt] == _classes_said(context, context.baseline, learnt)
    else:
        score = context.roles.score or ""
        positive = truth.among([context.positive])[learnt]
        probability = estimate.calibrated(
            context.baseline.numbers(score)[learnt], positive, context.current.numbers(score)[rows]
        )
        value = estimate.estimated_accuracy(probability, _said(context, context.current, rows))
        right = positive == _said(context, context.baseline, learnt)
    drawn = learnt.size if learnt.size == estimate.SAMPLE else None
    return Found(value=value, baseline=float(np.mean(right)), sample=drawn)


def _predicted(context: Context) -> Found:
    roles = context.roles
    target, prediction = roles.target or "", roles.prediction or ""
    both = context.baseline.rows_with(labels=True, prediction=True, score=False).rows
    rows = np.flatnonzero(both)
    features = list(roles.features)
    scores = [roles.score] if roles.score is not None else list(roles.scores.values())
    most = estimate.most_rows(len(features) + len(scores))
    learnt = rows[estimate.sample(rows.size, most // 2)]
    now = estimate.sample(context.current.table.rows, most // 2)
    columns = [*features, *(name for name in scores if name not in features)]
    found = matrices(context, columns, learnt, now)
    words = context.baseline.words
    right = words(target).coded(context.classes)[learnt] == words(prediction).coded(context.classes)[learnt]
    drop = _drop(found, right)
    drawn = learnt.size + now.size
    return Found(
        value=drop.before - drop.predicted,
        sample=drawn if drawn < rows.size + context.current.table.rows else None,
        note=found.note,
    )


def _drop(found: Matrices, right: Flags) -> estimate.Drop:
    return estimate.predicted_accuracy(found.baseline, right, found.current)


def _rows(context: Context, side: Side, labels: bool) -> Codes:
    """The rows with scores (and labels); a prediction where the monitor tells of one."""
    told = context.roles.prediction is not None
    return np.flatnonzero(side.rows_with(labels=labels, prediction=told, score=True).rows)


def _scores(context: Context, side: Side, rows: Codes) -> quality.Matrix:
    return np.column_stack([side.numbers(column)[rows] for column in context.roles.scores.values()])


def _said(context: Context, side: Side, rows: Codes) -> Flags:
    """Which rows are predicted to be positive; without predictions: those with a score of at least one half."""
    if context.roles.prediction is None:
        return side.numbers(context.roles.score or "")[rows] >= 0.5
    return side.words(context.roles.prediction).among([context.positive])[rows]


def _classes_said(context: Context, side: Side, rows: Codes) -> Codes:
    """The predicted class of each row; without predictions: the one with the greatest score."""
    if context.roles.prediction is None:
        return np.asarray(np.argmax(_scores(context, side, rows), axis=1), dtype=np.int64)
    said = side.words(context.roles.prediction).coded(list(context.roles.scores))[rows]
    if (said < 0).any():
        raise Failed("Some predictions are of classes that have no column of scores.")
    return said
