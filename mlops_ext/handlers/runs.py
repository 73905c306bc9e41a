"""Runs over HTTP: listed, started, read, followed, cancelled, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_server.utils import url_path_join

from .. import selection
from ..errors import Unavailable
from ..model import Json
from ..paths import confine, find_workspace
from .base import Handler, allowed
from .body import Body
from .catalogue import list_pipelines, list_runs
from .files import open_plain

EVENTS_PAGE = 1_000


@dataclass(frozen=True)
class RunRequest:
    """What is asked when a run is started, or would be."""

    pipeline: str
    pipeline_sha256: str | None
    runtime: str
    parameters: dict[str, Json]
    mode: str
    reuse: bool
    max_parallel: int | None
    select: dict[str, str] | None

    @classmethod
    def read(cls, body: Body) -> RunRequest:
        """The request, its defaults filled in; what the values mean is judged by `submit`."""
        reuse = body.option("reuse", bool)
        request = cls(
            pipeline=body.take("pipeline", str),
            pipeline_sha256=body.option("pipeline_sha256", str),
            runtime=body.option("runtime", str) or "local",
            parameters=body.option("parameters", dict) or {},
            mode=body.option("mode", str) or "in-place",
            reuse=True if reuse is None else reuse,
            max_parallel=body.option("max_parallel", int),
            select=_selection(body.option("select", dict)),
        )
        body.end()
        return request

    def arguments(self) -> dict[str, Any]:
        """The keywords of `submit`."""
        return {
            "expected_sha256": self.pipeline_sha256,
            "runtime": self.runtime,
            "parameters": self.parameters,
            "mode": self.mode,
            "reuse": self.reuse,
            "max_parallel": self.max_parallel,
            "select": self.select,
        }


def _selection(document: dict[str, Json] | None) -> dict[str, str] | None:
    if not document:
        return None
    kind, named = selection.check(document)
    return {kind: named}


class RunsHandler(Handler):
    """GET, POST runs"""

    @allowed("read")
    async def get(self) -> None:
        """Runs, newest first."""
        await self.reply(
            self._list,
            pipeline=self.query("pipeline"),
            state=self.query("state"),
            runtime=self.query("runtime"),
            limit=self.number("limit", 50),
            before=self.query("before"),
        )

    def _list(self, *, pipeline: str | None, **filters: Any) -> dict[str, Any]:
        workspaces = self.catalogue.workspaces()
        path = None
        if pipeline is not None:
            path = confine(self.root, self.root, pipeline)
            own = find_workspace(path, self.root)
            # The registry is a convenience: runs beside the pipeline are shown without it.
            if own not in workspaces:
                workspaces.append(own)
        page = list_runs(workspaces, pipeline=path, **filters)
        runs = [self.catalogue.relative(run) for run in page.runs]
        return {"version": 1, "runs": runs, "next": page.next, "notes": page.notes}

    @allowed("execute")
    async def post(self) -> None:
        """Starts a run."""
        request = RunRequest.read(self.body())
        run_id, workspace = await self.work(self._start, request)
        self.nudge()
        self.set_status(201)
        self.set_header("Location", url_path_join(self.base_url, "mlops", "runs", run_id))
        await self.reply(lambda: {"id": run_id, "workspace": workspace})

    def _start(self, request: RunRequest) -> tuple[str, str]:
        from ..submit import submit

        pipeline = confine(self.root, self.root, request.pipeline)
        run_id = submit(self.root, pipeline, **request.arguments())
        workspace = find_workspace(pipeline, self.root)
        self.catalogue.note(run_id, workspace)
        return run_id, self.catalogue.place(workspace.folder)


class RunPipelinesHandler(Handler):
    """GET runs/pipelines"""

    @allowed("read")
    async def get(self) -> None:
        """The paths of all pipelines that have runs."""
        await self.reply(lambda: {"pipelines": list_pipelines(self.catalogue)})


class RunHandler(Handler):
    """GET, DELETE runs/<id>"""

    @allowed("read")
    async def get(self, run_id: str) -> None:
        """The whole run."""
        await self.reply(self._read, run_id)

    def _read(self, run_id: str) -> dict[str, Any]:
        with self.catalogue.open(run_id) as store:
            return self.catalogue.relative(store.run(run_id))

    @allowed("write")
    async def delete(self, run_id: str) -> None:
        """Removes a run that has ended, with its files."""
        await self.work(self._delete, run_id)
        self.empty()

    def _delete(self, run_id: str) -> None:
        with self.catalogue.open(run_id) as store:
            store.request(run_id, "delete")


class EventsHandler(Handler):
    """GET runs/<id>/events"""

    @allowed("read")
    async def get(self, run_id: str) -> None:
        """What happened after a number."""
        await self.reply(self._read, run_id, self.number("after", 0))

    def _read(self, run_id: str, after: int) -> dict[str, Any]:
        with self.catalogue.open(run_id) as store:
            events = store.events(run_id, after, EVENTS_PAGE)
        for event in events:
            if event["node"] is None and "workspace" in event["data"]:
                event["data"] = self.catalogue.relative(event["data"])
        return {"version": 1, "events": events, "last": events[-1]["seq"] if events else after}


class CancelHandler(Handler):
    """POST runs/<id>/cancel"""

    @allowed("execute")
    async def post(self, run_id: str) -> None:
        """Asks for a run to be cancelled; the engine does it."""
        self.set_status(202)
        await self.reply(self._cancel, run_id)
        self.nudge()

    def _cancel(self, run_id: str) -> dict[str, Any]:
        from ..submit import cancel

        with self.catalogue.open(run_id) as store:
            state, workspace = store.run(run_id)["state"], store.workspace
        cancel(workspace, run_id)
        return {"id": run_id, "state": state}


class RetryHandler(Handler):
    """POST runs/<id>/retry"""

    @allowed("execute")
    async def post(self, run_id: str) -> None:
        """Asks for what failed in a run elsewhere to run again, in the same run."""
        self.set_status(202)
        await self.reply(self._retry, run_id)
        self.nudge()

    def _retry(self, run_id: str) -> dict[str, Any]:
        from ..submit import retry

        with self.catalogue.open(run_id) as store:
            state, workspace = store.run(run_id)["state"], store.workspace
        retry(workspace, run_id)
        return {"id": run_id, "state": state}


class PipelineHandler(Handler):
    """GET runs/<id>/pipeline"""

    @allowed("read")
    async def get(self, run_id: str) -> None:
        """The pipeline as it was when the run was started."""
        await self.reply(self._read, run_id)

    def _read(self, run_id: str) -> dict[str, Any]:
        from ..parse import parse

        with self.catalogue.open(run_id) as store:
            workspace, path = store.workspace, store.plan(run_id).pipeline
        with open_plain(workspace.run_folder(run_id) / ".source" / path) as file:
            document = parse(file.read()).document
        if document is None:
            raise Unavailable("The pipeline of this run cannot be read any more.")
        return {"document": document, "path": self.catalogue.place(workspace.folder / path)}
