"""A monitor proposed from data: which column plays which part, by its name and by what it holds.

A proposal is a draft that a person looks through; `notes` say what was guessed and what is left open.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..model import Json
from .data import as_numbers, as_words, read
from .measures.arrays import Numbers, Words

MODELS = (".joblib", ".pkl", ".pickle", ".onnx", ".json", ".ubj", ".cbm", ".pt", ".keras", ".skops")
MOST_CATEGORIES = 50
_NAMES = {
    "id": re.compile(
        r"^(id|uuid|guid|key|index|row|row_?number|unnamed: 0)$|_(id|uuid|key)$|^(customer|user|client|order|case)$"
    ),
    "time": re.compile(
        r"^(ts|time|date|datetime|timestamp|day|month|created|updated)$|_(at|ts|time|date|timestamp)$|^(date|time)_"
    ),
    "prediction": re.compile(
        r"^(pred|predicted|prediction|y_?pred|y_?hat|yhat|forecast)$|^(pred|predicted|prediction)_|_(pred|prediction|hat)$"
    ),
    "score": re.compile(
        r"^(score|proba|prob|probability|p1|p_1|y_?score|y_?proba)$|^(score|proba|prob|probability|p)_|_(score|proba|prob|probability)$"
    ),
    "target": re.compile(
        r"^(label|target|y|y_?true|truth|actual|outcome|class|response|churn|churned|default|fraud)$|_(label|target|truth|actual)$"
    ),
    "sensitive": re.compile(
        r"^(sex|gender|race|ethnicity|religion|nationality|disability|age_?group|marital_?status)$"
    ),
}
_POSITIVE = ("1", "true", "yes", "y", "positive", "churn", "fraud", "default", "bad", "good")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it was recognised."""

    name: str
    kind: str
    role: str
    """`feature id time target prediction score sensitive` or `ignored`."""
    unique: int
    missing: float
    example: str | None
    words: Words
    numbers: Numbers | None

    def json(self) -> dict[str, Json]:
        """The column as the form shows it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "role": self.role,
            "unique": self.unique,
            "missing": self.missing,
            "example": self.example,
        }


def propose(path: Path, folder: Path) -> dict[str, Json]:
    """A monitor of the data in a file; `folder` is where the monitor will lie."""
    frame = read(path, None, "file")
    columns = _recognised([_column(frame, str(name)) for name in frame.columns])
    problem = _problem(columns)
    notes: list[Json] = list(_notes(columns, problem))
    model = _model(folder, notes)
    document: dict[str, Json] = {
        "version": 1,
        "model": {"name": model.rpartition("/")[2].rpartition(".")[0] or "model", "path": model},
        "problem": problem,
        "columns": _parts(columns, problem),
        "baseline": {"path": _relative(path, folder)},
        "batches": {"path": _pattern(path, folder)},
    }
    shown: list[Json] = [column.json() for column in columns]
    return {"version": 1, "document": document, "columns": shown, "notes": notes}


def _column(frame: pd.DataFrame, name: str) -> Column:
    series = frame[name]
    words = as_words(series)
    numbers, others = as_numbers(series)
    numeric = others is None and not np.isnan(numbers).all()
    unique = int(np.unique(words.codes[words.present]).size)
    first = words.codes[words.present][:1].tolist()
    return Column(
        name=name,
        kind=_kind(words, unique, numeric, len(frame)),
        role=next((role for role, pattern in _NAMES.items() if pattern.search(name.lower())), "feature"),
        unique=unique,
        missing=float((~words.present).mean()) if len(frame) else 0.0,
        example=words.names[first[0]][:80] if first else None,
        words=words,
        numbers=numbers if numeric else None,
    )


def _kind(words: Words, unique: int, numeric: bool, rows: int) -> str:
    if numeric:
        return "numeric" if unique > 2 else "category"
    return "category" if unique <= max(MOST_CATEGORIES, rows // 100) else "text"


def _recognised(columns: Sequence[Column]) -> list[Column]:
    """The columns with roles that their values allow, each role but features once (scores: one for each class)."""
    found: list[Column] = []
    taken: set[str] = set()
    for column in columns:
        role = column.role if _allowed(column) else "feature"
        if role in taken and role not in ("feature", "score", "sensitive"):
            role = "feature"
        if role == "feature" and (column.kind == "text" or column.unique < 2):
            role = "ignored"
        taken.add(role)
        found.append(_as(column, role))
    return found


def _allowed(column: Column) -> bool:
    filled = int(column.words.present.sum())
    if column.role == "id":
        return filled > 0 and column.unique == filled
    if column.role == "score":
        values = column.numbers
        if values is None:
            return False
        known = values[~np.isnan(values)]
        return bool(known.size and ((known >= 0) & (known <= 1)).all())
    if column.role == "sensitive":
        return column.kind == "category"
    return True


def _as(column: Column, role: str) -> Column:
    return Column(
        column.name,
        "category" if role in ("id", "sensitive") and column.kind == "text" else column.kind,
        role,
        column.unique,
        column.missing,
        column.example,
        column.words,
        column.numbers,
    )


def _named(columns: Sequence[Column], role: str) -> list[Column]:
    return [column for column in columns if column.role == role]


def _problem(columns: Sequence[Column]) -> str:
    for role in ("target", "prediction"):
        for column in _named(columns, role):
            if column.unique <= 2:
                return "binary"
            if column.numbers is None or (column.unique <= 20 and _whole(column.numbers)):
                return "multiclass"
            return "regression"
    return "multiclass" if len(_named(columns, "score")) > 2 else "binary"


def _whole(numbers: Numbers) -> bool:
    known = numbers[np.isfinite(numbers)]
    return bool((known == np.floor(known)).all())


def _parts(columns: Sequence[Column], problem: str) -> dict[str, Json]:
    features: dict[str, Json] = {
        column.name: "numeric" if column.kind == "numeric" else "category"
        for column in columns
        if column.role in ("feature", "sensitive")
    }
    found: dict[str, Json] = {"features": features}
    for role in ("id", "time", "target", "prediction"):
        for column in _named(columns, role):
            found[role] = column.name
    scores = _named(columns, "score")
    if problem == "binary" and scores:
        found["score"] = scores[0].name
    elif problem == "multiclass" and scores:
        classes = _class_scores(columns, scores)
        if classes:
            found["score"] = classes
    positive = _positive(columns) if problem == "binary" else None
    if positive is not None:
        found["positive"] = positive
        found["favourable"] = [positive]
    groups: list[Json] = [group for column in _named(columns, "sensitive") if (group := _group(column)) is not None]
    if groups and "favourable" in found:
        found["sensitive"] = groups
    return found


def _class_scores(columns: Sequence[Column], scores: Sequence[Column]) -> dict[str, Json]:
    """The column of each class, found by the class at the end of its name."""
    classes: set[str] = set()
    for column in (*_named(columns, "target"), *_named(columns, "prediction")):
        classes |= {column.words.names[code] for code in np.unique(column.words.codes[column.words.present])}
    found: dict[str, Json] = {}
    for name in sorted(classes):
        for score in scores:
            if score.name.lower().endswith(name.lower()):
                found[name] = score.name
    return found if len(found) == len(classes) else {}


def _positive(columns: Sequence[Column]) -> Json:
    for column in (*_named(columns, "target"), *_named(columns, "prediction")):
        names = [column.words.names[code] for code in np.unique(column.words.codes[column.words.present])]
        known = [name for wanted in _POSITIVE for name in names if name.lower() == wanted]
        chosen = known[0] if known else max(names, default=None)
        if chosen is not None:
            return int(chosen) if re.fullmatch(r"-?[0-9]{1,15}", chosen) else chosen
    return None


def _group(column: Column) -> Json:
    """The smaller groups are monitored, the largest is the reference."""
    counts = np.bincount(column.words.codes[column.words.present], minlength=len(column.words.names))
    order = [column.words.names[place] for place in np.argsort(-counts, kind="stable").tolist() if counts[place]]
    if not 2 <= len(order) <= 20:
        return None
    monitored: list[Json] = list(sorted(order[1:]))
    return {"column": column.name, "monitored": monitored, "reference": [order[0]]}


def _notes(columns: Sequence[Column], problem: str) -> list[str]:
    found = []
    ignored = _named(columns, "ignored")
    if ignored:
        found.append(f"Left out, as texts or without two values: {', '.join(column.name for column in ignored)}.")
    if not _named(columns, "target"):
        found.append("No column with labels was recognised: quality cannot be computed until one is named.")
    if not _named(columns, "prediction") and not _named(columns, "score"):
        found.append("No column with predictions or scores was recognised.")
    if not _named(columns, "id"):
        found.append("No id was recognised: labels that come later need one to be joined by.")
    if _named(columns, "sensitive"):
        found.append("Groups and favourable outcomes are guesses: look whether they say what you mean.")
    return found


def _model(folder: Path, notes: list[Json]) -> str:
    names = sorted(path.name for path in folder.glob("*") if path.suffix in MODELS and path.is_file())
    preferred = [name for name in names if "model" in name.lower() and not name.endswith(".json")]
    others = [name for name in names if not name.endswith(".json")]
    if preferred or others:
        return (preferred or others)[0]
    notes.append("No file of a model was found beside the monitor: model.joblib is a placeholder.")
    return "model.joblib"


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _pattern(path: Path, folder: Path) -> str:
    """Files that are named alike, but for their number, or all in the folder."""
    name = re.sub(r"[0-9]+(?:[-_.][0-9]+)*", "*", path.stem)
    if "*" not in name:
        name = "scored/*" if path.parent.resolve() == folder.resolve() else "*"
    return _relative(path.parent / f"{name}{path.suffix}", folder)
