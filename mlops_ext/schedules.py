"""Pipelines and monitors that the clock of this machine starts: switched on and off, listed, started.

The engine of the workspace holds the clock (runtimes/local/clock.py) and starts this
module as a process when a file is due; an entry of STARTERS for each kind of file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import timetable
from .compile import compile_plan
from .drafting import Options, changed, check_options, checked, locate, read
from .errors import BadRequest, MlopsError, NotFound
from .parse import parse
from .paths import Workspace, register
from .store import Store
from .store.documents import timestamp

NOTE = "Starts while JupyterLab, or the engine of this workspace, is running; what was missed is made up for once."


def activate(root: Path | Workspace | None, pipeline: Path | str, *, sha256: str | None = None) -> str:
    """Lets the schedule of a pipeline start it on this machine; answers the id of the schedule."""
    from .submit import wake

    check_options(Options())
    workspace, path = locate(root, pipeline)
    data = read(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and sha256 != found:
        raise changed(path)
    document = checked(workspace, path, data)
    schedule: Any = document.document.get("schedule")
    if not schedule:
        raise BadRequest("The pipeline has no schedule.", "Give it one in its properties.", code="no-schedule")
    cron, timezone = schedule["cron"], schedule.get("timezone", "UTC")
    wrong = timetable.problem(cron, timezone)
    if wrong is not None:
        raise BadRequest(wrong[1], code="bad-schedule", pointer=f"/schedule/{wrong[0]}")
    if timetable.following(cron, timezone, datetime.now(UTC)) is None:
        raise BadRequest(f"There is no day on which {cron} is due.", code="bad-schedule", pointer="/schedule/cron")
    relative = path.relative_to(workspace.folder).as_posix()
    # What would be refused at six in the morning is refused now.
    compile_plan(document, path=relative, sha256=found, parameters=schedule.get("parameters"))
    with Store.open(workspace) as store:
        register(workspace)
        store.put_schedule("pipeline", relative, cron=cron, timezone=timezone)
    wake(workspace)
    return schedule_id(workspace, relative)


def pause(workspace: Workspace, path: str, paused: bool) -> None:
    """Holds a schedule, or lets it go on."""
    from .submit import wake

    with Store.open(workspace, create=False) as store:
        store.change_schedule("pipeline", path, paused=paused)
    wake(workspace)


def remove(workspace: Workspace, path: str) -> None:
    """Switches a schedule off; what it has started goes on."""
    with Store.open(workspace, create=False) as store:
        store.schedule("pipeline", path)
        store.drop_schedule("pipeline", path)


def entries(workspace: Workspace) -> list[dict[str, Any]]:
    """The scheduled pipelines of a workspace, as those on Airflow are told, and when each is due."""
    if not Store.exists(workspace):
        return []
    with Store.open(workspace, create=False) as store:
        return [_entry(workspace, row) for row in store.schedules("pipeline")]


def path_of(workspace: Workspace, wanted: str) -> str | None:
    """The pipeline whose schedule has this id, if it is one of the workspace."""
    with Store.open(workspace, create=False) as store:
        paths = [row["path"] for row in store.schedules("pipeline")]
    return next((path for path in paths if schedule_id(workspace, path) == wanted), None)


def schedule_id(workspace: Workspace, path: str) -> str:
    """What names a schedule in an address: two workspaces may have pipelines of the same name."""
    return hashlib.sha256(f"{workspace.folder}\0{path}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _entry(workspace: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    following = None if row["paused"] else timetable.following(row["cron"], row["timezone"], datetime.now(UTC))
    return {
        "pipeline": row["path"],
        "dag_id": schedule_id(workspace, row["path"]),
        "paused": row["paused"],
        "schedule": {"cron": row["cron"], "timezone": row["timezone"]},
        "package": None,
        "step": "ready",
        "message": "",
        "problem": row["problem"],
        "url": None,
        "pinned": False,
        "next": None if following is None else timestamp(following),
        "last": None if row["last"] is None else {"run": row["last_run"], "time": row["last"]},
        "note": NOTE,
    }


def start_pipeline(workspace: Workspace, path: str, run_id: str) -> str:
    """Starts a scheduled run of a pipeline as its file is now, once however often it is called; answers its id."""
    from .submit import submit

    with Store.open(workspace, create=False) as store:
        try:
            store.state_of(run_id)
            return run_id
        except NotFound:
            pass
    document = parse(read(locate(workspace, path)[1])).document or {}
    schedule: Any = document.get("schedule") or {}
    return submit(workspace, path, parameters=schedule.get("parameters"), run_id=run_id)


def watch(workspace: Workspace, path: str, active: bool) -> None:
    """Lets the schedule of a monitor evaluate it on this machine, or no longer."""
    from .monitoring.files import load
    from .submit import wake

    if not active:
        with Store.open(workspace) as store:
            store.drop_schedule("monitor", path)
        return
    schedule: Any = load(workspace, path).document.get("schedule")
    if schedule is None:
        raise BadRequest("The monitor has no schedule.", "Give it one in its file.", code="no-schedule")
    cron, timezone = schedule["cron"], schedule.get("timezone", "UTC")
    if timetable.following(cron, timezone, datetime.now(UTC)) is None:
        raise BadRequest(f"There is no day on which {cron} is due.", code="bad-schedule", pointer="/schedule/cron")
    with Store.open(workspace) as store:
        store.put_schedule("monitor", path, cron=cron, timezone=timezone)
    register(workspace)
    wake(workspace)


def start_monitor(workspace: Workspace, path: str, _: str) -> None:
    """Evaluates the batches of a monitor that are new, or have got labels; the others are known."""
    from .monitoring.evaluating import evaluate
    from .monitoring.files import load

    try:
        for _evaluation in evaluate(load(workspace, path), every=True):
            continue
    except NotFound as error:
        # A day without data is none on which something is wrong.
        if error.code != "no-batches":
            raise


STARTERS: dict[str, Callable[[Workspace, str, str], str | None]] = {
    "pipeline": start_pipeline,
    "monitor": start_monitor,
}
"""For each kind of file what starts it: given the workspace, the file's path in it and an id; may be called twice."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Starts one scheduled file; what became of it is one line of JSON on standard output."""
    parser = argparse.ArgumentParser(prog="mlops-start")
    for name in ("workspace", "state"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    for name in ("kind", "path", "run"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args(arguments)
    try:
        run_id = STARTERS[given.kind](Workspace(given.workspace, given.state), given.path, given.run)
        answer: dict[str, Any] = {"run": run_id}
    except MlopsError as error:
        answer = {"problem": {"code": error.code, "message": error.message, "hint": error.hint}}
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
