"""Distances are what scipy says and what the definitions say, whatever the columns hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from mlops_ext.monitoring.measures import drift
from mlops_ext.monitoring.measures.arrays import Undefined, Words
from tests.monitoring.columns import TIMES, numbers, pairs

CLOSE = {"rel": 1e-9, "abs": 1e-9}


def _shares(values: Any, edges: Any) -> Any:
    """By the book: the bin of each value, one after the other."""
    bins = [0] * (len(edges) + 1)
    for value in values:
        if not np.isnan(value):
            bins[sum(value >= edge for edge in edges)] += 1
    return np.array(bins) / sum(bins)


def test_bins_are_the_deciles_of_the_baseline_and_open_at_both_ends() -> None:
    for before, now in pairs(TIMES // 3):
        known = before[~np.isnan(before)]
        if known.size == 0 or np.isnan(now).all():
            continue
        edges = drift.decile_edges(before)
        assert edges == pytest.approx(np.unique(np.quantile(known, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])))
        counted = drift.counts(now, edges)
        assert counted.sum() == np.count_nonzero(~np.isnan(now))
        assert counted / counted.sum() == pytest.approx(_shares(now, edges))
        assert counted.tolist() == drift.sorted_counts(np.sort(now[~np.isnan(now)]), edges).tolist()
        # As numpy.histogram counts, when its outer edges are far out; its last bin alone holds its upper edge.
        histogram, _ = np.histogram(now[~np.isnan(now)], np.concatenate([[-np.inf], edges, [np.inf]]))
        assert counted.tolist() == histogram.tolist()


def test_psi_and_js_are_by_the_book() -> None:
    compared = 0
    for before, now in pairs():
        if np.isnan(before).all() or np.isnan(now).all():
            continue
        edges = drift.decile_edges(before)
        p, q = _shares(before, edges), _shares(now, edges)
        by_hand = sum(
            (max(theirs, 1e-4) - max(ours, 1e-4)) * np.log(max(theirs, 1e-4) / max(ours, 1e-4))
            for ours, theirs in zip(p, q, strict=True)
        )
        counts = drift.counts(before, edges), drift.counts(now, edges)
        assert drift.psi(*counts) == pytest.approx(by_hand, **CLOSE)
        distance = jensenshannon(p, q, base=2)
        # scipy takes the root of a negative number where two are alike but for rounding.
        assert drift.js(*counts) == pytest.approx(0.0 if np.isnan(distance) else distance, **CLOSE)
        compared += 1
    assert compared > TIMES / 2


@pytest.mark.filterwarnings("ignore:ks_2samp:RuntimeWarning")
def test_ks_is_that_of_scipy() -> None:
    for before, now in pairs(TIMES // 3):
        if np.isnan(before).all() or np.isnan(now).all():
            continue
        theirs = stats.ks_2samp(before[~np.isnan(before)], now[~np.isnan(now)])
        assert drift.ks(before, now) == pytest.approx((theirs.statistic, theirs.pvalue), **CLOSE)


def test_ks_has_a_probability_where_rounding_spoils_the_exact_one() -> None:
    assert drift.ks(np.zeros(5), np.array([1.0, 0, 0, 0, 0])) == (pytest.approx(0.2), pytest.approx(1.0))


def test_wasserstein_is_that_of_scipy_in_standard_deviations() -> None:
    compared = 0
    for before, now in pairs():
        known, seen = before[~np.isnan(before)], now[~np.isnan(now)]
        if known.size == 0 or seen.size == 0:
            continue
        if known.min() == known.max():
            with pytest.raises(Undefined, match="one value only"):
                drift.wasserstein(before, now)
            continue
        theirs = stats.wasserstein_distance(known, seen) / np.std(known)
        assert drift.wasserstein(before, now) == pytest.approx(theirs, **CLOSE)
        compared += 1
    assert compared > TIMES / 3


def test_equal_values_have_no_spread_however_their_mean_is_rounded() -> None:
    for size in range(2, 1200, 7):
        for value in (0.1, 1 / 3, 64.04226504, -130573.5124147):
            with pytest.raises(Undefined, match="one value only"):
                drift.wasserstein(np.full(size, value), np.array([0.0]))


def _words(values: list[str | None]) -> Words:
    names = tuple(sorted({value for value in values if value is not None}))
    return Words(np.array([-1 if value is None else names.index(value) for value in values], dtype=np.int64), names)


CATEGORIES = st.lists(st.sampled_from(["a", "b", "c", "d", "rare", None]), max_size=60)


@given(CATEGORIES, CATEGORIES)
def test_categories_are_counted_with_those_that_are_missing_or_new(before: list[Any], now: list[Any]) -> None:
    names = sorted({*before, *now}, key=lambda name: (name is not None, name))
    ours = drift.category_counts(_words(before), _words(now))
    assert [side.tolist() for side in ours] == [[Counter(side)[name] for name in names] for side in (before, now)]


@given(CATEGORIES, CATEGORIES)
def test_chi2_is_that_of_scipy(before: list[Any], now: list[Any]) -> None:
    counts = drift.category_counts(_words(before), _words(now))
    if not before or not now:
        with pytest.raises(Undefined, match="no values"):
            drift.chi2(*counts)
        return
    statistic, p, effect = drift.chi2(*counts)
    theirs = stats.chi2_contingency(np.vstack(counts))
    assert (statistic, p) == pytest.approx((theirs.statistic, theirs.pvalue), **CLOSE)
    plain = stats.chi2_contingency(np.vstack(counts), correction=False).statistic
    shares = [side / side.sum() for side in counts]
    together = (counts[0] + counts[1]) / (counts[0] + counts[1]).sum()
    by_hand = np.sum((shares[0] - shares[1]) ** 2 / together)
    assert plain * (1 / len(before) + 1 / len(now)) == pytest.approx(by_hand, **CLOSE)
    assert effect == pytest.approx(np.sqrt(statistic * (1 / len(before) + 1 / len(now))), **CLOSE)


@given(numbers(), numbers())
def test_any_columns_give_a_finite_value_or_a_sentence(before: Any, now: Any) -> None:
    try:
        edges = drift.decile_edges(before)
        counts = drift.counts(before, edges), drift.counts(now, edges)
        values = [drift.psi(*counts), drift.js(*counts), drift.psi_by_chance(*counts, 0.001)]
        values.append(drift.psi_p_value(values[0], *counts))
        assert 0 <= values[1] <= 1 and 0 <= values[3] <= 1 and np.isfinite(values).all()
    except Undefined as why:
        assert str(why).endswith(".")
    for measure in (drift.ks, drift.wasserstein):
        try:
            assert np.isfinite(measure(before, now)).all()
        except Undefined as why:
            assert str(why).endswith(".")


def test_the_largest_numbers_there_are() -> None:
    largest = np.finfo(np.float64).max
    assert drift.wasserstein(np.array([0.0, largest]), np.array([0.0, largest])) == 0
    assert drift.wasserstein(np.array([0.0, largest]), np.array([largest])) == pytest.approx(1.0)
    assert drift.wasserstein(np.array([-largest, largest]), np.array([largest])) == pytest.approx(1.0)


@given(numbers(least=1))
def test_nothing_differs_from_itself(values: Any) -> None:
    if not np.isfinite(values).any():
        return
    edges = drift.decile_edges(values)
    counts = drift.counts(values, edges)
    assert drift.psi(counts, counts) == 0 and drift.js(counts, counts) < 1e-7
    assert drift.ks(values, values) == (0.0, 1.0)


def test_chance_is_what_happens_without_drift() -> None:
    random = np.random.default_rng(7)
    psi, ks, w, rare = [], [], [], 0.05
    for _ in range(400):
        before, now = random.normal(size=1500), random.normal(size=200)
        edges = drift.decile_edges(before)
        counts = drift.counts(before, edges), drift.counts(now, edges)
        psi.append(drift.psi(*counts) > drift.psi_by_chance(*counts, rare))
        ks.append(drift.ks(before, now)[0] > drift.ks_by_chance(1500, 200, rare))
        tables = (
            np.bincount(random.integers(0, 5, 1500), minlength=5),
            np.bincount(random.integers(0, 5, 200), minlength=5),
        )
        w.append(drift.chi2(*tables)[2] > drift.chi2_by_chance(*tables, rare))
    # The standard deviation of each is 0.011.
    assert 0.01 < np.mean(psi) < 0.10 and 0.01 < np.mean(ks) < 0.09 and 0.01 < np.mean(w) < 0.09
