"""Monitors as people look at them: how each is, since when, and what there is to see.

Only the store and small files are read here, nothing is computed and nothing
written, so that the server may do it for ten thousand evaluations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import timetable
from ..errors import MlopsError
from ..model import Json
from ..paths import Workspace, confine, known_workspaces
from ..store import Store
from ..store.documents import loads, timestamp
from .alerts import state_now
from .batches import batches
from .document import SUFFIX, parse
from .evaluating import LOCK
from .files import Monitor, find, issues_of, locate, made, read, state_folder
from .keys import version_of
from .locks import is_held
from .records import checks_in_use

SPARK = 40
KINDS = ("quality", "estimate", "fairness", "drift", "prediction_drift", "data_quality")
"""Which kind of check is the main one of a monitor: the first that there is a value of."""
WORDS = {"o": "ok", "w": "warn", "a": "alert", "n": "not_computed", "e": "error"}

Series = dict[str, Any]


def summary(workspace: Workspace, path: str, store: Store | None) -> dict[str, Any]:
    """One monitor in a few words; `store` is None where nothing was evaluated yet."""
    data = read(workspace, path)
    issues = issues_of(workspace, path, data)
    raw = parse(data).raw
    document: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    model = document.get("model")
    model = model if isinstance(model, dict) else {}
    found = series(path, store, None, SPARK) if store is not None else {"evaluations": [], "series": []}
    main = _main(found["series"])
    last = found["evaluations"][-1] if found["evaluations"] else None
    return {
        "path": path,
        "name": _text(model.get("name")) or path.rpartition("/")[2].removesuffix(SUFFIX),
        "description": _text(document.get("description")) or "",
        "problem": _text(document.get("problem")),
        "model": {"path": _text(model.get("path")), "version": _version(workspace, path, model.get("path"))},
        "status": None if last is None else last["status"],
        "issues": sum(one.severity == "error" for one in issues),
        "main": None if main is None else main["check"],
        "spark": [] if main is None else _spark(found["evaluations"], main),
        "last": None if last is None else {name: last[name] for name in ("id", "batch", "time")},
        "alert": _alert(path, store),
        "schedule": _schedule(path, document, store),
        "evaluating": is_held(state_folder(workspace, path) / LOCK),
        "refresh": _refresh(document),
    }


def everywhere(root: Path) -> Iterator[tuple[Workspace, dict[str, Any]]]:
    """The monitors below a folder, each with its workspace; one that cannot be read costs itself alone."""
    stores: dict[Workspace, Store | None] = {}
    try:
        for file in _known(root):
            try:
                workspace, path = locate(root, file)
                if workspace not in stores:
                    stores[workspace] = opened(workspace)
                yield workspace, summary(workspace, path, stores[workspace])
            except MlopsError:
                continue
    finally:
        for store in stores.values():
            if store is not None:
                store.close()


def _known(root: Path) -> list[Path]:
    """The monitor files below a folder, and those evaluated before that a search does not come to."""
    found = dict.fromkeys(find(root))
    for workspace in known_workspaces(root):
        try:
            with Store.open(workspace, create=False) as store:
                found |= dict.fromkeys(workspace.folder / path for path in store.monitors())
        except MlopsError:
            continue
    return sorted(found)


def workspaces_below(root: Path) -> list[Workspace]:
    """The workspaces of the monitors below a folder."""
    found: dict[Workspace, None] = {}
    for file in find(root):
        try:
            found[locate(root, file)[0]] = None
        except MlopsError:
            continue
    return list(found)


def opened(workspace: Workspace) -> Store | None:
    """The store of a workspace; None where nothing was recorded."""
    return Store.open(workspace, create=False) if Store.exists(workspace) else None


def alerts_in(
    workspaces: Iterable[Workspace], *, monitor: str | None = None, states: Sequence[str] | None = None
) -> Iterator[tuple[Workspace, dict[str, Any]]]:
    """The alerts of some workspaces, newest first in each; in some states or in any."""
    for workspace in workspaces:
        try:
            store = opened(workspace)
        except MlopsError:
            continue
        if store is not None:
            with store:
                found = [_now(alert) for alert in store.alerts(monitor=monitor)]
            yield from ((workspace, named(workspace, one)) for one in found if states is None or one["state"] in states)


def named(workspace: Workspace, alert: Mapping[str, Any]) -> dict[str, Any]:
    """An alert with the name of its model."""
    try:
        raw = parse(read(workspace, alert["monitor"])).raw
    except MlopsError:
        raw = None
    model = raw.get("model") if isinstance(raw, dict) else None
    name = _text(model.get("name")) if isinstance(model, dict) else None
    return {**_now(alert), "name": name or alert["monitor"].rpartition("/")[2].removesuffix(SUFFIX)}


def whole(workspace: Workspace, path: str, store: Store | None) -> dict[str, Any]:
    """One monitor with all that its page shows, but for its evaluations."""
    data = read(workspace, path)
    parsed = parse(data)
    monitor = _sound(workspace, path, data)
    return {
        **summary(workspace, path, store),
        "document": parsed.raw,
        "sha256": hashlib.sha256(data).hexdigest(),
        "issues": [one.json() for one in issues_of(workspace, path, data)],
        "checks": None if monitor is None else checks_in_use(monitor.document),
        "batches": _batches(monitor, store),
        "versions": [] if store is None else store.model_versions(path),
        "alerts": [] if store is None else [named(workspace, alert) for alert in store.alerts(monitor=path)],
        "decisions": [] if store is None else store.decisions(path),
    }


def series(path: str, store: Store, document: Mapping[str, Any] | None, limit: int) -> dict[str, Any]:
    """The values of every check over time, oldest first; with thresholds where the monitor's document is given."""
    rows, shapes = store.series(path, limit)
    order: dict[tuple[Any, ...], int] = {}
    for shape in sorted({row["shape"] for row in rows}):
        for what in shapes[shape]:
            order.setdefault(tuple(what), len(order))
    places = {shape: [order[tuple(what)] for what in shapes[shape]] for shape in {row["shape"] for row in rows}}
    values, verdicts = _columns(rows, places, len(order))
    checks = {} if document is None else checks_in_use(document)
    return {
        "version": 1,
        "evaluations": [
            {
                "id": row["id"],
                "batch": row["batch"],
                "time": row["created"],
                "status": row["status"],
                "model": row["model"],
                "baseline": row["baseline"],
            }
            for row in rows
        ],
        "series": [
            {
                **dict(zip(("check", "kind", "measure", "column", "group"), what, strict=True)),
                "values": values[place],
                "verdicts": verdicts[place],
                **{name: checks.get(what[0], {}).get(name) for name in ("mode", "effect", "warn", "alert")},
            }
            for what, place in order.items()
        ],
    }


