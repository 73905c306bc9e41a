"""Remembers hashes of files, so that what has not changed is not read again.

A hash is believed as long as size, times and inode of its file are the same, the time
of the last change of the inode (ctime) among them: that one cannot be set back. One
taken within two seconds of a change is not believed: what came after it in the same
tick of the clock would not show.

A file of its own beside the database, never waited for on the disk: to lose it costs
time and nothing else, so a damaged one is begun anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

FRESH_NANOSECONDS = 2_000_000_000
_NAME = "hashes.sqlite"
_TABLE = """
CREATE TABLE IF NOT EXISTS hashes (
  path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, ctime INTEGER NOT NULL,
  inode INTEGER NOT NULL, sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID
"""

Identity = tuple[int, int, int, int]
"""Size, mtime and ctime in nanoseconds, inode."""


def identity(status: os.stat_result) -> Identity:
    """By what a file is known to be as it was."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


Known = dict[str, tuple[Identity, str]]
_MOST_SHARED = 100_000
_remembered: dict[Path, Known] = {}


class Hashes:
    """Hashes of the files of one workspace, by path."""

    def __init__(self, state: Path, *, write: bool) -> None:
        self._file = state / _NAME
        self._write = write
        self._lock = threading.Lock()
        # Who must not write remembers as long as its process lives.
        self._known = {} if write else _shared(self._file)
        self._new: Known = {}
        self._connection: sqlite3.Connection | None = None
        if write or self._file.is_file():
            self._connection = self._opened() or (self._anew() if write else None)

    def of(self, name: str, status: os.stat_result, read: Callable[[], str]) -> str:
        """The hash of the file `name` with this status: as it is known, or as `read` finds it."""
        known = self.find(name, status)
        if known is not None:
            return known
        begun = time.time_ns()
        found = read()
        if max(status.st_mtime_ns, status.st_ctime_ns) < begun - FRESH_NANOSECONDS:
            with self._lock:
                self._known[name] = self._new[name] = (identity(status), found)
        return found

    def find(self, name: str, status: os.stat_result) -> str | None:
        """The hash of the file `name` with this status, if it is known."""
        wanted = identity(status)
        with self._lock:
            known = self._known.get(name)
            if (known is None or known[0] != wanted) and self._connection is not None:
                try:
                    row = self._connection.execute("SELECT * FROM hashes WHERE path = ?", (name,)).fetchone()
                except (sqlite3.Error, UnicodeEncodeError):
                    return None
                if row is not None:
                    known = self._known[name] = ((row[1], row[2], row[3], row[4]), row[5])
        return known[1] if known is not None and known[0] == wanted else None

    def save(self) -> None:
        """Keeps what is new."""
        with self._lock:
            new, self._new = self._new, {}
            if self._connection is None or not self._write or not new:
                return
            rows = [(name, *found, sha256) for name, (found, sha256) in new.items()]
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?, ?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except (sqlite3.Error, UnicodeEncodeError):
                # They are found again when they are wanted.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Keeps what is new, and lets go of the file."""
        self.save()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> sqlite3.Connection | None:
        where = f"{self._file.absolute().as_uri()}?mode={'rwc' if self._write else 'ro'}"
        connection = None
        try:
            connection = sqlite3.connect(where, uri=True, timeout=2.0, isolation_level=None, check_same_thread=False)
            if self._write:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(_TABLE)
            connection.execute("SELECT * FROM hashes LIMIT 1").fetchone()
            return connection
        except sqlite3.Error:
            if connection is not None:
                connection.close()
            return None

    def _anew(self) -> sqlite3.Connection | None:
        for ending in ("", "-wal", "-shm"):
            self._file.with_name(_NAME + ending).unlink(missing_ok=True)
        return self._opened()


def _shared(file: Path) -> Known:
    """What this process has found of the files of a workspace."""
    known = _remembered.setdefault(file, {})
    if len(known) > _MOST_SHARED:
        known.clear()
    return known
