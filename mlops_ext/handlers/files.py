"""The files of runs, and nothing else: safely found, opened and cut into pieces.

Knows nothing of the web, so that the command line uses it too.

What a run made is anybody's data: links may lead elsewhere and a pipe may never
answer. So a path is resolved and must stay inside, and only plain files are opened.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import BadRequest, NotFound, OutsideWorkspace, Unavailable
from ..paths import confine
from ..runtimes.airflow.evidence import MARK
from ..store import Store

LOG_PART = 1024 * 1024


def inside(folder: Path, text: str) -> Path:
    """The file or folder that a path in a run's folder means; hidden ones and links that lead out are not there."""
    parts = [part for part in text.split("/") if part]
    if any(part.startswith(".") or "\0" in part for part in parts):
        raise missing(text)
    if not parts:
        return folder.resolve()
    try:
        path = confine(folder, folder, "/".join(parts))
    except OutsideWorkspace:
        raise missing(text) from None
    # A link may lead to a hidden place inside.
    if any(part.startswith(".") for part in path.relative_to(folder.resolve()).parts):
        raise missing(text)
    return path


def missing(text: str) -> NotFound:
    """What is said of a file that is not there, or not to be seen."""
    name = text.rsplit("/", 1)[-1][:200]
    return NotFound(f"The run has no file {name!r}.", "It may not have been made yet, or was deleted.", code="no-file")


def open_plain(path: Path) -> BinaryIO:
    """The file opened for reading; never a pipe or device, never through a link made meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise missing(path.name) from None
    except OSError as error:
        raise Unavailable(f"The file {path.name!r} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadRequest(f"{path.name!r} is not a plain file.")
    return os.fdopen(descriptor, "rb")


def read_log(path: Path | None, offset: int, *, ended: bool) -> dict[str, Any]:
    """A part of a log from a byte on, whole characters only. `ended`: nobody writes to it any more.

    A log that nobody has begun is empty.
    """
    data, size = b"", 0
    if path is not None:
        try:
            with open_plain(path) as file:
                size = os.fstat(file.fileno()).st_size
                offset = min(offset, size)
                file.seek(offset)
                data = file.read(min(LOG_PART, size - offset))
        except NotFound:
            offset = 0
    else:
        offset = 0
    at_end = offset + len(data) >= size
    if not (at_end and ended):
        data = data[: len(data) - _cut_character(data)]
    following = offset + len(data)
    return {
        "version": 1,
        "text": data.decode("utf-8", errors="replace"),
        "offset": offset,
        "next": following,
        "size": size,
        "complete": ended and following >= size,
    }


def node_log(store: Store, run_id: str, node: str, offset: int = 0, attempt: int = 0) -> dict[str, Any]:
    """A part of the log of an attempt (0: the latest) of a node."""
    entry = node_entry(store, run_id, node)
    chosen = attempt or entry["attempts"]
    if chosen > entry["attempts"]:
        raise NotFound(f"The node has had {entry['attempts']} attempts, not {chosen}.", code="unknown-attempt")
    path = entry["log"] if chosen == entry["attempts"] else f"{node}/{chosen}/log.txt"
    ended = entry["state"] not in ("queued", "running", "waiting") or chosen < entry["attempts"]
    file = None if path is None else inside(store.workspace.run_folder(run_id), path)
    if file is not None and not ended and store.run(run_id)["remote"] is not None:
        _say_that_somebody_looks(file.parent)
    return {**read_log(file, offset, ended=ended), "attempt": chosen}


def _say_that_somebody_looks(attempt: Path) -> None:
    """Who follows the runtime brings the log of a running node only while this mark is fresh."""
    try:
        attempt.mkdir(mode=0o700, parents=True, exist_ok=True)
        (attempt / MARK).touch(mode=0o600)
    except OSError:
        return  # the log comes when the node has ended


def node_entry(store: Store, run_id: str, node: str) -> dict[str, Any]:
    """The entry of a node in its run's document."""
    nodes: dict[str, dict[str, Any]] = store.run(run_id)["nodes"]
    if node not in nodes:
        raise NotFound(f"The run has no node {node[:80]!r}.", code="unknown-node")
    return nodes[node]


def _cut_character(data: bytes) -> int:
    """How many bytes at the end are the beginning of a character whose rest is not there."""
    for count in range(1, min(4, len(data) + 1)):
        byte = data[-count]
        if byte < 0x80:
            return 0
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return count if count < length else 0
    return 0
