"""What checks are computed from: the two tables, and what several checks need of them, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ...errors import MlopsError
from ..data import Sides, Table
from ..measures import drift
from ..measures.arrays import Codes, Flags, Numbers, Undefined, Words, present
from ..roles import Roles
from ..verdict import Found

BASELINE = "baseline"
_SIGNS = ({"0", "1"}, {"false", "true"}, {"-1", "1"})
"""Pairs of classes of which everybody knows which is positive: the last."""


class Failed(Exception):
    """The data or the monitor is not as it should be; the message is a sentence for people."""


class Unlabelled(Exception):
    """Labels are needed and have not come."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which rows of a table have what a measure needs; `note` says what was left out."""

    rows: Flags
    note: str | None


class Side:
    """The baseline or the batch, with its columns by the part they play."""

    def __init__(
        self,
        name: str,
        table: Table,
        roles: Roles,
        *,
        unread: MlopsError | None = None,
        unlabelled: MlopsError | None = None,
    ) -> None:
        self.name = name
        self.table = table
        self.roles = roles
        self._unread = unread
        self._unlabelled = unlabelled

    def require(self, column: str | None = None) -> None:
        """Fails where the side could not be read, or has no such column."""
        if self._unread is not None:
            raise Failed(self._unread.message)
        if column is not None and not self.table.has(column):
            raise Failed(f"The {self.name} has no column {column}.")

    @property
    def rows(self) -> float | None:
        """How many rows there are; None where nobody knows."""
        return None if self._unread is not None else float(self.table.rows)

    def numbers(self, column: str) -> Numbers:
        """A column of numbers that must be there."""
        self.require()
        if column not in self.table.numbers:
            raise Failed(f"The {self.name} has no column {column}.")
        values = self.table.numbers[column]
        foreign = self.table.foreign.get(column)
        if foreign is not None and np.isnan(values).all():
            raise Failed(f"The column {column} of the {self.name} holds no numbers, but values of another type.")
        return values

    def words(self, column: str) -> Words:
        """A column of categories that must be there."""
        self.require()
        if column not in self.table.words:
            raise Failed(f"The {self.name} has no column {column}.")
        return self.table.words[column]

    @cached_property
    def labelled(self) -> Flags:
        """Which rows have a label."""
        target = self.roles.target
        if target is None or not self.table.has(target):
            return np.zeros(self.table.rows, dtype=np.bool_)
        return ~self.table.absent(target)

    def rows_with(self, labels: bool, prediction: bool, score: bool) -> Pairs:
        """The rows that have all of it."""
        self.require()
        if labels and self._unlabelled is not None:
            raise Failed(self._unlabelled.message)
        if labels and not self.labelled.any():
            if self.name == BASELINE:
                raise Undefined("The baseline has no labels.")
            raise Unlabelled("No row of the batch has a label yet.")
        whole = self.labelled.copy() if labels else np.ones(self.table.rows, dtype=np.bool_)
        rows = whole.copy()
        for column in self._needed(prediction, score):
            self.require(column)
            rows &= ~self.table.absent(column)
            if column in self.table.foreign:
                rows &= ~np.isnan(self.table.numbers[column])
        if not rows.any():
            raise Undefined(f"No row of the {self.name} has all that is needed for it.")
        left = int(whole.sum() - rows.sum())
        return Pairs(rows, f"{left} rows without a prediction or score were left out." if left else None)

    def _needed(self, prediction: bool, score: bool) -> list[str]:
        found = []
        if prediction:
            found.append(_told(self.roles.prediction, "prediction"))
        if score:
            found += list(self.roles.scores.values()) or [_told(self.roles.score, "score")]
        return found


class Context:
    """Both sides of a comparison."""

    def __init__(self, sides: Sides, roles: Roles) -> None:
        self.roles = roles
        self.baseline = Side(BASELINE, sides.baseline, roles, unread=sides.no_baseline)
        self.current = Side("batch", sides.current, roles, unlabelled=sides.no_labels)
        self._ordered: dict[str, tuple[Numbers, Numbers]] = {}
        self._counted: dict[str, tuple[Codes, Codes]] = {}

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes there are: first those with a column of scores, then the others in order."""
        names: set[str] = set()
        for side in (self.baseline, self.current):
            for column in (self.roles.target, self.roles.prediction):
                if column is not None and column in side.table.words:
                    words = side.table.words[column]
                    names |= {words.names[code] for code in np.unique(words.codes[words.present])}
        return (*self.roles.scores, *sorted(names - set(self.roles.scores)))

    @cached_property
    def positive(self) -> str:
        """The positive class of a binary model."""
        if self.roles.positive is not None:
            return self.roles.positive
        for pair in _SIGNS:
            if set(self.classes) <= pair:
                return max(pair)
        raise Failed("The monitor does not say which class is the positive one (columns.positive).")

    def ordered(self, column: str) -> tuple[Numbers, Numbers]:
        """A column's numbers of both sides in ascending order, without missing ones."""
        if column not in self._ordered:
            sides = [present(side.numbers(column)) for side in (self.baseline, self.current)]
            self._ordered[column] = (np.sort(sides[0]), np.sort(sides[1]))
        return self._ordered[column]

    def counted(self, column: str, kind: str) -> tuple[Codes, Codes]:
        """How many values of both sides lie in each of a column's bins or categories."""
        if column not in self._counted:
            if kind == "numeric":
                before, now = self.ordered(column)
                edges = drift.decile_edges(before)
                counts = (drift.sorted_counts(before, edges), drift.sorted_counts(now, edges))
            else:
                counts = drift.category_counts(self.baseline.words(column), self.current.words(column))
            self._counted[column] = counts
        return self._counted[column]

    def foreign(self, column: str) -> str | None:
        """What is to be said of values of another type in the batch."""
        flags = self.current.table.foreign.get(column)
        return None if flags is None else f"{int(flags.sum())} values are no numbers and were left out."


def attempt(action: Callable[[], Found], column: str | None = None, group: str | None = None) -> Found:
    """What an action finds, or why it finds nothing: whatever goes wrong with one measure stops no other."""
    try:
        return action()
    except Unlabelled as why:
        return Found(column, group, problem=str(why), unlabelled=True)
    except Undefined as why:
        return Found(column, group, problem=str(why))
    except Failed as why:
        return Found(column, group, problem=str(why), failed=True)
    except MemoryError:
        return Found(column, group, problem="There is too little memory to compute it.", failed=True)
    except Exception as error:  # of the libraries; the other measures are still wanted
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return Found(column, group, problem=f"It could not be computed: {reason}.", failed=True)


def chosen(columns: Sequence[str] | None, roles: Roles, of: str | None) -> list[str]:
    """The columns of a check: those it names, or all features that the measure is made for."""
    if columns is not None:
        return list(columns)
    return [name for name, kind in roles.features.items() if of is None or kind == of]


def _told(column: str | None, part: str) -> str:
    if column is None:
        raise Failed(f"The monitor does not say which column is the {part} (columns.{part}).")
    return column
