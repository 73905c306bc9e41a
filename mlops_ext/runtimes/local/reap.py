"""Finds the processes of an attempt, wherever they went, and ends them.

Killing a process doesn't end its children, and children leave: by `setsid`, by
two forks, by `nohup`. Two witnesses find them. Worker and engine are subreapers,
so what lost its parent comes to them and stays in their tree; and every process
of a node shows its run, node and attempt in /proc/<pid>/environ. A process is
named by pid *and* start time, so that a number used again is never hit.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Process:
    """A process as /proc tells it."""

    pid: int
    parent: int
    session: int
    start_time: int
    zombie: bool


def become_subreaper() -> bool:
    """From now on processes below this one that lose their parent become its children."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def read_process(pid: int) -> Process | None:
    """The process with this number, or None."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The name in parentheses may hold anything; what follows it doesn't.
    fields = text[text.rindex(b")") + 2 :].split()
    return Process(pid, int(fields[1]), int(fields[3]), int(fields[19]), fields[0] in (b"Z", b"X"))


def start_time(pid: int) -> int:
    """When the process started, in the kernel's ticks; 0 where that is not told."""
    process = read_process(pid)
    return process.start_time if process else 0


def table() -> dict[int, Process]:
    """All processes that can be seen."""
    try:
        names = os.listdir("/proc")
    except OSError:
        return {}
    found = (read_process(int(name)) for name in names if name.isdigit())
    return {process.pid: process for process in found if process is not None}


def descendants(root: int, processes: Mapping[int, Process]) -> list[Process]:
    """All below the process, parents before their children."""
    children: dict[int, list[Process]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = list(children.get(root, ()))
    while waiting:
        process = waiting.pop(0)
        found.append(process)
        waiting.extend(children.get(process.pid, ()))
    return found


def marked(marks: Iterable[Mapping[str, str]], processes: Mapping[int, Process]) -> list[Process]:
    """The processes whose environment has all variables of one of the marks."""
    wanted = [
        [f"{name}={value}".encode(errors="surrogateescape") for name, value in mark.items()] for mark in marks if mark
    ]
    found = []
    for process in processes.values():
        if process.zombie or process.pid == os.getpid():
            continue
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except OSError:
            continue  # another user's, or gone
        entries: set[bytes] | None = None
        for mark in wanted:
            if not all(entry in environment for entry in mark):
                continue
            entries = entries if entries is not None else set(environment.split(b"\0"))
            if all(entry in entries for entry in mark):
                found.append(process)
                break
    return found


def alive(process: Process) -> bool:
    """Whether it is still this very process, and not dead already."""
    now = read_process(process.pid)
    return now is not None and now.start_time == process.start_time and not now.zombie


def send(process: Process, signum: int) -> None:
    """Signals the process if it is still this very one."""
    if not alive(process):
        return
    try:
        if hasattr(os, "pidfd_open"):
            descriptor = os.pidfd_open(process.pid)
            try:
                # Looked at again: between the first look and the descriptor the number may have changed hands.
                if alive(process):
                    signal.pidfd_send_signal(descriptor, signum)
            finally:
                os.close(descriptor)
        else:
            os.kill(process.pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def end(processes: Iterable[Process], grace: float = 0.5) -> list[Process]:
    """Asks the processes to end, then kills those that don't; answers those that were there."""
    there = [process for process in processes if alive(process)]
    if not there:
        return []
    for process in there:
        send(process, signal.SIGTERM)
    left = _wait(there, grace)
    for process in left:
        send(process, signal.SIGKILL)
    _wait(left, 2.0)
    return there


def end_below(root: int, marks: Iterable[Mapping[str, str]] = (), *, grace: float = 0.5) -> list[Process]:
    """Ends all below `root` and all that carry a mark, until nothing is left of them.

    What is ended may have forked a moment before: it is looked again until a look
    finds nothing. `root` itself is left alone.
    """
    marks = list(marks)
    ended: list[Process] = []
    for _ in range(20):
        processes = table()
        found = {process.pid: process for process in descendants(root, processes) if not process.zombie}
        for process in marked(marks, processes) if marks else ():
            found[process.pid] = process
            found.update((child.pid, child) for child in descendants(process.pid, processes) if not child.zombie)
        found.pop(root, None)
        found.pop(os.getpid(), None)
        collect(descendants(os.getpid(), processes))
        if not found:
            break
        ended += end(found.values(), grace)
        collect(found.values())
    return ended


def end_marked(marks: Iterable[Mapping[str, str]], spare: Collection[int]) -> list[Process]:
    """Ends all that carry a mark and all below them, but not this process and those to be spared."""
    marks = list(marks)
    ended: list[Process] = []
    for _ in range(20):
        processes = table()
        found = {process.pid: process for process in marked(marks, processes) if process.pid not in spare}
        for process in list(found.values()):
            found.update((child.pid, child) for child in descendants(process.pid, processes) if not child.zombie)
        for pid in (*spare, os.getpid()):
            found.pop(pid, None)
        if not found:
            break
        ended += end(found.values())
        collect(found.values())
    return ended


def end_strays(own: Collection[int]) -> list[Process]:
    """Ends the children of this process that it did not start, with all below them."""
    processes = table()
    children = [process for process in processes.values() if process.parent == os.getpid() and process.pid not in own]
    collect(process for process in children if process.zombie)
    strays = [process for process in children if not process.zombie]
    below = [child for stray in strays for child in descendants(stray.pid, processes)]
    ended = end([*strays, *below], grace=0.2)
    collect(ended)
    return ended


def collect(processes: Iterable[Process]) -> None:
    """Takes the exit status of those that are dead children of this process, so that they vanish."""
    for process in processes:
        if process.parent == os.getpid() or process.zombie:
            try:
                os.waitpid(process.pid, os.WNOHANG)
            except OSError:
                continue


def _wait(processes: list[Process], seconds: float) -> list[Process]:
    """Those that are still alive after at most so long."""
    deadline = time.monotonic() + seconds
    left = processes
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        left = [process for process in left if alive(process)]
    return left
