"""The follower: the one process that speaks with a runtime's Airflow.

A child of the Jupyter server or of a command, ended with it: its standard input
reaches its end. That it lives is told by its lock; whoever else is started waits for
the lock and takes over. It follows the runs of all workspaces of this user, and can be
killed at any time: the next one goes on from what is committed.

    python -P -m mlops_ext.runtimes.airflow.follow --runtime NAME [--once]
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence

ONCE_SECONDS = 8.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes the follower of a runtime when nobody else is it any more."""
    parser = argparse.ArgumentParser(prog="mlops-follow")
    parser.add_argument("--runtime", required=True)
    parser.add_argument("--once", action="store_true", help="look once, and end")
    given = parser.parse_args(arguments)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if not _take_lock(given.runtime, wait=not given.once):
        return 0
    from .follower import serve

    return serve(given.runtime, seconds=ONCE_SECONDS if given.once else None)


def _end_with_parent() -> None:
    """What is committed stands; nothing else needs an end."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _take_lock(runtime: str, *, wait: bool) -> bool:
    import fcntl

    from ...paths import follower_lock

    path = follower_lock(runtime)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Kept open as long as the process lives.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
