"""Which of the nodes that could start goes first: the one with most of the run still behind it.

How long a node takes is expected from how long it took; of one that never ran, that
it is like the others. Being wrong costs time, never order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median

from ...model import Edge

UNKNOWN_SECONDS = 1.0
LEAST_SECONDS = 0.001
"""So that a node always has more behind it than those that come after it."""


def by_priority(nodes: Iterable[str], edges: Iterable[Edge], seconds: Mapping[str, float]) -> list[str]:
    """The nodes, given so that each comes after its sources, by the longest expected way to the end; also so."""
    order = list(nodes)
    ranks = remaining(order, edges, seconds)
    return sorted(order, key=lambda node: -ranks[node])


def remaining(nodes: Iterable[str], edges: Iterable[Edge], seconds: Mapping[str, float]) -> dict[str, float]:
    """Expected seconds from a node's start to the end of the longest chain that begins with it."""
    order = list(nodes)
    after: dict[str, list[str]] = {node: [] for node in order}
    for edge in edges:
        after[edge.source].append(edge.target)
    known = [seconds[node] for node in order if node in seconds]
    usual = median(known) if known else UNKNOWN_SECONDS
    found: dict[str, float] = {}
    for node in reversed(order):
        own = max(seconds.get(node, usual), LEAST_SECONDS)
        found[node] = own + max((found[target] for target in after[node]), default=0.0)
    return found
