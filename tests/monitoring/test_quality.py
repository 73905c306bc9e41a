"""Quality is what scikit-learn says, and nothing where scikit-learn warns that it cannot be said."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics
from sklearn.exceptions import UndefinedMetricWarning

from mlops_ext.monitoring.measures import quality, spread
from mlops_ext.monitoring.measures.arrays import Undefined
from tests.monitoring.columns import FEWER, TIMES, column, labels, numbers


def _theirs(measure: Callable[[], Any]) -> float | None:
    """What scikit-learn says; None where it warns, refuses, or says what is no number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", UndefinedMetricWarning)
        try:
            value = float(measure())
        except (UndefinedMetricWarning, ValueError):
            return None
    return value if np.isfinite(value) else None


def _ours(measure: Callable[[], float]) -> float | None:
    try:
        return measure()
    except Undefined:
        return None


def _agree(ours: Callable[[], float], theirs: Callable[[], Any]) -> bool:
    """Whether both say the same; and tell whether they said anything."""
    mine, other = _ours(ours), _theirs(theirs)
    if mine is None or other is None:
        assert mine is None and other is None, (mine, other)
        return False
    assert mine == pytest.approx(other, rel=1e-9, abs=1e-9)
    return True


BINARY: dict[str, tuple[Callable[..., float], Callable[..., Any], bool]] = {
    "roc_auc": (quality.roc_auc, metrics.roc_auc_score, True),
    "average_precision": (quality.average_precision, metrics.average_precision_score, True),
    "log_loss": (quality.log_loss, lambda y, s: metrics.log_loss(y, s, labels=[False, True]), True),
    "brier": (quality.brier, lambda y, s: metrics.brier_score_loss(y, s, pos_label=True), True),
    "accuracy": (quality.accuracy, metrics.accuracy_score, False),
    "precision": (quality.precision, metrics.precision_score, False),
    "recall": (quality.recall, metrics.recall_score, False),
    "f1": (quality.f1, metrics.f1_score, False),
}


@pytest.mark.parametrize("name", BINARY)
def test_two_classes(name: str) -> None:
    ours, theirs, scored = BINARY[name]
    random = np.random.default_rng(1)
    said_something = 0
    for _ in range(TIMES):
        truth, said, scores = labels(random)
        y, other = truth == 1, scores[:, 1] if scored else said == 1
        if (name == "f1" and not y.any()) or (name == "average_precision" and not y.any()):
            assert _ours(lambda y=y, other=other: ours(y, other)) is None
            continue
        said_something += _agree(lambda y=y, other=other: ours(y, other), lambda y=y, other=other: theirs(y, other))
    assert said_something > TIMES / 2


