"""When a schedule is due: five fields of cron, in a time zone.

Pure: nothing here looks at a clock. Moments are aware and in UTC. Where clocks are
put forward, a time that does not exist is due right after; where they are put back,
a time that comes twice is due once, while "every hour" and "every minute" go by the
hours that really pass.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_PART = re.compile(r"(?:\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([1-9][0-9]?))?", re.ASCII)


def problem(text: str, timezone: str) -> tuple[str, str] | None:
    """What is wrong, as the field of the schedule and a sentence; None if nothing is."""
    fields = text.split(" ")
    if len(fields) != len(_FIELDS):
        return "cron", "The schedule must have five fields: minute, hour, day of the month, month, day of the week."
    for field, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        if not all(_is_part(part, low, high, names) for part in field.lower().split(",")):
            return "cron", f"{field!r} in the schedule is no {name}."
    if timezone not in _zones():
        return "timezone", f"There is no time zone {timezone!r}."
    return None


def following(text: str, timezone: str, after: datetime) -> datetime | None:
    """The first moment after another at which a schedule without problems is due; None if there is none."""
    from cronsim import CronSim, CronSimError

    try:
        return next(CronSim(text, after.astimezone(ZoneInfo(timezone)))).astimezone(UTC)
    except (CronSimError, StopIteration):
        return None  # as the 30th of February


def _is_part(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    found = _PART.fullmatch(part)
    if found is None:
        return False
    ends = [_number(text, low, names) for text in found.group(1, 2) if text is not None]
    inside = all(end is not None and low <= end <= high for end in ends)
    return inside and (len(ends) < 2 or (ends[0] or 0) <= (ends[1] or 0))


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.isdigit():
        return int(text)
    return names.index(text) + low if text in names else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
