"""Packages for Airflow: how fast they are made and read, and what the runner costs beside papermill itself."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.measure import Row, median, seconds
from benchmarks.notebooks import write_notebook, write_pipeline
from mlops_ext.compile import Plan, compile_plan
from mlops_ext.parse import parse
from mlops_ext.paths import workspace_at
from mlops_ext.runtimes.airflow import folder
from mlops_ext.runtimes.airflow.package import Package, build
from mlops_ext.runtimes.registry import Auth, Delivery, Runtime

AIRFLOW = Path(__file__).resolve().parent.parent / ".airflow" / "bin" / "python"
NODES = 1000
RUNS = 10
_IMPORT = """
import sys, time
from pathlib import Path
from airflow.dag_processing.dagbag import DagBag
began = time.perf_counter()
bag = DagBag(sys.argv[1], bundle_path=Path(sys.argv[1]), bundle_name="b")
print(time.perf_counter() - began, sum(len(dag.tasks) for dag in bag.dags.values()), bag.import_errors, sep="|")
"""


def packages() -> list[Row]:
    """A thousand nodes: from the file's bytes to a folder of DAGs, and Airflow's own import of that."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        (top / "w" / ".mlops").mkdir(parents=True)
        write_notebook(top / "w" / "step.ipynb", "pass")
        ids = [f"n{number}" for number in range(NODES)]
        edges = [(ids[number - step], ids[number]) for number in range(10, NODES) for step in (9, 10)]
        pipeline = top / "w" / "large.pipeline"
        write_pipeline(pipeline, dict.fromkeys(ids, "step.ipynb"), sorted(edges))
        times = []
        for number in range(RUNS):
            dags = top / f"dags{number}"
            dags.mkdir()
            times.append(seconds(partial(_deliver, pipeline, top, dags)))
        wrote = median(times)
        imported = [_import(top / "dags0", top) for _ in range(3)] if AIRFLOW.exists() else []
    rows = [Row(f"Compile and write the DAG of {NODES} nodes", f"{wrote:.2f} s", "", "", "< 1 s", wrote < 1)]
    what = "Airflow's own import of that DAG"
    if imported:
        took = median(imported)
        rows.append(Row(what, f"{took:.2f} s", "", "", "< 2 s", took < 2))
    else:
        # What was not measured is not met.
        rows.append(Row(what, "not measured", "", "", "< 2 s", False))
    return rows


def _deliver(pipeline: Path, top: Path, dags: Path) -> None:
    folder.deliver(str(dags), _package(pipeline, top))


def runner() -> list[Row]:
    """CPU of the runner with one small notebook, less that of `python -m papermill` with it."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        (top / "w" / ".mlops").mkdir(parents=True)
        write_notebook(top / "w" / "step.ipynb", "print(1)")
        pipeline = top / "w" / "small.pipeline"
        write_pipeline(pipeline, {"n": "step.ipynb"}, [])
        package = _package(pipeline, top)
        (top / "dags").mkdir()
        folder.deliver(str(top / "dags"), package)
        pairs = []
        for number in range(RUNS):
            papermill = _cpu(partial(_papermill, top, number))
            ours = _cpu(partial(_run, top, package, number))
            pairs.append((ours, papermill))
    more = median([ours - rival for ours, rival in pairs])
    return [
        Row(
            "CPU of the runner with a one-cell notebook, less that of `python -m papermill`",
            f"{median([ours for ours, _ in pairs]):.2f} s",
            f"{median([rival for _, rival in pairs]):.2f} s",
            f"{more:+.2f} s",
            "≤ +0.3 s",
            more <= 0.3,
        )
    ]


def _package(pipeline: Path, top: Path) -> Package:
    data = pipeline.read_bytes()
    found = parse(data).pipeline
    assert found is not None
    runtime = Runtime(
        "prod", "", "http://localhost", Auth("none"), True, None, Delivery("folder"), (top / "files").as_uri()
    )
    plan: Plan = compile_plan(
        found,
        path=pipeline.name,
        sha256=hashlib.sha256(data).hexdigest(),
        runtime="prod",
        mode="isolated",
        bind=False,
    )
    return build(workspace_at(pipeline.parent), replace(plan), found, runtime)


def _import(dags: Path, home: Path) -> float:
    environment = {**os.environ, "AIRFLOW_HOME": str(home / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(
        [str(AIRFLOW), "-c", _IMPORT, str(dags)], capture_output=True, text=True, env=environment, check=True
    )
    took, tasks, errors = done.stdout.splitlines()[-1].split("|")
    assert (int(tasks), errors) == (NODES, "{}"), done.stdout
    return float(took)


def _papermill(top: Path, number: int) -> None:
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "step.ipynb", f"../out{number}.ipynb"]
    subprocess.run(command, cwd=top / "w", check=True, capture_output=True)


def _run(top: Path, package: Package, number: int) -> None:
    place = top / "dags" / package.dag_id / "pkg" / package.digest[:12]
    manifest = json.loads((place / "manifest.json").read_bytes())
    scratch = top / f"scratch{number}"
    scratch.mkdir()
    job = {
        "action": "run",
        "dag": package.dag_id,
        "run": f"r{number}",
        "node": "n",
        "attempt": 1,
        "package": package.digest,
        "folder": str(place),
        "pipeline": "small.pipeline",
        "step": manifest["plan"]["steps"]["n"],
        "brings": [],
        "parameters": {},
        "env": {},
        "secrets": [],
        "inherited": [],
        "files": {"url": (top / "files").as_uri(), "connection": None},
        "scratch": str(scratch),
    }
    command = [sys.executable, str(place / "runner.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=scratch) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
        process.stdout.read()
    assert process.returncode == 0


def _cpu(action: Callable[[], object]) -> float:
    """CPU of all processes that it starts and that have ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
