"""Monitors over HTTP: listed, read, written, evaluated, given data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import BadRequest
from ..model import Json
from ..monitoring import files, overview, series
from ..monitoring.batches import batches
from ..monitoring.deliveries import deliver
from ..monitoring.evaluating import detail_of
from ..monitoring.process import PREVIEW_SECONDS, ask, order
from ..monitoring.saving import save
from ..paths import Workspace, confine, find_workspace
from ..store import Store
from .base import Handler, allowed
from .files import node_entry
from .monitorjobs import JOBS

SERIES_LIMIT = 10_000
EVALUATIONS_PAGE = 200


class MonitorRoute(Handler):
    """What the routes of monitors have in common: paths as the browser names them."""

    def locate(self, text: str, *, must_exist: bool = True) -> tuple[Workspace, str]:
        """The workspace of a monitor, and its path in it."""
        return files.locate(self.root, text, must_exist=must_exist)

    def place(self, workspace: Workspace, document: dict[str, Any], key: str = "monitor") -> dict[str, Any]:
        """A document with the path of its monitor as the browser names it."""
        return {**document, key: self.catalogue.place(workspace.folder / document[key])}

    def shown(self, workspace: Workspace, document: dict[str, Any]) -> dict[str, Any]:
        """A summary as it is answered, with what only this server knows."""
        path = document["path"]
        going_on = document["evaluating"] or JOBS.is_going_on(workspace, path)
        problem = JOBS.problem(workspace, path)
        return self.place(workspace, {**document, "evaluating": going_on, "problem": problem}, "path")

    @contextmanager
    def opened(self, text: str) -> Iterator[tuple[Workspace, str, Store | None]]:
        """A monitor with the store of its workspace, if there is one."""
        workspace, path = self.locate(text)
        store = overview.opened(workspace)
        try:
            yield workspace, path, store
        finally:
            if store is not None:
                store.close()


class MonitorsHandler(MonitorRoute):
    """GET monitors"""

    @allowed("read")
    async def get(self) -> None:
        """All monitors below the root, in a few words each."""
        await self.reply(self._list)

    def _list(self) -> dict[str, Any]:
        found = [self.shown(workspace, one) for workspace, one in overview.everywhere(self.root)]
        return {"version": 1, "monitors": found}


class MonitorHandler(MonitorRoute):
    """GET, PUT monitors/<m>"""

    @allowed("read")
    async def get(self, text: str) -> None:
        """One monitor with its file, batches, alerts and decisions."""
        await self.reply(self._read, text)

    def _read(self, text: str) -> dict[str, Any]:
        with self.opened(text) as (workspace, path, store):
            found = overview.whole(workspace, path, store)
        found["alerts"] = [self.place(workspace, alert) for alert in found["alerts"]]
        return {"version": 1, **self.shown(workspace, found)}

    @allowed("write")
    async def put(self, text: str) -> None:
        """Writes the file; what is on the disk must be what the sender has seen."""
        body = self.body()
        document, sha256 = body.take("document", dict), body.option("sha256", str)
        body.end()
        await self.reply(self._write, text, document, sha256)
        self.nudge()

    def _write(self, text: str, document: dict[str, Json], sha256: str | None) -> dict[str, Any]:
        workspace, path = self.locate(text, must_exist=False)
        return {"version": 1, "path": text, **save(workspace, path, document, sha256)}


class EvaluationsHandler(MonitorRoute):
    """GET monitors/<m>/evaluations"""

    @allowed("read")
    async def get(self, text: str) -> None:
        """Evaluations, newest first, also those that were superseded."""
        await self.reply(self._list, text, self.number("limit", EVALUATIONS_PAGE), self.query("before"))

    def _list(self, text: str, limit: int, before: str | None) -> dict[str, Any]:
        with self.opened(text) as (workspace, path, store):
            found, more = ([], False) if store is None else store.evaluations(path, limit=limit, before=before)
        return {"version": 1, "evaluations": [self.place(workspace, one) for one in found], "more": more}


class EvaluationHandler(MonitorRoute):
    """GET monitors/<m>/evaluations/<id>"""

    @allowed("read")
    async def get(self, text: str, evaluation: str) -> None:
        """One evaluation, with what charts need."""
        await self.reply(self._read, text, evaluation)

    def _read(self, text: str, evaluation: str) -> dict[str, Any]:
        workspace, path = self.locate(text)
        with Store.open(workspace, create=False) as store:
            found = store.evaluation(path, evaluation)
        return {**self.place(workspace, found), "detail": detail_of(workspace, path, found["id"])}


class SeriesHandler(MonitorRoute):
    """GET monitors/<m>/series"""

    @allowed("read")
    async def get(self, text: str) -> None:
        """The values of every check over time, as columns: the newest one by one, those before in stretches."""
        limit, exact = self.number("limit", SERIES_LIMIT), self.number("exact", series.EXACT)
        await self.reply(self._read, text, limit, exact, self.number("stretches", series.STRETCHES))

    def _read(self, text: str, limit: int, exact: int, stretches: int) -> dict[str, Any]:
        with self.opened(text) as (workspace, path, store):
            if store is None:
                return series.nothing()
            document = files.document_of(workspace, path)
            return series.series(path, store, document, limit, exact=exact, stretches=stretches)


class EvaluateHandler(MonitorRoute):
    """POST monitors/<m>/evaluate"""

    @allowed("execute")
    async def post(self, text: str) -> None:
        """Begins an evaluation; its end is told as news."""
        body = self.body()
        batch, every = body.option("batch", str), body.option("all", bool) or False
        body.end()
        answer = await self.work(self._start, text, batch, every)
        self.set_status(200 if answer["job"] is None else 202)
        await self.reply(lambda: answer)
        self.nudge()

    def _start(self, text: str, batch: str | None, every: bool) -> dict[str, Any]:
        workspace, path = self.locate(text)
        monitor = files.load(workspace, path)
        if monitor.document["batches"].get("by") is None:
            found = batches(workspace, monitor.folder, monitor.document)
            if not found:
                words = f"There is no batch yet: {monitor.document['batches']['path']} finds nothing."
                return {"version": 1, "job": None, "message": words}
        job = JOBS.start(workspace, path, order("evaluate", workspace, path, batch=batch, all=every))
        return {"version": 1, "job": job, "message": ""}


class PreviewHandler(MonitorRoute):
    """POST monitors/preview"""

    @allowed("execute")
    async def post(self) -> None:
        """What the newest batch would be judged like by a document that is not saved yet."""
        body = self.body()
        path, document = body.take("path", str), body.take("document", dict)
        body.end()
        await self.reply(self._preview, path, document)

    def _preview(self, text: str, document: dict[str, Json]) -> dict[str, Any]:
        workspace, path = self.locate(text, must_exist=False)
        [answer] = ask(order("preview", workspace, path, document=document), PREVIEW_SECONDS)
        return self.place(workspace, answer)


class ProposeHandler(MonitorRoute):
    """POST monitors/propose"""

    @allowed("execute")
    async def post(self) -> None:
        """A monitor for the data in a file, or in what a node of a run made."""
        body = self.body()
        path = body.option("path", str)
        run, node, output = (body.option(name, str) for name in ("run", "node", "output"))
        body.end()
        if path is None and (run is None or node is None or output is None):
            raise BadRequest("Say which data: a path, or a run with a node and its output.")
        await self.reply(self._propose, path, run or "", node or "", output or "")

    def _propose(self, path: str | None, run: str, node: str, output: str) -> dict[str, Any]:
        file = self._output(run, node, output) if path is None else confine(self.root, self.root, path)
        if not file.is_file():
            hint = (
                "Check the path."
                if path is not None
                else "What a run made elsewhere is watched once it is copied here."
            )
            raise BadRequest(f"There is no file {file.name} with data in the workspace.", hint, code="missing-file")
        workspace = find_workspace(file, self.root)
        [answer] = ask(order("propose", workspace, "", path=str(file)), PREVIEW_SECONDS)
        return {**answer, "folder": self.catalogue.place(file.parent)}

    def _output(self, run: str, node: str, output: str) -> Path:
        """The file that a node made, where it lies in the workspace."""
        with self.catalogue.open(run) as store:
            entry = node_entry(store, run, node)
            pipeline = store.workspace.folder / store.plan(run).pipeline
            folder = store.workspace.folder
        if output not in entry["outputs"]:
            raise BadRequest(f"The node has no output {output[:200]!r}.", code="unknown-output")
        return confine(folder, pipeline.parent, output)


class DeliveryHandler(MonitorRoute):
    """POST monitors/<m>/labels"""

    media = ("application/json", "text/csv")

    @allowed("write")
    async def post(self, text: str, what: str) -> None:
        """Keeps rows where the monitor looks for them; the same again is the same."""
        is_csv = self.request.headers.get("Content-Type", "").lower().startswith("text/csv")
        answer = await self.work(self._deliver, text, what, self.query("name"), self.request.body, is_csv)
        self.set_status(201 if answer["created"] else 200)
        await self.reply(lambda: answer)
        self.nudge()

    def _deliver(self, text: str, what: str, name: str | None, data: bytes, is_csv: bool) -> dict[str, Any]:
        if not data.strip():
            raise BadRequest("The request has no body.", "Send rows as CSV or JSON.")
        monitor = files.load(*self.locate(text))
        delivered, count, created = deliver(monitor, what, name, data, is_csv=is_csv)
        return {"version": 1, "id": delivered, "rows": count, "created": created}


class BatchesHandler(DeliveryHandler):
    """GET, POST monitors/<m>/batches"""

    @allowed("read")
    async def get(self, text: str, _: str) -> None:
        """A page of the batches, newest last: those before a certain one, or the newest."""
        await self.reply(self._list, text, self.number("limit", overview.BATCHES_PAGE), self.query("before"))

    def _list(self, text: str, limit: int, before: str | None) -> dict[str, Any]:
        with self.opened(text) as (workspace, path, store):
            found, more = overview.batches_before(workspace, path, store, before, limit)
        return {"version": 1, "batches": found, "more": more}


class WatchHandler(MonitorRoute):
    """PUT monitors/<m>/schedule"""

    @allowed("execute")
    async def put(self, text: str) -> None:
        """Lets the clock of this machine evaluate the monitor, or no longer."""
        body = self.body()
        active = body.take("active", bool)
        body.end()
        await self.reply(self._switch, text, active)
        self.nudge()

    def _switch(self, text: str, active: bool) -> dict[str, Any]:
        from ..schedules import watch

        watch(*self.locate(text), active)
        with self.opened(text) as (workspace, path, store):
            return {"version": 1, "schedule": overview.summary(workspace, path, store)["schedule"]}
