"""The engine: the one process of a workspace that runs things.

Started by whoever submits, detached from it, gone when there is nothing to do.
That it lives is told by its lock, which the system takes away with its last
breath. Whoever submits commits first and then looks at the lock; the engine lets
go of the lock within a transaction in which it has seen that nothing is queued.
So no run is ever left without an engine. Code of the user's never runs in here.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...paths import Workspace
from ...store import Store
from ...store.documents import timestamp
from . import reap
from .claims import Machine, OutputClaims, cores
from .conductor import Conductor
from .workers import Workers

LOOK_SECONDS = 0.05
IDLE_SECONDS = 20.0
LOCK_SECONDS = 2.0
RUNTIME = "local"
STRAYS_SECONDS = 2.0
MARK = "MLOPS_ENGINE"
"""The variable by which whatever an engine started is found after the engine is gone."""


class Lock:
    """The workspace's lock; held by its engine and by nobody else for longer than a look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def take(self, seconds: float = LOCK_SECONDS) -> bool:
        """Takes it; waits a little, for someone may only be looking whether it is free."""
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

    def release(self) -> None:
        """Lets go of it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    @staticmethod
    def is_free(path: Path) -> bool:
        """Whether no engine lives."""
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


class Engine:
    """Conducts the runs of a workspace, one conductor each."""

    def __init__(self, workspace: Workspace, lock: Lock) -> None:
        self._store = Store.open(workspace)
        self._lock = lock
        self._workers = Workers(workspace.engine_log)
        self._machine = Machine()
        self._claims = OutputClaims()
        self._conductors: dict[str, Conductor] = {}
        self._wanted = asyncio.Event()
        self._parallel = max(8, 4 * cores())
        self._seen = -1
        self._collected = 0.0

    async def serve(self) -> None:
        """Until nothing was to do for a while."""
        self._workers.open()
        idle_since = time.monotonic()
        while True:
            try:
                self._look()
            except sqlite3.OperationalError as error:
                # The disk is full, or someone holds the database: what was committed stands.
                say(f"{error}; trying again")
                self._wanted.set()
                await asyncio.sleep(1.0)
            if self._conductors:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > idle_seconds() and self._leave():
                return
            await self._collect()
            try:
                await asyncio.wait_for(self._wanted.wait(), LOOK_SECONDS)
            except TimeoutError:
                continue

    def close(self) -> None:
        """Ends what still runs and closes the store."""
        self._workers.close()
        reap.end_below(os.getpid(), grace=0.2)
        self._store.close()

    def _look(self) -> None:
        """Takes in what others wrote, and lets every run go on."""
        version = self._store.data_version()
        if version != self._seen:
            for run_id in self._store.active_runs(RUNTIME):
                if run_id not in self._conductors:
                    self._adopt(run_id)
            for run_id in self._store.cancelled_runs():
                if run_id in self._conductors:
                    self._conductors[run_id].cancel()
            self._seen = version
            self._wanted.set()
        if not self._wanted.is_set():
            return
        self._wanted.clear()
        for conductor in list(self._conductors.values()):
            conductor.advance()
        for run_id in [run_id for run_id, conductor in self._conductors.items() if conductor.over]:
            del self._conductors[run_id]

    def _adopt(self, run_id: str) -> None:
        conductor = Conductor(
            self._store,
            run_id,
            workers=self._workers,
            machine=self._machine,
            claims=self._claims,
            changed=self._wanted.set,
            parallel=self._parallel,
        )
        conductor.recover()
        self._conductors[run_id] = conductor

    def _leave(self) -> bool:
        """Lets go of the lock, unless somebody has submitted in this moment."""
        with self._store.transaction():
            if self._store.active_runs(RUNTIME):
                return False
            self._lock.release()
        return True

    async def _collect(self) -> None:
        """Ends what lost the worker above it and so came here."""
        if time.monotonic() - self._collected > STRAYS_SECONDS:
            self._collected = time.monotonic()
            await asyncio.to_thread(reap.end_strays, self._workers.pids)


def idle_seconds() -> float:
    """After how long without anything to do the engine ends."""
    try:
        return float(os.environ.get("MLOPS_IDLE_SECONDS", ""))
    except ValueError:
        return IDLE_SECONDS


def mark_of(workspace: Workspace) -> str:
    """What marks the processes of this workspace's engine."""
    return str(workspace.state)


def reap_leftovers(workspace: Workspace) -> None:
    """Ends whatever an engine that was killed has left; only who holds the lock may do it."""
    with Store.open(workspace) as store:
        marks: list[Mapping[str, str]] = [{"MLOPS_RUN_ID": run_id} for run_id in store.active_runs(RUNTIME)]
    marks.append({MARK: mark_of(workspace)})
    ended = reap.end_below(os.getpid(), marks)
    if ended:
        say(f"ended {len(ended)} processes that an earlier engine left")


def say(text: str) -> None:
    """A line in engine.log."""
    print(f"{timestamp()} {text}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes the engine of a workspace, unless it has one."""
    parser = argparse.ArgumentParser(prog="mlops-engine")
    parser.add_argument("--workspace", required=True, type=Path)
    parser.add_argument("--state", required=True, type=Path)
    given = parser.parse_args(arguments)
    workspace = Workspace(given.workspace, given.state)
    if os.getsid(0) != os.getpid():
        os.setsid()
    os.chdir("/")
    workspace.prepare()
    lock = Lock(workspace.lock)
    if not lock.take():
        return 0
    # Not SIG_IGN: it would be inherited by scripts.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGHUP, lambda *_: None)
    reap.become_subreaper()
    reap_leftovers(workspace)
    try:
        asyncio.run(_serve(workspace, lock))
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


async def _serve(workspace: Workspace, lock: Lock) -> None:
    engine = Engine(workspace, lock)
    try:
        await engine.serve()
    finally:
        engine.close()


if __name__ == "__main__":
    sys.exit(main())
