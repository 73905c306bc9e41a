"""One evaluation: a monitor's checks over a batch.

Whatever is wrong with the data becomes a verdict and a sentence, and the other checks are still computed; only
what cannot be read at all leaves nothing to say but an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import MlopsError
from ..model import Json
from ..paths import Workspace
from . import defaults
from .catalogue import MEASURES
from .compute import drift, estimates, fairness, health, quality
from .compute.context import Context
from .data import Sides, load
from .detail import detail
from .roles import Roles
from .values import MIN_ROWS, Batch, Check, Metric
from .verdict import Found, judge, status

_COMPUTE: dict[tuple[str, str], Callable[[Check, Context], list[Found]]] = {
    ("quality", "model"): quality.found,
    ("drift", "feature"): drift.of_features,
    ("drift", "table"): drift.of_all,
    ("prediction_drift", "model"): drift.of_output,
    ("estimate", "model"): estimates.found,
    ("fairness", "group"): fairness.found,
    ("data_quality", "feature"): health.of_columns,
    ("data_quality", "table"): health.of_table,
}


def evaluate(workspace: Workspace, folder: Path, document: Mapping[str, Any], batch: Batch) -> dict[str, Json]:
    """What there is to say of a batch: `rows`, `labelled`, `status`, `metrics`, `error` and `detail`.

    The document is valid; `folder` is where the monitor lies.
    """
    try:
        sides = load(workspace, folder, document, batch)
    except MlopsError as error:
        return _nothing(error)
    return compare(document, sides)


def compare(document: Mapping[str, Any], sides: Sides) -> dict[str, Json]:
    """The same of tables that have been read."""
    roles = Roles.read(document)
    context = Context(sides, roles)
    contents = document.get("checks")
    contents = defaults.checks(document) if contents is None else contents
    metrics: list[Metric] = []
    unlabelled = False
    for name, content in contents.items():
        check = Check.read(name, content)
        judged, lacks = _checked(check, context, content, document)
        metrics += judged
        unlabelled |= lacks
    rows, least = sides.current.rows, _least(document)
    unread = sides.no_baseline or sides.no_labels
    found = status(metrics, rows, least, unlabelled)
    error = _uncomputed(metrics, rows, least, unlabelled)
    return {
        "rows": rows,
        "labelled": int(context.current.labelled.sum()),
        "status": found if unread is None else "error",
        "metrics": [metric.json() for metric in metrics],
        "error": error if unread is None else _error(unread.code, unread.message, unread.hint),
        "detail": detail(context),
    }


def _checked(
    check: Check, context: Context, content: Mapping[str, Any], document: Mapping[str, Any]
) -> tuple[list[Metric], bool]:
    """The metrics of a check, and whether it lacks labels."""
    measure = MEASURES[check.measure]
    rows = context.current.table.rows
    labelled = int(context.current.labelled.sum())
    least = max(_least(document), content.get("min_rows", 0))
    unjudged, lacks = None, False
    if rows < least and check.measure != "rows":
        unjudged = f"A batch of {rows} rows is not judged; it takes {least}."
    elif measure.labels and 0 < labelled < least:
        unjudged = f"Only {labelled} rows have labels so far; it takes {least} to judge by them."
        lacks = True
    found = _COMPUTE[measure.kind, measure.per](check, context)
    lacks = lacks or any(one.unlabelled for one in found)
    delay = document["batches"].get("label_delay")
    if delay is not None:
        found = [_awaited(one, delay) for one in found]
    return judge(check, found, unjudged), lacks


def _awaited(found: Found, delay: str) -> Found:
    if not found.unlabelled:
        return found
    return replace(found, problem=f"{found.problem} They take {delay} to come.")


def _least(document: Mapping[str, Any]) -> int:
    return int(document["batches"].get("min_rows", MIN_ROWS))


def _uncomputed(metrics: list[Metric], rows: int, least: int, unlabelled: bool) -> Json:
    """The error of an evaluation in which nothing could be computed."""
    if status(metrics, rows, least, unlabelled) != "error" or any(metric.value is not None for metric in metrics):
        return None
    if not metrics:
        return _error(
            "no-checks", "There is nothing to compute.", "Name features, scores or predictions under columns."
        )
    first = next((metric.reason for metric in metrics if metric.verdict == "error"), metrics[0].reason)
    return _error("nothing-computed", f"No check could be computed. {first}", "The reasons stand with each check.")


def _error(code: str, message: str, hint: str) -> dict[str, Json]:
    return {"code": code, "message": message, "hint": hint}


def _nothing(error: MlopsError) -> dict[str, Json]:
    return {
        "rows": 0,
        "labelled": 0,
        "status": "error",
        "metrics": [],
        "error": _error(error.code, error.message, error.hint),
        "detail": None,
    }
