"""The n-th operation on a disk fails, for n = 1, 2, … until a run goes by untouched: an error, and no loss.

And the clock on the wall jumps.

A small library counts the operations of the engine and all below it on the files
of the state, those of SQLite too, and lets one fail (or all from one on, for a while).
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mlops_ext.runtimes.local.lock import Lock
from tests.chaos.arena import Arena
from tests.chaos.world import check_world

SOURCE = Path(__file__).with_name("faults.c")
SMALL = "small.pipeline"
FOLLOWING = 40
"""So many faults share a workspace: each check then looks at all that went before."""
NEVER = 1 << 62
FULL_SECONDS = 1.2


class Disk:
    """The disk of an arena, as it is told to behave."""

    def __init__(self, top: Path, library: Path, name: str) -> None:
        self._plan = top / f"{name}-plan"
        self._plan.write_bytes(bytes(40))
        self.variables = {
            "LD_PRELOAD": str(library),
            "CHAOS_PLAN": str(self._plan),
            "CHAOS_ROOT": str(top / name / ".mlops"),
        }
        self.arena = Arena(top / name, self.variables)
        self.behave()

    def close(self) -> None:
        self.behave()
        self.arena.close()

    def behave(self, first: int = NEVER, last: int = NEVER, error: int = 0) -> None:
        """The operations from `first` until before `last` fail; counted from now."""
        with self._plan.open("r+b") as file:
            file.write(struct.pack("=4Q", 0, first, last, error))

    def set_clock(self, seconds: int) -> None:
        """By how much the clock on the wall is wrong from now on."""
        with self._plan.open("r+b") as file:
            file.seek(32)
            file.write(struct.pack("=q", seconds))

    @property
    def operations(self) -> int:
        """How many there were."""
        return int(struct.unpack_from("=Q", self._plan.read_bytes())[0])

    def run(self, first: int, last: int, error: int, name: str = "p.pipeline", *, ready: bool = True) -> list[str]:
        """What is wrong after a run on a disk that behaves so, with an engine that is up before or not."""
        if ready:
            self.arena.ready()
        self.behave(first, last, error)
        run_id = self.arena.submit(name)
        if last == NEVER:
            time.sleep(FULL_SECONDS)
            with self._plan.open("r+b") as file:
                file.seek(8)
                file.write(struct.pack("=Q", NEVER))
        run = self.arena.over(run_id)
        wrong = check_world(self.arena.workspace)
        reasons = {node["reason"] for node in run["nodes"].values() if node["state"] == "failed"}
        true = {"disk-full"} if error == errno.ENOSPC else {"error", "killed"}
        if run["state"] != "succeeded" and not (run["state"] == "failed" and reasons <= true and reasons):
            wrong.append(f"run {run_id} is {run['state']}, {[n['error'] for n in run['nodes'].values()]}")
        return [f"{os.strerror(error)} at {first}: {sentence}" for sentence in wrong]


@pytest.fixture(scope="module")
def library(surroundings: Path) -> Path:
    """The one that counts."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    path = surroundings / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", path, SOURCE, "-ldl"], check=True)
    return path


@pytest.fixture(scope="module")
def disk(surroundings: Path, library: Path) -> Iterator[Disk]:
    own = Disk(surroundings, library, "disk")
    try:
        yield own
    finally:
        own.close()


def operations(disk: Disk) -> int:
    """How many one run needs."""
    assert disk.run(NEVER, NEVER - 1, errno.EIO) == []
    return disk.operations


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.timeout(300)
def test_some_operations(disk: Disk, error: int) -> None:
    whole = operations(disk)
    assert whole > 50, "they are counted"
    for number in sorted(random.Random(error).sample(range(1, whole), 4)):
        assert disk.run(number, number + 1, error) == []
    assert disk.run(whole // 2, NEVER, error) == []


def test_a_clock_that_jumps(disk: Disk) -> None:
    disk.behave()
    disk.arena.ready()
    day = 86400
    run_id = disk.arena.submit()
    while disk.arena.lab.run(run_id)["state"] in ("queued", "running"):
        for wrong in (-day, 365 * day, 0, 3600, -3600):
            disk.set_clock(wrong)
            time.sleep(0.03)
    disk.set_clock(0)
    run = disk.arena.over(run_id)
    assert run["state"] == "succeeded", run["error"]
    for entry in (run, *run["nodes"].values()):
        assert 0 <= entry["seconds"] < 60, "how long it took is not read from the clock on the wall"
    disk.arena.check()


@pytest.mark.slow
@pytest.mark.parametrize(("last", "pace"), [("once", 1), ("for a while", 10)])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.timeout(1800)
def test_every_operation(surroundings: Path, library: Path, error: int, last: str, pace: int) -> None:
    """Of a script and a notebook; where the disk recovers only after a while, from every so manieth on."""
    number, wrong = 1, []
    through = False
    while not through:
        disk = Disk(surroundings, library, f"{error}-{pace}-{number}")
        try:
            for _ in range(FOLLOWING):
                wrong += disk.run(number, number + 1 if last == "once" else NEVER, error, SMALL)
                through = disk.operations < number
                number += pace
                if through or len(wrong) > 10:
                    break
        finally:
            disk.close()
        assert wrong == []
    assert number > 50


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("numbers", [(5, 17), pytest.param(range(1, FOLLOWING + 1), marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_the_start_of_an_engine(surroundings: Path, library: Path, numbers: Sequence[int], error: int) -> None:
    """Whoever waits starts another engine if the first could not begin."""
    disk = Disk(surroundings, library, f"start-{error}-{len(numbers)}")
    try:
        wrong = []
        for number in numbers:
            if not Lock.is_free(disk.arena.workspace.lock):
                disk.arena.end_engine(signal.SIGTERM)
            wrong += disk.run(number, number + 1, error, SMALL, ready=False)
        assert wrong == []
    finally:
        disk.close()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("count", [3, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.timeout(900)
def test_a_submission(surroundings: Path, library: Path, count: int, error: int) -> None:
    """Accepted and run, or refused in a sentence with nothing left of it."""
    disk = Disk(surroundings, library, f"submission-{error}-{count}")
    # The engine's own operations are not counted.
    plan = surroundings / f"command-{error}-{count}"
    arena, variables = disk.arena, disk.variables | {"CHAOS_PLAN": str(plan)}
    command = [
        sys.executable,
        "-P",
        "-c",
        "import sys; from mlops_ext.cli import main; sys.exit(main())",
        "run",
        SMALL,
        "--detach",
    ]

    def submit(number: int) -> int:
        plan.write_bytes(struct.pack("=4Qq", 0, number, number + 1, error, 0))
        arena.ready()
        before = {path.name for path in arena.workspace.runs.iterdir()} if arena.workspace.runs.exists() else set()
        given = os.environ | variables
        done = subprocess.run(command, cwd=arena.folder.path, env=given, capture_output=True, text=True, timeout=60)
        new = {path.name for path in arena.workspace.runs.iterdir()} - before
        told = f"{os.strerror(error)} at {number}: {done.returncode} {done.stdout}{done.stderr}"
        assert done.returncode == 0 or "mlops: The disk " in done.stderr, told
        assert len(new) == (done.returncode == 0), told
        assert all(arena.over(run_id)["state"] == "succeeded" for run_id in new), told
        return int(struct.unpack_from("=Q", plan.read_bytes())[0])

    try:
        whole = submit(NEVER)
        assert whole > 10, "they are counted"
        numbers = range(1, whole + 1)
        for number in sorted(random.Random(error).sample(numbers, min(count, whole))):
            submit(number)
        arena.check()
    finally:
        disk.close()
