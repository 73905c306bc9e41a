"""Opens the database: its pragmas, its permissions, its migrations.

SQLite as it is in the standard library. WAL with synchronous=FULL, so that what
was committed survives the machine's fall and readers never wait for the writer.
Migrations are numbered SQL files; each sets `user_version` last and runs in one
transaction, so that a killed migration never happened. A database that a newer
version wrote can be read as long as all is there that this version knows; nothing is
written to it.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import cache
from importlib import resources
from pathlib import Path

from ..errors import Refused, Unavailable
from ..failpoints import failpoint

BUSY_SECONDS = 10.0
OLDEST_SQLITE = (3, 37)  # STRICT tables


def connect(path: Path, *, create: bool = True) -> sqlite3.Connection:
    """A connection to the database, brought to this version's schema."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise Unavailable(
            f"This Python has SQLite {sqlite3.sqlite_version}, which is too old to keep runs.",
            "Use a Python with SQLite 3.37 or later.",
        )
    if create:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.DatabaseError as error:
        raise _explained(error, path) from error
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, path)
        if create:
            # By name, never by a descriptor: closing any descriptor of the file drops the locks of all connections
            # of this process, and another process then takes the log away from under them.
            path.chmod(0o600)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _explained(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def migrations() -> list[tuple[int, str]]:
    """Number and SQL of each migration, in order."""
    folder = resources.files(__package__).joinpath("migrations")
    files = sorted((file.name, file) for file in folder.iterdir() if file.name.endswith(".sql"))
    return [(int(name.removesuffix(".sql")), file.read_text(encoding="utf-8")) for name, file in files]


def is_newer(connection: sqlite3.Connection) -> bool:
    """Whether a newer version wrote it, so that it may only be read."""
    return _version(connection) > _latest()


def newer(path: Path) -> Refused:
    """What is said to whoever wants to change what a newer version wrote."""
    return Refused(
        f"A newer version of mlops-ext wrote the runs of this workspace ({path}); here they can only be looked at.",
        "Update mlops-ext to the version that wrote them, or a later one.",
        code="newer-database",
    )


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version, latest = _version(connection), _latest()
    if version == latest:
        return
    if version > latest:
        connection.execute("PRAGMA query_only = ON")
        if not _columns(connection) >= _known_columns():
            raise newer(path)
        return
    _use_wal(connection)
    for number, sql in migrations():
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it while this one waited for its turn.
            if _version(connection) < number:
                for statement in _statements(sql):
                    connection.execute(statement)
                failpoint("migrated")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _latest() -> int:
    return max(number for number, _ in migrations())


def _known_columns() -> set[tuple[str, str]]:
    """The columns that this version reads."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for _, sql in migrations():
            connection.executescript(sql)
        return _columns(connection)


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    )
    return {(row[0], row[1]) for row in rows}


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """The change of mode doesn't wait for other connections as other statements do."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _statements(sql: str) -> list[str]:
    """The statements of a script one by one: `executescript` would end the transaction."""
    statements, current = [], ""
    for line in sql.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements


def _explained(error: sqlite3.DatabaseError, path: Path) -> Exception:
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return Refused(
            f"The file {path} is damaged, or no database of mlops-ext.",
            "Move it away to start with an empty list of runs.",
            code="damaged-database",
        )
    if "readonly" in text or "unable to open" in text:
        return Unavailable(
            f"The runs of this workspace cannot be opened: {path} is not readable or not writable.",
            "Check the permissions of the folder.",
        )
    if "locked" in text or "busy" in text:
        return Unavailable("The runs of this workspace are in use and did not become free.", "Try again.")
    return error
