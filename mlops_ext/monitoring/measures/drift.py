"""Do the data look as they did? Distances between a column of the baseline and of a batch.

p and q are the shares of the baseline's and of the batch's values in each bin; a bin is a category, or one of at most
ten intervals between the deciles of the baseline.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

from .arrays import Codes, Numbers, Undefined, Words, finite, present

FLOOR = 1e-4
"""The least share that PSI reckons with, as the logarithm of an empty bin is not finite."""


def decile_edges(baseline: Numbers) -> Numbers:
    """The inner edges of the bins: the unique inner deciles of the baseline (linear interpolation, numpy.quantile).

    The outer bins are open, so that no value is without a bin. Infinite values count
    in the outer bins and don't move the edges.
    """
    values = baseline[np.isfinite(baseline)]
    if values.size == 0:
        raise Undefined("The baseline has no numbers.")
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.unique(np.quantile(values, np.linspace(0.1, 0.9, 9)))
    return np.asarray(edges[np.isfinite(edges)], dtype=np.float64)


def counts(values: Numbers, edges: Numbers) -> Codes:
    """How many values lie in each bin; a value on an edge belongs to the bin above, missing ones to none."""
    places = np.searchsorted(edges, present(values), side="right")
    return np.bincount(places, minlength=edges.size + 1).astype(np.int64)


def sorted_counts(ordered: Numbers, edges: Numbers) -> Codes:
    """The same of values in ascending order without missing ones, in no time."""
    inner = np.searchsorted(ordered, edges, side="left")
    return np.diff(np.concatenate(([0], inner, [ordered.size]))).astype(np.int64)


def category_counts(baseline: Words, current: Words) -> tuple[Codes, Codes]:
    """How often each category occurs in the two; missing is a category, and so is one that only one of them has."""
    names = sorted({*baseline.names, *current.names})
    sides = [np.bincount(words.coded(names) + 1, minlength=len(names) + 1) for words in (baseline, current)]
    seen = (sides[0] + sides[1]) > 0
    return sides[0][seen].astype(np.int64), sides[1][seen].astype(np.int64)


def psi(baseline: Codes, current: Codes) -> float:
    """Population stability index: sum over bins of (q - p) ln(q / p).

    Shares below 1e-4 are reckoned as 1e-4, without making the others smaller.
    Source: Lewis, An Introduction to Credit Scoring (1994); the symmetric divergence of Jeffreys (1946).
    """
    p, q = (np.maximum(side, FLOOR) for side in _shares(baseline, current))
    return float(np.sum((q - p) * np.log(q / p)))


def psi_by_chance(baseline: Codes, current: Codes, probability: float) -> float:
    """What PSI exceeds with this probability although nothing has changed.

    Without drift PSI is about (1/n + 1/m) times a chi-squared variable with as many degrees of
    freedom as there are bins less one: a batch of 100 rows has a PSI of 0.1 of itself.
    Source: Yurdakul, Statistical Properties of Population Stability Index (2018).
    """
    scale, freedom = _chance(baseline, current)
    return float(scale * stats.chi2.isf(probability, freedom)) if freedom else 0.0


def psi_p_value(value: float, baseline: Codes, current: Codes) -> float:
    """How probable a PSI as large as this is without drift; see `psi_by_chance`."""
    scale, freedom = _chance(baseline, current)
    return float(stats.chi2.sf(value / scale, freedom)) if freedom else 1.0


def js(baseline: Codes, current: Codes) -> float:
    """Jensen-Shannon distance: the square root of (KL(p, m) + KL(q, m)) / 2 to the base 2, with m = (p + q) / 2.

    Between 0 (alike) and 1 (nothing in common); as scipy.spatial.distance.jensenshannon.
    Source: Lin, Divergence measures based on the Shannon entropy (1991); Endres and Schindelin (2003).
    """
    p, q = _shares(baseline, current)
    with np.errstate(invalid="ignore"):
        distance = float(jensenshannon(p, q, base=2))
    # Of two that are alike but for rounding the divergence may be a little less than 0.
    return 0.0 if np.isnan(distance) else min(1.0, distance)


def ks(baseline: Numbers, current: Numbers) -> tuple[float, float]:
    """Kolmogorov-Smirnov: the greatest distance of the two distribution functions, and its p-value.

    As scipy.stats.ks_2samp with its defaults: two-sided, exact up to 10,000 values a side.
    """
    before, now = _both(baseline, current)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # Where rounding spoils the exact probability, scipy warns and takes the one for many values.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.ks_2samp(before, now)
    return float(found.statistic), float(found.pvalue)


def ks_by_chance(baseline: int, current: int, probability: float) -> float:
    """What KS of so many numbers exceeds with this probability although nothing has changed.

    sqrt(-ln(probability / 2) / 2 (1/n + 1/m)): the limit for large n and m. Source: Smirnov (1939).
    """
    return float(np.sqrt(-np.log(probability / 2) / 2 * (1 / baseline + 1 / current)))


def chi2_by_chance(baseline: Codes, current: Codes, probability: float) -> float:
    """What Cohen's w exceeds with this probability although nothing has changed."""
    return float(np.sqrt(psi_by_chance(baseline, current, probability)))