def _columns(
    rows: Iterable[Mapping[str, Any]], places: Mapping[int, list[int]], width: int
) -> tuple[list[list[Json]], list[list[str]]]:
    """Rows of figures turned into columns; what an evaluation has no value of is null and not computed."""
    figures, letters = [], []
    straight = list(range(width))
    for row in rows:
        found, told, place = loads(row["figures"]), row["verdicts"], places[row["shape"]]
        if place != straight:
            spread: list[Json] = [None] * width
            spoken = ["n"] * width
            for target, value, letter in zip(place, found, told, strict=True):
                spread[target], spoken[target] = value, letter
            found, told = spread, "".join(spoken)
        figures.append(found)
        letters.append(told)
    if not figures:
        return [[] for _ in straight], [[] for _ in straight]
    return [list(column) for column in zip(*figures, strict=True)], [
        list(column) for column in zip(*letters, strict=True)
    ]


def _main(found: list[Series]) -> Series | None:
    """The series that stands for a monitor in a list."""
    known = [one for one in found if any(value is not None for value in one["values"])]
    return min(known, key=lambda one: KINDS.index(one["kind"]) if one["kind"] in KINDS else len(KINDS), default=None)


def _spark(evaluations: list[dict[str, Any]], main: Series) -> list[dict[str, Any]]:
    return [
        {"time": one["time"], "batch": one["batch"], "value": value, "verdict": WORDS[letter]}
        for one, value, letter in zip(evaluations, main["values"], main["verdicts"], strict=True)
    ]


def _alert(path: str, store: Store | None) -> dict[str, Any] | None:
    alert = None if store is None else store.active_alert(path)
    return None if alert is None else {name: _now(alert)[name] for name in ("id", "state", "opened")}


def _now(alert: Mapping[str, Any]) -> dict[str, Any]:
    return {**alert, "state": state_now(alert["state"], alert["snoozed_until"], timestamp())}


def _batches(monitor: Monitor | None, store: Store | None) -> list[dict[str, Any]]:
    """The batches that there are; of a table that is split, which only reading tells, those that were evaluated."""
    evaluated = {} if store is None or monitor is None else store.evaluated_batches(monitor.path)
    found: dict[str, dict[str, Any]] = {}
    if monitor is not None and monitor.document["batches"].get("by") is None:
        for one in batches(monitor.workspace, monitor.folder, monitor.document):
            found[one.id] = {"id": one.id, "bytes": one.bytes, "modified": _time(one.modified)}
    for batch in evaluated:
        found.setdefault(batch, {"id": batch, "bytes": None, "modified": None})
    return [
        {**one, "evaluation": evaluated.get(name, (None, None))[0], "status": evaluated.get(name, (None, None))[1]}
        for name, one in found.items()
    ]


def _sound(workspace: Workspace, path: str, data: bytes) -> Monitor | None:
    try:
        return made(workspace, path, data)
    except MlopsError:
        return None


def _schedule(path: str, document: Mapping[str, Any], store: Store | None) -> dict[str, Any] | None:
    """When the monitor says that it is due, and whether the clock of this machine obeys."""
    schedule = document.get("schedule")
    if not isinstance(schedule, dict) or not isinstance(schedule.get("cron"), str):
        return None
    cron, timezone = schedule["cron"], _text(schedule.get("timezone")) or "UTC"
    row = None if store is None else next((one for one in store.schedules("monitor") if one["path"] == path), None)
    active = row is not None and not row["paused"]
    following = None
    if active and timetable.problem(cron, timezone) is None:
        following = timetable.following(cron, timezone, datetime.now(UTC))
    return {
        "cron": cron,
        "timezone": timezone,
        "next": None if following is None else timestamp(following),
        "active": active,
        "last": None if row is None else row["last"],
        "problem": None if row is None else row["problem"],
    }


def _refresh(document: Mapping[str, Any]) -> dict[str, Any] | None:
    refresh = document.get("refresh")
    return {"pipeline": refresh.get("pipeline")} if isinstance(refresh, dict) else None


def _version(workspace: Workspace, path: str, model: Json) -> str | None:
    if not isinstance(model, str):
        return None
    try:
        return version_of(confine(workspace.folder, (workspace.folder / path).parent, model))
    except MlopsError:
        return None


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _time(seconds: float) -> str:
    return timestamp(datetime.fromtimestamp(seconds, UTC))
