"""The data itself, and what our own models say of it: small cases by hand, and what they are made to see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.monitoring.measures import estimate, health
from mlops_ext.monitoring.measures.arrays import Undefined, Words
from tests.monitoring.columns import numbers


def _words(values: list[str | None]) -> Words:
    names = tuple(sorted({value for value in values if value is not None}))
    return Words(np.array([-1 if value is None else names.index(value) for value in values], dtype=np.int64), names)


def test_shares_by_hand() -> None:
    assert health.missing(np.array([True, False, False, True])) == 0.5
    assert health.out_of_range(np.array([1.0, 3.0, np.nan]), np.array([0.5, 1.0, 3.0, 3.1, np.nan])) == 0.5
    assert health.new_category(_words(["a", "b"]), _words(["a", "c", "c", None])) == pytest.approx(2 / 3)
    assert health.duplicates(np.array([0, 1, 0, 0, -1])) == 0.5
    assert health.type_change(1, 4) == 0.25
    for measure in (
        lambda: health.missing(np.array([], dtype=bool)),
        lambda: health.out_of_range(np.array([np.nan]), np.array([1.0])),
        lambda: health.new_category(_words(["a"]), _words([None])),
        lambda: health.duplicates(np.array([-1])),
        lambda: health.type_change(0, 0),
    ):
        with pytest.raises(Undefined, match=r"\.$"):
            measure()


@given(numbers(least=1), numbers(least=1))
def test_what_is_in_range_is_no_more_than_all(before: Any, now: Any) -> None:
    try:
        assert 0 <= health.out_of_range(before, now) <= 1
        assert health.out_of_range(before, before) == 0
    except Undefined as why:
        assert "no numbers" in str(why)


@given(st.lists(st.booleans(), min_size=1), st.lists(st.booleans(), min_size=1))
def test_probabilities_of_missing_values_are_such(before: list[bool], now: list[bool]) -> None:
    sides = np.array(before), np.array(now)
    assert 0 <= health.missing_p(*sides) <= 1
    assert health.missing_by_chance(*sides, 0.001) >= 0


def test_estimated_accuracy_is_right_where_features_move_to_where_the_model_is_unsure() -> None:
    random = np.random.default_rng(1)
    before, now = random.beta(0.5, 0.5, 20_000), random.beta(2, 2, 20_000)
    # What the model calls 0.8 is 0.7: the scores must be calibrated.
    really = lambda score: 0.5 + (score - 0.5) * 0.7  # noqa: E731
    truth, later = random.random(before.size) < really(before), random.random(now.size) < really(now)
    found = estimate.estimated_accuracy(estimate.calibrated(before, truth, now), now >= 0.5)
    assert found == pytest.approx(np.mean((now >= 0.5) == later), abs=0.01)
    assert found < np.mean((before >= 0.5) == truth) - 0.05


def test_a_second_model_predicts_the_drop_where_rows_move_to_where_the_first_is_wrong() -> None:
    random = np.random.default_rng(2)
    before, now = random.normal(size=(6000, 3)), random.normal([1.0, 0, 0], 1, size=(3000, 3))
    wrong = lambda rows: random.random(len(rows)) < np.where(rows[:, 0] > 0.5, 0.5, 0.1)  # noqa: E731
    right = ~wrong(before)
    found = estimate.predicted_accuracy(before, right, now)
    assert found.before == pytest.approx(right.mean(), abs=0.01)
    assert found.predicted == pytest.approx(1 - wrong(now).mean(), abs=0.03)
    same = estimate.predicted_accuracy(before, right, random.normal(size=(3000, 3)))
    assert abs(same.before - same.predicted) < 0.02


def test_a_domain_classifier_sees_what_no_single_feature_shows() -> None:
    random = np.random.default_rng(3)
    before = random.normal(size=(2000, 2))
    together = random.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], size=1000)
    alike = estimate.domain_auc(before, random.normal(size=(1000, 2)))
    assert alike == pytest.approx(0.5, abs=0.05) and estimate.domain_auc_p(alike, 2000, 1000) > 0.001
    found = estimate.domain_auc(before, together)
    assert found > 0.7 and estimate.domain_auc_p(found, 2000, 1000) < 1e-9


def test_the_same_data_gives_the_same_values() -> None:
    random = np.random.default_rng(4)
    before, now = random.normal(size=(500, 3)), random.normal(size=(200, 3))
    right = random.random(500) < 0.8
    assert estimate.domain_auc(before, now) == estimate.domain_auc(before, now)
    assert estimate.predicted_accuracy(before, right, now) == estimate.predicted_accuracy(before, right, now)
    assert estimate.sample(100, 10).tolist() == estimate.sample(100, 10).tolist()


@given(st.integers(0, 200), st.integers(0, 300))
def test_a_sample_is_of_different_rows_and_no_more_than_asked_for(rows: int, most: int) -> None:
    drawn = estimate.sample(rows, most)
    assert drawn.size == min(rows, most) == np.unique(drawn).size
    assert ((drawn >= 0) & (drawn < rows)).all()


def test_nothing_to_learn_from_is_a_sentence() -> None:
    rows = np.zeros((20, 1))
    with pytest.raises(Undefined, match="always right"):
        estimate.predicted_accuracy(rows, np.ones(20, dtype=bool), rows)
    with pytest.raises(Undefined, match="too few rows"):
        estimate.domain_auc(rows, rows[:3])
    with pytest.raises(Undefined, match="both classes"):
        estimate.calibrated(np.ones(3), np.ones(3, dtype=bool), np.ones(3))
    assert estimate.domain_auc(rows, rows) == 0.5
