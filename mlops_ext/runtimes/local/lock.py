"""The lock of a workspace: who holds it is its engine, and lives.

The system takes it away with the holder's last breath, so there is no number of
a process to go stale and no clock to be wrong. Imports next to nothing: commands
look at it before anything else is needed.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

RUNTIME = "local"
MARK = "MLOPS_ENGINE"
"""The variable by which whatever an engine started is found after the engine is gone."""
LOCK_SECONDS = 2.0


def mark_of(state: Path) -> str:
    """What marks the processes of the engine whose state lies there."""
    return str(state)


class Lock:
    """The workspace's lock; held by its engine and by nobody else for longer than a look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self, seconds: float = LOCK_SECONDS) -> bool:
        """Takes it; waits a little, for someone may only be looking whether it is free."""
        import fcntl  # here: where there is none, commands say so in a sentence

        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(self._descriptor)
                    return False
                time.sleep(0.02)

    def is_ours(self) -> bool:
        """Whether what is held is still what others look at: its folder may have been removed."""
        try:
            found, held = os.stat(self._path), os.fstat(self._descriptor)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (held.st_dev, held.st_ino)

    def release(self) -> None:
        """Lets go of it."""
        import fcntl

        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    @staticmethod
    def is_free(path: Path) -> bool:
        """Whether no engine lives."""
        import fcntl

        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
