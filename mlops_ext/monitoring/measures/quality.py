"""How good is the model, where labels are known? As scikit-learn, which does the computing.

`Undefined` is raised where scikit-learn warns that a value is not defined.
For several classes `truth` and `said` are places in a list of classes, `scores` has a column for each class, and
`average` is "macro" (each class counts the same) or "weighted" (by the number of its rows).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from .arrays import Codes, Flags, Numbers, Undefined, finite

Matrix = NDArray[np.float64]


def roc_auc(truth: Flags, score: Numbers) -> float:
    """P(score of a positive > score of a negative) + P(they are equal) / 2.

    Source: Hanley and McNeil, The meaning and use of the area under a ROC curve (1982).
    """
    _both_classes(truth)
    return float(metrics.roc_auc_score(truth, _real(score)))


def average_precision(truth: Flags, score: Numbers) -> float:
    """Sum over thresholds of (R_n - R_(n-1)) P_n, with recall R and precision P; the area below their curve."""
    _some_positive(truth)
    return float(metrics.average_precision_score(truth, _real(score)))


def accuracy(truth: Codes | Flags, said: Codes | Flags) -> float:
    """The share of rows where the prediction is the label."""
    _some(truth)
    return float(metrics.accuracy_score(truth, said))


def precision(truth: Flags, said: Flags) -> float:
    """TP / (TP + FP): how many of those that are said to be positive are so."""
    _some(truth)
    if not said.any():
        raise Undefined("No row is predicted as positive, so that precision is not defined.")
    return float(metrics.precision_score(truth, said))


def recall(truth: Flags, said: Flags) -> float:
    """TP / (TP + FN): how many of the positives are found."""
    _some_positive(truth)
    return float(metrics.recall_score(truth, said))


def f1(truth: Flags, said: Flags) -> float:
    """2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall. Source: van Rijsbergen (1979)."""
    _some_positive(truth)
    return float(metrics.f1_score(truth, said))


def log_loss(truth: Flags, score: Numbers) -> float:
    """The mean of -(y ln s + (1 - y) ln(1 - s)); scores of 0 and 1 are moved by the least step there is."""
    _some(truth)
    return finite(float(metrics.log_loss(truth, _probabilities(score), labels=[False, True])), "Log loss")


def brier(truth: Flags, score: Numbers) -> float:
    """The mean of (s - y)². Source: Brier, Verification of forecasts expressed in terms of probability (1950)."""
    _some(truth)
    return float(np.mean((_probabilities(score) - truth) ** 2))


def roc_auc_classes(truth: Codes, scores: Matrix, average: str) -> float:
    """The mean of each class's ROC AUC against all others."""
    return _over_classes(roc_auc, truth, scores, average)


def average_precision_classes(truth: Codes, scores: Matrix, average: str) -> float:
    """The mean of each class's average precision against all others."""
    return _over_classes(average_precision, truth, scores, average)


def precision_classes(truth: Codes, said: Codes, average: str) -> float:
    """The mean of each class's precision; 0 for a class that is never predicted."""
    _some(truth)
    return float(metrics.precision_score(truth, said, average=average, zero_division=0))


def recall_classes(truth: Codes, said: Codes, average: str) -> float:
    """The mean of each class's recall; 0 for a class that is predicted and never occurs."""
    _some(truth)
    return float(metrics.recall_score(truth, said, average=average, zero_division=0))


def f1_classes(truth: Codes, said: Codes, average: str) -> float:
    """The mean of each class's F1."""
    _some(truth)
    return float(metrics.f1_score(truth, said, average=average, zero_division=0))


def log_loss_classes(truth: Codes, scores: Matrix) -> float:
    """The mean of -ln(score of the row's class)."""
    _some(truth)
    sums = np.sum(_probabilities(scores), axis=1)
    if np.abs(sums - 1).max() > 1e-3:
        raise Undefined("The scores of a row do not sum to 1, so that log loss is not defined.")
    with _quiet():
        return finite(float(metrics.log_loss(truth, scores, labels=range(scores.shape[1]))), "Log loss")


def brier_classes(truth: Codes, scores: Matrix) -> float:
    """The mean over rows of the sum over classes of (s - y)²: between 0 and 2, as in Brier's paper."""
    _some(truth)
    hits = truth[:, None] == np.arange(scores.shape[1])[None, :]
    return float(np.mean(np.sum((_probabilities(scores) - hits) ** 2, axis=1)))


def rmse(truth: Numbers, said: Numbers) -> float:
    """The square root of the mean of (y - ŷ)²."""
    return _of_numbers(lambda y, x: np.sqrt(metrics.mean_squared_error(y, x)), truth, said)


def mae(truth: Numbers, said: Numbers) -> float:
    """The mean of |y - ŷ|."""
    return _of_numbers(metrics.mean_absolute_error, truth, said)


def r2(truth: Numbers, said: Numbers) -> float:
    """1 - sum (y - ŷ)² / sum (y - mean of y)²: the share of the spread that the model explains."""
    _some(truth)
    if truth.min() == truth.max():
        raise Undefined("All labels are the same, so that R² is not defined.")
    return _of_numbers(metrics.r2_score, truth, said)


def mape(truth: Numbers, said: Numbers) -> float:
    """The mean of |y - ŷ| / |y|, a fraction; as in scikit-learn a label of 0 gives a huge value."""
    return _of_numbers(metrics.mean_absolute_percentage_error, truth, said)


def _over_classes(measure: Callable[[Flags, Numbers], float], truth: Codes, scores: Matrix, average: str) -> float:
    _some(truth)
    rows = np.bincount(truth, minlength=scores.shape[1])
    if (rows == 0).any():
        raise Undefined("Not all classes occur among the labels, so that the mean over them is not defined.")
    values = [measure(truth == place, scores[:, place]) for place in range(scores.shape[1])]
    return float(np.average(values, weights=rows if average == "weighted" else None))


def _of_numbers(measure: Callable[[Numbers, Numbers], Any], truth: Numbers, said: Numbers) -> float:
    _some(truth)
    _real(said)
    _real(truth)
    with np.errstate(over="ignore", invalid="ignore"), _quiet():
        return finite(float(measure(truth, said)), "The error")


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _some(truth: Codes | Flags | Numbers) -> None:
    if truth.size == 0:
        raise Undefined("No row has both a label and a prediction.")


def _some_positive(truth: Flags) -> None:
    _some(truth)
    if not truth.any():
        raise Undefined("No labelled row is of the positive class.")


def _both_classes(truth: Flags) -> None:
    _some_positive(truth)
    if truth.all():
        raise Undefined("All labelled rows are of the positive class.")


def _real(values: Numbers) -> Numbers:
    if not np.isfinite(values).all():
        raise Undefined("There are infinite values among the labels, predictions or scores.")
    return values


def _probabilities(score: Matrix) -> Matrix:
    if not ((score >= 0) & (score <= 1)).all():
        raise Undefined("The scores are no probabilities: some lie outside 0 to 1.")
    return score
