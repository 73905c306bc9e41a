"""Tells browsers that a run or a monitor has news, and keeps engines awake.

A thread looks at the stores of all workspaces below the root: SQLite answers in
microseconds whether somebody has committed. What is new is announced on the
server's event stream as an id and a number, without content: every user of the
server hears it. Who wants to know more asks for the events after the last number
that they have. Of a monitor only its path is told.

While anything runs it looks often enough for people to feel no delay. It also
starts the engine of a workspace where runs are under way, or a schedule waits for its
time, and nobody has the lock: after a reboot, or when an engine was killed; and it keeps a follower alive for each
runtime elsewhere where something is under way.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import MlopsError
from ..paths import Workspace, known_workspaces
from ..store import Store
from .catalogue import Catalogue

EVENT_SCHEMA_ID = "https://events.mlops-ext.org/run/v1"
EVENT_SCHEMA = {
    "$id": EVENT_SCHEMA_ID,
    "version": "1",
    "title": "A run has news",
    "description": "A run of a pipeline was started or has changed. Its events are read with mlops/runs/<id>/events.",
    "personal-data": False,
    "type": "object",
    "additionalProperties": False,
    "required": ["run", "seq", "workspace"],
    "properties": {
        "run": {"type": "string", "description": "The id of the run."},
        "seq": {"type": "integer", "description": "The number of its newest event."},
        "workspace": {"type": "string", "description": "The folder of its workspace, relative to the server's root."},
    },
}
MONITOR_SCHEMA_ID = "https://events.mlops-ext.org/monitor/v1"
MONITOR_SCHEMA = {
    "$id": MONITOR_SCHEMA_ID,
    "version": "1",
    "title": "A monitor has news",
    "description": "A monitor was evaluated, or its alert has changed. It is read with mlops/monitors/<path>.",
    "personal-data": False,
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "path"],
    "properties": {
        "kind": {"const": "monitor", "description": "What has news."},
        "path": {"type": "string", "description": "The path of the monitor, relative to the server's root."},
    },
}
SCHEMAS = (EVENT_SCHEMA, MONITOR_SCHEMA)
BUSY_SECONDS = 0.04
IDLE_SECONDS = 0.5
SEARCH_SECONDS = 2.0
WAKE_SECONDS = 5.0
MOST_NEWS = 2_000

News = dict[str, str | int]


@dataclass
class _Followed:
    """A workspace with its open store and how far it was read."""

    store: Store
    identity: tuple[int, int]
    number: int
    monitor_number: int
    next_wake: float
    version: int = -1
    active: bool = False
    scheduled: bool = False
    looked: bool = False
    next_look: float = 0.0


class Watcher:
    """The thread. `announce` is called in it, with the news of one look."""

    def __init__(
        self,
        catalogue: Catalogue,
        announce: Callable[[list[News]], None],
        wake: Callable[[Workspace], object],
        log: logging.Logger,
        follow: Callable[[set[str]], object] = lambda _: None,
        settle: Callable[[Workspace], object] = lambda _: None,
    ) -> None:
        self._catalogue = catalogue
        self._announce = announce
        self._wake = wake
        self._log = log
        self._follow_runtimes = follow
        self._settle = settle
        self._followed: dict[Workspace, _Followed] = {}
        self._stopping = threading.Event()
        self._nudged = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlops-live", daemon=True)

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def nudge(self) -> None:
        """Something was just started: look now, also for new workspaces."""
        self._nudged.set()

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._stopping.set()
        self._nudged.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        next_search, next_follow, first = 0.0, 0.0, True
        try:
            while not self._stopping.is_set():
                now = time.monotonic()
                if now >= next_follow or self._nudged.is_set():
                    self._keep_followed()
                    next_follow = now + WAKE_SECONDS
                if now >= next_search or self._nudged.is_set():
                    self._nudged.clear()
                    self._search(now, first)
                    next_search, first = now + SEARCH_SECONDS, False
                for workspace, followed in list(self._followed.items()):
                    if now >= followed.next_look:
                        self._look(workspace, followed, now)
                due = min([next_search, next_follow, *(followed.next_look for followed in self._followed.values())])
                self._nudged.wait(max(0.0, due - time.monotonic()))
        except Exception:
            self._log.exception("mlops: news of runs are no longer announced; browsers ask from time to time")
        finally:
            for followed in self._followed.values():
                followed.store.close()

    def _search(self, now: float, first: bool) -> None:
        """Takes in workspaces that are new, lets go of those that are gone or were replaced."""
        known = {workspace: _identity(workspace) for workspace in self._catalogue.workspaces()}
        for workspace, followed in list(self._followed.items()):
            if known.get(workspace) != followed.identity:
                self._drop(workspace)
            else:
                followed.next_look = min(followed.next_look, now)
        for workspace, identity in known.items():
            if workspace not in self._followed and identity is not None:
                self._follow(workspace, identity, now, first)

    def _follow(self, workspace: Workspace, identity: tuple[int, int], now: float, first: bool) -> None:
        try:
            store = Store.open(workspace, create=False)
        except MlopsError as error:
            self._log.debug("mlops: %s", error.message)
            return
        last = store.last_change()
        # What was there before the server began is no news; in a workspace that appears later all is,
        # within reason.
        number = last if first else max(0, last - MOST_NEWS)
        monitor_number = store.last_monitor_news() if first else 0
        wake = now if first else now + WAKE_SECONDS
        self._followed[workspace] = _Followed(store, identity, number, monitor_number, next_wake=wake)
        if store.pending_decisions():
            threading.Thread(target=self._finish_decisions, args=(workspace,), name="mlops-settle", daemon=True).start()

    def _finish_decisions(self, workspace: Workspace) -> None:
        """What somebody decided when the machine went down still comes; it may take a while, so beside the news."""
        try:
            self._settle(workspace)
        except Exception as error:
            self._log.warning("mlops: decisions in %s are not finished: %s", workspace.folder, error)

    def _drop(self, workspace: Workspace) -> None:
        self._followed.pop(workspace).store.close()

    def _look(self, workspace: Workspace, followed: _Followed, now: float) -> None:
        try:
            version = followed.store.data_version()
            if version != followed.version:
                followed.version = version
                self._tell(workspace, followed)
                self._tell_of_monitors(workspace, followed)
                active = bool(followed.store.active_runs())
                if active and not followed.active and followed.looked:
                    # Whoever started the run starts the engine as well.
                    followed.next_wake = now + WAKE_SECONDS
                followed.active, followed.looked = active, True
                followed.scheduled = followed.store.is_scheduled()
        except (sqlite3.Error, MlopsError) as error:
            self._log.debug("mlops: the store of %s cannot be read: %s", workspace.folder, error)
            self._drop(workspace)
            return
        followed.next_look = now + (BUSY_SECONDS if followed.active else IDLE_SECONDS)
        if (followed.active or followed.scheduled) and now >= followed.next_wake:
            followed.next_wake = now + WAKE_SECONDS
            self._keep_awake(workspace)

    def _tell(self, workspace: Workspace, followed: _Followed) -> None:
        """Announces the newest number of each run that changed."""
        latest: dict[str, int] = {}
        while changes := followed.store.changes(followed.number):
            for number, run_id, seq in changes:
                followed.number = number
                latest[run_id] = seq
        place = self._catalogue.place(workspace.folder)
        if latest:
            self._announce([{"run": run_id, "seq": seq, "workspace": place} for run_id, seq in latest.items()])

    def _tell_of_monitors(self, workspace: Workspace, followed: _Followed) -> None:
        """Announces each monitor that changed."""
        news = followed.store.monitor_news(followed.monitor_number)
        if news:
            followed.monitor_number = news[-1][0]
            self._announce(
                [{"kind": "monitor", "path": self._catalogue.place(workspace.folder / path)} for _, path in news]
            )

    def _keep_followed(self) -> None:
        """Runtimes elsewhere are followed as long as somebody of this user needs it, below the root or not."""
        needed: set[str] = set()
        for workspace in known_workspaces():
            try:
                with Store.open(workspace, create=False) as store:
                    needed |= store.remote_needs()
            except (sqlite3.Error, MlopsError) as error:
                self._log.debug("mlops: the store of %s cannot be read: %s", workspace.folder, error)
        try:
            self._follow_runtimes(needed)
        except Exception as error:
            self._log.warning("mlops: %s are not followed: %s", ", ".join(sorted(needed)), error)

    def _keep_awake(self, workspace: Workspace) -> None:
        try:
            self._wake(workspace)
        except Exception as error:
            self._log.warning("mlops: the engine of %s does not start: %s", workspace.folder, error)


def _identity(workspace: Workspace) -> tuple[int, int] | None:
    """Which file the database is: one that was deleted and made anew is another."""
    try:
        found = workspace.database.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino)
