"""Rows become the documents that commands and routes answer, and back.

Every key is always there, null where there is nothing to say; times are UTC text
with milliseconds.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

RUN_FIELDS = frozenset({"state", "reason", "started", "finished", "seconds", "error", "provenance", "remote"})
"""What may change of a run after it was recorded."""
NODE_FIELDS = frozenset(
    (
        "state reason reused reused_from attempts started finished seconds results outputs notebook log error "
        "cell cells"
    ).split()
)
"""What may change of a node run."""
_JSON_FIELDS = frozenset({"error", "provenance", "results", "outputs", "remote"})


def dumps(value: Any) -> str:
    """JSON as it is stored; what JSON has no word for is an error."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def loads(text: str | None) -> Any:
    """The value of stored JSON; None for none."""
    return None if text is None else json.loads(text)


def timestamp(moment: datetime | None = None) -> str:
    """Now, or the moment, as UTC ISO text with milliseconds and Z."""
    moment = moment or datetime.now(UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_after(earlier: str | None) -> str:
    """Now, yet later than `earlier`: a clock that is set back must not change the order of runs."""
    now = timestamp()
    if earlier is None or now > earlier:
        return now
    return timestamp(datetime.fromisoformat(earlier) + timedelta(milliseconds=1))


def encode(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a document as the columns hold them."""
    encoded: dict[str, Any] = {}
    for key, value in changes.items():
        if key in _JSON_FIELDS:
            encoded[key] = None if value is None else dumps(value)
        elif key == "reused":
            encoded[key] = int(value)
        else:
            encoded[key] = value
    return encoded


def decode_run(row: sqlite3.Row) -> dict[str, Any]:
    """A run without its nodes."""
    return {
        "version": 1,
        "id": row["id"],
        "pipeline": row["pipeline"],
        "pipeline_sha256": row["pipeline_sha256"],
        "runtime": row["runtime"],
        "mode": row["mode"],
        "state": row["state"],
        "reason": row["reason"],
        "parameters": loads(row["parameters"]),
        "created": row["created"],
        "started": row["started"],
        "finished": row["finished"],
        "seconds": row["seconds"],
        "source": loads(row["source"]),
        "error": loads(row["error"]),
        "seq": row["seq"],
        "max_parallel": row["max_parallel"],
        "select": loads(row["selection"]),
        "provenance": loads(row["provenance"]),
        "remote": loads(row["remote"]),
        "nodes": {},
    }


def decode_node(row: sqlite3.Row) -> dict[str, Any]:
    """The entry of a node in the run's document."""
    return {
        "type": row["type"],
        "label": row["label"],
        "state": row["state"],
        "reason": row["reason"],
        "reused": bool(row["reused"]),
        "reused_from": row["reused_from"],
        "attempts": row["attempts"],
        "started": row["started"],
        "finished": row["finished"],
        "seconds": row["seconds"],
        "results": loads(row["results"]),
        "outputs": loads(row["outputs"]),
        "notebook": row["notebook"],
        "log": row["log"],
        "error": loads(row["error"]),
        "cell": row["cell"],
        "cells": row["cells"],
    }
