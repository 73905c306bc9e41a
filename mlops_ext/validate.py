"""What a pipeline must obey beyond its shape.

`validate` holds a pipeline against the rules below and, given facts about the
world, against those of factrules.py. The browser's twin has the same rules.

RULES (error unless said otherwise; P = /nodes/<n>/parameters/<p>):
- unknown_ends: an edge's end that is no node: `unknown-node` at /edges/<i>/from|to
- duplicate_edges: the second edge between the same nodes: `schema` at /edges/<i>
- unknown_in_comments: warning `unknown-node` at /comments/<c>/nodes/<j>
- cycles: one `cycle` for each group of nodes that reach each other, at
  /nodes/<least id>, with a shortest cycle through that node, beginning with it
- references: no such parameter of the pipeline: `unknown-parameter` at P; no
  such node: `unknown-node` at P; no path of edges from it: `missing-edge` at P
- defaults, schedule: a value against its type: `parameter-type` at
  /parameters/<p>/default, /schedule/parameters/<p>; there also `unknown-parameter`
- shared_outputs: nodes (not disabled) that declare the same normalised path:
  `shared-output` at /nodes/<n>/outputs/<i> of all but the first by id; a warning
  if of every two of them one is upstream of the other
- unfit_paths: no relative path: `outside-workspace`; a wrong suffix: for notebooks
  `not-a-notebook`, else `schema`; each at the path
- hidden_direction: warning `schema` where a label or path changes the direction of text
- secret_literals: warning `secret-literal` at the value
- unrunnable: warning `runtime-needed` at /nodes/<n>/type, of nodes that are not disabled

Nodes of unknown types take part in what is said of edges and cycles only.
A null is of no type, but may be a default: then it may be given, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

from . import textpath
from .factrules import FACT_CODES, fact_issues
from .graph import Graph
from .issues import issue, listed, show, tidy
from .model import Facts, FromParameter, FromResult, Issue, Json, Node, Pipeline, Severity, Value
from .nodes import NODE_TYPES, is_known, is_runnable, paths_of
from .parameters import given_issues, has_type, known_names, type_words

__all__ = ["FACT_CODES", "RULES", "not_run_here", "validate"]

SECRET_WORDS = frozenset(
    {"KEY", "APIKEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS"}
)
SECRET_SHAPES = (
    "A(?:KIA|SIA)[0-9A-Z]{16}",
    "gh[pousr]_[A-Za-z0-9]{20,}",
    "github_pat_[A-Za-z0-9_]{20,}",
    "glpat-[A-Za-z0-9_-]{20,}",
    "xox[abprs]-[A-Za-z0-9-]{10,}",
    "sk-[A-Za-z0-9_-]{20,}",
    "AIza[0-9A-Za-z_-]{35}",
    "hf_[A-Za-z0-9]{30,}",
    "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.]",
)
_SECRET = re.compile("|".join(SECRET_SHAPES))
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NAMED = 20


class Subject:
    """A pipeline under examination, with what several rules ask of it."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.document: Mapping[str, Any] = pipeline.document

    @cached_property
    def graph(self) -> Graph:
        return Graph(self.pipeline.nodes, ((edge.source, edge.target) for edge in self.pipeline.edges))

    @cached_property
    def known(self) -> list[Node]:
        """The nodes of known types."""
        return [node for node in self.pipeline.nodes.values() if is_known(node.type)]


def validate(pipeline: Pipeline, facts: Facts | None = None) -> list[Issue]:
    """The issues of a pipeline as a tidy list; with facts also those that need the world."""
    subject = Subject(pipeline)
    found = [one for rule in RULES for one in rule(subject)]
    if facts is not None:
        found += fact_issues(pipeline, facts)
    return tidy(found)


