"""One run: which of its nodes is next, and what became of each.

The rules are in states.py; here they meet the clock, the machine and the store.
Every change of state is committed before anything follows from it: a node whose
attempt begins is `running` in the store first, a node that succeeded is committed
before its successors start.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ...compile import Step
from ...model import FromResult, Node, Value
from ...states import SETTLED, decide, edge_live, run_state
from ...store import Store
from ...store.documents import timestamp
from .attempt import Attempt, Execution
from .claims import Amount, Machine, OutputClaims
from .jobs import Outcome, error_document, failure
from .outputs import Outputs
from .workers import Workers

CRASH_LIMIT = 3
"""So often may the engine be killed under a node before the node is held to be the cause."""
PROGRESS_SECONDS = 0.2


@dataclass
class NodeState:
    """What the engine knows of a node of a run; the store knows the same."""

    state: str
    reason: str | None
    attempts: int
    results: Mapping[str, Any]
    outputs: Mapping[str, Any]
    failures: int = 0
    """Attempts that count against its retries."""
    ready_at: float = 0.0
    execution: Execution | None = None
    cell: tuple[int, int] | None = None
    told_at: float = 0.0
    incoming: list[Any] = field(default_factory=list)


class Conductor:
    """Conducts one run."""

    def __init__(
        self,
        store: Store,
        run_id: str,
        *,
        workers: Workers,
        machine: Machine,
        claims: OutputClaims,
        changed: Callable[[], None],
        parallel: int,
    ) -> None:
        self.run_id = run_id
        self._store = store
        self._workers = workers
        self._machine = machine
        self._claims = claims
        self._changed = changed
        self.plan = store.plan(run_id)
        document = store.run(run_id)
        self._limit = document["max_parallel"] or parallel
        self._started_at: str | None = document["started"]
        self._clock: float | None = None
        self._state = document["state"]
        self._cancelled = False
        self._abandoned = False
        self._last: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.nodes = {
            name: NodeState(entry["state"], entry["reason"], entry["attempts"], entry["results"], entry["outputs"])
            for name, entry in document["nodes"].items()
        }
        for attempt in store.attempts(run_id):
            if attempt["state"] == "failed" and attempt["reason"] != "interrupted":
                self.nodes[attempt["node"]].failures += 1
        for edge in self.plan.edges:
            self.nodes[edge.target].incoming.append(edge)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen in this run."""
        return self._state in SETTLED and not self._tasks

    # -- what others ask -----------------------------------------------------------------

    def recover(self) -> None:
        """What was running when the engine was killed is put in the queue again."""
        with self._committing():
            for name, node in self.nodes.items():
                if node.state != "running":
                    continue
                error = error_document("interrupted", "The engine was ended while the node ran; the node starts again.")
                self._store.finish_attempt(
                    self.run_id, name, node.attempts, state="failed", reason="interrupted", error=error
                )
                times = sum(
                    1 for attempt in self._store.attempts(self.run_id, name) if attempt["reason"] == "interrupted"
                )
                if times >= CRASH_LIMIT:
                    message = f"The engine was ended {times} times while this node ran; it is not tried again."
                    error = error_document("crash-loop", message, "engine.log may tell why.")
                    self._set(name, state="failed", reason="crash-loop", error=error, finished=timestamp())
                else:
                    self._set(name, state="queued", reason="retry", error=error)

    def cancel(self) -> None:
        """Ends what runs and takes what waits out of the queue; a second time does nothing."""
        if self._cancelled or self._state in SETTLED:
            return
        self._cancelled = True
        for node in self.nodes.values():
            if node.execution is not None:
                node.execution.stop()
        with self._committing():
            for name, node in self.nodes.items():
                if node.state in ("queued", "waiting"):
                    self._set(name, state="cancelled", reason=None, finished=timestamp())
            self._settle()

    def abandon(self) -> None:
        """Ends what runs, and commits nothing any more: the run was given up."""
        self._cancelled = self._abandoned = True
        self._claims.release(self.run_id)
        for node in self.nodes.values():
            if node.execution is not None:
                node.execution.stop()

    def advance(self) -> None:
        """Starts what can start, settles what is decided."""
        if self._state in SETTLED or self._cancelled:
            return
        starting: list[Execution] = []
        with self._committing():
            claimed = self._claim()
            room = self._limit - sum(1 for node in self.nodes.values() if node.execution is not None)
            for name, step in self.plan.steps.items():
                if self.nodes[name].state == "queued" and self._advance_node(name, step, claimed, room > len(starting)):
                    starting.append(self._start(name, step))
            self._settle()
        # Nothing runs before it is committed that it does.
        for execution in starting:
            self._launch(execution)

    # -- one node ------------------------------------------------------------------------

    def _claim(self) -> bool:
        if self.plan.mode != "in-place":
            return True
        outputs = {output for step in self.plan.steps.values() if not step.disabled for output in step.outputs}
        return self._claims.claim(self.run_id, outputs)

    def _advance_node(self, name: str, step: Step, claimed: bool, room: bool) -> bool:
        """Settles a queued node or says why it waits; whether it shall start now."""
        node = self.nodes[name]
        decision = decide(Node(name, step.type, disabled=step.disabled), [self._edge(edge) for edge in node.incoming])
        if decision == "wait":
            return False
        if decision != "run":
            self._set(name, state="skipped", reason=decision[1], finished=timestamp())
            return False
        wanted = Amount(step.cpu, step.memory, step.gpu)
        lacks = self._machine.lacks(wanted)
        if lacks is not None:
            error = error_document("resources", lacks, "Lower what the node declares, or run it elsewhere.")
            self._set(name, state="failed", reason="error", error=error, finished=timestamp())
        elif not claimed:
            self._set(name, reason="output-busy")
        elif node.ready_at > time.monotonic():
            self._set(name, reason="retry")
        elif room and self._machine.take((self.run_id, name), wanted, self._limit):
            return True
        elif room:
            self._set(name, reason="resources")
        return False

    def _edge(self, edge: Any) -> tuple[bool | None, str, str | None]:
        source = self.nodes[edge.source]
        if source.state not in SETTLED:
            return None, source.state, source.reason
        return edge_live(edge.when, self._results_of(edge.source)), source.state, source.reason

    def _results_of(self, name: str) -> Mapping[str, Any]:
        """The results of a node; of one that is passed through, those of the last time that it ran."""
        node = self.nodes[name]
        if node.state == "skipped" and node.reason in ("disabled", "not-selected"):
            last = self._last_success(name)
            return last["results"] if last is not None else {}
        return node.results

    def _last_success(self, name: str) -> dict[str, Any] | None:
        if name not in self._last:
            self._last[name] = self._store.last_success(self.plan.pipeline, name)
        found: dict[str, Any] | None = self._last[name]
        return found

    def _start(self, name: str, step: Step) -> Execution:
        """Commits that the next attempt runs."""
        node = self.nodes[name]
        number = node.attempts + 1
        now = timestamp()
        base = f"{name}/{number}"
        self._store.start_attempt(self.run_id, name, number, now)
        self._set(
            name,
            state="running",
            reason=None,
            attempts=number,
            started=now,
            finished=None,
            seconds=None,
            error=None,
            cell=None,
            cells=None,
            notebook=f"{base}/notebook.ipynb" if step.type == "notebook" else None,
            log=f"{base}/log.txt",
        )
        node.attempts, node.cell = number, None
        parameters, problem = self._parameters(step)
        attempt = Attempt(self._store.workspace, self.run_id, self.plan, step, number, parameters, self._captured(name))
        node.execution = Execution(
            attempt, self._workers, lambda cell, cells: self._progress(name, cell, cells), problem
        )
        return node.execution

    def _launch(self, execution: Execution) -> None:
        task = asyncio.get_running_loop().create_task(self._conduct(execution))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _parameters(self, step: Step) -> tuple[dict[str, Any], Outcome | None]:
        """The values for the node; a result that did not come is a failure of this node."""
        values: dict[str, Any] = {}
        for key, given in step.parameters.items():
            if isinstance(given, FromResult):
                results = self._results_of(given.node)
                if given.name not in results:
                    return values, failure(
                        "unknown-result",
                        f"The parameter {key} is the result {given.name} of {given.node}, which did not report it.",
                        f"Assign {given.name} in the cell tagged results of {given.node}.",
                    )
                values[key] = results[given.name]
            elif isinstance(given, Value):
                values[key] = given.value
        return values, None

    def _captured(self, name: str) -> tuple[Path, ...]:
        """Captured outputs of all nodes before this one, the nearest last, for an isolated run."""
        if self.plan.mode != "isolated":
            return ()
        before: set[str] = set()
        waiting = [name]
        while waiting:
            for edge in self.nodes[waiting.pop()].incoming:
                if edge.source not in before:
                    before.add(edge.source)
                    waiting.append(edge.source)
        return tuple(folder for step in self.plan.steps if step in before for folder in self._captured_of(step))

    def _captured_of(self, name: str) -> list[Path]:
        node, run = self.nodes[name], self.run_id
        attempts = node.attempts
        if node.state == "skipped" and node.reason in ("disabled", "not-selected"):
            last = self._last_success(name)
            if last is None:
                return []
            run, attempts = last["run"], last["attempts"]
        elif node.state != "succeeded":
            return []
        folder = self._store.workspace.run_folder(run) / name / str(attempts) / "outputs"
        return [folder] if folder.is_dir() else []

    async def _conduct(self, execution: Execution) -> None:
        name = execution.attempt.step.id
        outcome, outputs = await execution.run()
        seconds = round(time.monotonic() - execution.began, 3)
        self._machine.release((self.run_id, name))
        self.nodes[name].execution = None
        while not self._abandoned:
            try:
                self._finish(execution.attempt.step, outcome, outputs, seconds)
                break
            except sqlite3.OperationalError as error:
                # What became of a node is not dropped because the disk is full just now.
                print(f"{timestamp()} {self.run_id} {name}: {error}", file=sys.stderr, flush=True)
                await asyncio.sleep(1.0)
        self._changed()

    def _finish(self, step: Step, outcome: Outcome, outputs: Outputs, seconds: float) -> None:
        node = self.nodes[step.id]
        now = timestamp()
        state, reason = outcome.state, outcome.reason
        error = dict(outcome.error) if outcome.error is not None else None
        if self._cancelled and state == "failed":
            state, reason, error = "cancelled", None, None
        again = state == "failed" and node.failures < step.retries
        cell, cells = node.cell or (None, None)
        found = {
            "results": dict(outcome.results),
            "outputs": outputs,
            "cell": cell,
            "cells": cells,
            "seconds": seconds,
            "error": error,
        }
        with self._committing():
            self._store.finish_attempt(
                self.run_id,
                step.id,
                node.attempts,
                state=state,
                reason=reason,
                finished=now,
                seconds=seconds,
                error=error,
            )
            if again:
                self._set(step.id, state="queued", reason="retry", **found)
            else:
                self._set(step.id, state=state, reason=reason, finished=now, **found)
            self._settle()
        if again:
            node.failures += 1
            node.ready_at = time.monotonic() + step.retry_delay
            asyncio.get_running_loop().call_later(step.retry_delay + 0.01, self._changed)

    def _progress(self, name: str, cell: int, cells: int) -> None:
        """Tells in which cell a node is, not more often than anybody can look."""
        node = self.nodes[name]
        node.cell = (cell, cells)
        now = time.monotonic()
        if now - node.told_at >= PROGRESS_SECONDS and node.state == "running":
            node.told_at = now
            # If it cannot be told now, the next cell or the end will tell it.
            with suppress(sqlite3.Error):
                self._set(name, cell=cell, cells=cells)

    # -- the run -------------------------------------------------------------------------

    def _set(self, name: str, **changed: Any) -> None:
        """Commits fields of a node, and remembers them."""
        self._store.advance_node(self.run_id, name, **changed)
        node = self.nodes[name]
        for key in ("state", "reason", "results", "outputs"):
            if key in changed:
                setattr(node, key, changed[key])

    def _settle(self) -> None:
        """The run's own state follows from those of its nodes."""
        state = run_state([node.state for node in self.nodes.values()])
        if state in SETTLED:
            self._end(state)
            return
        # Between two nodes nothing runs, and yet the run has begun.
        begun = state != "queued" or self._started_at is not None
        if begun and self._started_at is None:
            self._started_at, self._clock = timestamp(), time.monotonic()
        reasons = {node.reason for node in self.nodes.values() if node.state == "queued"}
        reason = next((one for one in ("output-busy", "resources", "retry") if one in reasons and not begun), None)
        self._state = "running" if begun and state == "queued" else state
        self._store.advance_run(self.run_id, state=self._state, reason=reason, started=self._started_at)

    def _end(self, state: str) -> None:
        now = timestamp()
        failed = next((name for name, node in self.nodes.items() if node.state == "failed"), None)
        self._store.advance_run(
            self.run_id,
            state=state,
            reason=self.nodes[failed].reason if failed is not None else None,
            started=self._started_at,
            finished=now,
            seconds=self._seconds(now),
            error=self._store.run(self.run_id)["nodes"][failed]["error"] if failed is not None else None,
        )
        self._state = state
        self._claims.release(self.run_id)
        self._changed()

    def _seconds(self, finished: str) -> float | None:
        if self._started_at is None:
            return None
        # Over the life of several engines only the clock on the wall goes on.
        if self._clock is not None:
            return round(time.monotonic() - self._clock, 3)
        return _between(self._started_at, finished)

    @contextmanager
    def _committing(self) -> Iterator[None]:
        """One transaction; if it fails, what is remembered is what the store says."""
        try:
            with self._store.transaction():
                yield
        except sqlite3.Error:
            self._reload()
            raise

    def _reload(self) -> None:
        document = self._store.run(self.run_id)
        self._state, self._started_at = document["state"], document["started"]
        for name, entry in document["nodes"].items():
            node = self.nodes[name]
            node.state, node.reason, node.attempts = entry["state"], entry["reason"], entry["attempts"]
            node.results, node.outputs = entry["results"], entry["outputs"]
            if node.state == "queued" and node.execution is not None:
                self._machine.release((self.run_id, name))
                node.execution = None


def _between(started: str, finished: str) -> float:
    seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
    return round(max(0.0, seconds), 3)
