"""The engine's clock: starts what a schedule says, as long as the engine lives.

When a file is due is read from the file itself, whenever that has changed. What was
missed while no engine lived, while the machine slept or while the schedule was
paused is made up for once; so is what came due while the last start still ran. Each
start is committed, with the id of its run, before it is begun: an engine that is
killed then begins it again under the same id.

What starts a run is none of the engine's business and may take long, so it is done
by a process (mlops_ext.schedules), which answers with one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ... import jsontext, timetable
from ...errors import MlopsError, NotFound
from ...paths import Workspace
from ...states import SETTLED
from ...store import Store, new_run_id
from ...store.documents import timestamp
from .snapshot import open_inside

LOOK_SECONDS = 0.5
FILE_LIMIT = 16 * 1024 * 1024
SET_BACK = timedelta(hours=1)
"""A clock that is set back by more than this was wrong before."""
STARTER = "mlops_ext.schedules"
AT_ONCE = 2
"""So many are started at once: after a holiday all of them are due in the same moment."""
ANSWER_LIMIT = 65536

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Due:
    """When a file is due, as it says, or what stands in the way of that."""

    cron: str = ""
    timezone: str = "UTC"
    problem: dict[str, Any] | None = None


class Started(Protocol):
    """Something that is being started."""

    pid: int

    def answer(self) -> dict[str, Any] | None:
        """What became of it: `run`, the id of the run if there is one, or `problem`; None as long as it goes on."""


Start = Callable[[Workspace, str, str, str], Started]


class Clock:
    """Looks at the schedules of a workspace, and starts what is due."""

    def __init__(self, store: Store, start: Start, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._start = start
        self._now = now
        self._looked = float("-inf")
        self._seen: dict[tuple[str, str], tuple[object, Due]] = {}
        self._starting: dict[tuple[str, str], tuple[Started, asyncio.Task[None]]] = {}

    @property
    def busy(self) -> bool:
        """Whether something is being started."""
        return bool(self._starting)

    @property
    def pids(self) -> set[int]:
        """The processes that start something."""
        return {started.pid for started, _ in self._starting.values()}

    def look(self) -> None:
        """Starts what is due, not looking more often than anybody can tell."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for row in self._store.schedules():
            if len(self._starting) >= AT_ONCE:
                return
            key = (row["kind"], row["path"])
            if key not in self._starting and (row["claimed"] is not None or not row["paused"]):
                self._try(row)

    def _try(self, row: dict[str, Any]) -> None:
        """Looks at one schedule; what stands in its way does not stand in that of others."""
        try:
            self._look_at(row)
        except NotFound:
            return  # switched off in this moment
        except sqlite3.Error:
            raise
        except Exception:
            traceback.print_exc()
            problem = _no("The schedule could not be looked at.", "engine.log may tell why.", "internal").problem
            self._store.change_schedule(row["kind"], row["path"], problem=problem)

    def _look_at(self, row: dict[str, Any]) -> None:
        kind, path, now = row["kind"], row["path"], self._now()
        if row["claimed"] is not None:
            self._begin(kind, path, row["claimed"])
            return
        due = self._read(kind, path)
        if due.problem is not None:
            self._store.change_schedule(kind, path, problem=due.problem)
            return
        since = datetime.fromisoformat(row["since"])
        if (due.cron, due.timezone) != (row["cron"], row["timezone"]) or since > now + SET_BACK:
            self._store.change_schedule(
                kind, path, cron=due.cron, timezone=due.timezone, since=timestamp(now), problem=None
            )
            return
        moment = timetable.following(due.cron, due.timezone, since)
        if moment is None or moment > now or self._runs(row["last_run"]):
            return
        run_id = new_run_id()
        self._store.change_schedule(
            kind, path, since=timestamp(now), last=timestamp(now), claimed=run_id, last_run=None, problem=None
        )
        self._begin(kind, path, run_id)

    def _begin(self, kind: str, path: str, run_id: str) -> None:
        started = self._start(self._store.workspace, kind, path, run_id)
        task = asyncio.get_running_loop().create_task(self._wait(kind, path, started))
        self._starting[kind, path] = (started, task)
        task.add_done_callback(lambda _: self._starting.pop((kind, path), None))

    async def _wait(self, kind: str, path: str, started: Started) -> None:
        while (answer := started.answer()) is None:
            await asyncio.sleep(POLL_SECONDS)
        try:
            self._store.change_schedule(
                kind, path, claimed=None, last_run=answer.get("run"), problem=answer.get("problem")
            )
        except NotFound:
            return  # switched off meanwhile
        except sqlite3.Error as error:
            # It stays claimed, and is begun again under the same id.
            print(f"{timestamp()} {path}: {error}", file=sys.stderr, flush=True)

    def _runs(self, run_id: str | None) -> bool:
        """Whether what was started the last time is still under way."""
        if run_id is None:
            return False
        try:
            return self._store.state_of(run_id) not in SETTLED
        except NotFound:
            return False

    def _read(self, kind: str, path: str) -> Due:
        """The schedule in a file, read again when the file has changed."""
        try:
            found = os.stat(self._store.workspace.folder / path)
        except OSError:
            return _no(f"There is no {path} any more.", "Put it back, or switch its schedule off.", "missing-file")
        identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        known = self._seen.get((kind, path))
        if known is None or known[0] != identity:
            known = (identity, read_due(self._store.workspace, path))
            self._seen[kind, path] = known
        return known[1]


def read_due(workspace: Workspace, path: str) -> Due:
    """The schedule that stands in a file, be it a pipeline or a monitor."""
    try:
        with open_inside(workspace, path) as file:
            document = jsontext.read(file.read(FILE_LIMIT))
    except MlopsError as error:
        return _no(error.message, error.hint, error.code)
    except (jsontext.Unreadable, OSError):
        return _no(f"{path} cannot be read.", "Mend the file.", "bad-json")
    schedule = document.get("schedule") if isinstance(document, dict) else None
    if not isinstance(schedule, dict):
        return _no(f"{path} has no schedule any more.", "Give it one, or switch its schedule off.", "no-schedule")
    cron, timezone = str(schedule.get("cron", "")), str(schedule.get("timezone", "UTC"))
    wrong = timetable.problem(cron, timezone)
    return Due(cron, timezone) if wrong is None else _no(wrong[1], "Mend the schedule in the file.", "bad-schedule")


class Starter:
    """A process that starts what is due."""

    def __init__(self, workspace: Workspace, kind: str, path: str, run_id: str) -> None:
        # Not a pipe: what user code prints beside the answer must not fill it.
        self._answer = tempfile.TemporaryFile()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [
                *(sys.executable, "-P", "-m", STARTER),
                *("--workspace", str(workspace.folder), "--state", str(workspace.state)),
                *("--kind", kind, "--run", run_id, f"--path={path}"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._answer,
        )
        self.pid = self._process.pid
        self._path = path

    def answer(self) -> dict[str, Any] | None:
        """The last line that it printed, once it has ended."""
        if self._process.poll() is None:
            return None
        with self._answer as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - ANSWER_LIMIT))
            lines = file.read().splitlines()
        try:
            document = json.loads(lines[-1])
        except (ValueError, IndexError):
            document = None
        if isinstance(document, dict):
            return document
        return {"problem": _no(f"{self._path} could not be started.", "engine.log may tell why.", "internal").problem}


def _no(message: str, hint: str, code: str) -> Due:
    return Due(problem={"code": code, "message": message, "hint": hint})
