"""`mlops monitor`: evaluates, tells how models are, lists alerts and decides about them."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .cli import DONE, FAILED
from .cli_check import validate
from .cli_find import workspaces
from .cli_output import Output, moment, print_json, shown, table
from .errors import BadRequest
from .monitoring.alerts import ACTIVE, STATES
from .monitoring.files import load, locate
from .monitoring.overview import alerts_in, everywhere, opened, summary
from .paths import Workspace
from .store.alerts import unknown_alert

SIGNS = {"ok": "succeeded", "warn": "waiting", "alert": "failed", "error": "failed"}
WORDS = {
    "ok": "is well",
    "warn": "warns",
    "alert": "alerts",
    "error": "could not be evaluated",
    "too_few_rows": "has too few rows",
    "no_labels": "has no labels yet",
}


def monitor(options: argparse.Namespace) -> int:
    """What is asked of monitors."""
    return _ACTIONS[options.action](options)


def _evaluate(options: argparse.Namespace) -> int:
    from .monitoring.evaluating import evaluate
    from .refresh import settle

    workspace, path = locate(None, options.file)
    found = load(workspace, path)
    settle(workspace)
    output = Output(sys.stdout)
    seen = set()
    for one in evaluate(found, batch=options.batch, every=options.all):
        seen.add(one["status"])
        if options.json and options.all:
            sys.stdout.write(json.dumps(one, ensure_ascii=True, allow_nan=False) + "\n")
            sys.stdout.flush()
        elif options.json:
            print_json(one)
        else:
            _tell(output, one)
    bad = {"error"} | {"warn": {"warn", "alert"}, "alert": {"alert"}}.get(options.fail_on, set())
    return FAILED if bad & seen else DONE


def _tell(output: Output, one: dict[str, Any]) -> None:
    """An evaluation for people: the batch, and each check that is not well."""
    known = " (known already)" if one["reused"] else ""
    labelled = f", {one['labelled']} with labels" if one["labelled"] else ""
    rows = f": {one['rows']} rows{labelled}" if one["rows"] is not None else ""
    output.line(
        f"{output.sign(SIGNS.get(one['status'], 'skipped'))} {shown(one['batch'])} {WORDS[one['status']]}{rows}{known}"
    )
    if one["error"] is not None:
        output.line(f"    {shown(one['error']['message'])}")
    told = [metric for metric in one["metrics"] if metric["verdict"] in ("warn", "alert", "error")]
    rows_of = [
        (
            metric["verdict"],
            shown(" ".join(str(metric[name]) for name in ("check", "column", "group") if metric[name] is not None)),
            "" if metric["value"] is None else f"{metric['value']:.4g}",
            "" if metric["baseline"] is None else f"baseline {metric['baseline']:.4g}",
            shown(metric["reason"] or ""),
        )
        for metric in told
    ]
    for line in table(rows_of):
        output.line(f"    {line}")
    if one["alert"] is not None:
        new = "New alert" if one["alert"]["opened_now"] else "Alert"
        output.line(f"    {new} {one['alert']['id'][:8]}, {one['alert']['state']}. Decide with: mlops monitor decide")


def _status(options: argparse.Namespace) -> int:
    found = [entry for _, entry in everywhere(Path.cwd())] if not options.files else []
    for file in options.files:
        workspace, path = locate(None, file)
        store = opened(workspace)
        try:
            found.append(summary(workspace, path, store))
        finally:
            if store is not None:
                store.close()
    if options.json:
        print_json({"version": 1, "monitors": found})
        return DONE
    output = Output(sys.stdout)
    if not found:
        output.line("There are no monitors here.")
    for one in found:
        alert = "" if one["alert"] is None else f", alert {one['alert']['id'][:8]} {one['alert']['state']}"
        batch = (
            "was not evaluated yet"
            if one["last"] is None
            else f"{WORDS[one['status']]} ({shown(one['last']['batch'])})"
        )
        wrong = f", {one['issues']} errors in the file" if one["issues"] else ""
        output.line(f"{output.sign(SIGNS.get(one['status'], 'skipped'))} {shown(one['path'])} {batch}{alert}{wrong}")
    return DONE


def _alerts(options: argparse.Namespace) -> int:
    states: tuple[str, ...] | None = ACTIVE
    if options.state == "all":
        states = None
    elif options.state is not None:
        if options.state not in STATES:
            raise BadRequest(f"There is no state {options.state[:40]!r}.", f"It is one of {', '.join(STATES)}.")
        states = (options.state,)
    places: Iterable[Workspace] = workspaces()
    path = None
    if options.monitor is not None:
        workspace, path = locate(None, options.monitor)
        places = [workspace]
    found = [alert for _, alert in alerts_in(places, monitor=path, states=states)]
    if options.json:
        print_json({"version": 1, "alerts": found})
        return DONE
    output = Output(sys.stdout)
    if not found:
        output.line("No alert waits for anybody." if states == ACTIVE else "There are no such alerts.")
    for one in found:
        sign = output.sign("waiting" if one["state"] in ACTIVE else "succeeded")
        output.line(f"{sign} {one['id'][:8]} {one['state']} since {moment(one['opened'])} {shown(one['monitor'])}")
        output.line(f"    {shown(one['summary'])}")
        if one["delivery"] is not None and one["delivery"]["state"] == "failed":
            output.line(f"    {shown(one['delivery']['message'])}")
        for made in one["decisions"]:
            output.line(f"    {moment(made['at'])} {shown(made['user'])}: {made['action']}: {shown(made['comment'])}")
    return DONE


def _decide(options: argparse.Namespace) -> int:
    from .refresh import decide

    workspace, alert = _find(options.alert)
    made = decide(
        workspace,
        alert["id"],
        options.decision,
        options.comment,
        user=getpass.getuser(),
        origin="cli",
        until=options.until,
    )
    if options.json:
        print_json({**made, "name": alert["name"]})
        return DONE
    output = Output(sys.stdout)
    output.line(f"Alert {made['id'][:8]} is {made['state']}.")
    if options.decision == "retrain":
        output.line(f"Run {made['run'][:8]} has begun. Follow it with: mlops show {made['run'][:8]}")
    return DONE


def _find(text: str) -> tuple[Workspace, dict[str, Any]]:
    """The alert whose id begins with the text."""
    wanted = text.strip().lower()
    found = [entry for entry in alerts_in(workspaces()) if wanted and entry[1]["id"].startswith(wanted)]
    if len(found) > 1:
        raise BadRequest(f"Several alerts begin with {text[:40]!r}.", "Give more of the id.")
    if not found:
        raise unknown_alert(text)
    return found[0]


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "evaluate": _evaluate,
    "status": _status,
    "alerts": _alerts,
    "decide": _decide,
    "validate": validate,
}
