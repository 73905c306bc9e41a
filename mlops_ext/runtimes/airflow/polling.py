"""Follows all runs of a runtime by one loop of few requests.

What Airflow shows is compared with what the store knows, node by node, and each
difference is committed. Airflow may be away, slow, or answer nonsense: then states
stay as they were last known, the reason is shown with each run, and it is asked again,
ever more rarely. An attempt's end is committed when what it left lies here.
"""

from __future__ import annotations

import sqlite3
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ...errors import MlopsError
from ...states import SETTLED
from ...store.documents import timestamp
from .desk import Desk
from .evidence import Evidence, Place, looked_at
from .mapping import RUN_ACTIVE, RUN_OVER, Ending, Seen, ending, error_document, moment, seen
from .pace import Pace
from .remoterun import RemoteRun
from .submission import Patience, told

if TYPE_CHECKING:
    from .client import Airflow

LOOK = 2
"""Requests of a look: one for runs, one for their tasks."""
SOONEST = 0.5
"""Seconds between two looks, just after something changed."""
IDLE_SECONDS = 5.0
LOCAL_SECONDS = 0.4
LOG_SECONDS = 2.0
CLOCKS = timedelta(hours=1)
"""By how much Airflow's clock may differ from ours."""
MISSES = 2
"""So often must Airflow say that a run is gone, or goes on after its end, until it is believed."""
GONE = "The run was deleted in Airflow."
PAUSED = "The pipeline is paused in Airflow; the run waits until somebody resumes it."
PAUSED_HINT = "Switch the pipeline on in the Runtimes panel or in Airflow, or cancel the run."


@dataclass(frozen=True)
class View:
    """What one look at Airflow showed."""

    runs: Mapping[tuple[str, str], Mapping[str, Any]]
    tasks: Mapping[tuple[str, str], Mapping[str, Mapping[str, Any]]]
    gone: frozenset[tuple[str, str]]
    others: Sequence[Mapping[str, Any]]
    """Runs of our DAGs that are not followed (yet)."""


@dataclass
class _Watch:
    """What is under way for a run that is followed."""

    pending: set[str] = field(default_factory=set)
    failures: int = 0
    misses: int = 0
    over: int = 0
    log_tokens: dict[tuple[str, int], str | None] = field(default_factory=dict)
    reading: set[str] = field(default_factory=set)
    next_log: float = 0.0


