"""A run goes on whatever becomes of the server that started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import schedules
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.handlers.served import end_engine, write_pipeline


def start_server(root: Path, state: Path, port: int, *options: str) -> subprocess.Popen[bytes]:
    arguments = [
        f"--ServerApp.root_dir={root}",
        "--ServerApp.jpserver_extensions=mlops_ext=True",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=t",
        *options,
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY"))}
    environment |= {"JUPYTER_CONFIG_DIR": str(state / "config"), "JUPYTER_RUNTIME_DIR": str(state / "runtime")}
    environment["PAUSE"] = "4"
    with (state / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "jupyter_server", *arguments],
            stdout=log,
            stderr=log,
            cwd=root,
            env=environment,
        )
    for _ in range(300):
        try:
            request(port, "GET", "runs")
            return server
        except (urllib.error.URLError, ConnectionError):
            assert server.poll() is None, (state / "server.log").read_text()
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def request(port: int, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/mlops/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "token t", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked, timeout=10) as response:  # noqa: S310 - http on loopback
        answer: dict[str, Any] = json.load(response)
    return answer


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_outlives_its_server(own_state: Path, how: signal.Signals) -> None:
    root = own_state / "root"
    pipeline = write_pipeline(root / "project")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = start_server(root, own_state, port)
    try:
        run_id = request(port, "POST", "runs", {"pipeline": "project/p.pipeline"})["id"]
        deadline = time.monotonic() + 30
        while request(port, "GET", f"runs/{run_id}")["nodes"]["second"]["state"] != "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        before = request(port, "GET", f"runs/{run_id}/events?after=0")["last"]
        server.send_signal(how)
        server.wait(20)
        server = start_server(root, own_state, port)
        while (run := request(port, "GET", f"runs/{run_id}"))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline + 30
            time.sleep(0.1)
        assert run["state"] == "succeeded", run
        assert {name: node["attempts"] for name, node in run["nodes"].items()} == {"first": 1, "second": 1}
        # What happened meanwhile is caught up with, from the number that was known.
        late = request(port, "GET", f"runs/{run_id}/events?after={before}")["events"]
        assert [event["seq"] for event in late] == list(range(before + 1, run["seq"] + 1))
    finally:
        server.kill()
        server.wait(20)
        end_engine(find_workspace(pipeline, root))


def test_a_server_looks_after_schedules(own_state: Path) -> None:
    """Where nothing runs and no engine lives any more it starts one, and what was missed is made up for."""
    root = own_state / "root"
    pipeline = write_pipeline(root / "project")
    content = json.loads(pipeline.read_text())
    pipeline.write_text(json.dumps({**content, "schedule": {"cron": "0 6 1 1 *"}}))
    workspace = find_workspace(pipeline, root)
    schedules.activate(root, pipeline)
    schedules.pause(workspace, "p.pipeline", True)
    end_engine(workspace)
    with Store.open(workspace) as store:
        store.change_schedule("pipeline", "p.pipeline", paused=False, since="2026-01-01T00:00:00.000Z")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = start_server(root, own_state, port)
    try:
        deadline = time.monotonic() + 40
        while not (runs := request(port, "GET", "runs")["runs"]) or runs[0]["state"] in ("queued", "running"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(runs) == 1 and runs[0]["state"] == "succeeded"
        (entry,) = request(port, "GET", "runtimes/local/pipelines")["pipelines"]
        assert entry["last"]["time"] and entry["workspace"] == "project"
    finally:
        server.kill()
        server.wait(20)
        schedules.remove(workspace, "p.pipeline")
        end_engine(workspace)
