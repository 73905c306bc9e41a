"""Which column of the data plays which part, as a monitor's document tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..model import Json
from .values import Problem


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A column with a group that is looked after and one that it is compared with."""

    column: str
    monitored: tuple[str, ...]
    reference: tuple[str, ...]

    @property
    def label(self) -> str:
        """The monitored group, for people."""
        return ", ".join(self.monitored)


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a monitor; values of classes are texts, as in the data (`word`)."""

    problem: Problem
    features: Mapping[str, str]
    id: str | None
    target: str | None
    prediction: str | None
    score: str | None
    """Of a binary model."""
    scores: Mapping[str, str]
    """Of several classes: the column of each."""
    positive: str | None
    favourable: tuple[str, ...]
    sensitive: tuple[Sensitive, ...]
    others: frozenset[str]
    """Columns that only checks speak of."""

    @staticmethod
    def read(document: Mapping[str, Any]) -> Roles:
        """The columns of a monitor's document."""
        columns = document["columns"]
        score = columns.get("score")
        checked = {name for check in (document.get("checks") or {}).values() for name in check.get("columns", ())}
        return Roles(
            problem=document["problem"],
            features=columns["features"],
            id=columns.get("id"),
            target=columns.get("target"),
            prediction=columns.get("prediction"),
            score=score if isinstance(score, str) else None,
            scores={word(name): column for name, column in score.items()} if isinstance(score, dict) else {},
            positive=word(columns["positive"]) if "positive" in columns else None,
            favourable=tuple(word(value) for value in columns.get("favourable", ())),
            sensitive=tuple(
                Sensitive(
                    one["column"],
                    tuple(word(value) for value in one["monitored"]),
                    tuple(word(value) for value in one["reference"]),
                )
                for one in columns.get("sensitive", ())
            ),
            others=frozenset(checked - set(columns["features"])),
        )

    @property
    def numbers(self) -> frozenset[str]:
        """The columns that are read as numbers."""
        found = {name for name, kind in self.features.items() if kind == "numeric"} | set(self.scores.values())
        found |= {self.score} if self.score is not None else set()
        if self.problem == "regression":
            found |= {name for name in (self.target, self.prediction) if name is not None}
        return frozenset(found)

    @property
    def words(self) -> frozenset[str]:
        """The columns that are read as categories; one can be both."""
        found = {name for name, kind in self.features.items() if kind != "numeric"}
        found |= {one.column for one in self.sensitive}
        found |= {self.id} if self.id is not None else set()
        if self.problem != "regression":
            found |= {name for name in (self.target, self.prediction) if name is not None}
        return frozenset(found | (self.others - self.numbers))


def word(value: Json) -> str:
    """A value of a category as a text: 1, 1.0 and "1.0" are the same, and so are true and "True"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = value if isinstance(value, str) else str(value)
    if text in ("True", "False", "TRUE", "FALSE"):
        return text.lower()
    whole, point, rest = text.partition(".")
    if point and rest and not rest.strip("0") and whole.lstrip("-").isdecimal() and whole.isascii():
        return whole
    return text
