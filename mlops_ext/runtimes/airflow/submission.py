"""Brings a run to Airflow, step by step; each step may be repeated.

    accepted → delivering → waiting (for Airflow to read this very package) → triggering → following

Every step is committed before it is begun. Killed anywhere, the next follower goes
on from there: a delivery of the same package changes nothing, and the trigger
carries a run id of ours, so that a second one finds the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...compile import Plan, compile_plan
from ...errors import InvalidPipeline, MlopsError, Refused
from ...failpoints import failpoint
from ...model import Pipeline
from ...parse import parse
from ...paths import Workspace
from ...store.documents import timestamp
from .desk import Desk
from .mapping import error_document
from .origin import Origin, origin_of
from .pools import missing, pools_of
from .remoterun import RemoteRun

if TYPE_CHECKING:
    from ..registry import Runtime
    from .client import Airflow
    from .deliver import Delivered
    from .package import Package

LOOK_SECONDS = 0.5
EAGER_SECONDS = 5.0
"""A file that is read at once is noticed at once; later, it is asked less often."""
UNREAD_SECONDS = 30.0
"""So long may Airflow take to read a file before people are asked whether it looks there."""
LONGEST_PAUSE = 30.0
BEFORE = ("accepted", "delivering", "waiting")
"""Steps in which it is certain that Airflow has no run."""
CANCELLED = "Cancelled before it was started in Airflow."
REPLACED = "A newer version of the pipeline was delivered before Airflow had read this one."
FINAL = frozenset(
    {
        "airflow-tls",
        "airflow-not-airflow",
        "airflow-version",
        "airflow-sign-in",
        "airflow-forbidden",
        "airflow-refused",
        "secret-bound",
        "unknown-secret",
    }
)
"""What does not go away by waiting: as long as nothing can run in Airflow, the run is refused with it."""


@dataclass(frozen=True)
class Means:
    """What all submissions of a follower share."""

    runtime: Runtime
    airflow: Airflow
    desk: Desk
    deliver: Callable[[Package, Origin], Delivered]
    prune: Callable[[str, set[str]], None]


@dataclass(frozen=True)
class Brought:
    """A package that lies where Airflow reads it."""

    package: Package
    delivered: Delivered
    plan: Plan
    text: str
    schedule: Any


def bring(means: Means, workspace: Workspace, sources: Path, plan: Plan, *, scheduled: bool) -> Brought:
    """Builds the package of a plan from a snapshot and delivers it; with its schedule only if that was asked for."""
    from .package import build

    text = (sources / plan.pipeline).read_text(encoding="utf-8")
    parsed = parse(text.encode("utf-8")).pipeline
    if parsed is None:
        raise Refused("The snapshot of the pipeline cannot be read any more.", "Run the pipeline again.")
    pipeline, schedule = parsed, parsed.document.get("schedule")
    if not scheduled:
        pipeline, schedule = _unscheduled(parsed), None
    unbound = compile_plan(
        pipeline,
        path=plan.pipeline,
        sha256=plan.pipeline_sha256,
        runtime=plan.runtime,
        mode="isolated",
        bind=False,
    )
    package = build(workspace, unbound, pipeline, means.runtime, sources)
    failpoint("built")
    return Brought(package, means.deliver(package, origin_of(workspace)), unbound, text, schedule)


class Patience:
    """When to try again: soon at first, then ever later."""

    def __init__(self) -> None:
        self._pause = 0.0
        self._due = 0.0

    @property
    def over(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._due

    def wait(self, seconds: float) -> None:
        """Not before so many seconds have passed."""
        self._due = time.monotonic() + seconds

    def failed(self) -> None:
        """Later than the last time."""
        self._pause = min(LONGEST_PAUSE, self._pause * 2 or 1.0)
        self.wait(self._pause)

    def worked(self) -> None:
        """The next failure is a first one again."""
        self._pause = 0.0
        self._due = 0.0


class Submission:
    """The way of one run to Airflow."""

    def __init__(self, means: Means, run: RemoteRun) -> None:
        self.run = run
        self.busy = False
        self._means = means
        self._patience = Patience()
        self._waiting_since = time.monotonic()
        # Whoever was killed while triggering may have triggered.
        self._doubtful = run.step == "triggering"

    def cancel(self) -> None:
        """Ends the run if it is certain that Airflow has none; else it is stopped once that is known."""
        self.run.cancelling = True
        if self.run.step in BEFORE and not self.busy:
            self.run.end(CANCELLED)

    def advance(self, others: Iterable[RemoteRun]) -> None:
        """Does what comes next, if it is time."""
        if self.busy or not self._patience.over or self.run.over:
            return
        step = self.run.step
        if step == "accepted" and not self._in_turn(others):
            self._patience.wait(LOOK_SECONDS)
        elif step in ("accepted", "delivering"):
            self._deliver()
        elif step == "waiting":
            self._ask(self._look, self._looked)
        elif step == "triggering":
            self._ask(self._trigger, self._triggered)

    def _in_turn(self, others: Iterable[RemoteRun]) -> bool:
        """One version of a DAG at a time is on its way, unless the one before it is stuck."""
        for other in others:
            if other is self.run or other.over or other.dag_id != self.run.dag_id:
                continue
            under_way = other.step in ("delivering", "waiting", "triggering")
            if not under_way or other.plan.pipeline_sha256 == self.run.plan.pipeline_sha256:
                continue
            if other.step != "waiting" or other.remote["problem"] is None:
                self.run.say(message="Waiting until an earlier version of the pipeline has been started.")
                return False
            other.end(REPLACED, error=error_document("replaced", REPLACED, "Run it again if you need it."))
        return True

    def _deliver(self) -> None:
        run, means = self.run, self._means
        run.say("delivering", f"Delivering the pipeline to {means.runtime.name}.")
        failpoint("delivering")
        store = run.store
        before = {one["dag_id"]: one for one in store.deployments(means.runtime.name)}.get(run.dag_id)
        # A schedule that is paused is not set off by running the pipeline: it is taken out instead.
        scheduled = bool(before and before["scheduled"] and not (before["paused"] or before["wanted_paused"]))
        workspace, sources = store.workspace, store.workspace.run_folder(run.run_id) / ".source"
        self.busy = True
        means.desk.file(
            lambda: bring(means, workspace, sources, run.plan, scheduled=scheduled),
            lambda brought: self._delivered(brought, scheduled),
            self._failed,
        )

    def _delivered(self, brought: Brought, scheduled: bool) -> None:
        self.busy = False
        failpoint("delivered")
        self._patience.worked()
        self._waiting_since = time.monotonic()
        run = self.run
        with run.store.transaction():
            record_delivery(run, self._means, brought, scheduled=scheduled)
            run.say(
                "waiting",
                "Delivered; waiting for Airflow to read it.",
                package=brought.package.digest,
                version=brought.delivered.version,
                pinned=brought.delivered.pinned,
            )
        if run.cancelling:
            run.end(CANCELLED)
        failpoint("waiting")

    def _look(self) -> tuple[bool, MlopsError | None]:
        run, means = self.run, self._means
        eager = time.monotonic() - self._waiting_since < 2 * LOOK_SECONDS
        read, problem = look(means, run.dag_id, str(run.remote["package"]), errors=not eager)
        if read:
            path = run.store.workspace.run_folder(run.run_id) / ".source" / run.plan.pipeline
            problem = missing(means.airflow, pools_of(path, means.runtime))
        return read and problem is None, problem

    def _looked(self, found: tuple[bool, MlopsError | None]) -> None:
        self.busy = False
        self._patience.worked()
        read, problem = found
        if self.run.cancelling:
            self.run.end(CANCELLED)
        elif read:
            failpoint("read")
            self.run.say("triggering", "Airflow has read it; starting the run.")
            failpoint("triggering")
        else:
            waited = time.monotonic() - self._waiting_since
            self.run.trouble(problem or unread(waited))
            pause = LOOK_SECONDS / 2 if waited < EAGER_SECONDS else LOOK_SECONDS
            self._patience.wait(pause if waited < UNREAD_SECONDS else 4 * LOOK_SECONDS)

    def _trigger(self) -> str:
        run, airflow = self.run, self._means.airflow
        if run.cancelling and airflow.dag_run(run.dag_id, run.airflow_id) is None:
            return ""
        conf = {**run.plan.parameters, "mlops_package": run.remote["package"]}
        if not run.cancelling:
            airflow.set_paused(run.dag_id, False)
            airflow.trigger(run.dag_id, run.airflow_id, conf)
            failpoint("triggered")
        return airflow.link(run.dag_id, run.airflow_id)

    def _triggered(self, url: str) -> None:
        self.busy = False
        self._patience.worked()
        if not url:
            self.run.end(CANCELLED)
            return
        self.run.say("following", "Airflow has the run.", url=url)
        failpoint("following")
        self._goes_on()
        self._prune()

    def _goes_on(self) -> None:
        """Whoever wanted the pipeline to go on has it: asked again, that would undo a pause of somebody's meanwhile."""
        name, store = self._means.runtime.name, self.run.store
        if store.deployment(name, self.run.dag_id)["wanted_paused"] is False:
            store.put_deployment(name, self.run.dag_id, paused=False, wanted_paused=None)

    def _prune(self) -> None:
        """Packages that no run here can need go; what cannot be removed now is tried the next time."""
        run, means = self.run, self._means
        keep = {str(run.remote["package"]), *run.store.packages(means.runtime.name, run.dag_id)}
        means.desk.file(lambda: means.prune(run.dag_id, keep), lambda _: None, lambda _: None)

    def _ask(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.busy = True
        self._means.desk.call(work, then, self._failed)

    def _failed(self, error: Exception) -> None:
        self.busy = False
        self._patience.failed()
        known = told(error)
        if self.run.over:
            return
        if self.run.cancelling and self.run.step != "triggering":
            self.run.end(CANCELLED)
        elif self._is_final(known):
            failure = error_document(known.code, known.message, known.hint or None)
            self.run.end(f"It was not started in Airflow. {known.message}", error=failure)
        else:
            self._doubtful = self._doubtful or self.run.step == "triggering"
            self.run.trouble(known)

    def _is_final(self, error: MlopsError) -> bool:
        if self.run.step == "triggering":
            # Airflow answers what exists as it is: what it refuses is not there.
            return error.code == "airflow-refused" or (error.code in FINAL and not self._doubtful)
        if self.run.step == "delivering":
            return True
        return error.code in FINAL


def look(means: Means, dag_id: str, digest: str, *, errors: bool = True) -> tuple[bool, MlopsError | None]:
    """Whether Airflow has read this very package, and what it says is wrong with the file if it has not."""
    dag = means.airflow.dag(dag_id)
    if dag is not None and f"mlops-ext package {digest}" in str(dag.get("doc_md") or ""):
        return True, None
    for error in means.airflow.import_errors() if errors else []:
        name = str(error.get("filename") or "")
        if f"{dag_id}/dag.py" in name:
            last = str(error.get("stack_trace") or "").strip().splitlines()[-1:]
            sentence = f"Airflow cannot read the pipeline's file: {last[0][:300] if last else 'it does not say why.'}"
            return False, MlopsError(sentence, "Airflow's page of import errors has more.", code="import-error")
    return False, None


def unread(waited: float) -> MlopsError | None:
    """What is said when Airflow takes long."""
    if waited < UNREAD_SECONDS:
        return None
    # In steps: the sentence is an event each time that it changes.
    shown = int(waited // UNREAD_SECONDS * UNREAD_SECONDS)
    return MlopsError(
        f"Airflow has not read the file for {shown} s.",
        "Does it look at this folder? How often it looks is set by Airflow's dag_processor refresh_interval.",
        code="not-read",
    )


def record_delivery(run: RemoteRun, means: Means, brought: Brought, *, scheduled: bool) -> None:
    """What lies on the runtime now."""
    run.store.put_deployment(
        means.runtime.name,
        run.dag_id,
        pipeline=run.plan.pipeline,
        pipeline_sha256=run.plan.pipeline_sha256,
        document=brought.text,
        package=brought.package.digest,
        version=brought.delivered.version,
        pinned=brought.delivered.pinned,
        scheduled=scheduled,
        schedule=brought.schedule,
        step="ready",
        message="",
        problem=None,
        url=means.airflow.link(run.dag_id),
        delivered=timestamp(),
    )


def told(error: Exception) -> MlopsError:
    """An error as people read it; those that are not ours by their kind alone."""
    if isinstance(error, InvalidPipeline):
        return error
    if isinstance(error, MlopsError):
        return error
    return MlopsError(f"Something unexpected happened ({type(error).__name__}).", "The follower's log has more.")


def _unscheduled(pipeline: Pipeline) -> Pipeline:
    return replace(pipeline, document={key: value for key, value in pipeline.document.items() if key != "schedule"})
