"""From values to verdicts: thresholds, significance and effect, small batches, and the status of the whole.

Pure arithmetic on what the measures came to. A value that is not there is never beyond a threshold, and an evaluation
in which nothing could be computed is never good.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .catalogue import MEASURES
from .values import Check, Limit, Metric, Status, Verdict

RARE = 0.001
"""How often chance alone may exceed a limit in any of a check's columns."""


@dataclass(frozen=True, slots=True)
class Found:
    """What computing one measure, of a column or a group, came to; `problem` says why there is no value."""

    column: str | None = None
    group: str | None = None
    value: float | None = None
    baseline: float | None = None
    p: float | None = None
    effect: float | None = None
    """What a check's `effect` is held against, where that is not the value."""
    chance: float = 0.0
    """What the value exceeds by chance alone in one of a thousand batches: no limit lies below."""
    effect_chance: float = 0.0
    """The same of the effect."""
    sample: int | None = None
    problem: str | None = None
    failed: bool = False
    """Whether the problem is in the data or the monitor, and not that there is nothing to compute with."""
    unlabelled: bool = False
    """Whether the problem is that labels have not come."""
    note: str | None = None
    """What one should know of the value."""


def judge(check: Check, found: Sequence[Found], unjudged: str | None = None) -> list[Metric]:
    """The metrics of a check; its columns are corrected for each other. `unjudged` says why nothing is to be judged."""
    corrected = corrections(check.correction, [one.p for one in found])
    return [_metric(check, one, q, unjudged) for one, q in zip(found, corrected, strict=True)]


def corrections(kind: str, values: Sequence[float | None]) -> list[float | None]:
    """p-values corrected for their number; one that is not there counts for nothing."""
    known = [value for value in values if value is not None]
    method = {"bh": benjamini_hochberg, "bonferroni": bonferroni}.get(kind, list[float])
    results = iter(method(known))
    return [None if value is None else next(results) for value in values]


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """q-values: those below a level are false alarms to that share at most.

    q of the i-th smallest of m is the least of p_j m / j over all j from i on.
    Source: Benjamini and Hochberg, Controlling the false discovery rate (1995).
    """
    order = sorted(range(len(values)), key=lambda place: values[place], reverse=True)
    found, least = [1.0] * len(values), 1.0
    for passed, place in enumerate(order):
        least = min(least, values[place] * (len(values) / (len(values) - passed)))
        found[place] = least
    return found


def bonferroni(values: Sequence[float]) -> list[float]:
    """p times the number of values: none of those below a level is a false alarm, but with that probability."""
    return [min(1.0, value * len(values)) for value in values]


def status(metrics: Sequence[Metric], rows: int, min_rows: int, unlabelled: bool) -> Status:
    """What an evaluation says as a whole: the first that holds. `unlabelled`: a check lacks its labels."""
    verdicts = {metric.verdict for metric in metrics}
    if all(metric.value is None for metric in metrics):
        if "error" in verdicts or not metrics:
            return "error"
        return "too_few_rows" if rows < min_rows else "no_labels" if unlabelled else "error"
    if rows < min_rows:
        return "too_few_rows"
    for verdict in ("alert", "warn", "error"):
        if verdict in verdicts:
            return verdict
    return "no_labels" if unlabelled else "ok"


def _metric(check: Check, found: Found, q: float | None, unjudged: str | None) -> Metric:
    value = found.value if found.value is not None and math.isfinite(found.value) else None
    verdict: Verdict = "not_computed"
    threshold, reason = None, found.problem or found.note
    if value is None:
        verdict = "error" if found.failed else "not_computed"
        reason = found.problem or "The value is too large to be computed."
    elif unjudged is not None:
        reason = unjudged
    elif check.mode == "p_value" and q is None:
        reason = found.problem or "There is no probability for this value, so that it cannot be judged by one."
    elif check.mode == "delta" and found.baseline is None:
        reason = found.problem or "The baseline has no such value to compare with."
    else:
        verdict, threshold = _judged(check, found, value, q)
    return Metric(
        check=check.name,
        kind=MEASURES[check.measure].kind,
        measure=check.measure,
        column=found.column,
        group=found.group,
        value=value,
        baseline=found.baseline,
        p=found.p,
        q=q,
        threshold=threshold,
        sample=found.sample,
        verdict=verdict,
        reason=reason,
    )


def _judged(check: Check, found: Found, value: float, q: float | None) -> tuple[Verdict, float | None]:
    """The verdict, and the number that the value (by significance: q) was held against."""
    held = q if check.mode == "p_value" and q is not None else value
    alert, warn = _limit(check, check.alert, found), _limit(check, check.warn, found)
    effect = _above(check.effect, found.effect_chance)
    counts = effect is None or effect.beyond(value if found.effect is None else found.effect)
    if alert is not None and alert.beyond(held) and counts:
        return "alert", alert.nearest(held)
    if warn is not None and warn.beyond(held) and counts:
        return "warn", warn.nearest(held)
    shown = alert or warn
    return "ok", None if shown is None else shown.nearest(held)


def _limit(check: Check, limit: Limit | None, found: Found) -> Limit | None:
    """The limit in the unit of the value, and not below what chance alone does."""
    if limit is None or check.mode == "p_value":
        return limit
    if check.mode == "delta" and found.baseline is not None:
        limit = limit.moved(found.baseline)
    return _above(limit, found.chance)


def _above(limit: Limit | None, chance: float) -> Limit | None:
    """The limit, moved up to what chance alone does where it lies below."""
    if limit is None or limit.above is None or limit.above >= chance:
        return limit
    return Limit(above=chance, below=limit.below)
