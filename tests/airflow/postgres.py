"""A PostgreSQL of a test's own, on loopback, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.airflow.server import free_port


@contextmanager
def serving(database: str) -> Iterator[str]:
    """The address of an empty database: `user@host:port/name`."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.fail("PostgreSQL is missing: ./scripts/test --all installs it.", pytrace=False)
    # Root may not run it, and its owner must reach the folder.
    user = "postgres" if os.geteuid() == 0 else None
    top = Path(tempfile.mkdtemp(prefix="mlops-pg-"))
    if user is not None:
        shutil.chown(top, user)
    data, port = top / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        command = [str(programs[-1] / program), *arguments]
        with (top / "out.log").open("ab") as log:
            done = subprocess.run(command, user=user, cwd=top, stdout=log, stderr=log, timeout=120)
        assert done.returncode == 0, (top / "out.log").read_text(encoding="utf-8", errors="replace")[-4000:]

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={top} -c fsync=off"
    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "airflow", "--no-sync")
        run("pg_ctl", "-D", str(data), "-o", options, "-l", str(top / "server.log"), "-w", "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "airflow", database)
            yield f"airflow@127.0.0.1:{port}/{database}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(top, ignore_errors=True)
