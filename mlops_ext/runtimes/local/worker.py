"""The process of one attempt: runs the node, reports, leaves nothing behind.

Started ahead of its job, so that the imports are done when the job comes. Never
with the user's folder on its path (`python -P`): only kernel and scripts get that.
When its input ends the engine is gone, and the attempt with it.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import json
import logging
import os
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from types import ModuleType
from typing import NoReturn, Protocol

from ...failpoints import failpoint
from . import reap
from .jobs import Job, Outcome, Reports, failure
from .nodelog import NodeLog, follow

INTERRUPT_SECONDS = 2.0
TERMINATE_SECONDS = 0.5
KILLED_SECONDS = 3.0


_OTHER_VERSION = failure(
    "internal",
    "The node could not be run: mlops-ext was updated while its engine was at work.",
    "Run again when no other run of this workspace is under way; then a new engine is started.",
)


class NodeRun(Protocol):
    """What a notebook and a script have in common."""

    async def run(self, output: int) -> Outcome: ...

    async def interrupt(self) -> None: ...

    async def signal(self, signum: int) -> None: ...


class Orders:
    """The worker's input: first the job, then at most the order to stop; its end is an order, too."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def job(self) -> Job | None:
        """Waits for the job; None when the engine has none any more."""
        while b"\n" not in self._rest:
            data = os.read(self._descriptor, 1 << 20)
            if not data:
                return None
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return Job.read(json.loads(line))

    def on_stop(self, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
        """Sets the event once there is an order or the input ends."""

        def look() -> None:
            os.read(self._descriptor, 1 << 16)
            loop.remove_reader(self._descriptor)
            stop.set()

        if self._rest:
            stop.set()
        else:
            loop.add_reader(self._descriptor, look)


def settle() -> None:
    """Takes what would disturb an attempt, or tell of it, away from this process."""
    # Ctrl+C in the terminal of who started the engine is none of ours. Not SIG_IGN: scripts would inherit it.
    signal.signal(signal.SIGINT, lambda *_: None)
    # What libraries warn of and tell would quote what cells hold.
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def preheat() -> None:
    """Imports what notebooks need, and does once what is slow the first time."""
    # jsonschema would compile grammars for addresses, one of which takes ten times as long as all else here,
    # and load calendars and colours; without these it leaves out checks of formats that no notebook has.
    for name in ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors", "uri_template"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None is how an import is barred
    # papermill shall fetch nothing and load nobody's plugins here; without these it cannot, and is here sooner.
    sys.modules.setdefault("requests", ModuleType("requests"))
    plugins = ModuleType("entrypoints")
    plugins.get_group_all = lambda group: []  # type: ignore[attr-defined]  # all that papermill asks it
    sys.modules.setdefault("entrypoints", plugins)
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    from . import kernels, monitor, notebook, script  # noqa: F401

    nbformat.reads('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types
    with suppress(NoSuchKernel):
        kernels.specifications().get_kernel_spec("python3")
    KernelProvisionerFactory.instance()


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes a worker, or the nursery that forks workers."""
    parser = argparse.ArgumentParser(prog="mlops-worker")
    parser.add_argument("--reports", type=int)
    parser.add_argument("--nursery", type=int)
    given = parser.parse_args(arguments)
    settle()
    if given.nursery is not None:
        # The collector finds next to nothing in what is imported, and takes a tenth of the time.
        gc.disable()
    preheat()
    if given.nursery is not None:
        return nurse(socket.socket(fileno=given.nursery))
    return work(Orders(0), Reports(given.reports))


def nurse(engine: socket.socket) -> int:
    """Forks a worker for each request, until the engine is gone. One thread, and nothing but imports."""
    # Children vanish by themselves; the engine knows of their end by their reports.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What is frozen the collector doesn't touch, so the forks go on sharing it.
    gc.freeze()
    gc.enable()
    while True:
        message, descriptors, _, _ = socket.recv_fds(engine, 64, 3)
        if not message:
            return 0
        pid = os.fork()
        if pid == 0:
            engine.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            keeper = socket.socket(fileno=descriptors[2]) if len(descriptors) == 3 else None
            _leave(work(Orders(descriptors[0]), Reports(descriptors[1]), keeper))
        for descriptor in descriptors:
            os.close(descriptor)
        failpoint("worker-forked")
        engine.send(str(pid).encode("ascii"))


def _leave(code: int) -> NoReturn:
    """Ends a fork without the exit handlers of the process that it came from."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def work(orders: Orders, reports: Reports, keeper: socket.socket | None = None) -> int:
    """Waits for the job, does it, ends."""
    reap.become_subreaper()
    try:
        job = orders.job()
    except (TypeError, ValueError, LookupError):
        reports.send(done=asdict(_OTHER_VERSION))
        return 0
    if job is None:
        return 0
    failpoint("job-taken")
    try:
        outcome = asyncio.run(attempt(job, orders, reports, keeper))
    except BaseException as error:
        traceback.print_exception(type(error), None, error.__traceback__)
        outcome = _broken(error)
    failpoint("node-over")
    reports.send(done=asdict(outcome))
    return 0


async def attempt(job: Job, orders: Orders, reports: Reports, keeper: socket.socket | None) -> Outcome:
    """Runs the node, and ends it early when told to."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    orders.on_stop(loop, stop)
    log = NodeLog(job.log, job.secrets)
    reading, writing = os.pipe()
    printed = asyncio.ensure_future(follow(reading, log))
    run = _node_run(job, log, reports, keeper)
    task = asyncio.ensure_future(run.run(writing))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await _end(run, task, job)
        outcome = _result(task, log)
    finally:
        stopped.cancel()
        os.close(writing)
        reap.end_below(os.getpid(), [job.marks], grace=TERMINATE_SECONDS)
        if keeper is not None:
            # What the kernel left has no mark if it only forked; the keeper knows it, and is gone when all is.
            keeper.shutdown(socket.SHUT_WR)
            keeper.settimeout(TERMINATE_SECONDS * 4)
            with suppress(OSError):
                while keeper.recv(64):
                    continue
        await asyncio.wait({printed}, timeout=1.0)
        printed.cancel()
        shown = log.redactor.redact_json
        if "outcome" in locals() and outcome.error is not None and outcome.error["code"] != "cell-error":
            log.note(f"[mlops] {outcome.error['message']}")
        log.close()
    return Outcome(outcome.state, outcome.reason, shown(outcome.error), shown(dict(outcome.results)))


def _node_run(job: Job, log: NodeLog, reports: Reports, keeper: socket.socket | None) -> NodeRun:
    if job.type == "notebook":
        from .notebook import NotebookRun

        return NotebookRun(job, log, reports, keeper)
    if job.type == "monitor":
        from .monitor import MonitorRun

        return MonitorRun(job, log, reports)
    from .script import ScriptRun

    return ScriptRun(job, log, reports)


async def _end(run: NodeRun, task: asyncio.Future[Outcome], job: Job) -> None:
    """Asks, then insists, then kills; the node's own record is written in each case."""
    for signum, seconds in (
        (signal.SIGINT, INTERRUPT_SECONDS),
        (signal.SIGTERM, TERMINATE_SECONDS),
        (signal.SIGKILL, KILLED_SECONDS),
    ):
        try:
            await (run.interrupt() if signum == signal.SIGINT else run.signal(signum))
        except (RuntimeError, OSError):
            pass  # it has ended, or not begun
        done, _ = await asyncio.wait({task}, timeout=seconds)
        if done:
            return
    task.cancel()
    await asyncio.wait({task}, timeout=1.0)


def _result(task: asyncio.Future[Outcome], log: NodeLog) -> Outcome:
    if not task.done() or task.cancelled():
        return failure("stopped", "The node was stopped.", reason="killed")
    error = task.exception()
    if error is not None:
        if not _is_full(error):
            print(log.redactor.redact("".join(traceback.format_exception(error))), file=sys.stderr, flush=True)
        return _broken(error)
    return task.result()


def _broken(error: BaseException) -> Outcome:
    if _is_full(error):
        return failure("disk-full", "The disk is full.", "Free some space and run again.", reason="disk-full")
    return failure(
        "internal",
        f"The node could not be run: {type(error).__name__}: {error}",
        "This is an error of mlops-ext; engine.log has more.",
    )


def _is_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


if __name__ == "__main__":
    sys.exit(main())
