"""The words of the project as values.

Every stage of a pipeline's way through the house takes and returns values from
here. They are frozen, know no file, clock or network, and import nothing of
ours, so that any module may use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Severity: TypeAlias = Literal["error", "warning"]

PARAMETER_TYPES = ("string", "integer", "number", "boolean", "list", "object")


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that a person should know about a pipeline, with its place in the document."""

    severity: Severity
    code: str
    pointer: str
    node: str | None
    message: str
    hint: str = ""
    nodes: tuple[str, ...] | None = None

    def json(self) -> dict[str, Json]:
        """The issue as commands and routes answer it; `nodes` only where it goes round a cycle."""
        document: dict[str, Json] = {
            "severity": self.severity,
            "code": self.code,
            "pointer": self.pointer,
            "node": self.node,
            "message": self.message,
            "hint": self.hint,
        }
        if self.nodes is not None:
            document["nodes"] = list(self.nodes)
        return document


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed value that is given to the pipeline when it starts."""

    name: str
    type: str
    description: str = ""
    default: Json = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A literal; the text `{"value": …}` that may quote it is already taken off."""

    value: Json


@dataclass(frozen=True, slots=True)
class FromParameter:
    """The value of a parameter of the pipeline."""

    name: str


@dataclass(frozen=True, slots=True)
class FromResult:
    """A result that a node upstream reported."""

    node: str
    name: str


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret by its name; its value never is in a document, plan or event."""

    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """An edge with it is live when the source's result compares so with the value."""

    result: str
    op: str
    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` comes after `source`."""

    source: str
    target: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a pipeline, with the pipeline's defaults applied."""

    id: str
    type: str
    label: str | None = None
    path: str | None = None
    kernel: str | None = None
    disabled: bool = False
    retries: int = 0
    retry_delay: float = 0.0
    """Seconds."""
    timeout: float | None = None
    """Seconds of one attempt; None: no limit."""
    env: Mapping[str, str | Secret] = field(default_factory=dict)
    parameters: Mapping[str, Value | FromParameter | FromResult] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    reuse: str = "auto"
    cpu: float = 0.0
    """Cores that it reserves; a node that says nothing reserves none: many a notebook only waits."""
    memory: int = 0
    """Bytes."""
    gpu: int = 0


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline file as a value; `document` is what was read, for whoever writes it again."""

    document: dict[str, Json]
    description: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """A variable that a notebook's cell tagged `parameters` assigns."""

    name: str
    type: str | None = None
    """One of PARAMETER_TYPES; None where the notebook does not tell."""
    default: Json = None
    has_default: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class NotebookFact:
    """What a notebook says about itself."""

    kernel: str | None = None
    language: str | None = None
    parameters: tuple[NotebookParameter, ...] = ()
    results: tuple[str, ...] = ()
    """Names that the cell tagged `results` assigns."""
    has_parameters_cell: bool = False
    has_results_cell: bool = False
    writes_results: bool = False
    """Some cell mentions MLOPS_RESULTS, so that any result may come."""


@dataclass(frozen=True, slots=True)
class FileFact:
    """What is known of a file that a pipeline names."""

    exists: bool = False
    inside: bool = True
    """Within the workspace after links are resolved."""
    is_file: bool = False
    notebook: NotebookFact | None = None
    error: str | None = None
    """Why it could not be read, as a sentence."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The world as far as a check needs it, collected beforehand and given as data."""

    files: Mapping[str, FileFact] = field(default_factory=dict)
    """By the text of the path as the pipeline writes it."""
    kernels: Mapping[str, str] | None = None
    """Language of each installed kernel by name; None: not known."""
