"""Reading the store: runs, plans, events, what others changed.

A reader never waits for the writer, and what it answers is one consistent view.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from .db import is_newer
from .documents import decode_node, decode_run, loads

if TYPE_CHECKING:
    from ..compile import Plan
    from ..paths import Workspace

PAGE_LIMIT = 1000
USUAL_RUNS = 10
"""So many runs tell how long a node usually takes."""

_LIST_RUNS = """
SELECT id, pipeline, pipeline_sha256, runtime, mode, state, reason, parameters, created, started, finished, seconds,
  source, error, seq, max_parallel, selection, NULL AS provenance, remote
FROM runs WHERE
"""
"""Not what is large and stands in no list: plan and provenance."""
_SUMMARY_KEYS = ("type", "label", "state", "reason", "seconds")
_FILTERS = {
    "pipeline": "pipeline = :pipeline AND ",
    "state": "state = :state AND ",
    "runtime": "runtime = :runtime AND ",
    "created": "(created, id) < (:created, :id) AND ",
}
"""Only those that are used stand in the question: SQLite takes an index for what is there, not for what may be."""
_NEWEST_FIRST = "TRUE ORDER BY created DESC, id DESC LIMIT :limit"
_LAST_SUCCESS = """
SELECT node_runs.*, runs.mode AS mode FROM runs JOIN node_runs ON node_runs.run = runs.id AND node_runs.node = :node
WHERE runs.pipeline = :pipeline AND runs.runtime = :runtime AND (:mode IS NULL OR mode = :mode)
  AND node_runs.state = 'succeeded'
ORDER BY runs.created DESC LIMIT 1
"""
_SUCCESS_IN = """
SELECT node_runs.*, runs.mode AS mode FROM runs JOIN node_runs ON node_runs.run = runs.id
WHERE runs.id = :run AND node_runs.node = :node AND node_runs.state = 'succeeded'
"""

_TOOK = """
SELECT node, seconds FROM node_runs
WHERE run IN (SELECT id FROM runs WHERE pipeline = :pipeline ORDER BY created DESC LIMIT :runs)
  AND state = 'succeeded' AND NOT reused AND seconds IS NOT NULL
"""


class Reader:
    """What can be asked of the runs of one workspace."""

    def __init__(self, workspace: Workspace, connection: sqlite3.Connection) -> None:
        self.workspace = workspace
        self._place = workspace.display(workspace.runs)
        self._connection = connection
        self.read_only = is_newer(connection)
        """A newer version wrote it: nothing is changed in it, and nothing is run from it."""

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

    def run(self, run_id: str) -> dict[str, Any]:
        """The run as `mlops show --json` answers it."""
        with self._reading():
            return self._located(self._document(run_id))

    def state_of(self, run_id: str) -> str:
        """The state of a run."""
        return str(self._run_row(run_id)["state"])

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
            filters = "".join(sql for name, sql in _FILTERS.items() if arguments[name] is not None)
            rows = self._connection.execute(_LIST_RUNS + filters + _NEWEST_FIRST, arguments).fetchall()
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

    def pipelines(self) -> list[str]:
        """The pipelines that have runs, by name."""
        return [row[0] for row in self._connection.execute("SELECT DISTINCT pipeline FROM runs ORDER BY pipeline")]

    def ended_runs(self) -> list[dict[str, Any]]:
        """Id, pipeline and time of the runs that have ended, newest first."""
        rows = self._connection.execute(
            "SELECT id, pipeline, created FROM runs WHERE state NOT IN ('queued', 'running', 'waiting') "
            "ORDER BY created DESC, id DESC"
        )
        return [dict(row) for row in rows]

    def runs_with_last_success(self) -> set[str]:
        """The runs in which some node of a pipeline succeeded for the last time, in each mode."""
        rows = self._connection.execute(
            "SELECT node_runs.run, max(runs.created) FROM node_runs JOIN runs ON runs.id = node_runs.run "
            "WHERE node_runs.state = 'succeeded' GROUP BY runs.pipeline, runs.runtime, runs.mode, node_runs.node"
        )
        return {row[0] for row in rows}

    def reuses(self) -> dict[str, set[str]]:
        """For each run that reused something the runs from which it did."""
        found: dict[str, set[str]] = {}
        for run, source in self._connection.execute("SELECT DISTINCT run, reused_from FROM node_runs WHERE reused"):
            found.setdefault(run, set()).add(source)
        return found

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

    def last_success(
        self, pipeline: str, node: str, *, runtime: str = "local", mode: str | None = None
    ) -> dict[str, Any] | None:
        """Run id, mode and node entry of the last time that this node of the pipeline succeeded there."""
        arguments = {"pipeline": pipeline, "node": node, "runtime": runtime, "mode": mode}
        return _success(self._connection.execute(_LAST_SUCCESS, arguments).fetchone())

    def usual_seconds(self, pipeline: str) -> dict[str, float]:
        """How long the nodes of a pipeline took in its last runs, as far as they ran in them."""
        from statistics import median  # here: the server needs it for nothing else

        took: dict[str, list[float]] = {}
        for row in self._connection.execute(_TOOK, {"pipeline": pipeline, "runs": USUAL_RUNS}):
            took.setdefault(row["node"], []).append(row["seconds"])
        return {node: median(seconds) for node, seconds in took.items()}

    def success_in(self, run_id: str, node: str) -> dict[str, Any] | None:
        """The same of one run; None if the node did not succeed in it."""
        return _success(self._connection.execute(_SUCCESS_IN, {"run": run_id, "node": node}).fetchone())

    def cancelled_runs(self) -> list[str]:
        """Ids of the active runs that somebody asked to cancel."""
        rows = self._connection.execute(
            "SELECT run FROM requests JOIN runs ON runs.id = requests.run "
            "WHERE kind = 'cancel' AND state IN ('queued', 'running', 'waiting') ORDER BY number"
        )
        return [row["run"] for row in rows]

    def attempts(self, run_id: str, node: str | None = None) -> list[dict[str, Any]]:
        """The attempts of a run, or of one of its nodes, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM attempts WHERE run = ? AND (? IS NULL OR node = ?) ORDER BY node, attempt",
            (run_id, node, node),
        )
        return [{**dict(row), "error": loads(row["error"])} for row in rows]

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
        summary = decode_run(row)
        rows = self._connection.execute(
            "SELECT node, type, label, state, reason, seconds FROM node_runs WHERE run = ? ORDER BY position",
            (row["id"],),
        )
        summary["nodes"] = {entry[0]: dict(zip(_SUMMARY_KEYS, entry[1:], strict=True)) for entry in map(tuple, rows)}
        return summary

    def _located(self, document: dict[str, Any]) -> dict[str, Any]:
        """Where it lies is told when it is read: a workspace may have been moved since."""
        located = {}
        for key, value in document.items():
            if key == "nodes":
                located["workspace"] = str(self.workspace.folder)
                located["directory"] = f"{self._place}/{document['id']}"
            located[key] = value
        return located


def _success(row: sqlite3.Row | None) -> dict[str, Any] | None:
    return None if row is None else {"run": row["run"], "mode": row["mode"], **decode_node(row)}
