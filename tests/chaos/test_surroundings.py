"""What lies outside of the engine changes: its folder goes, others use the same workspace."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlops_ext import paths
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.submit import wake
from tests.chaos.arena import Arena
from tests.chaos.server import Server
from tests.runtimes.lab import asleep, napping


def test_a_folder_that_vanishes(arena: Arena) -> None:
    arena.folder.write("long.sh", f"setsid sleep {napping(1)} &\nsleep {napping(2)}\n")
    arena.folder.pipeline({"long": {"type": "script", "path": "long.sh"}}, name="long.pipeline")
    arena.ready()
    run_id = arena.submit("long.pipeline")
    arena.lab.until(run_id, lambda _: len(asleep(1, 2)) == 2)
    engine = arena.lab.engine()
    shutil.rmtree(arena.workspace.state)
    deadline = time.monotonic() + 20
    while reap.alive(engine) or asleep(1, 2):
        assert time.monotonic() < deadline, "it ends, with all that it started"
        time.sleep(0.05)
    arena.workspace.state.mkdir()
    assert arena.over(arena.submit())["state"] == "succeeded", "and a new one begins with nothing"


def test_a_file_system_without_locks(tmp_path: Path, surroundings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is remembered lies with the user's own state then, and pipelines run as elsewhere."""
    monkeypatch.setattr(paths, "_file_system", lambda _: "nfs4")
    arena = Arena(tmp_path / "remote")
    try:
        assert arena.workspace.state.is_relative_to(surroundings / "xdg")
        assert arena.over(arena.submit())["state"] == "succeeded"
        arena.check()
        assert not list(arena.workspace.folder.rglob("*.sqlite"))
    finally:
        arena.close()


def test_several_commands_at_one_workspace(arena: Arena) -> None:
    chance = random.Random(4)
    run = [sys.executable, "-P", "-c", "from mlops_ext.cli import main; main()", "run", "p.pipeline", "--detach"]
    arena.ready()
    commands: list[subprocess.Popen[bytes]] = []
    for number in range(8):
        commands.append(
            subprocess.Popen(run, cwd=arena.folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        time.sleep(chance.uniform(0.0, 0.3))
        if number in (2, 5) and not Lock.is_free(arena.workspace.lock):
            os.kill(arena.lab.engine().pid, signal.SIGKILL)
            # Whoever comes next starts an engine; at the same moment all of them do.
            for _ in range(4):
                wake(arena.workspace)
    assert [command.wait(60) for command in commands] == [0] * 8
    with arena.lab.store() as store:
        runs = [run["id"] for run in store.runs(limit=100)[0]]
    assert len(runs) == 8
    assert {arena.over(run_id)["state"] for run_id in runs} == {"succeeded"}
    arena.check()


def test_two_servers_at_one_workspace(arena: Arena) -> None:
    """Both accept runs and see those of the other; one goes on alone."""
    first, second = Server(arena), Server(arena)
    try:
        first.start()
        second.start()
        with ThreadPoolExecutor(6) as asking:
            answers = [asking.submit(server.submit) for server in (first, second) * 3]
            runs = {answer.result() for answer in answers}
        assert len(runs) == 6 and None not in runs
        assert first.known() == second.known() == runs
        first.kill()
        os.kill(arena.lab.engine().pid, signal.SIGKILL)
        for run_id in runs:
            assert second.followed(str(run_id))["state"] == "succeeded"
    finally:
        first.kill()
        second.kill()
    arena.check()
