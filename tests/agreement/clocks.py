"""When Python's clock would start schedules, for the browser's half to compare with.

One JSON text a line on standard input: `{"cron", "timezone", "after": an ISO moment}`; one a line on standard
output: `{"wrong": whether it is no schedule, "next": the next three moments, as ISO}`.
src/model/__tests__/clocks.spec.ts asks.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime

from mlops_ext import timetable

COUNT = 3


def moments(cron: str, timezone: str, after: datetime) -> list[str]:
    """The next moments after another."""
    found: list[str] = []
    moment: datetime | None = after
    while len(found) < COUNT:
        moment = timetable.following(cron, timezone, moment)
        if moment is None:
            break
        found.append(moment.isoformat())
    return found


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        asked = json.loads(line)
        cron, timezone = asked["cron"], asked["timezone"]
        wrong = timetable.problem(cron, timezone) is not None
        after = datetime.fromisoformat(asked["after"])
        answer = {"wrong": wrong, "next": [] if wrong else moments(cron, timezone, after)}
        sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
