"""When a schedule would be due, for whoever is writing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from .. import timetable
from ..errors import BadRequest
from ..store.documents import timestamp
from .base import Handler, allowed

MOST = 20
LONGEST = 200


class TimetableHandler(Handler):
    """GET timetable"""

    @allowed("read")
    async def get(self) -> None:
        """The next moments of `cron` in a `timezone`, or what is wrong with them."""
        cron, timezone = self.query("cron"), self.query("timezone") or "UTC"
        if cron is None or max(len(cron), len(timezone)) > LONGEST:
            raise BadRequest("Say which schedule: timetable?cron=…&timezone=…")
        await self.reply(_moments, cron, timezone, min(self.number("count", 3), MOST))


def _moments(cron: str, timezone: str, count: int) -> dict[str, Any]:
    wrong = timetable.problem(cron, timezone)
    if wrong is not None:
        return {"version": 1, "problem": {"field": wrong[0], "message": wrong[1]}, "next": []}
    moments: list[str] = []
    moment: datetime | None = datetime.now(UTC)
    while len(moments) < count and moment is not None:
        moment = timetable.following(cron, timezone, moment)
        if moment is not None:
            moments.append(timestamp(moment))
    return {"version": 1, "problem": None, "next": moments}
