"""What can be asked of a pipeline without running it, and of the machine it would run on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..errors import BadRequest
from ..paths import confine, find_workspace, inspect_file, kernel_specs
from .base import Handler, allowed


class ValidateHandler(Handler):
    """POST validate"""

    @allowed("read")
    async def post(self) -> None:
        """The issues of a pipeline: of the file, or of `content` in its place (unsaved edits)."""
        body = self.body()
        path, content = body.take("path", str), body.option("content", str)
        body.end()
        await self.reply(self._check, path, content)

    def _check(self, path: str, content: str | None) -> dict[str, Any]:
        from ..submit import check

        pipeline = confine(self.root, self.root, path)
        report = check(self.root, pipeline, None if content is None else content.encode("utf-8"))
        return {"version": 1, "files": [{**report, "path": path}]}


class InspectHandler(Handler):
    """GET inspect"""

    @allowed("read")
    async def get(self) -> None:
        """What a file that a pipeline names is, and what it says about itself."""
        pipeline, path = self.query("pipeline"), self.query("path")
        if pipeline is None or path is None:
            raise BadRequest("Say which file of which pipeline: inspect?pipeline=…&path=…")
        await self.reply(self._inspect, pipeline, path)

    def _inspect(self, pipeline: str, path: str) -> dict[str, Any]:
        place = confine(self.root, self.root, pipeline)
        fact = inspect_file(find_workspace(place, self.root), place, path)
        return {"path": path, **asdict(fact)}


class KernelsHandler(Handler):
    """GET kernels"""

    @allowed("read")
    async def get(self) -> None:
        """The kernels that are installed here."""
        await self.reply(self._kernels)

    def _kernels(self) -> dict[str, Any]:
        return {
            "kernels": [
                {
                    "name": name,
                    "display_name": str(spec.get("display_name") or name),
                    "language": str(spec.get("language") or ""),
                }
                for name, spec in sorted(kernel_specs().items())
            ]
        }
