"""Keeps followers alive as children of this process: of the server, or of a command that waits."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType

from ...paths import follower_log

SHORT_LIFE = 10.0
LONGEST_PAUSE = 60.0
LOG_LIMIT = 4 * 1024 * 1024
ONCE_SECONDS = 15.0


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    begun: float


class Followers:
    """The followers of this process. One that ends at once is started again ever later."""

    def __init__(self) -> None:
        self._children: dict[str, _Child] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}

    def keep(self, runtimes: set[str]) -> None:
        """Sees to it that each of the runtimes has a follower, ours or that of another process."""
        now = time.monotonic()
        for name, child in list(self._children.items()):
            if child.process.poll() is not None:
                del self._children[name]
                lived = now - child.begun
                pause = 0.0 if lived > SHORT_LIFE else min(LONGEST_PAUSE, self._pauses.get(name, 0.0) * 2 or 1.0)
                self._pauses[name], self._due[name] = pause, now + pause
        for name in runtimes:
            if name not in self._children and now >= self._due.get(name, 0.0):
                self._children[name] = _Child(start(name), now)

    def stop(self) -> None:
        """Ends them; what they were doing is gone on with by the next."""
        for child in self._children.values():
            if child.process.stdin is not None:
                child.process.stdin.close()
        for child in self._children.values():
            try:
                child.process.wait(2.0)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self._children.clear()

    def __enter__(self) -> Followers:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()


def start(name: str, *options: str) -> subprocess.Popen[bytes]:
    """Starts a follower; it ends when its standard input does, and with this process at the latest."""
    path = follower_log(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.unlink()
    with path.open("ab") as log:
        # Not in the terminal's group: Ctrl+C is for the command, which ends it in its own time.
        return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-P", "-m", "mlops_ext.runtimes.airflow.follow", "--runtime", name, *options],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def look_once(name: str) -> None:
    """Brings what is known of a runtime's runs up to date, if nobody does so anyway."""
    process = start(name, "--once")
    try:
        process.wait(ONCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()
