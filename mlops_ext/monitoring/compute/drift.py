"""Measures of drift: of each feature, of the model's output, and of all features at once."""

from __future__ import annotations

from functools import partial

from ..catalogue import MEASURES
from ..measures import drift, estimate
from ..measures.arrays import Undefined
from ..values import Check
from ..verdict import RARE, Found
from .context import Context, Failed, attempt, chosen
from .matrix import matrices


def of_features(check: Check, context: Context) -> list[Found]:
    """A value for each feature."""
    columns = chosen(check.columns, context.roles, MEASURES[check.measure].of)
    return [attempt(partial(_of_feature, check, context, name, len(columns)), name) for name in columns]


def of_output(check: Check, context: Context) -> list[Found]:
    """PSI of the score (of several classes: of each class's) or of the prediction."""
    roles = context.roles
    if check.measure == "prediction_psi":
        kind = "numeric" if roles.problem == "regression" else "category"
        return [attempt(lambda: _psi(context, roles.prediction, kind, 1))]
    if roles.scores:
        return [
            attempt(partial(_psi, context, column, "numeric", len(roles.scores), name), None, name)
            for name, column in roles.scores.items()
        ]
    return [attempt(lambda: _psi(context, roles.score, "numeric", 1))]


def of_all(check: Check, context: Context) -> list[Found]:
    """How well a model tells the batch from the baseline."""
    return [attempt(lambda: _domain(check, context))]


def _of_feature(check: Check, context: Context, column: str, columns: int) -> Found:
    kind = context.roles.features.get(column)
    wanted = MEASURES[check.measure].of
    if kind is None:
        raise Failed(f"{column} is no feature of the monitor.")
    if wanted is not None and kind != wanted:
        words = {"numeric": "numbers", "category": "categories"}
        raise Failed(f"{MEASURES[check.measure].title} is for {words[wanted]}; {column} has {words[kind]}.")
    if check.measure == "psi":
        return _psi(context, column, kind, columns, None, column)
    note = context.foreign(column) if kind == "numeric" else None
    if check.measure == "js":
        return Found(column, value=drift.js(*context.counted(column, kind)), note=note)
    if check.measure == "chi2":
        statistic, p, effect = drift.chi2(*context.counted(column, kind))
        chance = drift.chi2_by_chance(*context.counted(column, kind), RARE / columns)
        return Found(column, value=statistic, p=p, effect=effect, effect_chance=chance)
    if check.measure == "wasserstein":
        return Found(column, value=drift.wasserstein(*context.ordered(column)), note=note)
    before, now = context.ordered(column)
    statistic, p = drift.ks(before, now)
    chance = drift.ks_by_chance(before.size, now.size, RARE / columns)
    return Found(column, value=statistic, p=p, effect_chance=chance, note=note)


def _psi(
    context: Context, name: str | None, kind: str, columns: int, group: str | None = None, column: str | None = None
) -> Found:
    if name is None:
        raise Failed("The monitor does not say which column it is.")
    before, now = context.counted(name, kind)
    value = drift.psi(before, now)
    chance = drift.psi_by_chance(before, now, RARE / columns)
    return Found(
        column,
        group,
        value=value,
        p=drift.psi_p_value(value, before, now),
        chance=chance,
        effect_chance=chance,
        note=context.foreign(name) if kind == "numeric" else None,
    )


def _domain(check: Check, context: Context) -> Found:
    context.baseline.require()
    columns = chosen(check.columns, context.roles, None)
    rows = (context.baseline.table.rows, context.current.table.rows)
    most = estimate.most_rows(len(columns))
    half = most // 2
    counts = (min(rows[0], max(half, most - rows[1])), min(rows[1], max(half, most - rows[0])))
    if min(counts) == 0:
        raise Undefined("There are no rows to tell apart.")
    picked = tuple(estimate.sample(total, count) for total, count in zip(rows, counts, strict=True))
    found = matrices(context, columns, picked[0], picked[1])
    value = estimate.domain_auc(found.baseline, found.current)
    drawn = sum(counts) if counts != rows else None
    return Found(value=value, p=estimate.domain_auc_p(value, *counts), sample=drawn, note=found.note)
