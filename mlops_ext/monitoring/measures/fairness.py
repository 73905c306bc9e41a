"""Are groups treated alike? The monitored group held against the reference group.

`said` is True where the prediction is a favourable outcome, `truth` where the label is; `monitored` and `reference`
tell which rows belong to which group. Differences are monitored minus reference, the ratio is monitored over
reference: the sign says who is worse off, which measures of the greatest difference (fairlearn's) don't.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Flags, Undefined
from .spread import difference_p


@dataclass(frozen=True, slots=True)
class Compared:
    """A measure of fairness, and how probable it is where groups are treated alike."""

    value: float
    p: float


def selection_rate(said: Flags, group: Flags) -> float:
    """The share of a group that gets a favourable prediction."""
    return _rate(said, group, "has a prediction")


def true_positive_rate(truth: Flags, said: Flags, group: Flags) -> float:
    """The share with a favourable prediction of those in a group that deserve it."""
    return _rate(said, group & truth, "has a favourable label")


def false_positive_rate(truth: Flags, said: Flags, group: Flags) -> float:
    """The share with a favourable prediction of those in a group that do not deserve it."""
    return _rate(said, group & ~truth, "has an unfavourable label")


def disparate_impact(said: Flags, monitored: Flags, reference: Flags) -> Compared:
    """Selection rate of the monitored group / selection rate of the reference group.

    Below 0.8 is the four-fifths rule of 29 CFR 1607.4(D). The p-value is that of the difference of the rates.
    Source: Feldman et al., Certifying and removing disparate impact (2015).
    """
    ours, theirs = selection_rate(said, monitored), selection_rate(said, reference)
    if theirs == 0:
        raise Undefined("Nobody of the reference group has a favourable prediction, so that there is no ratio.")
    return Compared(ours / theirs, _pooled_p(said, monitored, reference))


def statistical_parity(said: Flags, monitored: Flags, reference: Flags) -> Compared:
    """Selection rate of the monitored group - selection rate of the reference group."""
    difference = selection_rate(said, monitored) - selection_rate(said, reference)
    return Compared(difference, _pooled_p(said, monitored, reference))


def equal_opportunity(truth: Flags, said: Flags, monitored: Flags, reference: Flags) -> Compared:
    """True positive rate of the monitored group - that of the reference group.

    Source: Hardt, Price and Srebro, Equality of opportunity in supervised learning (2016).
    """
    difference = true_positive_rate(truth, said, monitored) - true_positive_rate(truth, said, reference)
    return Compared(difference, _pooled_p(said, monitored & truth, reference & truth))


def average_odds(truth: Flags, said: Flags, monitored: Flags, reference: Flags) -> Compared:
    """The mean of the differences of the true positive rates and of the false positive rates.

    Source: Bellamy et al., AI Fairness 360 (2018).
    """
    right = true_positive_rate(truth, said, monitored) - true_positive_rate(truth, said, reference)
    wrong = false_positive_rate(truth, said, monitored) - false_positive_rate(truth, said, reference)
    errors = [_pooled_error(said, monitored & part, reference & part) / 2 for part in (truth, ~truth)]
    return Compared((right + wrong) / 2, difference_p((right + wrong) / 2, *errors))


def _rate(said: Flags, group: Flags, what: str) -> float:
    rows = int(np.count_nonzero(group))
    if rows == 0:
        raise Undefined(f"No row of one of the groups {what}.")
    return float(np.count_nonzero(said & group) / rows)


def _pooled_p(said: Flags, monitored: Flags, reference: Flags) -> float:
    """The two-sided z test of two proportions."""
    difference = _rate(said, monitored, "counts") - _rate(said, reference, "counts")
    return difference_p(difference, _pooled_error(said, monitored, reference))


def _pooled_error(said: Flags, monitored: Flags, reference: Flags) -> float:
    ours, theirs = int(np.count_nonzero(monitored)), int(np.count_nonzero(reference))
    rate = (np.count_nonzero(said & monitored) + np.count_nonzero(said & reference)) / (ours + theirs)
    return float(np.sqrt(rate * (1 - rate) * (1 / ours + 1 / theirs)))
