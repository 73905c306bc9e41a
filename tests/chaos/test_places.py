"""Killed at every named place: the next process that comes by is killed there, and all promises hold."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mlops_ext.failpoints import VARIABLE
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.runtimes.local.nursery import can_fork
from mlops_ext.store.db import migrations
from mlops_ext.submit import delete
from tests.chaos.arena import Arena
from tests.runtimes.airflow.test_submission import PLACES as ON_THE_WAY_TO_AIRFLOW
from tests.runtimes.lab import asleep, napping

PACKAGE = Path(__file__).resolve().parent.parent.parent / "mlops_ext"
AT_START = ("locked", "leftovers-ended")
IN_A_RUN = (
    "before-commit", "after-commit", "taking-on", "recovered", "attempt-committed", "prepared", "worker-forked",
    "worker-started", "job-given", "job-taken", "notebook-written", "notebook-in-place", "node-over", "outcome-told",
    "outputs-captured", "outcome-committed",
)  # fmt: skip
IN_A_REUSE = ("outputs-restored", "reuse-committed")
IN_A_CANCEL = ("stopping", "cancelled")
IN_A_SUBMIT = ("snapshot-taken", "run-recorded")
ELSEWHERE = ("worker-killed", "leaving", "migrated")


def test_each_place_has_one_name_and_a_test() -> None:
    found = Counter(
        name for path in PACKAGE.rglob("*.py") for name in re.findall(r'\bfailpoint\("([^"]+)"\)', path.read_text())
    )
    in_runs = (*AT_START, *IN_A_RUN, *IN_A_REUSE, *IN_A_CANCEL, *IN_A_SUBMIT)
    tested = Counter([*in_runs, *ELSEWHERE, *ON_THE_WAY_TO_AIRFLOW])
    assert found == tested


@pytest.mark.parametrize("place", IN_A_RUN)
def test_in_a_run(shared: Arena, place: str) -> None:
    if place == "worker-forked" and not can_fork():
        pytest.skip("workers are started here, not forked")
    armed = shared.arm(place)
    shared.ready()
    run = shared.over(shared.submit())
    assert not armed.exists(), "it came by there"
    assert run["state"] == "succeeded", run["error"]
    shared.check()


@pytest.mark.parametrize("place", AT_START)
def test_at_the_start_of_an_engine(shared: Arena, place: str) -> None:
    if not Lock.is_free(shared.workspace.lock):
        shared.end_engine(signal.SIGTERM)
    armed = shared.arm(place)
    run_id = submitted(shared)
    run = shared.over(run_id)
    assert not armed.exists()
    assert run["state"] == "succeeded", run["error"]
    shared.check()


@pytest.mark.parametrize("place", IN_A_REUSE)
def test_in_a_reuse(shared: Arena, place: str) -> None:
    """What was put back and not committed is put back again, and nothing half lies about."""
    shared.folder.write("plain.py", "open('plain.csv', 'w').write('made')\n")
    node = {"type": "script", "path": "plain.py", "outputs": ["plain.csv"]}
    shared.folder.pipeline({"plain": node}, name="plain.pipeline")
    shared.ready()
    first = shared.over(shared.submit("plain.pipeline"))
    made = shared.folder.path / "plain.csv"
    made.unlink()
    armed = shared.arm(place)
    run = shared.over(shared.submit("plain.pipeline", reuse=True))
    assert not armed.exists()
    assert (run["state"], run["nodes"]["plain"]["reused"], made.read_text()) == ("succeeded", True, "made")
    assert not list(shared.folder.path.glob(".*partial"))
    # What the ledger doesn't tell of shall not be looked for in it.
    for run_id in (first["id"], run["id"]):
        delete(shared.workspace, run_id)
    shared.check()


@pytest.mark.parametrize("place", IN_A_CANCEL)
def test_in_a_cancel(shared: Arena, place: str) -> None:
    shared.folder.write("long.sh", f"setsid sleep {napping(1)} &\nsleep {napping(2)}\n")
    shared.folder.pipeline({"long": {"type": "script", "path": "long.sh"}}, name="long.pipeline")
    shared.ready()
    run_id = shared.submit("long.pipeline")
    shared.lab.node_running(run_id, "long")
    armed = shared.arm(place)
    shared.lab.cancel(run_id)
    run = shared.over(run_id)
    assert not armed.exists()
    assert (run["state"], run["nodes"]["long"]["state"]) == ("cancelled", "cancelled")
    shared.check()
    # What the ledger doesn't tell of shall not be looked for in it.
    delete(shared.workspace, run_id)


@pytest.mark.parametrize("place", IN_A_SUBMIT)
def test_in_a_submit(shared: Arena, place: str) -> None:
    armed = shared.arm(place)
    before = known(shared)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        submitted(shared)
    assert caught.value.returncode == -signal.SIGKILL and not armed.exists()
    new = known(shared) - before
    assert len(new) == (place == "run-recorded"), "a run is accepted as soon as it is recorded, and not before"
    assert all(shared.over(run_id)["state"] == "succeeded" for run_id in new)
    shared.check()


def test_after_a_worker_was_killed(shared: Arena) -> None:
    shared.folder.write("once.sh", f'[ "$MLOPS_ATTEMPT" != 1 ] || sleep {napping(3)}\n')
    shared.folder.pipeline({"once": {"type": "script", "path": "once.sh", "retries": 1}}, name="once.pipeline")
    shared.ready()
    run_id = shared.submit("once.pipeline")
    shared.lab.until(run_id, lambda _: asleep(3) != [])
    armed = shared.arm("worker-killed")
    (worker,) = shared.victims()["worker"]
    reap.send(worker, signal.SIGKILL)
    assert shared.over(run_id)["state"] == "succeeded"
    assert not armed.exists() and not asleep(3)
    delete(shared.workspace, run_id)
    shared.check()


def test_in_letting_go(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    armed = arena.arm("leaving")
    arena.start()
    deadline = time.monotonic() + 20
    while armed.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert arena.over(arena.submit())["state"] == "succeeded"
    arena.check()


@pytest.mark.parametrize("passes", range(len(migrations())))
def test_in_a_migration(tmp_path: Path, passes: int) -> None:
    (tmp_path / "armed").mkdir()
    (tmp_path / "armed" / "migrated").write_text(str(passes))
    opening = "import sys; from mlops_ext.store.db import connect; from pathlib import Path; connect(Path(sys.argv[1]))"
    command = [sys.executable, "-P", "-c", opening, str(tmp_path / "state.sqlite")]
    environment = os.environ | {VARIABLE: str(tmp_path / "armed")}
    assert subprocess.run(command, env=environment).returncode == -signal.SIGKILL
    assert subprocess.run(command, env=environment).returncode == 0


def known(arena: Arena) -> set[str]:
    """The runs that a list shows."""
    with arena.lab.store() as store:
        return {run["id"] for run in store.runs(limit=1000)[0]}


def submitted(arena: Arena) -> str:
    """A run that a command of its own has started, which may be struck, too."""
    command = [sys.executable, "-P", "-c", "from mlops_ext.cli import main; main()", "run", "p.pipeline", "--detach"]
    environment = os.environ | {VARIABLE: str(arena.armed)}
    before = known(arena)
    subprocess.run(command, cwd=arena.folder.path, env=environment, check=True, capture_output=True, timeout=60)
    (run_id,) = known(arena) - before
    return run_id
