"""What the engine does once it is up: takes in runs and requests, conducts, lets go.

Whoever submits commits first and then looks at the lock; the engine lets go of the
lock within a transaction in which it has seen that nothing is queued. So no run is
ever left without an engine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...failpoints import failpoint
from ...paths import Workspace
from ...states import SETTLED
from ...store import Store
from ...store.documents import timestamp
from . import reap, scratch
from .claims import Machine, OutputClaims, at_once
from .clock import Clock, Starter
from .code import fingerprint
from .conductor import Conductor, Means
from .jobs import error_document
from .ledger import CRASH_LIMIT
from .lending import Borrowed
from .lock import MARK, RUNTIME, Lock, mark_of
from .nursery import Nurseries
from .tracing import Tracing
from .workers import Workers

LOOK_SECONDS = 0.05
CALM_SECONDS = 0.5
IDLE_SECONDS = 20.0
STRAYS_SECONDS = 2.0
CRASHED = error_document(
    "crash-loop",
    f"The engine was ended {CRASH_LIMIT} times while it took this run on; it is not tried again.",
    "engine.log may tell why.",
)


class Dispatcher:
    """Conducts the runs of a workspace, one conductor each."""

    def __init__(self, workspace: Workspace, lock: Lock, nurseries: Nurseries, files: Path) -> None:
        self._store = Store.open(workspace)
        self._lock = lock
        self._workers = Workers(nurseries, files)
        self._borrowed = Borrowed(self._makes_way)
        self._code = fingerprint()
        self._left = False
        self._conductors: dict[str, Conductor] = {}
        self._wanted = asyncio.Event()
        self._tracing = Tracing(workspace)
        machine = Machine()
        self._means = Means(
            self._store, self._workers, machine, OutputClaims(), at_once(machine.whole), self._tracing, self._wanted.set
        )
        self._clock = Clock(self._store, Starter)
        self._seen = -1
        self._active = time.monotonic()
        self._collected = 0.0
        self._counted: set[str] = set()

    async def serve(self) -> None:
        """Until nothing was to do for a while."""
        await self._borrowed.listen()
        while not self._left:
            calm = False
            try:
                self._look()
                self._clock.look()
                if self._conductors or self._clock.busy:
                    self._active = time.monotonic()
                elif time.monotonic() - self._active > idle_seconds():
                    if self._leave():
                        return
                    # It only waits for its clock, maybe for days: that costs next to nothing.
                    calm = True
                    self._workers.rest()
            except sqlite3.OperationalError as error:
                # The disk is full, or someone holds the database: what was committed stands.
                say(f"{error}; trying again")
                if self._store.renew(error):
                    self._seen = -1
                self._wanted.set()
                await asyncio.sleep(1.0)
            await self._collect()
            try:
                await asyncio.wait_for(self._wanted.wait(), CALM_SECONDS if calm else LOOK_SECONDS)
            except TimeoutError:
                continue

    def close(self) -> None:
        """Closes the store, and ends the watch."""
        self._tracing.close()
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
        # What is free goes to the run that has least of the machine; of equals to the older one.
        for run_id, conductor in sorted(self._conductors.items(), key=lambda item: item[1].running):
            try:
                conductor.advance()
            except sqlite3.Error:
                raise
            except Exception:
                self._give_up(run_id)
        for run_id in [run_id for run_id, conductor in self._conductors.items() if conductor.over]:
            del self._conductors[run_id]

    def _adopt(self, run_id: str) -> None:
        """Takes a run on; one that ended the engine again and again at this very place is parked."""
        try:
            if run_id not in self._counted and self._store.taking_on(run_id) > CRASH_LIMIT:
                self._fail(run_id, "crash-loop", CRASHED)
                return
            self._counted.add(run_id)
            failpoint("taking-on")
            conductor = Conductor(self._means, run_id, self._borrowed.of(run_id))
            conductor.recover()
            failpoint("recovered")
            self._store.taken_on(run_id)
            self._counted.discard(run_id)
            self._conductors[run_id] = conductor
        except sqlite3.Error:
            raise
        except Exception:
            self._give_up(run_id)

    def _give_up(self, run_id: str) -> None:
        """A run that an error of ours stands in the way of fails; the others go on."""
        traceback.print_exc()
        error = error_document("internal", "The run could not go on.", "This is an error of mlops-ext; see engine.log.")
        self._fail(run_id, "error", error)

    def _fail(self, run_id: str, reason: str, error: Mapping[str, Any]) -> None:
        now = timestamp()
        with self._store.transaction():
            for name, node in self._store.run(run_id)["nodes"].items():
                if node["state"] == "running":
                    self._store.finish_attempt(run_id, name, node["attempts"], state="cancelled", finished=now)
                if node["state"] not in SETTLED:
                    self._store.advance_node(run_id, name, state="cancelled", finished=now)
            self._store.advance_run(run_id, state="failed", reason=reason, error=error, finished=now)
        conductor = self._conductors.pop(run_id, None)
        if conductor is not None:
            conductor.abandon()

    def _leave(self, *, for_another: bool = False) -> bool:
        """Lets go of the lock, unless somebody has submitted in this moment, or nobody else would hold the clock."""
        left = False
        try:
            with self._store.transaction():
                stays = self._store.is_scheduled() and not for_another and Store.exists(self._store.workspace)
                if not self._store.active_runs(RUNTIME) and not stays:
                    self._lock.release()
                    left = True
                    failpoint("leaving")
        except sqlite3.Error:
            if not left:
                raise
        return left

    def _makes_way(self) -> bool:
        """Lets go of the lock when a run is announced and the code is another by now: that run starts an engine."""
        self._active = time.monotonic()
        self._wanted.set()
        try:
            busy = self._conductors or self._clock.busy
            if not busy and self._code != fingerprint() and self._leave(for_another=True):
                say("the code is another by now; making way")
                self._left = True
        except sqlite3.Error as error:
            say(f"not making way: {error}")
        return self._left

    async def _collect(self) -> None:
        """Ends what lost the worker above it and so came here."""
        if time.monotonic() - self._collected > STRAYS_SECONDS:
            self._collected = time.monotonic()
            await asyncio.to_thread(reap.end_strays, self._workers.pids | self._clock.pids)
            if not self._lock.is_ours():
                # What it would commit nobody could read, and another engine may be there by now.
                say("the folder of the state is gone; ending")
                self._left = True


async def dispatch(workspace: Workspace, lock: Lock, nurseries: Nurseries) -> None:
    """Serves the workspace until nothing was to do for a while."""
    files = scratch.make(workspace.state)
    task = asyncio.current_task()
    if task is not None:
        # Asked to end, it leaves nothing behind; what runs begins again with the next engine.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        dispatcher = Dispatcher(workspace, lock, nurseries, files)
        try:
            await dispatcher.serve()
        finally:
            dispatcher.close()
    except asyncio.CancelledError:
        say("asked to end")
    finally:
        shutil.rmtree(files, ignore_errors=True)


def end_leftovers(workspace: Workspace, own: set[int]) -> None:
    """Ends whatever an engine that was killed has left; only who holds the lock may do it."""
    with Store.open(workspace) as store:
        marks = [{"MLOPS_RUN_ID": run_id} for run_id in store.active_runs(RUNTIME)]
    ended = reap.end_marked([*marks, {MARK: mark_of(workspace.state)}], spare=own)
    if ended:
        say(f"ended {len(ended)} processes that an earlier engine left")


def idle_seconds() -> float:
    """After how long without anything to do the engine ends."""
    try:
        return float(os.environ.get("MLOPS_IDLE_SECONDS", ""))
    except ValueError:
        return IDLE_SECONDS


def say(text: str) -> None:
    """A line in engine.log."""
    print(f"{timestamp()} {text}", file=sys.stderr, flush=True)
