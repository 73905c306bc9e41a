"""What can be said before labels come, with models of our own: of quality, and of all features at once.

Everything is seeded: the same data gives the same values. A matrix has a row for each row of data and a column for
each feature; categories are numbers from the most frequent on. NaN is a missing value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from .arrays import Codes, Flags, Numbers, Undefined

Matrix = NDArray[np.float64]
T = TypeVar("T")

SEED = 0
SAMPLE = 50_000
"""More rows than this are not looked at by measures that fit a model."""
CELLS = 5_000_000
"""Nor more numbers than this: with many features there are fewer rows."""
FOLDS = 3
CATEGORIES = 200
"""Rarer categories of a column count as missing for the models."""


@dataclass(frozen=True, slots=True)
class Drop:
    """How accurate the model was on the baseline, and how accurate it should be on the batch."""

    before: float
    predicted: float


def sample(rows: int, most: int, seed: int = SEED) -> Codes:
    """Which rows are looked at: all, or as many as may be, drawn without putting back."""
    if rows <= most:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(rows, size=most, replace=False)).astype(np.int64)


def most_rows(columns: int) -> int:
    """How many rows are looked at, at most, where there are so many columns."""
    return min(SAMPLE, max(1000, CELLS // max(1, columns)))


def calibrated(score: Numbers, truth: Flags, current: Numbers) -> Numbers:
    """The probability that a row with such a score is positive: isotonic regression on the baseline's labels.

    Source: Zadrozny and Elkan, Transforming classifier scores into accurate probability estimates (2002).
    """
    if truth.size == 0 or truth.all() or not truth.any():
        raise Undefined("The baseline's labels are not of both classes, so that scores cannot be calibrated.")
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(score, truth.astype(np.float64))
    return np.asarray(fitted.predict(current), dtype=np.float64)


def estimated_accuracy(probability: Numbers, said: Flags) -> float:
    """The mean of c where the prediction is positive and of 1 - c elsewhere, with c the calibrated score.

    It is right as long as the relation of score and label is as it was: it sees that features have moved to where the
    model is unsure, and cannot see that the world has changed its rules.
    Source: the confidence-based performance estimation of NannyML; Guillory et al., Predicting with confidence (2021).
    """
    if said.size == 0:
        raise Undefined("No row has both a score and a prediction.")
    return float(np.mean(np.where(said, probability, 1 - probability)))


def estimated_accuracy_classes(probabilities: Matrix, said: Codes) -> float:
    """The same for several classes: the mean of the calibrated score of the class that was predicted."""
    if said.size == 0:
        raise Undefined("No row has both scores and a prediction.")
    sums = probabilities.sum(axis=1)
    even = np.full_like(probabilities, 1 / probabilities.shape[1])
    scaled = np.divide(probabilities, sums[:, None], out=even, where=sums[:, None] > 0)
    return float(np.mean(scaled[np.arange(said.size), said]))


def predicted_accuracy(matrix: Matrix, right: Flags, current: Matrix) -> Drop:
    """Accuracy as a second model predicts it, which learnt on the baseline where the watched model is right.

    The baseline is cut into three; for each third a model that has not seen it says how accurate the watched model is
    there, and the mean of the three models is taken for the batch, so that both numbers have the same bias.
    Source: the drop in accuracy of IBM Watson OpenScale.
    """
    if right.size < 2 * FOLDS or right.all() or not right.any():
        raise Undefined("On the baseline the model is always right or always wrong, so that there is nothing to learn.")
    cuts = _folds(right)
    if any(right[rest].all() or not right[rest].any() for rest, _ in cuts):
        raise Undefined("The model is wrong too seldom on the baseline for a second model to learn from it.")

    def predicted(fold: int) -> tuple[Numbers, Numbers]:
        rest, held = cuts[fold]
        model = _model(fold).fit(matrix[rest], right[rest])
        return model.predict_proba(matrix[held])[:, 1], model.predict_proba(current)[:, 1]

    parts = _each_fold(predicted)
    before = np.concatenate([part[0] for part in parts])
    return Drop(float(before.mean()), float(np.mean([part[1].mean() for part in parts])))


def domain_auc(baseline: Matrix, current: Matrix) -> float:
    """How well a model tells rows of the batch from rows of the baseline: ROC AUC on rows that it has not seen.

    0.5: not at all, so nothing has drifted; 1: always. It sees changes of how features belong together, which looking
    at one feature after the other cannot.
    Source: Lopez-Paz and Oquab, Revisiting classifier two-sample tests (2017).
    """
    if min(len(baseline), len(current)) < 2 * FOLDS:
        raise Undefined("There are too few rows to tell the batch from the baseline.")
    matrix = np.vstack([baseline, current])
    which = np.arange(len(matrix)) >= len(baseline)
    cuts = _folds(which)

    def area(fold: int) -> float:
        rest, held = cuts[fold]
        model = _model(fold).fit(matrix[rest], which[rest])
        return float(roc_auc_score(which[held], model.predict_proba(matrix[held])[:, 1]))

    return float(np.mean(_each_fold(area)))


def domain_auc_p(value: float, baseline: int, current: int) -> float:
    """How probable an area as large as this is without drift: one-sided, by the variance of Mann and Whitney's U."""
    error = np.sqrt((baseline + current + 1) / (12.0 * baseline * current))
    return float(stats.norm.sf((value - 0.5) / error))


def _model(seed: int) -> Any:
    return HistGradientBoostingClassifier(
        max_iter=15,
        learning_rate=0.3,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        early_stopping=False,
        random_state=SEED + seed,
    )


def _each_fold(work: Callable[[int], T]) -> list[T]:
    """The work for each fold, on one thread.

    On a busy machine the threads of OpenMP wait for each other many times as long as they
    work; and folds side by side would trip over the filters of warnings that scikit-learn
    sets while it fits.
    """
    with threadpool_limits(limits=1, user_api="openmp"):
        return [work(fold) for fold in range(FOLDS)]


def _folds(which: Flags) -> list[tuple[Codes, Codes]]:
    """Three cuts of the rows into a rest and a part, each with its share of both kinds."""
    generator = np.random.default_rng(SEED)
    fold = np.empty(which.size, dtype=np.int64)
    for kind in (which, ~which):
        rows = generator.permutation(np.flatnonzero(kind))
        fold[rows] = np.arange(rows.size) % FOLDS
    return [(np.flatnonzero(fold != part), np.flatnonzero(fold == part)) for part in range(FOLDS)]
