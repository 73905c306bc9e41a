"""Workers for the engine, and kernels for the workers: forked where the imports are done.

Importing papermill, or ipykernel, takes longer than many a notebook runs. A
nursery is a process with one thread that has imported them; it forks on demand
and forgets what it forked. One forks workers, with a pipe for orders and one for
reports; the end of the reports is the end of the worker. One forks keepers of
kernels (kernel_main.py), which talk to the worker. Where fork is hazardous each
process is started the slow way: that changes nothing but the time.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import reap
from .environment import HIDDEN
from .jobs import Job

KERNEL_MAIN = Path(__file__).with_name("kernel_main.py")
_WORKER = "mlops_ext.runtimes.local.worker"
_STARTED_SECONDS = 30.0
_MOST_SECONDS = 3600.0
"""A nursery holds what it imported; after so long what is installed may be another."""


def can_fork() -> bool:
    """Whether forking a process that did nothing but import is safe here, and wanted."""
    return sys.platform.startswith("linux") and os.environ.get("MLOPS_WARM_KERNELS", "1") != "0"


class Worker:
    """The engine's end of a worker."""

    def __init__(self, process: reap.Process | None, orders: int, reports: int, gone: Callable[[], None]) -> None:
        self.process = process
        self._gone = gone
        self._orders = orders
        self._transport: asyncio.ReadTransport | None = None
        self._reports = reports

    def begin(self, job: Job) -> None:
        """Gives it its job."""
        self._write(job.line())

    def stop(self) -> None:
        """Orders it to end the attempt."""
        self._write(b'{"stop":true}\n')

    async def reports(self) -> AsyncIterator[dict[str, Any]]:
        """What it tells, until it is gone."""
        reader = asyncio.StreamReader(limit=1 << 26)
        pipe = os.fdopen(self._reports, "rb", buffering=0)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        while line := await reader.readline():
            if line.endswith(b"\n"):
                yield json.loads(line)

    def kill(self) -> None:
        """Ends it and all below it, now; takes a moment, so not in the engine's own thread."""
        if self.process is None:
            return
        below = reap.descendants(self.process.pid, reap.table())
        reap.send(self.process, signal.SIGKILL)
        reap.end([self.process, *below], grace=0.1)

    def close(self) -> None:
        """Lets go of the pipes, after the worker is gone."""
        self._gone()
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1

    def _write(self, data: bytes) -> None:
        # A worker that is gone is noticed by the end of its reports.
        with suppress(OSError):
            while data:
                data = data[os.write(self._orders, data) :]


class Nursery:
    """A process that forks on demand."""

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

    async def answer(self) -> int | None:
        """The number of the fork, from a nursery that tells it."""
        if self._socket is None:
            return None
        loop = asyncio.get_running_loop()
        try:
            said = await asyncio.wait_for(loop.sock_recv(self._socket, 64), _STARTED_SECONDS)
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


class Workers:
    """Starts workers."""

    def __init__(self, log: Path) -> None:
        self.interpreter = sys.executable
        self._log = log
        plain = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        marked = {**plain, **{name: value for name, value in os.environ.items() if name == "MLOPS_ENGINE"}}
        self._workers = Nursery([sys.executable, "-P", "-m", _WORKER], log, os.environ)
        self._kernels = Nursery([sys.executable, str(KERNEL_MAIN)], log, marked)
        self._turn = asyncio.Lock()
        self._living: set[int] = set()
        # Their exit status interests nobody, yet somebody must take it.
        self._slow: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        """Begins to get ready, so that the first attempt need not wait for all of it."""
        if can_fork():
            self._workers.open()
            self._kernels.open()

    @property
    def pids(self) -> set[int]:
        """The processes that may live as children of the engine."""
        nurseries = {pid for pid in (self._workers.pid, self._kernels.pid) if pid is not None}
        self._slow[:] = [process for process in self._slow if process.poll() is None]
        return self._living | nurseries

    async def start(self, *, kernel: bool) -> Worker:
        """A worker that waits for its job; `kernel`: with a keeper that may fork a kernel for it."""
        reading, orders = os.pipe()
        reports, writing = os.pipe()
        keeper = self._keeper() if kernel else None
        try:
            pid = await self._start([reading, writing], keeper)
        except BaseException:
            os.close(orders)
            os.close(reports)
            raise
        finally:
            os.close(reading)
            os.close(writing)
            if keeper is not None:
                keeper.close()
        self._living.add(pid)
        return Worker(reap.read_process(pid), orders, reports, lambda: self._living.discard(pid))

    def close(self) -> None:
        """No more workers; those that run are not touched."""
        self._workers.close()
        self._kernels.close()

    def _keeper(self) -> socket.socket | None:
        """The worker's end of a socket whose other end a keeper has."""
        if not can_fork():
            return None
        self._kernels.open()
        ours, theirs = socket.socketpair()
        with theirs:
            if self._kernels.ask([theirs.fileno()]):
                return ours
        ours.close()
        return None

    async def _start(self, pipes: list[int], keeper: socket.socket | None) -> int:
        if can_fork():
            descriptors = [*pipes, keeper.fileno()] if keeper is not None else pipes
            async with self._turn:
                for _ in range(2):
                    self._workers.open()
                    pid = await self._workers.answer() if self._workers.ask(descriptors) else None
                    if pid is not None:
                        return pid
                    self._workers.close()  # it was killed, or never got ready: once more, then the slow way
        reading, writing = pipes
        with self._log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-P", "-m", _WORKER, "--reports", str(writing)],
                stdin=reading,
                stdout=log,
                stderr=log,
                pass_fds=[writing],
                start_new_session=True,
                cwd="/",
            )
        self._slow.append(process)
        return process.pid