def unknown_ends(subject: Subject) -> Iterator[Issue]:
    nodes = subject.pipeline.nodes
    for index, edge in enumerate(subject.pipeline.edges):
        for field, end, other in (("from", edge.source, edge.target), ("to", edge.target, edge.source)):
            if end not in nodes:
                yield issue(
                    "error",
                    "unknown-node",
                    ("edges", index, field),
                    f"Edge {index + 1} goes {field} {end}, but there is no node of this id.",
                    "Take the edge out, or give the node back.",
                    node=other if other in nodes else None,
                )


def duplicate_edges(subject: Subject) -> Iterator[Issue]:
    seen = set()
    for index, edge in enumerate(subject.pipeline.edges):
        if (edge.source, edge.target) in seen:
            message = f"Edge {index + 1} is the second from {edge.source} to {edge.target}."
            yield issue("error", "schema", ("edges", index), message, "Take one of the two out.")
        seen.add((edge.source, edge.target))


def unknown_in_comments(subject: Subject) -> Iterator[Issue]:
    for comment, content in subject.document.get("comments", {}).items():
        for index, node in enumerate(content.get("nodes", ())):
            if node not in subject.pipeline.nodes:
                message = f"Comment {comment} is about {node}, but there is no node of this id."
                yield issue("warning", "unknown-node", ("comments", comment, "nodes", index), message)


def cycles(subject: Subject) -> Iterator[Issue]:
    for cycle in subject.graph.cycles():
        shown = [*cycle[:_NAMED], *(["…"] if len(cycle) > _NAMED else []), cycle[0]]
        yield issue(
            "error",
            "cycle",
            ("nodes", cycle[0]),
            f"The pipeline goes round in a circle: {' → '.join(shown)}.",
            "Take one of these edges out.",
            nodes=cycle,
        )


def references(subject: Subject) -> Iterator[Issue]:
    pipeline = subject.pipeline
    for node in subject.known:
        for parameter, value in node.parameters.items():
            place = ("nodes", node.id, "parameters", parameter)
            what = f"Node {node.id}: {parameter} comes from"
            if isinstance(value, FromParameter) and value.name not in pipeline.parameters:
                message = f"{what} the pipeline's parameter {value.name}, which does not exist."
                yield issue("error", "unknown-parameter", place, message, known_names(pipeline.parameters))
            elif isinstance(value, FromResult) and value.node not in pipeline.nodes:
                message = f"{what} node {value.node}, but there is no node of this id."
                yield issue("error", "unknown-node", place, message)
            elif isinstance(value, FromResult) and not subject.graph.is_upstream(value.node, node.id):
                message = f"{what} node {value.node}, which does not run before it."
                yield issue("error", "missing-edge", place, message, f"Draw an edge from {value.node} to {node.id}.")


def defaults(subject: Subject) -> Iterator[Issue]:
    for parameter in subject.pipeline.parameters.values():
        if parameter.default is not None and not has_type(parameter.default, parameter.type):
            message = f"Parameter {parameter.name}: the default must be {type_words(parameter.type)}, not "
            place = ("parameters", parameter.name, "default")
            yield issue("error", "parameter-type", place, f"{message}{show(parameter.default)}.")


def schedule(subject: Subject) -> Iterator[Issue]:
    given: Mapping[str, Json] = subject.document.get("schedule", {}).get("parameters", {})
    yield from given_issues(subject.pipeline.parameters, given, ("schedule", "parameters"))


def shared_outputs(subject: Subject) -> Iterator[Issue]:
    groups: dict[str, dict[str, int]] = {}
    for node in sorted(subject.known, key=lambda node: node.id):
        for index, output in enumerate(() if node.disabled else node.outputs):
            groups.setdefault(textpath.normal(output), {}).setdefault(node.id, index)
    for output, writers in groups.items():
        if len(writers) > 1:
            severity: Severity = "warning" if _is_chain(subject.graph, list(writers)) else "error"
            message = f"The output {show(output)} is made by several nodes: {listed(list(writers)[:_NAMED], 'and')}."
            for writer, index in list(writers.items())[1:]:
                place = ("nodes", writer, "outputs", index)
                yield issue(severity, "shared-output", place, message, "Give each node an output of its own.")


