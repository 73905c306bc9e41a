"""What a node read and wrote, made of what the two witnesses saw.

The hook (tracehook.py) tells what one node opened through Python; the watch (watch.py)
that a file was opened, by whomever. What the watch saw and no hook explains counts as
read by every node that ran then: rather one input too many than one too few.

The file of the hook is written by processes of the user's: it is read as anybody's
data, in a strict form and up to a size.
"""

from __future__ import annotations

import json
import os
import stat
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import elsewhere
from .places import is_skipped
from .watch import Seen, Window

HOOK_FILE = "opened.jsonl"
HOOK_LIMIT = 64 * 1024 * 1024
MOST_FILES = 10_000
MOST_REASONS = 5
_KINDS = frozenset("begin cut read write change remove list search import socket start".split())
_OPENING = frozenset({"read", "write", "change", "list", "search"})
_ADDING = (">>", "append", "tee -a")
_CLOCK_SECONDS = 0.001
_LATE_SECONDS = 5.0
"""So long after somebody opened a file its notice may be read."""


@dataclass(frozen=True)
class Told:
    """A line of the hook's."""

    moment: float
    kind: str
    text: str


@dataclass(frozen=True)
class Trace:
    """What a node read and wrote; paths are relative to its root."""

    reads: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """What it wanted to read and was not there."""
    listed: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Folders whose names it looked at, and the ends of those that matter; None: all."""
    searched: tuple[str, ...] = ()
    """Folders in which Python looked for modules."""
    modules: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sure: frozenset[str] = frozenset()
    """What of all this it was itself, and not perhaps somebody else."""
    why: tuple[str, ...] = ()
    """Why it proves nothing, as sentences; empty when it does."""


@dataclass
class Scene:
    """Where and beside whom a node ran."""

    root: Path
    """What the workspace was for it."""
    cwd: Path
    hook: Path | None
    """What the hook wrote; None where there was none to write."""
    language: str = "python"
    code: str = ""
    texts: tuple[str, ...] = ()
    """Values that it was given."""
    outputs: tuple[str, ...] = ()
    window: Window | None = None
    others: tuple[Path, ...] = ()
    """What the hooks of nodes wrote, or would have, that ran at the same time."""
    allowed: tuple[Path, ...] = ()
    """Folders of ours that it may use."""


def read_hook(path: Path) -> tuple[list[Told], bool]:
    """What a hook wrote, and whether all of it can be relied on."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return [], False
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return [], False
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(HOOK_LIMIT + 1)
    if len(data) > HOOK_LIMIT:
        return [], False
    told = [_told(line) for line in data.split(b"\n") if line]
    good = [one for one in told if one is not None]
    whole = len(good) == len(told) and data.endswith(b"\n")
    return good, whole and any(one.kind == "begin" for one in good) and all(one.kind != "cut" for one in good)


def _told(line: bytes) -> Told | None:
    if len(line) > 64 * 1024:
        return None
    try:
        document = json.loads(line)
        moment, kind, text = document
    except (ValueError, TypeError, RecursionError):
        return None
    if type(moment) not in (int, float) or kind not in _KINDS or not isinstance(text, str):
        return None
    if "\0" in text and kind != "start":
        return None
    return Told(float(moment), kind, text)


def of(scene: Scene) -> Trace:
    """The trace of a node that has ended, with all its processes."""
    return _Reading(scene).trace()


