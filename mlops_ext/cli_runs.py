"""`mlops show`, `runs`, `log`, `cancel`, `delete`: looking after runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .cli import DONE, FAILED
from .cli_find import find_run, workspaces
from .cli_output import Output, harmless, moment, pause, print_json, seconds, shown, size, table, value
from .cli_run import ENDED, Progress, follow, read
from .handlers.catalogue import list_runs
from .handlers.files import node_log
from .paths import find_workspace
from .store import Store

CANCEL_SECONDS = 20.0
RETRY_SECONDS = 30.0
FOLLOW_SECONDS = 0.2


def show(options: argparse.Namespace) -> int:
    """One run, with its nodes."""
    workspace, run_id = find_run(options.run)
    run = read(workspace, run_id)
    if run["remote"] is not None and run["state"] not in ENDED:
        from .runtimes.airflow.keeping import look_once

        # Where no server follows it, what is known of it may be old.
        look_once(run["runtime"])
        run = read(workspace, run_id)
    if options.json:
        print_json(run)
    else:
        _show(Output(sys.stdout), run)
    return DONE


def _show(output: Output, run: dict[str, Any]) -> None:
    took = f" in {seconds(run['seconds'])}" if run["seconds"] is not None else ""
    output.line(f"{output.sign(run['state'])} {shown(run['pipeline'])} {run['state']}{took}")
    mode = "isolated" if run["mode"] == "isolated" else "in place"
    output.line(f"  Run {run['id']}, started {moment(run['started'] or run['created'])}, {run['runtime']}, {mode}")
    output.line(f"  {shown(Path(run['workspace'], run['directory']))}")
    if run["remote"] is not None:
        output.line(f"  {shown(run['remote']['message'])} {shown(run['remote']['url'] or '')}".rstrip())
        if run["remote"]["problem"] is not None:
            output.line(f"  {shown(run['remote']['problem']['message'])}")
    for name, given in run["parameters"].items():
        output.line(f"  {name} = {value(given)}")
    if run["error"] is not None:
        output.line(f"  {shown(run['error']['message'])}")
    rows = []
    for name, entry in run["nodes"].items():
        results = ", ".join(f"{key} = {value(of, 30)}" for key, of in entry["results"].items())
        reason = "reused" if entry["reused"] else entry["reason"] or ""
        rows.append((shown(name), f"{entry['state']} {reason}".strip(), seconds(entry["seconds"]), results))
    output.line()
    for line, entry in zip(table(rows), run["nodes"].values(), strict=True):
        output.line(f"{output.sign(entry['state'])} {line}")
        if entry["error"] is not None:
            cell = f"cell {entry['error']['cell']}: " if entry["error"]["cell"] is not None else ""
            output.line(f"    {cell}{shown(entry['error']['message'])}")
        for path, made in entry["outputs"].items():
            output.line(f"    made {shown(path)} ({size(made.get('bytes'))})")


def runs(options: argparse.Namespace) -> int:
    """Runs, newest first."""
    pipeline = None if options.pipeline is None else Path(options.pipeline).resolve()
    places = workspaces() if pipeline is None else [find_workspace(pipeline)]
    found, following, notes = list_runs(
        places, pipeline=pipeline, state=options.state, runtime=options.runtime, limit=options.limit
    )
    if options.json:
        print_json({"version": 1, "runs": found, "next": following, "notes": notes})
        return DONE
    output = Output(sys.stdout)
    for note in notes:
        print(f"mlops: {shown(note)}", file=sys.stderr)
    if not found:
        output.line("No runs. `mlops run FILE` makes one.")
    several = len({run["workspace"] for run in found}) > 1
    rows = [
        (
            run["id"][:8],
            run["state"],
            moment(run["created"]),
            seconds(run["seconds"]),
            shown(Path(run["workspace"], run["pipeline"]) if several else run["pipeline"]),
        )
        for run in found
    ]
    for line, run in zip(table(rows), found, strict=True):
        output.line(f"{output.sign(run['state'])} {line}")
    return DONE


def log(options: argparse.Namespace) -> int:
    """What a node printed; with --follow as it comes, over all attempts that are still to come."""
    workspace, run_id = find_run(options.run)
    attempt = offset = 0
    while True:
        with Store.open(workspace, create=False) as store:
            part = node_log(store, run_id, options.node, offset, attempt)
            active = store.run(run_id)["nodes"][options.node]["state"] not in (*ENDED, "skipped")
        _write(part["text"])
        attempt, offset = part["attempt"], part["next"]
        if part["next"] < part["size"]:
            continue
        if not options.follow or (part["complete"] and not active):
            return DONE
        if part["complete"]:
            # This attempt is over and the node is not: the next has a log of its own.
            with Store.open(workspace, create=False) as store:
                latest = store.run(run_id)["nodes"][options.node]["attempts"]
            if latest > attempt:
                attempt, offset = latest, 0
        pause(FOLLOW_SECONDS)


def _write(text: str) -> None:
    if sys.stdout.isatty():
        text = harmless(text)
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.flush()


def cancel(options: argparse.Namespace) -> int:
    """Asks for the end of a run and waits until it has come."""
    from . import submit

    workspace, run_id = find_run(options.run)
    before = read(workspace, run_id)
    if before["state"] not in ENDED:
        submit.cancel(workspace, run_id)
    run = follow(workspace, run_id, None, limit=CANCEL_SECONDS)
    if options.json:
        print_json(run)
    elif before["state"] in ENDED:
        print(f"Run {run_id[:8]} had already ended: {before['state']}.")
    elif run["state"] in ENDED:
        print(f"Run {run_id[:8]} has ended: {run['state']}.")
    else:
        print(f"Run {run_id[:8]} has not ended yet; its engine goes on ending it.", file=sys.stderr)
    return DONE if run["state"] in ENDED else FAILED


def retry(options: argparse.Namespace) -> int:
    """Runs again what failed in a run elsewhere, and waits for its end."""
    from . import submit

    workspace, run_id = find_run(options.run)
    submit.retry(workspace, run_id)
    begun = follow(workspace, run_id, None, limit=RETRY_SECONDS, until=_is_under_way, ended=False)
    if begun["state"] in ENDED:
        problem = (begun["remote"] or {}).get("problem")
        why = problem["message"] if problem is not None else "Airflow has not taken it up yet."
        print(f"Run {run_id[:8]} does not run again: {shown(why)}", file=sys.stderr)
        if options.json:
            print_json(begun)
        return FAILED
    output = Output(sys.stderr if options.json else sys.stdout)
    output.line(f"Run {run_id[:8]} goes on")
    run = follow(workspace, run_id, Progress(output, workspace, after=begun["seq"]))
    if options.json:
        print_json(run)
    return DONE if run["state"] == "succeeded" else FAILED


def _is_under_way(run: dict[str, Any]) -> bool:
    return run["state"] not in ENDED


def delete(options: argparse.Namespace) -> int:
    """Deletes a run that has ended."""
    from . import submit

    workspace, run_id = find_run(options.run)
    submit.delete(workspace, run_id)
    if options.json:
        print_json({"version": 1, "id": run_id, "deleted": True})
    else:
        print(f"Run {run_id[:8]} is deleted.")
    return DONE
