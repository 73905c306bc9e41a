"""What Airflow says of a task, in our words. Pure: no call, no clock.

States come as raw JSON and may be any text: one that is not known here is shown as
running, with a sentence, and never stops anything. What the task itself said of its
end (its outcome) is believed for results and reasons, and Airflow for whether it
ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ...states import REASONS

NODE_STATES: Mapping[str | None, tuple[str, str | None]] = {
    None: ("queued", None),
    "none": ("queued", None),
    "no_status": ("queued", None),
    "scheduled": ("queued", None),
    "queued": ("queued", None),
    "up_for_retry": ("queued", "retry"),
    "running": ("running", None),
    "restarting": ("running", None),
    "up_for_reschedule": ("running", None),
    "deferred": ("running", None),
    "awaiting_input": ("waiting", None),
    "success": ("succeeded", None),
    "failed": ("failed", "error"),
    "upstream_failed": ("skipped", "upstream"),
    "skipped": ("skipped", "condition"),
    "removed": ("cancelled", None),
}
RUN_OVER = ("success", "failed")
RUN_ACTIVE = ("queued", "running")
NO_OUTCOME = "Airflow ended the task before it could say what became of it."
REMOVED = "The task was taken out of the DAG in Airflow while the run went on."


@dataclass(frozen=True)
class Seen:
    """A task as Airflow shows it, in our words."""

    state: str
    reason: str | None
    attempt: int
    """The attempt that it is in, or was last."""
    started: str | None
    finished: str | None
    seconds: float | None
    unknown: str | None = None
    """The state's name in Airflow if nothing here knows it."""


@dataclass(frozen=True)
class Ending:
    """What became of an attempt."""

    state: str
    reason: str | None
    results: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    cell: int | None = None
    cells: int | None = None
    seconds: float | None = None
    notebook: bool = False


def seen(instance: Mapping[str, Any]) -> Seen:
    """A task instance of Airflow's API."""
    name = instance.get("state")
    known = NODE_STATES.get(name) if name is None or isinstance(name, str) else None
    state, reason = known or ("running", None)
    return Seen(
        state,
        reason,
        _whole(instance.get("try_number")),
        moment(instance.get("start_date")),
        moment(instance.get("end_date")),
        _seconds(instance.get("duration")),
        None if known is not None else str(name)[:80],
    )


def ending(shown: Seen, outcome: Mapping[str, Any] | None, *, cancelled: bool) -> Ending:
    """How an attempt ended, from Airflow's word and the task's own; `cancelled`: somebody asked for it."""
    told = outcome if isinstance(outcome, Mapping) else {}
    found: dict[str, Any] = {
        "results": _object(told.get("results")),
        "outputs": {name: entry for name, entry in _object(told.get("outputs")).items() if _is_output(entry)},
        "cell": _optional(told.get("cell")),
        "cells": _optional(told.get("cells")),
        "seconds": shown.seconds if shown.seconds is not None else _seconds(told.get("seconds")),
        "notebook": isinstance(told.get("notebook"), str),
    }
    # To Airflow the task of a disabled node succeeds, so that those behind it run.
    disabled = told.get("state") == "skipped" and told.get("reason") == "disabled"
    if shown.state == "succeeded" and not disabled:
        return Ending("succeeded", None, **found)
    if shown.state in ("succeeded", "skipped"):
        if cancelled:
            return Ending("cancelled", None)
        reason = told.get("reason") if told.get("state") == "skipped" else None
        found["results"] = found["results"] if reason == "disabled" else {}
        return Ending("skipped", reason if reason in REASONS["skipped"] else shown.reason, **found)
    if cancelled or shown.state == "cancelled":
        error = None if cancelled else error_document("removed", REMOVED)
        return Ending("cancelled", None, error=error, **found)
    error = _error(told.get("error")) if told.get("state") == "failed" else None
    if error is None:
        hint = "The log may tell more, and Airflow's own page."
        return Ending("failed", "killed", error=error_document("no-outcome", NO_OUTCOME, hint), **found)
    reason = told.get("reason")
    return Ending("failed", reason if reason in REASONS["failed"] else "error", error=error, **found)


def error_document(code: str, message: str, hint: str | None = None) -> dict[str, Any]:
    """An error as runs and nodes tell it."""
    return {"code": code, "message": message, "hint": hint, "cell": None, "exit_code": None}


def moment(text: Any) -> str | None:
    """A time of Airflow's as ours are written; None for what is no time."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("message"), str):
        return None
    hint, code = value.get("hint"), value.get("code")
    exit_code = value.get("exit_code")
    return {
        "code": code if isinstance(code, str) else "error",
        "message": value["message"],
        "hint": hint if isinstance(hint, str) else None,
        "cell": _optional(value.get("cell")),
        "exit_code": exit_code if isinstance(exit_code, int) and not isinstance(exit_code, bool) else None,
    }


def _is_output(entry: Any) -> bool:
    return isinstance(entry, Mapping) and set(entry) == {"sha256", "bytes"}


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000 else 0


def _optional(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        return None
    return round(float(value), 3)
