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
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .errors import Conflict, NotFound
from .paths import Workspace
from .runtimes.local.objects import Objects
from .store import Store
from .store.documents import timestamp

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
        held = Held(workspace)
        going = _going(store, limits, held)
        litter = [path.name for path in _litter(store)]
        # Before anything goes: with every run fewer links are left.
        for name in [*(run["id"] for run in going), *litter]:
            held.by(name)
        gone = [run for run in going if dry_run or _delete(store, run["id"])]
        freed = held.only_by([*(run["id"] for run in gone), *litter])
        if not dry_run:
            for name in litter:
                shutil.rmtree(workspace.runs / name, ignore_errors=True)
            # Captured outputs that none of the runs that stay has.
            Objects(workspace.state).sweep()
            if gone:
                store.compact()
    return {
        "workspace": str(workspace.folder),
        "dry_run": dry_run,
        "runs": [{**run, "bytes": sum(held.by(run["id"]).values())} for run in gone],
        "litter": litter,
        "freed": freed,
    }


class Held:
    """The files that runs hold, each with its bytes on the disk; several runs may hold the same one."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._by: dict[str, dict[int, int]] = {}
        self._links: dict[int, int] = {}

    def by(self, name: str) -> dict[int, int]:
        """Bytes of each file in the folder of a run, by its inode."""
        if name not in self._by:
            self._by[name] = {}
            for found in _files(self._workspace.runs / name):
                self._by[name][found.st_ino] = found.st_blocks * 512
                self._links[found.st_ino] = found.st_nlink
        return self._by[name]

    def only_by(self, names: list[str]) -> int:
        """Bytes that nobody holds but these: beside their own links there is at most that of the captured outputs."""
        links = Counter(inode for name in names for inode in self.by(name))
        sizes = {inode: size for name in names for inode, size in self.by(name).items()}
        return sum(sizes[inode] for inode, count in links.items() if self._links[inode] <= count + 1)


def _going(store: Store, limits: Limits, held: Held) -> list[dict[str, Any]]:
    """The runs that go, oldest first."""
    ended, sources = store.ended_runs(), store.reuses()
    kept = store.runs_with_last_success()
    while True:
        going = _too_many(ended, limits, held, kept)
        names = {run["id"] for run in going}
        built_on = {source for run, of in sources.items() if run not in names for source in of} & names
        if not built_on:
            return going
        kept |= built_on


def _too_many(ended: list[dict[str, Any]], limits: Limits, held: Held, kept: Collection[str]) -> list[dict[str, Any]]:
    """Of the runs that ended, newest first, those that go, oldest first."""
    oldest = None
    if limits.older_than is not None:
        oldest = timestamp(datetime.now(UTC) - timedelta(seconds=limits.older_than))
    counted: Counter[str] = Counter()
    seen: set[int] = set()
    size, going = 0, []
    for run in ended:
        counted[run["pipeline"]] += 1
        stays = run["id"] in kept or not (
            (limits.keep_runs is not None and counted[run["pipeline"]] > limits.keep_runs)
            or (oldest is not None and run["created"] < oldest)
        )
        if stays and limits.max_size is not None:
            size += sum(count for inode, count in held.by(run["id"]).items() if inode not in seen)
            seen.update(held.by(run["id"]))
            stays = run["id"] in kept or size <= limits.max_size
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


def _files(folder: Path) -> Iterator[os.stat_result]:
    """All files below a folder; links are not followed."""
    waiting = [folder]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                with suppress(FileNotFoundError):
                    yield entry.stat(follow_symlinks=False)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
