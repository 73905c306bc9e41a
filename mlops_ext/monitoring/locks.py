"""Locks of a monitor: one evaluation at a time, one decision at a time; free when the holder is dead."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Conflict

LOOK_SECONDS = 0.05


@contextmanager
def held(path: Path, seconds: float) -> Iterator[None]:
    """Holds a lock; waits for it at most so long, then says that somebody else is at it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + seconds
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise Conflict("The monitor is busy and did not become free.", "Try again.", code="monitor-busy")
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds a lock; looking makes nothing."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    import fcntl  # here: where there is none, commands say so in a sentence

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
