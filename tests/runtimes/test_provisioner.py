"""Kernels that are forked, for all who use jupyter_client: the same but for the time, and never in the way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from mlops_ext.runtimes.local import provisioner, reap
from mlops_ext.runtimes.local.provisioner import Forks, Provisioner
from tests.runtimes.lab import asleep, command, napping

PLAIN = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
FORKED = {"kernel_provisioner": {"provisioner_name": "mlops-warm"}}
FACTS = """
import gc, logging, os, signal, sys, threading, time, warnings
facts = dict(
    argv=[os.path.basename(word) for word in sys.argv[:2]], path=sys.path, name=__name__, cwd=os.getcwd(),
    variables=sorted(item for item in os.environ.items() if item[0] not in ("JPY_PARENT_PID", "_")),
    signals=[str(signal.getsignal(number)) for number in range(1, 32)], owner=int(os.environ["JPY_PARENT_PID"]),
    threads=threading.active_count(), umask=os.umask(0o22),
    main=threading.current_thread() is threading.main_thread(), leads=(os.getpid() == os.getpgrp() == os.getsid(0)),
    collector=(gc.isenabled(), gc.get_threshold()), filters=len(warnings.filters), stdin=os.read(0, 1),
    zone=time.tzname, hour=time.localtime(0).tm_hour, handlers=logging.getLogger().handlers,
)
facts
"""


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two kernels, of which one is forked."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.delenv("MLOPS_WARM_KERNELS", raising=False)
    add(tmp_path, "forked", metadata=FORKED)
    add(tmp_path, "started")
    forks = Forks()
    monkeypatch.setattr(provisioner, "_forks", forks)
    try:
        yield tmp_path
    finally:
        forks.close()


def add(top: Path, name: str, **fields: Any) -> None:
    folder = top / "jupyter" / "kernels" / name
    folder.mkdir(parents=True)
    spec = {"argv": PLAIN, "display_name": name, "language": "python", **fields}
    (folder / "kernel.json").write_text(json.dumps(spec))


class Kernel:
    """A kernel and a client, as jupyter_client makes them."""

    def __init__(self, name: str) -> None:
        self.manager = AsyncKernelManager(kernel_name=name)
        self.client: AsyncKernelClient

    async def __aenter__(self) -> Kernel:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.client.stop_channels()
        if await self.manager.is_alive():
            await self.manager.shutdown_kernel()
        else:
            await self.manager.cleanup_resources()
            assert self.manager.provisioner is not None
            await self.manager.provisioner.wait()
        self.manager.context.destroy(linger=0)

    async def start(self, **options: Any) -> None:
        await self.manager.start_kernel(**options)
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=60)

    @property
    def pid(self) -> int:
        assert self.manager.provisioner is not None
        return int(self.manager.provisioner.pid)  # type: ignore[attr-defined]  # that of a process on this machine

    @property
    def forked(self) -> bool:
        return b"kernel_main" in command(self.pid)

    async def value(self, expression: str) -> str:
        """What an expression is worth."""
        reply = await self.client.execute_interactive(
            "", silent=True, user_expressions={"x": expression}, timeout=30, output_hook=lambda _: None
        )
        data = reply["content"]["user_expressions"]["x"]
        return str(data.get("data", data)["text/plain" if "data" in data else "evalue"])


def in_loop(work: Any) -> Any:
    return asyncio.run(work)


def notebook(*cells: str) -> nbformat.NotebookNode:
    metadata = {"language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=metadata)


def test_jupyter_client(kernels: Path) -> None:
    async def use() -> tuple[int, int | None]:
        async with Kernel("forked") as kernel:
            assert kernel.forked and isinstance(kernel.manager.provisioner, Provisioner)
            assert await kernel.value("6 * 7") == "42"
            pid = kernel.pid
            await kernel.manager.restart_kernel()
            await kernel.client.wait_for_ready(timeout=60)
            assert kernel.forked and kernel.pid != pid
            assert reap.read_process(pid) is None
            last = kernel.pid
        return last, await kernel.manager.provisioner.poll() if kernel.manager.provisioner else 0

    pid, _ = in_loop(use())
    assert reap.read_process(pid) is None, "and nothing is left of it"


def test_outputs_are_the_same(kernels: Path) -> None:
    cells = (
        "print('text'); import sys; print('more', file=sys.stderr)",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>')); {'a': [1, 2]}",
        "%%time\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
        "!echo from a child",
        "1 / 0",
    )

    def outputs(name: str) -> list[Any]:
        document = notebook(*cells)
        NotebookClient(
            document, kernel_name=name, allow_errors=True, resources={"metadata": {"path": kernels}}
        ).execute()
        found = [
            output for cell in document.cells for output in cell.outputs if "Wall time" not in output.get("text", "")
        ]
        return [{**output, "name": output.get("name")} for output in found]

    assert outputs("forked") == outputs("started")


def test_what_code_can_see_is_the_same(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    def facts(name: str) -> Any:
        document = notebook(FACTS)
        NotebookClient(document, kernel_name=name, resources={"metadata": {"path": kernels}}).execute()
        return document.cells[0].outputs[0]["data"]["text/plain"]

    NotebookClient(notebook("1"), kernel_name="forked").execute()
    monkeypatch.setenv("TZ", "America/New_York")  # after the nursery was begun
    assert facts("forked") == facts("started")


def test_papermill(kernels: Path) -> None:
    for name in ("forked", "started"):
        nbformat.write(notebook("x = 1\nprint(x + 1)"), kernels / "n.ipynb")
        done = papermill.execute_notebook(
            kernels / "n.ipynb", kernels / f"{name}.ipynb", {"y": 2}, kernel_name=name, progress_bar=False
        )
        assert [output["text"] for output in done.cells[-1].outputs] == ["2\n"]


def test_signals_and_ends(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def use(name: str) -> list[Any]:
        seen: list[Any] = []
        async with Kernel(name) as kernel:
            kernel.client.execute("import time; time.sleep(60)", stop_on_error=False)
            await asyncio.sleep(0.5)
            await kernel.manager.interrupt_kernel()
            seen.append(await kernel.value("'after the interrupt'"))
            kernel.client.execute("import atexit; atexit.register(lambda: open('left.txt', 'a').write('bye '))")
            seen.append(await kernel.value("1"))
        async with Kernel(name) as kernel:
            os.kill(kernel.pid, signal.SIGKILL)
            while await kernel.manager.is_alive():
                await asyncio.sleep(0.02)
            assert kernel.manager.provisioner is not None
            seen.append(await kernel.manager.provisioner.poll())
        return seen

    monkeypatch.chdir(kernels)
    assert in_loop(use("forked")) == in_loop(use("started")) == ["'after the interrupt'", "1", -9]
    assert (kernels / "left.txt").read_text() == "bye bye "


_OWNER = """
import asyncio, sys, time
from jupyter_client.manager import AsyncKernelManager
async def main():
    manager = AsyncKernelManager(kernel_name=sys.argv[1])
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    command = f"['setsid', 'sleep', '{sys.argv[2]}']"
    await client.execute_interactive(f"import subprocess; child = subprocess.Popen({command})")
    print(manager.provisioner.pid, flush=True)
    time.sleep(600)
