"""Airflow is gone for a while, or the server is killed: the panel catches up by itself, and no process is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mlops_ext.paths import find_workspace
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from mlops_ext.store import Store
from mlops_ext.submit import submit
from tests.handlers.test_restart import request as ask
from tests.handlers.test_restart import start_server
from tests.runtimes.airflow.test_real import OVER, Project, project

__all__ = ["project"]
pytestmark = pytest.mark.timeout(240)


class Proxy:
    """Forwards to a port on loopback until it is closed; then nobody is there."""

    def __init__(self, target: int, port: int = 0) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._open += [client, server]
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_airflow_is_away_for_a_while(project: Project) -> None:
    target = int(urlsplit(project.airflow.url).port or 80)
    proxy = Proxy(target)
    SecretStore().set("airflow-tests", project.airflow.password)
    Registry().save("real", project.airflow.runtime(url=f"http://127.0.0.1:{proxy.port}"))
    path = project.pipeline({"a": project.script("a.sh", "sleep 6\n")})
    run_id = submit(None, path, runtime="real")
    project.until(run_id, lambda run: run["nodes"]["a"]["state"] == "running")
    proxy.close()
    run = project.until(run_id, lambda run: run["remote"]["problem"] is not None, 30)
    assert (run["state"], run["nodes"]["a"]["state"]) == ("running", "running")
    assert run["remote"]["problem"]["code"] == "airflow-unreachable"
    time.sleep(10)
    proxy = Proxy(target, proxy.port)
    try:
        run = project.over(run_id)
        assert (run["state"], run["remote"]["problem"], run["nodes"]["a"]["attempts"]) == ("succeeded", None, 1)
    finally:
        proxy.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_outlives_the_server_that_brought_it(project: Project, tmp_path: Path, how: signal.Signals) -> None:
    path = project.pipeline({"a": project.script("a.sh", "sleep 4\n")})
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = start_server(project.folder, tmp_path, port)
    try:
        run_id = ask(port, "POST", "runs", {"pipeline": path.name, "runtime": "real"})["id"]
        deadline = time.monotonic() + 90
        while ask(port, "GET", f"runs/{run_id}")["nodes"]["a"]["state"] != "running":
            assert time.monotonic() < deadline, ask(port, "GET", f"runs/{run_id}")
            time.sleep(0.05)
        assert len(followers(tmp_path)) == 1
        server.send_signal(how)
        server.wait(20)
        gone = time.monotonic() + 5
        while followers(tmp_path):
            assert time.monotonic() < gone, "the follower ends with its server"
            time.sleep(0.05)
        server = start_server(project.folder, tmp_path, port)
        while (run := ask(port, "GET", f"runs/{run_id}"))["state"] not in OVER:
            assert time.monotonic() < deadline + 60
            time.sleep(0.1)
        assert (run["state"], run["nodes"]["a"]["attempts"]) == ("succeeded", 1)
        assert len(project.there(run)) == 1
        with Store.open(find_workspace(path)) as store:
            assert json.dumps(project.airflow.password)[1:-1] not in json.dumps(store.events(run_id))
    finally:
        server.kill()
        server.wait(20)


def followers(state: Path) -> list[int]:
    """The followers of this test: what works with its folder for state."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and b"mlops_ext.runtimes.airflow.follow" in (entry / "cmdline").read_bytes():
                if os.fsencode(str(state)) in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found
