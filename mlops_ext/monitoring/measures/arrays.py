"""What the measures compute with: numbers, words and flags, and the exception for what cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Codes: TypeAlias = NDArray[np.int64]


class Undefined(Exception):
    """The measure has no value for this data; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """A column of categories: for each row the place of its word in `names`, or -1 where it is missing."""

    codes: Codes
    names: tuple[str, ...]

    @property
    def present(self) -> Flags:
        """Which rows have a word."""
        return self.codes >= 0

    def among(self, names: Sequence[str]) -> Flags:
        """Which rows have one of the words."""
        wanted = set(names)
        hits = np.array([name in wanted for name in self.names] + [False], dtype=np.bool_)
        return np.asarray(hits[self.codes], dtype=np.bool_)

    def coded(self, names: Sequence[str]) -> Codes:
        """The rows' places in another list of words; -1 where it lacks the word."""
        places = {name: place for place, name in enumerate(names)}
        table = np.array([places.get(name, -1) for name in self.names] + [-1], dtype=np.int64)
        return np.asarray(table[self.codes], dtype=np.int64)

    def where(self, rows: Flags) -> Words:
        """The same column of some rows."""
        return Words(self.codes[rows], self.names)


def present(values: Numbers) -> Numbers:
    """The values that are not missing; infinite ones stay."""
    return values[~np.isnan(values)]


def finite(value: float, what: str) -> float:
    """The value, unless it is too large for a number."""
    if not np.isfinite(value):
        raise Undefined(f"{what} is too large to be computed.")
    return float(value)


def share(flags: Flags) -> float:
    """The share of rows for which something holds."""
    if flags.size == 0:
        raise Undefined("There are no rows.")
    return float(np.count_nonzero(flags) / flags.size)
