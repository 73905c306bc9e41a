"""Changes in the store: of runs, node runs and attempts, each with its event.

Each change of state and the event that tells it are one transaction, and an event
holds just the fields that changed; so folding the events gives the run, and who
reads the run sees what the events say.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..failpoints import failpoint
from ..states import allowed
from .db import newer
from .documents import NODE_FIELDS, RUN_FIELDS, dumps, encode, timestamp
from .reader import Reader

_UPDATE_RUN = """
UPDATE runs SET state = :state, reason = :reason, started = :started, finished = :finished, seconds = :seconds,
       error = :error, provenance = :provenance, remote = :remote WHERE id = :id
"""
_UPDATE_NODE = """
UPDATE node_runs SET state = :state, reason = :reason, reused = :reused, reused_from = :reused_from,
       attempts = :attempts, started = :started, finished = :finished, seconds = :seconds, results = :results,
       outputs = :outputs, notebook = :notebook, log = :log, error = :error, cell = :cell, cells = :cells
WHERE run = :run AND node = :node
"""


class Writer(Reader):
    """What may become of the runs of one workspace."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes within are committed together, or none; may be nested."""
        if self._within():
            yield
            return
        if self.read_only:
            raise newer(self.workspace.database)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            failpoint("before-commit")
            self._connection.execute("COMMIT")
        except BaseException:
            if self._within():
                self._connection.execute("ROLLBACK")
            raise
        failpoint("after-commit")

    def advance_run(self, run_id: str, **changed: Any) -> None:
        """Sets fields of a run and tells it in an event, in one transaction."""
        with self.transaction():
            row = self._run_row(run_id)
            changes = self._changes(row, changed, RUN_FIELDS)
            if changes:
                self._connection.execute(_UPDATE_RUN, {**dict(row), **encode(changes)})
                self._event(run_id, None, changes)

    def advance_node(self, run_id: str, node: str, **changed: Any) -> None:
        """Sets fields of a node run and tells it in an event, in one transaction."""
        with self.transaction():
            row = self._node_row(run_id, node)
            changes = self._changes(row, changed, NODE_FIELDS)
            if changes:
                self._connection.execute(_UPDATE_NODE, {**dict(row), **encode(changes)})
                self._event(run_id, node, changes)

    def start_attempt(self, run_id: str, node: str, attempt: int, started: str) -> None:
        """Records that an attempt begins, before anything of it runs."""
        with self.transaction():
            self._connection.execute(
                "INSERT INTO attempts (run, node, attempt, state, started) VALUES (?, ?, ?, 'running', ?)",
                (run_id, node, attempt, started),
            )

    def finish_attempt(
        self,
        run_id: str,
        node: str,
        attempt: int,
        *,
        state: str,
        reason: str | None = None,
        finished: str | None = None,
        seconds: float | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Records how an attempt ended."""
        with self.transaction():
            self._connection.execute(
                "UPDATE attempts SET state = ?, reason = ?, finished = ?, seconds = ?, error = ? "
                "WHERE run = ? AND node = ? AND attempt = ?",
                (
                    state,
                    reason,
                    finished or timestamp(),
                    seconds,
                    None if error is None else dumps(dict(error)),
                    run_id,
                    node,
                    attempt,
                ),
            )

    def drop_attempt(self, run_id: str, node: str, attempt: int) -> None:
        """Forgets an attempt that turned out to be none: its node need not run."""
        with self.transaction():
            self._connection.execute(
                "DELETE FROM attempts WHERE run = ? AND node = ? AND attempt = ?", (run_id, node, attempt)
            )

    def taking_on(self, run_id: str) -> int:
        """Records that an engine is about to take the run on; how often that was begun and not finished, with this."""
        with self.transaction():
            row = self._connection.execute(
                "UPDATE runs SET taking_on = taking_on + 1 WHERE id = ? RETURNING taking_on", (run_id,)
            ).fetchone()
        return int(row[0])

    def taken_on(self, run_id: str) -> None:
        """Records that an engine took the run on and lives."""
        with self.transaction():
            self._connection.execute("UPDATE runs SET taking_on = 0 WHERE id = ?", (run_id,))

    def _changes(self, row: sqlite3.Row, changed: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
        unknown = set(changed) - fields
        if unknown:
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        before = dict(row)
        changes = {key: value for key, value in changed.items() if encode({key: value})[key] != before[key]}
        after = changes.get("state")
        if after is not None and not allowed(before["state"], after):
            raise ValueError(f"a state cannot go from {before['state']} to {after}")
        return changes

    def _event(self, run_id: str, node: str | None, data: Mapping[str, Any]) -> None:
        seq = self._connection.execute(
            "UPDATE runs SET seq = seq + 1 WHERE id = ? RETURNING seq", (run_id,)
        ).fetchone()[0]
        self._connection.execute(
            "INSERT INTO events (run, seq, time, node, data) VALUES (?, ?, ?, ?, ?)",
            (run_id, seq, timestamp(), node, dumps(dict(data))),
        )
