"""The store of a workspace: opened, given runs and requests, rid of runs.

How runs change is in writer.py, what is told of runtimes elsewhere in remote.py, what
is known of models in production in evaluations.py and alerts.py. A store belongs to one thread.
"""

from __future__ import annotations

import secrets as random
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import BadRequest, Conflict, NotFound
from .alerts import Alerts
from .db import connect, newer
from .documents import dumps, timestamp, timestamp_after
from .evidence import EvidenceStore
from .schedules import Schedules

if TYPE_CHECKING:
    from ..compile import Plan, Step
    from ..paths import Workspace

ACTIVE = ("queued", "running", "waiting")

_INSERT_RUN = """
INSERT INTO runs (id, pipeline, pipeline_sha256, runtime, mode, state, parameters, plan, source, provenance,
                  max_parallel, reuse, selection, created, remote, seq)
VALUES (:id, :pipeline, :pipeline_sha256, :runtime, :mode, 'queued', :parameters, :plan, :source, :provenance,
        :max_parallel, :reuse, :selection, :created, :remote, 0)
"""
_INSERT_NODE = """
INSERT INTO node_runs (run, node, position, type, label, state, reason, finished, reused, attempts, results, outputs)
VALUES (:run, :node, :position, :type, :label, :state, :reason, :finished, 0, 0, '{}', '{}')
"""


def new_run_id() -> str:
    """32 hexadecimal characters that nobody can guess."""
    return random.token_hex(16)


class Store(EvidenceStore, Alerts, Schedules):
    """The runs, monitors and schedules of one workspace."""

    @classmethod
    def open(cls, workspace: Workspace, *, create: bool = True) -> Store:
        """The store of the workspace; made on first use unless `create` is False (then NotFound)."""
        if create:
            workspace.prepare()
        elif not cls.exists(workspace):
            raise NotFound(f"Nothing has run in {workspace.folder} yet.")
        return cls(workspace, connect(workspace.database, create=create))

    @property
    def notes(self) -> list[str]:
        """What whoever looks at these runs should know, as sentences."""
        workspace = self.workspace
        found = [newer(workspace.database).message] if self.read_only else []
        if workspace.state.parent != workspace.folder:
            found.append(
                f"{workspace.folder} is not writable, or its file system has no locks; "
                f"what is kept of its runs lies in {workspace.state}."
            )
        return found

    @staticmethod
    def exists(workspace: Workspace) -> bool:
        """Whether anything was recorded for the workspace; looking makes nothing."""
        return workspace.database.is_file()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def renew(self, error: sqlite3.Error) -> bool:
        """Takes another connection if this one may only read, by an error that it gave; whether it did.

        SQLite opens what it cannot open for writing, on a disk that is full at that moment, only to be read, and the
        connection stays so for as long as it lives.
        """
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_READONLY:
            return False
        # Closed before: what connections of a process share would be handed on.
        self._connection.close()
        self._connection = connect(self.workspace.database, create=False)
        return True

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        remote: Mapping[str, Any] | None = None,
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
                "remote": None if remote is None else dumps(dict(remote)),
            }
            self._connection.execute(_INSERT_RUN, row)
            self._connection.executemany(
                _INSERT_NODE,
                [
                    {"run": run_id, "position": place, **_first_entry(step, row["created"])}
                    for place, step in enumerate(plan.steps.values())
                ],
            )
            if remote is not None:
                self._know(plan.runtime, remote["dag_id"], remote["run_id"], run_id)
            self._event(run_id, None, self._document(run_id, seq=1))
        return run_id

    def request(self, run_id: str, kind: str) -> None:
        """Asks for a run to be cancelled or tried again (who runs it does it) or deleted (done here, now)."""
        if kind == "delete":
            self.delete(run_id)
            return
        if kind not in ("cancel", "retry"):
            raise BadRequest(f"There is no request {kind!r}.", "Ask for cancel, retry or delete.")
        with self.transaction():
            row = self._run_row(run_id)
            if kind == "retry":
                _check_retry(row)
            if kind == "retry" or row["state"] in ACTIVE:
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

    def compact(self) -> None:
        """Gives back what deleted runs took in the database, unless somebody is using it just now."""
        with suppress(sqlite3.OperationalError):
            self._connection.execute("PRAGMA busy_timeout = 1000")
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _first_entry(step: Step, now: Any) -> dict[str, Any]:
    """A node when its run is recorded: in the queue, or settled if it is not chosen."""
    entry = {"node": step.id, "type": step.type, "label": step.label}
    if step.selected:
        return {**entry, "state": "queued", "reason": None, "finished": None}
    return {**entry, "state": "skipped", "reason": "not-selected", "finished": now}


def _check_retry(row: sqlite3.Row) -> None:
    if row["remote"] is None:
        raise Conflict(
            "What failed in a run on this machine is not run again in the same run.",
            "Start the pipeline again.",
            code="not-retryable",
        )
    if row["state"] != "failed":
        raise Conflict(
            f"The run is {row['state']}; only what failed can be run again.", "Start a new run.", code="not-failed"
        )