def unfit_paths(subject: Subject) -> Iterator[Issue]:
    for node in subject.known:
        for place, text in paths_of(node):
            if not textpath.is_relative(text):
                message = f"Node {node.id}: {show(text)} is no path relative to the pipeline file."
                hint = "Files must lie in the workspace, and be named as seen from the pipeline."
                yield issue("error", "outside-workspace", place, message, hint)
        kind = NODE_TYPES[node.type]
        if kind.suffixes and node.path is not None and not node.path.endswith(kind.suffixes):
            endings = listed(kind.suffixes)
            message = f"Node {node.id}: {show(node.path)} must end in {endings}, as it is a {kind.title.lower()}."
            code = "not-a-notebook" if node.type == "notebook" else "schema"
            yield issue("error", code, ("nodes", node.id, "path"), message)


def hidden_direction(subject: Subject) -> Iterator[Issue]:
    for node in subject.known:
        for field, text in (("label", node.label), ("path", node.path)):
            if text is not None and _DIRECTION.search(text):
                message = f"Node {node.id}: {field} has characters that change the direction of text: {show(text)}."
                yield issue("warning", "schema", ("nodes", node.id, field), message)


def secret_literals(subject: Subject) -> Iterator[Issue]:
    document, hint = subject.document, 'Store it as a secret, and write {"secret": "<name>"}.'
    env: list[tuple[tuple[str, ...], Mapping[str, Any]]]
    env = [(("defaults", "env"), document.get("defaults", {}).get("env", {}))]
    env += [(("nodes", node.id, "env"), document["nodes"][node.id].get("env", {})) for node in subject.known]
    for place, values in env:
        for key, value in values.items():
            if isinstance(value, str) and value and (_names_secret(key) or _SECRET.search(value)):
                message = f"The environment variable {key} looks like a secret in plain text."
                yield issue("warning", "secret-literal", (*place, key), message, hint)
    for parameter in subject.pipeline.parameters.values():
        if isinstance(parameter.default, str) and _SECRET.search(parameter.default):
            message = f"The default of parameter {parameter.name} looks like a secret in plain text."
            yield issue("warning", "secret-literal", ("parameters", parameter.name, "default"), message, hint)
    for node in subject.known:
        for key, given in node.parameters.items():
            if isinstance(given, Value) and isinstance(given.value, str) and _SECRET.search(given.value):
                message = f"Node {node.id}: {key} looks like a secret in plain text."
                yield issue("warning", "secret-literal", ("nodes", node.id, "parameters", key), message, hint)


def unrunnable(subject: Subject) -> Iterator[Issue]:
    for node in subject.known:
        if not is_runnable(node.type) and not node.disabled:
            yield not_run_here("warning", node)


def not_run_here(severity: Severity, node: Node) -> Issue:
    """The issue of a node that this version does not run on this machine."""
    title = NODE_TYPES[node.type].title
    return issue(
        severity,
        "runtime-needed",
        ("nodes", node.id, "type"),
        f"Node {node.id}: this version does not run nodes of the type {node.type} ({title}) on this machine.",
        "Disable the node to run the others.",
    )


RULES: tuple[Callable[[Subject], Iterator[Issue]], ...] = (
    unknown_ends,
    duplicate_edges,
    unknown_in_comments,
    cycles,
    references,
    defaults,
    schedule,
    shared_outputs,
    unfit_paths,
    hidden_direction,
    secret_literals,
    unrunnable,
)


def _names_secret(variable: str) -> bool:
    return not SECRET_WORDS.isdisjoint(variable.upper().split("_"))


def _is_chain(graph: Graph, nodes: list[str]) -> bool:
    """Whether of every two of these nodes one is upstream of the other."""
    ordered = sorted(nodes, key=lambda node: (graph.count_upstream(node), node))
    return all(graph.is_upstream(one, other) for one, other in pairwise(ordered))
