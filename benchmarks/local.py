"""The local runtime against papermill in one process, and against what a pipeline needs at least.

Each workload is run by `mlops run`, from the start of the command to its end, in two
ways: with nothing running before, and with an engine up, as it is beside a server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.measure import PAIRS, Row, busy, median, seconds
from benchmarks.notebooks import burners, chain, layers, sleepers
from mlops_ext.paths import Workspace, find_workspace
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import MARK, Lock, mark_of

BIN = Path(sys.executable).parent
GIGABYTE = 1 << 30
_PAPERMILL = """
import sys, time
import papermill
began = time.perf_counter()
for number in range(int(sys.argv[1])):
    papermill.execute_notebook(f"n{number}.ipynb", f"out{number}.ipynb", progress_bar=False)
print(time.perf_counter() - began)
"""


def quietly(*command: str, folder: Path) -> str:
    """What a command prints; what it says beside is shown only if it fails."""
    environment = os.environ | {"NO_COLOR": "1"}
    # What pip installs has its bytecode; a checkout shall not be compiled by every process anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def run_pipeline(pipeline: Path, *options: str) -> str:
    """`mlops run` of a pipeline."""
    return quietly(str(BIN / "mlops"), "run", pipeline.name, *options, folder=pipeline.parent)


def end_engine(pipeline: Path) -> None:
    """Nothing of the pipeline's workspace runs any more."""
    workspace = find_workspace(pipeline)
    reap.end_marked([{MARK: mark_of(workspace.state)}], spare=())
    _until_free(workspace)


def _until_free(workspace: Workspace) -> None:
    while not Lock.is_free(workspace.lock):
        time.sleep(0.01)


def both_ways(make: Callable[[Path], Path], rival: Callable[[Path], float] | None = None) -> list[tuple[float, ...]]:
    """Seconds with nothing running before, with an engine up, and the rival's: one of each in turn."""
    times: list[list[float]] = [[], [], []]
    with tempfile.TemporaryDirectory() as name:
        pipeline = make(Path(name))
        run_pipeline(pipeline)  # makes the workspace
        try:
            for _ in range(PAIRS):
                end_engine(pipeline)
                times[0].append(seconds(lambda: run_pipeline(pipeline, "--no-reuse")))
                times[1].append(seconds(lambda: run_pipeline(pipeline, "--no-reuse")))
                if rival is not None:
                    times[2].append(rival(pipeline.parent))
        finally:
            end_engine(pipeline)
    return [tuple(each) for each in times]


def _rows(what: str, times: list[tuple[float, ...]], ideal: float, first: float, second: float) -> list[Row]:
    """A line for each way, with the time that the work needs at least and what was promised."""
    ways = (("nothing running before", times[0], first), ("engine up", times[1], second))
    return [
        Row(
            f"{what}: {way}",
            f"{median(measured):.2f} s",
            f"{ideal:.2f} s",
            f"{median(measured) / ideal:.2f}",
            f"≤ {target:.1f} s",
            median(measured) <= target,
        )
        for way, measured, target in ways
    ]


def chain_of_ten() -> list[Row]:
    """Ten one-cell notebooks one after the other, and papermill in one process, its imports excluded."""

    def papermill(folder: Path) -> float:
        return float(quietly(sys.executable, "-c", _PAPERMILL, "10", folder=folder))

    cold, warm, rival = both_ways(chain, papermill)
    fastest = min(rival)
    return [
        Row(
            f"Chain of ten one-cell notebooks: {way}, against the fastest run of papermill in one process",
            f"{median(times):.2f} s",
            f"{fastest:.2f} s",
            f"{median(times) / fastest:.2f}",
            f"≤ {target} s and ≤ 1/{part}",
            median(times) <= target and median(times) <= fastest / part,
        )
        for way, times, target, part in (("nothing running before", cold, 3.0, 3), ("engine up", warm, 2.3, 4))
    ]


def ten_sleepers() -> list[Row]:
    """A root, ten notebooks that sleep 2 s, a join; as many at once as is the default."""
    return _rows("A root, ten notebooks that sleep 2 s, a join", both_ways(sleepers), 2.4, 4.0, 3.6)


def eight_burners() -> list[Row]:
    """Eight notebooks without edges that each need 2 s of one core."""
    ideal = 8 * 2.0 / len(os.sched_getaffinity(0))
    what = "Eight notebooks of 2 s CPU each"
    return _rows(what, both_ways(burners), ideal, ideal + 1.5, ideal + 1.5)


