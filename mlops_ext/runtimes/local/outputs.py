"""The files that a node declares that it makes: looked for, hashed, captured.

A declared output that is missing after success is a failure. What is captured is
a copy, never a hard link: the next run writes over the original. Who has a place for
files by their content (objects.py) captures there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from .copying import copy_hashed

CAPTURE_LIMIT = 64 * 1024 * 1024
"""Bytes of one output that are copied of a run in place; of larger ones the hash is kept."""

Outputs = dict[str, dict[str, Any]]
Keep = Callable[[BinaryIO, Path], tuple[str, int]]
"""Captures an open file at a path; answers its hash and size."""


def shown_name(pipeline: str, output: str) -> str:
    """The output as the pipeline names it: relative to the pipeline's folder."""
    return PurePosixPath(os.path.relpath(output, PurePosixPath(pipeline).parent)).as_posix()


def missing(root: Path, outputs: Iterable[str]) -> list[str]:
    """The declared outputs that do not exist below `root`, or lead out of it."""
    return [output for output in outputs if not _inside(root, output)]


def record(root: Path, outputs: Iterable[str], store: Path, *, limit: int | None, keep: Keep | None = None) -> Outputs:
    """Hashes the outputs and captures them below `store`; `limit` bounds what is captured of one."""
    return {output: _record_one(root / output, store / output, keep or _copy, limit) for output in outputs}


def files_of(root: Path, outputs: Iterable[str]) -> Iterator[Path]:
    """The files that the outputs are, or hold."""
    for output in outputs:
        path = root / output
        yield from _files(path) if path.is_dir() else [path]


def folder_digest(digests: Iterable[tuple[str, str]]) -> str:
    """The hash of a folder, of the names in it (sorted, relative to it) and their hashes."""
    whole = hashlib.sha256()
    for name, digest in digests:
        whole.update(f"{digest}  {name}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def restore(store: Path, target: Path) -> None:
    """Puts captured outputs into a fresh folder."""
    for source in _files(store):
        copy = target / source.relative_to(store)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def _record_one(source: Path, target: Path, keep: Keep, limit: int | None) -> dict[str, Any]:
    if source.is_dir():
        return _record_folder(source, target, keep, limit)
    capture = limit is None or source.stat().st_size <= limit
    digest, size = _keep(source, target if capture else None, keep)
    return {"sha256": digest, "bytes": size}


def _record_folder(source: Path, target: Path, keep: Keep, limit: int | None) -> dict[str, Any]:
    """A folder counts as its files: the hash is over their names and hashes."""
    files = list(_files(source))
    capture = limit is None or sum(file.stat().st_size for file in files) <= limit
    digests, total = [], 0
    for file in files:
        name = file.relative_to(source).as_posix()
        digest, size = _keep(file, target / name if capture else None, keep)
        digests.append((name, digest))
        total += size
    if capture:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {"sha256": folder_digest(digests), "bytes": total}


def _keep(source: Path, target: Path | None, keep: Keep) -> tuple[str, int]:
    with source.open("rb") as file:
        return copy_hashed(file, None) if target is None else keep(file, target)


def _copy(source: BinaryIO, target: Path) -> tuple[str, int]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with target.open("wb") as copy:
        return copy_hashed(source, copy)


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
