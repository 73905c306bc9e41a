"""What follows from the edges alone: order, cycles, who comes before whom.

Linear in nodes and edges (what is upstream: in nodes times edges, as bits of
integers), without recursion: a pipeline at its limits must not stop a server.
Edges whose ends are no nodes are left out.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property


class Graph:
    """Nodes by id and what is drawn between them."""

    def __init__(self, nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> None:
        after: dict[str, set[str]] = {node: set() for node in nodes}
        before: dict[str, set[str]] = {node: set() for node in after}
        for source, target in edges:
            if source in after and target in after:
                after[source].add(target)
                before[target].add(source)
        self.after: Mapping[str, list[str]] = {node: sorted(targets) for node, targets in after.items()}
        self.before: Mapping[str, list[str]] = {node: sorted(sources) for node, sources in before.items()}

    def order(self) -> list[str]:
        """The nodes so that each comes after its sources, ties by id; those of and behind cycles are left out."""
        missing = {node: len(sources) for node, sources in self.before.items()}
        ready = sorted(node for node, count in missing.items() if count == 0)
        found = []
        while ready:
            node = heapq.heappop(ready)
            found.append(node)
            for target in self.after[node]:
                missing[target] -= 1
                if missing[target] == 0:
                    heapq.heappush(ready, target)
        return found

    def is_upstream(self, source: str, target: str) -> bool:
        """Whether a path of one or more edges leads from one node to the other."""
        return bool(self._upstream[target] >> self._index[source] & 1)

    def count_upstream(self, node: str) -> int:
        """How many other nodes are upstream of a node: less than of any that comes after it only."""
        return (self._upstream[node] & ~(1 << self._index[node])).bit_count()

    def cycles(self) -> list[tuple[str, ...]]:
        """A shortest cycle through the first node of every group of nodes that reach each other.

        Each begins with the least id of its group; sorted.
        """
        groups = [group for group in self.components if len(group) > 1 or group[0] in self.after[group[0]]]
        return sorted(self._cycle(min(group), set(group)) for group in groups)

    @cached_property
    def components(self) -> list[list[str]]:
        """Groups of nodes that reach each other (Tarjan), sources before targets."""
        number: dict[str, int] = {}
        low: dict[str, int] = {}
        path: list[str] = []
        on_path: set[str] = set()
        groups: list[list[str]] = []
        for root in sorted(self.after):
            if root in number:
                continue
            work = [(root, iter(self.after[root]))]
            number[root] = low[root] = len(number)
            path.append(root)
            on_path.add(root)
            while work:
                node, targets = work[-1]
                for target in targets:
                    if target not in number:
                        number[target] = low[target] = len(number)
                        path.append(target)
                        on_path.add(target)
                        work.append((target, iter(self.after[target])))
                        break
                    if target in on_path:
                        low[node] = min(low[node], number[target])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == number[node]:
                        start = _last(path, node)
                        groups.append(path[start:])
                        on_path.difference_update(path[start:])
                        del path[start:]
        return groups[::-1]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {node: index for index, node in enumerate(self.after)}

    @cached_property
    def _upstream(self) -> dict[str, int]:
        """For each node the nodes upstream of it, as bits."""
        found: dict[str, int] = {}
        for group in self.components:
            members = set(group)
            inside = len(group) > 1 or group[0] in self.after[group[0]]
            bits = 0
            for node in group:
                if inside:
                    bits |= 1 << self._index[node]
                for source in self.before[node]:
                    if source not in members:
                        bits |= found[source] | 1 << self._index[source]
            for node in group:
                found[node] = bits
        return found

    def _cycle(self, start: str, group: set[str]) -> tuple[str, ...]:
        """A shortest way from a node back to it, breadth first by id."""
        came_from: dict[str, str] = {}
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for target in self.after[node]:
                if target == start:
                    way = [node]
                    while way[-1] != start:
                        way.append(came_from[way[-1]])
                    return tuple(reversed(way))
                if target in group and target not in came_from:
                    came_from[target] = node
                    waiting.append(target)
        raise ValueError(f"{start} is on no cycle")


def _last(path: list[str], node: str) -> int:
    """Where a node stands, looked for from the end: it is near, so that all searches together stay linear."""
    index = len(path) - 1
    while path[index] != node:
        index -= 1
    return index
