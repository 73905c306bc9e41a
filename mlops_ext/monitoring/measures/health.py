"""Is the data itself in order? Shares of values that should not be."""

from __future__ import annotations

import numpy as np
from scipy import stats

from .arrays import Codes, Flags, Numbers, Undefined, Words, present, share
from .spread import difference_p


def missing(absent: Flags) -> float:
    """The share of rows without a value."""
    return share(absent)


def missing_p(baseline: Flags, current: Flags) -> float:
    """How probable the difference of the two shares is by chance (two-sided z test of two proportions, pooled)."""
    return difference_p(share(current) - share(baseline), _pooled_error(baseline, current))


def missing_by_chance(baseline: Flags, current: Flags, probability: float) -> float:
    """What the difference of the two shares exceeds with this probability although nothing has changed."""
    return float(stats.norm.isf(probability) * _pooled_error(baseline, current))


def out_of_range(baseline: Numbers, current: Numbers) -> float:
    """The share of the batch's numbers below the baseline's least or above its greatest."""
    before, now = present(baseline), present(current)
    if before.size == 0:
        raise Undefined("The baseline has no numbers.")
    if now.size == 0:
        raise Undefined("The batch has no numbers.")
    return share((now < before.min()) | (now > before.max()))


def new_category(baseline: Words, current: Words) -> float:
    """The share of the batch's values whose category the baseline has not; missing values don't count."""
    known = np.unique(baseline.codes[baseline.present])
    values = current.where(current.present)
    if values.codes.size == 0:
        raise Undefined("The batch has no values.")
    return share(~values.among([baseline.names[code] for code in known]))


def type_change(of_another_type: int, values: int) -> float:
    """The share of the values that are of another type than the monitor says."""
    if values == 0:
        raise Undefined("There are no values.")
    return of_another_type / values


def duplicates(ids: Codes) -> float:
    """The share of rows whose id (a code; -1 is missing) an earlier row has already."""
    known = ids[ids >= 0]
    if known.size == 0:
        raise Undefined("No row has an id.")
    return float(1 - np.unique(known).size / known.size)


def _pooled_error(baseline: Flags, current: Flags) -> float:
    together = (np.count_nonzero(baseline) + np.count_nonzero(current)) / (baseline.size + current.size)
    return float(np.sqrt(together * (1 - together) * (1 / baseline.size + 1 / current.size)))