class Poller:
    """Keeps the runs that Airflow has as they are there."""

    def __init__(
        self,
        airflow: Airflow,
        desk: Desk,
        evidence: Evidence,
        seconds: float,
        discovered: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._airflow = airflow
        self._desk = desk
        self._evidence = evidence
        self._seconds = seconds
        self._discovered = discovered
        self._patience = Patience()
        self._watches: dict[str, _Watch] = {}
        self._busy = False
        self._next = 0.0
        self._next_local = 0.0
        self._changed = 0.0
        self._looked_at: str | None = None
        self._pace = Pace(lambda: airflow.requests)
        self.calm = 0
        """So many looks in a row showed nothing new."""

    def soon(self) -> None:
        """Something is going to change: look as soon as the pace allows, and more often for a while."""
        self.calm = 0
        self._changed = time.monotonic()
        self._next = min(self._next, self._changed + self._pace.pause(LOOK))

    def advance(self, runs: Mapping[str, RemoteRun], dag_ids: Iterable[str], since: str | None) -> None:
        """Looks at Airflow if it is time. `dag_ids`: the DAGs of which new runs are of interest, from a time on."""
        now = time.monotonic()
        followed = {run.run_id: run for run in runs.values() if run.step == "following" and not run.over}
        for gone in set(self._watches) - set(followed):
            del self._watches[gone]
        if now >= self._next_local:
            self._next_local = now + LOCAL_SECONDS
            for run in followed.values():
                self._look_closer(run, now)
        wanted = set(dag_ids) | {run.dag_id for run in followed.values()}
        if self._busy or now < self._next or not self._patience.over or not wanted:
            return
        self._busy = True
        keys = {(run.dag_id, run.airflow_id) for run in followed.values()}
        # What began before the last look is known by now, unless it is followed.
        new = self._looked_at or since
        moments = [run.created for run in followed.values()] + ([new] if new is not None else [])
        begin = _earlier(min(moments)) if moments else None
        looked = timestamp()
        self._desk.call(
            lambda: _view(self._airflow, wanted, keys, begin),
            lambda view: self._seen(view, followed, looked),
            lambda error: self._failed(error, followed),
        )

    def _seen(self, view: View, followed: Mapping[str, RemoteRun], looked: str) -> None:
        self._busy = False
        self._patience.worked()
        now = time.monotonic()
        pause = self._rest(now - self._changed) if followed else max(self._seconds, IDLE_SECONDS)
        self._next = now + max(self._pace.pause(LOOK), pause)
        for run in followed.values():
            if not run.over and run.step == "following":
                self._try(run, view)
        for other in view.others:
            self._discovered(other)
        self._looked_at = looked
        self.calm += 1

    def _rest(self, quiet: float) -> float:
        """Until the next look: what was quiet for so many seconds may be seen a quarter of them late."""
        return min(self._seconds, max(SOONEST, quiet / 4))

    def _try(self, run: RemoteRun, view: View) -> None:
        """A run that an error of ours stands in the way of says so; the others go on."""
        try:
            self._apply(run, view)
        except sqlite3.OperationalError:
            raise
        except Exception:
            traceback.print_exc()
            run.reload()
            hint = "This is an error of mlops-ext; the follower's log has more."
            run.trouble(MlopsError("What Airflow shows of the run could not be taken in.", hint))

    def _failed(self, error: Exception, followed: Mapping[str, RemoteRun]) -> None:
        self._busy = False
        self._patience.failed()
        for run in followed.values():
            if not run.over:
                run.trouble(told(error))

    def _apply(self, run: RemoteRun, view: View) -> None:
        """Brings one run to what Airflow shows of it."""
        watch = self._watches.setdefault(run.run_id, _Watch())
        key = (run.dag_id, run.airflow_id)
        shown = view.runs.get(key)
        if shown is None:
            self._missing(run, watch, sure=key in view.gone)
            return
        watch.misses = 0
        unknown: list[str] = []
        tasks = view.tasks.get(key, {})
        before = run.store.last_change()
        for name in run.nodes:
            task = tasks.get(name)
            if task is not None and name not in watch.pending:
                what = seen(task)
                if what.unknown is not None:
                    unknown.append(f"{name} is {what.unknown!r}")
                self._node(run, watch, name, what)
        self._tell(run, shown, unknown)
        run.settle()
        if shown.get("state") in RUN_OVER and not watch.pending:
            self._over(run, watch, shown)
        else:
            watch.over = 0
        if run.store.last_change() != before or watch.pending:
            self._changed = time.monotonic()
            self.calm = -1

    def _node(self, run: RemoteRun, watch: _Watch, name: str, what: Seen) -> None:
        node = run.nodes[name]
        if node.state in SETTLED:
            # Somebody cleared it in Airflow: a further attempt is the proof.
            if what.attempt > node.attempts and what.state == "running" and node.attempts > 0:
                run.reopen([name], "A person or Airflow runs it again.")
            return
        if node.begun and what.attempt > node.attempts:
            self._gather(run, watch, name, node.attempts, _ended_before(what), again=True)
        elif what.attempt > node.attempts + 1:
            run.begin(name, node.attempts + 1, run.plan.steps[name].type, None)
            self._gather(run, watch, name, node.attempts, _ended_before(what), again=True)
        elif what.state in ("running", "waiting"):
            if not node.begun:
                run.begin(name, max(1, what.attempt), run.plan.steps[name].type, what.started)
            if node.state != what.state:
                run.show(name, state=what.state)
        elif what.state == "queued":
            if what.reason == "retry" and (node.begun or what.attempt > node.attempts):
                if not node.begun:
                    run.begin(name, what.attempt, run.plan.steps[name].type, what.started)
                self._gather(run, watch, name, node.attempts, _ended_before(what), again=True)
            elif not node.begun and what.reason != node.reason and what.reason is not None:
                run.show(name, reason=what.reason)
        else:
            if not node.begun and what.state in ("succeeded", "failed") and what.attempt > node.attempts:
                run.begin(name, what.attempt, run.plan.steps[name].type, what.started)
            self._gather(run, watch, name, max(node.attempts, what.attempt), what, again=False)

    def _gather(self, run: RemoteRun, watch: _Watch, name: str, attempt: int, what: Seen, *, again: bool) -> None:
        """Brings here what an attempt left, and then commits its end."""
        if what.reason == "upstream" or (what.state == "skipped" and run.cancelling):
            run.finish(name, ending(what, None, cancelled=run.cancelling), what, again=False)
            return
        watch.pending.add(name)
        place = self._place(run, name, max(1, attempt))

        def then(outcome: Mapping[str, Any] | None) -> None:
            self._finish(run, watch, name, ending(what, outcome, cancelled=run.cancelling and not again), what, again)

        def failed(error: Exception) -> None:
            watch.pending.discard(name)
            watch.failures += 1
            if watch.failures > 10 or not isinstance(error, MlopsError):
                # What it left cannot be had; that it ended is true all the same.
                then(None)
            else:
                run.trouble(told(error))

        self._desk.file(lambda: self._evidence.gather(place, run.plan.pipeline), then, failed)

    def _finish(self, run: RemoteRun, watch: _Watch, name: str, how: Ending, what: Seen, again: bool) -> None:
        watch.pending.discard(name)
        watch.failures = 0
        if run.over or run.nodes[name].state in SETTLED:
            return
        run.finish(name, how, what, again=again)
        self.soon()

    def _over(self, run: RemoteRun, watch: _Watch, shown: Mapping[str, Any]) -> None:
        open_nodes = [name for name, node in run.nodes.items() if node.state not in SETTLED]
        watch.over += 1
        if open_nodes and watch.over <= MISSES:
            return
        message = "Cancelled in Airflow." if run.cancelling else "It has ended in Airflow."
        run.end(message, finished=moment(shown.get("end_date")))

    def _missing(self, run: RemoteRun, watch: _Watch, *, sure: bool) -> None:
        watch.misses += sure
        if watch.misses >= MISSES and not watch.pending:
            hint = "Start the pipeline again."
            run.end(GONE, error=error_document("remote-deleted", GONE, hint))

    def _tell(self, run: RemoteRun, shown: Mapping[str, Any], unknown: list[str]) -> None:
        state = shown.get("state")
        if unknown:
            listed = ", ".join(unknown[:3])
            run.trouble(MlopsError(f"Airflow shows a state that is not known here: {listed}.", code="unknown-state"))
        elif run.stalled and run.store.deployment(run.plan.runtime, run.dag_id)["paused"]:
            run.trouble(MlopsError(PAUSED, PAUSED_HINT, code="paused"))
        else:
            run.trouble(None)
        if run.cancelling:
            message = "Airflow was asked to stop the run."
        elif state == "queued":
            message = "Airflow has the run; it waits to be started there."
        else:
            message = "Airflow runs it."
        run.say(message=message)

    def _look_closer(self, run: RemoteRun, now: float) -> None:
        """Cells and logs of what runs, where they can be had."""
        watch = self._watches.setdefault(run.run_id, _Watch())
        for name, node in run.nodes.items():
            if node.state != "running" or name in watch.pending:
                continue
            place = self._place(run, name, node.attempts)
            cell = self._evidence.cell(place) if run.plan.steps[name].type == "notebook" else None
            if cell is not None and cell != node.cell:
                run.show(name, cell=cell[0], cells=cell[1])
                node.cell = cell
            if looked_at(place.folder) and name not in watch.reading and now >= watch.next_log:
                self._follow_log(run, watch, name, place)

    def _follow_log(self, run: RemoteRun, watch: _Watch, name: str, place: Place) -> None:
        key = (name, place.attempt)
        watch.reading.add(name)

        def then(token: str | None) -> None:
            watch.reading.discard(name)
            watch.log_tokens[key] = token

        def failed(_: Exception) -> None:
            watch.reading.discard(name)

        tray = self._desk.file if self._evidence.files.is_local else self._desk.call
        watch.next_log = 0.0 if self._evidence.files.is_local else time.monotonic() + LOG_SECONDS
        tray(lambda: self._evidence.follow_log(place, watch.log_tokens.get(key)), then, failed)

    def _place(self, run: RemoteRun, name: str, attempt: int) -> Place:
        folder = run.store.workspace.run_folder(run.run_id) / name / str(attempt)
        return Place(run.dag_id, run.airflow_id, name, attempt, folder)


def _view(airflow: Airflow, dag_ids: set[str], keys: set[tuple[str, str]], since: str | None) -> View:
    """Asks for the runs of all DAGs, and for the tasks of those that are followed."""
    runs = {(str(one.get("dag_id")), str(one.get("dag_run_id"))): one for one in airflow.dag_runs(dag_ids, since=since)}
    gone = set()
    for key in keys - set(runs):
        found = airflow.dag_run(*key)
        if found is None:
            gone.add(key)
        else:
            runs[key] = found
    tasks: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    asked = [key for key in keys if key in runs]
    if asked:
        instances = airflow.task_instances({dag for dag, _ in asked}, {run for _, run in asked})
        for one in instances:
            key = (str(one.get("dag_id")), str(one.get("dag_run_id")))
            tasks.setdefault(key, {})[str(one.get("task_id"))] = one
    others = [one for key, one in runs.items() if key not in keys]
    return View(runs, tasks, frozenset(gone), others)


def _ended_before(what: Seen) -> Seen:
    """The attempt before the one that is shown: all that is known is that it failed."""
    return Seen("failed", "error", what.attempt, None, timestamp(), None)


def _earlier(text: str) -> str:
    return (datetime.fromisoformat(text).astimezone(UTC) - CLOCKS).isoformat()


def is_active(shown: Mapping[str, Any]) -> bool:
    """Whether a run of Airflow's has not ended."""
    return shown.get("state") in RUN_ACTIVE
