"""What the tests of monitors share: a small monitor with data, and evaluations that nobody computed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlops_ext.monitoring.document import written
from mlops_ext.monitoring.files import Monitor, load
from mlops_ext.paths import find_workspace
from mlops_ext.store.documents import timestamp
from mlops_ext.store.evaluations import new_id

CHECKS: dict[str, Any] = {
    "acc": {"measure": "accuracy", "warn": {"below": 0.8}, "alert": {"below": 0.6}},
    "many": {"measure": "rows", "alert": {"below": 5}},
}


def document(**changed: Any) -> dict[str, Any]:
    """A monitor that is quickly evaluated; its labels come apart."""
    return {
        "version": 1,
        "model": {"name": "churn", "path": "model.bin"},
        "problem": "binary",
        "columns": {"features": {"age": "numeric"}, "id": "id", "target": "label", "prediction": "pred"},
        "baseline": {"path": "reference.csv"},
        "batches": {"path": "scored/*.csv", "labels": {"path": "labels/*.csv"}, "min_rows": 10},
        "checks": CHECKS,
        "refresh": {"pipeline": "refresh.pipeline"},
        **changed,
    }


def write_monitor(folder: Path, name: str = "m.monitor", **changed: Any) -> Path:
    """The monitor's file with a model, a baseline and a refresh pipeline, in a workspace of its own."""
    (folder / ".mlops").mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(written(document(**changed)))
    (folder / "model.bin").write_bytes(b"first version")
    table(folder / "reference.csv", rows(range(40), labels=True))
    (folder / "refresh.sh").write_text("echo renewed > renewed.txt\n")
    pipeline = {"version": 1, "nodes": {"train": {"type": "script", "path": "refresh.sh"}}}
    (folder / "refresh.pipeline").write_text(json.dumps(pipeline))
    return file


def loaded(file: Path) -> Monitor:
    """The monitor of a file."""
    workspace = find_workspace(file)
    return load(workspace, file.relative_to(workspace.folder).as_posix())


def rows(ids: Iterable[int], *, labels: bool = False, right: bool = True) -> list[dict[str, Any]]:
    """Rows with predictions; labels that agree with them, or that mostly do not."""
    found = []
    for number in ids:
        row: dict[str, Any] = {"id": number, "age": 20 + number % 17, "pred": number % 2}
        if labels:
            row["label"] = number % 2 if right or number % 4 == 0 else 1 - number % 2
        found.append(row)
    return found


def table(path: Path, content: list[dict[str, Any]]) -> None:
    """Writes rows as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(content[0]))
        writer.writeheader()
        writer.writerows(content)


def batch(folder: Path, number: int) -> str:
    """A batch of twenty rows without labels; answers its id."""
    name = f"scored/{number:02}.csv"
    table(folder / name, rows(range(number * 100, number * 100 + 20)))
    return name


def labels(folder: Path, number: int, *, right: bool = True) -> None:
    """The labels of a batch."""
    found = rows(range(number * 100, number * 100 + 20), labels=True, right=right)
    table(folder / f"labels/{number:02}.csv", [{"id": row["id"], "label": row["label"]} for row in found])


def evaluation(
    batch: str, verdicts: Mapping[str, str], *, monitor: str = "m.monitor", key: str | None = None, **changed: Any
) -> dict[str, Any]:
    """An evaluation whose checks have these verdicts."""
    worst = [word for word in ("alert", "warn", "error", "ok") if word in verdicts.values()]
    metrics = [
        {
            "check": name,
            "kind": "quality",
            "measure": "accuracy",
            "column": None,
            "group": None,
            "value": {"ok": 0.9, "warn": 0.7, "alert": 0.5}.get(verdict),
            "baseline": 0.9,
            "p": None,
            "q": None,
            "threshold": 0.6,
            "sample": None,
            "verdict": verdict,
            "reason": None,
        }
        for name, verdict in verdicts.items()
    ]
    return {
        "version": 1,
        "monitor": monitor,
        "id": new_id(),
        "key": key or new_id(),
        "reused": False,
        "batch": batch,
        "model": "a" * 12,
        "baseline": "b" * 12,
        "rows": 20,
        "labelled": 20,
        "status": worst[0] if worst else "ok",
        "metrics": metrics,
        "alert": None,
        "error": None,
        "created": timestamp(),
        **changed,
    }
