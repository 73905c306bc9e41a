"""The code may be replaced under an engine: what runs goes on, what comes next is run by the new code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import MARK, mark_of

ROOT = Path(__file__).resolve().parent.parent.parent


class Installed:
    """A copy of the package that can be changed, and a workspace where it runs things."""

    def __init__(self, top: Path) -> None:
        self.package = top / "site" / "mlops_ext"
        ignored = shutil.ignore_patterns("__pycache__", "labextension", "examples")
        shutil.copytree(ROOT / "mlops_ext", self.package, ignore=ignored)
        shutil.copytree(ROOT / "schemas", top / "site" / "schemas", ignore=shutil.ignore_patterns("corpus"))
        self.workspace = top / "workspace"
        (self.workspace / ".mlops").mkdir(parents=True)
        line = '{"name": "own", "value": "%s"}'
        (self.workspace / "s.sh").write_text(f'printf \'{line}\\n\' "$OWN" >> "$MLOPS_RESULTS"\n')
        nodes = {"s": {"type": "script", "path": "s.sh"}}
        (self.workspace / "p.pipeline").write_text(json.dumps({"version": 1, "nodes": nodes}))
        self.environment = os.environ | {"PYTHONPATH": str(self.package.parent), "XDG_STATE_HOME": str(top / "xdg")}
        self.environment |= {"MLOPS_IDLE_SECONDS": "60"}

    def command(self, pipeline: str) -> list[str]:
        program = [sys.executable, "-P", "-c", "from mlops_ext.cli import main; main()"]
        return [*program, "run", pipeline, "--no-reuse", "--json"]

    def start(self) -> subprocess.Popen[bytes]:
        """A run whose end is not waited for."""
        nothing = subprocess.DEVNULL
        return subprocess.Popen(
            self.command("p.pipeline"), cwd=self.workspace, env=self.environment, stdout=nothing, stderr=nothing
        )

    def run(self, own: str, pipeline: str = "p.pipeline") -> dict[str, Any]:
        done = subprocess.run(
            self.command(pipeline),
            cwd=self.workspace,
            env=self.environment | {"OWN": own},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stdout, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def engines(self) -> set[int]:
        """The engines that live."""
        marked = reap.marked([{MARK: mark_of(self.workspace / ".mlops")}], reap.table())
        return {one.pid for one in marked if b"local.engine" in Path(f"/proc/{one.pid}/cmdline").read_bytes()}

    def close(self) -> None:
        reap.end_marked([{MARK: mark_of(self.workspace / ".mlops")}], spare=set())


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    own = Installed(tmp_path)
    try:
        yield own
    finally:
        own.close()


def test_an_engine_of_older_code_makes_way(installed: Installed) -> None:
    assert installed.run("1")["state"] == "succeeded"
    first = installed.engines()
    run = installed.run("2")
    assert (run["state"], run["nodes"]["s"]["results"]) == ("succeeded", {"own": "2"})
    assert installed.engines() == first, "the same engine, as nothing has changed"
    with (installed.package / "runtimes" / "local" / "jobs.py").open("a") as file:
        file.write("# another version\n")
    run = installed.run("3")
    assert (run["state"], run["nodes"]["s"]["results"]) == ("succeeded", {"own": "3"}), run["nodes"]["s"]["error"]
    assert len(installed.engines()) == 1 and installed.engines() != first


def test_an_engine_of_older_code_finishes_its_runs_first(installed: Installed) -> None:
    (installed.workspace / "s.sh").write_text("touch begun\nuntil [ -e enough ]; do sleep 0.05; done\n")
    with installed.start() as command:
        while not (installed.workspace / "begun").exists():
            assert command.poll() is None
            time.sleep(0.02)
        first = installed.engines()
        with (installed.package / "states.py").open("a") as file:
            file.write("# another version\n")
        (installed.workspace / "quick.sh").write_text("true\n")
        document = {"version": 1, "nodes": {"s": {"type": "script", "path": "quick.sh"}}}
        (installed.workspace / "q.pipeline").write_text(json.dumps(document))
        assert installed.run("2", "q.pipeline")["state"] == "succeeded"
        assert installed.engines() == first, "what comes while it works is its own work, too"
        (installed.workspace / "enough").touch()
        assert command.wait(60) == 0
    assert installed.run("3", "q.pipeline")["state"] == "succeeded"
    assert len(installed.engines()) == 1 and installed.engines() != first


def test_a_worker_of_another_version_says_so(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as reports:
        subprocess.run(
            [sys.executable, "-P", "-m", "mlops_ext.runtimes.local.worker", "--reports", str(writing)],
            input=b'{"run": "r", "node": "n"}\n',
            pass_fds=[writing],
            timeout=60,
            check=True,
        )
        os.close(writing)
        told = json.loads(reports.readline())["done"]
    assert (told["state"], told["reason"]) == ("failed", "error")
    assert "updated while its engine was at work" in told["error"]["message"]
