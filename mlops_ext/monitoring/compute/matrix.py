"""Features as matrices, for measures that fit a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..measures.arrays import Codes, Numbers, Words
from ..measures.estimate import CATEGORIES
from .context import Context, Failed

LARGE = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """Rows of both sides with the same columns, which are all numbers; `note` says what could not be used."""

    baseline: NDArray[np.float64]
    current: NDArray[np.float64]
    note: str | None


def matrices(context: Context, columns: Sequence[str], before: Codes, now: Codes) -> Matrices:
    """Some rows of both sides; columns that one of them lacks are left out."""
    sides = (context.baseline, context.current)
    there = [name for name in columns if all(side.table.has(name) for side in sides)]
    if not there:
        raise Failed("The batch and the baseline have none of the features in common.")
    parts: list[tuple[Numbers, Numbers]] = []
    for name in there:
        if context.roles.features.get(name) == "category":
            parts.append(_codes(context.baseline.words(name), context.current.words(name), before, now))
        else:
            numbers = (context.baseline.table.numbers[name][before], context.current.table.numbers[name][now])
            parts.append((_tamed(numbers[0]), _tamed(numbers[1])))
    lacking = sorted(set(columns) - set(there))
    return Matrices(
        np.column_stack([part[0] for part in parts]),
        np.column_stack([part[1] for part in parts]),
        f"Without {', '.join(lacking)}, which the batch or the baseline has not." if lacking else None,
    )


def _tamed(numbers: Numbers) -> Numbers:
    """Infinite and huge numbers, of which there is no middle, as large ones."""
    return np.clip(numbers, -LARGE, LARGE)


def _codes(baseline: Words, current: Words, before: Codes, now: Codes) -> tuple[Numbers, Numbers]:
    """Categories as numbers from the most frequent on; rare ones are missing."""
    names = sorted({*baseline.names, *current.names})
    codes = (baseline.coded(names)[before], current.coded(names)[now])
    often = np.bincount(np.concatenate(codes) + 1, minlength=len(names) + 1)[1:]
    kept = np.argsort(-often, kind="stable")[:CATEGORIES]
    table = np.full(len(names) + 1, np.nan)
    table[kept] = np.arange(kept.size)
    return table[codes[0]], table[codes[1]]