def hundred_layered() -> list[Row]:
    """A hundred trivial notebooks in layers, with one and a half edges a node."""
    return _rows("100 trivial notebooks, layered, 1.5 edges a node", both_ways(layers), 4.5, 9.0, 7.0)


def cost() -> list[Row]:
    """CPU of one trivial notebook, of all processes of the machine: needs a quiet one."""

    def papermill(folder: Path) -> float:
        return (
            busy(lambda: quietly(sys.executable, "-c", _PAPERMILL, "10", folder=folder))
            - busy(lambda: quietly(sys.executable, "-c", _PAPERMILL, "0", folder=folder))
        ) / 10

    ours, rival = [], []
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
        ten, none = chain(Path(name)), chain(Path(other), 1)
        try:
            for pipeline in (ten, none):
                run_pipeline(pipeline)
            for _ in range(PAIRS):
                # Nine notebooks more cost what nine notebooks cost.
                ours.append(
                    (busy(lambda: run_pipeline(ten, "--no-reuse")) - busy(lambda: run_pipeline(none, "--no-reuse"))) / 9
                )
                rival.append(papermill(Path(name)))
        finally:
            for pipeline in (ten, none):
                end_engine(pipeline)
    return [
        Row(
            "CPU of a trivial notebook, all processes, against papermill in one process",
            f"{median(ours):.3f} s",
            f"{median(rival):.3f} s",
            f"{median(ours) / median(rival):.2f}",
            "≤ 0.15 s",
            median(ours) <= 0.15,
        )
    ]


def unchanged() -> list[Row]:
    """A pipeline of which nothing has changed since its last run."""
    return [_unchanged(10, 0.6), _unchanged(100, 1.0)]


def _unchanged(count: int, target: float) -> Row:
    with tempfile.TemporaryDirectory() as name:
        pipeline = chain(Path(name), 10) if count == 10 else layers(Path(name))
        run_pipeline(pipeline)
        times, reused = [], True
        for _ in range(PAIRS):
            end_engine(pipeline)
            times.append(seconds(lambda: run_pipeline(pipeline)))
            nodes = json.loads(run_pipeline(pipeline, "--json"))["nodes"].values()
            reused = reused and all(node["reused"] for node in nodes)
        end_engine(pipeline)
    return Row(
        f"Unchanged run of {count} notebooks by the command, nothing running before",
        f"{median(times):.2f} s" if reused else "not reused",
        "",
        "",
        f"≤ {target:.1f} s",
        reused and median(times) <= target,
    )


def gigabyte() -> list[Row]:
    """A node that declares 1 GB which has not changed: what command and engine read, all of Python's own included."""
    times, shares = [], []
    with tempfile.TemporaryDirectory() as name:
        pipeline = _of_large_input(Path(name))
        time.sleep(2.1)  # what was changed a moment ago is not believed to be the same
        run_pipeline(pipeline)
        try:
            for _ in range(PAIRS):
                end_engine(pipeline)
                before = _bytes_read([os.getpid()])
                times.append(seconds(lambda: run_pipeline(pipeline)))
                own = _bytes_read([os.getpid()]) - before
                engine = reap.marked([{MARK: mark_of(find_workspace(pipeline).state)}], reap.table())
                shares.append((own + _bytes_read(process.pid for process in engine)) / GIGABYTE)
            rival = seconds(lambda: quietly("sha256sum", "large.bin", folder=pipeline.parent))
        finally:
            end_engine(pipeline)
    return [
        Row(
            "Unchanged run over an input of 1 GB by the command: bytes read, against the input",
            f"{median(shares) * 1024:.0f} MB in {median(times):.2f} s",
            f"1024 MB (to read it: {rival:.2f} s)",
            f"{median(shares):.3f}",
            "≤ 0.05",
            median(shares) <= 0.05,
        )
    ]


def _of_large_input(folder: Path) -> Path:
    """A script that declares a file of 1 GB."""
    with (folder / "large.bin").open("wb") as file:
        for _ in range(1024):
            file.write(os.urandom(GIGABYTE // 1024))
    (folder / "s.py").write_text("print(1)\n")
    node = {"type": "script", "path": "s.py", "files": ["large.bin"]}
    pipeline = folder / "p.pipeline"
    pipeline.write_text(json.dumps({"version": 1, "nodes": {"s": node}}))
    return pipeline


def _bytes_read(pids: Iterable[int]) -> int:
    """What these processes have read, with their children that have ended."""
    return sum(int(Path(f"/proc/{pid}/io").read_text().split()[1]) for pid in pids)
