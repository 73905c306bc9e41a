"""Real Jupyter servers with runs on the real Airflow."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.airflow.conftest import Yard
from tests.handlers.test_restart import request as ask
from tests.handlers.test_restart import start_server
from tests.runtimes.airflow.test_away import followers


class Servers:
    """Servers on one root, one after another; each is killed with the follower that it keeps."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root, self.state = root, state
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._server: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        self._server = start_server(self.root, self.state, self.port, *options)

    def kill(self) -> None:
        """By SIGKILL; a follower ends with the server that keeps it."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(20)
        deadline = time.monotonic() + 10
        while followers(self.state):
            assert time.monotonic() < deadline, "a follower outlives its server"
            time.sleep(0.02)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return ask(self.port, method, path, body)


@pytest.fixture
def servers(yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg-state"))
    root = tmp_path / "root"
    (root / ".mlops").mkdir(parents=True)
    found = Servers(root, tmp_path)
    try:
        yield found
    finally:
        found.kill()
