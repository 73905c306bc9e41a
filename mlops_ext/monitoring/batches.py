"""Which batches of current data there are, and which files an evaluation reads."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..paths import Workspace, confine, expand
from ..store.hashes import FRESH_NANOSECONDS, Identity, identity
from .values import Batch

FORMATS = (".csv", ".parquet", ".jsonl")
_WILD = re.compile(r"[*?[]")
_listed: dict[tuple[Path, Path, str], tuple[Identity | None, list[Path]]] = {}


def batches(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Batch]:
    """The batches of a monitor that lies in `folder`, newest last: by their ids, as people order them (9 before 10).

    The order doesn't follow the files' times, which a copy or a checkout changes. A table that is split `by` a
    column is read, so only a process of its own should ask for it; a pattern costs a look into the folder.
    """
    source = document["batches"]
    files = [path for path in expand(workspace, folder, source["path"]) if path.suffix in FORMATS]
    names = [_name(folder, path) for path in files]
    if source.get("by") is None:
        found = [Batch(name, name, None) for name in names]
    else:
        from .data import values_of

        split = (values_of(path, source["by"]) for path in files)
        found = [Batch(value, name, value) for name, values in zip(names, split, strict=True) for value in values]
    return sorted(found, key=lambda batch: natural(batch.id))


def label_files(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Path]:
    """The files that hold labels, in the order in which a later one wins.

    It is asked for each batch: a folder of files that is as it was is not looked through again.
    """
    labels = document["batches"].get("labels")
    if labels is None:
        return []
    place, mark = (workspace.folder, folder, labels["path"]), _mark(folder, labels["path"])
    known = _listed.get(place)
    if known is not None and mark is not None and known[0] == mark:
        return known[1]
    found = [path for path in expand(workspace, folder, labels["path"]) if path.suffix in FORMATS]
    files = sorted(found, key=lambda path: natural(path.as_posix()))
    _listed.clear()
    _listed[place] = (mark, files)
    return files


def batch_file(workspace: Workspace, folder: Path, batch: Batch) -> Path:
    """The file of a batch, inside the workspace."""
    return confine(workspace.folder, folder, batch.path)


def baseline_file(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> Path:
    """The file of the baseline, inside the workspace."""
    return confine(workspace.folder, folder, document["baseline"]["path"])


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders numbers within texts by their value."""
    parts = re.split(r"([0-9]{1,4000})", text)
    return tuple((1, int(part), "") if index % 2 else (0, 0, part) for index, part in enumerate(parts))


def _mark(folder: Path, pattern: str) -> Identity | None:
    """What stays the same as long as a pattern finds the same names in one folder; None where nothing tells."""
    head, tail = os.path.split(pattern)
    if _WILD.search(head) or not _WILD.search(tail) or "**" in tail:
        return None
    try:
        told = os.stat(folder / head)
    except OSError:
        return None
    is_fresh = time.time_ns() - max(told.st_mtime_ns, told.st_ctime_ns) < FRESH_NANOSECONDS
    return None if is_fresh else identity(told)


def _name(folder: Path, path: Path) -> str:
    """A path as the monitor that lies in `folder` would write it."""
    return path.as_posix().removeprefix(f"{folder.as_posix()}/")
