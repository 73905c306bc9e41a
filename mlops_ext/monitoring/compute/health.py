"""Measures of the data itself: of each column, and of the table as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd

from ..catalogue import MEASURES
from ..measures import health
from ..measures.arrays import Undefined
from ..values import Check
from ..verdict import RARE, Found
from .context import Context, Side, attempt, chosen


def of_columns(check: Check, context: Context) -> list[Found]:
    """A value for each column."""
    columns = chosen(check.columns, context.roles, MEASURES[check.measure].of)
    measures: dict[str, Callable[[Context, str], Found]] = {
        "missing": partial(_missing, RARE / max(1, len(columns))),
        "out_of_range": _out_of_range,
        "new_category": _new_category,
        "type_change": _type_change,
    }
    return [attempt(partial(measures[check.measure], context, name), name) for name in columns]


def of_table(check: Check, context: Context) -> list[Found]:
    """Rows, or duplicates among them."""
    if check.measure == "rows":
        return [Found(value=context.current.rows, baseline=context.baseline.rows)]
    return [attempt(lambda: _duplicates(context))]


def _missing(rare: float, context: Context, column: str) -> Found:
    for side in (context.baseline, context.current):
        side.require(column)
    before, now = context.baseline.table.absent(column), context.current.table.absent(column)
    value = health.missing(now)
    if not before.size:
        return Found(column, value=value, note="The baseline has no rows.")
    baseline = health.missing(before)
    return Found(
        column,
        value=value,
        baseline=baseline,
        p=health.missing_p(before, now),
        effect=value - baseline,
        effect_chance=health.missing_by_chance(before, now, rare),
    )


def _out_of_range(context: Context, column: str) -> Found:
    before, now = context.ordered(column)
    return Found(column, value=health.out_of_range(before, now), baseline=0.0, note=context.foreign(column))


def _new_category(context: Context, column: str) -> Found:
    value = health.new_category(context.baseline.words(column), context.current.words(column))
    return Found(column, value=value, baseline=0.0)


def _type_change(context: Context, column: str) -> Found:
    return Found(
        column, value=_foreign(context, context.current, column), baseline=_foreign(context, context.baseline, column)
    )


def _foreign(context: Context, side: Side, column: str) -> float:
    """The share of values that are no numbers where they should be, or all numbers where the baseline's are not."""
    side.require(column)
    values = int((~side.table.absent(column)).sum())
    if context.roles.features.get(column) == "numeric":
        flags = side.table.foreign.get(column)
        return health.type_change(0 if flags is None else int(flags.sum()), values)
    turned = column in side.table.numeric and column not in context.baseline.table.numeric
    return health.type_change(values if turned else 0, values)


def _duplicates(context: Context) -> Found:
    before = None
    if context.baseline.table.rows:
        before = attempt(lambda: Found(value=_repeated(context, context.baseline))).value
    return Found(value=_repeated(context, context.current), baseline=before)


def _repeated(context: Context, side: Side) -> float:
    """By id; without one: rows that are the same in all features."""
    if context.roles.id is not None:
        return health.duplicates(side.words(context.roles.id).codes)
    columns = {name: side.table.numbers[name] for name in context.roles.features if name in side.table.numbers}
    codes = {name: side.table.words[name].codes for name in context.roles.features if name in side.table.words}
    if side.table.rows == 0 or not (columns or codes):
        raise Undefined("There are no rows to compare.")
    return float(pd.DataFrame({**columns, **codes}).duplicated().mean())
