"""A pipeline, a runtime and parameter values become a plan.

The plan is all that a runtime needs: defaults applied, parameters of the
pipeline filled in, paths relative to the workspace, steps in the order in which
they can run. The same pipeline gives the same plan, however its file is ordered.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from . import jsontext, textpath
from .errors import InvalidPipeline
from .graph import Graph
from .issues import issue, show, tidy
from .issues import name as show_name
from .model import Condition, Edge, FromParameter, FromResult, Issue, Json, Node, Pipeline, Secret, Value
from .nodes import NODE_TYPES, is_known, is_runnable, paths_of
from .parameters import given_issues, type_words
from .selection import without_others
from .validate import not_run_here, validate


@dataclass(frozen=True, slots=True)
class Step:
    """One node of a plan; paths are relative to the workspace, posix, normalised."""

    id: str
    type: str
    label: str | None = None
    path: str | None = None
    kernel: str | None = None
    cwd: str = ""
    """The folder of its file (without a file, that of the pipeline); "" is the workspace itself."""
    parameters: Mapping[str, Value | FromParameter | FromResult] = field(default_factory=dict)
    """With `FromParameter` only in a plan that is not bound to values."""
    env: Mapping[str, str | Secret] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    retries: int = 0
    retry_delay: float = 0.0
    timeout: float | None = None
    disabled: bool = False
    selected: bool = True
    """False: not chosen for this run, so that what it gave the last time stands for it."""
    reuse: str = "auto"
    cpu: float = 0.0
    memory: int = 0
    gpu: int = 0

    @property
    def runs(self) -> bool:
        """Whether it is not passed over."""
        return self.selected and not self.disabled


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, frozen with the run; steps so that each comes after its sources, ties by id."""

    pipeline: str
    """Path relative to the workspace."""
    pipeline_sha256: str
    runtime: str = "local"
    mode: str = "in-place"
    parameters: Mapping[str, Json] = field(default_factory=dict)
    steps: Mapping[str, Step] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    """By source and target."""
    version: int = 1

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON; `from_json` gives an equal plan."""
        return {
            "version": self.version,
            "pipeline": self.pipeline,
            "pipeline_sha256": self.pipeline_sha256,
            "runtime": self.runtime,
            "mode": self.mode,
            "parameters": dict(self.parameters),
            "steps": {step.id: _step_json(step) for step in self.steps.values()},
            "edges": [_edge_json(edge) for edge in self.edges],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Plan:
        """A plan from what `to_json` made, also if something has sorted its keys since."""
        edges = tuple(_edge_from_json(edge) for edge in document["edges"])
        steps = {name: _step_from_json(name, document["steps"][name]) for name in _order(document["steps"], edges)}
        return cls(**{**document, "steps": steps, "edges": edges})


def compile_plan(
    pipeline: Pipeline,
    *,
    path: str,
    sha256: str,
    runtime: str = "local",
    mode: str = "in-place",
    parameters: Mapping[str, Json] | None = None,
    bind: bool = True,
    selected: Collection[str] | None = None,
) -> Plan:
    """The plan of a pipeline whose file is at `path` in the workspace; raises InvalidPipeline.

    Not bound, it serves any run: steps refer to the pipeline's parameters, of which the plan has the defaults.
    `selected`: the nodes that a partial run runs.

    What is refused: errors of `validate`, no nodes at all, nodes that the
    runtime does not run, parameters that do not exist, have the wrong type or
    are missing (`parameter-type`), and paths that lead out of the workspace.
    """
    given, issues = _as_from_a_file(parameters or {})
    folder = textpath.folder(textpath.normal(path))
    runs = pipeline if selected is None else without_others(pipeline, selected)
    issues += [one for one in validate(runs) if one.severity == "error"]
    issues += [
        *_not_runnable(runs),
        *(_not_isolated(runs) if mode == "isolated" else ()),
        *_parameter_issues(pipeline, given, bind),
        *_outside(pipeline, folder),
    ]
    if issues:
        raise InvalidPipeline(tidy(issues))
    values = {
        name: _ordered(given.get(name, parameter.default))
        for name, parameter in sorted(pipeline.parameters.items())
        if name in given or bind or not parameter.required
    }
    filled = values if bind else None
    return Plan(
        pipeline=textpath.normal(path),
        pipeline_sha256=sha256,
        runtime=runtime,
        mode=mode,
        parameters=values,
        steps={
            node: _step(pipeline.nodes[node], folder, filled, selected is None or node in selected)
            for node in _order(pipeline.nodes, pipeline.edges)
        },
        edges=tuple(sorted(pipeline.edges, key=lambda edge: (edge.source, edge.target))),
    )


def _order(nodes: Iterable[str], edges: Iterable[Edge]) -> list[str]:
    return Graph(nodes, ((edge.source, edge.target) for edge in edges)).order()


def _not_runnable(pipeline: Pipeline) -> Iterator[Issue]:
    if not pipeline.nodes:
        message = "The pipeline has no nodes; there is nothing to run."
        yield issue("error", "schema", ("nodes",), message, "Add a notebook or a script.")
    for node in pipeline.nodes.values():
        if not is_known(node.type):
            message = f"Node {node.id} has the type {show(node.type)}, which this version does not know."
            yield issue("error", "unknown-type", ("nodes", node.id, "type"), message)
        elif not is_runnable(node.type) and not node.disabled:
            yield not_run_here("error", node)


def _not_isolated(pipeline: Pipeline) -> Iterator[Issue]:
    for node in pipeline.nodes.values():
        if is_known(node.type) and NODE_TYPES[node.type].in_place and not node.disabled:
            message = f"Node {node.id}: a {node.type} is evaluated in the workspace itself, not in an isolated folder."
            hint = "Run in place on this machine; on Airflow, evaluate with `mlops monitor evaluate` in a script."
            yield issue("error", "runtime-needed", ("nodes", node.id, "type"), message, hint)


def _as_from_a_file(given: Mapping[str, Json]) -> tuple[dict[str, Json], list[Issue]]:
    """Values given by a program as a file would have them: 1.0 as 1, and no NaN, nor anything else the door refuses."""
    values: dict[str, Json] = {}
    issues = []
    for name, value in given.items():
        try:
            values[name] = jsontext.read(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        except (jsontext.Unreadable, RecursionError) as error:
            why = error.message if isinstance(error, jsontext.Unreadable) else "It is nested too deeply."
            message = f"Parameter {show_name(name)} cannot have this value. {why}"
            issues.append(issue("error", "parameter-type", ("parameters", name), message))
    return values, issues


def _parameter_issues(pipeline: Pipeline, given: Mapping[str, Json], bind: bool) -> Iterator[Issue]:
    yield from given_issues(pipeline.parameters, given, ("parameters",))
    for name, parameter in pipeline.parameters.items():
        if bind and parameter.required and name not in given:
            message = f"Parameter {name} needs a value: {type_words(parameter.type)}."
            hint = "Give one when you start the run, or give the parameter a default."
            yield issue("error", "parameter-type", ("parameters", name), message, hint)


def _outside(pipeline: Pipeline, folder: str) -> Iterator[Issue]:
    for node in pipeline.nodes.values():
        for place, text in paths_of(node):
            if textpath.within(folder, text) is None:
                message = f"Node {node.id}: {show(text)} leads out of the workspace."
                yield issue("error", "outside-workspace", place, message, "Use files inside the workspace.")


def _step(node: Node, folder: str, values: Mapping[str, Json] | None, selected: bool) -> Step:
    path = None if node.path is None else _within(folder, node.path)
    return Step(
        id=node.id,
        type=node.type,
        label=node.label,
        path=path,
        kernel=node.kernel,
        cwd=folder if path is None else textpath.folder(path),
        parameters={name: _given(value, values) for name, value in sorted(node.parameters.items())},
        env=dict(sorted(node.env.items())),
        files=tuple(dict.fromkeys(_within(folder, text) for text in node.files)),
        outputs=tuple(dict.fromkeys(_within(folder, text) for text in node.outputs)),
        retries=node.retries,
        retry_delay=node.retry_delay,
        timeout=node.timeout,
        disabled=node.disabled,
        selected=selected,
        reuse=node.reuse,
        cpu=node.cpu,
        memory=node.memory,
        gpu=node.gpu,
    )


def _given(
    value: Value | FromParameter | FromResult, values: Mapping[str, Json] | None
) -> Value | FromParameter | FromResult:
    if isinstance(value, FromParameter) and values is not None:
        return Value(values[value.name])
    return Value(_ordered(value.value)) if isinstance(value, Value) else value


def _ordered(value: Json) -> Json:
    """The value with the keys of its objects by code point, as a saved file has them."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(inner) for inner in value] if isinstance(value, list) else value


