"""Delivery into a folder that Airflow reads: whole files, never through a link that lies in it."""

from __future__ import annotations

import errno
import os
import secrets as randomness
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

from ...errors import MlopsError, Unavailable
from .origin import LIMIT, Origin
from .package import Package


def deliver(place: str, package: Package, origin: Origin | None = None) -> None:
    """Writes the files that are not there as they should be; the DAG's file last."""
    top = Path(place)
    try:
        root = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _wrong(place, error) from None
    try:
        marks = {} if origin is None else origin.marked(package.dag_id, lambda path: _read(root, path))
        for path, data in marks.items():
            _write(root, path, data)
        for path in [*(name for name in package.files if name != package.dag_file), package.dag_file]:
            _write(root, path, package.files[path])
    except OSError as error:
        raise _wrong(place, error) from None
    finally:
        os.close(root)


def probe(place: str) -> None:
    """Writes a mark and removes it."""
    mark = Path(place) / f".mlops-{randomness.token_hex(8)}"
    try:
        mark.write_bytes(b"mlops")
        mark.unlink()
    except OSError as error:
        raise _wrong(place, error) from None


def prune(place: str, dag_id: str, keep: set[str], digest_in: Callable[[bytes], str | None]) -> None:
    """Removes packages that are older than all that are kept."""
    own = Path(place) / dag_id
    try:
        if own.is_symlink() or (own / "pkg").is_symlink():
            return
        current = digest_in((own / "dag.py").read_bytes())
        kept = keep | ({current} if current else set())
        packages = {entry.name: entry for entry in (own / "pkg").iterdir() if entry.is_dir() and not entry.is_symlink()}
        oldest = min((packages[name].stat().st_mtime for name in kept if name in packages), default=0.0)
        for name, entry in packages.items():
            if name not in kept and entry.stat().st_mtime < oldest:
                shutil.rmtree(entry)
    except OSError:
        return  # what is left over harms nobody


def _write(root: int, path: str, data: bytes) -> None:
    *parents, name = path.split("/")
    parent = _below(root, parents)
    try:
        if _same(parent, name, data):
            return
        partial = f".{name}.{randomness.token_hex(6)}.partial"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:
            os.unlink(partial, dir_fd=parent)
            raise
        os.fsync(parent)
    finally:
        os.close(parent)


def _read(root: int, path: str) -> bytes | None:
    *parents, name = path.split("/")
    parent = _below(root, parents)
    try:
        return _contents(parent, name, LIMIT)
    finally:
        os.close(parent)


def _same(parent: int, name: str, data: bytes) -> bool:
    return _contents(parent, name, len(data)) == data


def _contents(parent: int, name: str, limit: int) -> bytes | None:
    """The bytes of a plain file; None where there is none, or one with more."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= limit else None


def _below(root: int, parents: list[str]) -> int:
    """A descriptor of the folder, made where it is missing; a link on the way is an error."""
    current = os.dup(root)
    for name in parents:
        try:
            os.mkdir(name, 0o755, dir_fd=current)
        except FileExistsError:
            pass
        except OSError:
            os.close(current)
            raise
        try:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
        finally:
            os.close(current)
        current = below
    return current


def _wrong(place: str, error: OSError) -> MlopsError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(f"The disk of the folder {place} is full.", "Free some space.", code="disk-full")
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        why = "it holds a link or a file where a folder should be"
    else:
        why = error.strerror or str(error)
    return Unavailable(
        f"The DAG cannot be written to the folder {place}: {why}.",
        "Name a folder that exists here and that you may write to, and that Airflow reads.",
        code="delivery",
    )
