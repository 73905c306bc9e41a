"""What a notebook says about itself, read from its bytes without running anything.

Pure: bytes in, facts out. The cell tagged `parameters` is read as papermill
does for Python (assignments at top level, the type by annotation or value, the
comment at the end of the line as help), with a parser instead of patterns.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import Any

from .model import Json, NotebookFact, NotebookParameter

_ANNOTATIONS = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "list",
    "tuple": "list",
    "dict": "object",
    "List": "list",
    "Tuple": "list",
    "Dict": "object",
}
_R_ASSIGNMENT = re.compile(r"^\s*([A-Za-z.][A-Za-z0-9._]*)\s*(?:<-|=)\s*(.+?)\s*(?:#\s*(.*))?$")


def inspect_notebook(data: bytes) -> NotebookFact:
    """The facts of a notebook; ValueError with a sentence when it is none."""
    document = _document(data)
    metadata = _dict(document.get("metadata"))
    kernelspec = _dict(metadata.get("kernelspec"))
    language = _text(_dict(metadata.get("language_info")).get("name")) or _text(kernelspec.get("language"))
    cells = [cell for cell in document["cells"] if cell.get("cell_type") == "code"]
    python = language is None or language.lower() in ("python", "ipython", "python3")
    parameter_cell = next((cell for cell in cells if "parameters" in cell_tags(cell)), None)
    result_cells = [cell for cell in cells if "results" in cell_tags(cell)]
    names: dict[str, None] = {}
    for cell in result_cells if python else []:
        for name in assigned_names(cell_source(cell)):
            names[name] = None
    return NotebookFact(
        kernel=_text(kernelspec.get("name")),
        language=language,
        parameters=tuple(_parameters(cell_source(parameter_cell), python)) if parameter_cell else (),
        results=tuple(names),
        has_parameters_cell=parameter_cell is not None,
        has_results_cell=bool(result_cells),
        writes_results=any("MLOPS_RESULTS" in cell_source(cell) for cell in cells),
    )


def cell_tags(cell: dict[str, Any]) -> list[str]:
    """The tags of a cell."""
    tags = _dict(cell.get("metadata")).get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def cell_source(cell: dict[str, Any]) -> str:
    """The text of a cell, which a file may hold as lines."""
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def assigned_names(source: str) -> list[str]:
    """The names that code assigns at top level and that don't begin with `_`, in order.

    Agrees with what the worker reads after such a cell ran
    (runtimes/local/results.py, which must stand alone); a test compares them.
    """
    tree = _parsed(source)
    names: dict[str, None] = {}
    for statement in tree.body if tree else []:
        for target in _targets(statement):
            for name in _target_names(target):
                names[name] = None
    return [name for name in names if not name.startswith("_")]


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"It is no notebook: it is not JSON ({_first_line(error)}).") from None
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        raise ValueError("It is no notebook: it has no nbformat.")
    if document["nbformat"] < 4:
        raise ValueError(
            f"The notebook has the old format {document['nbformat']}; open and save it in JupyterLab to bring it to 4."
        )
    cells = document.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise ValueError("It is no notebook: it has no list of cells.")
    return document


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _parsed(source: str) -> ast.Module | None:
    """The syntax tree; lines with IPython's magics are left out."""
    plain = "\n".join("pass" if re.match(r"[%!?]", line) else line for line in source.splitlines())
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AugAssign) or (isinstance(statement, ast.AnnAssign) and statement.value is not None):
        return [statement.target]
    return []


def _target_names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Starred):
        return _target_names(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in _target_names(element)]
    return []


def _parameters(source: str, python: bool) -> list[NotebookParameter]:
    if not python:
        return _foreign_parameters(source)
    tree = _parsed(source)
    found: dict[str, NotebookParameter] = {}
    comments = _comments(source)
    for statement in tree.body if tree else []:
        if isinstance(statement, ast.Assign):
            targets, annotation = statement.targets, None
        elif isinstance(statement, ast.AnnAssign):
            targets, annotation = [statement.target], statement.annotation
        else:
            continue
        help_text, type_comment = comments.get(statement.end_lineno or 0, ("", None))
        declared = _annotated(annotation) or _ANNOTATIONS.get(type_comment or "")
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = _parameter(target.id, statement.value, declared, help_text)
    return list(found.values())


def _parameter(name: str, value: ast.expr | None, declared: str | None, help_text: str) -> NotebookParameter:
    try:
        default = _json(ast.literal_eval(value)) if value is not None else None
        known = value is not None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        default, known = None, False
    return NotebookParameter(name, declared or (_type_of(default) if known else None), default, known, help_text)


def _json(value: object) -> Json:
    """The literal as JSON; ValueError for what JSON has no word for."""
    if isinstance(value, tuple):
        value = list(value)
    text = json.dumps(value, allow_nan=False)
    plain: Json = json.loads(text)
    return plain


def _type_of(value: Json) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    kinds: tuple[tuple[type, str], ...] = (
        (str, "string"),
        (int, "integer"),
        (float, "number"),
        (list, "list"),
        (dict, "object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), None)


def _annotated(annotation: ast.expr | None) -> str | None:
    if isinstance(annotation, ast.Subscript):
        annotation = annotation.value
    if isinstance(annotation, ast.Attribute):
        return _ANNOTATIONS.get(annotation.attr)
    return _ANNOTATIONS.get(annotation.id) if isinstance(annotation, ast.Name) else None


def _comments(source: str) -> dict[int, tuple[str, str | None]]:
    """Line → (help, type) of the comments at the ends of lines; `# type: int help` has both."""
    found: dict[int, tuple[str, str | None]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                text = token.string.lstrip("#").strip()
                match = re.match(r"type:\s*([A-Za-z]+)(?:\[.*?\])?\s*#?\s*(.*)", text)
                found[token.start[0]] = (match[2], match[1]) if match else (text, None)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return found
    return found


def _foreign_parameters(source: str) -> list[NotebookParameter]:
    """Names that lines of another language assign, with defaults that are plain literals."""
    found: dict[str, NotebookParameter] = {}
    for line in source.splitlines():
        match = _R_ASSIGNMENT.match(line)
        if match is None:
            continue
        text = {"TRUE": "true", "FALSE": "false"}.get(match[2], match[2])
        try:
            default, known = json.loads(text), True
        except ValueError:
            default, known = None, False
        found[match[1]] = NotebookParameter(match[1], _type_of(default), default, known, match[3] or "")
    return list(found.values())
