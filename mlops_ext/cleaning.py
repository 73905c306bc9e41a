"""`mlops gc`: old runs go, and what lies about.

Nothing is deleted that somebody still builds on: a run that has not ended, the last
success of a node (it stands for a node that is disabled or not chosen), and a run
from which one that stays has reused something.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .errors import Conflict, NotFound
from .paths import Workspace
from .runtimes.local.objects import Objects
from .store import Store

RUN_ID = re.compile(r"[0-9a-f]{32}")
LITTER_SECONDS = 3600.0
"""A folder without a run is one that is just being accepted, or litter."""


@dataclass(frozen=True)
class Limits:
    """Which runs are too many; what is None sets no limit."""

    keep_runs: int | None = None
    """So many of each pipeline stay."""
    older_than: float | None = None
    """Seconds."""
    max_size: int | None = None
    """Bytes of all runs of the workspace."""


def clean(workspace: Workspace, limits: Limits, *, dry_run: bool = False) -> dict[str, Any]:
    """Deletes what is beyond the limits, oldest first; answers what went, or would."""
    with Store.open(workspace, create=False) as store:
        going = _going(store, limits)
        gone = []
        for run in going:
            size = _size(workspace.run_folder(run["id"]))
            if dry_run or _delete(store, run["id"]):
                gone.append({**run, "bytes": size})
        litter: list[dict[str, Any]] = [{"path": path.name, "bytes": _size(path)} for path in _litter(store)]
        if not dry_run:
            for one in litter:
                shutil.rmtree(workspace.runs / one["path"], ignore_errors=True)
            # What the runs had captured lies once for all of them.
            Objects(workspace.state).sweep()
            if gone:
                store.compact()
    return {
        "workspace": str(workspace.folder),
        "dry_run": dry_run,
        "runs": gone,
        "litter": litter,
        "freed": sum(one["bytes"] for one in [*gone, *litter]),
    }


def _going(store: Store, limits: Limits) -> list[dict[str, Any]]:
    """The runs that go, oldest first."""
    ended, sources = store.ended_runs(), store.reuses()
    kept = store.runs_with_last_success()
    while True:
        going = _too_many(ended, limits, lambda run_id: _size(store.workspace.run_folder(run_id)), kept)
        names = {run["id"] for run in going}
        built_on = {source for run, of in sources.items() if run not in names for source in of} & names
        if not built_on:
            return going
        kept |= built_on


def _too_many(
    ended: list[dict[str, Any]], limits: Limits, size: Callable[[str], int], kept: set[str]
) -> list[dict[str, Any]]:
    """Of the runs that ended, newest first, those that go, oldest first."""
    oldest = None
    if limits.older_than is not None:
        oldest = (datetime.now(UTC) - timedelta(seconds=limits.older_than)).isoformat(timespec="milliseconds")
    counted: dict[str, int] = {}
    total, going = 0, []
    for run in ended:
        counted[run["pipeline"]] = counted.get(run["pipeline"], 0) + 1
        stays = run["id"] in kept or not (
            (limits.keep_runs is not None and counted[run["pipeline"]] > limits.keep_runs)
            or (oldest is not None and run["created"] < oldest)
        )
        if stays and limits.max_size is not None:
            total += size(run["id"])
            stays = total <= limits.max_size or run["id"] in kept
        if not stays:
            going.append(run)
    return going[::-1]


def _delete(store: Store, run_id: str) -> bool:
    try:
        store.delete(run_id)
    except (Conflict, NotFound):
        return False  # it was opened again, or somebody was faster
    return True


def _litter(store: Store) -> Iterator[Path]:
    """Folders of runs that the store does not know, and that nobody is making."""
    for entry in _entries(store.workspace.runs):
        path, before = Path(entry.path), time.time() - LITTER_SECONDS
        if not RUN_ID.fullmatch(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime < before:
            try:
                store.state_of(entry.name)
            except NotFound:
                yield path


def _size(folder: Path) -> int:
    """Bytes on the disk below a folder."""
    total = 0
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
