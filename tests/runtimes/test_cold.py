"""Without forks everything is the same but the time; and kernels that are not IPython's."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .lab import Lab

LAUNCH = [sys.executable, "-m", "ipykernel_launcher", "-f"]


@pytest.fixture
def cold(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setenv("MLOPS_WARM_KERNELS", "0")
    return fresh


def test_everything_is_the_same(cold: Lab) -> None:
    folder = cold.folder()
    folder.notebook(
        "n.ipynb",
        ("cutoff = 1", "parameters"),
        "import os, atexit, subprocess\nprint('hello')\natexit.register(lambda: open('left.txt', 'w').write('bye'))\n"
        "subprocess.Popen(['setsid', 'sleep', '4001'])",
        ("names = sorted(n for n in os.environ if n.startswith(('JUPYTER', 'JPY')))\nseen = cutoff", "results"),
    )
    folder.notebook("dies.ipynb", "import os; os._exit(4)")
    folder.write("s.py", "print('script')\n")
    folder.pipeline(
        {
            "n": {"type": "notebook", "path": "n.ipynb", "parameters": {"cutoff": 0.5}, "outputs": ["left.txt"]},
            "dies": {"type": "notebook", "path": "dies.ipynb"},
            "s": {"type": "script", "path": "s.py"},
        }
    )
    run = folder.run()
    nodes = run["nodes"]
    assert nodes["n"]["state"] == "succeeded", nodes["n"]["error"]
    assert nodes["n"]["results"] == {"names": [], "seen": 0.5}
    assert (nodes["dies"]["error"]["code"], nodes["dies"]["error"]["exit_code"]) == ("kernel-died", 4)
    assert nodes["s"]["state"] == "succeeded"
    assert not cold.processes(run["id"])
    assert not cold.leftovers()


def test_cancel(cold: Lab) -> None:
    folder = cold.folder()
    folder.notebook("n.ipynb", "open('begun', 'w').close()\nimport time; time.sleep(600)")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    run_id = folder.submit()
    cold.until(run_id, lambda _: (folder.path / "begun").exists())
    cold.cancel(run_id)
    assert cold.wait(run_id, 15)["state"] == "cancelled"
    assert not cold.processes(run_id)


def test_forked_and_started_kernels_are_equal(lab: Lab, cold: Lab) -> None:
    def seen(own: Lab, warm: bool) -> tuple[Any, Any, str]:
        folder = own.folder()
        folder.notebook(
            "n.ipynb",
            ("rows = 1", "parameters"),
            "import sys; print('printed'); print('beside', file=sys.stderr)\n{'a': rows}",
            "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))\n!echo from a child",
            "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
            ("import os, time\nzone = time.tzname[0]; argv = sys.argv[0]; count = rows * 2", "results"),
            "raise ValueError('at last')",
        )
        folder.pipeline(
            {"n": {"type": "notebook", "path": "n.ipynb", "parameters": {"rows": 3}, "env": {"TZ": "Asia/Tokyo"}}}
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MLOPS_WARM_KERNELS", str(int(warm)))
            run = folder.run()
        node, document = run["nodes"]["n"], own.notebook(run["id"], "n")
        cells = [(cell["source"], cell["outputs"]) for cell in document["cells"]]
        return cells, (node["state"], node["results"], node["error"]), own.node_log(run["id"], "n")

    warm, started = seen(lab, True), seen(cold, False)
    assert warm[1][1]["zone"] == "JST" and len(warm[0][4][1]) == 1, "it has run, and drawn"
    assert warm == started


def test_a_kernel_that_is_never_ready(fresh: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "jupyter" / "kernels" / "silent"
    folder.mkdir(parents=True)
    argv = ["sh", "-c", "echo busy; sleep 600", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "silent", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MLOPS_KERNEL_SECONDS", "1")
    own = fresh.folder()
    own.notebook("n.ipynb", "1", kernel="silent")
    own.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    run = own.run(seconds=20)
    error = run["nodes"]["n"]["error"]
    assert (error["code"], error["message"]) == (
        "kernel-not-started", "The kernel silent did not start: it was not ready within 1 s.",
    )  # fmt: skip
    assert "busy" in fresh.node_log(run["id"], "n")
    assert not fresh.processes(run["id"])


def test_kernels_that_do_not_start(fresh: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernels = {
        "ends": {"argv": [sys.executable, "-c", "raise SystemExit('no licence')", "{connection_file}"]},
        "gone": {"argv": ["/not/there", "{connection_file}"]},
        "other": {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "env": {"MINE": "1"},
        },
    }
    for name, spec in kernels.items():
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(json.dumps({"display_name": name, "language": "python", **spec}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    folder = fresh.folder()
    for name in kernels:
        folder.notebook(f"{name}.ipynb", ("import os\nmine = os.environ.get('MINE')", "results"), kernel=name)
    folder.pipeline({name: {"type": "notebook", "path": f"{name}.ipynb"} for name in kernels})
    nodes = folder.run()["nodes"]
    assert nodes["other"]["results"] == {"mine": "1"}, nodes["other"]["error"]
    for name in ("ends", "gone"):
        assert nodes[name]["error"]["code"] == "kernel-not-started", nodes[name]["error"]
        assert nodes[name]["error"]["message"].startswith(f"The kernel {name} did not start")
    run_id = max(fresh.workspace.runs.iterdir()).name
    assert "no licence" in fresh.node_log(run_id, "ends"), "what it printed is in the log"


def test_variables_that_are_read_at_the_start_of_a_process(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "n.ipynb", ("import sys, os\nflag = sys.flags.dont_write_bytecode\nlanguage = os.environ['LANG']", "results")
    )
    node = {"type": "notebook", "path": "n.ipynb", "env": {"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}}
    folder.pipeline({"n": node})
    run = folder.run()
    assert run["nodes"]["n"]["results"] == {"flag": 1, "language": "C.UTF-8"}


def test_a_forked_kernel_is_as_a_started_one(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "n.ipynb",
        "import atexit, os, random, signal, subprocess, sys, threading, time\n"
        "import multiprocessing as mp\n"
        "atexit.register(lambda: open('exit.txt', 'a').write('handler '))\n"
        "f = open('open.txt', 'w'); f.write('not flushed')\n"
        "threading.Thread(target=lambda: (time.sleep(0.5), open('exit.txt', 'a').write('thread '))).start()",
        "def child(q): q.put(os.getpid())\n"
        "q = mp.get_context('fork').Queue(); p = mp.get_context('fork').Process(target=child, args=(q,))\n"
        "p.start(); got = q.get(); p.join()",
        (
            "facts = dict(session=os.getsid(0) == os.getpid(), forked=got == p.pid, code=p.exitcode,\n"
            "  threads=threading.current_thread() is threading.main_thread(),\n"
            "  sigchld=int(signal.getsignal(signal.SIGCHLD)),\n"
            "  out=subprocess.check_output(['sh', '-c', 'echo hi'], text=True),\n"
            "  path='' in sys.path, name=__name__, backend=os.environ.get('MPLBACKEND'), umask=os.umask(0o22))\n"
            "draw = random.random()\ncwd = os.getcwd()",
            "results",
        ),
    )
    folder.pipeline(
        {name: {"type": "notebook", "path": "n.ipynb"} for name in "ab"} | {"c": {"type": "script", "path": "ok.sh"}},
        [("a", "b")],
    )
    folder.write("ok.sh", "true\n")
    run = folder.run()
    assert run["state"] == "succeeded", run["error"]
    a, b = run["nodes"]["a"]["results"], run["nodes"]["b"]["results"]
    assert a["facts"] == {
        "session": True, "forked": True, "code": 0, "threads": True, "sigchld": 0, "out": "hi\n",
        "path": True, "name": "__main__", "backend": "module://matplotlib_inline.backend_inline", "umask": 0o22,
    }  # fmt: skip
    assert a["draw"] != b["draw"], "forks do not share their luck"
    assert a["cwd"] == str(folder.path)
    assert (folder.path / "open.txt").read_text() == "not flushed"
    assert (folder.path / "exit.txt").read_text() == "thread handler thread handler "
