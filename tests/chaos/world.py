"""Whether a workspace tells the truth and has lost nothing: the invariants, in one function.

    I1  every run is over, queued, or owned by an engine that lives
    I2  no node starts after its success was committed, none counts as done that was not, none before its sources
    I3  what a node made is there, and is what was committed
    I4  the database is whole
    I5  no process outlives its run
    I6  the events have no gaps, and folding them gives the run

I2 is judged by the *ledger*: lines that the nodes themselves append while they
run, so it is what user code did, not what we say that it did:

    RUN NODE ATTEMPT start|end|child PID
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_ext.compile import Plan
from mlops_ext.paths import Workspace
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.runtimes.local.outputs import shown_name
from mlops_ext.states import SETTLED, run_state
from mlops_ext.store import Store, fold
from mlops_ext.store.db import migrations

LEDGER = "ledger"
ORPHAN_SECONDS = 5.0
"""So long may what a run started be seen after the run is over."""


@dataclass(frozen=True)
class Line:
    """What a node wrote down of itself."""

    place: int
    run: str
    node: str
    attempt: int
    what: str
    pid: int


def check_world(workspace: Workspace) -> list[str]:
    """What of the invariants does not hold, as sentences; nothing if all is well."""
    ledger = read_ledger(workspace.folder / LEDGER)
    found = list(_database(workspace))
    with Store.open(workspace, create=False) as store:
        runs = [store.run(run["id"]) for run in store.runs(limit=1000)[0]]
        newest: set[tuple[str, str]] = set()
        for run in runs:
            plan = store.plan(run["id"])
            lines = [line for line in ledger if line.run == run["id"]]
            found += _owned(workspace, run)
            found += _events(store, run)
            found += _states(store, run)
            found += _effects(store, run, plan, lines)
            found += _made(workspace, run, plan, newest)
    found += _orphans({run["id"] for run in runs if run["state"] in SETTLED}, ledger)
    known = {run["id"] for run in runs}
    found += [f"I2 run {line.run} did something and is not known" for line in ledger if line.run not in known]
    return found


def read_ledger(path: Path) -> list[Line]:
    """What the nodes wrote down, in the order in which they did."""
    if not path.exists():
        return []
    words = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
    return [
        Line(place, run, node, int(attempt), what, int(pid))
        for place, (run, node, attempt, what, pid) in enumerate(words)
    ]


def _database(workspace: Workspace) -> Iterator[str]:
    connection = sqlite3.connect(workspace.database)
    try:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if whole != "ok":
            yield f"I4 the database is damaged: {whole}"
        if connection.execute("PRAGMA foreign_key_check").fetchall():
            yield "I4 rows belong to a run that is not there"
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != len(migrations()):
            yield f"I4 the database is of version {version}"
    finally:
        connection.close()


def _owned(workspace: Workspace, run: dict[str, Any]) -> Iterator[str]:
    if run["state"] not in SETTLED and run["state"] != "queued" and Lock.is_free(workspace.lock):
        yield f"I1 run {run['id']} is {run['state']}, and no engine lives"


def _events(store: Store, run: dict[str, Any]) -> Iterator[str]:
    events = store.events(run["id"], limit=100_000)
    if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
        yield f"I6 the events of run {run['id']} have gaps"
    elif fold(events) != store.run(run["id"]):
        yield f"I6 the events of run {run['id']} tell another story"


def _states(store: Store, run: dict[str, Any]) -> Iterator[str]:
    """The states of a run, its nodes and their attempts agree."""
    nodes = run["nodes"]
    parked = run["state"] == "failed" and (run["error"] or {}).get("code") in ("crash-loop", "internal")
    if not parked and run["state"] != run_state([node["state"] for node in nodes.values()]):
        yield f"I6 run {run['id']} is {run['state']}, its nodes {[node['state'] for node in nodes.values()]}"
    for name, node in nodes.items():
        attempts = store.attempts(run["id"], name)
        states = [attempt["state"] for attempt in attempts]
        if [attempt["attempt"] for attempt in attempts] != list(range(1, node["attempts"] + 1)):
            yield f"I6 {name} has {node['attempts']} attempts, of which {len(attempts)} are known"
        elif ("running" in states) != (node["state"] == "running"):
            yield f"I6 {name} is {node['state']}, its attempts {states}"


def _effects(store: Store, run: dict[str, Any], plan: Plan, ledger: list[Line]) -> Iterator[str]:
    started: dict[tuple[str, int], Line] = {}
    ended: dict[tuple[str, int], Line] = {}
    for line in ledger:
        key = (line.node, line.attempt)
        if line.what == "start" and started.setdefault(key, line) is not line:
            yield f"I2 attempt {line.attempt} of {line.node} started twice"
        if line.what == "end":
            ended[key] = line
    done: dict[str, int] = {}
    for name, node in run["nodes"].items():
        states = [attempt["state"] for attempt in store.attempts(run["id"], name)]
        succeeded = node["state"] == "succeeded" and not node["reused"]
        if states.count("succeeded") != int(succeeded) or (succeeded and states[-1] != "succeeded"):
            yield f"I2 {name} is {node['state']}, its attempts {states}"
        elif succeeded:
            done[name] = len(states)
            if (name, done[name]) not in ended:
                yield f"I2 attempt {done[name]} of {name} counts as succeeded, and did not come to its end"
    for line in started.values():
        if line.attempt > done.get(line.node, line.attempt):
            yield f"I2 {line.node} started again after its success"
    for edge in plan.edges:
        end = ended.get((edge.source, done.get(edge.source, 0)))
        for line in started.values():
            if line.node == edge.target and (end is None or end.place > line.place):
                yield f"I2 {edge.target} started before {edge.source} had succeeded"


def _made(workspace: Workspace, run: dict[str, Any], plan: Plan, newest: set[tuple[str, str]]) -> Iterator[str]:
    """`newest`: outputs in the workspace that a newer run has written over."""
    for name, node in run["nodes"].items():
        if node["state"] != "succeeded" or node["reused"]:
            continue
        folder = workspace.run_folder(run["id"]) / name / str(node["attempts"])
        yield from (f"I3 {path} is left of an attempt that succeeded" for path in folder.rglob("*.partial"))
        if not (folder / "log.txt").is_file():
            yield f"I3 {name} succeeded and has no log"
        if node["notebook"] is not None:
            try:
                json.loads((folder / "notebook.ipynb").read_bytes())
            except (OSError, ValueError) as error:
                yield f"I3 the executed notebook of {name} cannot be read: {error}"
        for output in plan.steps[name].outputs:
            places = [folder / "outputs" / output]
            if run["mode"] == "in-place" and (plan.pipeline, output) not in newest:
                newest.add((plan.pipeline, output))
                places.append(workspace.folder / output)
            committed = node["outputs"].get(shown_name(plan.pipeline, output))
            yield from (f"I3 {place}: {wrong}" for place in places if (wrong := _differs(place, committed)))


def _differs(path: Path, committed: dict[str, Any] | None) -> str:
    if committed is None:
        return "was not committed"
    try:
        data = path.read_bytes()
    except OSError as error:
        return str(error)
    same = hashlib.sha256(data).hexdigest() == committed["sha256"] and len(data) == committed["bytes"]
    return "" if same else "is not what was committed"


def _orphans(over: set[str], ledger: list[Line]) -> Iterator[str]:
    """What is there after its run; by its mark, and by what the nodes wrote down of their children."""
    children = {line.pid: line for line in ledger if line.what == "child" and line.run in over}
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        processes = reap.table()
        left = {process.pid for process in reap.marked([{"MLOPS_RUN_ID": run} for run in over], processes)}
        left |= {pid for pid in children if pid in processes and _sleeps(pid) and not processes[pid].zombie}
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    for pid in left:
        yield f"I5 process {pid} ({_command(pid)}) outlives its run"


def _sleeps(pid: int) -> bool:
    """Whether the number still belongs to a child of a node, which does nothing but sleep."""
    return _command(pid).startswith("sleep ")


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
