"""The door: bytes become a pipeline or issues, never an exception.

A file is told by its content, not by its name. The steps, each of which ends the
reading when it finds something (the browser's twin does the same):

1. The text (jsontext.read): one issue at "".
2. Limits: more than 5,000 nodes at /nodes, more than 20,000 edges at /edges: `too-large`.
3. What it is: no object, or a Jupyter notebook ("nbformat" with "cells" or
   "worksheets"): `schema` at "". An Elyra pipeline ("doc_type" is "pipeline",
   "pipelines" a list): `unsupported-version` at "".
4. The schema (schema.check).
5. References, of nodes of known types: a value in `parameters` that is an object
   with exactly the key `from` must say `parameters.<name>` or
   `nodes.<id>.results.<name>`, else `schema` at the value.

Nodes of an unknown type are an issue, but no reason to give up: the pipeline
is made, with as much of them as every node has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import jsontext, schema
from .issues import issue, show, tidy
from .model import (
    Condition,
    Edge,
    FromParameter,
    FromResult,
    Issue,
    Json,
    Node,
    Parameter,
    Pipeline,
    Secret,
    Value,
)
from .nodes import is_known

FORMAT = "mlops-1"
UNKNOWN = "unknown"
MAX_NODES = 5_000
MAX_EDGES = 20_000

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_BYTES = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a file turned out to be."""

    document: dict[str, Json] | None
    """What was read, if it is an object within the limits."""
    pipeline: Pipeline | None
    """None iff there is an error other than `unknown-type`."""
    format: str
    """ "mlops-1", "elyra-0" … "elyra-8" or "unknown"."""
    issues: tuple[Issue, ...]


def parse(data: bytes) -> Parsed:
    """Read a pipeline file."""
    try:
        document = jsontext.read(data)
    except jsontext.Unreadable as error:
        return Parsed(None, None, UNKNOWN, (issue("error", error.code, (), error.message, error.hint),))
    if not isinstance(document, dict):
        message = f"The pipeline must be an object, not {show(document)}."
        return Parsed(None, None, UNKNOWN, (issue("error", "schema", (), message),))
    large = _limits(document)
    if large:
        return Parsed(None, None, UNKNOWN, tuple(large))
    return _foreign(document) or _own(document)


def read_value(value: Json) -> Value | FromParameter | FromResult | None:
    """What a value in a node's `parameters` means; None: a reference that cannot be read."""
    if not isinstance(value, dict) or len(value) != 1:
        return Value(value)
    if "value" in value:
        return Value(value["value"])
    if "from" not in value:
        return Value(value)
    parts = value["from"].split(".") if isinstance(value["from"], str) else []
    if len(parts) == 2 and parts[0] == "parameters" and _is("name", parts[1]):
        return FromParameter(parts[1])
    if len(parts) == 4 and parts[::2] == ["nodes", "results"] and _is("id", parts[1]) and _is("name", parts[3]):
        return FromResult(parts[1], parts[3])
    return None


def seconds(text: str) -> float:
    """A duration such as 90s, 30m or 2h in seconds."""
    return float(int(text[:-1]) * _SECONDS[text[-1]])


def size(text: str) -> int:
    """An amount of memory such as 512M in bytes."""
    return int(text[:-1]) * _BYTES[text[-1]]


def _is(definition: str, text: str) -> bool:
    return schema.matches(schema.load("pipeline.v1")["$defs"][definition]["pattern"], text)


def _limits(document: dict[str, Json]) -> list[Issue]:
    issues = []
    nodes, edges = document.get("nodes"), document.get("edges")
    if isinstance(nodes, dict) and len(nodes) > MAX_NODES:
        message = f"The pipeline has {len(nodes)} nodes; at most {MAX_NODES} are read."
        issues.append(issue("error", "too-large", ("nodes",), message))
    if isinstance(edges, list) and len(edges) > MAX_EDGES:
        message = f"The pipeline has {len(edges)} edges; at most {MAX_EDGES} are read."
        issues.append(issue("error", "too-large", ("edges",), message))
    return tidy(issues)


