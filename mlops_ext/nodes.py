"""The types of nodes, and what this version does with each.

A new type is a definition in schemas/pipeline.v1.json and an entry here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .model import Node


@dataclass(frozen=True, slots=True)
class NodeType:
    """What one type of node is."""

    name: str
    title: str
    suffixes: tuple[str, ...] = ()
    """What the name of its file ends in; empty: it has no file."""
    runnable: bool = False
    """This version runs it on this machine."""
    in_place: bool = False
    """It works on the workspace itself, so not in isolated runs, nor elsewhere."""


NODE_TYPES: Mapping[str, NodeType] = {
    kind.name: kind
    for kind in (
        NodeType("notebook", "Notebook", (".ipynb",), runnable=True),
        NodeType("script", "Script", (".py", ".R", ".sh"), runnable=True),
        NodeType("pipeline", "Sub-pipeline", (".pipeline",)),
        NodeType("monitor", "Monitor", (".monitor",), runnable=True, in_place=True),
        NodeType("approval", "Approval"),
        NodeType("operator", "Airflow operator"),
        NodeType("kfp", "Kubeflow component"),
    )
}


def is_known(name: str) -> bool:
    """Whether the schema has a definition for nodes of this type."""
    return name in NODE_TYPES


def is_runnable(name: str) -> bool:
    """Whether this version runs nodes of this type on this machine."""
    return name in NODE_TYPES and NODE_TYPES[name].runnable


def paths_of(node: Node) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The paths that a node names, each with its place in the document."""
    if node.path is not None:
        yield ("nodes", node.id, "path"), node.path
    for field, texts in (("files", node.files), ("outputs", node.outputs)):
        for index, text in enumerate(texts):
            yield ("nodes", node.id, field, index), text
