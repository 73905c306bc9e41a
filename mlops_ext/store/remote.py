"""What is remembered of runtimes elsewhere: pipelines that were brought there, runs that run there.

A run is taken up once, whoever started it; a run that failed there is opened again
here in one way only, so that everywhere else what is settled stays settled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import NotFound
from .documents import dumps, encode, loads, timestamp
from .writer import Writer

DEPLOYMENT_FIELDS = (
    "pipeline pipeline_sha256 document sources package version pinned scheduled schedule paused wanted_paused step "
    "message problem url asked delivered"
).split()
_JSON = ("schedule", "problem")
_FLAGS = ("pinned", "scheduled", "paused", "wanted_paused")
_FRESH = {
    "state": "queued",
    "reason": None,
    "finished": None,
    "seconds": None,
    "error": None,
    "cell": None,
    "cells": None,
}
_PUT_DEPLOYMENT = """
INSERT OR REPLACE INTO deployments (runtime, dag_id, pipeline, pipeline_sha256, document, sources, package, version,
  pinned, scheduled, schedule, paused, wanted_paused, step, message, problem, url, asked, delivered)
VALUES (:runtime, :dag_id, :pipeline, :pipeline_sha256, :document, :sources, :package, :version,
  :pinned, :scheduled, :schedule, :paused, :wanted_paused, :step, :message, :problem, :url, :asked, :delivered)
"""
_OPEN_AGAIN_RUN = (
    "UPDATE runs SET state = 'running', reason = NULL, finished = NULL, seconds = NULL, error = NULL WHERE id = ?"
)
_OPEN_AGAIN_NODE = (
    "UPDATE node_runs SET state = :state, reason = :reason, finished = :finished, seconds = :seconds, "
    "error = :error, cell = :cell, cells = :cells WHERE run = :run AND node = :node"
)


class Remote(Writer):
    """Deployments, and the runs of other runtimes."""

    def put_deployment(self, runtime: str, dag_id: str, **changed: Any) -> None:
        """Records a pipeline on a runtime, or changes what is recorded of it."""
        unknown = set(changed) - set(DEPLOYMENT_FIELDS)
        if unknown:
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        with self.transaction():
            before = self._deployment_row(runtime, dag_id)
            row: dict[str, Any] = (
                {**dict.fromkeys(DEPLOYMENT_FIELDS), "pinned": 0, "scheduled": 0, "message": "", "asked": timestamp()}
                if before is None
                else dict(before)
            )
            row.update({"runtime": runtime, "dag_id": dag_id}, **_encoded(changed))
            if before is None or dict(before) != row:
                self._connection.execute(_PUT_DEPLOYMENT, row)

    def deployment(self, runtime: str, dag_id: str) -> dict[str, Any]:
        """A pipeline on a runtime."""
        row = self._deployment_row(runtime, dag_id)
        if row is None:
            raise NotFound(
                f"No pipeline was brought to {runtime} as {dag_id[:80]!r}.", "Run or schedule it there first."
            )
        return _decoded(row)

    def deployments(self, runtime: str | None = None) -> list[dict[str, Any]]:
        """The pipelines on a runtime, or on all."""
        rows = self._connection.execute(
            "SELECT * FROM deployments WHERE ?1 IS NULL OR runtime = ?1 ORDER BY runtime, pipeline", (runtime,)
        )
        return [_decoded(row) for row in rows]

    def remote_needs(self) -> set[str]:
        """The runtimes elsewhere that must be followed: something runs, was asked, or is started by a clock."""
        if self.read_only:
            return set()
        rows = self._connection.execute(
            "SELECT runtime FROM runs WHERE state IN ('queued', 'running', 'waiting') AND runtime <> 'local' "
            "UNION SELECT runtime FROM runs JOIN requests ON requests.run = runs.id "
            "WHERE kind = 'retry' AND runtime <> 'local' "
            "UNION SELECT runtime FROM deployments WHERE step <> 'ready' OR wanted_paused IS NOT NULL "
            "OR (scheduled AND coalesce(paused, 0) = 0)"
        )
        return {row[0] for row in rows}

    def asked(self, runtime: str, kind: str) -> list[str]:
        """Ids of the runs of a runtime of which something was asked, in the order in which it was."""
        rows = self._connection.execute(
            "SELECT run FROM requests JOIN runs ON runs.id = requests.run WHERE kind = ? AND runtime = ? "
            "ORDER BY number",
            (kind, runtime),
        )
        return [row[0] for row in rows]

    def answered(self, run_id: str, kind: str) -> None:
        """What was asked is done, or cannot be."""
        with self.transaction():
            self._connection.execute("DELETE FROM requests WHERE run = ? AND kind = ?", (run_id, kind))

    def reopen(self, run_id: str, nodes: Iterable[str]) -> None:
        """A run that ended goes on: these nodes are in the queue again, with the attempts that they had."""
        with self.transaction():
            for node in nodes:
                row = dict(self._node_row(run_id, node))
                changes = {key: value for key, value in _FRESH.items() if row[key] != encode({key: value})[key]}
                if changes:
                    self._connection.execute(_OPEN_AGAIN_NODE, {**_FRESH, "run": run_id, "node": node})
                    self._event(run_id, node, changes)
            opened = {"state": "running", **{key: None for key in ("reason", "finished", "seconds", "error")}}
            row = dict(self._run_row(run_id))
            changes = {key: value for key, value in opened.items() if row[key] != value}
            if changes:
                self._connection.execute(_OPEN_AGAIN_RUN, (run_id,))
                self._event(run_id, None, changes)
            # What was asked of the run before it ended is not meant for what it does now.
            self._connection.execute("DELETE FROM requests WHERE run = ?", (run_id,))

    def known_remote(self, runtime: str, dag_id: str, run_id: str) -> str | None:
        """The run of ours that is this run of a runtime; also one that was deleted."""
        row = self._connection.execute(
            "SELECT run FROM remote_runs WHERE runtime = ? AND dag_id = ? AND run_id = ?", (runtime, dag_id, run_id)
        ).fetchone()
        return None if row is None else str(row[0])

    def packages(self, runtime: str, dag_id: str) -> set[str]:
        """The packages that a run which is still known was started with."""
        rows = self._connection.execute(
            "SELECT DISTINCT json_extract(remote, '$.package') FROM runs "
            "WHERE runtime = ? AND json_extract(remote, '$.dag_id') = ?",
            (runtime, dag_id),
        )
        return {row[0] for row in rows if row[0] is not None}

    def _know(self, runtime: str, dag_id: str, run_id: str, ours: str) -> None:
        self._connection.execute(
            "INSERT INTO remote_runs (runtime, dag_id, run_id, run) VALUES (?, ?, ?, ?)",
            (runtime, dag_id, run_id, ours),
        )

    def _deployment_row(self, runtime: str, dag_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT * FROM deployments WHERE runtime = ? AND dag_id = ?", (runtime, dag_id)
        ).fetchone()
        return row


def _encoded(changed: Mapping[str, Any]) -> dict[str, Any]:
    encoded = dict(changed)
    for key in _JSON:
        if encoded.get(key) is not None:
            encoded[key] = dumps(encoded[key])
    for key in _FLAGS:
        if encoded.get(key) is not None:
            encoded[key] = int(encoded[key])
    return encoded


def _decoded(row: sqlite3.Row) -> dict[str, Any]:
    document = dict(row)
    for key in _JSON:
        document[key] = loads(document[key])
    for key in _FLAGS:
        document[key] = None if document[key] is None else bool(document[key])
    return document
