"""A process with one thread that has imported what takes long, and forks on demand.

Importing papermill, or ipykernel, takes longer than many a notebook runs. One
nursery forks workers (worker.py), one forks keepers of kernels (kernel_main.py).
Both start before the engine itself has imported what it needs.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .lock import MARK

HIDDEN = ("JUPYTER", "JPY", "MLOPS_")
"""Variables that are none of a node's business begin so."""
KERNEL_MAIN = Path(__file__).with_name("kernel_main.py")
WORKER = "mlops_ext.runtimes.local.worker"
_ANSWER_SECONDS = 30.0
_MOST_SECONDS = 3600.0
"""It holds what it imported; after so long what is installed may be another."""


def can_fork() -> bool:
    """Whether forking a process that did nothing but import is safe here, and wanted."""
    return sys.platform.startswith("linux") and os.environ.get("MLOPS_WARM_KERNELS", "1") != "0"


class Nursery:
    """The engine's end of a nursery."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._command = command
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._opened = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def open(self) -> None:
        """Starts it, unless it lives and is young."""
        if not can_fork():
            return
        if self._process is not None:
            if self._process.poll() is None and time.monotonic() - self._opened < _MOST_SECONDS:
                return
            self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs, by our own interpreter
                [*self._command, "--nursery", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
                env=self._environment,
            )
        ours.setblocking(False)
        self._socket = ours
        self._opened = time.monotonic()

    def ask(self, descriptors: Sequence[int]) -> bool:
        """Asks for a fork that gets the descriptors; False if nobody hears it."""
        if self._socket is None:
            return False
        try:
            socket.send_fds(self._socket, [b"fork"], list(descriptors))
        except OSError:
            return False
        return True

    def fork(self) -> socket.socket | None:
        """One end of a socket whose other end a fork has; None if nobody hears it."""
        self.open()
        ours, theirs = socket.socketpair()
        with theirs:
            if self.ask([theirs.fileno()]):
                return ours
        ours.close()
        return None

    async def answer(self) -> int | None:
        """The number of the fork, from a nursery that tells it."""
        import asyncio  # late: commands look at this module, too

        if self._socket is None:
            return None
        loop = asyncio.get_running_loop()
        try:
            said = await asyncio.wait_for(loop.sock_recv(self._socket, 64), _ANSWER_SECONDS)
        except (OSError, TimeoutError):
            return None
        return int(said) if said else None

    def close(self) -> None:
        """Ends it; what it forked is not touched."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Nurseries:
    """The two of an engine."""

    def __init__(self, log: Path) -> None:
        # Kernels get the variables of their node anyway; these are for what is read at import.
        plain = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        if MARK in os.environ:
            plain[MARK] = os.environ[MARK]
        self.log = log
        self.workers = Nursery([sys.executable, "-P", "-m", WORKER], log, os.environ)
        self.kernels = Nursery([sys.executable, str(KERNEL_MAIN)], log, plain)

    @property
    def pids(self) -> set[int]:
        """Their processes."""
        return {pid for pid in (self.workers.pid, self.kernels.pid) if pid is not None}

    def open(self) -> None:
        """Begins to get ready, so that the first attempt need not wait for all of it."""
        self.workers.open()
        self.kernels.open()

    def close(self) -> None:
        """Ends both."""
        self.workers.close()
        self.kernels.close()
