"""Opening the database: permissions, pragmas, migrations, refusals."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_ext.compile import Plan, Step
from mlops_ext.errors import NotFound, Refused
from mlops_ext.handlers.catalogue import list_runs
from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.store import Store
from mlops_ext.store.db import connect, migrations
from mlops_ext.submit import wake


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_at(tmp_path)


def test_for_its_owner_only_whatever_the_umask(workspace: Workspace) -> None:
    before = os.umask(0)
    try:
        Store.open(workspace).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(workspace.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.runs.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.database.stat().st_mode) == 0o600
    with Store.open(workspace):
        for name in ("state.sqlite-wal", "state.sqlite-shm"):
            assert stat.S_IMODE((workspace.state / name).stat().st_mode) == 0o600
    assert (workspace.state / ".gitignore").read_text() == "*\n"


def test_pragmas(workspace: Workspace) -> None:
    workspace.prepare()
    connection = connect(workspace.database)
    pragmas = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "integrity_check", "user_version")
    }
    connection.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "integrity_check": "ok",
        "user_version": len(migrations()),
    }


def test_tables_are_strict(workspace: Workspace) -> None:
    Store.open(workspace).close()
    connection = sqlite3.connect(workspace.database)
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'").fetchall()
    connection.close()
    ours = {name: strict for name, strict in tables if not name.startswith("sqlite_")}
    runs = {
        "runs",
        "node_runs",
        "attempts",
        "events",
        "requests",
        "deployments",
        "remote_runs",
        "schedules",
        "evidence",
        "touched",
    }
    assert set(ours) == runs | {"evaluations", "evaluation_shapes", "alerts", "decisions", "monitor_news"}
    assert set(ours.values()) == {1}


def test_migrations_are_numbered_without_gaps_and_each_sets_its_number() -> None:
    found = migrations()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    for number, sql in found:
        assert sql.rstrip().endswith(f"PRAGMA user_version = {number};")


def from_the_future(workspace: Workspace, *changes: str) -> None:
    """The database as a version after this one may leave it."""
    connection = sqlite3.connect(workspace.database, isolation_level=None)
    for change in (*changes, "PRAGMA user_version = 999"):
        connection.execute(change)
    connection.close()


def test_a_newer_database_is_read_and_not_changed(workspace: Workspace) -> None:
    with Store.open(workspace) as store:
        assert store.notes == []
        elsewhere = store.create_run(Plan("p.pipeline", "0" * 64, runtime="elsewhere"))
        assert store.remote_needs() == {"elsewhere"}
        run_id = store.create_run(Plan("p.pipeline", "0" * 64, steps={"a": Step("a", "script")}))
    from_the_future(workspace, "ALTER TABLE runs ADD COLUMN mood TEXT", "CREATE TABLE moods (name TEXT)")
    before = workspace.database.read_bytes()
    with Store.open(workspace) as store:
        assert store.run(run_id)["nodes"]["a"]["state"] == "queued"
        assert [run["id"] for run in store.runs()[0]] == [run_id, elsewhere] and store.events(run_id)
        assert len(store.notes) == 1 and store.notes[0].endswith("here they can only be looked at.")
        assert store.remote_needs() == set(), "nobody follows what he cannot write down"
        for change in (
            lambda: store.advance_run(run_id, state="running"),
            lambda: store.create_run(Plan("p.pipeline", "0" * 64)),
            lambda: store.request(run_id, "cancel"),
            lambda: store.delete(run_id),
            lambda: store.put_schedule("pipeline", "p.pipeline", cron="* * * * *", timezone="UTC"),
        ):
            with pytest.raises(Refused) as error:
                change()
            assert error.value.code == "newer-database" and error.value.hint
    assert workspace.database.read_bytes() == before
    assert list_runs([workspace]).notes and not wake(workspace), "no engine of this version runs what is in it"


def test_a_newer_database_that_lacks_what_is_read_is_refused(workspace: Workspace) -> None:
    Store.open(workspace).close()
    from_the_future(workspace, "ALTER TABLE runs RENAME COLUMN seconds TO duration")
    before = workspace.database.read_bytes()
    with pytest.raises(Refused, match="A newer version of mlops-ext") as error:
        Store.open(workspace)
    assert error.value.hint
    assert workspace.database.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one" * 30, b"\0" * 4096])
def test_what_is_no_database_is_refused_and_left_alone(workspace: Workspace, content: bytes) -> None:
    workspace.prepare()
    workspace.database.write_bytes(content)
    if content.strip(b"\0"):
        with pytest.raises(Refused, match="damaged, or no database"):
            Store.open(workspace)
        assert workspace.database.read_bytes() == content
    else:
        with pytest.raises((Refused, sqlite3.DatabaseError)):
            Store.open(workspace)


def test_a_migration_that_fails_in_the_middle_never_happened(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = migrations()[0]
    broken = [(1, first[1].replace("CREATE TABLE requests", "CREATE TABLE requests WITH NONSENSE"))]
    monkeypatch.setattr("mlops_ext.store.db.migrations", lambda: broken)
    with pytest.raises(sqlite3.OperationalError):
        Store.open(workspace)
    connection = sqlite3.connect(workspace.database)
    assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    connection.close()
    monkeypatch.undo()
    Store.open(workspace).close()


def test_several_processes_may_open_a_new_database_at_once(workspace: Workspace) -> None:
    code = (
        "import sys; from pathlib import Path; from mlops_ext.paths import workspace_at; "
        "from mlops_ext.store import Store; store = Store.open(workspace_at(Path(sys.argv[1]))); "
        "print(store.last_change()); store.close()"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(workspace.folder)], stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert [process.communicate()[0].strip() for process in started] == [b"0"] * 4
    assert [process.returncode for process in started] == [0] * 4


def test_looking_makes_nothing(workspace: Workspace) -> None:
    assert not Store.exists(workspace)
    with pytest.raises(NotFound):
        Store.open(workspace, create=False)
    assert not workspace.state.exists()


def test_it_is_said_where_a_folder_without_locks_has_its_state(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    apart = Workspace(tmp_path / "folder", tmp_path / "xdg" / "state")
    with Store.open(apart) as store:
        (note,) = store.notes
    assert str(apart.folder) in note and str(apart.state) in note and note.endswith(".")
    assert list_runs([apart]).notes == [note]


def test_a_connection_that_may_only_read_gives_way_to_another(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite opens one when the disk refuses to make what it needs for writing."""
    Store.open(workspace).close()
    real = sqlite3.connect
    with monkeypatch.context() as patch:
        only_read = f"{workspace.database.as_uri()}?mode=ro"
        patch.setattr(sqlite3, "connect", lambda _, **options: real(only_read, uri=True, **options))
        store = Store.open(workspace)
    with store:
        with pytest.raises(sqlite3.OperationalError) as refused:
            store.create_run(Plan("p.pipeline", "0" * 64))
        assert not store.renew(sqlite3.OperationalError("another"))
        assert store.renew(refused.value)
        assert store.run(store.create_run(Plan("p.pipeline", "0" * 64)))["state"] == "queued"
