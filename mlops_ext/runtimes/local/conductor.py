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
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ...compile import Step
from ...failpoints import failpoint
from ...model import Node
from ...states import SETTLED, decide
from ...store import Store
from ...store.documents import timestamp
from . import largefiles
from .attempt import Attempt, Execution
from .claims import Amount, Machine, OutputClaims
from .jobs import Outcome, error_document
from .ledger import Ledger
from .outputs import Outputs
from .priority import by_priority
from .proof import Proof
from .reusing import Reusing, as_they_are
from .tracing import Tracing
from .upstream import Upstream
from .workers import Workers

PROGRESS_SECONDS = 0.2


@dataclass(frozen=True)
class Means:
    """What all runs of an engine share."""

    store: Store
    workers: Workers
    machine: Machine
    claims: OutputClaims
    parallel: int
    """Nodes of one run at once, unless it asks for another number."""
    tracing: Tracing
    changed: Callable[[], None]
    """Something may go on that had to wait."""


class Conductor:
    """Conducts one run."""

    def __init__(self, means: Means, run_id: str, environment: Mapping[str, str]) -> None:
        self.run_id = run_id
        self._means = means
        self._environment = environment
        self._plan = means.store.plan(run_id)
        self._ledger = Ledger(means.store, run_id, self._ended, self._undone)
        self._nodes = self._ledger.nodes
        usual = means.store.usual_seconds(self._plan.pipeline)
        self._order = by_priority(self._plan.steps, self._plan.edges, usual)
        asked = means.store.options(run_id)
        self._upstream = Upstream(means.store, run_id, self._plan, self._nodes, asked["select"])
        self._reusing = Reusing(means.store, run_id, self._plan, environment, means.tracing, wanted=asked["reuse"])
        self._looking = False
        self._limit = self._ledger.max_parallel or means.parallel
        self._cancelled = False
        self._cancel_told = False
        self._abandoned = False
        self._reads = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many of its nodes run."""
        return sum(1 for node in self._nodes.values() if node.execution is not None)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen in this run."""
        return self._ledger.state in SETTLED and not self._tasks

    def recover(self) -> None:
        """What was running when the engine was killed is put in the queue again."""
        self._ledger.interrupted()

    def cancel(self) -> None:
        """Ends what runs and takes what waits out of the queue; a second time does nothing."""
        if self._cancel_told or self._ledger.state in SETTLED:
            return
        self._stop_all()
        failpoint("stopping")
        with self._ledger.committing():
            for name, node in self._nodes.items():
                if node.state in ("queued", "waiting"):
                    self._ledger.set(name, state="cancelled", reason=None, finished=timestamp())
            self._ledger.settle()
        failpoint("cancelled")
        self._cancel_told = True

    def abandon(self) -> None:
        """Ends what runs, and commits nothing any more: the run was given up."""
        self._abandoned = True
        self._means.machine.forget(self.run_id)
        self._means.claims.release(self.run_id)
        self._stop_all()

    def advance(self) -> None:
        """Starts what can start, settles what is decided."""
        if self._ledger.state in SETTLED or self._cancelled:
            return
        starting: list[Execution] = []
        with self._ledger.committing():
            claimed = self._claim()
            if claimed and not self._looking and self._reusing.is_due(self._nodes, SETTLED):
                self._looking = True
                self._keep(self._reuse())
            room = self._limit - self.running
            for name in self._order:
                step = self._plan.steps[name]
                if self._nodes[name].state == "queued" and self._decide(name, step, claimed, room > len(starting)):
                    starting.append(self._start(name, step))
            self._ledger.settle()
        # Nothing runs before it is committed that it does.
        for execution in starting:
            failpoint("attempt-committed")
            self._keep(self._conduct(execution))
        if starting and not self._reads:
            self._reads = True
            self._keep(largefiles.fill_in(self._means.store, self.run_id, self._means.tracing))

    async def _reuse(self) -> None:
        """Settles the nodes that need not run; until that is known none of them begins."""
        reused = await asyncio.to_thread(self._reusing.look, as_they_are(self._nodes))
        if any(node.state == "queued" and name not in reused for name, node in self._nodes.items()):
            self._means.workers.make_ready()
        while reused and not self._cancelled and not self._abandoned:
            try:
                self._ledger.reuse(reused)
                failpoint("reuse-committed")
                break
            except sqlite3.OperationalError as error:
                print(f"{timestamp()} {self.run_id}: {error}", file=sys.stderr, flush=True)
                await asyncio.sleep(1.0)
        self._looking = False

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something beside; the run is not over before it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._means.changed()

    def _stop_all(self) -> None:
        self._cancelled = True
        for node in self._nodes.values():
            if node.execution is not None:
                node.execution.stop()

    def _claim(self) -> bool:
        if self._plan.mode != "in-place":
            return True
        outputs = {output for step in self._plan.steps.values() if step.runs for output in step.outputs}
        return self._means.claims.claim(self.run_id, outputs)

    def _decide(self, name: str, step: Step, claimed: bool, room: bool) -> bool:
        """Settles a queued node or says why it waits; whether it shall start now."""
        node = self._nodes[name]
        decision = decide(Node(name, step.type, disabled=step.disabled), self._upstream.edges(name))
        if decision == "wait":
            return False
        if decision != "run":
            self._ledger.set(name, state="skipped", reason=decision[1], finished=timestamp())
            return False
        if claimed and not self._reusing.may_run(name):
            return False
        wanted = Amount(step.cpu, step.memory, step.gpu)
        lacks = self._means.machine.lacks(wanted)
        if lacks is not None:
            error = error_document("resources", lacks, "Lower what the node declares, or run it elsewhere.")
            self._ledger.set(name, state="failed", reason="error", error=error, finished=timestamp())
        elif not claimed:
            self._ledger.set(name, reason="output-busy")
        elif node.ready_at > time.monotonic():
            self._ledger.set(name, reason="retry")
        elif room and self._means.machine.take((self.run_id, name), wanted, self._limit):
            return True
        elif room:
            self._ledger.set(name, reason="resources")
        return False

    def _start(self, name: str, step: Step) -> Execution:
        """Commits that the next attempt runs."""
        number = self._ledger.begin(name, step.type)
        parameters, problem = self._upstream.parameters(step)
        attempt = Attempt(
            self._means.store.workspace,
            self.run_id,
            self._plan,
            step,
            number,
            parameters,
            self._environment,
            self._upstream.captured(name),
            self._upstream.made(name),
            self._reusing.because(name),
        )
        execution = Execution(
            attempt,
            self._means.workers,
            self._means.tracing,
            lambda cell, cells: self._progress(name, cell, cells),
            problem,
        )
        self._nodes[name].execution = execution
        return execution

    async def _conduct(self, execution: Execution) -> None:
        step = execution.attempt.step
        outcome, outputs = await execution.run()
        seconds = round(time.monotonic() - execution.began, 3)
        self._means.machine.release((self.run_id, step.id))
        self._nodes[step.id].execution = None
        while not self._abandoned:
            try:
                self._finish(step, outcome, outputs, seconds, execution.proof)
                failpoint("outcome-committed")
                break
            except sqlite3.OperationalError as error:
                # What became of a node is not dropped because the disk is full just now.
                print(f"{timestamp()} {self.run_id} {step.id}: {error}", file=sys.stderr, flush=True)
                await asyncio.sleep(1.0)

    def _finish(self, step: Step, outcome: Outcome, outputs: Outputs, seconds: float, proof: Proof | None) -> None:
        node = self._nodes[step.id]
        if self._cancelled and outcome.state == "failed":
            outcome = replace(outcome, state="cancelled", reason=None, error=None)
        again = outcome.state == "failed" and node.failures < step.retries
        self._ledger.finish(step.id, outcome, outputs, seconds, again=again, proof=proof)
        if again:
            node.failures += 1
            node.ready_at = time.monotonic() + step.retry_delay
            asyncio.get_running_loop().call_later(step.retry_delay + 0.01, self._means.changed)

    def _progress(self, name: str, cell: int, cells: int) -> None:
        """Tells in which cell a node is, not more often than anybody can look."""
        node = self._nodes[name]
        node.cell = (cell, cells)
        pause = node.told_at + PROGRESS_SECONDS - time.monotonic()
        if pause <= 0:
            self._tell_cell(name, node.attempts)
        elif not node.tells_later:
            # The cell after a quick one may take an hour: it is told when there was a pause.
            node.tells_later = True
            asyncio.get_running_loop().call_later(pause, self._tell_cell, name, node.attempts)

    def _tell_cell(self, name: str, attempt: int) -> None:
        node = self._nodes[name]
        node.tells_later = False
        if node.state != "running" or node.attempts != attempt or node.cell is None or self._abandoned:
            return
        node.told_at = time.monotonic()
        # If it cannot be told now, the next cell or the end will tell it.
        with suppress(sqlite3.Error):
            self._ledger.set(name, cell=node.cell[0], cells=node.cell[1])

    def _ended(self) -> None:
        self._means.machine.forget(self.run_id)
        self._means.claims.release(self.run_id)
        self._means.changed()

    def _undone(self, name: str) -> None:
        self._means.machine.release((self.run_id, name))
