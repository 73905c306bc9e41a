"""What a person waits for in the browser: a pipeline to be painted, an event to be on the canvas.

A real JupyterLab, a real Chromium. Latency is the time from the moment an event was committed (its own time stamp) to
the moment the node's `data-state` told it in the page; both clocks are this machine's.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.evaluations import EVALUATIONS, filled
from benchmarks.measure import Row, median, percentile
from benchmarks.notebooks import hundred
from benchmarks.proxy import Proxy
from mlops_ext.canonical import dumps

ROOT = Path(__file__).resolve().parent.parent
STEPS = 24


def free_port() -> int:
    """A port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def jupyterlab(folder: Path) -> Iterator[int]:
    """JupyterLab on loopback with `folder` as its root; gives its port."""
    port = free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None",
        "--ServerApp.allow_remote_access=True",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for(f"http://127.0.0.1:{port}/api/status")
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def wait_for(url: str, seconds: float = 60) -> None:
    """Until the URL answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def steps_pipeline(folder: Path) -> Path:
    """A chain of short shell scripts: two events a step, one step at a time."""
    (folder / "step.sh").write_text("sleep 0.4\n")
    ids = [f"s{number:02}" for number in range(STEPS)]
    pipeline = folder / "steps.pipeline"
    pipeline.write_text(
        dumps(
            {
                "version": 1,
                "nodes": {name: {"type": "script", "path": "step.sh", "reuse": "never"} for name in ids},
                "edges": [{"from": a, "to": b} for a, b in itertools.pairwise(ids)],
                "layout": {name: [230 * (place % 6), 90 * (place // 6)] for place, name in enumerate(ids)},
            }
        )
    )
    return pipeline


def drive(action: str, port: int, proxy: Proxy | None = None, **options: object) -> dict[str, object]:
    """Run browser.mjs; a line `CUT` of its asks for the connections to be cut."""
    node = shutil.which("node") or str(Path(sys.executable).parent / "node")
    settings = {"action": action, "url": f"http://127.0.0.1:{port}", **options}
    environment = os.environ | {"CHROMIUM_PATH": os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")}
    process = subprocess.Popen(
        [node, str(ROOT / "benchmarks" / "browser.mjs"), json.dumps(settings)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    last = ""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "CUT" and proxy is not None:
            proxy.cut()
        elif line.strip():
            last = line
    if process.wait() != 0:
        raise RuntimeError(f"browser.mjs {action} failed")
    answer: dict[str, object] = json.loads(last)
    return answer


def numbers(value: object) -> list[float]:
    """A list of numbers out of JSON."""
    assert isinstance(value, list)
    return [float(item) for item in value]


def painted() -> list[Row]:
    """A pipeline of 100 nodes, from the command that opens it until all its nodes and edges are painted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document = json.loads(hundred(folder).read_text())
        nodes, edges = len(document["nodes"]), len(document["edges"])
        with jupyterlab(folder) as port:
            answer = drive("paint", port, pipeline="hundred.pipeline", nodes=nodes, edges=edges, pages=7)
    first, again, (loaded,) = (numbers(answer[key]) for key in ("first", "again", "gzip"))
    return [
        Row("A 100-node pipeline is painted, first one of a page", f"{median(first):.0f} ms", "500 ms",
            f"{median(first) / 500:.2f}", "≤ 1", median(first) <= 500),
        Row("A 100-node pipeline is painted, opened again", f"{median(again):.0f} ms", "500 ms",
            f"{median(again) / 500:.2f}", "≤ 1", median(again) <= 500),
        Row("JavaScript of ours that was loaded when it was painted, gzip", f"{loaded / 1024:.0f} KB", "400 KB",
            f"{loaded / 1024 / 400:.2f}", "≤ 1", loaded <= 400 * 1024),
    ]  # fmt: skip


def latency() -> list[Row]:
    """Commit to canvas, undisturbed and after all connections were cut once in the middle of the run."""
    rows = []
    for cut in (False, True):
        waits: list[float] = []
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            steps_pipeline(folder)
            with jupyterlab(folder) as port:
                proxy = Proxy(port)
                for _ in range(3):
                    answer = drive("latency", proxy.port, proxy, pipeline="steps.pipeline", cut=cut)
                    waits += numbers(answer["waits"])
                proxy.close()
        kind = "after the connection was cut once" if cut else "undisturbed"
        for label, value, target in (("median", median(waits), 250.0), ("p95", percentile(waits, 0.95), 500.0)):
            rows.append(
                Row(f"Commit to canvas, {kind}, {label} of {len(waits)} events", f"{value:.0f} ms", f"{target:.0f} ms",
                    f"{value / target:.2f}", "≤ 1", value <= target)
            )  # fmt: skip
    return rows


def evaluations_drawn() -> list[Row]:
    """A monitor with ten thousand evaluations, from the command that opens it until what is in view is painted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monitor = filled(folder)
        with jupyterlab(folder) as port:
            answer = drive("monitor", port, monitor=monitor, pages=5)
    first, again = (numbers(answer[key]) for key in ("first", "again"))
    what = f"A monitor with {EVALUATIONS:,} evaluations is listed and drawn"
    return [
        Row(f"{what}, {which}", f"{median(times):.0f} ms", "1,000 ms", f"{median(times) / 1000:.2f}", "≤ 1",
            median(times) <= 1000)
        for which, times in (("first one of a page", first), ("opened again", again))
    ]  # fmt: skip
