"""Pipelines with a schedule on a runtime over HTTP, also on this machine: switched on, listed, paused, switched off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MlopsError, NotFound, Refused
from ..paths import Workspace, confine, find_workspace
from ..runtimes.registry import LOCAL, Registry
from ..store import Store
from .base import Handler, allowed
from .catalogue import Catalogue


class DeploymentsHandler(Handler):
    """GET runtimes/<name>/pipelines"""

    @allowed("read")
    async def get(self, name: str) -> None:
        """The pipelines that were brought to a runtime, and how they are there."""
        await self.reply(self._list, name)

    def _list(self, name: str) -> dict[str, Any]:
        if name != LOCAL:
            Registry().get(name)
        found = [self._of(workspace, name) for workspace in self.catalogue.workspaces()]
        return {"pipelines": [entry for entries in found for entry in entries]}

    def _of(self, workspace: Workspace, name: str) -> list[dict[str, Any]]:
        from .. import schedules

        try:
            found = schedules.entries(workspace) if name == LOCAL else _elsewhere(workspace, name)
        except MlopsError:
            return []  # a store that cannot be read costs its own entries, not the list
        place = self.catalogue.place(workspace.folder)
        return [{**one, "workspace": place} for one in found]


class DeploymentHandler(Handler):
    """PUT, DELETE runtimes/<name>/pipelines/<dag_id>"""

    @allowed("execute")
    async def put(self, name: str, dag_id: str) -> None:
        """Pauses a pipeline on a runtime, or lets it go on."""
        body = self.body()
        paused = body.take("paused", bool)
        body.end()
        self.set_status(202)
        await self.reply(self._pause, name, dag_id, paused)
        self.nudge()

    def _pause(self, name: str, dag_id: str, paused: bool) -> dict[str, Any]:
        from .. import schedules
        from ..submit import pause

        if name == LOCAL:
            schedules.pause(*_scheduled(self.catalogue, dag_id), paused)
            return {"dag_id": dag_id, "paused": paused}
        workspace = _with_deployment(self.catalogue, name, dag_id)
        pause(workspace, name, dag_id, paused)
        return {"dag_id": dag_id, "paused": paused}

    @allowed("execute")
    async def delete(self, name: str, dag_id: str) -> None:
        """Switches the schedule of a pipeline on this machine off."""
        if name != LOCAL:
            raise Refused("Airflow keeps a pipeline that was brought there.", "Pause it.", code="kept-there")
        await self.work(self._remove, dag_id)
        self.empty()

    def _remove(self, dag_id: str) -> None:
        from .. import schedules

        schedules.remove(*_scheduled(self.catalogue, dag_id))


class ScheduleHandler(Handler):
    """POST runtimes/<name>/schedule"""

    @allowed("execute")
    async def post(self, name: str) -> None:
        """Lets the schedule of a pipeline start it on a runtime, to which it is brought; starts no run."""
        body = self.body()
        pipeline = body.take("pipeline", str)
        sha256 = body.option("pipeline_sha256", str)
        body.end()
        self.set_status(202)
        await self.reply(self._schedule, name, pipeline, sha256)
        self.nudge()

    def _schedule(self, name: str, pipeline: str, sha256: str | None) -> dict[str, Any]:
        from .. import schedules
        from ..submit import schedule

        path: Path = confine(self.root, self.root, pipeline)
        if name == LOCAL:
            dag_id = schedules.activate(self.root, path, sha256=sha256)
        else:
            dag_id = schedule(self.root, path, name, sha256=sha256)
        return {"dag_id": dag_id, "workspace": self.catalogue.place(find_workspace(path, self.root).folder)}


def summary(deployment: dict[str, Any]) -> dict[str, Any]:
    """A pipeline on a runtime as people and programs are told of it."""
    wanted = deployment["wanted_paused"]
    schedule = deployment["schedule"] if deployment["scheduled"] else None
    return {
        "pipeline": deployment["pipeline"],
        "dag_id": deployment["dag_id"],
        "paused": deployment["paused"] if wanted is None else wanted,
        "schedule": None
        if schedule is None
        else {"cron": schedule.get("cron"), "timezone": schedule.get("timezone", "UTC")},
        **{key: deployment[key] for key in ("package", "step", "message", "problem", "url", "pinned")},
    }


def _elsewhere(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    with Store.open(workspace, create=False) as store:
        return [summary(one) for one in store.deployments(name)]


def _scheduled(catalogue: Catalogue, wanted: str) -> tuple[Workspace, str]:
    """The workspace and the path of the pipeline whose schedule on this machine has an id."""
    from .. import schedules

    for workspace in catalogue.workspaces():
        try:
            path = schedules.path_of(workspace, wanted)
        except MlopsError:
            continue
        if path is not None:
            return workspace, path
    raise NotFound(f"No pipeline on this machine has the schedule {wanted[:40]!r}.", "Switch it on first.")


def _with_deployment(catalogue: Catalogue, name: str, dag_id: str) -> Workspace:
    for workspace in catalogue.workspaces():
        try:
            with Store.open(workspace, create=False) as store:
                store.deployment(name, dag_id)
        except MlopsError:
            continue
        return workspace
    raise NotFound(f"No pipeline was brought to {name[:80]} as {dag_id[:80]!r}.", "Run or schedule it there first.")