CLASSES: dict[str, tuple[Callable[..., float], Callable[..., Any], bool]] = {
    "accuracy": (lambda y, s, _: quality.accuracy(y, s), lambda y, s, _: metrics.accuracy_score(y, s), False),
    "precision": (
        quality.precision_classes,
        lambda y, s, average: metrics.precision_score(y, s, average=average, zero_division=0),
        False,
    ),
    "recall": (
        quality.recall_classes,
        lambda y, s, average: metrics.recall_score(y, s, average=average, zero_division=0),
        False,
    ),
    "f1": (quality.f1_classes, lambda y, s, average: metrics.f1_score(y, s, average=average, zero_division=0), False),
    "roc_auc": (
        quality.roc_auc_classes,
        lambda y, s, average: metrics.roc_auc_score(y, s, multi_class="ovr", average=average, labels=[0, 1, 2, 3]),
        True,
    ),
    "average_precision": (
        quality.average_precision_classes,
        lambda y, s, average: metrics.average_precision_score(np.eye(4)[y], s, average=average),
        True,
    ),
    "log_loss": (
        lambda y, s, _: quality.log_loss_classes(y, s),
        lambda y, s, _: metrics.log_loss(y, s, labels=[0, 1, 2, 3]),
        True,
    ),
    "brier": (
        lambda y, s, _: quality.brier_classes(y, s),
        lambda y, s, _: metrics.brier_score_loss(y, s, labels=[0, 1, 2, 3], scale_by_half=False),
        True,
    ),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize("name", CLASSES)
def test_several_classes(name: str, average: str) -> None:
    ours, theirs, scored = CLASSES[name]
    random = np.random.default_rng(2)
    said_something = 0
    for _ in range(FEWER):
        truth, said, scores = labels(random, classes=4)
        if name in ("roc_auc", "average_precision") and np.unique(truth).size < 4:
            assert _ours(lambda y=truth, s=scores: ours(y, s, average)) is None
            continue
        other = scores if scored else said
        said_something += _agree(
            lambda y=truth, s=other: ours(y, s, average), lambda y=truth, s=other: theirs(y, s, average)
        )
    assert said_something > FEWER / 5


REGRESSION: dict[str, tuple[Callable[..., float], Callable[..., Any]]] = {
    "rmse": (quality.rmse, metrics.root_mean_squared_error),
    "mae": (quality.mae, metrics.mean_absolute_error),
    "r2": (quality.r2, metrics.r2_score),
    "mape": (quality.mape, metrics.mean_absolute_percentage_error),
}


@pytest.mark.parametrize("name", REGRESSION)
def test_numbers(name: str) -> None:
    ours, theirs = REGRESSION[name]
    random = np.random.default_rng(3)
    for _ in range(TIMES):
        truth = np.nan_to_num(column(random))
        said = truth + random.normal(0, 1, truth.size) * np.abs(truth).mean()
        if name == "r2" and truth.min() == truth.max():
            assert _ours(lambda y=truth, s=said: ours(y, s)) is None
            continue
        assert _agree(lambda y=truth, s=said: ours(y, s), lambda y=truth, s=said: theirs(y, s))


@pytest.mark.parametrize("name", REGRESSION)
@given(data=st.data())
def test_any_numbers_give_a_finite_value_or_a_sentence(name: str, data: st.DataObject) -> None:
    truth = data.draw(numbers())
    said = data.draw(arrays.arrays(np.float64, truth.size, elements=st.floats(width=64)))
    ours, theirs = REGRESSION[name]
    value = _ours(lambda: ours(truth, said))
    if value is None:
        return
    assert np.isfinite(value)
    with np.errstate(all="ignore"):
        assert value == pytest.approx(_theirs(lambda: theirs(truth, said)), rel=1e-9, abs=1e-9)


@given(truth=arrays.arrays(np.bool_, st.integers(0, 30)), data=st.data())
def test_any_scores_give_a_finite_value_or_a_sentence(truth: Any, data: st.DataObject) -> None:
    score = data.draw(arrays.arrays(np.float64, truth.size, elements=st.floats(width=64)))
    for name, (ours, _, scored) in BINARY.items():
        value = _ours(lambda ours=ours, scored=scored: ours(truth, score if scored else score > 0.5))
        assert value is None or np.isfinite(value), name


def test_what_cannot_be_said_is_a_sentence() -> None:
    one_class, score = np.array([True, True]), np.array([0.2, 0.7])
    with pytest.raises(Undefined, match="All labelled rows are of the positive class"):
        quality.roc_auc(one_class, score)
    with pytest.raises(Undefined, match="No labelled row is of the positive class"):
        quality.recall(~one_class, one_class)
    with pytest.raises(Undefined, match="No row is predicted as positive"):
        quality.precision(one_class, ~one_class)
    with pytest.raises(Undefined, match="outside 0 to 1"):
        quality.log_loss(one_class, score + 1)
    with pytest.raises(Undefined, match="infinite"):
        quality.rmse(np.array([1.0]), np.array([np.inf]))
    with pytest.raises(Undefined, match="too large"):
        quality.rmse(np.array([1e200]), np.array([-1e200]))


def _resampled(measure: Callable[..., float], *columns: Any, times: int = 120) -> float:
    """The standard error by drawing rows again and again."""
    random = np.random.default_rng(5)
    values = []
    for _ in range(times):
        rows = random.integers(0, columns[0].size, columns[0].size)
        values.append(measure(*(one[rows] for one in columns)))
    return float(np.std(values))


def test_standard_errors_are_those_of_drawing_again() -> None:
    random = np.random.default_rng(4)
    size = 600
    score = random.random(size)
    truth = random.random(size) < score
    said = score > 0.4
    numbers_ = random.normal(5, 1, size)
    guesses = numbers_ + random.normal(0, 0.5, size)
    cases: list[tuple[Callable[..., float], Callable[..., Any], tuple[Any, ...]]] = [
        (quality.roc_auc, spread.roc_auc, (truth, score)),
        (quality.accuracy, spread.accuracy, (truth, said)),
        (quality.precision, spread.precision, (truth, said)),
        (quality.recall, spread.recall, (truth, said)),
        (quality.f1, spread.f1, (truth, said)),
        (quality.log_loss, spread.log_loss, (truth, score)),
        (quality.brier, spread.brier, (truth, score)),
        (quality.rmse, spread.rmse, (numbers_, guesses)),
        (quality.mae, spread.mae, (numbers_, guesses)),
        (quality.r2, spread.r2, (numbers_, guesses)),
        (quality.mape, spread.mape, (numbers_, guesses)),
    ]
    for measure, influence, columns in cases:
        assert spread.standard_error(influence(*columns)) == pytest.approx(_resampled(measure, *columns), rel=0.25)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_standard_errors_over_classes_are_those_of_drawing_again(average: str) -> None:
    random = np.random.default_rng(6)
    scores = random.dirichlet([2, 1, 1], 600)
    truth = np.array([random.choice(3, p=row) for row in scores])
    said = np.argmax(scores, axis=1)
    for measure, influence, other in (
        (quality.precision_classes, spread.precision_classes, said),
        (quality.recall_classes, spread.recall_classes, said),
        (quality.f1_classes, spread.f1_classes, said),
        (quality.roc_auc_classes, spread.roc_auc_classes, scores),
    ):
        found = spread.standard_error(influence(truth, other, average))
        drawn = _resampled(lambda y, s, measure=measure: measure(y, s, average), truth, other, times=60)
        assert found == pytest.approx(drawn, rel=0.35), measure.__name__