asyncio.run(main())
"""


@pytest.mark.parametrize("name", ["forked", "started"])
def test_an_owner_that_is_killed(kernels: Path, name: str) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, name, napping(7)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner.stdout:
        told = owner.stdout.readline()
        kernel = reap.read_process(int(told)) if told.strip().isdigit() else None
        owner.kill()
        owner.wait()
    assert kernel is not None
    deadline = time.monotonic() + 10
    while reap.alive(kernel):
        assert time.monotonic() < deadline, "its kernel ends"
        time.sleep(0.05)
    left = asleep(7)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert len(left) == 1, "what a kernel started in a session of its own goes on, as ever"


def test_what_a_fork_cannot_do_is_started(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(kernels, "variables", metadata=FORKED, env={"MINE": "1"})
    add(kernels, "options", metadata=FORKED, argv=[sys.executable, "-X", "utf8", *PLAIN[1:]])

    async def use() -> list[bool]:
        seen = []
        for name, options in (
            ("forked", {}),
            ("variables", {}),
            ("options", {}),
            ("forked", {"env": {**os.environ, "PYTHONHASHSEED": "1"}}),
            ("forked", {"independent": True}),
            ("forked", {"stdout": subprocess.PIPE}),
            ("forked", {"preexec_fn": os.getpid}),
        ):
            kernel = Kernel(name)
            await kernel.start(**options)
            seen.append(kernel.forked)
            await kernel.manager.shutdown_kernel(now=True)
            await kernel.__aexit__()
        return seen

    assert in_loop(use()) == [True, *[False] * 6]


def test_a_nursery_that_does_not_fork(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kernels / "sitecustomize.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", str(kernels))

    async def use() -> list[bool]:
        seen = []
        for _ in range(3):
            async with Kernel("forked") as kernel:
                seen.append(kernel.forked)
                assert await kernel.value("1") == "1"
        return seen

    assert in_loop(use()) == [False] * 3


def test_what_is_installed_changes(kernels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, own = kernels / "site", kernels / "own"
    site.mkdir()
    own.mkdir()
    (site / "sitecustomize.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{own}")

    async def use() -> list[bool]:
        seen = []
        for number in range(4):
            (own / f"{number}.csv").write_text("what people make beside their modules is nothing installed")
            if number == 2:
                (site / "new.py").write_text("x = 1")
            async with Kernel("forked") as kernel:
                seen.append(kernel.forked)
        return seen

    assert in_loop(use()) == [True, True, False, True], "once the slow way, then from a nursery that knows"