def chi2(baseline: Codes, current: Codes) -> tuple[float, float, float]:
    """Chi-squared test of the table of counts (2 rows, a column for each category): statistic, p-value, effect.

    As scipy.stats.chi2_contingency with its defaults (Yates' correction where there are two categories). The statistic
    grows with the rows; the effect does not: Cohen's w = sqrt(statistic (1/n + 1/m)), which is 0.1 for small,
    0.3 for medium, 0.5 for large differences. Source: Cohen, Statistical Power Analysis (1988), chapter 7.
    """
    _shares(baseline, current)
    if baseline.size == 1:
        return 0.0, 1.0, 0.0
    found = stats.chi2_contingency(np.vstack([baseline, current]))
    statistic = float(found.statistic)
    effect = float(np.sqrt(statistic * (1 / baseline.sum() + 1 / current.sum())))
    return statistic, float(found.pvalue), effect


def wasserstein(baseline: Numbers, current: Numbers) -> float:
    """Wasserstein distance (the area between the two distribution functions), in standard deviations of the baseline.

    scipy.stats.wasserstein_distance(baseline, current) / numpy.std(baseline), in half of the time. Not defined for a
    baseline without spread, nor for infinite values.
    """
    before, now = _both(baseline, current)
    if not (np.isfinite(before).all() and np.isfinite(now).all()):
        raise Undefined("The Wasserstein distance is not defined for infinite values.")
    largest = max(np.abs(before).max(), np.abs(now).max(), np.finfo(np.float64).tiny)
    # A power of two, so that dividing by it loses nothing.
    unit = np.ldexp(1.0, int(np.frexp(largest)[1]) - 1)
    before, now = before / unit, now / unit
    spread = float(np.std(before))
    # The mean of equal values may be off by more than the last digit.
    if before.min() == before.max() or spread <= np.finfo(np.float64).eps * np.abs(before).max():
        raise Undefined("The baseline has one value only, so that there is no spread to measure by.")
    return finite(_area(np.sort(before), np.sort(now)) / spread, "The Wasserstein distance")


def _area(before: Numbers, now: Numbers) -> float:
    """The area between the distribution functions of two columns in ascending order."""
    # Two ordered runs are merged by a stable sort without being compared again.
    steps = np.sort(np.concatenate([before, now]), kind="stable")
    below = [np.searchsorted(side, steps[:-1], side="right") / side.size for side in (before, now)]
    return float(np.sum(np.abs(below[0] - below[1]) * np.diff(steps)))


def _both(baseline: Numbers, current: Numbers) -> tuple[Numbers, Numbers]:
    before, now = present(baseline), present(current)
    if before.size == 0:
        raise Undefined("The baseline has no numbers.")
    if now.size == 0:
        raise Undefined("The batch has no numbers.")
    return before, now


def _shares(baseline: Codes, current: Codes) -> tuple[Numbers, Numbers]:
    if baseline.sum() == 0:
        raise Undefined("The baseline has no values.")
    if current.sum() == 0:
        raise Undefined("The batch has no values.")
    return baseline / baseline.sum(), current / current.sum()


def _chance(baseline: Codes, current: Codes) -> tuple[float, int]:
    """The scale and the degrees of freedom of PSI without drift."""
    used = np.count_nonzero((baseline + current) > 0)
    return float(1 / baseline.sum() + 1 / current.sum()), int(used) - 1
