"""When a node runs, against a direct reading of the contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext import states
from mlops_ext.graph import Graph
from mlops_ext.model import Condition, Edge, Node
from mlops_ext.states import allowed, decide, edge_live, run_state
from tests.strategies import graphs

PLAIN = Node("n", "notebook")
DISABLED = Node("n", "notebook", disabled=True)
OK = (True, "succeeded", None)
DEAD = (False, "succeeded", None)
REUSED = OK
CONDITION = (None, "skipped", "condition")
OFF = (True, "skipped", "disabled")
UNCHOSEN = (True, "skipped", "not-selected")
UPSTREAM = (None, "skipped", "upstream")
FAILED = (True, "failed", "error")
CANCELLED = (True, "cancelled", None)


@pytest.mark.parametrize(
    ("incoming", "decision"),
    [
        ([], "run"),
        ([OK], "run"),
        ([OK, OK], "run"),
        ([OK, DEAD], "run"),
        ([OK, CONDITION], "run"),
        ([DEAD], ("skipped", "condition")),
        ([CONDITION], ("skipped", "condition")),
        ([DEAD, CONDITION], ("skipped", "condition")),
        ([(True, "skipped", "condition")], ("skipped", "condition")),
        ([OFF], "run"),
        ([(False, "skipped", "disabled")], ("skipped", "condition")),
        ([UNCHOSEN], "run"),
        ([FAILED], ("skipped", "upstream")),
        ([CANCELLED], ("skipped", "upstream")),
        ([UPSTREAM], ("skipped", "upstream")),
        ([OK, FAILED], ("skipped", "upstream")),
        ([(False, "failed", "error"), OK], ("skipped", "upstream")),
        ([DEAD, UPSTREAM], ("skipped", "upstream")),
        ([(None, "queued", None)], "wait"),
        ([(None, "running", None), FAILED], "wait"),
        ([(None, "waiting", None), OK], "wait"),
        ([(None, "queued", "retry")], "wait"),
    ],
)
def test_decide(incoming: Any, decision: Any) -> None:
    assert decide(PLAIN, incoming) == decision
    assert decide(DISABLED, incoming) == (("skipped", "disabled") if decision == "run" else decision)


@pytest.mark.parametrize(
    ("op", "left", "right", "live"),
    [
        (">=", 0.8, 0.8, True),
        (">", 0.8, 0.8, False),
        ("<", 1, 1.5, True),
        ("<=", 2, 1.5, False),
        ("==", 1, 1.0, True),
        ("!=", 1, 1.0, False),
        ("==", True, 1, False),
        ("!=", True, 1, True),
        ("==", True, True, True),
        ("==", None, None, True),
        ("==", "a", "a", True),
        ("<", "a", "b", True),
        (">", "B", "a", False),
        ("<", "1", 2, False),
        (">=", "1", 2, False),
        ("!=", "1", 1, True),
        ("<", False, 1, False),
        ("<=", 1, True, False),
        (">=", None, 0, False),
        ("==", [1], 1, False),
        ("!=", {"a": 1}, "a", True),
        (">", [2], 1, False),
    ],
)
def test_edge_live(op: str, left: Any, right: Any, live: bool) -> None:
    assert edge_live(Condition("r", op, right), {"r": left}) == live


def test_edges_without_condition_or_result() -> None:
    assert edge_live(None, None)
    assert edge_live(None, {})
    for op in ("<", "<=", ">", ">=", "==", "!="):
        assert not edge_live(Condition("r", op, None), {})
        assert not edge_live(Condition("r", op, None), None)


@pytest.mark.parametrize(
    ("present", "state"),
    [
        ([], "succeeded"),
        (["queued", "queued"], "queued"),
        (["queued", "succeeded"], "running"),
        (["queued", "failed"], "running"),
        (["running", "failed", "waiting"], "running"),
        (["waiting", "queued", "succeeded"], "waiting"),
        (["waiting", "failed"], "waiting"),
        (["succeeded", "skipped"], "succeeded"),
        (["skipped"], "succeeded"),
        (["failed", "cancelled", "skipped", "succeeded"], "failed"),
        (["cancelled", "succeeded"], "cancelled"),
    ],
)
def test_run_state(present: list[str], state: str) -> None:
    assert run_state(present) == state


def test_transitions() -> None:
    assert set(states.TRANSITIONS) == set(states.STATES)
    for before in states.STATES:
        for after in states.STATES:
            if before in states.SETTLED:
                assert not allowed(before, after)
    assert allowed("queued", "running")
    assert allowed("queued", "skipped")
    assert allowed("running", "queued")
    assert not allowed("running", "skipped")
    assert set(states.REASONS) < set(states.STATES)


@st.composite
def executions(draw: st.DrawFn) -> tuple[dict[str, Node], list[Edge], dict[str, str], dict[str, int]]:
    """A graph, what each node would do if it ran, and the result it would report."""
    ids, pairs = draw(graphs(acyclic=True))
    nodes = {node: Node(node, "notebook", disabled=draw(st.sampled_from([False, False, True]))) for node in ids}
    edges = [
        Edge(one, other, draw(st.none() | st.builds(Condition, st.just("r"), st.sampled_from("<>"), st.just(1))))
        for one, other in pairs
    ]
    outcomes = {node: draw(st.sampled_from(["succeeded", "succeeded", "failed", "cancelled"])) for node in ids}
    return nodes, edges, outcomes, {node: draw(st.integers(0, 2)) for node in ids}


@given(executions(), st.randoms(use_true_random=False))
def test_a_run_ends_as_the_contract_says(execution: Any, source: Any) -> None:
    nodes, edges, outcomes, results = execution
    ended: dict[str, tuple[str, str | None]] = {}
    # Whichever settled node is looked at first makes no difference.
    while len(ended) < len(nodes):
        waiting = [node for node in nodes if node not in ended]
        source.shuffle(waiting)
        decided = {node: decide(nodes[node], _incoming(node, edges, ended, results)) for node in waiting}
        ready = [node for node, decision in decided.items() if decision != "wait"]
        assert ready, "nothing can go on"
        decision = decided[ready[0]]
        ended[ready[0]] = (outcomes[ready[0]], None) if decision == "run" else decision  # type: ignore[assignment]
    assert ended == _by_the_contract(nodes, edges, outcomes, results)
    graph = Graph(nodes, ((edge.source, edge.target) for edge in edges))
    for node, (state, reason) in ended.items():
        sources = [ended[one] for one in nodes if graph.is_upstream(one, node)]
        if (state, reason) == ("skipped", "upstream"):
            assert any(state in ("failed", "cancelled") for state, _ in sources)
        direct = [ended[edge.source] for edge in edges if edge.target == node]
        broken = any(one[0] in ("failed", "cancelled") or one == ("skipped", "upstream") for one in direct)
        assert ((state, reason) == ("skipped", "upstream")) == broken
        assert ((state, reason) == ("skipped", "disabled")) <= nodes[node].disabled
        if nodes[node].disabled:
            assert state == "skipped"
    final = [state for state, _ in ended.values()]
    expected = "failed" if "failed" in final else "cancelled" if "cancelled" in final else "succeeded"
    assert run_state(final) == expected


def _incoming(node: str, edges: list[Edge], ended: Any, results: Any) -> list[tuple[bool | None, str, str | None]]:
    return [
        (edge_live(edge.when, {"r": results[edge.source]}), *ended[edge.source])
        if edge.source in ended
        else (None, "queued", None)
        for edge in edges
        if edge.target == node
    ]


def _by_the_contract(nodes: Any, edges: Any, outcomes: Any, results: Any) -> dict[str, tuple[str, str | None]]:
    """Section 3, read sentence by sentence, in an order in which sources come first."""
    ended: dict[str, tuple[str, str | None]] = {}
    for node in Graph(nodes, ((edge.source, edge.target) for edge in edges)).order():
        incoming = [edge for edge in edges if edge.target == node]
        states_ = [ended[edge.source] for edge in incoming]
        live = 0
        for edge, (state, reason) in zip(incoming, states_, strict=True):
            ran_or_passes = state == "succeeded" or (state, reason) == ("skipped", "disabled")
            value = results[edge.source]
            holds = edge.when is None or (value < 1 if edge.when.op == "<" else value > 1)
            live += ran_or_passes and holds
        if any(
            state in ("failed", "cancelled") or (state, reason) == ("skipped", "upstream") for state, reason in states_
        ):
            ended[node] = ("skipped", "upstream")
        elif incoming and not live:
            ended[node] = ("skipped", "condition")
        elif nodes[node].disabled:
            ended[node] = ("skipped", "disabled")
        else:
            ended[node] = (outcomes[node], None)
    return ended
