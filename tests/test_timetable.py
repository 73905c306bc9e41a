"""When a schedule is due: against a search minute by minute, and where clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.timetable import following, problem

NAMES = {
    "mon": ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    "day": ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
}
FIELDS = ((0, 59, []), (0, 23, []), (1, 31, []), (1, 12, NAMES["mon"]), (0, 7, NAMES["day"]))


@st.composite
def parts(draw: st.DrawFn, low: int, high: int, names: list[str]) -> str:
    numbers = st.integers(low, high)
    texts = numbers.map(str) if not names else st.one_of(numbers.map(str), st.sampled_from(names))
    first = draw(st.sampled_from(["*", "one", "range"]))
    if first == "one":
        return draw(texts)
    start, end = sorted(draw(st.tuples(numbers, numbers).filter(lambda ends: ends[0] != ends[1])))
    step = draw(st.sampled_from(["", "/1", "/7", "/15"]))
    return ("*" if first == "*" else f"{start}-{end}") + step


@st.composite
def crons(draw: st.DrawFn) -> str:
    return " ".join(",".join(draw(st.lists(parts(*field), min_size=1, max_size=2))) for field in FIELDS)


def values(field: str, low: int, high: int, names: list[str]) -> set[int]:
    found = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        if start == "*":
            first, last = low, high
        else:
            first = names.index(start) + low if start in names else int(start)
            last = first if not end else names.index(end) + low if end in names else int(end)
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def is_due(cron: str, moment: datetime) -> bool:
    """Whether a minute is one of the expression's; a day counts by either of its two fields if both say something."""
    minute, hour, day, month, weekday = cron.split()
    if moment.minute not in values(minute, *FIELDS[0]) or moment.hour not in values(hour, *FIELDS[1]):
        return False
    if moment.month not in values(month, *FIELDS[3]):
        return False
    of_month = moment.day in values(day, *FIELDS[2])
    of_week = moment.isoweekday() % 7 in {number % 7 for number in values(weekday, *FIELDS[4])}
    if day.startswith("*") or weekday.startswith("*"):
        return of_month and of_week
    return of_month or of_week


@given(crons(), st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)))
def test_the_first_minute_after_that_fits(cron: str, start: datetime) -> None:
    assert problem(cron, "UTC") is None
    after = start.replace(tzinfo=UTC)
    found = following(cron, "UTC", after)
    assert found is None or (found > after and found.second == found.microsecond == 0 and is_due(cron, found))
    minute = after.replace(second=0, microsecond=0)
    for _ in range(500):
        minute += timedelta(minutes=1)
        if found is not None and minute == found:
            break
        assert not is_due(cron, minute), f"{cron} was due at {minute} already"


def moments(cron: str, zone: str, start: str, count: int) -> list[str]:
    """Local times, with what is added to UTC."""
    moment = datetime.fromisoformat(start).astimezone(UTC)
    found = []
    for _ in range(count):
        following_one = following(cron, zone, moment)
        assert following_one is not None
        moment = following_one
        found.append(moment.astimezone(ZoneInfo(zone)).strftime("%d %H:%M %z"))
    return found


def test_a_time_that_does_not_exist_is_due_right_after() -> None:
    """In Berlin the clocks go from 02:00 to 03:00 on 29 March 2026."""
    assert moments("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00Z", 3) == [
        "28 02:30 +0100",
        "29 03:00 +0200",
        "30 02:30 +0200",
    ]


def test_a_time_that_comes_twice_is_due_once() -> None:
    """In Berlin the clocks go from 03:00 back to 02:00 on 25 October 2026."""
    assert moments("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", 2) == ["25 02:30 +0200", "26 02:30 +0100"]


def test_every_hour_is_every_hour_that_passes() -> None:
    assert moments("0 * * * *", "Europe/Berlin", "2026-03-29T00:30Z", 2) == ["29 03:00 +0200", "29 04:00 +0200"]
    assert moments("0 * * * *", "Europe/Berlin", "2026-10-24T23:30Z", 3) == [
        "25 02:00 +0200",
        "25 02:00 +0100",
        "25 03:00 +0100",
    ]


def test_half_hours_and_far_zones() -> None:
    assert following("0 9 * * mon-fri", "Asia/Kathmandu", datetime(2026, 11, 27, 4, tzinfo=UTC)) == datetime(
        2026, 11, 30, 3, 15, tzinfo=UTC
    )


def test_what_never_comes() -> None:
    assert following("0 0 30 2 *", "UTC", datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("cron", "zone", "field"),
    [
        ("0 6 * *", "UTC", "cron"),
        ("@daily", "UTC", "cron"),
        ("0 24 * * *", "UTC", "cron"),
        ("0 6 * * mon-sun-tue", "UTC", "cron"),
        ("*/0 6 * * *", "UTC", "cron"),
        ("0 6 * * * *", "UTC", "cron"),
        ("0 6 L * *", "UTC", "cron"),
        ("0 6 * * *", "Mars/Base", "timezone"),
        ("0 6 * * *", "../../etc/passwd", "timezone"),
    ],
)
def test_what_is_no_schedule(cron: str, zone: str, field: str) -> None:
    found = problem(cron, zone)
    assert found is not None and found[0] == field and found[1].endswith(".")
