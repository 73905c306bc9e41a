"""Sees which files of the workspace are opened and changed, whoever does it: inotify, as it is in the C library.

The second witness beside the audit hook (tracehook.py): compiled readers and other
programs pass by the hook, not by the kernel's notices. These don't say who it was, so
what is seen while a node runs and is not told by somebody else counts as the node's.

Belongs to the engine, in whose loop the notices are read. A watch that was refused,
or that lost notices, says so: what it saw then proves nothing.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .places import SKIPPED

MOST_FOLDERS = 10_000
MOST_NOTICES = 200_000
"""Of one node; who opens more is not followed."""
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What is in an environment of Python: told by its distributions instead."""

_MODIFY, _CLOSE_WRITE, _CLOSE_NOWRITE, _OPEN = 0x2, 0x8, 0x10, 0x20
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x40, 0x80, 0x100, 0x200
_OVERFLOW, _IGNORED, _FOLDER = 0x4000, 0x8000, 0x40000000
_ONLY_FOLDER, _NO_FOLLOW = 0x01000000, 0x02000000
_MASK = _MODIFY | _CLOSE_WRITE | _CLOSE_NOWRITE | _OPEN | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE
_HEAD = struct.Struct("iIII")
_READ = 1 << 16
_OWN_SECONDS = 60.0


@dataclass
class Seen:
    """What happened to one path; the moments of its opens, and which kinds of notices came."""

    opened: list[float] = field(default_factory=list)
    first: str = ""
    """What came first: open, or write (it was made, emptied, moved or removed)."""
    users: int = 0
    """Who has it open now, of those that opened it since."""
    read: bool = False
    """Somebody who had it open only to read has closed it."""
    written: bool = False
    moments: list[float] = field(default_factory=list)
    """Of changes that need no opening: it was moved, made or removed."""


@dataclass
class Window:
    """What was seen since a node began."""

    began: float = field(default_factory=time.monotonic)
    wall: int = field(default_factory=time.time_ns)
    seen: dict[str, Seen] = field(default_factory=dict)
    """By path relative to the workspace; a listed folder ends in /."""
    own: dict[str, list[float]] = field(default_factory=dict)
    """When the engine itself opened which path meanwhile."""
    notices: int = 0
    problem: str | None = None


