"""Measures of fairness, one value for each column with a sensitive group."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import numpy as np

from ..measures import fairness
from ..measures.arrays import Flags, Undefined
from ..roles import Sensitive
from ..values import Check
from ..verdict import Found
from .context import Context, Failed, Side, Unlabelled, attempt

_OF_LABELS = frozenset({"equal_opportunity", "average_odds"})


def found(check: Check, context: Context) -> list[Found]:
    """A value for each sensitive column (of those that the check names, if it names any)."""
    wanted = [one for one in context.roles.sensitive if check.columns is None or one.column in check.columns]
    if not wanted:
        return [Found(problem="The monitor tells of no such sensitive column.", failed=True)]
    return [attempt(partial(_compared, check, context, one), one.column, one.label) for one in wanted]


def groups(side: Side, sensitive: Sensitive, rows: Flags) -> tuple[Flags, Flags]:
    """Which rows belong to the monitored and to the reference group."""
    words = side.words(sensitive.column)
    found = []
    for values in (sensitive.monitored, sensitive.reference):
        group = words.among(values) & rows
        if not group.any():
            raise Undefined(f"No row of the {side.name} has {sensitive.column} {' or '.join(values)}.")
        found.append(group)
    return found[0], found[1]


def favourable(context: Context, side: Side, column: str | None) -> Flags:
    """Which rows have a favourable outcome in a column."""
    if not context.roles.favourable:
        raise Failed("The monitor does not say which outcomes are favourable (columns.favourable).")
    return side.words(column or "").among(context.roles.favourable)


def _compared(check: Check, context: Context, sensitive: Sensitive) -> Found:
    now = _valued(check, context, context.current, sensitive)
    before = None
    with suppress(Undefined, Failed, Unlabelled):
        before = _valued(check, context, context.baseline, sensitive).value
    return Found(
        sensitive.column,
        sensitive.label,
        value=now.value,
        baseline=before,
        p=now.p,
        effect=now.value - before if check.mode == "delta" and before is not None else now.value,
    )


def _valued(check: Check, context: Context, side: Side, sensitive: Sensitive) -> fairness.Compared:
    rows = side.rows_with(labels=check.measure in _OF_LABELS, prediction=True, score=False).rows
    monitored, reference = groups(side, sensitive, rows)
    said = favourable(context, side, context.roles.prediction)
    if check.measure == "disparate_impact":
        return fairness.disparate_impact(said, monitored, reference)
    if check.measure == "statistical_parity":
        return fairness.statistical_parity(said, monitored, reference)
    truth = np.asarray(favourable(context, side, context.roles.target))
    measure = fairness.equal_opportunity if check.measure == "equal_opportunity" else fairness.average_odds
    return measure(truth, said, monitored, reference)
