"""Opening a database again in a process must not cost its other connections their locks."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

from mlops_ext.store.db import connect

OPEN_AND_CLOSE = """
import sys
from pathlib import Path
from mlops_ext.store.db import connect
connection = connect(Path(sys.argv[1]))
connection.execute("SELECT count(*) FROM runs").fetchone()
connection.close()
"""


def test_another_process_leaves_the_log_of_an_open_connection_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    watcher = connect(path)
    watcher.execute("SELECT count(*) FROM runs").fetchone()
    connect(path).close()
    subprocess.run([sys.executable, "-c", OPEN_AND_CLOSE, str(path)], check=True)
    assert (tmp_path / "state.sqlite-wal").exists(), "the other process took itself for the last one"
    watcher.execute("CREATE TABLE seen (a INTEGER) STRICT")
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT count(*) FROM seen").fetchone() == (0,)
    other.close()
    watcher.close()


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "state.sqlite"
    connect(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
