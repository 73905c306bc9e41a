"""From the first schema to the second, with rows: nothing is lost, and a migration that is killed never happened."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.store import Store, fold
from mlops_ext.store.db import migrations

RUN = "ab" * 16
PLAN = {
    "version": 1,
    "pipeline": "p.pipeline",
    "pipeline_sha256": "0" * 64,
    "runtime": "local",
    "mode": "in-place",
    "parameters": {},
    "steps": {},
    "edges": [],
}


@pytest.fixture
def old(tmp_path: Path) -> Workspace:
    """A workspace whose runs an earlier version recorded: one that is under way, and asked to be cancelled."""
    workspace = workspace_at(tmp_path)
    workspace.prepare()
    connection = sqlite3.connect(workspace.database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(migrations()[0][1])
    connection.execute(
        "INSERT INTO runs (id, pipeline, pipeline_sha256, runtime, mode, state, parameters, plan, source, provenance, "
        "reuse, created, seq) VALUES (?, 'p.pipeline', ?, 'local', 'in-place', 'running', '{}', ?, "
        "'{\"commit\": null, \"dirty\": null}', '{}', 1, '2026-01-01T00:00:00.000Z', 1)",
        (RUN, "0" * 64, json.dumps(PLAN)),
    )
    first = {"version": 1, "id": RUN, "state": "running", "nodes": {}}
    connection.execute(
        "INSERT INTO events (run, seq, time, node, data) VALUES (?, 1, '2026-01-01T00:00:00.000Z', NULL, ?)",
        (RUN, json.dumps(first)),
    )
    connection.execute(
        "INSERT INTO requests (run, kind, time) VALUES (?, 'cancel', '2026-01-01T00:00:01.000Z')", (RUN,)
    )
    connection.close()
    return workspace


def version(workspace: Workspace) -> int:
    connection = sqlite3.connect(workspace.database)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def check(workspace: Workspace) -> None:
    with Store.open(workspace) as store:
        run = store.run(RUN)
        assert (run["state"], run["remote"]) == ("running", None)
        assert store.cancelled_runs() == [RUN]
        assert store.pipelines() == ["p.pipeline"]
        assert fold(store.events(RUN))["state"] == "running"
        assert store.deployments() == [] and store.remote_needs() == set()
        connection = store._connection
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_rows_are_kept(old: Workspace) -> None:
    assert version(old) == 1
    check(old)
    assert version(old) == len(migrations())
    check(old)


def test_what_is_deleted_takes_its_requests_along(old: Workspace) -> None:
    with Store.open(old) as store:
        store.advance_run(RUN, state="cancelled")
        store.delete(RUN)
        assert store.asked("local", "cancel") == []


def test_a_migration_that_fails_at_any_statement_never_happened(
    old: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = migrations()[0], migrations()[1]
    statements = second[1].count(";\n")
    before = old.database.read_bytes()
    for number in range(statements):
        parts = second[1].split(";\n")
        broken = ";\n".join([*parts[:number], "SELECT nonsense FROM nowhere", *parts[number:]])
        monkeypatch.setattr("mlops_ext.store.db.migrations", lambda text=broken: [first, (2, text)])
        with pytest.raises(sqlite3.OperationalError):
            Store.open(old)
        assert version(old) == 1
    monkeypatch.undo()
    assert before[:16] == old.database.read_bytes()[:16]
    check(old)


KILLED = """
import os, signal, sys
from pathlib import Path
from mlops_ext.paths import workspace_at
from mlops_ext.store import Store, db
real = db._statements
def some(sql):
    for place, statement in enumerate(real(sql)):
        if place == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        yield statement
db._statements = some
Store.open(workspace_at(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("place", [0, 3, 6, 9])
def test_a_migration_that_is_killed_never_happened(old: Workspace, place: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(old.folder), str(place)], env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    assert version(old) == 1
    check(old)