def _within(folder: str, text: str) -> str:
    """The path relative to the workspace; `_outside` has refused those that lead out."""
    path = textpath.within(folder, text)
    if path is None:
        raise ValueError(f"{text!r} leads out of the workspace")
    return path


def _step_json(step: Step) -> dict[str, Any]:
    content = {one.name: getattr(step, one.name) for one in fields(step) if one.name != "id"}
    content["parameters"] = {
        name: {"value": value.value} if isinstance(value, Value) else asdict(value)
        for name, value in step.parameters.items()
    }
    content["env"] = {
        name: {"secret": value.name} if isinstance(value, Secret) else value for name, value in step.env.items()
    }
    return {**content, "files": list(step.files), "outputs": list(step.outputs)}


def _step_from_json(name: str, content: Mapping[str, Any]) -> Step:
    numbers = {key: float(content[key]) for key in ("retry_delay", "cpu")}
    return Step(
        **{
            **content,
            **numbers,
            "id": name,
            "timeout": None if content["timeout"] is None else float(content["timeout"]),
            "parameters": {key: _value_from_json(value) for key, value in content["parameters"].items()},
            "env": {
                key: Secret(value["secret"]) if isinstance(value, dict) else value
                for key, value in content["env"].items()
            },
            "files": tuple(content["files"]),
            "outputs": tuple(content["outputs"]),
        }
    )


def _value_from_json(content: Mapping[str, Any]) -> Value | FromParameter | FromResult:
    if "value" in content:
        return Value(content["value"])
    return FromResult(**content) if "node" in content else FromParameter(**content)


def _edge_json(edge: Edge) -> dict[str, Any]:
    content: dict[str, Any] = {"from": edge.source, "to": edge.target}
    return content if edge.when is None else {**content, "when": asdict(edge.when)}


def _edge_from_json(content: Mapping[str, Any]) -> Edge:
    when = content.get("when")
    return Edge(content["from"], content["to"], None if when is None else Condition(**when))
