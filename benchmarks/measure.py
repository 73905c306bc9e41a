"""Alternating pairs and their medians: the one way in which this folder times things.

Machines are noisy, and noise comes in waves. Two things that are compared are therefore run in turn (a, b, b, a, …),
and what is reported is the median of each and the median of the pairwise ratios.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAIRS = 7


@dataclass(frozen=True)
class Row:
    """One line of the report. `target` is what was promised, `met` whether the measurement keeps it."""

    what: str
    ours: str
    rival: str
    ratio: str
    target: str
    met: bool


@dataclass(frozen=True)
class Pairs:
    """Seconds of alternating runs of two things."""

    ours: tuple[float, ...]
    rival: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median of ours divided by the rival's, pair by pair."""
        return statistics.median(a / b for a, b in zip(self.ours, self.rival, strict=True))


def seconds(action: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def busy(action: Callable[[], object]) -> float:
    """CPU seconds that the machine spent during one call, whoever spent them: nothing else may be at work."""
    before = _spent()
    action()
    return _spent() - before


def _spent() -> float:
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def alternate(ours: Callable[[], object], rival: Callable[[], object], pairs: int = PAIRS) -> Pairs:
    """Time both in turn, each pair in the other order than the one before."""
    left: list[float] = []
    right: list[float] = []
    for number in range(pairs):
        first, second = ((ours, left), (rival, right)) if number % 2 == 0 else ((rival, right), (ours, left))
        for action, times in (first, second):
            times.append(seconds(action))
    return Pairs(tuple(left), tuple(right))


def median(times: tuple[float, ...] | list[float]) -> float:
    """The middle one."""
    return statistics.median(times)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def answered(what: str, times: list[float], limit: float) -> Row:
    """The line of a question that was asked of a server again and again; seconds."""
    slow = percentile(times, 0.95)
    return Row(
        f"{what}, at the server, p95 of {len(times)}",
        f"{slow * 1000:.1f} ms",
        f"{limit * 1000:.0f} ms",
        f"{slow / limit:.2f}",
        "≤ 1",
        slow <= limit,
    )
