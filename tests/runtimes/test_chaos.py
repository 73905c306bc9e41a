"""kill -9 of whatever, at whatever moment: no success is lost, none is done twice, nothing is left over."""

from __future__ import annotations

import random
import signal
import time

import pytest

from mlops_ext.runtimes.local import reap
from mlops_ext.submit import wake

from .lab import OVER, Lab, command

NODES = 8


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
@pytest.mark.timeout(240)
def test_random_kills(fresh: Lab, seed: int) -> None:
    chance = random.Random(seed)
    folder = fresh.folder()
    folder.write("s.sh", 'echo "$MLOPS_NODE $MLOPS_ATTEMPT start" >> ledger\nsleep 0.2\nsetsid sleep 5001 &\n')
    folder.notebook(
        "n.ipynb",
        "import os, time, subprocess\nwith open('ledger', 'a') as f:\n"
        "    f.write(os.environ['MLOPS_NODE'] + ' ' + os.environ['MLOPS_ATTEMPT'] + ' start\\n')\n"
        "subprocess.Popen(['setsid', 'sleep', '5002']); time.sleep(0.3)",
        ("x = 1", "results"),
    )
    # A worker or kernel that is killed is a failed attempt, so nodes may be tried often.
    kinds = {"type": "script", "path": "s.sh", "retries": 100}, {"type": "notebook", "path": "n.ipynb", "retries": 100}
    nodes = {f"n{number}": kinds[number % 2] for number in range(NODES)}
    folder.pipeline(nodes, [(f"n{number}", f"n{number + 2}") for number in range(NODES - 2)])
    run_id = folder.submit()
    kills, engines, deadline = 0, 0, time.monotonic() + 200
    while fresh.run(run_id)["state"] not in OVER:
        assert time.monotonic() < deadline, fresh.log()
        time.sleep(chance.uniform(0.2, 1.2))
        wake(fresh.workspace)
        processes = reap.table()
        roots = fresh.processes()
        below = [child for root in roots for child in reap.descendants(root.pid, processes)]
        victims = sorted({process.pid: process for process in (*roots, *below)}.values(), key=lambda p: p.pid)
        victim = chance.choice(victims) if victims and kills < 12 else None
        if victim is None:
            continue
        if b"local.engine" in command(victim.pid):
            # Three times under the same node it would count as the node's doing.
            engines += 1
            if engines > 2:
                continue
        reap.send(victim, signal.SIGKILL)
        kills += 1
    run = fresh.wait(run_id)
    assert run["state"] == "succeeded", (run["error"], fresh.log())
    ledger = (folder.path / "ledger").read_text().splitlines()
    with fresh.store() as store:
        for name, node in run["nodes"].items():
            states = [attempt["state"] for attempt in store.attempts(run_id, name)]
            assert states.count("succeeded") == 1 and states[-1] == "succeeded", (name, states)
            started = [line for line in ledger if line.startswith(f"{name} ")]
            assert started[-1] == f"{name} {node['attempts']} start", "nothing starts after its success"
    assert not fresh.processes(run_id)
    assert not fresh.leftovers()
