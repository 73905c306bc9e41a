"""Fairness is what fairlearn says, but for the sign, which fairlearn leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fairlearn import metrics
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.monitoring.measures import fairness
from mlops_ext.monitoring.measures.arrays import Undefined
from tests.monitoring.columns import FEWER


def _people(random: np.random.Generator) -> tuple[Any, Any, Any]:
    size = int(random.choice([4, 10, 60, 300]))
    truth = random.random(size) < random.random()
    said = np.where(random.random(size) < 0.8, truth, random.random(size) < 0.5)
    return truth, said, random.random(size) < random.random()


def _value(measure: Callable[[], fairness.Compared]) -> float | None:
    try:
        return measure().value
    except Undefined:
        return None


@pytest.mark.timeout(600)
def test_all_are_those_of_fairlearn_without_their_sign() -> None:
    random = np.random.default_rng(8)
    compared = 0
    for _ in range(FEWER):
        truth, said, group = _people(random)
        impact = _value(lambda s=said, g=group: fairness.disparate_impact(s, g, ~g))
        parity = _value(lambda s=said, g=group: fairness.statistical_parity(s, g, ~g))
        chance = _value(lambda t=truth, s=said, g=group: fairness.equal_opportunity(t, s, g, ~g))
        odds = _value(lambda t=truth, s=said, g=group: fairness.average_odds(t, s, g, ~g))
        if None in (impact, parity, chance, odds):
            continue
        compared += 1
        them = {"sensitive_features": group.astype(int)}
        rates = metrics.demographic_parity_ratio(truth, said, **them)
        assert rates == pytest.approx(min(impact, 1 / impact) if impact else 0.0, rel=1e-9, abs=1e-9)
        assert abs(parity) == pytest.approx(metrics.demographic_parity_difference(truth, said, **them), abs=1e-9)
        assert abs(chance) == pytest.approx(metrics.equal_opportunity_difference(truth, said, **them), abs=1e-9)
        frame = metrics.MetricFrame(
            metrics={"tpr": metrics.true_positive_rate, "fpr": metrics.false_positive_rate},
            y_true=truth,
            y_pred=said,
            sensitive_features=group.astype(int),
        ).by_group
        signed = ((frame.loc[1] - frame.loc[0])["tpr"] + (frame.loc[1] - frame.loc[0])["fpr"]) / 2
        assert odds == pytest.approx(signed, abs=1e-9)
        if (frame.loc[1] - frame.loc[0]).prod() >= 0:
            theirs = metrics.equalized_odds_difference(truth, said, agg="mean", **them)
            assert abs(odds) == pytest.approx(theirs, abs=1e-9)
    assert compared > FEWER / 3


def test_the_sign_says_who_is_worse_off() -> None:
    said = np.array([True, False, False, False, True, True, True, False])
    women = np.array([True] * 4 + [False] * 4)
    assert fairness.disparate_impact(said, women, ~women).value == pytest.approx(1 / 3)
    assert fairness.disparate_impact(said, ~women, women).value == pytest.approx(3)
    assert fairness.statistical_parity(said, women, ~women).value == -0.5
    truth = np.ones(8, dtype=bool)
    assert fairness.equal_opportunity(truth, said, women, ~women).value == -0.5


@given(st.lists(st.tuples(*[st.booleans()] * 4), max_size=40))
def test_any_groups_give_values_in_range_or_a_sentence(rows: list[tuple[bool, bool, bool, bool]]) -> None:
    truth, said, monitored, other = (np.array([row[place] for row in rows], dtype=bool) for place in range(4))
    reference = other & ~monitored
    for measure in (
        lambda: fairness.disparate_impact(said, monitored, reference),
        lambda: fairness.statistical_parity(said, monitored, reference),
        lambda: fairness.equal_opportunity(truth, said, monitored, reference),
        lambda: fairness.average_odds(truth, said, monitored, reference),
    ):
        try:
            found = measure()
        except Undefined as why:
            assert str(why).endswith(".")
            continue
        assert np.isfinite(found.value) and 0 <= found.p <= 1


def test_alike_groups_differ_significantly_as_often_as_chance_says() -> None:
    random = np.random.default_rng(9)
    found = []
    for _ in range(1000):
        truth, group = random.random(400) < 0.5, random.random(400) < 0.4
        said = np.where(random.random(400) < 0.8, truth, ~truth)
        found.append(fairness.equal_opportunity(truth, said, group, ~group).p < 0.05)
        found.append(fairness.average_odds(truth, said, group, ~group).p < 0.05)
    assert 0.035 < np.mean(found) < 0.065
