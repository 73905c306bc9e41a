"""Kernels forked from a nursery (kernel_main.py), by jupyter_client's own extension point.

A provisioner whose process is not a child but the kernel of a keeper; all that
jupyter_client does with a process goes on as it is. If anything is in the way the
kernel is started the slow way: that changes nothing but the time.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "mlops-warm"
"""By which jupyter_client knows the provisioner for everybody (provisioner.py)."""
START_SECONDS = 20.0
# Read by the interpreter or the loader when a process is started, so too late for a fork.
_AT_START = ("PYTHON", "LD_", "DYLD_", "MALLOC_", "GLIBC_TUNABLES", "LC_", "LANG")


def is_plain_ipykernel(argv: Sequence[str]) -> bool:
    """Whether a specification starts an IPython kernel and does nothing else."""
    return len(argv) == 5 and list(argv[1:]) == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


def may_fork(spec: KernelSpec, environment: Mapping[str, str]) -> bool:
    """Whether a fork is as good as a start, for a plain IPython kernel with these variables.

    The nursery was started with the variables of this process, or of the one that this was forked from.
    """
    if spec.env or spec.metadata.get("kernel_provisioner", {}).get("provisioner_name", NAME) != NAME:
        return False
    return _at_start(environment) == _at_start(os.environ)


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START)}


class WarmProcess:
    """The kernel of a keeper, with what jupyter_client uses of a Popen."""

    stdin = stdout = stderr = None

    def __init__(self, keeper: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._keeper = keeper
        self._said = b""

    def poll(self) -> int | None:
        """How it ended; None as long as it lives."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = 1.0 if deadline is None else deadline - time.monotonic()
            code = self._look(max(0.0, min(1.0, left)))
            if code is not None:
                return code
            if left <= 0:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)

    def send_signal(self, signum: int) -> None:
        """Signals it, if it lives."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _look(self, seconds: float) -> int | None:
        if self.returncode is None:
            self._keeper.settimeout(seconds)
            try:
                data = self._keeper.recv(64)
            except (BlockingIOError, TimeoutError):
                return None
            except OSError:
                data = b""
            self._said += data
            if not data:
                self.returncode = -signal.SIGKILL  # the keeper was killed, and the kernel with it
            elif self._said.endswith(b"\n"):
                self.returncode = int(self._said)
        return self.returncode


class WarmProvisioner(LocalProvisioner):
    """Asks a keeper for the kernel."""

    keeper: socket.socket | None = None

    async def launch_kernel(self, cmd: list[str], **keywords: Any) -> KernelConnectionInfo:
        """The kernel that `cmd` would start, [python, kernel_main.py, argument, …]."""
        output = keywords.get("stdout")
        process = None
        if self.keeper is not None and output is not None:
            process = ask(self.keeper, cmd[2:], keywords["env"], keywords["cwd"], [output])
        if process is None:
            return await super().launch_kernel(cmd, **keywords)
        self._has(process, keywords.get("cwd"))
        return self.connection_info

    def _has(self, process: WarmProcess, cwd: str | None) -> None:
        """From now on it is the kernel's process."""
        self.process = process  # type: ignore[assignment]  # declared as None there
        self.pid = self.pgid = process.pid
        self.cwd = cwd


def ask(
    keeper: socket.socket,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    cwd: str,
    outputs: Sequence[int],
    *,
    reaps: bool = True,
    seconds: float = START_SECONDS,
) -> WarmProcess | None:
    """A kernel with these arguments, variables and folder, that prints to `outputs`; None if there is to be none.

    `reaps`: whatever the kernel started ends with it, wherever it went.
    """
    request = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(environment), "reaps": reaps}
    data = json.dumps(request).encode("ascii")
    try:
        keeper.settimeout(seconds)
        socket.send_fds(keeper, [len(data).to_bytes(8, "big")], list(outputs))
        keeper.sendall(data)
        answer = b""
        while not answer.endswith(b"\n"):
            part = keeper.recv(1)
            if not part:
                return None
            answer += part
    except OSError:
        return None
    return WarmProcess(keeper, int(answer))
