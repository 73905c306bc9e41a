"""What is remembered of schedules on this machine: files that are started by the engine's clock.

When a file is due stands in the file; here stands what was seen of it last, up to
when all was dealt with, and what became of it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from ..errors import NotFound
from .documents import dumps, loads, timestamp
from .writer import Writer

SCHEDULE_FIELDS = frozenset({"cron", "timezone", "paused", "since", "claimed", "last", "last_run", "problem"})
_PUT = """
INSERT INTO schedules (kind, path, cron, timezone, paused, since) VALUES (:kind, :path, :cron, :timezone, 0, :now)
ON CONFLICT (kind, path) DO UPDATE SET paused = 0, problem = NULL, cron = :cron, timezone = :timezone,
  since = CASE WHEN cron = :cron AND timezone = :timezone THEN since ELSE :now END
"""
_CHANGE = """
UPDATE schedules SET cron = :cron, timezone = :timezone, paused = :paused, since = :since, claimed = :claimed,
  last = :last, last_run = :last_run, problem = :problem WHERE kind = :kind AND path = :path
"""


class Schedules(Writer):
    """Schedules of pipelines and monitors, by the path of the file in the workspace."""

    def put_schedule(self, kind: str, path: str, *, cron: str, timezone: str) -> None:
        """Switches a schedule on, or changes when it is due: what was due before now is not made up for."""
        with self.transaction():
            row = {"kind": kind, "path": path, "cron": cron, "timezone": timezone, "now": timestamp()}
            self._connection.execute(_PUT, row)

    def change_schedule(self, kind: str, path: str, **changed: Any) -> None:
        """Changes what is remembered of a schedule."""
        unknown = set(changed) - SCHEDULE_FIELDS
        if unknown:
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        with self.transaction():
            row = dict(self._schedule_row(kind, path))
            if changed.get("problem") is not None:
                changed["problem"] = dumps(changed["problem"])
            if "paused" in changed:
                changed["paused"] = int(changed["paused"])
            if row != {**row, **changed}:
                self._connection.execute(_CHANGE, {**row, **changed})

    def drop_schedule(self, kind: str, path: str) -> None:
        """Switches a schedule off."""
        with self.transaction():
            self._connection.execute("DELETE FROM schedules WHERE kind = ? AND path = ?", (kind, path))

    def schedule(self, kind: str, path: str) -> dict[str, Any]:
        """A schedule."""
        return _decoded(self._schedule_row(kind, path))

    def schedules(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The schedules of a kind, or all, by path."""
        rows = self._connection.execute(
            "SELECT * FROM schedules WHERE ?1 IS NULL OR kind = ?1 ORDER BY path, kind", (kind,)
        )
        return [_decoded(row) for row in rows]

    def is_scheduled(self) -> bool:
        """Whether the clock may start something here."""
        return bool(self._connection.execute("SELECT EXISTS (SELECT 1 FROM schedules WHERE NOT paused)").fetchone()[0])

    def _schedule_row(self, kind: str, path: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT * FROM schedules WHERE kind = ? AND path = ?", (kind, path)
        ).fetchone()
        if row is None:
            raise NotFound(f"{path} has no schedule on this machine.", "Switch it on first.", code="no-schedule")
        return row


def _decoded(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "paused": bool(row["paused"]), "problem": loads(row["problem"])}
