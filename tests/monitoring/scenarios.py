"""Three stories of a model in production, as files, from a seed: `python -m tests.monitoring.scenarios NAME FOLDER`.

relation   buyers in their thirties become buyers in their forties from the fifth batch on: what customers are like
           does not change, what they do does. The model is wrong, and no feature tells.
features   from the fifth batch on customers visit more often, which says nothing of whether they buy: the
           data has changed and the model is as good as before.
late       labels come in files of their own, a week after the batch: `labels FOLDER` brings those of all batches.

Each writes a monitor with the default checks, its baseline, batches and model, and a pipeline that refreshes it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = list[list[Any]]

NAMES = ("relation", "features", "late")
BATCHES = 8
CHANGE = 5
"""The first batch in which something is otherwise."""
ROWS = 500
BASELINE = 3000
COLUMNS = ("id", "age", "income", "visits", "channel", "sex", "buys", "said", "score")


def customers(count: int, seed: int, first: int = 0, thirties: bool = True, visits: float = 0.0) -> Rows:
    """Customers, what the model says of them, and whether they buy, in the order of COLUMNS."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 70, count)
    income = random.gamma(4.0, 800.0, count)
    often = random.normal(10.0 + visits, 3.0, count)
    channel = random.choice(["web", "shop", "phone"], count, p=[0.6, 0.3, 0.1])
    sex = random.choice(["f", "m"], count)
    score = _probability(age, income, 30)
    truth = random.random(count) < _probability(age, income, 30 if thirties else 40)
    columns = (
        range(first, first + count),
        age.tolist(),
        np.round(income, 2).tolist(),
        np.round(often, 2).tolist(),
        channel.tolist(),
        sex.tolist(),
        truth.astype(int).tolist(),
        (score >= 0.5).astype(int).tolist(),
        np.round(score, 4).tolist(),
    )
    return [list(row) for row in zip(*columns, strict=True)]


def monitor(name: str) -> dict[str, Any]:
    """The monitor of a story; it names no checks, so that the defaults hold."""
    document: dict[str, Any] = {
        "version": 1,
        "description": "Who will buy?",
        "model": {"name": name, "path": "model.joblib"},
        "problem": "binary",
        "columns": {
            "features": {"age": "numeric", "income": "numeric", "visits": "numeric", "channel": "category"},
            "id": "id",
            "target": "buys",
            "prediction": "said",
            "score": "score",
            "positive": 1,
            "favourable": [1],
            "sensitive": [{"column": "sex", "monitored": ["f"], "reference": ["m"]}],
        },
        "baseline": {"path": "reference.csv"},
        "batches": {"path": "scored/*.csv", "min_rows": 100},
        "refresh": {"pipeline": "refresh.pipeline"},
    }
    if name == "late":
        document["batches"]["labels"] = {"path": "labels/*.csv"}
        document["batches"]["label_delay"] = "7d"
    return document


def make(name: str, folder: Path, batches: int = BATCHES) -> Path:
    """Writes a story into a folder; the path of its monitor."""
    (folder / "scored").mkdir(parents=True, exist_ok=True)
    _write(folder / "reference.csv", customers(BASELINE, seed=1), COLUMNS)
    for number in range(1, batches + 1):
        wanted = tuple(column for column in COLUMNS if name != "late" or column != "buys")
        _write(folder / "scored" / f"{number:02}.csv", batch(name, number), wanted)
    (folder / "model.joblib").write_bytes(b"The first model: buyers are in their thirties.\n")
    _refresh(folder)
    path = folder / f"{name}.monitor"
    path.write_text(json.dumps(monitor(name), indent=2) + "\n", encoding="utf-8")
    return path


def batch(name: str, number: int) -> Rows:
    """The customers of a batch of a story."""
    changed = number >= CHANGE
    return customers(
        ROWS,
        seed=100 + number,
        first=number * 10_000,
        thirties=not (name == "relation" and changed),
        visits=2.0 if name == "features" and changed else 0.0,
    )


def bring_labels(folder: Path, numbers: range = range(1, BATCHES + 1)) -> None:
    """Writes the labels of batches of the story `late`."""
    (folder / "labels").mkdir(exist_ok=True)
    for number in numbers:
        _write(folder / "labels" / f"{number:02}.csv", batch("late", number), ("id", "buys"))


def _probability(age: NDArray[Any], income: NDArray[Any], decade: int) -> NDArray[np.float64]:
    buyers = np.where((age >= decade) & (age < decade + 10), 1.6, -1.8)
    return np.asarray(1 / (1 + np.exp(-(buyers + (income - 3200) / 2000))), dtype=np.float64)


def _write(path: Path, rows: Rows, wanted: tuple[str, ...]) -> None:
    places = [COLUMNS.index(column) for column in wanted]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(wanted)
        writer.writerows([row[place] for place in places] for row in rows)


def _refresh(folder: Path) -> None:
    """A pipeline that makes a new model: one notebook, without scikit-learn, so that it is done in a moment."""
    source = 'from pathlib import Path\nPath("candidate.joblib").write_text("buyers are in their forties")'
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": "train",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": source,
            }
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "train.ipynb").write_text(json.dumps(notebook, indent=1) + "\n", encoding="utf-8")
    pipeline = {
        "version": 1,
        "nodes": {"train": {"type": "notebook", "path": "train.ipynb", "outputs": ["candidate.joblib"]}},
        "layout": {"train": [0, 0]},
    }
    (folder / "refresh.pipeline").write_text(json.dumps(pipeline, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """`NAME FOLDER` or `labels FOLDER`."""
    commands: dict[str, Callable[[Path], object]] = {name: partial(make, name) for name in NAMES}
    commands["labels"] = bring_labels
    if len(arguments) != 2 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    commands[arguments[0]](Path(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
