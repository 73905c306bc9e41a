"""Which nodes a run of a part of a pipeline runs.

`select` says it: {"only": node}, {"from": node}, {"to": node}, or {"failed": run},
which means what did not come to its end in that run, and what comes after it. The
other nodes are passed over, and what they gave the last time stands for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from .errors import BadRequest
from .graph import Graph
from .issues import name as show_name
from .model import Pipeline

KINDS = ("only", "from", "to", "failed")


def check(select: Mapping[str, object]) -> tuple[str, str]:
    """The kind of a selection, and the node or run that it names."""
    if len(select) == 1:
        ((kind, named),) = select.items()
        if kind in KINDS and isinstance(named, str):
            return kind, named
    raise BadRequest("What to run is said by one of only, from, to (a node) or failed (a run).", pointer="/select")


def chosen(pipeline: Pipeline, kind: str, node: str) -> frozenset[str]:
    """The nodes that `only`, `from` or `to` a node means."""
    found = pipeline.nodes.get(node)
    if found is None:
        raise BadRequest(
            f"There is no node {show_name(node)}.",
            "Choose one of the pipeline.",
            code="unknown-node",
            pointer="/select",
        )
    if found.disabled:
        raise BadRequest(
            f"Node {node} is disabled.", "Enable it to run it.", code="disabled", pointer="/select", node=node
        )
    if kind == "only":
        return frozenset({node})
    graph = _graph(pipeline)
    return _reached(graph.after if kind == "from" else graph.before, [node])


def chosen_again(pipeline: Pipeline, unfinished: Iterable[str]) -> frozenset[str]:
    """Nodes that did not come to their end, as far as the pipeline still has them, and what comes after them."""
    return _reached(_graph(pipeline).after, [node for node in unfinished if node in pipeline.nodes])


def without_others(pipeline: Pipeline, selected: Collection[str]) -> Pipeline:
    """The pipeline to be checked: what is wrong with a node that is passed over stands in nobody's way."""
    nodes = {name: node if name in selected else replace(node, disabled=True) for name, node in pipeline.nodes.items()}
    return replace(pipeline, nodes=nodes)


def _graph(pipeline: Pipeline) -> Graph:
    return Graph(pipeline.nodes, ((edge.source, edge.target) for edge in pipeline.edges))


def _reached(following: Mapping[str, list[str]], starts: Iterable[str]) -> frozenset[str]:
    found = set(starts)
    waiting = list(found)
    while waiting:
        for node in following[waiting.pop()]:
            if node not in found:
                found.add(node)
                waiting.append(node)
    return frozenset(found)
