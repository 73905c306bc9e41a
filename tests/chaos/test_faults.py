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
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.arena import Arena
from tests.chaos.world import check_world

SOURCE = Path(__file__).with_name("faults.c")
NEVER = 1 << 62
FULL_SECONDS = 1.2


class Disk:
    """The disk of an arena, as it is told to behave."""

    def __init__(self, arena: Arena, plan: Path) -> None:
        self.arena = arena
        self._plan = plan

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

    def run(self, first: int, last: int, error: int) -> list[str]:
        """What is wrong after a run on a disk that behaves so."""
        self.arena.ready()
        self.behave(first, last, error)
        run_id = self.arena.submit()
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
def disk(surroundings: Path) -> Iterator[Disk]:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler here")
    library, plan = surroundings / "faults.so", surroundings / "plan"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    plan.write_bytes(bytes(40))
    variables = {"LD_PRELOAD": library, "CHAOS_PLAN": plan, "CHAOS_ROOT": surroundings / "disk" / ".mlops"}
    arena = Arena(surroundings / "disk", {name: str(value) for name, value in variables.items()})
    own = Disk(arena, plan)
    own.behave()
    try:
        yield own
    finally:
        own.behave()
        arena.close()


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
@pytest.mark.parametrize("last", ["once", "for a while"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.timeout(3600)
def test_every_operation(disk: Disk, error: int, last: str) -> None:
    number = 1
    while True:
        assert disk.run(number, number + 1 if last == "once" else NEVER, error) == []
        if disk.operations < number:
            break
        number += 1
    assert number > 50
