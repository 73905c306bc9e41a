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
        """Which nodes would run, which would be reused or skipped, and why.

        Takes what starts a run takes, and `content`: the pipeline as it is seen, where that is not saved yet.
        """
        body = self.body()
        content = body.option("content", str)
        await self.reply(self._plan, RunRequest.read(body), content)

    def _plan(self, request: RunRequest, content: str | None) -> dict[str, Any]:
        from ..submit import preview

        pipeline = confine(self.root, self.root, request.pipeline)
        data = None if content is None else content.encode("utf-8", "surrogatepass")
        nodes = preview(self.root, pipeline, **request.arguments(), content=data)
        return {"version": 1, "pipeline": self.catalogue.place(pipeline), "nodes": nodes}
