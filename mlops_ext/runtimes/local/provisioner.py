"""Warm kernels for JupyterLab, nbclient, papermill and whoever else starts kernels with jupyter_client.

The kernel provisioner `mlops-warm`. Each process that starts kernels has a nursery of
its own for each interpreter, begun with the first kernel and ended with the process. A
kernel is forked where that changes nothing but the time; else it is started as ever.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from .nursery import KERNEL_MAIN, Nursery, can_fork
from .warm import WarmProcess, WarmProvisioner, ask, is_plain_ipykernel, may_fork

ANSWER_SECONDS = 5.0
LISTEN_SECONDS = 2.0
MOST_FAILURES = 2
"""After so many forks that came to nothing an interpreter's kernels are started the slow way."""
_UNDERSTOOD = frozenset({"cwd", "env", "independent", "stderr", "stdout"})
"""What may be asked of a start that a fork can do as well."""


class Forks:
    """The nurseries of this process, by interpreter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nurseries: dict[str, Nursery] = {}
        self._failures: dict[str, int] = {}

    def keeper(self, python: str) -> socket.socket | None:
        """A keeper that waits for a request."""
        with self._lock:
            if self._failures.get(python, 0) >= MOST_FAILURES:
                return None
            if python not in self._nurseries:
                self._nurseries[python] = Nursery([python, str(KERNEL_MAIN)], Path(os.devnull), dict(os.environ))
            return self._nurseries[python].fork()

    def failed(self, python: str) -> None:
        """No kernel came; the next is tried with a new nursery."""
        with self._lock:
            self._failures[python] = self._failures.get(python, 0) + 1
            nursery = self._nurseries.pop(python, None)
        if nursery is not None:
            nursery.close()

    def worked(self, python: str) -> None:
        """A kernel came."""
        self._failures.pop(python, None)

    def close(self) -> None:
        """Ends the nurseries; kernels are not touched."""
        with self._lock:
            for nursery in self._nurseries.values():
                nursery.close()
            self._nurseries.clear()


_forks = Forks()
atexit.register(_forks.close)


class Provisioner(WarmProvisioner):
    """Starts a kernel by a fork."""

    async def launch_kernel(self, cmd: list[str], **keywords: Any) -> KernelConnectionInfo:
        """The kernel that `cmd` would start."""
        process = await asyncio.to_thread(self._fork, cmd, keywords)
        if process is None:
            return await LocalProvisioner.launch_kernel(self, cmd, **keywords)
        self._has(process, keywords.get("cwd"))
        await self._listening(process)
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Lets go of the keeper, which then ends."""
        self._let_go()
        await super().cleanup(restart)

    def _let_go(self) -> None:
        if self.keeper is not None:
            self.keeper.close()
            self.keeper = None

    def _fork(self, cmd: list[str], keywords: Mapping[str, Any]) -> WarmProcess | None:
        self._let_go()  # a kernel that died is started again without a clean-up
        given = LocalProvisioner._scrub_kwargs(dict(keywords))
        outputs = _outputs(given)
        suits = can_fork() and is_plain_ipykernel(self.kernel_spec.argv) and set(given) <= _UNDERSTOOD
        if not suits or outputs is None or given.get("independent"):
            return None
        environment = dict(given.get("env") or os.environ)
        if not may_fork(self.kernel_spec, environment) or (keeper := _forks.keeper(cmd[0])) is None:
            return None
        environment["JPY_PARENT_PID"] = str(os.getpid())
        arguments, cwd = cmd[cmd.index("-f") :], str(given.get("cwd") or os.getcwd())
        process = ask(keeper, arguments, environment, cwd, outputs, reaps=False, seconds=ANSWER_SECONDS)
        if process is None:
            keeper.close()
            _forks.failed(cmd[0])
            return None
        _forks.worked(cmd[0])
        self.keeper = keeper
        return process

    async def _listening(self, process: WarmProcess) -> None:
        """Until it can be connected to: a client that comes too early waits long for its next try."""
        deadline = time.monotonic() + LISTEN_SECONDS
        while time.monotonic() < deadline and process.poll() is None and not _accepts(self.connection_info):
            await asyncio.sleep(0.005)


def _outputs(given: Mapping[str, Any]) -> list[int] | None:
    """The descriptors to print to; None where it is to be a pipe of the caller's."""
    found = []
    for name, usual in (("stdout", 1), ("stderr", 2)):
        output = given.get(name)
        number = usual if output is None else output if isinstance(output, int) else output.fileno()
        if number < 0:
            return None
        found.append(number)
    return found


def _accepts(info: KernelConnectionInfo) -> bool:
    """Whether somebody listens where the kernel publishes, the last of its sockets that matters."""
    port = info["iopub_port"]
    local = info.get("transport") == "ipc"
    address = f"{info['ip']}-{port}" if local else (info["ip"], port)
    with suppress(OSError), socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
        probe.settimeout(0.5)
        probe.connect(address)
        return True
    return False
