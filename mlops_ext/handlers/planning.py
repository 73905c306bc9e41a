"""What a run would do, asked before it is started."""

from __future__ import annotations

from typing import Any

from ..paths import confine
from .base import Handler, allowed
from .runs import RunRequest


class PlanHandler(Handler):
    """POST plan"""

    @allowed("read")
    async def post(self) -> None:
        """Which nodes would run, which would be reused or skipped, and why. Takes what starts a run takes."""
        await self.reply(self._plan, RunRequest.read(self.body()))

    def _plan(self, request: RunRequest) -> dict[str, Any]:
        from ..submit import preview

        pipeline = confine(self.root, self.root, request.pipeline)
        nodes = preview(self.root, pipeline, **request.arguments())
        return {"version": 1, "pipeline": self.catalogue.place(pipeline), "nodes": nodes}
