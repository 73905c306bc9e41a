"""The engine: the one process of a workspace that runs things.

Started by whoever submits, detached from it, gone when there is nothing to do.
That it lives is told by its lock. Code of the user's never runs in here. What
takes longest, the nurseries, is begun first, while the rest is imported.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ...failpoints import failpoint
from .lock import MARK, Lock
from .nursery import Nurseries

__all__ = ["MARK", "Lock", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes the engine of a workspace, unless it has one."""
    parser = argparse.ArgumentParser(prog="mlops-engine")
    parser.add_argument("--workspace", required=True, type=Path)
    parser.add_argument("--state", required=True, type=Path)
    parser.add_argument("--calm", action="store_true", help="make ready to run when something must")
    given = parser.parse_args(arguments)
    os.chdir(given.state)
    lock = Lock(given.state / "engine.lock")
    if not lock.take():
        return 0
    failpoint("locked")
    # Not SIG_IGN: scripts would inherit it.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGHUP, lambda *_: None)
    nurseries = Nurseries(given.state / "engine.log")
    if not given.calm:
        nurseries.open()
    from . import reap

    reap.become_subreaper()
    try:
        serve(given.workspace, given.state, lock, nurseries)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 1
    finally:
        nurseries.close()
        reap.end_below(os.getpid(), grace=0.2)
    return 0


def serve(folder: Path, state: Path, lock: Lock, nurseries: Nurseries) -> None:
    """Does an engine's work."""
    import asyncio

    from ...paths import Workspace
    from .dispatcher import dispatch, end_leftovers

    workspace = Workspace(folder, state)
    end_leftovers(workspace, nurseries.pids)
    failpoint("leftovers-ended")
    asyncio.run(dispatch(workspace, lock, nurseries))


if __name__ == "__main__":
    sys.exit(main())
