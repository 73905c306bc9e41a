"""Pipelines on a runtime over HTTP: listed, paused, brought there for their schedule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MlopsError, NotFound
from ..paths import Workspace, confine, find_workspace
from ..runtimes.registry import Registry
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
        Registry().get(name)
        found = [self._of(workspace, name) for workspace in self.catalogue.workspaces()]
        return {"pipelines": [entry for entries in found for entry in entries]}

    def _of(self, workspace: Workspace, name: str) -> list[dict[str, Any]]:
        try:
            with Store.open(workspace, create=False) as store:
                found = store.deployments(name)
        except MlopsError:
            return []  # a store that cannot be read costs its own entries, not the list
        place = self.catalogue.place(workspace.folder)
        return [{**summary(one), "workspace": place} for one in found]


class DeploymentHandler(Handler):
    """PUT runtimes/<name>/pipelines/<dag_id>"""

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
        from ..submit import pause

        workspace = _with_deployment(self.catalogue, name, dag_id)
        pause(workspace, name, dag_id, paused)
        return {"dag_id": dag_id, "paused": paused}


class ScheduleHandler(Handler):
    """POST runtimes/<name>/schedule"""

    @allowed("execute")
    async def post(self, name: str) -> None:
        """Brings a pipeline to a runtime, where its schedule starts it; starts no run."""
        body = self.body()
        pipeline = body.take("pipeline", str)
        sha256 = body.option("pipeline_sha256", str)
        body.end()
        self.set_status(202)
        await self.reply(self._schedule, name, pipeline, sha256)
        self.nudge()

    def _schedule(self, name: str, pipeline: str, sha256: str | None) -> dict[str, Any]:
        from ..submit import schedule

        path: Path = confine(self.root, self.root, pipeline)
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


def _with_deployment(catalogue: Catalogue, name: str, dag_id: str) -> Workspace:
    for workspace in catalogue.workspaces():
        try:
            with Store.open(workspace, create=False) as store:
                store.deployment(name, dag_id)
        except MlopsError:
            continue
        return workspace
    raise NotFound(f"No pipeline was brought to {name[:80]} as {dag_id[:80]!r}.", "Run or schedule it there first.")
