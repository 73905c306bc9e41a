"""What runs and nodes must not share: outputs in the workspace, and the machine.

A run in place claims all its declared outputs at once and keeps them until it
ends, so two runs never wait for each other; who came first goes first.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 30.0


class OutputClaims:
    """Which run owns which declared outputs."""

    def __init__(self) -> None:
        self._held: dict[str, frozenset[str]] = {}
        self._waiting: dict[str, frozenset[str]] = {}

    def claim(self, run: str, outputs: Iterable[str]) -> bool:
        """Takes all of them, or none and waits in line."""
        wanted = frozenset(outputs)
        if run in self._held:
            return True
        others = [paths for other, paths in self._held.items() if other != run]
        for other, paths in self._waiting.items():
            if other == run:
                break
            others.append(paths)
        if any(_overlap(wanted, paths) for paths in others):
            self._waiting.setdefault(run, wanted)
            return False
        self._waiting.pop(run, None)
        self._held[run] = wanted
        return True

    def release(self, run: str) -> None:
        """The run has ended."""
        self._held.pop(run, None)
        self._waiting.pop(run, None)


def _overlap(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether some path is, or lies in, or holds one of the others."""
    return any(
        one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/") for one in ours for other in theirs
    )


@dataclass(frozen=True)
class Amount:
    """Cores, bytes of memory, graphics cards."""

    cpu: float = 0.0
    memory: int = 0
    gpu: int = 0

    def __le__(self, other: Amount) -> bool:
        return self.cpu <= other.cpu and self.memory <= other.memory and self.gpu <= other.gpu

    def competes(self, other: Amount) -> bool:
        """Whether both want some of the same."""
        return bool((self.cpu and other.cpu) or (self.memory and other.memory) or (self.gpu and other.gpu))

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.cpu + other.cpu, self.memory + other.memory, self.gpu + other.gpu)


class Machine:
    """What this machine has, and what running nodes declared that they take of it.

    A large node would wait for ever if small ones always came in between: who has
    waited for long is let through, and what would keep it waiting waits too.
    """

    def __init__(self, whole: Amount | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self.whole = whole or measure()
        self._most = max(16, 8 * cores())
        self._now = now
        self._taken: dict[tuple[str, str], Amount] = {}
        self._waiting: dict[tuple[str, str], tuple[float, Amount]] = {}

    def lacks(self, wanted: Amount) -> str | None:
        """Why it can never run here, as a sentence; None when it can."""
        if wanted.cpu > self.whole.cpu:
            return f"It wants {wanted.cpu:g} cores, and this machine has {self.whole.cpu:g}."
        if wanted.memory > self.whole.memory:
            return f"It wants {_gib(wanted.memory)} of memory, and this machine has {_gib(self.whole.memory)}."
        if wanted.gpu > self.whole.gpu:
            return f"It wants {wanted.gpu} graphics cards, and this machine has {self.whole.gpu}."
        return None

    def take(self, key: tuple[str, str], wanted: Amount, least: int = 0) -> bool:
        """Takes it if it is free.

        All runs together have so many nodes at once, or `least` if somebody asked
        for more: a node that declares nothing takes memory, too.
        """
        if len(self._taken) >= max(self._most, least):
            return False
        total = wanted
        for amount in self._taken.values():
            total = total + amount
        if not total <= self.whole or self._goes_behind(key, wanted, total):
            self._waiting.setdefault(key, (self._now(), wanted))
            return False
        self._waiting.pop(key, None)
        self._taken[key] = wanted
        return True

    def release(self, key: tuple[str, str]) -> None:
        """The node has ended."""
        self._taken.pop(key, None)

    def forget(self, run: str) -> None:
        """No node of the run waits any more."""
        self._waiting = {key: waiting for key, waiting in self._waiting.items() if key[0] != run}

    def _goes_behind(self, key: tuple[str, str], wanted: Amount, total: Amount) -> bool:
        """Whether somebody has waited for long, and longer, who could not start as long as this one runs."""
        patient = self._now() - PATIENCE_SECONDS
        own = self._waiting.get(key, (self._now(), wanted))[0]
        return any(
            since < min(own, patient) and wanted.competes(other) and not total + other <= self.whole
            for since, other in self._waiting.values()
        )


def at_once(whole: Amount) -> int:
    """How many nodes of one run go on at once, unless it asks for another number.

    Many more than there are cores, for a node that waits or sleeps needs none; but each
    has a process with what it imports, and those must find room.
    """
    room = whole.memory // (512 << 20)
    return max(2, cores(), min(max(16, 4 * cores()), room))


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def measure() -> Amount:
    """What this machine has, within the limits of a container."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    try:
        cards = sum(1 for name in os.listdir("/dev") if name.startswith("nvidia") and name[6:].isdigit())
    except OSError:
        cards = 0
    return Amount(float(cores()), memory, cards)


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