class Watch:
    """Watches a workspace for the nodes that run in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._descriptor = -1
        self._places: dict[int, str] = {}
        self._windows: list[Window] = []
        self._problem: str | None = None
        self._library: ctypes.CDLL | None = None
        self._own: list[tuple[float, str]] = []
        """What the engine opened lately; it says so a moment before."""
        self._opening: asyncio.Future[None] | None = None

    async def begin(self) -> Window:
        """From now on notices count for one more node; the first time the folders are looked through."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_future()
            try:
                await self._open()
            except OSError as error:
                self._problem = f"The workspace cannot be watched: {error.strerror}."
            finally:
                self._opening.set_result(None)
        await asyncio.shield(self._opening)
        self._drain()
        window = Window(problem=self._problem)
        soon = window.began - _OWN_SECONDS
        self._own = [(moment, path) for moment, path in self._own if moment > soon]
        for moment, path in self._own:
            window.own.setdefault(path, []).append(moment)
        self._windows.append(window)
        return window

    def end(self, window: Window) -> None:
        """The node has ended, and all its processes with it: the last of its notices are there."""
        self._drain()
        with suppress(ValueError):
            self._windows.remove(window)

    def opens(self, relative: str) -> None:
        """The engine is about to open a file itself."""
        now = time.monotonic()
        self._own.append((now, relative))
        for window in list(self._windows):
            window.own.setdefault(relative, []).append(now)

    def close(self) -> None:
        """Ends the watch."""
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    async def _open(self) -> None:
        if not sys.platform.startswith("linux"):
            self._problem = "Which files are read cannot be watched on this system."
            return
        self._library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            self._problem = "The system allows no more watches on files (fs.inotify.max_user_instances)."
            return
        await asyncio.to_thread(self._add, "")
        asyncio.get_running_loop().add_reader(self._descriptor, self._drain)

    def _add(self, relative: str, found: Callable[[str, bool], None] | None = None) -> None:
        """Watches a folder and those below it; `found` is told of what is in them already."""
        for place, names, files in _folders(self._folder, relative):
            if self._problem is not None:
                return
            path = os.fsencode(self._folder / place)
            library = self._library
            number = (
                library.inotify_add_watch(self._descriptor, path, _MASK | _ONLY_FOLDER | _NO_FOLLOW) if library else -1
            )
            if number < 0:
                if ctypes.get_errno() == 28 or len(self._places) >= MOST_FOLDERS:
                    self._spoil("The system allows no more watches on folders (fs.inotify.max_user_watches).")
                continue  # it has gone meanwhile, or is not ours to read
            self._places[number] = place
            if len(self._places) > MOST_FOLDERS:
                self._spoil(f"The workspace has more than {MOST_FOLDERS} folders, too many to be watched.")
            if found is not None:
                for name in files:
                    found(os.path.join(place, name), False)
                for name in names:
                    found(os.path.join(place, name), True)

    def _spoil(self, problem: str) -> None:
        self._problem = problem
        for window in self._windows:
            window.problem = problem

    def _drain(self) -> None:
        """Takes all notices that are there."""
        if self._descriptor < 0:
            return
        while True:
            try:
                data = os.read(self._descriptor, _READ)
            except BlockingIOError:
                return
            now = time.monotonic()
            for number, mask, name in _notices(data):
                if mask & _OVERFLOW:
                    for window in self._windows:
                        window.problem = "So many files were opened at once that some went by unseen."
                elif mask & _IGNORED:
                    self._places.pop(number, None)
                elif number in self._places:
                    self._take(self._places[number], mask, name, now)
            if len(data) < _READ // 2:
                return

    def _take(self, folder: str, mask: int, name: str, now: float) -> None:
        if mask & _FOLDER:
            self._take_folder(folder, mask, name, now)
        elif name:
            self._tell(os.path.join(folder, name), mask, now)

    def _take_folder(self, folder: str, mask: int, name: str, now: float) -> None:
        path = os.path.join(folder, name) if name else folder
        if mask & _MOVED_FROM:
            # If it stays in the workspace it is told again where it has gone.
            gone = [number for number, place in self._places.items() if place == path or place.startswith(path + "/")]
            for number in gone:
                del self._places[number]
        if mask & (_CREATE | _MOVED_TO) and name not in SKIPPED:
            self._add(path, lambda inside, is_folder: self._tell(inside + "/" * is_folder, _CREATE, now))
        if mask & _OPEN and not name:
            # Told by the folder itself; the one above tells it once more.
            self._tell(path + "/" if path else "./", _OPEN | _CLOSE_NOWRITE, now)

    def _tell(self, path: str, mask: int, now: float) -> None:
        for window in self._windows:
            window.notices += 1
            if window.notices > MOST_NOTICES:
                window.problem = window.problem or "It opened more files than can be followed."
                continue
            seen = window.seen.get(path)
            if seen is None:
                seen = window.seen[path] = Seen()
            _note(seen, mask, now)


def _note(seen: Seen, mask: int, now: float) -> None:
    # Some systems tell that a file was emptied before they tell that it was opened for it.
    emptied = mask & _MODIFY and seen.users <= 0 and not seen.read
    if emptied or not seen.first:
        fresh = emptied or mask & (_CREATE | _MOVED_TO | _MOVED_FROM | _DELETE)
        seen.first = "write" if fresh else "open"
    seen.users += bool(mask & _OPEN) - bool(mask & (_CLOSE_WRITE | _CLOSE_NOWRITE))
    if mask & _OPEN and len(seen.opened) < 1000:
        seen.opened.append(now)
    if mask & _CLOSE_NOWRITE:
        seen.read = True
    if mask & (_CLOSE_WRITE | _MODIFY):
        seen.written = True
    if mask & (_MOVED_TO | _MOVED_FROM | _CREATE | _DELETE) and len(seen.moments) < 1000:
        seen.written = True
        seen.moments.append(now)


def _folders(root: Path, relative: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """A folder and those below it that may hold what somebody reads, relative to the root."""
    for place, names, files in os.walk(root / relative):
        inside = os.path.relpath(place, root)
        own = "" if inside == "." else inside
        if own and any(mark in files or mark in names for mark in _ENVIRONMENT):
            names[:] = []
            continue
        names[:] = [name for name in names if name not in SKIPPED]
        yield own, names, files


def _notices(data: bytes) -> Iterator[tuple[int, int, str]]:
    place = 0
    while place < len(data):
        number, mask, _, size = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        name = os.fsdecode(data[place : place + size].rstrip(b"\0"))
        place += size
        yield number, mask, name
