"""Captured outputs by their content: each once, however many runs made it.

An object is a file named by its hash. What a run captured is a link to objects from
the folder of its attempt, so an object that no run needs any more has one link left.
The files of the workspace are never linked, for the next run writes over them: they
are cloned where the file system can do that, else copied.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .copying import copy_hashed

_CLONE = 0x40049409
_FOLDER = "objects"
_WRITTEN_SECONDS = 24 * 3600.0


class Objects:
    """The captured outputs of a workspace."""

    def __init__(self, state: Path) -> None:
        self.folder = state / _FOLDER

    def place(self, sha256: str) -> Path:
        """Where the object with this hash lies, if it is there."""
        return self.folder / sha256[:2] / sha256[2:]

    def keep(self, source: BinaryIO, link: Path) -> tuple[str, int]:
        """Captures a file, and links it; its hash and size. What was captured is what was hashed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=self.folder)
        try:
            with os.fdopen(descriptor, "w+b") as copy:
                digest, size = _clone_hashed(source, copy)
            place = self.place(digest)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            if not _is_whole(place, size) or not _linked(place, link):
                # Linked before it has its name: who sweeps meanwhile finds two links.
                _link(Path(partial), link)
                os.replace(partial, place)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(partial)
        return digest, size

    def sweep(self) -> tuple[int, int]:
        """Removes what no run needs any more; how many files and bytes that were."""
        count = size = 0
        for path in self._all():
            with suppress(OSError):
                status = path.stat()
                being_written = path.name.startswith(".") and time.time() - status.st_mtime < _WRITTEN_SECONDS
                if status.st_nlink == 1 and not being_written:
                    path.unlink()
                    count, size = count + 1, size + status.st_size
        return count, size

    def size(self) -> int:
        """Bytes of all of them."""
        return sum(path.stat().st_size for path in self._all())

    def _all(self) -> Iterator[Path]:
        for parent, _, names in os.walk(self.folder):
            yield from (Path(parent) / name for name in names)


def restore(captured: Path, target: Path, sha256: str, desk: Path) -> bool:
    """Puts a captured file in its place, whole or not at all; False if it is not what it was.

    It is copied on the `desk`, a folder of ours, so that nothing half lies with the user's files if we are killed.
    """
    try:
        source = os.fdopen(os.open(captured, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except OSError:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    desk.mkdir(mode=0o700, parents=True, exist_ok=True)
    if desk.stat().st_dev != target.parent.stat().st_dev:
        desk = target.parent  # from another file system it could not be moved at once
    partial = desk / f".{secrets.token_hex(8)}.partial"
    # As a file that was made here, by the mask of this process.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with source, os.fdopen(descriptor, "wb") as copy:
            digest, _ = copy_hashed(source, copy)
        if digest != sha256:
            return False
        os.replace(partial, target)
        return True
    finally:
        with suppress(FileNotFoundError):
            os.unlink(partial)


def link_tree(source: Path, target: Path, names: Iterable[str]) -> None:
    """Links files and folders of a folder of ours into another; only plain files, and what is not there is left out."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        for parent, folders, files in [(str(source), [], [name]), *os.walk(source / name)]:
            folders[:] = [folder for folder in folders if not os.path.islink(os.path.join(parent, folder))]
            place = target / os.path.relpath(parent, source)
            for file in files:
                found = Path(parent) / file
                if found.is_file() and not found.is_symlink():
                    place.mkdir(mode=0o700, parents=True, exist_ok=True)
                    _link(found, place / file)


def _clone_hashed(source: BinaryIO, copy: BinaryIO) -> tuple[str, int]:
    try:
        import fcntl

        fcntl.ioctl(copy.fileno(), _CLONE, source.fileno())
    except (ImportError, OSError):
        return copy_hashed(source, copy)
    copy.seek(0)
    return copy_hashed(copy, None)


def _is_whole(place: Path, size: int) -> bool:
    """Whether an object is there in its full length; a damaged one gives way to the same bytes."""
    try:
        return place.stat().st_size == size
    except OSError:
        return False


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _link(source: Path, target: Path) -> None:
    if not _linked(source, target) and not target.exists():
        # A file system without links keeps a copy.
        shutil.copyfile(source, target)
