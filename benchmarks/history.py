"""Ten thousand runs of ten nodes: how long a page of the list and one run take at the server, and its event loop."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, answered, percentile
from mlops_ext.paths import Workspace, register, workspace_at
from mlops_ext.store import Store
from mlops_ext.submit import cancel, submit

RUNS = 10_000
NODES = 10
ASKED = 200
LIMIT = 0.05
ACTIVE = 20
_PLAN = {
    "version": 1,
    "pipeline": "p.pipeline",
    "pipeline_sha256": "0" * 64,
    "runtime": "local",
    "mode": "in-place",
    "parameters": {},
    "steps": {},
    "edges": [],
}


def fill(workspace: Workspace, runs: int = RUNS, nodes: int = NODES) -> list[str]:
    """A history as engines would have left it, of a hundred pipelines; ids oldest first."""
    dice = random.Random(0)
    ids = [f"{dice.getrandbits(128):032x}" for _ in range(runs)]
    provenance = json.dumps({"distributions": {f"package-{number}": "1.0.0" for number in range(200)}})
    results = json.dumps({f"metric{number}": 0.5 + number / 10 for number in range(8)})
    outputs = json.dumps({"model.joblib": {"sha256": "0" * 64, "bytes": 123_456}})
    with Store.open(workspace) as store:
        connection = store._connection
        with store.transaction():
            connection.executemany(
                "INSERT INTO runs (id, pipeline, pipeline_sha256, runtime, mode, state, parameters, plan, source, "
                "provenance, reuse, created, started, finished, seconds, seq) VALUES (?, ?, ?, 'local', 'in-place', ?, "
                "'{}', ?, '{\"commit\": null, \"dirty\": null}', ?, 1, ?, ?, ?, 12.5, ?)",
                (_run(run_id, number, provenance, nodes) for number, run_id in enumerate(ids)),
            )
            connection.executemany(
                "INSERT INTO node_runs (run, node, position, type, state, reused, attempts, started, finished, "
                "seconds, results, outputs, notebook, log) "
                "VALUES (?, ?, ?, 'notebook', 'succeeded', 0, 1, ?, ?, 1.2, ?, ?, ?, ?)",
                (
                    (
                        run_id,
                        f"node{node}",
                        node,
                        _time(0),
                        _time(1),
                        results,
                        outputs,
                        "n/1/notebook.ipynb",
                        "n/1/log.txt",
                    )
                    for run_id in ids
                    for node in range(nodes)
                ),
            )
            connection.executemany(
                "INSERT INTO events (run, seq, time, node, data) VALUES (?, ?, ?, ?, ?)",
                (
                    (run_id, node * 2 + turn + 1, _time(node), f"node{node}", '{"state": "running"}')
                    for run_id in ids
                    for node in range(nodes)
                    for turn in range(2)
                ),
            )
    register(workspace)
    return ids


def _run(run_id: str, number: int, provenance: str, nodes: int) -> tuple[Any, ...]:
    state = ("succeeded", "succeeded", "succeeded", "failed", "cancelled")[number % 5]
    pipeline = f"folder{number % 10}/p{number % 100}.pipeline"
    moment = _time(number)
    return (run_id, pipeline, "0" * 64, state, json.dumps(_PLAN), provenance, moment, moment, moment, nodes * 2)


def _time(number: int) -> str:
    return f"2026-{number // 100_000 % 12 + 1:02}-{number // 4000 % 28 + 1:02}T{number // 3600 % 24:02}:" + (
        f"{number // 60 % 60:02}:{number % 60:02}.000Z"
    )


@contextmanager
def server(root: Path, extensions: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """A Jupyter server with the extension: its address, and the headers that let one in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--ServerApp.root_dir={root}", f"--port={port}", "--ServerApp.ip=127.0.0.1", "--no-browser"]
    command = [sys.executable, "-m", "jupyter_server", *options, "--IdentityProvider.token=t", "--allow-root"]
    command += [f"--ServerApp.jpserver_extensions={{'mlops_ext': True, {extensions}}}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, headers = f"http://127.0.0.1:{port}/mlops", {"Authorization": "token t"}
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                ask(f"{address}/runs?limit=1", headers)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield address, headers
    finally:
        process.terminate()
        process.wait()


def ask(url: str, headers: dict[str, str]) -> tuple[float, Any]:
    """How long an answer took, and what it is."""
    begin = time.perf_counter()
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as response:  # noqa: S310 - our server
        body = response.read()
    return time.perf_counter() - begin, json.loads(body)


@contextmanager
def workspace_of_many() -> Iterator[Path]:
    """A folder to work in, with a state of its own."""
    with tempfile.TemporaryDirectory() as name:
        before = dict(os.environ)
        os.environ |= {"XDG_STATE_HOME": f"{name}/xdg", "MLOPS_SECRETS_DIR": f"{name}/secrets"}
        folder = Path(name) / "w"
        (folder / ".mlops").mkdir(parents=True)
        try:
            yield folder
        finally:
            os.environ.clear()
            os.environ |= before


def measured(runs: int, asked: int) -> dict[str, list[float]]:
    """Seconds that each kind of question took, asked of a server over a history of so many runs."""
    with workspace_of_many() as folder:
        ids = fill(workspace_at(folder), runs)
        took: dict[str, list[float]] = {"first page": [], "any page": [], "filtered": [], "one run": []}
        with server(folder) as (address, headers):
            following: str | None = None
            for number in range(asked):
                took["first page"].append(ask(f"{address}/runs?limit=50", headers)[0])
                place = "" if following is None else f"&before={following}"
                seconds, page = ask(f"{address}/runs?limit=50{place}", headers)
                took["any page"].append(seconds)
                following = page["next"]
                of = ("state=failed", f"pipeline=folder{number % 10}/p{number % 10}.pipeline", "runtime=local")[
                    number % 3
                ]
                took["filtered"].append(ask(f"{address}/runs?limit=50&{of}", headers)[0])
                took["one run"].append(ask(f"{address}/runs/{ids[number * 37 % runs]}", headers)[0])
    return took


def ten_thousand_runs() -> list[Row]:
    """Over HTTP, with everything that a browser's request goes through."""
    found = measured(RUNS, ASKED)
    return [answered(f"{RUNS:,} runs of {NODES} nodes: {what}", times, LIMIT) for what, times in found.items()]


def loop_delays(active: int, seconds: float) -> list[float]:
    """How late the server's event loop is while so many runs are active, and browsers follow them."""
    with workspace_of_many() as folder:
        (folder / "talk.sh").write_text('for i in $(seq 2000); do echo "line $i"; sleep 0.05; done\n')
        nodes = {name: {"type": "script", "path": "talk.sh"} for name in ("a", "b")}
        path, probe = folder / "p.pipeline", folder / "probe.json"
        path.write_text(json.dumps({"version": 1, "nodes": nodes}))
        os.environ["MLOPS_PROBE"] = str(probe)
        with server(folder, "'benchmarks.probe': True") as (address, headers):
            runs = [submit(None, path) for _ in range(active)]
            while not probe.exists():
                time.sleep(0.05)
            begin, before = time.monotonic(), len(json.loads(probe.read_text()))
            while time.monotonic() - begin < seconds:
                # Two pages that show all of them, and a log that is read as it grows.
                for run_id in runs * 2:
                    ask(f"{address}/runs/{run_id}/events?after=1", headers)
                ask(f"{address}/runs/{runs[0]}/nodes/a/log?offset=0", headers)
                ask(f"{address}/runs?limit=50", headers)
                time.sleep(0.1)
            delays: list[float] = json.loads(probe.read_text())[before:]
            for run_id in runs:
                cancel(workspace_at(folder), run_id)
            with Store.open(workspace_at(folder)) as store:
                while store.active_runs():
                    time.sleep(0.1)
    return delays


def event_loop() -> list[Row]:
    """With twenty active runs."""
    delays = loop_delays(ACTIVE, 20.0)
    slow = percentile(delays, 0.99)
    return [
        Row(
            f"The server's event loop with {ACTIVE} active runs that are followed, p99 of {len(delays)} delays",
            f"{slow * 1000:.1f} ms",
            f"{LIMIT * 1000:.0f} ms",
            f"{slow / LIMIT:.2f}",
            "≤ 1",
            slow <= LIMIT,
        )
    ]
