"""Runs, node runs, attempts, events and requests: all the SQL about them.

Each change of state and the event that tells it are one transaction, and an event
holds just the fields that changed; so folding the events gives the run, and who
reads the run sees what the events say. A store belongs to one thread.
"""

from __future__ import annotations

import secrets as random
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, Conflict, NotFound
from ..states import allowed
from .db import connect
from .documents import (
    NODE_FIELDS,
    RUN_FIELDS,
    decode_node,
    decode_run,
    dumps,
    encode,
    loads,
    timestamp,
    timestamp_after,
)

if TYPE_CHECKING:
    from ..compile import Plan
    from ..paths import Workspace

ACTIVE = ("queued", "running", "waiting")
PAGE_LIMIT = 1000

_INSERT_RUN = """
INSERT INTO runs (id, pipeline, pipeline_sha256, runtime, mode, state, parameters, plan, source, provenance,
                  max_parallel, reuse, selection, created, seq)
VALUES (:id, :pipeline, :pipeline_sha256, :runtime, :mode, 'queued', :parameters, :plan, :source, :provenance,
        :max_parallel, :reuse, :selection, :created, 0)
"""
_INSERT_NODE = """
INSERT INTO node_runs (run, node, position, type, label, state, reused, attempts, results, outputs)
VALUES (:run, :node, :position, :type, :label, 'queued', 0, 0, '{}', '{}')
"""
_UPDATE_RUN = """
UPDATE runs SET state = :state, reason = :reason, started = :started, finished = :finished, seconds = :seconds,
       error = :error, provenance = :provenance WHERE id = :id
"""
_UPDATE_NODE = """
UPDATE node_runs SET state = :state, reason = :reason, reused = :reused, reused_from = :reused_from,
       attempts = :attempts, started = :started, finished = :finished, seconds = :seconds, results = :results,
       outputs = :outputs, notebook = :notebook, log = :log, error = :error, cell = :cell, cells = :cells
WHERE run = :run AND node = :node
"""
_LIST_RUNS = """
SELECT * FROM runs
WHERE (:pipeline IS NULL OR pipeline = :pipeline) AND (:state IS NULL OR state = :state)
  AND (:runtime IS NULL OR runtime = :runtime)
  AND (:created IS NULL OR (created, id) < (:created, :id))
ORDER BY created DESC, id DESC LIMIT :limit
"""
_LAST_SUCCESS = """
SELECT node_runs.*, runs.mode AS mode FROM runs JOIN node_runs ON node_runs.run = runs.id AND node_runs.node = :node
WHERE runs.pipeline = :pipeline AND node_runs.state = 'succeeded'
ORDER BY runs.created DESC LIMIT 1
"""


def new_run_id() -> str:
    """32 hexadecimal characters that nobody can guess."""
    return random.token_hex(16)


