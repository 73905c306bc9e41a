"""Evaluations that were asked for over HTTP: each in a process of its own, few at a time.

A job is known by its monitor as long as it goes on; that it has ended is told like
all news. An evaluation that has begun ends also without the server.
"""

from __future__ import annotations

import logging
import secrets
import threading
from typing import Any

from ..errors import MlopsError
from ..monitoring.process import ask
from ..paths import Workspace
from ..store import Store

AT_ONCE = 2

Place = tuple[Workspace, str]


class Jobs:
    """What is being evaluated, and what went wrong the last time."""

    def __init__(self) -> None:
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._guard = threading.Lock()
        self._going_on: dict[Place, str] = {}
        self._problems: dict[Place, str] = {}

    def start(self, workspace: Workspace, monitor: str, order: dict[str, Any]) -> str:
        """Begins a job and answers its id; while one goes on for the monitor it is that one."""
        place = (workspace, monitor)
        with self._guard:
            if place in self._going_on:
                return self._going_on[place]
            job = self._going_on[place] = secrets.token_hex(8)
            self._problems.pop(place, None)
        threading.Thread(target=self._do, args=(place, order), name="mlops-evaluate", daemon=True).start()
        return job

    def is_going_on(self, workspace: Workspace, monitor: str) -> bool:
        """Whether a job of the monitor waits or works."""
        with self._guard:
            return (workspace, monitor) in self._going_on

    def problem(self, workspace: Workspace, monitor: str) -> str | None:
        """Why the last job of the monitor did nothing."""
        with self._guard:
            return self._problems.get((workspace, monitor))

    def _do(self, place: Place, order: dict[str, Any]) -> None:
        problem = None
        try:
            with self._slots:
                self._tell(place)
                ask(order)
        except MlopsError as error:
            problem = error.message
        except Exception:
            logging.getLogger("mlops").exception("mlops: a job of %s failed", place[1])
            problem = "The evaluation could not be started."
        with self._guard:
            self._going_on.pop(place, None)
            if problem is not None:
                self._problems[place] = problem
        self._tell(place)

    def _tell(self, place: Place) -> None:
        try:
            with Store.open(place[0]) as store:
                store.tell_of_monitor(place[1])
        except (MlopsError, OSError) as error:
            logging.getLogger("mlops").debug("mlops: %s", error)


JOBS = Jobs()
