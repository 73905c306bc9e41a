"""The structured log of a task as text: what its program printed, as it printed it."""

from __future__ import annotations

import json
from typing import Any

OUTCOME = "mlops-ext outcome "
"""A task that failed logs its outcome in a line that begins so (worker/dag_program.py)."""
_LOUD = {"warning": "WARNING", "error": "ERROR", "critical": "CRITICAL"}
_SOURCES = "::group::Log message source details"
_GROUPS = ("::group::", "::endgroup::")


def text_of(content: Any) -> str:
    """Lines of a page: times are dropped, levels from warning up kept, tracebacks written out."""
    if not isinstance(content, list):
        return ""
    lines: list[str] = []
    in_sources = False
    for entry in content:
        event = str(entry.get("event", "")) if isinstance(entry, dict) else ""
        # Where Airflow found the log, on its machines, is no part of it.
        in_sources = event.startswith(_SOURCES) or (in_sources and not event.startswith("::endgroup::"))
        if not in_sources:
            lines += _lines(entry)
    return "".join(f"{line}\n" for line in lines)


def outcome_in(text: str) -> dict[str, Any] | None:
    """What a task that failed said of its end; None if it did not say it."""
    told = [line for line in text.split("\n") if line.startswith(OUTCOME)]
    try:
        found = json.loads(told[-1].removeprefix(OUTCOME)) if told else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def for_people(text: str) -> str:
    """The log without that line and how Airflow took the failure, which says no more than the line before it."""
    before, mark, _ = text.rpartition(f"\n{OUTCOME}")
    return f"{before}\n" if mark else text


def _lines(entry: Any) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    if not isinstance(entry, dict):
        return []
    event = entry.get("event")
    text = event if isinstance(event, str) else ""
    if text.startswith(_GROUPS):
        return []
    level = _LOUD.get(str(entry.get("level", "")).lower())
    # What the program printed is not the task's own warning, whatever stream it came by.
    printed = str(entry.get("logger", "")).startswith("task.std")
    return [*([f"{level}: {text}" if level and not printed else text] if text else []), *_traceback(entry)]


def _traceback(entry: dict[str, Any]) -> list[str]:
    details = entry.get("error_detail")
    lines: list[str] = []
    for detail in details if isinstance(details, list) else []:
        if not isinstance(detail, dict):
            continue
        lines.append("Traceback (most recent call last):")
        for frame in detail.get("frames") or []:
            if isinstance(frame, dict):
                lines.append(f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}')
        lines.append(f"{detail.get('exc_type')}: {detail.get('exc_value')}")
    return lines