class _Reading:
    """Puts together what was seen of one node."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._root = os.path.realpath(scene.root)
        self._allowed = tuple(os.path.realpath(path) for path in scene.allowed)
        self._places: dict[str, str | None] = {}
        self._why: dict[str, None] = {}
        self._reads: dict[str, None] = {}
        self._listed: dict[str, tuple[str, ...] | None] = {}
        self._searched: dict[str, None] = {}
        self._modules: dict[str, None] = {}
        self._writes: dict[str, None] = {}
        self._first: dict[str, str] = {}
        self._temporary: set[str] = set()
        self._commands: list[str] = []
        self._sure: set[str] = set()
        self._native: set[str] = set()
        """Ends of names of files that were read past the hook."""

    def trace(self) -> Trace:
        scene = self._scene
        told: list[Told] = []
        if scene.hook is not None:
            told, whole = read_hook(scene.hook)
            if not whole:
                self._doubt("What it opened could not be followed to the end.")
        for one in told:
            self._take(one)
        if scene.window is not None:
            self._take_window(scene.window, told)
        self._look_elsewhere()
        reads = [path for path in self._reads if path not in self._changed()]
        if len(reads) > MOST_FILES:
            self._doubt(f"It read more than {MOST_FILES} files.")
            reads = reads[:MOST_FILES]
        there = [path for path in reads if os.path.lexists(os.path.join(self._root, path))]
        return Trace(
            reads=tuple(sorted(there)),
            absent=tuple(sorted(set(reads) - set(there))),
            listed=dict(sorted(self._listed.items())),
            searched=tuple(sorted(self._searched)),
            modules=tuple(sorted(self._modules)) if self._searched else (),
            writes=tuple(sorted(self._writes)[:MOST_FILES]),
            sure=frozenset(self._sure),
            why=tuple(list(self._why)[:MOST_REASONS]),
        )

    # -- the hook ------------------------------------------------------------------------

    def _take(self, one: Told) -> None:
        if one.kind == "socket":
            self._doubt(f"It opened a network connection ({_short(one.text)}).")
        elif one.kind == "import":
            self._modules[one.text] = None
        elif one.kind == "start":
            self._command(one.text.split("\0"))
        elif one.kind not in ("begin", "cut"):
            path = self._inside(one.text)
            if path is None:
                self._outside(one)
            elif not is_skipped(_source(path)):
                self._note(_source(path), one.kind)

    def _note(self, path: str, kind: str) -> None:
        if kind == "list":
            self._listed[path] = None
        elif kind == "search":
            self._searched[path] = None
        elif path:
            self._sure.add(path)
            self._first.setdefault(path, "read" if kind in ("read", "change") else "write")
            if kind in ("read", "change") and self._first[path] == "read":
                self._reads[path] = None
            if kind in ("write", "change", "remove"):
                self._writes[path] = None

    def _outside(self, one: Told) -> None:
        real = os.path.realpath(one.text)
        if one.kind == "search" or not elsewhere.is_foreign(real, self._allowed):
            return
        temporary = elsewhere.temporary()
        if real == temporary or real.startswith((temporary + "/", "/dev/")):
            # What it made there itself is nobody's input.
            if one.kind in ("write", "change", "remove", "list"):
                self._temporary.add(real)
                return
            if real in self._temporary or not os.path.lexists(real):
                return
        verb = "wrote" if one.kind in ("write", "change", "remove") else "read"
        self._doubt(f"It {verb} {_short(one.text)}, which lies outside of the workspace.")

    def _command(self, words: list[str]) -> None:
        self._commands += words
        what = elsewhere.of_command(words, self._scene.root, self._scene.cwd)
        if what is not None:
            self._doubt(f"It started a program that may read elsewhere ({_short(what)}).")

    # -- the watch -----------------------------------------------------------------------

    def _take_window(self, window: Window, told: list[Told]) -> None:
        if window.problem is not None:
            self._doubt(window.problem)
        mine = self._moments(told)
        others = self._moments(one for path in self._scene.others for one in read_hook(path)[0])
        for path, moments in window.own.items():
            others.setdefault(path, []).extend(moments)
        folders: list[str] = []
        for path, seen in window.seen.items():
            explained = [*mine.get(path, ()), *others.get(path, ())]
            if not _unexplained(seen.opened, explained) and (
                not seen.moments or path in mine or not _unexplained(seen.moments, explained)
            ):
                continue
            if path.endswith("/"):
                folders.append(path)
            elif not is_skipped(_source(path)):
                self._watched(_source(path), seen)
        for path in folders:
            self._watched_folder("" if path == "./" else path[:-1])

    def _watched(self, path: str, seen: Seen) -> None:
        if not self._scene.others:
            self._sure.add(path)
        # The system doesn't tell whether a file was emptied or added to; of an output it is the former, but for a word.
        remade = path in self._scene.outputs and not seen.read and not self._adds()
        if seen.first == "write" or remade:
            self._first.setdefault(path, "write")
            self._writes[path] = None
            return
        if self._first.setdefault(path, "read") == "read":
            self._reads[path] = None
            self._native.add(os.path.splitext(path)[1])
        if seen.written:
            self._writes[path] = None

    def _adds(self) -> bool:
        """Whether code past the hook, or a command, says that it adds to files."""
        texts = [*self._commands, *([] if self._scene.hook is not None else [self._scene.code])]
        return any(word in text.lower() for text in texts for word in _ADDING)

    def _watched_folder(self, path: str) -> None:
        """Somebody looked at the names in a folder: any program may, such as a file browser.

        Where the node reads past the hook, names that end like what it read so may be its inputs.
        """
        if self._listed.get(path, ()) is None:
            return
        if elsewhere.lists_folders([*self._commands, *([] if self._scene.hook else [self._scene.code])]):
            self._listed[path] = None
        elif self._native:
            self._listed[path] = tuple(sorted(self._native))

    def _moments(self, told: Iterable[Told]) -> dict[str, list[float]]:
        """When which path was opened, as the watch names paths."""
        found: dict[str, list[float]] = {}
        for one in told:
            if one.kind in _OPENING or one.kind == "remove":
                path = self._inside(one.text)
                if path is not None:
                    name = (path + "/" if path else "./") if one.kind in ("list", "search") else path
                    found.setdefault(name, []).append(one.moment)
        return found

    # -- both ----------------------------------------------------------------------------

    def _changed(self) -> set[str]:
        """What it read and then changed: the next time it would find something else."""
        both = {path for path in self._reads if path in self._writes}
        for path in sorted(both)[:MOST_REASONS]:
            self._doubt(f"It changes {_short(path)}, which it reads as well.")
        return both

    def _look_elsewhere(self) -> None:
        scene = self._scene
        texts = [*elsewhere.texts_of(scene.code, scene.language), *scene.texts]
        what = elsewhere.spoken_of(texts, scene.root, scene.cwd)
        if what is not None:
            self._doubt(f"It speaks of {_short(what)}, which lies outside of the workspace.")
        if scene.language == "shell":
            network = elsewhere.of_command([scene.code], scene.root, scene.cwd)
            if network is not None and network != what:
                self._doubt(f"It starts a program that may read elsewhere ({_short(network)}).")

    def _doubt(self, sentence: str) -> None:
        self._why.setdefault(sentence)

    def _inside(self, text: str) -> str | None:
        """The path relative to the root with links resolved; None if it lies outside."""
        if text not in self._places:
            real = os.path.realpath(text)
            inside = real == self._root or real.startswith(self._root + "/")
            self._places[text] = os.path.relpath(real, self._root) if inside else None
            if self._places[text] == ".":
                self._places[text] = ""
        place = self._places[text]
        return None if place is not None and place.split("/", 1)[0] == ".mlops" else place


def _unexplained(seen: list[float], told: Iterable[float]) -> bool:
    """Whether somebody opened a file more often than was told."""
    waiting = deque(sorted(told))
    for moment in sorted(seen):
        while waiting and waiting[0] < moment - _LATE_SECONDS:
            waiting.popleft()
        if not waiting or waiting[0] > moment + _CLOCK_SECONDS:
            return True
        waiting.popleft()
    return False


def _source(path: str) -> str:
    """The module whose compiled form lies at the path, else the path."""
    folder, name = os.path.split(path)
    if name.endswith(".pyc") and os.path.basename(folder) == "__pycache__":
        return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")
    return path


def _short(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown if len(shown) <= 120 else shown[:119] + "…"
