"""Order, cycles and who is upstream, against slow definitions."""

from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import given

from mlops_ext.graph import Graph
from tests.strategies import graphs

Drawn = tuple[list[str], list[tuple[str, str]]]


def reach(drawn: Drawn) -> set[tuple[str, str]]:
    """All pairs with a path of one or more edges, by definition."""
    found = set(drawn[1])
    while True:
        new = {(a, d) for a, b in found for c, d in found if b == c} - found
        if not new:
            return found
        found |= new


@given(graphs())
def test_upstream(drawn: Drawn) -> None:
    graph, pairs = Graph(*drawn), reach(drawn)
    for one in drawn[0]:
        assert graph.count_upstream(one) == sum((other, one) in pairs for other in drawn[0] if other != one)
        for other in drawn[0]:
            assert graph.is_upstream(one, other) == ((one, other) in pairs)


@given(graphs())
def test_cycles(drawn: Drawn) -> None:
    graph, pairs = Graph(*drawn), reach(drawn)
    on_cycles = {node for node in drawn[0] if (node, node) in pairs}
    cycles = graph.cycles()
    firsts = {min(other for other in on_cycles if {(node, other), (other, node)} <= pairs) for node in on_cycles}
    assert [cycle[0] for cycle in cycles] == sorted(firsts)
    for cycle in cycles:
        assert len(set(cycle)) == len(cycle)
        assert set(zip(cycle, (*cycle[1:], cycle[0]), strict=True)) <= set(drawn[1])
    assert (len(graph.order()) == len(drawn[0])) == (not cycles)


@given(graphs(acyclic=True))
def test_order(drawn: Drawn) -> None:
    order = Graph(*drawn).order()
    assert sorted(order) == sorted(drawn[0])
    place = {node: index for index, node in enumerate(order)}
    assert all(place[source] < place[target] for source, target in drawn[1])
    # Ties by id: of two neighbours the second could not have come first, or is greater.
    for one, other in pairwise(order):
        assert one < other or (one, other) in drawn[1]
    assert order == Graph(reversed(drawn[0]), reversed(drawn[1])).order()


def test_edges_to_nowhere_are_left_out() -> None:
    graph = Graph(["a", "b"], [("a", "x"), ("x", "b"), ("x", "x")])
    assert graph.order() == ["a", "b"]
    assert graph.cycles() == []
    assert not graph.is_upstream("a", "b")


def test_a_shortest_cycle_is_told() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("c", "a"), ("a", "e"), ("e", "c")]
    assert Graph("abcde", edges).cycles() == [("a", "b", "c")]


def test_large_graphs_take_no_time_and_no_stack() -> None:
    ids = [f"n{i}" for i in range(5000)]
    chain = list(pairwise(ids))
    dense = [(ids[i], ids[i + step]) for i in range(4990) for step in (1, 3, 7, 9)]
    started = time.monotonic()
    for edges in (chain, [*chain, (ids[-1], ids[0])], dense, [*dense, (ids[-1], ids[0])]):
        graph = Graph(ids, edges)
        graph.order()
        assert len(graph.cycles()) <= 1
        assert graph.is_upstream("n0", "n4000")
    assert time.monotonic() - started < 10
