"""Workers for the engine, and kernels for the workers.

A worker is forked from its nursery with a pipe for orders and one for reports;
the end of the reports is the end of the worker. With it goes a socket to a keeper
that can fork its kernel. Where fork is hazardous each is started the slow way:
that changes nothing but the time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import reap
from .jobs import Job
from .nursery import WORKER, Nurseries, can_fork


class Worker:
    """The engine's end of a worker."""

    def __init__(self, pid: int, orders: int, reports: int, gone: Callable[[], None]) -> None:
        self._pid = pid
        self._process = reap.read_process(pid)
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
        if self._process is None:
            # Without /proc (macOS) its number has to do.
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            return
        below = reap.descendants(self._pid, reap.table())
        reap.send(self._process, signal.SIGKILL)
        reap.end([self._process, *below], grace=0.1)

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


class Workers:
    """Starts workers."""

    def __init__(self, nurseries: Nurseries, scratch: Path) -> None:
        self.interpreter = sys.executable
        self._scratch = scratch
        self._numbers = itertools.count(1)
        self._nurseries = nurseries
        self._turn = asyncio.Lock()
        self._living: set[int] = set()
        # Their exit status interests nobody, yet somebody must take it.
        self._slow: list[subprocess.Popen[bytes]] = []

    @property
    def pids(self) -> set[int]:
        """The processes that may live as children of the engine."""
        self._slow[:] = [process for process in self._slow if process.poll() is None]
        return self._living | self._nurseries.pids

    def make_ready(self) -> None:
        """Something is going to run."""
        self._nurseries.open()

    def rest(self) -> None:
        """Ends the nurseries until something is to run again."""
        self._nurseries.close()

    def scratch(self) -> Path:
        """A name for a folder of one attempt, never used before."""
        return self._scratch / str(next(self._numbers))

    async def start(self, *, kernel: bool) -> Worker:
        """A worker that waits for its job; `kernel`: with a keeper that may fork a kernel for it."""
        if can_fork():
            async with self._turn:
                for _ in range(2):
                    worker = await self._begin(self._fork, kernel)
                    if worker is not None:
                        return worker
                    self._nurseries.workers.close()  # it was killed, or never got ready: once more, then the slow way
        worker = await self._begin(self._spawn, kernel)
        if worker is None:
            raise ChildProcessError("no worker could be started")
        return worker

    async def _begin(self, way: Callable[[Sequence[int]], Awaitable[int | None]], kernel: bool) -> Worker | None:
        """A worker with pipes of its own: one whose number a nursery took with it ends when these are closed."""
        reading, orders = os.pipe()
        reports, writing = os.pipe()
        keeper = self._nurseries.kernels.fork() if kernel and can_fork() else None
        pid = None
        try:
            pid = await way([reading, writing, *([keeper.fileno()] if keeper is not None else [])])
        finally:
            os.close(reading)
            os.close(writing)
            if keeper is not None:
                keeper.close()
            if pid is None:
                os.close(orders)
                os.close(reports)
        if pid is None:
            return None
        self._living.add(pid)
        return Worker(pid, orders, reports, lambda: self._living.discard(pid))

    async def _fork(self, descriptors: Sequence[int]) -> int | None:
        nursery = self._nurseries.workers
        nursery.open()
        return await nursery.answer() if nursery.ask(descriptors) else None

    async def _spawn(self, descriptors: Sequence[int]) -> int:
        reading, writing = descriptors[:2]
        with self._nurseries.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
                [sys.executable, "-P", "-m", WORKER, "--reports", str(writing)],
                stdin=reading,
                stdout=log,
                stderr=log,
                pass_fds=[writing],
                start_new_session=True,
                cwd="/",
            )
        self._slow.append(process)
        return process.pid
