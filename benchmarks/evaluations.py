"""Ten thousand evaluations: how long at the server what the screen of a monitor asks for takes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks.history import ask, server, workspace_of_many
from benchmarks.measure import Row, answered
from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.defaults import checks
from mlops_ext.paths import register, workspace_at
from mlops_ext.store import Store
from mlops_ext.store.evaluations import new_id

EVALUATIONS = 10_000
ASKED = 20
LIMIT = 0.2
MONITOR = "churn.monitor"
FEATURES = {f"n{number}": "numeric" for number in range(7)} | {f"c{number}": "category" for number in range(3)}


def filled(folder: Path, count: int = EVALUATIONS) -> str:
    """A monitor of ten features with as many batches, each evaluated by the default checks; answers its path.

    Some values are beyond their thresholds, and now and then there is another model or baseline.
    """
    dice = random.Random(0)
    document: dict[str, Any] = {
        "version": 1,
        "model": {"name": "churn", "path": "model.bin"},
        "problem": "binary",
        "columns": {"features": FEATURES, "id": "id", "target": "label", "prediction": "said", "score": "score"},
        "baseline": {"path": "reference.csv"},
        "batches": {"path": "scored/*.csv"},
    }
    (folder / MONITOR).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (folder / "scored").mkdir()
    what = list(_what(document))
    workspace = workspace_at(folder)
    with Store.open(workspace) as store, store.transaction():
        for number in range(count):
            batch = f"scored/{number:05}.csv"
            (folder / batch).write_text("id,said\n1,0\n", encoding="utf-8")
            store.add_evaluation(_evaluation(dice, number, batch, what), alert=None)
    register(workspace)
    return MONITOR


def _what(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the default checks have a value of."""
    for name, check in checks(document).items():
        measure = MEASURES[check["measure"]]
        columns: list[str | None] = [None]
        if measure.per == "feature":
            columns = [column for column, kind in FEATURES.items() if measure.of in (None, kind)]
        for column in columns:
            yield {"check": name, "kind": measure.kind, "measure": check["measure"], "column": column, "group": None}


def _evaluation(dice: random.Random, number: int, batch: str, what: list[dict[str, Any]]) -> dict[str, Any]:
    metrics = [
        {
            **one,
            "value": dice.random(),
            "baseline": 0.9,
            "p": 0.5,
            "q": 0.7,
            "threshold": 0.5,
            "sample": 500,
            "verdict": dice.choices(("ok", "warn", "alert", "not_computed"), (90, 5, 4, 1))[0],
            "reason": None,
        }
        for one in what
    ]
    return {
        "version": 1,
        "monitor": MONITOR,
        "id": new_id(),
        "key": new_id(),
        "reused": False,
        "batch": batch,
        "model": f"{number // 1000:012x}",
        "baseline": f"{number // 3000:012x}",
        "rows": 500,
        "labelled": 500,
        "status": "ok",
        "metrics": metrics,
        "alert": None,
        "error": None,
        "created": f"2026-{number // 900 + 1:02}-{number // 32 % 28 + 1:02}T{number % 24:02}:00:00.000Z",
    }


def measured(evaluations: int, asked: int) -> dict[str, list[float]]:
    """Seconds that each question of the screen took, asked of a server over so many evaluations."""
    with workspace_of_many() as folder:
        monitor = filled(folder, evaluations)
        with server(folder) as (address, headers):
            one = f"{address}/monitors/{quote(monitor, safe='')}"
            questions = {
                "the list of monitors": f"{address}/monitors",
                "one monitor": one,
                "its series": f"{one}/series",
                "a page of its evaluations": f"{one}/evaluations?limit=200",
            }
            return {what: [ask(url, headers)[0] for _ in range(asked)] for what, url in questions.items()}


def ten_thousand_evaluations() -> list[Row]:
    """Over HTTP, with everything that a browser's request goes through."""
    found = measured(EVALUATIONS, ASKED)
    of = f"{EVALUATIONS:,} evaluations of ten features"
    return [answered(f"{of}: {what}", times, LIMIT) for what, times in found.items()]
