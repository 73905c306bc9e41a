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
from ..errors import MlopsError, NotFound
from ..issues import show
from ..model import Json
from ..paths import Workspace, confine, known_workspaces
from ..store import Store
from ..store.documents import timestamp
from .alerts import state_now
from .batches import batches
from .document import SUFFIX, parse
from .evaluating import LOCK
from .files import Monitor, find, issues_of, locate, made, read, state_folder
from .keys import version_of
from .locks import is_held
from .places import natural
from .records import checks_in_use
from .series import nothing, series

SPARK = 40
BATCHES_PAGE = 300
ALERTS_PAGE = 100
KINDS = ("quality", "estimate", "fairness", "drift", "prediction_drift", "data_quality")
"""Which kind of check is the main one of a monitor: the first that there is a value of."""
WORDS = {"o": "ok", "w": "warn", "a": "alert", "n": "not_computed", "e": "error"}


def summary(workspace: Workspace, path: str, store: Store | None) -> dict[str, Any]:
    """One monitor in a few words; `store` is None where nothing was evaluated yet."""
    data = read(workspace, path)
    issues = issues_of(workspace, path, data)
    raw = parse(data).raw
    document: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    model = document.get("model")
    model = model if isinstance(model, dict) else {}
    found = series(path, store, None, SPARK) if store is not None else nothing()
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
    known = [] if monitor is None else _batches(monitor, store)
    return {
        **summary(workspace, path, store),
        "document": parsed.raw,
        "sha256": hashlib.sha256(data).hexdigest(),
        "issues": [one.json() for one in issues_of(workspace, path, data)],
        "checks": None if monitor is None else checks_in_use(monitor.document),
        "batches": [] if monitor is None else _shown(monitor, known[-BATCHES_PAGE:]),
        "batches_total": len(known),
        "waiting": sum(one["evaluation"] is None for one in known),
        "versions": [] if store is None else store.model_versions(path),
        "alerts": []
        if store is None
        else [named(workspace, alert) for alert in store.alerts(monitor=path, limit=ALERTS_PAGE)],
        "decisions": [] if store is None else store.decisions(path),
    }


def batches_before(
    workspace: Workspace, path: str, store: Store | None, before: str | None, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """The batches before a certain one, newest last, and whether there are more before those."""
    monitor = _sound(workspace, path, read(workspace, path))
    known = [] if monitor is None else _batches(monitor, store)
    end = len(known)
    if before is not None:
        end = next((place for place, one in enumerate(known) if one["id"] == before), -1)
        if end < 0:
            raise NotFound(f"The monitor has no batch {show(before)}.", code="unknown-batch")
    begin = max(0, end - max(1, limit))
    return [] if monitor is None else _shown(monitor, known[begin:end]), begin > 0


def _main(found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The series that stands for a monitor in a list."""
    known = [one for one in found if any(value is not None for value in one["values"])]
    return min(known, key=lambda one: KINDS.index(one["kind"]) if one["kind"] in KINDS else len(KINDS), default=None)


def _spark(evaluations: list[dict[str, Any]], main: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"time": one["time"], "batch": one["batch"], "value": value, "verdict": WORDS[letter]}
        for one, value, letter in zip(evaluations, main["values"], main["verdicts"], strict=True)
    ]


def _alert(path: str, store: Store | None) -> dict[str, Any] | None:
    alert = None if store is None else store.active_alert(path)
    return None if alert is None else {name: _now(alert)[name] for name in ("id", "state", "opened")}


def _now(alert: Mapping[str, Any]) -> dict[str, Any]:
    return {**alert, "state": state_now(alert["state"], alert["snoozed_until"], timestamp())}


def _batches(monitor: Monitor, store: Store | None) -> list[dict[str, Any]]:
    """The batches that there are, newest last; of a table that is split, which only reading tells, the evaluated."""
    evaluated = {} if store is None else store.evaluated_batches(monitor.path)
    names: list[str] = []
    if monitor.document["batches"].get("by") is None:
        names = [one.id for one in batches(monitor.workspace, monitor.folder, monitor.document)]
    gone = evaluated.keys() - set(names)
    if gone:
        names = sorted([*names, *gone], key=natural)
    found = ((name, evaluated.get(name, (None, None))) for name in names)
    return [{"id": name, "evaluation": evaluation, "status": status} for name, (evaluation, status) in found]


def _shown(monitor: Monitor, found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Batches with what is known of their files, which is looked up for a page of them alone."""
    is_split = monitor.document["batches"].get("by") is not None
    return [{**one, **_file(None if is_split else monitor.folder / one["id"])} for one in found]


def _file(path: Path | None) -> dict[str, Any]:
    try:
        told = None if path is None else path.stat()
    except OSError:
        told = None
    if told is None:
        return {"bytes": None, "modified": None}
    return {"bytes": told.st_size, "modified": timestamp(datetime.fromtimestamp(told.st_mtime, UTC))}


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