class Store:
    """The runs of one workspace."""

    def __init__(self, workspace: Workspace, connection: sqlite3.Connection) -> None:
        self.workspace = workspace
        self._connection = connection

    @classmethod
    def open(cls, workspace: Workspace, *, create: bool = True) -> Store:
        """The store of the workspace; made on first use unless `create` is False (then NotFound)."""
        if create:
            workspace.prepare()
        elif not cls.exists(workspace):
            raise NotFound(f"Nothing has run in {workspace.folder} yet.")
        return cls(workspace, connect(workspace.database, create=create))

    @staticmethod
    def exists(workspace: Workspace) -> bool:
        """Whether anything was recorded for the workspace; looking makes nothing."""
        return workspace.database.is_file()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes within are committed together, or none; may be nested."""
        if self._within():
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._within():
                self._connection.execute("ROLLBACK")
            raise

    def _within(self) -> bool:
        return self._connection.in_transaction

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One consistent view over several statements."""
        if self._within():
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._within():
                self._connection.execute("ROLLBACK")

    # -- starting and asking -------------------------------------------------------------

    def create_run(
        self,
        plan: Plan,
        *,
        run_id: str | None = None,
        source: Mapping[str, Any] | None = None,
        provenance: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        max_parallel: int | None = None,
        reuse: bool = True,
        select: Mapping[str, Any] | None = None,
    ) -> str:
        """Records a queued run with its first event, and answers its id."""
        run_id = run_id or new_run_id()
        with self.transaction():
            newest = self._connection.execute("SELECT max(created) FROM runs").fetchone()[0]
            row = {
                "id": run_id,
                "pipeline": plan.pipeline,
                "pipeline_sha256": plan.pipeline_sha256,
                "runtime": plan.runtime,
                "mode": plan.mode,
                "parameters": dumps(dict(plan.parameters if parameters is None else parameters)),
                "plan": dumps(plan.to_json()),
                "source": dumps(dict(source) if source is not None else {"commit": None, "dirty": None}),
                "provenance": dumps(dict(provenance or {})),
                "max_parallel": max_parallel,
                "reuse": int(reuse),
                "selection": None if select is None else dumps(dict(select)),
                "created": timestamp_after(newest),
            }
            self._connection.execute(_INSERT_RUN, row)
            self._connection.executemany(
                _INSERT_NODE,
                [
                    {"run": run_id, "node": step.id, "position": place, "type": step.type, "label": step.label}
                    for place, step in enumerate(plan.steps.values())
                ],
            )
            self._event(run_id, None, self._document(run_id, seq=1))
        return run_id

    def request(self, run_id: str, kind: str) -> None:
        """Asks for a run to be cancelled (the engine does it) or deleted (done here, now)."""
        if kind == "delete":
            self.delete(run_id)
            return
        if kind != "cancel":
            raise BadRequest(f"There is no request {kind!r}.", "Ask for cancel or delete.")
        with self.transaction():
            if self._run_row(run_id)["state"] in ACTIVE:
                self._connection.execute(
                    "INSERT OR IGNORE INTO requests (run, kind, time) VALUES (?, ?, ?)", (run_id, kind, timestamp())
                )

    def delete(self, run_id: str) -> None:
        """Removes a run that is over, with its folder."""
        with self.transaction():
            if self._run_row(run_id)["state"] in ACTIVE:
                raise Conflict(f"The run {run_id} has not ended yet.", "Cancel it first.", code="run-active")
            self._connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        # The rows go first: a run without its folder would be a lie, a folder without rows is only litter.
        shutil.rmtree(self.workspace.run_folder(run_id), ignore_errors=True)

    # -- reading -------------------------------------------------------------------------

    def run(self, run_id: str) -> dict[str, Any]:
        """The run as `mlops show --json` answers it."""
        with self._reading():
            return self._located(self._document(run_id))

    def plan(self, run_id: str) -> Plan:
        """The plan that was frozen with the run."""
        from ..compile import Plan

        return Plan.from_json(loads(self._run_row(run_id)["plan"]))

    def options(self, run_id: str) -> dict[str, Any]:
        """What the run was asked to do beyond its plan: `reuse`, `select`."""
        row = self._run_row(run_id)
        return {"reuse": bool(row["reuse"]), "select": loads(row["selection"])}

    def runs(
        self,
        *,
        pipeline: str | None = None,
        state: str | None = None,
        runtime: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Summaries, newest first, and the cursor for the next page (None: no more).

        A cursor says a moment, not a place in this store: the same one may be given to
        several stores whose answers are then merged by (`created`, `id`).
        """
        created, _, last_id = (before or "").partition("~")
        limit = max(1, min(limit, PAGE_LIMIT))
        arguments = {
            "pipeline": pipeline,
            "state": state,
            "runtime": runtime,
            "created": created or None,
            "id": last_id,
            "limit": limit + 1,
        }
        with self._reading():
            rows = self._connection.execute(_LIST_RUNS, arguments).fetchall()
            page = [self._located(self._summary(row)) for row in rows[:limit]]
        following = f"{page[-1]['created']}~{page[-1]['id']}" if len(rows) > limit else None
        return page, following

    def active_runs(self, runtime: str | None = None) -> list[str]:
        """Ids of the runs that have not ended, oldest first; of one runtime or of all."""
        rows = self._connection.execute(
            "SELECT id FROM runs WHERE state IN ('queued', 'running', 'waiting') AND (? IS NULL OR runtime = ?) "
            "ORDER BY created, id",
            (runtime, runtime),
        )
        return [row["id"] for row in rows]

    def events(self, run_id: str, after: int = 0, limit: int = 1000) -> list[dict[str, Any]]:
        """The events of a run with numbers above `after`: 1, 2, 3 … without gaps."""
        with self._reading():
            self._run_row(run_id)
            rows = self._connection.execute(
                "SELECT seq, time, node, data FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?",
                (run_id, after, limit),
            ).fetchall()
        events = [
            {"seq": row["seq"], "time": row["time"], "node": row["node"], "data": loads(row["data"])} for row in rows
        ]
        for event in events:
            if event["seq"] == 1:
                event["data"] = self._located(event["data"])
        return events

    def changes(self, since: int, limit: int = 1000) -> list[tuple[int, str, int]]:
        """(number, run id, seq) of the events of all runs after `since`, oldest first."""
        rows = self._connection.execute(
            "SELECT number, run, seq FROM events WHERE number > ? ORDER BY number LIMIT ?", (since, limit)
        )
        return [(row["number"], row["run"], row["seq"]) for row in rows]

    def last_change(self) -> int:
        """The number of the newest event of all runs: where `changes` begins for who comes now."""
        return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM events").fetchone()[0])

    def data_version(self) -> int:
        """Another number whenever another connection has committed; costs next to nothing."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def last_success(self, pipeline: str, node: str) -> dict[str, Any] | None:
        """Run id, mode and node entry of the last time that this node of the pipeline succeeded."""
        row = self._connection.execute(_LAST_SUCCESS, {"pipeline": pipeline, "node": node}).fetchone()
        return None if row is None else {"run": row["run"], "mode": row["mode"], **decode_node(row)}

    # -- for the engine ------------------------------------------------------------------

    def cancelled_runs(self) -> list[str]:
        """Ids of the active runs that somebody asked to cancel."""
        rows = self._connection.execute(
            "SELECT run FROM requests JOIN runs ON runs.id = requests.run "
            "WHERE kind = 'cancel' AND state IN ('queued', 'running', 'waiting') ORDER BY number"
        )
        return [row["run"] for row in rows]

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

    def attempts(self, run_id: str, node: str | None = None) -> list[dict[str, Any]]:
        """The attempts of a run, or of one of its nodes, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM attempts WHERE run = ? AND (? IS NULL OR node = ?) ORDER BY node, attempt",
            (run_id, node, node),
        )
        return [{**dict(row), "error": loads(row["error"])} for row in rows]

    # -- rows and documents --------------------------------------------------------------

    def _run_row(self, run_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise NotFound(f"There is no run {run_id}.", "List the runs to see which there are.", code="unknown-run")
        return row

    def _node_row(self, run_id: str, node: str) -> sqlite3.Row:
        row: sqlite3.Row | None = self._connection.execute(
            "SELECT * FROM node_runs WHERE run = ? AND node = ?", (run_id, node)
        ).fetchone()
        if row is None:
            raise NotFound(f"The run {run_id} has no node {node!r}.", code="unknown-node")
        return row

    def _document(self, run_id: str, seq: int | None = None) -> dict[str, Any]:
        document = decode_run(self._run_row(run_id))
        if seq is not None:
            document["seq"] = seq
        rows = self._connection.execute("SELECT * FROM node_runs WHERE run = ? ORDER BY position", (run_id,))
        document["nodes"] = {row["node"]: decode_node(row) for row in rows}
        return document

    def _summary(self, row: sqlite3.Row) -> dict[str, Any]:
        summary = {**decode_run(row), "provenance": None}
        rows = self._connection.execute(
            "SELECT node, type, label, state, reason, seconds FROM node_runs WHERE run = ? ORDER BY position",
            (row["id"],),
        )
        summary["nodes"] = {entry["node"]: {key: entry[key] for key in entry.keys()[1:]} for entry in rows}
        return summary

    def _located(self, document: dict[str, Any]) -> dict[str, Any]:
        """Where it lies is told when it is read: a workspace may have been moved since."""
        located = {}
        for key, value in document.items():
            if key == "nodes":
                located["workspace"] = str(self.workspace.folder)
                located["directory"] = self.workspace.display(self.workspace.run_folder(document["id"]))
            located[key] = value
        return located

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


__all__ = ["ACTIVE", "Store", "new_run_id"]
