"""`mlops schedule`: a pipeline that a runtime, or this machine, starts by its own clock."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from .cli import DONE, FAILED
from .cli_output import Output, moment, pause, print_json, shown
from .errors import Refused
from .handlers.deployments import summary
from .paths import Workspace, find_workspace
from .runtimes.airflow.keeping import Followers
from .runtimes.local.lock import RUNTIME as LOCAL
from .store import Store

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 600.0


def schedule(options: argparse.Namespace) -> int:
    """Brings the pipeline there, or pauses and resumes it, and waits until that is done."""
    from . import submit
    from .runtimes.airflow.package import dag_id_of

    path = Path(options.file).resolve()
    workspace = find_workspace(path)
    if options.runtime == LOCAL:
        return _schedule_here(options, workspace, path)
    if options.remove:
        raise Refused("Airflow keeps a pipeline that was brought there.", "Use --pause.", code="kept-there")
    if options.pause or options.resume:
        dag_id = dag_id_of(path.relative_to(workspace.folder).as_posix())
        submit.pause(workspace, options.runtime, dag_id, bool(options.pause))
    else:
        dag_id = submit.schedule(None, path, options.runtime)
    output = Output(sys.stderr if options.json else sys.stdout)
    done = _wait(workspace, options.runtime, dag_id, output)
    if options.json:
        print_json({"version": 1, **summary(done)})
    is_done = done["step"] == "ready" and done["wanted_paused"] is None
    if is_done:
        output.line(_sentence(done, options.runtime))
    return DONE if is_done else FAILED


def _schedule_here(options: argparse.Namespace, workspace: Workspace, path: Path) -> int:
    """Switches the schedule on this machine on or off, or pauses and resumes it."""
    from . import schedules

    output = Output(sys.stderr if options.json else sys.stdout)
    relative = path.relative_to(workspace.folder).as_posix()
    if options.remove:
        schedules.remove(workspace, relative)
        output.line(f"{shown(relative)} is no longer started on this machine.")
        if options.json:
            print_json({"version": 1, "pipeline": relative, "removed": True})
        return DONE
    if options.pause or options.resume:
        schedules.pause(workspace, relative, bool(options.pause))
    else:
        schedules.activate(None, path)
    entry = next(one for one in schedules.entries(workspace) if one["pipeline"] == relative)
    if options.json:
        print_json({"version": 1, **entry})
    output.line(_sentence_here(entry))
    if entry["next"] is not None:
        output.line(f"  Next at {moment(entry['next'])}. {entry['note']}")
    return DONE


def _sentence_here(entry: dict[str, Any]) -> str:
    if entry["paused"]:
        return f"{shown(entry['pipeline'])} is paused on this machine."
    cron, timezone = entry["schedule"]["cron"], entry["schedule"]["timezone"]
    return f"{shown(entry['pipeline'])} is started on this machine by {shown(cron)} ({shown(timezone)})."


def _wait(workspace: Workspace, runtime: str, dag_id: str, output: Output) -> dict[str, Any]:
    """The pipeline on the runtime once nothing is to do for it, or something refuses it."""
    deadline, last = time.monotonic() + PATIENCE_SECONDS, ""
    with Store.open(workspace, create=False) as store, Followers() as followers:
        while True:
            one = store.deployment(runtime, dag_id)
            sentence = one["problem"]["message"] if one["problem"] is not None else one["message"]
            if sentence and sentence != last:
                last = sentence
                output.line(shown(sentence))
            settled = one["step"] == "ready" and one["wanted_paused"] is None
            if settled or time.monotonic() > deadline or _refused(one):
                return one
            followers.keep({runtime})
            pause(LOOK_SECONDS)


def _refused(one: dict[str, Any]) -> bool:
    """Whether waiting does not help."""
    from .runtimes.airflow.submission import FINAL

    return one["problem"] is not None and (one["step"] == "delivering" or one["problem"]["code"] in FINAL)


def _sentence(one: dict[str, Any], runtime: str) -> str:
    if one["paused"]:
        return f"{shown(one['pipeline'])} is paused on {shown(runtime)}."
    cron = (one["schedule"] or {}).get("cron") if one["scheduled"] else None
    when = f" by {shown(cron)}" if cron else ""
    return f"{shown(one['pipeline'])} is started on {shown(runtime)}{when}. {shown(one['url'] or '')}".rstrip()
