"""The files that a node declares that it makes: looked for, hashed, captured.

A declared output that is missing after success is a failure. What is captured is
a copy, never a hard link: the next run writes over the original.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from .copying import copy_hashed

CAPTURE_LIMIT = 64 * 1024 * 1024
"""Bytes of one output that are copied of a run in place; of larger ones the hash is kept."""

Outputs = dict[str, dict[str, Any]]


def shown_name(pipeline: str, output: str) -> str:
    """The output as the pipeline names it: relative to the pipeline's folder."""
    return PurePosixPath(os.path.relpath(output, PurePosixPath(pipeline).parent)).as_posix()


def missing(root: Path, outputs: Iterable[str]) -> list[str]:
    """The declared outputs that do not exist below `root`, or lead out of it."""
    return [output for output in outputs if not _inside(root, output)]


def record(root: Path, outputs: Iterable[str], store: Path, *, limit: int | None) -> Outputs:
    """Hashes the outputs and copies them below `store`; `limit` bounds what is copied of one."""
    return {output: _record_one(root / output, store / output, limit) for output in outputs}


def restore(store: Path, target: Path) -> None:
    """Puts captured outputs into a fresh folder."""
    for source in _files(store):
        copy = target / source.relative_to(store)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def _record_one(source: Path, target: Path, limit: int | None) -> dict[str, Any]:
    if source.is_dir():
        return _record_folder(source, target, limit)
    capture = limit is None or source.stat().st_size <= limit
    digest, size = _copy(source, target if capture else None)
    return {"sha256": digest, "bytes": size}


def _record_folder(source: Path, target: Path, limit: int | None) -> dict[str, Any]:
    """A folder counts as its files: the hash is over their names and hashes."""
    files = list(_files(source))
    capture = limit is None or sum(file.stat().st_size for file in files) <= limit
    whole, total = hashlib.sha256(), 0
    for file in files:
        name = file.relative_to(source).as_posix()
        digest, size = _copy(file, target / name if capture else None)
        whole.update(f"{digest}  {name}\n".encode("utf-8", "surrogateescape"))
        total += size
    if capture:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"sha256": whole.hexdigest(), "bytes": total}


def _copy(source: Path, target: Path | None) -> tuple[str, int]:
    with source.open("rb") as file:
        if target is None:
            return copy_hashed(file, None)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("wb") as copy:
            return copy_hashed(file, copy)


def _files(folder: Path) -> Iterator[Path]:
    for parent, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            path = Path(parent) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _inside(root: Path, output: str) -> bool:
    try:
        real = (root / output).resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return real.is_relative_to(root.resolve()) and (real.is_file() or real.is_dir())
