"""What a pipeline must obey in the world as it is: files, notebooks, kernels.

The facts are collected beforehand (paths.collect_facts); here they are data.
Disabled nodes and nodes of unknown types are not looked at.

FACT_RULES (error unless said otherwise; F = the place of a path):
- outside: a path that leads out of the workspace: `outside-workspace` at F
- missing: a node's own file that is not there, or is a folder; a file that it
  reads, is not there, and is no other node's output: `missing-file` at F
- not_a_notebook: the file of a notebook that cannot be read as one: `not-a-notebook` at F
- kernels: the kernel of a notebook or Python script is not installed, or a
  notebook's is not named at all, or a Python script's is for another language:
  `unknown-kernel` at /nodes/<n>/kernel, or at /defaults/kernel if it comes from
  there, or at /nodes/<n>
- undeclared: warning `unknown-parameter` for a value that the notebook's cell
  tagged `parameters` does not declare; warning `parameter-type` for a literal that
  does not fit the declaration (of which papermill may only have guessed the type)
- unreported: warning `unknown-result` for a result that no cell of the notebook
  tagged `results` assigns, where nothing mentions $MLOPS_RESULTS; at the parameter
  or at /edges/<i>/when/result
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from . import textpath
from .issues import issue, listed, show
from .model import Facts, FileFact, FromResult, Issue, Node, NotebookFact, Pipeline, Value
from .nodes import is_known, paths_of
from .parameters import has_type, type_words

FACT_CODES = (
    "missing-file",
    "not-a-notebook",
    "outside-workspace",
    "parameter-type",
    "unknown-kernel",
    "unknown-parameter",
    "unknown-result",
)

Rule: TypeAlias = "Callable[[Pipeline, Facts], Iterator[Issue]]"


def fact_issues(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    """The issues of a pipeline that need facts about the world."""
    for rule in FACT_RULES:
        yield from rule(pipeline, facts)


def outside(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    for node in _active(pipeline):
        for place, text in paths_of(node):
            if not _fact(facts, text).inside:
                message = f"Node {node.id}: {show(text)} leads out of the workspace."
                yield issue("error", "outside-workspace", place, message, "Use files inside the workspace.")


def missing(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    made = {textpath.normal(output) for node in pipeline.nodes.values() for output in node.outputs}
    for node in _active(pipeline):
        if node.path is not None and _fact(facts, node.path).inside:
            fact = _fact(facts, node.path)
            if not fact.exists:
                why = fact.error or "There is no such file."
                yield _missing(node, ("nodes", node.id, "path"), node.path, why)
            elif not fact.is_file:
                yield _missing(node, ("nodes", node.id, "path"), node.path, "It is no file.")
        for index, text in enumerate(node.files):
            fact = _fact(facts, text)
            if not fact.exists and fact.inside and textpath.normal(text) not in made:
                hint = "Or declare it as an output of the node that makes it."
                why = fact.error or "There is no such file."
                yield _missing(node, ("nodes", node.id, "files", index), text, why, hint)


def not_a_notebook(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    for node in _active(pipeline):
        if node.type == "notebook" and node.path is not None:
            fact = _fact(facts, node.path)
            if fact.inside and fact.is_file and fact.notebook is None:
                why = fact.error or "It cannot be read as a notebook."
                message = f"Node {node.id}: {show(node.path)} is not a notebook. {why}"
                yield issue("error", "not-a-notebook", ("nodes", node.id, "path"), message)


def kernels(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    if facts.kernels is None:
        return
    languages = {kernel.lower(): language for kernel, language in facts.kernels.items()}
    installed = f"Installed: {listed(sorted(facts.kernels), 'and')}." if facts.kernels else "No kernel is installed."
    for node in _active(pipeline):
        script = node.type == "script" and (node.path or "").endswith(".py")
        notebook = _notebook(facts, node)
        if not script and notebook is None:
            continue
        kernel = node.kernel or (notebook.kernel if notebook else None)
        place = _kernel_place(pipeline, node)
        if kernel is None and notebook is not None:
            message = f"Node {node.id}: neither the node nor its notebook names a kernel; choose one."
            yield issue("error", "unknown-kernel", place, message, installed)
        elif kernel is not None and kernel.lower() not in languages:
            message = f"Node {node.id}: the kernel {show(kernel)} is not installed here."
            yield issue("error", "unknown-kernel", place, message, installed)
        elif kernel is not None and script and languages[kernel.lower()].lower() != "python":
            message = f"Node {node.id}: the kernel {show(kernel)} does not run Python scripts."
            yield issue("error", "unknown-kernel", place, message, "Choose a kernel of Python.")


def undeclared(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    for node in _active(pipeline):
        notebook = _notebook(facts, node)
        if notebook is None or not notebook.has_parameters_cell:
            continue
        declared = {parameter.name: parameter for parameter in notebook.parameters}
        for key, value in node.parameters.items():
            place = ("nodes", node.id, "parameters", key)
            if key not in declared:
                message = f"Node {node.id}: the notebook's cell tagged parameters does not declare {key}."
                hint = f"It declares {listed(sorted(declared), 'and')}." if declared else "It declares none."
                yield issue("warning", "unknown-parameter", place, message, hint)
                continue
            kind = declared[key].type
            if isinstance(value, Value) and kind is not None and value.value is not None:
                if not has_type(value.value, kind):
                    message = f"Node {node.id}: {key} is {type_words(kind)} in the notebook, not {show(value.value)}."
                    yield issue("warning", "parameter-type", place, message)


def unreported(pipeline: Pipeline, facts: Facts) -> Iterator[Issue]:
    for node in _active(pipeline):
        for key, value in node.parameters.items():
            if isinstance(value, FromResult) and _unreported(pipeline, facts, value.node, value.name):
                place = ("nodes", node.id, "parameters", key)
                yield _unknown_result(place, value.node, value.name, node.id)
    for index, edge in enumerate(pipeline.edges):
        if edge.when is not None and _unreported(pipeline, facts, edge.source, edge.when.result):
            yield _unknown_result(("edges", index, "when", "result"), edge.source, edge.when.result, edge.source)


FACT_RULES: tuple[Rule, ...] = (outside, missing, not_a_notebook, kernels, undeclared, unreported)


def _active(pipeline: Pipeline) -> Iterator[Node]:
    return (node for node in pipeline.nodes.values() if is_known(node.type) and not node.disabled)


def _fact(facts: Facts, text: str) -> FileFact:
    """What is known of a path; nothing is said against one that nobody looked at."""
    return facts.files.get(text, FileFact(exists=True, is_file=True, notebook=NotebookFact()))


def _notebook(facts: Facts, node: Node) -> NotebookFact | None:
    """What the notebook of a node says, if it was read."""
    fact = facts.files.get(node.path) if node.type == "notebook" and node.path is not None else None
    return fact.notebook if fact is not None else None


def _missing(node: Node, place: tuple[str | int, ...], text: str, why: str, hint: str = "") -> Issue:
    return issue("error", "missing-file", place, f"Node {node.id}: {show(text)} cannot be used. {why}", hint)


def _kernel_place(pipeline: Pipeline, node: Node) -> tuple[str, ...]:
    """Where the kernel of a node is written, else the node."""
    content = pipeline.document.get("nodes")
    own = content.get(node.id) if isinstance(content, Mapping) else None
    if isinstance(own, Mapping) and "kernel" in own:
        return ("nodes", node.id, "kernel")
    return ("defaults", "kernel") if node.kernel is not None else ("nodes", node.id)


def _unreported(pipeline: Pipeline, facts: Facts, node: str, result: str) -> bool:
    source = pipeline.nodes.get(node)
    notebook = _notebook(facts, source) if source is not None else None
    if notebook is None or notebook.writes_results:
        return False
    # A cell of which no names are known is in another language than Python, or has names that only running tells.
    return result not in notebook.results and (bool(notebook.results) or not notebook.has_results_cell)


def _unknown_result(place: tuple[str | int, ...], source: str, result: str, node: str) -> Issue:
    message = f"The notebook of node {source} has no cell tagged results that assigns {result}."
    return issue("warning", "unknown-result", place, message, "Tag the cell that does, or assign it there.", node=node)
