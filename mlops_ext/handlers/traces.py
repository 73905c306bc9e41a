"""What nodes read and made: of one node run, of a pipeline, of a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import BadRequest, NotFound
from ..paths import confine, find_workspace
from .base import Handler, allowed
from .files import node_entry


class NodeTraceHandler(Handler):
    """GET runs/<id>/nodes/<n>/trace"""

    @allowed("read")
    async def get(self, run_id: str, node: str) -> None:
        """What a node read and wrote, and whether that proves that it need not run again."""
        await self.reply(self._read, run_id, node)

    def _read(self, run_id: str, node: str) -> dict[str, Any]:
        from ..runtimes.local.proof import read_document
        from ..runtimes.local.reuse import REUSED

        with self.catalogue.open(run_id) as store:
            entry = node_entry(store, run_id, node)
            folder = store.workspace.run_folder(run_id) / node / str(entry["attempts"])
        document = read_document(folder)
        if document is None:
            raise NotFound("It is not known what this node read and wrote.", code="no-trace")
        if entry["reused"]:
            # Its trace is that of the run in which it ran, where it had other reasons to.
            document["because"] = {"code": None, "reason": REUSED, "detail": None}
        return {"because": None, **document}


class TraceHandler(Handler):
    """GET trace?pipeline="""

    @allowed("read")
    async def get(self) -> None:
        """What the newest runs saw that the pipeline does not declare."""
        await self.reply(self._read, self._path("pipeline"))

    def _read(self, path: Path) -> dict[str, Any]:
        from ..declaring import undeclared

        nodes = {name: asdict(seen) for name, seen in undeclared(self.root, path).items()}
        return {"version": 1, "pipeline": self.catalogue.place(path), "nodes": nodes}

    def _path(self, name: str) -> Path:
        text = self.query(name)
        if text is None:
            raise BadRequest(f'The argument "{name}" is missing.')
        return confine(self.root, self.root, text)


class LineageHandler(TraceHandler):
    """GET lineage?path="""

    @allowed("read")
    async def get(self) -> None:
        """Which runs made a file, and who read it."""
        await self.reply(self._read, self._path("path"))

    def _read(self, path: Path) -> dict[str, Any]:
        from ..lineage import lineage

        if any(part.startswith(".") for part in path.relative_to(self.root).parts):
            raise NotFound("Hidden files are not looked at.", code="missing-file")
        workspace = find_workspace(path, self.root)
        found = lineage(workspace, path)
        for kind in ("made", "read"):
            for entry in found[kind]:
                entry["pipeline"] = self.catalogue.place(workspace.folder / entry["pipeline"])
        return {**found, "path": self.catalogue.place(path)}
