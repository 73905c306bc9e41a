"""The values of every check over time, as what a screen can draw of them.

The newest evaluations are told one by one. Those before them lie in equal stretches,
of each of which the lowest value, the highest and the worst verdict are told: a line
of some hundred pixels looks the same, and ten thousand evaluations are a small answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..model import Json
from ..store import Store
from ..store.documents import dumps, loads
from .records import checks_in_use

EXACT = 300
STRETCHES = 240
GRAVEST_FIRST = "aweon"
"""The letters of verdicts: alert, warn, error, ok, not computed."""
_FIELDS = {
    "id": "id",
    "batch": "batch",
    "time": "created",
    "status": "status",
    "model": "model",
    "baseline": "baseline",
}

Row = Any
"""What the store answers: fields by name."""


def series(
    path: str,
    store: Store,
    document: Mapping[str, Any] | None,
    limit: int,
    *,
    exact: int = EXACT,
    stretches: int = STRETCHES,
) -> dict[str, Any]:
    """Up to `limit` evaluations, oldest first; with thresholds where the monitor's document is given."""
    rows, shapes = store.series(path, limit)
    order = _order(rows, shapes)
    places = {shape: [order[tuple(what)] for what in shapes[shape]] for shape in {row["shape"] for row in rows}}
    values, verdicts = _columns(rows, places, len(order))
    starts = _starts(len(rows) - max(1, exact), stretches)
    first = starts[-1] if starts else 0
    checks = {} if document is None else checks_in_use(document)
    return {
        "version": 1,
        "total": len(rows),
        "evaluations": [{name: row[column] for name, column in _FIELDS.items()} for row in rows[first:]],
        "before": _before(rows, starts, _since(rows, order, verdicts, first)) if starts else None,
        "series": [
            {
                **dict(zip(("check", "kind", "measure", "column", "group"), what, strict=True)),
                "values": values[place][first:],
                "verdicts": verdicts[place][first:],
                "before": _drawn(values[place], verdicts[place], starts) if starts else None,
                **{name: checks.get(what[0], {}).get(name) for name in ("mode", "effect", "warn", "alert")},
            }
            for what, place in order.items()
        ],
    }


def nothing() -> dict[str, Any]:
    """What is told of a monitor that was never evaluated."""
    return {"version": 1, "total": 0, "evaluations": [], "before": None, "series": []}


def _order(rows: Sequence[Row], shapes: Mapping[int, list[Any]]) -> dict[tuple[Any, ...], int]:
    """What there are values of, and the place of each among the series."""
    order: dict[tuple[Any, ...], int] = {}
    for shape in sorted({row["shape"] for row in rows}):
        for what in shapes[shape]:
            order.setdefault(tuple(what), len(order))
    return order


def _columns(
    rows: Sequence[Row], places: Mapping[int, list[int]], width: int
) -> tuple[list[Sequence[Json]], list[str]]:
    """Rows of figures turned into columns; what an evaluation has no value of is null and not computed."""
    # Read as one text and cut into columns by strides, which takes a third of the time of ten thousand lists.
    figures, letters = [], []
    straight = list(range(width))
    plain = {shape for shape, place in places.items() if place == straight}
    for row in rows:
        place = places[row["shape"]]
        if row["shape"] in plain:
            figures.append(row["figures"][1:-1])
            letters.append(row["verdicts"])
        else:
            figures.append(",".join(_spread([dumps(one) for one in loads(row["figures"])], place, width, "null")))
            letters.append("".join(_spread(row["verdicts"], place, width, "n")))
    values: list[Json] = loads(f"[{','.join(figures)}]") if width else []
    verdicts = "".join(letters)
    return [values[place::width] for place in straight], [verdicts[place::width] for place in straight]


def _spread(found: Sequence[str], places: Sequence[int], width: int, absent: str) -> list[str]:
    spread = [absent] * width
    for place, value in zip(places, found, strict=True):
        spread[place] = value
    return spread


def _starts(old: int, stretches: int) -> list[int]:
    """Where the stretches of the old evaluations begin, and where they end."""
    if old <= 0:
        return []
    number = min(max(1, stretches), old)
    return [old * place // number for place in range(number + 1)]


def _before(rows: Sequence[Row], starts: Sequence[int], since: dict[str, int]) -> dict[str, Any]:
    """What is known of the old evaluations apart from their values."""
    return {
        "starts": starts[:-1],
        "batches": [rows[start]["batch"] for start in starts[:-1]],
        "times": [rows[start]["created"] for start in starts[:-1]],
        "changes": list(_changes(rows[: starts[-1] + 1])),
        "since": {check: {"at": at, "batch": rows[at]["batch"]} for check, at in since.items()},
    }


def _changes(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Before which evaluations the model became another, or the baseline."""
    seen = [(row["model"], row["baseline"]) for row in rows]
    for at, (before, after) in enumerate(pairwise(seen), 1):
        if before == after:
            continue
        for kind, old, new in zip(("model", "baseline"), before, after, strict=True):
            if old and new and old != new:
                yield {"at": at, "kind": kind, "what": new}


def _since(
    rows: Sequence[Row], order: Mapping[tuple[Any, ...], int], verdicts: Sequence[str], first: int
) -> dict[str, int]:
    """Since when the checks are beyond their alert that were so already among the old evaluations."""
    parts: dict[str, list[str]] = {}
    for what, place in order.items():
        parts.setdefault(what[0], []).append(verdicts[place])
    found = {check: _unbroken(letters, len(rows)) for check, letters in parts.items()}
    return {check: at for check, at in found.items() if at is not None and at < first}


def _unbroken(parts: Sequence[str], total: int) -> int | None:
    """The first of the evaluations up to the newest that are all beyond; those without a value don't count."""
    first = None
    for at in range(total - 1, -1, -1):
        letters = {part[at] for part in parts}
        if "a" in letters:
            first = at
        elif letters != {"n"}:
            break
    return first


def _drawn(values: Sequence[Json], verdicts: str, starts: Sequence[int]) -> dict[str, Any]:
    """A series over the stretches: between what it lies, and how it was judged at the worst."""
    some: Sequence[Any] = values
    is_whole = None not in some
    low: list[Json] = []
    high: list[Json] = []
    worst = []
    for begin, end in pairwise(starts):
        known = some[begin:end] if is_whole else [value for value in some[begin:end] if value is not None]
        low.append(min(known, default=None))
        high.append(max(known, default=None))
        worst.append(_gravest(verdicts[begin:end]))
    return {"low": low, "high": high, "verdicts": "".join(worst)}


def _gravest(letters: str) -> str:
    for letter in GRAVEST_FIRST:
        if letter in letters:
            return letter
    return "n"
