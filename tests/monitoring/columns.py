"""Columns at random, with all that is wrong in real ones: the inputs of the tests of measures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

TIMES = 3 * settings().max_examples
"""How many columns a seeded test looks at: hundreds, with --all thousands."""
FEWER = TIMES // 3 if TIMES > 1000 else TIMES // 5
"""The same where the other side takes its time: a part of them."""

ORDINARY = st.floats(-1e6, 1e6, width=32)
ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)
FEW = st.sampled_from([0.0, 1.0, -1.0, 2.5, 1e-300, 1e300, -1e308, 1.7e308, float("inf"), float("-inf"), float("nan")])


def numbers(
    elements: st.SearchStrategy[float] = ORDINARY | ANY | FEW, least: int = 0, most: int = 60
) -> st.SearchStrategy[Any]:
    """A column of numbers: ordinary, constant, with few values, missing, infinite or huge ones."""
    sizes = st.integers(least, most)
    varied = sizes.flatmap(lambda size: arrays.arrays(np.float64, size, elements=elements))
    constant = st.tuples(sizes, elements).map(lambda pair: np.full(pair[0], pair[1]))
    few = sizes.flatmap(lambda size: arrays.arrays(np.float64, size, elements=FEW))
    return varied | constant | few


def pairs(times: int = TIMES, seed: int = 0) -> Iterator[tuple[Numbers, Numbers]]:
    """Baselines and batches from a seed: of all shapes and sizes, with missing values and ties."""
    random = np.random.default_rng(seed)
    for _ in range(times):
        yield column(random), column(random)


def column(random: np.random.Generator) -> Numbers:
    """One column from a generator."""
    size = int(random.choice([1, 2, 3, 10, 50, 200, 400]))
    scale = 10.0 ** random.integers(-6, 7)
    kind = random.integers(0, 7)
    if kind == 0:
        values = random.normal(0, 1, size)
    elif kind == 1:
        values = random.exponential(1, size)
    elif kind == 2:
        values = random.integers(0, 4, size).astype(np.float64)
    elif kind == 3:
        values = np.full(size, random.normal())
    elif kind == 4:
        values = random.standard_cauchy(size)
    elif kind == 5:
        values = np.round(random.normal(0, 2, size))
    else:
        values = random.lognormal(0, 3, size)
    values = values * scale
    if random.random() < 0.3:
        values[random.random(size) < 0.2] = np.nan
    return np.asarray(values, dtype=np.float64)


def labels(random: np.random.Generator, classes: int = 2) -> tuple[NDArray[np.int64], NDArray[np.int64], Numbers]:
    """Labels, predictions and scores (a column for each class) of rows; sometimes of one class only."""
    size = int(random.choice([1, 2, 5, 30, 200]))
    kind = random.integers(0, 4)
    truth = random.integers(0, classes, size)
    said = np.where(random.random(size) < 0.7, truth, random.integers(0, classes, size))
    if kind == 0:
        truth = np.full(size, random.integers(0, classes))
    if kind == 1:
        said = np.full(size, random.integers(0, classes))
    scores = random.dirichlet(np.ones(classes), size)
    if kind == 2:
        scores = np.round(scores, 1)
        scores[:, -1] = 1 - scores[:, :-1].sum(axis=1)
        scores = np.abs(scores)
        scores /= scores.sum(axis=1, keepdims=True)
    return truth.astype(np.int64), said.astype(np.int64), scores
