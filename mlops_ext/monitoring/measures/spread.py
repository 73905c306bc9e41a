"""How far would a measure move by chance alone, if another sample of the same size were drawn?

Each function gives the *influence* of every row on a measure: how much the measure moves, times the number of rows,
when the row counts a little more. The standard error of the measure is sqrt(mean(influence²) / n).
Source: Hampel, The influence curve and its role in robust estimation (1974); for ROC AUC this is the estimate of
DeLong, DeLong and Clarke-Pearson (1988).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .arrays import Codes, Flags, Numbers


def standard_error(influence: Numbers) -> float:
    """The standard deviation that a measure has from sample to sample."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sqrt(np.mean(influence**2) / influence.size))


def difference_p(difference: float, *errors: float) -> float:
    """How probable a difference of two independent values as large as this is, if they are alike (two-sided z test)."""
    error = float(np.sqrt(sum(one**2 for one in errors)))
    if error == 0 or not np.isfinite(error):
        return 1.0 if difference == 0 or not np.isfinite(error) else 0.0
    return float(2 * stats.norm.sf(abs(difference) / error))


def mean(values: Numbers) -> Numbers:
    """Of the mean of a value of each row."""
    return values - np.mean(values)


def ratio(above: Numbers, below: Numbers) -> Numbers:
    """Of sum(above) / sum(below)."""
    middle = np.mean(below)
    return np.asarray((above - np.mean(above) / middle * below) / middle, dtype=np.float64)


def roc_auc(truth: Flags, score: Numbers) -> Numbers:
    """Of the area under the ROC curve."""
    ranks = stats.rankdata(score)
    positives, negatives = int(truth.sum()), int((~truth).sum())
    above = (ranks[truth] - stats.rankdata(score[truth])) / negatives
    below = 1 - (ranks[~truth] - stats.rankdata(score[~truth])) / positives
    area = np.mean(above)
    found = np.empty(truth.size)
    found[truth] = (above - area) * truth.size / positives
    found[~truth] = (below - area) * truth.size / negatives
    return found


def accuracy(truth: Codes | Flags, said: Codes | Flags) -> Numbers:
    """Of the share of right predictions."""
    return mean((truth == said).astype(np.float64))


def precision(truth: Flags, said: Flags) -> Numbers:
    """Of TP / (TP + FP)."""
    return ratio((truth & said).astype(np.float64), said.astype(np.float64))


def recall(truth: Flags, said: Flags) -> Numbers:
    """Of TP / (TP + FN)."""
    return ratio((truth & said).astype(np.float64), truth.astype(np.float64))


def f1(truth: Flags, said: Flags) -> Numbers:
    """Of 2 TP / (2 TP + FP + FN)."""
    return ratio(2 * (truth & said).astype(np.float64), truth.astype(np.float64) + said.astype(np.float64))


def log_loss(truth: Flags, score: Numbers) -> Numbers:
    """Of the log loss."""
    return mean(-np.log(_kept(np.where(truth, score, 1 - score))))


def log_loss_classes(truth: Codes, scores: Numbers) -> Numbers:
    """Of the log loss over classes."""
    return mean(-np.log(_kept(scores[np.arange(truth.size), truth])))


def brier(truth: Flags, score: Numbers) -> Numbers:
    """Of the Brier score."""
    return mean((score - truth) ** 2)


def brier_classes(truth: Codes, scores: Numbers) -> Numbers:
    """Of the Brier score over classes."""
    hits = truth[:, None] == np.arange(scores.shape[1])[None, :]
    return mean(np.sum((scores - hits) ** 2, axis=1))


def precision_classes(truth: Codes, said: Codes, average: str) -> Numbers:
    """Of the mean of the classes' precisions."""
    return _over_classes(
        truth, average, np.unique([truth, said]), lambda place: (truth == place, said == place), precision
    )


def recall_classes(truth: Codes, said: Codes, average: str) -> Numbers:
    """Of the mean of the classes' recalls."""
    return _over_classes(
        truth, average, np.unique([truth, said]), lambda place: (truth == place, said == place), recall
    )


def f1_classes(truth: Codes, said: Codes, average: str) -> Numbers:
    """Of the mean of the classes' F1."""
    return _over_classes(truth, average, np.unique([truth, said]), lambda place: (truth == place, said == place), f1)


def roc_auc_classes(truth: Codes, scores: NDArray[np.float64], average: str) -> Numbers:
    """Of the mean of the classes' areas."""
    places = np.arange(scores.shape[1])
    return _over_classes(truth, average, places, lambda place: (truth == place, scores[:, place]), roc_auc)


def rmse(truth: Numbers, said: Numbers) -> Numbers:
    """Of the root of the mean squared error."""
    squares = (truth - said) ** 2
    root = np.sqrt(np.mean(squares))
    return mean(squares) / (2 * root) if root > 0 else np.zeros(truth.size)


def mae(truth: Numbers, said: Numbers) -> Numbers:
    """Of the mean absolute error."""
    return mean(np.abs(truth - said))


def mape(truth: Numbers, said: Numbers) -> Numbers:
    """Of the mean absolute percentage error."""
    return mean(np.abs(truth - said) / np.maximum(np.abs(truth), np.finfo(np.float64).eps))


def r2(truth: Numbers, said: Numbers) -> Numbers:
    """Of the share of the spread that is explained."""
    return -ratio((truth - said) ** 2, (truth - np.mean(truth)) ** 2)


def _kept(score: Numbers) -> Numbers:
    return np.clip(score, np.finfo(np.float64).eps, 1.0)


def _over_classes(
    truth: Codes,
    average: str,
    places: Codes,
    of_class: Callable[[int], tuple[Flags, NDArray[np.float64] | Flags]],
    influence: Callable[..., Numbers],
) -> Numbers:
    """Of a mean over classes; where they are weighted, the weights are the sample's, too."""
    found = np.zeros(truth.size)
    for place in places.tolist():
        mine, other = of_class(place)
        with np.errstate(divide="ignore", invalid="ignore"):
            of_one = np.nan_to_num(influence(mine, other))
        weight = np.mean(mine) if average == "weighted" else 1 / places.size
        found += weight * of_one
    return found
