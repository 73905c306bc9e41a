"""kill -9 of anything ends in a state that is told truly, and nothing is left over."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from mlops_ext.errors import Conflict, NotFound
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.submit import delete, wake

from .lab import Folder, Lab, asleep, command, napping


def ledger(folder: Folder) -> list[str]:
    """What the nodes themselves wrote down of their starts."""
    path = folder.path / "ledger"
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def until_written(folder: Folder, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(ledger(folder)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start(folder: Folder, seconds: int) -> str:
    write = (
        "import os\nwith open('ledger', 'a') as f:\n"
        "    f.write(os.environ['MLOPS_NODE'] + ':' + os.environ['MLOPS_ATTEMPT'] + chr(10))"
    )
    folder.notebook("quick.ipynb", write, ("x = 1", "results"))
    folder.notebook(
        "slow.ipynb",
        f"{write}\nimport subprocess, time\nsubprocess.Popen(['setsid', 'sleep', '{napping(1)}'])\n"
        f"subprocess.Popen(['nohup', 'sleep', '{napping(2)}'])\ntime.sleep({seconds})",
        ("y = 2", "results"),
    )
    folder.pipeline(
        {"quick": {"type": "notebook", "path": "quick.ipynb"}, "slow": {"type": "notebook", "path": "slow.ipynb"}},
        [("quick", "slow")],
    )
    run_id = folder.submit()
    until_written(folder, 2)
    return run_id


def test_an_engine_that_is_killed(fresh: Lab) -> None:
    folder = fresh.folder()
    run_id = start(folder, 4)
    fresh.kill_engine()
    assert fresh.run(run_id)["state"] == "running", "the store says what was committed"
    assert wake(fresh.workspace) is True
    fresh.until(run_id, lambda run: run["nodes"]["slow"]["attempts"] == 2)
    assert wake(fresh.workspace) is False
    run = fresh.wait(run_id)
    assert run["state"] == "succeeded"
    assert ledger(folder) == ["quick:1", "slow:1", "slow:2"], "what was done is not done again"
    assert (run["nodes"]["quick"]["attempts"], run["nodes"]["slow"]["attempts"]) == (1, 2)
    assert run["nodes"]["slow"]["error"] is None
    with fresh.store() as store:
        attempts = store.attempts(run_id, "slow")
        assert [(attempt["state"], attempt["reason"]) for attempt in attempts] == [
            ("failed", "interrupted"),
            ("succeeded", None),
        ]
    assert not fresh.processes(run_id)
    assert not asleep(1, 2)


def test_all_of_it_killed_at_once(fresh: Lab) -> None:
    folder = fresh.folder()
    run_id = start(folder, 4)
    processes = reap.table()
    engine = fresh.engine()
    for process in [engine, *reap.descendants(engine.pid, processes)]:
        if b"sleep" not in command(process.pid):
            reap.send(process, signal.SIGKILL)
    assert asleep(1), "children that left live on"
    # The last of them that dies takes the lock with it, a moment after it seems gone.
    while not Lock.is_free(fresh.workspace.lock):
        time.sleep(0.01)
    assert wake(fresh.workspace) is True
    run = fresh.wait(run_id)
    assert run["state"] == "succeeded"
    assert not asleep(1, 2)


def test_an_engine_that_is_asked_to_end(fresh: Lab) -> None:
    folder = fresh.folder()
    run_id = start(folder, 4)
    files = Path((fresh.workspace.state / "engine.tmp").read_text())
    engine = fresh.engine()
    os.kill(engine.pid, signal.SIGTERM)
    deadline = time.monotonic() + 15
    while reap.alive(engine) or fresh.processes() or fresh.processes(run_id):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert not files.exists() and not asleep(1, 2)
    assert fresh.run(run_id)["nodes"]["slow"]["state"] == "running"
    wake(fresh.workspace)
    assert fresh.wait(run_id)["nodes"]["slow"]["attempts"] == 2


def test_what_an_engine_wrote_elsewhere_is_removed(fresh: Lab) -> None:
    folder = fresh.folder()
    start(folder, 600)
    note = fresh.workspace.state / "engine.tmp"
    first = Path(note.read_text())
    assert list(first.iterdir()), "the sockets of the kernel"
    fresh.kill_engine()
    wake(fresh.workspace)
    fresh.until(max(fresh.workspace.runs.iterdir()).name, lambda run: run["nodes"]["slow"]["attempts"] == 2)
    assert not first.exists() and Path(note.read_text()).is_dir()


def test_a_cancel_that_nobody_was_there_to_hear(fresh: Lab) -> None:
    folder = fresh.folder()
    run_id = start(folder, 600)
    fresh.kill_engine()
    fresh.cancel(run_id)
    run = fresh.wait(run_id, 15)
    assert (run["state"], run["nodes"]["slow"]["state"]) == ("cancelled", "cancelled")
    assert run["nodes"]["quick"]["state"] == "succeeded"
    assert not fresh.processes(run_id)
    assert not asleep(1, 2)


def test_a_node_that_takes_the_engine_with_it_is_parked(fresh: Lab) -> None:
    folder = fresh.folder()
    kill = (
        'while [ -z "$engine" ]; do engine=$(pgrep -f "local.engine --workspace $WS"); done\n'
        "kill -9 $engine; sleep 600\n"
    )
    folder.write("poison.sh", kill)
    poison = {"type": "script", "path": "poison.sh", "env": {"WS": str(fresh.workspace.folder)}}
    folder.pipeline({"poison": poison})
    run_id = folder.submit()
    for _ in range(600):
        if fresh.run(run_id)["state"] == "failed":
            break
        wake(fresh.workspace)
        time.sleep(0.1)
    node = fresh.wait(run_id)["nodes"]["poison"]
    assert (node["state"], node["reason"], node["attempts"]) == ("failed", "crash-loop", 3)
    folder.write("ok.sh", "true\n")
    folder.pipeline({"fine": {"type": "script", "path": "ok.sh"}})
    assert folder.run()["state"] == "succeeded", "others go on"


@pytest.mark.parametrize("who", ["worker", "nursery"])
def test_a_worker_that_is_killed(fresh: Lab, who: str) -> None:
    folder = fresh.folder()
    run_id = start(folder, 6)
    engine = fresh.engine()
    processes = reap.table()
    workers = [p for p in reap.descendants(engine.pid, processes) if b"local.worker" in command(p.pid)]
    nurseries = [p for p in workers if p.parent == engine.pid and b"--nursery" in command(p.pid)]
    if who == "nursery" and not nurseries:
        pytest.skip("workers are not forked")
    (victim,) = nurseries if who == "nursery" else [p for p in workers if p not in nurseries]
    reap.send(victim, signal.SIGKILL)
    run = fresh.wait(run_id)
    slow = run["nodes"]["slow"]
    if who == "worker":
        assert (slow["state"], slow["reason"], slow["error"]["code"]) == ("failed", "killed", "worker-died")
    else:
        assert slow["state"] == "succeeded", "a worker doesn't need the nursery any more"
        assert folder.run()["nodes"]["quick"]["state"] == "succeeded", "and another one is started"
    assert not fresh.processes(run_id)
    assert not asleep(1, 2)


def test_what_is_over_can_be_deleted_and_nothing_else(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "sleep 600\n")
    folder.pipeline({"s": {"type": "script", "path": "s.sh"}})
    run_id = folder.submit()
    lab.node_running(run_id, "s")
    with pytest.raises(Conflict):
        delete(lab.workspace, run_id)
    lab.cancel(run_id)
    lab.wait(run_id)
    assert lab.workspace.run_folder(run_id).is_dir()
    delete(lab.workspace, run_id)
    assert not lab.workspace.run_folder(run_id).exists()
    with pytest.raises(NotFound):
        lab.run(run_id)


def test_an_engine_with_nothing_to_do_ends(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    folder = fresh.folder()
    folder.write("s.sh", "true\n")
    folder.pipeline({"s": {"type": "script", "path": "s.sh"}})
    for _ in range(8):
        # At any moment of the engine's going a run may come; none is left lying.
        assert folder.run(seconds=30)["state"] == "succeeded"
        time.sleep(0.25)
    deadline = time.monotonic() + 20
    while fresh.processes():
        assert time.monotonic() < deadline
        time.sleep(0.05)
