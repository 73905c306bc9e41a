"""The runner by itself, as the DAG starts it: with real kernels, and with everything that can go wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.runtimes.airflow.worker.stores import run_folder, storage_options
from mlops_ext.runtimes.local import reap
from tests.runtimes.lab import asleep, napping, notebook_document

from . import hostile

CANARY = "canary-5f2c9a/+=?&"
RUN = "mlops__" + uuid.uuid4().hex
"""Of this session of tests alone: a runner ends all processes that bear the mark of its run."""
PATIENCE = 60.0


class Bench:
    """A workspace, a file store, and one node that is run by the runner."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.place = hostile.workspace(top / "w")
        self.files = top / "files"
        self.files.mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.place.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def notebook(self, *cells: Any) -> None:
        self.write("n.ipynb", json.dumps(notebook_document(*cells)))

    def job(self, node: Mapping[str, Any] | None = None, attempt: int = 1, **fields: Any) -> dict[str, Any]:
        """The job that the DAG would hand over."""
        document = {"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb", **(node or {})}}}
        package, _ = hostile.packed(self.place, document)
        for name, content in package.files.items():
            target = self.top / "dags" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        folder = self.top / "dags" / package.dag_id / "pkg" / package.digest[:12]
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return {
            "action": "run",
            "dag": package.dag_id,
            "run": RUN,
            "node": "n",
            "attempt": attempt,
            "package": package.digest,
            "folder": str(folder),
            "pipeline": "x.pipeline",
            "step": manifest["plan"]["steps"]["n"],
            "brings": manifest["nodes"].get("n", []),
            "parameters": {},
            "env": {},
            "secrets": [],
            "inherited": [],
            "files": {"url": self.files.as_uri(), "connection": None},
            **fields,
        }

    def start(self, job: Mapping[str, Any], python: str = sys.executable) -> tuple[subprocess.Popen[bytes], Path]:
        scratch = self.top / f"scratch{time.monotonic_ns()}"
        scratch.mkdir()
        process = subprocess.Popen(
            [python, str(Path(job["folder"]) / "runner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=scratch,
            env={**os.environ, "AIRFLOW_CONN_X": "secret", "JUPYTER_TOKEN": "t", "PLAIN": "kept"},
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps({**job, "scratch": str(scratch)}).encode() + b"\n")
        process.stdin.flush()
        return process, scratch

    def run(self, job: Mapping[str, Any], python: str = sys.executable) -> tuple[dict[str, Any], str]:
        """The outcome, and what was printed."""
        process, scratch = self.start(job, python)
        assert process.stdin is not None and process.stdout is not None
        with process.stdin, process.stdout:
            printed = process.stdout.read().decode("utf-8")
            process.wait(PATIENCE)
        outcome: dict[str, Any] = json.loads((scratch / "outcome.json").read_text())
        return outcome, printed

    def kept(self, job: Mapping[str, Any], name: str) -> Path:
        return self.files / job["dag"] / run_folder(RUN) / "n" / str(job["attempt"]) / name


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    until(lambda: not reap.marked([{"MLOPS_RUN_ID": RUN.removeprefix("mlops__")}], reap.table()), "processes are left")


def until(holds: Callable[[], object], otherwise: str) -> None:
    """Waits for what must come to be, however busy the machine is."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def test_a_notebook(bench: Bench) -> None:
    bench.write("lib.py", "X = 5\n")
    bench.notebook(
        ("n = 1", "parameters"),
        "import lib, os\nprint('value', n, lib.X)\nos.makedirs('out'); open('out/a.txt', 'w').write('abc')\n"
        "hidden = [k for k in os.environ if k.startswith(('AIRFLOW', 'JUPYTER', 'JPY'))]",
        ("rows, text = n * 2, '{{ 1 }}'\nleaked = hidden\nplain = os.environ['PLAIN'] + os.environ['OWN']", "results"),
    )
    job = bench.job({"files": ["lib.py"], "outputs": ["out"]}, parameters={"n": 21}, env={"OWN": "{{ x }}"})
    outcome, printed = bench.run(job)
    assert (outcome["state"], outcome["error"]) == ("succeeded", None)
    assert outcome["results"] == {"rows": 42, "text": "{{ 1 }}", "leaked": [], "plain": "kept{{ x }}"}
    assert list(outcome["outputs"]) == ["out"]
    assert (outcome["cell"], outcome["cells"], outcome["notebook"]) == (3, 3, "notebook.ipynb")
    assert "value 21 5" in printed
    assert bench.kept(job, "outputs/out/a.txt").read_text() == "abc"
    assert json.loads(bench.kept(job, "node.json").read_text()) == outcome
    assert "value 21 5" in bench.kept(job, "log.txt").read_text()
    cells = json.loads(bench.kept(job, "notebook.ipynb").read_text())["cells"]
    assert any("injected-parameters" in cell["metadata"].get("tags", []) for cell in cells)
    # What it made is there for those behind it, and its last success for the day when it is disabled.
    bench.notebook("print(open('out/a.txt').read() * 2)")
    after = bench.job(inherited=[outcome["store"]], attempt=2)
    assert "abcabc" in bench.run(after)[1]
    recalled, _ = bench.run({**bench.job({"disabled": True}), "action": "recall"})
    assert (recalled["state"], recalled["reason"]) == ("skipped", "disabled")


def test_scripts(bench: Bench) -> None:
    bench.write(
        "s.sh", 'echo "$MLOPS_PARAM_X"; cat "$MLOPS_PARAMETERS"; echo \'{"name": "a", "value": 1}\' >> "$MLOPS_RESULTS"'
    )
    bench.write("s.py", "import os, json\nprint(__file__.rsplit('/', 1)[1], os.environ['MLOPS_NODE'])\n")
    outcome, printed = bench.run(bench.job({"type": "script", "path": "s.sh"}, parameters={"x": "$(id) {{ 1 }}"}))
    assert outcome["results"] == {"a": 1}
    assert '$(id) {{ 1 }}\n{"x": "$(id) {{ 1 }}"}' in printed
    assert "s.py n" in bench.run(bench.job({"type": "script", "path": "s.py"}))[1]


@pytest.mark.parametrize(
    ("cells", "fields", "reason", "code"),
    [
        (["x = 1", "1 / 0"], {}, "error", "cell-error"),
        (["import os, signal; os.kill(os.getpid(), signal.SIGKILL)"], {}, "killed", "kernel-died"),
        (["import sys; sys.exit(3)"], {}, "error", "cell-exit"),
        (["x = 1"], {"outputs": ["gone.csv"]}, "output-missing", "output-missing"),
        ([("x = float('nan')", "results")], {}, "error", "result-not-json"),
        (["raise OSError(28, 'No space left on device')"], {}, "disk-full", "disk-full"),
        (["x = 1"], {"kernel": "no-such"}, "error", "unknown-kernel"),
    ],
)
def test_failures_are_told_as_they_are_here(
    bench: Bench, cells: list[Any], fields: dict[str, Any], reason: str, code: str
) -> None:
    bench.notebook(*cells)
    job = bench.job(fields)
    outcome, _ = bench.run(job)
    assert (outcome["state"], outcome["reason"], outcome["error"]["code"]) == ("failed", reason, code)
    assert json.loads(bench.kept(job, "node.json").read_text()) == outcome
    assert bench.kept(job, "log.txt").is_file()
    assert bench.kept(job, "notebook.ipynb").is_file()


def test_a_node_that_takes_too_long(bench: Bench) -> None:
    # The time counts from the start of the kernel on, which takes long where there is much else to do.
    bench.notebook(f"import subprocess\nsubprocess.run(['setsid', 'sleep', '{napping(8)}'])")
    for seconds in (2, 8, 32):
        job = bench.job({"timeout": f"{seconds}s"})
        outcome, _ = bench.run(job)
        assert (outcome["state"], outcome["reason"], outcome["error"]["code"]) == ("failed", "timeout", "timeout")
        assert json.loads(bench.kept(job, "node.json").read_text()) == outcome
        assert bench.kept(job, "log.txt").is_file()
        assert not asleep(8)
        if outcome["cell"] is not None:
            break
    assert outcome["cell"] == 1
    assert bench.kept(job, "notebook.ipynb").is_file()


@pytest.mark.parametrize("how", ["signal", "input", "kill"])
def test_stopping_ends_all_that_was_started(bench: Bench, how: str) -> None:
    bench.notebook(f"import subprocess\nsubprocess.run(['setsid', 'sleep', '{napping(7)}'])")
    job = bench.job()
    process, scratch = bench.start(job)
    assert process.stdin is not None and process.stdout is not None
    until(lambda: asleep(7), "the notebook did not begin")
    if how == "signal":
        process.send_signal(signal.SIGTERM)
    elif how == "kill":
        process.kill()
    else:
        process.stdin.close()
    with process.stdout:
        process.wait(PATIENCE)
    until(lambda: not asleep(7), "what it started outlives it")
    if not process.stdin.closed:
        process.stdin.close()
    if how != "kill":
        outcome = json.loads((scratch / "outcome.json").read_text())
        assert (outcome["state"], outcome["reason"]) == ("failed", "killed")
        assert bench.kept(job, "notebook.ipynb").is_file()


def test_secrets_are_seen_by_the_node_and_nobody_else(bench: Bench) -> None:
    bench.notebook(
        "import os\nvalue = os.environ['KEY']\nprint(value, [value])\nassert len(value) == 18",
        ("shown = value", "results"),
        "raise ValueError(value)",
    )
    job = bench.job(env={"KEY": CANARY}, secrets=[CANARY])
    outcome, printed = bench.run(job)
    assert outcome["results"] == {"shown": "***"}
    assert outcome["error"]["code"] == "cell-error"
    assert CANARY not in json.dumps(outcome) + printed
    for file in bench.files.rglob("*"):
        assert not file.is_file() or CANARY.encode() not in file.read_bytes()


def test_a_worker_without_papermill(bench: Bench, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    bench.notebook("x = 1")
    python = str(tmp_path / "bare" / "bin" / "python")
    outcome, _ = bench.run(bench.job(), python)
    assert outcome["error"]["message"] == f"papermill is not installed in {python}; nodes need it."


def test_a_file_store_that_cannot_be_written(bench: Bench) -> None:
    bench.notebook("x = 1")
    job = bench.job()
    (bench.files / job["dag"]).write_text("in the way of a folder")
    outcome, _ = bench.run(job)
    assert outcome["error"]["code"] == "file-store"
    assert outcome["error"]["message"].startswith(f"The file store {bench.files.as_uri()} cannot be written")


@pytest.mark.parametrize("name", ["mistyped", "mistyped/below", "a-file"])
def test_a_file_store_that_is_not_there_is_not_made(bench: Bench, name: str) -> None:
    bench.notebook("x = 1")
    bench.write("../a-file", "")
    outcome, _ = bench.run(bench.job(files={"url": (bench.top / name).as_uri(), "connection": None}))
    assert outcome["error"]["code"] == "file-store"
    assert outcome["error"]["message"].startswith(f"There is no folder {bench.top / name} on ")
    assert not (bench.top / "mistyped").exists()


def test_a_file_store_that_is_no_folder(bench: Bench) -> None:
    bench.notebook("import os\nos.makedirs('out'); open('out/a.txt', 'w').write('abc')", "print('done')")
    files = {"url": f"local://{bench.files}", "connection": {"login": "", "extra": {}}}
    outcome, _ = bench.run(bench.job({"outputs": ["out"]}, files=files))
    assert outcome["state"] == "succeeded", outcome
    job = bench.job(files=files)
    assert bench.kept(job, "outputs/out/a.txt").read_text() == "abc"
    assert json.loads(bench.kept(job, "node.json").read_text()) == outcome
    assert bench.kept(job, "notebook.ipynb").is_file()
    bench.notebook("assert open('out/a.txt').read() == 'abc'\n1 / 0")
    after = bench.job(attempt=2, inherited=[outcome["store"]], files=files)
    assert bench.run(after)[0]["error"]["message"] == "ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in bench.kept(after, "log.txt").read_text()


def test_what_a_connection_says_to_fsspec() -> None:
    extra = {"endpoint_url": "http://s3", "region_name": "eu", "storage_options": {"anon": False}}
    given = {"login": "k", "password": "s", "extra": extra}
    assert storage_options("s3://b", given) == {
        "key": "k",
        "secret": "s",
        "client_kwargs": {"endpoint_url": "http://s3", "region_name": "eu"},
        "anon": False,
    }
    assert storage_options("abfs://c", {"login": "a", "password": "k"}) == {"account_name": "a", "account_key": "k"}
    assert storage_options("s3://b", None) == {}


def test_folders_of_runs_are_safe_and_unique() -> None:
    assert run_folder("mlops__" + "a" * 32) == "mlops__" + "a" * 32
    ids = [
        "scheduled__2026-11-25T00:00:00+00:00",
        "scheduled__2026-11-25T00:00:00:00:00",
        "..",
        "../x",
        "/",
        "",
        ".last",
    ]
    made = [run_folder(name) for name in ids]
    assert len(set(made)) == len(ids)
    assert all(name[0].isalnum() and "/" not in name for name in made)


def test_a_package_that_was_changed(bench: Bench) -> None:
    bench.notebook("x = 1")
    job = bench.job()
    for file in (Path(job["folder"]) / "files").iterdir():
        file.write_text("import os")
    outcome, _ = bench.run(job)
    assert outcome["error"]["code"] == "package"
    assert "n.ipynb" in outcome["error"]["message"]
