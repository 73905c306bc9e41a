"""One attempt of one node, as the engine sees it: from its folder to its outcome.

The worker's word counts only while the worker lives: if its reports end without
an outcome, it was killed, whatever its notebook says. Outputs are looked at here,
after the worker and all below it are gone.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...compile import Plan, Step
from ...errors import MlopsError
from ...failpoints import failpoint
from ...paths import Workspace
from ...redaction import Redactor
from ...secrets import SecretStore
from . import outputs, reap, verdicts
from .environment import node_environment
from .jobs import Job, Outcome, failure
from .keys import Keys
from .objects import Objects
from .proof import Given, Proof, prove
from .reuse import REUSABLE, Verdict, declared_files
from .trace import HOOK_FILE
from .tracehook import VARIABLE
from .tracing import Session, Tracing
from .workers import Worker, Workers
from .world import World

STOP_SECONDS = 7.0
"""How long a worker may take to end an attempt in good order."""


@dataclass(frozen=True)
class Attempt:
    """Which try of which node of which run."""

    workspace: Workspace
    run: str
    plan: Plan
    step: Step
    number: int
    parameters: Mapping[str, Any]
    """With the results of other nodes filled in."""
    environment: Mapping[str, str]
    """Of whoever submitted the run."""
    inherited: tuple[Path, ...] = ()
    """Folders with captured outputs of the nodes before it, for an isolated run."""
    upstream: Mapping[str, str | None] = field(default_factory=dict)
    """Paths and hashes of what the nodes before it made."""
    because: Verdict | None = None
    """Why it runs."""

    @property
    def run_folder(self) -> Path:
        return self.workspace.run_folder(self.run)

    @property
    def folder(self) -> Path:
        return self.run_folder / self.step.id / str(self.number)

    @property
    def isolated(self) -> bool:
        return self.plan.mode == "isolated"

    @property
    def root(self) -> Path:
        """What the workspace is for the code of the node."""
        return self.folder / "work" if self.isolated else self.workspace.folder

    @property
    def captured(self) -> Path:
        """Where copies of its outputs lie."""
        return self.folder / "outputs"

    @property
    def marks(self) -> dict[str, str]:
        """The variables by which its processes are found."""
        return {"MLOPS_RUN_ID": self.run, "MLOPS_NODE": self.step.id, "MLOPS_ATTEMPT": str(self.number)}


class Execution:
    """An attempt while it runs; may be stopped from outside."""

    def __init__(
        self,
        attempt: Attempt,
        workers: Workers,
        tracing: Tracing,
        progress: Callable[[int, int], None],
        problem: Outcome | None = None,
    ) -> None:
        self.attempt = attempt
        self._workers = workers
        self._tracing = tracing
        self._progress = progress
        self._problem = problem
        self._stop = asyncio.Event()
        self.began = time.monotonic()
        self.proof: Proof | None = None
        """Of a success: on what it depended."""

    def stop(self) -> None:
        """Ends it; asked twice is asked once."""
        self._stop.set()

    async def run(self) -> tuple[Outcome, outputs.Outputs]:
        """Prepares, runs, looks at the outputs; what was known to be wrong before is said instead."""
        if self._problem is not None:
            return self._problem, {}
        attempt, session = self.attempt, None
        try:
            session = await self._tracing.begin(attempt.folder, watched=not attempt.isolated)
            job, given = await asyncio.to_thread(self._prepare)
            if self._stop.is_set():
                return _stopped(), {}
            outcome = await self._work(job)
            if outcome.state != "succeeded":
                return outcome, {}
            self._tracing.end(session)
            outcome, made = await asyncio.to_thread(self._outputs, outcome)
            if outcome.state == "succeeded":
                self.proof = await self._proved(given, session, made)
            return outcome, made
        except MlopsError as error:
            return failure(error.code, error.message, error.hint), {}
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return verdicts.disk_full(), {}
            return failure("internal", f"The node could not be run: {error}"), {}
        except Exception as error:
            # A node that trips over an error of ours must not hang, nor take others along.
            traceback.print_exc()
            return failure(
                "internal", f"The node could not be run: {type(error).__name__}.", "engine.log has more."
            ), {}
        finally:
            if session is not None:
                self._tracing.forget(session)

    def _prepare(self) -> tuple[Job, Given]:
        attempt, step = self.attempt, self.attempt.step
        attempt.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = step.path or ""
        source = attempt.run_folder / ".source" / path
        if attempt.isolated:
            _isolate(attempt)
        results = attempt.folder / "results.jsonl"
        env, secrets = node_environment(attempt.environment, step.env, attempt.marks, results, SecretStore)
        given = self._given(Redactor(secrets).redact)
        if given.hooked:
            env[VARIABLE] = str(attempt.folder / HOOK_FILE)
        job = Job(
            run=attempt.run,
            node=step.id,
            attempt=attempt.number,
            type=step.type,
            path=path,
            folder=attempt.folder,
            source=source,
            original=attempt.root / path,
            cwd=attempt.root / step.cwd,
            workspace=attempt.workspace.folder,
            state=attempt.workspace.state,
            scratch=self._workers.scratch(),
            kernel=step.kernel,
            parameters=dict(attempt.parameters),
            env=env,
            own_env=sorted(step.env),
            secrets=secrets,
            warm=self._workers.interpreter,
        )
        shown = json.dumps(job.shown(), indent=1, ensure_ascii=False)
        (attempt.folder / "job.json").write_text(shown, encoding="utf-8", errors="surrogateescape")
        if not job.cwd.is_dir():
            raise MlopsError(f"The folder of {path} does not exist any more.", code="missing-file")
        failpoint("prepared")
        return job, given

    def _given(self, redact: Callable[[str], str]) -> Given:
        """What the node depends on that is known before it begins."""
        attempt, step = self.attempt, self.attempt.step
        source = attempt.run_folder / ".source"
        keys = Keys(attempt.plan, source, attempt.environment)
        return Given(
            run=attempt.run,
            attempt=attempt.number,
            folder=attempt.folder,
            root=attempt.root,
            source=source,
            parts=keys.parts(step, attempt.parameters),
            language=keys.language(step),
            hooked=keys.hooked(step),
            upstream=attempt.upstream,
            because=attempt.because,
            parameters=attempt.parameters,
            environment=attempt.environment,
            redact=redact,
        )

    async def _work(self, job: Job) -> Outcome:
        worker = await self._workers.start(kernel=job.type == "notebook")
        following = asyncio.ensure_future(self._follow(worker))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            failpoint("worker-started")
            worker.begin(job)
            failpoint("job-given")
            await asyncio.wait(
                {following, stopping}, timeout=self.attempt.step.timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if following.done():
                failpoint("outcome-told")
                return following.result() or verdicts.died()
            worker.stop()
            await asyncio.wait({following}, timeout=STOP_SECONDS)
            return _stopped() if self._stop.is_set() else verdicts.timed_out(self.attempt.step.timeout or 0.0)
        finally:
            stopping.cancel()
            gone = following.done()
            told = gone and not following.cancelled() and following.exception() is None and bool(following.result())
            await asyncio.to_thread(self._end_all, worker, gone, told)
            shutil.rmtree(job.scratch, ignore_errors=True)
            if not following.done():
                await asyncio.wait({following}, timeout=1.0)
                following.cancel()
            worker.close()

    async def _follow(self, worker: Worker) -> Outcome | None:
        outcome = None
        async for report in worker.reports():
            if "done" in report:
                outcome = Outcome.read(report["done"])
            elif "cell" in report:
                self._progress(report["cell"], report["cells"])
        return outcome

    def _end_all(self, worker: Worker, gone: bool, told: bool) -> None:
        if not gone:
            worker.kill()
        elif told:
            return  # it has seen to that itself
        failpoint("worker-killed")
        # What lost its worker came to the engine, and may carry no mark.
        reap.end_strays(self._workers.pids)
        processes = reap.table()
        left = reap.marked([self.attempt.marks], processes)
        below = [child for process in left for child in reap.descendants(process.pid, processes)]
        reap.end([*left, *below], grace=0.3)

    def _outputs(self, outcome: Outcome) -> tuple[Outcome, outputs.Outputs]:
        attempt, step = self.attempt, self.attempt.step
        absent = outputs.missing(attempt.root, step.outputs)
        if absent:
            return verdicts.output_missing(attempt.plan.pipeline, absent, outcome.results), {}
        limit = None if attempt.isolated else outputs.CAPTURE_LIMIT
        files = outputs.files_of(attempt.root, step.outputs)
        if not attempt.isolated:
            self._tracing.opens(os.path.relpath(file, attempt.root) for file in files)
        keep = Objects(attempt.workspace.state).keep
        found = outputs.record(attempt.root, step.outputs, attempt.captured, limit=limit, keep=keep)
        failpoint("outputs-captured")
        return outcome, {outputs.shown_name(attempt.plan.pipeline, name): entry for name, entry in found.items()}

    async def _proved(self, given: Given, session: Session, made: outputs.Outputs) -> Proof | None:
        """What is kept of a success; a success of which nothing can be kept is one all the same."""
        try:
            return await asyncio.to_thread(self._prove, given, session, made)
        except Exception:
            traceback.print_exc()
            return None

    def _prove(self, given: Given, session: Session, made: outputs.Outputs) -> Proof | None:
        """What is kept of a success, so that it need not be repeated."""
        attempt, step = self.attempt, self.attempt.step
        if step.type not in REUSABLE:
            return None
        world = World(attempt.workspace, self._tracing.hashes, self._tracing.watch.opens)
        declared = declared_files(attempt.workspace, attempt.plan, step, world, attempt.run_folder)
        proof = prove(attempt.plan, step, given, session, world, declared, made)
        self._tracing.hashes.save()
        return proof


def _stopped() -> Outcome:
    return replace(failure("cancelled", "The run was cancelled."), state="cancelled", reason=None, error=None)


def _isolate(attempt: Attempt) -> None:
    """A fresh folder with what is declared and nothing else."""
    work = attempt.root
    if work.exists():
        shutil.rmtree(work)
    work.mkdir(mode=0o700, parents=True)
    for store in attempt.inherited:
        outputs.restore(store, work)
    step = attempt.step
    source = attempt.run_folder / ".source"
    listed = json.loads((source.parent / ".files.json").read_text(encoding="utf-8")).get(step.id, [])
    for relative in [*([step.path] if step.path else []), *listed]:
        target = work / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / relative, target)
    (work / step.cwd).mkdir(parents=True, exist_ok=True)
    for output in step.outputs:
        (work / output).parent.mkdir(parents=True, exist_ok=True)
