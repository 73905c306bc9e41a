"""Cancel ends everything, whatever a node does, within the time that was promised."""

from __future__ import annotations

import time

import pytest

from .lab import Folder, Lab

LIMIT = 15.0

CELLS = {
    "sleeps": "import time; time.sleep(600)",
    "ignores interrupts": (
        "import time\nwhile True:\n    try:\n        time.sleep(600)\n    except KeyboardInterrupt:\n        pass"
    ),
    "blocks in C": "import ctypes; ctypes.PyDLL(None).sleep(600)",
    "child": "import subprocess; subprocess.run(['sleep', '2001'])",
    "setsid child": (
        "import subprocess, time\nsubprocess.Popen(['setsid', 'sleep', '2002'])\n"
        "subprocess.Popen('(env -i setsid sleep 2003 &)', shell=True)\ntime.sleep(600)"
    ),
    "forks": (
        "import os, time, signal\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n        time.sleep(600)\n"
        "    os._exit(0)\ntime.sleep(600)"
    ),
}


def begun(folder: Folder, cell: str) -> str:
    """Starts a run whose second cell says that it begins and goes on for ever."""
    folder.notebook("n.ipynb", "x = 1", f"open('begun', 'w').close()\n{cell}")
    folder.write("s.sh", "sleep 600\n")
    folder.pipeline(
        {"n": {"type": "notebook", "path": "n.ipynb"}, "s": {"type": "script", "path": "s.sh"}}, [("n", "s")]
    )
    run_id = folder.submit()
    deadline = time.monotonic() + 60
    while not (folder.path / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    return run_id


@pytest.mark.parametrize("kind", CELLS)
def test_cancel_ends_everything(lab: Lab, kind: str) -> None:
    folder = lab.folder()
    run_id = begun(folder, CELLS[kind])
    began = time.monotonic()
    lab.cancel(run_id)
    lab.cancel(run_id)
    run = lab.wait(run_id, LIMIT)
    assert time.monotonic() - began < LIMIT
    assert run["state"] == "cancelled"
    assert [node["state"] for node in run["nodes"].values()] == ["cancelled", "cancelled"]
    assert run["nodes"]["s"]["attempts"] == 0
    assert not lab.processes(run_id)
    assert not lab.leftovers()
    assert lab.notebook(run_id, "n")["cells"][0]["execution_count"] == 1
    lab.cancel(run_id)
    assert lab.run(run_id) == run, "after the end it does nothing"


def test_cancel_while_the_kernel_starts(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook("n.ipynb", "import time; time.sleep(600)")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    run_id = folder.submit()
    lab.node_running(run_id, "n")
    lab.cancel(run_id)
    assert lab.wait(run_id, LIMIT)["state"] == "cancelled"
    assert not lab.processes(run_id)


def test_cancel_of_what_waits(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "sleep 600\n")
    folder.pipeline({"s": {"type": "script", "path": "s.sh", "outputs": ["x"]}})
    first, second = folder.submit(), folder.submit()
    lab.until(second, lambda run: run["reason"] == "output-busy")
    lab.cancel(second)
    run = lab.wait(second, 5)
    assert (run["state"], run["nodes"]["s"]["state"], run["started"]) == ("cancelled", "cancelled", None)
    assert lab.run(first)["state"] == "running"
    lab.cancel(first)
    assert lab.wait(first, LIMIT)["state"] == "cancelled"


def test_two_nodes_in_parallel_and_a_third_that_is_done(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("ok.sh", "true\n")
    folder.write("s.sh", "trap '' INT TERM\nwhile true; do sleep 1; done\n")
    folder.pipeline(
        {"ok": {"type": "script", "path": "ok.sh"}, **{n: {"type": "script", "path": "s.sh"} for n in "ab"}},
        [("ok", "a"), ("ok", "b")],
    )
    run_id = folder.submit()
    lab.node_running(run_id, "a")
    lab.node_running(run_id, "b")
    lab.cancel(run_id)
    run = lab.wait(run_id, LIMIT)
    assert {name: node["state"] for name, node in run["nodes"].items()} == {
        "ok": "succeeded", "a": "cancelled", "b": "cancelled",
    }  # fmt: skip
    assert run["state"] == "cancelled"
    assert not lab.processes(run_id)
