"""What the engine knows of one run, and the commits by which it comes to be so.

The store is the truth; what is kept here is the same, at hand. If a commit fails,
what is remembered is what the store says again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ...states import SETTLED, run_state
from ...store import Store
from ...store.documents import timestamp
from .. import recording
from .attempt import Execution
from .jobs import Outcome, error_document
from .outputs import Outputs
from .proof import Proof
from .reusing import Reused

CRASH_LIMIT = 3
"""So often may the engine be killed under a node before the node is held to be the cause."""
WAITING = ("output-busy", "resources", "retry")


@dataclass
class NodeState:
    """What the engine knows of a node of a run."""

    state: str
    reason: str | None
    attempts: int
    results: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    failures: int = 0
    """Attempts that count against its retries."""
    ready_at: float = 0.0
    execution: Execution | None = None
    cell: tuple[int, int] | None = None
    told_at: float = 0.0
    tells_later: bool = False
    """Whether its cell is going to be told when there was a pause."""


class Ledger:
    """The run and its nodes."""

    def __init__(self, store: Store, run_id: str, ended: Callable[[], None], undone: Callable[[str], None]) -> None:
        self.run_id = run_id
        self.store = store
        self._ended = ended
        self._undone = undone
        self._clock: float | None = None
        document = store.run(run_id)
        self.max_parallel: int | None = document["max_parallel"]
        self.state: str = document["state"]
        self._started: str | None = document["started"]
        self.nodes = {
            name: NodeState(entry["state"], entry["reason"], entry["attempts"], entry["results"], entry["outputs"])
            for name, entry in document["nodes"].items()
        }
        for attempt in store.attempts(run_id):
            if attempt["state"] == "failed" and attempt["reason"] != "interrupted":
                self.nodes[attempt["node"]].failures += 1

    @contextmanager
    def committing(self) -> Iterator[None]:
        """All changes within are committed together, or none."""
        try:
            with self.store.transaction():
                yield
        except sqlite3.Error:
            self._reload()
            raise

    def set(self, name: str, **changed: Any) -> None:
        """Commits fields of a node, and remembers them."""
        self.store.advance_node(self.run_id, name, **changed)
        node = self.nodes[name]
        for key in ("state", "reason", "attempts", "results", "outputs"):
            if key in changed:
                setattr(node, key, changed[key])

    def begin(self, name: str, type_: str) -> int:
        """Commits that the next attempt of a node runs; its number."""
        number, now = self.nodes[name].attempts + 1, timestamp()
        self.set(name, **recording.begin(self.store, self.run_id, name, number, type_, now))
        self.nodes[name].cell = None
        return number

    def finish(
        self, name: str, outcome: Outcome, outputs: Outputs, seconds: float, *, again: bool, proof: Proof | None = None
    ) -> None:
        """Commits how an attempt ended, and on what a success depended; `again`: the node goes back into the queue."""
        node, now = self.nodes[name], timestamp()
        error = dict(outcome.error) if outcome.error is not None else None
        cell, cells = node.cell or (None, None)
        found: dict[str, Any] = {"results": dict(outcome.results), "outputs": outputs, "cell": cell, "cells": cells}
        how: dict[str, Any] = {"state": outcome.state, "reason": outcome.reason, "finished": now}
        how |= {"seconds": seconds, "error": error}
        with self.committing():
            ended = recording.end(self.store, self.run_id, name, node.attempts, again=again, **how)
            self.set(name, **ended, **found)
            if proof is not None and outcome.state == "succeeded":
                self.store.record_evidence(proof.evidence, proof.touches)
            self.settle()

    def reuse(self, reused: Mapping[str, Reused]) -> None:
        """Commits, all together, that nodes need not run, and that the next run may reuse of this one as well."""
        now = timestamp()
        with self.committing():
            if self._started is None:
                self._started, self._clock = now, time.monotonic()
            for name, one in reused.items():
                self.set(
                    name,
                    state="succeeded",
                    reason=None,
                    reused=True,
                    reused_from=one.success.origin,
                    results=dict(one.success.results),
                    outputs={path: dict(entry) for path, entry in one.success.outputs.items()},
                    started=now,
                    finished=now,
                    notebook=one.notebook,
                    log=one.log,
                )
                self.store.record_evidence(replace(one.success.evidence, run=self.run_id, attempt=0, created=now))
            self.settle()

    def interrupted(self) -> None:
        """Commits that what ran when the engine was killed is in the queue again, or is parked."""
        with self.committing():
            for name, node in self.nodes.items():
                if node.state == "running":
                    self._interrupted(name, node)

    def settle(self) -> None:
        """The run's own state follows from those of its nodes."""
        # What was not chosen was settled before anything began.
        state = run_state([node.state for node in self.nodes.values() if node.reason != "not-selected"])
        if state in SETTLED:
            self._end(state)
            return
        # Between two nodes nothing runs, and yet the run has begun.
        begun = state != "queued" or self._started is not None
        if begun and self._started is None:
            self._started, self._clock = timestamp(), time.monotonic()
        reasons = {node.reason for node in self.nodes.values() if node.state == "queued"}
        reason = next((one for one in WAITING if one in reasons and not begun), None)
        self.state = "running" if begun and state == "queued" else state
        self.store.advance_run(self.run_id, state=self.state, reason=reason, started=self._started)

    def _end(self, state: str) -> None:
        now = timestamp()
        self.store.advance_run(
            self.run_id,
            state=state,
            started=self._started,
            finished=now,
            seconds=self._seconds(now),
            **recording.cause(self.store, self.run_id, self.nodes),
        )
        self.state = state
        self._ended()

    def _interrupted(self, name: str, node: NodeState) -> None:
        error = error_document("interrupted", "The engine was ended while the node ran; the node starts again.")
        self.store.finish_attempt(self.run_id, name, node.attempts, state="failed", reason="interrupted", error=error)
        attempts = self.store.attempts(self.run_id, name)
        times = sum(1 for attempt in attempts if attempt["reason"] == "interrupted")
        if times < CRASH_LIMIT:
            self.set(name, state="queued", reason="retry", error=error)
            return
        message = f"The engine was ended {times} times while this node ran; it is not tried again."
        error = error_document("crash-loop", message, "engine.log may tell why.")
        self.set(name, state="failed", reason="crash-loop", error=error, finished=timestamp())

    def _seconds(self, finished: str) -> float | None:
        if self._clock is not None:
            return round(time.monotonic() - self._clock, 3)
        return recording.between(self._started, finished)

    def _reload(self) -> None:
        document = self.store.run(self.run_id)
        self.state, self._started = document["state"], document["started"]
        for name, entry in document["nodes"].items():
            node = self.nodes[name]
            node.state, node.reason, node.attempts = entry["state"], entry["reason"], entry["attempts"]
            node.results, node.outputs = entry["results"], entry["outputs"]
            if node.state == "queued" and node.execution is not None:
                node.execution = None
                self._undone(name)
