"""From values to verdicts: thresholds, corrections, effects, and the status of the whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_ext.monitoring.values import Check, Limit, Metric
from mlops_ext.monitoring.verdict import Found, benjamini_hochberg, bonferroni, corrections, judge, status

PROBABILITIES = st.lists(st.floats(0, 1), max_size=30)


def _check(measure: str = "ks", **fields: Any) -> Check:
    return Check.read("c", {"measure": measure, **fields})


def _verdict(check: Check, found: Found) -> tuple[str, float | None]:
    (metric,) = judge(check, [found])
    return metric.verdict, metric.threshold


@given(PROBABILITIES)
def test_benjamini_hochberg_is_that_of_scipy(values: list[float]) -> None:
    theirs = stats.false_discovery_control(values).tolist() if values else []
    assert benjamini_hochberg(values) == pytest.approx(theirs, rel=1e-12, abs=1e-15)


@given(PROBABILITIES)
def test_corrections_only_raise_and_keep_order_and_gaps(values: list[float]) -> None:
    for kind, method in (("bh", benjamini_hochberg), ("bonferroni", bonferroni), ("none", list)):
        corrected = corrections(kind, [None, *values, None])
        assert corrected[0] is None and corrected[-1] is None
        found = [one for one in corrected if one is not None]
        assert found == pytest.approx(method(values))
        assert all(p <= q <= 1 for p, q in zip(values, found, strict=True))
        order = sorted(range(len(values)), key=lambda place: values[place])
        assert all(found[one] <= found[other] for one, other in pairwise(order))


@pytest.mark.parametrize(
    ("limit", "beyond", "within"),
    [({"above": 1}, 1.1, 1.0), ({"below": 1}, 0.9, 1.0), ({"outside": [0.8, 1.25]}, 1.3, 0.8)],
)
def test_a_value_on_the_limit_is_within(limit: dict[str, Any], beyond: float, within: float) -> None:
    check = _check(alert=limit)
    assert _verdict(check, Found(value=beyond))[0] == "alert"
    assert _verdict(check, Found(value=within))[0] == "ok"


def test_warn_and_alert_are_told_with_what_they_were_held_against() -> None:
    check = _check("roc_auc", warn={"below": 0.8}, alert={"below": 0.75})
    assert _verdict(check, Found(value=0.71)) == ("alert", 0.75)
    assert _verdict(check, Found(value=0.78)) == ("warn", 0.8)
    assert _verdict(check, Found(value=0.85)) == ("ok", 0.75)
    outside = _check("disparate_impact", alert={"outside": [0.8, 1.25]})
    assert _verdict(outside, Found(value=0.7)) == ("alert", 0.8)
    assert _verdict(outside, Found(value=1.5)) == ("alert", 1.25)


def test_a_delta_is_held_against_the_value_of_the_baseline() -> None:
    check = _check("roc_auc", mode="delta", alert={"below": -0.05})
    assert _verdict(check, Found(value=0.79, baseline=0.86)) == ("alert", pytest.approx(0.81))
    assert _verdict(check, Found(value=0.82, baseline=0.86))[0] == "ok"
    (metric,) = judge(check, [Found(value=0.5)])
    assert metric.verdict == "not_computed" and "baseline" in str(metric.reason)


def test_significance_needs_an_effect_too() -> None:
    check = _check(mode="p_value", effect={"above": 0.1}, alert={"below": 0.01})
    assert _verdict(check, Found(value=0.2, p=0.001)) == ("alert", 0.01)
    assert _verdict(check, Found(value=0.05, p=0.001))[0] == "ok"
    assert _verdict(check, Found(value=0.2, p=0.02))[0] == "ok"
    assert _verdict(check, Found(value=0.2, p=0.001, effect_chance=0.3))[0] == "ok"
    assert _verdict(check, Found(value=50.0, p=0.001, effect=0.05))[0] == "ok"
    (metric,) = judge(check, [Found(value=0.2)])
    assert metric.verdict == "not_computed"


def test_columns_are_corrected_for_each_other() -> None:
    check = _check(mode="p_value", correction="bh", alert={"below": 0.01})
    metrics = judge(check, [Found(str(place), value=0.2, p=0.004 if place == 0 else 0.5) for place in range(10)])
    assert metrics[0].q == pytest.approx(0.04) and metrics[0].verdict == "ok"
    assert judge(replace(check, correction="none"), [Found(value=0.2, p=0.004)])[0].verdict == "alert"


def test_the_threshold_of_psi_grows_with_what_chance_does() -> None:
    check = _check("psi", alert={"above": 0.2})
    assert _verdict(check, Found(value=0.25)) == ("alert", 0.2)
    assert _verdict(check, Found(value=0.25, chance=0.31)) == ("ok", 0.31)


def test_no_value_is_never_beyond() -> None:
    check = _check(alert={"above": -1}, warn={"above": -2})
    for found in (Found(problem="Why."), Found(value=float("nan")), Found(value=float("inf"))):
        (metric,) = judge(check, [found])
        assert metric.verdict == "not_computed" and metric.value is None and metric.reason
    (metric,) = judge(check, [Found(problem="Why.", failed=True)])
    assert (metric.verdict, metric.reason) == ("error", "Why.")
    (metric,) = judge(check, [Found(value=5.0)], "Too few.")
    assert (metric.verdict, metric.value, metric.reason) == ("not_computed", 5.0, "Too few.")


def _metric(verdict: Any, value: float | None = 1.0) -> Metric:
    computed = value if verdict not in ("error", "not_computed") else None
    return Metric("c", "drift", "ks", value=computed, verdict=verdict)


@pytest.mark.parametrize(
    ("verdicts", "rows", "unlabelled", "expected"),
    [
        ([], 500, False, "error"),
        (["error", "error"], 500, False, "error"),
        (["not_computed"], 500, False, "error"),
        (["not_computed"], 500, True, "no_labels"),
        (["not_computed"], 20, False, "too_few_rows"),
        (["alert", "error"], 20, False, "too_few_rows"),
        (["alert", "warn", "error"], 500, True, "alert"),
        (["warn", "error", "ok"], 500, True, "warn"),
        (["ok", "error"], 500, True, "error"),
        (["ok", "not_computed"], 500, True, "no_labels"),
        (["ok", "not_computed"], 500, False, "ok"),
    ],
)
def test_the_status_is_the_first_that_holds(verdicts: list[str], rows: int, unlabelled: bool, expected: str) -> None:
    assert status([_metric(verdict) for verdict in verdicts], rows, 100, unlabelled) == expected


@given(st.lists(st.sampled_from(["ok", "warn", "alert", "not_computed", "error"]), max_size=6), st.booleans())
def test_red_only_for_an_alert_and_green_only_where_something_was_computed(verdicts: list[str], labels: bool) -> None:
    found = status([_metric(verdict) for verdict in verdicts], 500, 100, labels)
    assert (found == "alert") == ("alert" in verdicts)
    assert found != "ok" or "ok" in verdicts


def test_limits_are_read_as_written() -> None:
    assert Limit.read(None) is None
    assert Limit.read({"above": 0.1}) == Limit(above=0.1)
    assert Limit.read({"outside": [0.8, 1.25]}) == Limit(above=1.25, below=0.8)
