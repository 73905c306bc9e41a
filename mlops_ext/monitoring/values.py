"""The words of monitoring as values: batches, checks, metrics.

Nothing here is heavy, so that the server may use it. A monitor's document has
been checked against its schema before anything here reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..model import Json

Problem: TypeAlias = Literal["binary", "multiclass", "regression"]
Kind: TypeAlias = Literal["quality", "drift", "prediction_drift", "estimate", "fairness", "data_quality"]
Verdict: TypeAlias = Literal["ok", "warn", "alert", "not_computed", "error"]
Status: TypeAlias = Literal["error", "too_few_rows", "alert", "warn", "no_labels", "ok"]
Mode: TypeAlias = Literal["absolute", "delta", "p_value"]

MIN_ROWS = 100
"""Fewer rows are not judged, where the monitor doesn't say how many are enough."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One portion of current data: a file, or the rows of a table that have one value in a column."""

    id: str
    path: str
    """Relative to the monitor's folder, with `/`."""
    value: str | None
    """Which rows of the file, where the monitor splits it `by` a column."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a value is beyond what is wanted: above or below a number, or outside two."""

    above: float | None = None
    below: float | None = None

    @staticmethod
    def read(content: Mapping[str, Any] | None) -> Limit | None:
        """A limit from a monitor's document: {"above": x}, {"below": x} or {"outside": [low, high]}."""
        if content is None:
            return None
        if "outside" in content:
            low, high = content["outside"]
            return Limit(above=float(high), below=float(low))
        above, below = content.get("above"), content.get("below")
        return Limit(None if above is None else float(above), None if below is None else float(below))

    def beyond(self, value: float) -> bool:
        """Whether a value is beyond; on the limit it is not."""
        return (self.above is not None and value > self.above) or (self.below is not None and value < self.below)

    def nearest(self, value: float) -> float:
        """The number that a value is told to have been held against."""
        numbers = [number for number in (self.below, self.above) if number is not None]
        return min(numbers, key=lambda number: abs(number - value))

    def moved(self, by: float) -> Limit:
        """The same limit, counted from another origin."""
        return Limit(
            None if self.above is None else self.above + by,
            None if self.below is None else self.below + by,
        )


@dataclass(frozen=True, slots=True)
class Check:
    """A measure and what its value may be."""

    name: str
    measure: str
    mode: Mode
    columns: tuple[str, ...] | None
    """None: all features that the measure is made for."""
    average: str | None
    correction: str
    effect: Limit | None
    warn: Limit | None
    alert: Limit | None

    @staticmethod
    def read(name: str, content: Mapping[str, Any]) -> Check:
        """A check from a monitor's document."""
        columns = content.get("columns")
        return Check(
            name=name,
            measure=content["measure"],
            mode=content.get("mode", "absolute"),
            columns=None if columns is None else tuple(columns),
            average=content.get("average"),
            correction=content.get("correction", "none"),
            effect=Limit.read(content.get("effect")),
            warn=Limit.read(content.get("warn")),
            alert=Limit.read(content.get("alert")),
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """What a check came to: one value, of a column or of a group where the measure has such."""

    check: str
    kind: Kind
    measure: str
    column: str | None = None
    group: str | None = None
    value: float | None = None
    baseline: float | None = None
    p: float | None = None
    q: float | None = None
    """`p` corrected for the number of columns."""
    threshold: float | None = None
    """What the value (by significance: q) was held against."""
    sample: int | None = None
    """How many rows were drawn, where not all were used."""
    verdict: Verdict = "not_computed"
    reason: str | None = None

    def json(self) -> dict[str, Json]:
        """The metric as commands and routes answer it."""
        return {
            "check": self.check,
            "kind": self.kind,
            "measure": self.measure,
            "column": self.column,
            "group": self.group,
            "value": self.value,
            "baseline": self.baseline,
            "p": self.p,
            "q": self.q,
            "threshold": self.threshold,
            "sample": self.sample,
            "verdict": self.verdict,
            "reason": self.reason,
        }
