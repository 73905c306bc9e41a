"""Writing the store: runs, node runs, attempts, events and requests.

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
from .documents import NODE_FIELDS, RUN_FIELDS, dumps, encode, timestamp, timestamp_after
from .reader import Reader

if TYPE_CHECKING:
    from ..compile import Plan
    from ..paths import Workspace

ACTIVE = ("queued", "running", "waiting")

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


def new_run_id() -> str:
    """32 hexadecimal characters that nobody can guess."""
    return random.token_hex(16)


class Store(Reader):
    """The runs of one workspace."""

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

    # -- for the engine ------------------------------------------------------------------

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