def _foreign(document: dict[str, Json]) -> Parsed | None:
    """What is said of files of other programs that carry the name of a pipeline."""
    if "nbformat" in document and ("cells" in document or "worksheets" in document):
        message = "This is a Jupyter notebook, not a pipeline."
        found = issue("error", "schema", (), message, "Give it back a name that ends in .ipynb.")
        return Parsed(document, None, UNKNOWN, (found,))
    flows = document.get("pipelines")
    if document.get("doc_type") != "pipeline" or not isinstance(flows, list):
        return None
    version = _elyra_version(flows)
    message = f"This is an Elyra pipeline (format {version}); conversion is not built in yet."
    found = issue("error", "unsupported-version", (), message, "The file is left as it is.")
    return Parsed(document, None, f"elyra-{version}" if version <= 8 else UNKNOWN, (found,))


def _elyra_version(flows: list[Json]) -> int:
    """The number of Elyra's format, rounded down; 0 where none is told."""
    data = flows[0].get("app_data") if flows and isinstance(flows[0], dict) else None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", version, re.ASCII):
        version = float(version)
    if isinstance(version, bool) or not isinstance(version, (int, float)):
        return 0
    return max(0, math.floor(version))


def _own(document: dict[str, Json]) -> Parsed:
    issues = schema.check(document)
    if all(one.code == "unknown-type" for one in issues):
        issues = tidy([*issues, *_references(document)])
    version = document.get("version")
    kind = FORMAT if schema.is_number(version) and version == 1 else UNKNOWN
    sound = all(one.code == "unknown-type" for one in issues)
    return Parsed(document, _pipeline(document) if sound else None, kind, tuple(issues))


def _references(document: Mapping[str, Any]) -> list[Issue]:
    """Values of parameters that look like references and are none."""
    return [
        issue(
            "error",
            "schema",
            ("nodes", node, "parameters", parameter),
            f"Node {node}: parameters.{parameter} refers to {show(value['from'])}, which is no reference.",
            'Write parameters.<name> or nodes.<id>.results.<name>, or quote the object as {"value": …}.',
        )
        for node, content in document["nodes"].items()
        if is_known(content["type"])
        for parameter, value in content.get("parameters", {}).items()
        if read_value(value) is None
    ]


def _pipeline(document: dict[str, Any]) -> Pipeline:
    """The document as a value; it is valid, but for nodes of unknown types."""
    defaults = document.get("defaults", {})
    return Pipeline(
        document=document,
        description=document.get("description", ""),
        parameters={name: _parameter(name, content) for name, content in document.get("parameters", {}).items()},
        nodes={node: _node(node, content, defaults) for node, content in document["nodes"].items()},
        edges=tuple(_edge(content) for content in document.get("edges", [])),
    )


def _parameter(name: str, content: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        type=content["type"],
        description=content.get("description", ""),
        default=content.get("default"),
        required="default" not in content,
    )


def _edge(content: Mapping[str, Any]) -> Edge:
    when = content.get("when")
    condition = None if when is None else Condition(when["result"], when["op"], when["value"])
    return Edge(content["from"], content["to"], condition)


def _node(node: str, content: Mapping[str, Any], defaults: Mapping[str, Any]) -> Node:
    label = content.get("label")
    if not is_known(content["type"]):
        return Node(node, content["type"], label if isinstance(label, str) else None)
    settings = {**defaults, **content}
    resources = {**defaults.get("resources", {}), **content.get("resources", {})}
    env = {**defaults.get("env", {}), **content.get("env", {})}
    values = {name: read_value(value) for name, value in content.get("parameters", {}).items()}
    return Node(
        id=node,
        type=content["type"],
        label=label,
        path=content.get("path"),
        kernel=settings.get("kernel") if content["type"] in ("notebook", "script") else None,
        disabled=content.get("disabled", False),
        retries=settings.get("retries", 0),
        retry_delay=seconds(settings["retry_delay"]) if "retry_delay" in settings else 0.0,
        timeout=seconds(settings["timeout"]) if "timeout" in settings else None,
        env={name: Secret(value["secret"]) if isinstance(value, dict) else value for name, value in env.items()},
        parameters={name: value for name, value in values.items() if value is not None},
        files=tuple(content.get("files", ())),
        outputs=tuple(content.get("outputs", ())),
        reuse=settings.get("reuse", "auto"),
        cpu=float(resources.get("cpu", 0)),
        memory=size(resources["memory"]) if "memory" in resources else 0,
        gpu=resources.get("gpu", 0),
    )
