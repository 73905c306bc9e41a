"""Which batches of current data there are, and which files an evaluation reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..paths import Workspace, confine, expand
from .values import Batch

FORMATS = (".csv", ".parquet", ".jsonl")


def batches(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Batch]:
    """The batches of a monitor that lies in `folder`, newest last: by their ids, as people order them (9 before 10).

    The order doesn't follow the files' times, which a copy or a checkout changes. A table that is split `by` a
    column is read, so only a process of its own should ask for it; a pattern costs a look into the folder.
    """
    source = document["batches"]
    files = [path for path in expand(workspace, folder, source["path"]) if path.suffix in FORMATS]
    if source.get("by") is None:
        found = [_file(folder, path) for path in files]
    else:
        from .data import values_of

        found = [_part(folder, path, value) for path in files for value in values_of(path, source["by"])]
    return sorted(found, key=lambda batch: natural(batch.id))


def label_files(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Path]:
    """The files that hold labels, in the order in which a later one wins."""
    labels = document["batches"].get("labels")
    if labels is None:
        return []
    files = [path for path in expand(workspace, folder, labels["path"]) if path.suffix in FORMATS]
    return sorted(files, key=lambda path: natural(path.as_posix()))


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


def _file(folder: Path, path: Path) -> Batch:
    told = path.stat()
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()
    return Batch(name, name, None, told.st_size, told.st_mtime)


def _part(folder: Path, path: Path, value: str) -> Batch:
    whole = _file(folder, path)
    return Batch(value, whole.path, value, whole.bytes, whole.modified)
