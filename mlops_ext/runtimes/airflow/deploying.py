"""Brings a pipeline to Airflow without starting it: for its schedule. Pauses and unpauses.

As with a run, each step is committed before it is begun and may be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...compile import Plan, compile_plan
from ...errors import MlopsError, Refused
from ...parse import parse
from ...store import Store
from ...store.documents import timestamp
from .remoterun import problem_document
from .submission import LOOK_SECONDS, Brought, Means, Patience, bring, look, told, unread

NAMES_SECONDS = 15.0
"""How often it is asked whether DAGs are paused."""
STALLED_SECONDS = 3.0
"""How often, while a run waits for something: it may be that."""


def plan_of(deployment: dict[str, Any], parameters: dict[str, Any] | None = None) -> Plan:
    """The plan of a pipeline on a runtime: bound to the parameters of a run, or to none."""
    pipeline = parse(deployment["document"].encode("utf-8")).pipeline
    if pipeline is None:
        raise Refused("The pipeline cannot be read any more.", "Schedule it again.")
    return compile_plan(
        pipeline,
        path=deployment["pipeline"],
        sha256=deployment["pipeline_sha256"],
        runtime=deployment["runtime"],
        mode="isolated",
        parameters=parameters,
        bind=parameters is not None,
    )


class Deployments:
    """The pipelines of one workspace on the runtime."""

    def __init__(self, means: Means, store: Store) -> None:
        self._means = means
        self._store = store
        self._busy: set[str] = set()
        self._patience: dict[str, Patience] = {}
        self._since: dict[str, float] = {}
        self._named = float("-inf")
        self._naming = False

    def advance(self, *, stalled: bool) -> None:
        """Does for each what comes next; `stalled`: a run waits in Airflow."""
        for one in self._store.deployments(self._means.runtime.name):
            dag_id = one["dag_id"]
            if dag_id in self._busy or not self._patience.setdefault(dag_id, Patience()).over:
                continue
            if one["step"] in ("accepted", "delivering"):
                self._deliver(one)
            elif one["step"] == "waiting":
                self._look(one)
            elif one["wanted_paused"] is not None:
                self._pause(one)
        self._learn(STALLED_SECONDS if stalled else NAMES_SECONDS)

    def _deliver(self, one: dict[str, Any]) -> None:
        dag_id = one["dag_id"]
        self._put(dag_id, step="delivering", message=f"Delivering the pipeline to {self._means.runtime.name}.")
        workspace = self._store.workspace
        sources = workspace.state / "deployments" / str(one["sources"]) / ".source"

        def work() -> Brought:
            return bring(self._means, workspace, sources, plan_of(one), scheduled=True)

        def then(brought: Brought) -> None:
            self._since[dag_id] = time.monotonic()
            self._put(
                dag_id,
                step="waiting",
                message="Delivered; waiting for Airflow to read it.",
                problem=None,
                package=brought.package.digest,
                version=brought.delivered.version,
                pinned=brought.delivered.pinned,
                schedule=brought.schedule,
                delivered=timestamp(),
                url=self._means.airflow.link(dag_id),
            )

        self._do(self._means.desk.file, dag_id, work, then)

    def _look(self, one: dict[str, Any]) -> None:
        dag_id, means = one["dag_id"], self._means

        def work() -> tuple[bool, MlopsError | None]:
            read, problem = look(means, dag_id, str(one["package"]))
            if read:
                means.airflow.set_paused(dag_id, bool(one["wanted_paused"]))
            return read, problem

        def then(found: tuple[bool, MlopsError | None]) -> None:
            read, problem = found
            if read:
                paused = bool(one["wanted_paused"])
                self._put(dag_id, step="ready", message="", problem=None, paused=paused, wanted_paused=None)
                return
            problem = problem or unread(time.monotonic() - self._since.setdefault(dag_id, time.monotonic()))
            self._trouble(dag_id, problem)
            self._patience[dag_id].wait(LOOK_SECONDS)

        self._do(means.desk.call, dag_id, work, then)

    def _pause(self, one: dict[str, Any]) -> None:
        dag_id, wanted = one["dag_id"], bool(one["wanted_paused"])

        def then(_: None) -> None:
            self._put(dag_id, paused=wanted, wanted_paused=None, problem=None)

        self._do(self._means.desk.call, dag_id, lambda: self._means.airflow.set_paused(dag_id, wanted), then)

    def _learn(self, seconds: float) -> None:
        """Whether DAGs are paused may be changed in Airflow too."""
        known = [one["dag_id"] for one in self._store.deployments(self._means.runtime.name) if one["step"] == "ready"]
        if self._naming or not known or time.monotonic() < self._named + seconds:
            return
        self._naming = True

        def then(dags: list[dict[str, Any]]) -> None:
            self._learned()
            for dag in dags:
                paused = dag.get("is_paused")
                if isinstance(paused, bool):
                    self._put(str(dag["dag_id"]), paused=paused)

        self._means.desk.call(lambda: self._means.airflow.dags(known), then, lambda _: self._learned())

    def _learned(self) -> None:
        self._naming = False
        self._named = time.monotonic()

    def _do(
        self,
        tray: Callable[..., None],
        dag_id: str,
        work: Callable[[], Any],
        then: Callable[[Any], None],
    ) -> None:
        self._busy.add(dag_id)

        def done(answer: Any) -> None:
            self._busy.discard(dag_id)
            self._patience[dag_id].worked()
            then(answer)

        def failed(error: Exception) -> None:
            self._busy.discard(dag_id)
            self._patience[dag_id].failed()
            self._trouble(dag_id, told(error))

        tray(work, done, failed)

    def _trouble(self, dag_id: str, error: MlopsError | None) -> None:
        before = self._store.deployment(self._means.runtime.name, dag_id)["problem"]
        if error is None:
            self._put(dag_id, problem=None)
        elif before is None or (before["code"], before["message"]) != (error.code, error.message):
            self._put(dag_id, problem=problem_document(error))

    def _put(self, dag_id: str, **changed: Any) -> None:
        self._store.put_deployment(self._means.runtime.name, dag_id, **changed)
