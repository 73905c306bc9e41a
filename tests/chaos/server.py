"""A Jupyter server over an arena's workspace, which is killed while a run is submitted to it or followed."""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.chaos.arena import RUN_SECONDS, Arena
from tests.handlers.test_restart import request, start_server
from tests.runtimes.lab import OVER

LEFT_OUT = [
    f"--ServerApp.jpserver_extensions={name}=False"
    for name in ("jupyterlab", "jupyter_lsp", "jupyter_server_terminals", "notebook_shim")
]
"""Other extensions, which take most of the time that a server needs to start."""


class Server:
    """One server after another at the same address."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        workspace = self._arena.workspace
        folder = workspace.folder.parent / f"{workspace.folder.name}-server"
        folder.mkdir(exist_ok=True)
        with self._arena.armable():
            self._process = start_server(workspace.folder, folder, self._port, *LEFT_OUT)

    def kill(self) -> None:
        """By SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return request(self._port, method, path, body)

    def submit(self) -> str | None:
        """The run that was accepted; None if the server went before it said so."""
        pipeline = (self._arena.folder.path / "p.pipeline").relative_to(self._arena.workspace.folder)
        try:
            return str(self.ask("POST", "runs", {"pipeline": pipeline.as_posix(), "reuse": False})["id"])
        except urllib.error.HTTPError:
            raise
        except (OSError, http.client.HTTPException):
            return None

    def known(self) -> set[str]:
        """The runs that it lists."""
        return {run["id"] for run in self.ask("GET", "runs?limit=100")["runs"]}

    def followed(self, run_id: str) -> dict[str, Any]:
        """The run after its end, as the server tells it."""
        deadline = time.monotonic() + RUN_SECONDS
        while (run := self.ask("GET", f"runs/{run_id}"))["state"] not in OVER:
            assert time.monotonic() < deadline, run
            time.sleep(0.05)
        return run


def strike_server(arena: Arena, chance: random.Random) -> tuple[str, dict[str, Any], list[str]]:
    """A run is submitted to a server that is killed; the next server alone brings it to its end.

    What was done, the run, and what is wrong.
    """
    server = Server(arena)
    try:
        server.start()
        before = server.known()
        # While the request is under way, or while the run is.
        moment = chance.uniform(0.0, 0.1) if chance.random() < 0.5 else chance.uniform(0.1, 1.0)
        with ThreadPoolExecutor(1) as asking:
            answer = asking.submit(server.submit)
            time.sleep(moment)
            server.kill()
            accepted = answer.result()
        what = f"server after {moment:.2f} s"
        if chance.random() < 0.5:
            what += f", then {arena.strike(chance)}"
        server.start()
        new = server.known() - before
        wrong = []
        if len(new) > 1 or (accepted is not None and new != {accepted}):
            wrong.append(f"I1 the server accepted {accepted}, and there are {sorted(new)}")
        run_id = min(new, default=None) or server.submit()
        assert run_id is not None, "the second server lives"
        return what, server.followed(run_id), wrong
    finally:
        server.kill()
