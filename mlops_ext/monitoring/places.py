"""Which files a monitor means: of data, of labels, of the baseline. Nothing here is read, so nothing here is heavy."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..paths import Workspace, confine, expand
from ..store.hashes import FRESH_NANOSECONDS, Identity, identity
from .values import Batch

FORMATS = (".csv", ".parquet", ".jsonl")
_DIGITS = re.compile(r"([0-9]{1,4000})")
_WILD = re.compile(r"[*?[]")


def data_files(workspace: Workspace, folder: Path, pattern: str) -> Mapping[str, Path]:
    """The files with data that a pattern finds, by the name that the monitor would write, in their natural order.

    It is asked for each batch, and by all who look: a folder that is as it was is not looked through again.
    """
    mark = _mark(folder, pattern)
    return _look(workspace, folder, pattern) if mark is None else _looked(workspace, folder, pattern, mark)


def label_files(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Path]:
    """The files that hold labels, in the order in which a later one wins."""
    labels = document["batches"].get("labels")
    return [] if labels is None else list(data_files(workspace, folder, labels["path"]).values())


def batch_file(workspace: Workspace, folder: Path, batch: Batch) -> Path:
    """The file of a batch, inside the workspace."""
    return confine(workspace.folder, folder, batch.path)


def baseline_file(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> Path:
    """The file of the baseline, inside the workspace."""
    return confine(workspace.folder, folder, document["baseline"]["path"])


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that orders numbers within texts by their value."""
    parts = _DIGITS.split(text)
    return tuple([(1, int(part), "") if index % 2 else (0, 0, part) for index, part in enumerate(parts)])


def _look(workspace: Workspace, folder: Path, pattern: str) -> Mapping[str, Path]:
    beginning = f"{folder.as_posix()}/"
    found = {path.as_posix().removeprefix(beginning): path for path in expand(workspace, folder, pattern)}
    names = sorted((name for name in found if name.endswith(FORMATS)), key=natural)
    return {name: found[name] for name in names}


@lru_cache(maxsize=32)
def _looked(workspace: Workspace, folder: Path, pattern: str, _: Identity) -> Mapping[str, Path]:
    return _look(workspace, folder, pattern)


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
