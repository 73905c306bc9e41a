"""Which nodes a part of a pipeline is, against the plainest way to say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.errors import BadRequest
from mlops_ext.model import Edge, Node, Pipeline
from mlops_ext.selection import check, chosen, chosen_again, without_others


@st.composite
def graphs(draw: st.DrawFn) -> Pipeline:
    """Pipelines without cycles: edges go from a smaller number to a larger one."""
    count = draw(st.integers(1, 9))
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    nodes = {f"n{i}": Node(f"n{i}", "script", path="s.sh") for i in range(count)}
    return Pipeline({}, nodes=nodes, edges=tuple(Edge(f"n{i}", f"n{j}") for i, j in edges))


def leads(pipeline: Pipeline, source: str, target: str) -> bool:
    """Whether a way of edges leads there, or it is the node itself."""
    following = (edge.target for edge in pipeline.edges if edge.source == source)
    return source == target or any(leads(pipeline, node, target) for node in following)


@given(graphs(), st.data())
def test_from_and_to_are_what_ways_lead_to(pipeline: Pipeline, data: st.DataObject) -> None:
    node = data.draw(st.sampled_from(sorted(pipeline.nodes)))
    assert chosen(pipeline, "only", node) == {node}
    assert chosen(pipeline, "from", node) == {other for other in pipeline.nodes if leads(pipeline, node, other)}
    assert chosen(pipeline, "to", node) == {other for other in pipeline.nodes if leads(pipeline, other, node)}


@given(graphs(), st.data())
def test_what_failed_comes_with_what_follows(pipeline: Pipeline, data: st.DataObject) -> None:
    failed = data.draw(st.sets(st.sampled_from([*sorted(pipeline.nodes), "gone"])))
    expected = {
        other for other in pipeline.nodes for node in failed & set(pipeline.nodes) if leads(pipeline, node, other)
    }
    assert chosen_again(pipeline, failed) == expected


@given(graphs(), st.data())
def test_the_others_are_not_looked_at(pipeline: Pipeline, data: st.DataObject) -> None:
    selected = data.draw(st.sets(st.sampled_from(sorted(pipeline.nodes))))
    seen = without_others(pipeline, selected)
    assert {name for name, node in seen.nodes.items() if not node.disabled} == selected
    assert seen.edges == pipeline.edges


def test_what_cannot_be_chosen() -> None:
    pipeline = Pipeline({}, nodes={"off": Node("off", "script", path="s.sh", disabled=True)})
    with pytest.raises(BadRequest) as caught:
        chosen(pipeline, "only", "off")
    assert (caught.value.code, caught.value.node) == ("disabled", "off")
    with pytest.raises(BadRequest) as caught:
        chosen(pipeline, "to", "constructor")
    assert caught.value.code == "unknown-node"


@pytest.mark.parametrize("select", [{}, {"only": "a", "from": "b"}, {"only": None}, {"last": "a"}, {"failed": ["x"]}])
def test_selections_that_say_nothing(select: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        check(select)
