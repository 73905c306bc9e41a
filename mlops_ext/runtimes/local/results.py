"""What a node reports: the small named values called results.

This file stands alone (standard library only, nothing of ours), so that every
runtime reads results with the same code. There are two ways to report one: the
names that a cell tagged `results` assigns, read from the kernel after it ran,
and lines `{"name": …, "value": …}` in the file named by $MLOPS_RESULTS.
"""

from __future__ import annotations

import ast
import inspect
import json
import keyword
import re
from pathlib import Path
from typing import Any

LIMIT = 64 * 1024
"""Bytes of JSON that one result may take."""
FILE_LIMIT = 16 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")

Problems = list[tuple[str, str]]
"""(name, what is wrong with it as a sentence)."""


def assigned_names(source: str) -> list[str]:
    """The names that a cell assigns at top level and that don't begin with `_`, in order."""
    plain = "\n".join("pass" if re.match(r"[%!?]", line) else line for line in source.splitlines())
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names: dict[str, None] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AugAssign) or (
            isinstance(statement, ast.AnnAssign) and statement.value is not None
        ):
            targets = [statement.target]
        else:
            continue
        for target in targets:
            names.update((name, None) for name in _target_names(target))
    return [name for name in names if not name.startswith("_")]


def _target_names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Starred):
        return _target_names(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in _target_names(element)]
    return []


def collect_values(names: "list[str]", limit: int, namespace: "dict[str, object]") -> str:  # noqa: UP037
    """JSON text {name: {"value": …} or {"error": sentence}} of variables.

    Its source is sent to the kernel, which may be any Python 3, so it uses
    nothing from around it, and annotations that an old one cannot read are text.
    """
    import datetime
    import json
    import math

    class Refusal(Exception):
        pass

    def plain(value: object, depth: int) -> object:
        if depth > 60:
            raise Refusal("is nested too deep")
        kind = type(value).__name__
        if value is None or isinstance(value, (bool, int)):
            return value if value is None or isinstance(value, bool) else int(value)
        if isinstance(value, float):
            if math.isnan(value) or math.isinf(value):
                raise Refusal(f"is {float(value)!r}, which JSON has no word for")
            return float(value)
        if isinstance(value, str):
            return str(value)
        if kind in ("NAType", "NaTType"):
            raise Refusal(f"is missing ({kind}), which JSON has no word for")
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, dict):
            return {key_of(key): plain(entry, depth + 1) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [plain(entry, depth + 1) for entry in value]
        scalar = getattr(value, "item", None)
        if callable(scalar) and getattr(value, "ndim", 1) == 0:
            if getattr(getattr(value, "dtype", None), "kind", "") in "Mm":
                return str(value)
            inner = scalar()
            if type(inner) is not type(value):
                return plain(inner, depth + 1)
        if callable(getattr(value, "tolist", None)):
            raise Refusal(f"is a {kind}; use its .tolist() to report its values")
        raise Refusal(f"is a {kind}, which JSON has no word for")

    def key_of(key: object) -> str:
        if isinstance(key, str):
            return str(key)
        scalar = getattr(key, "item", None)
        key = scalar() if callable(scalar) else key
        if isinstance(key, (bool, int)):
            return json.dumps(key)
        raise Refusal(f"has a key that is a {type(key).__name__}; keys must be texts")

    found = {}
    for name in names:
        if name not in namespace:
            continue
        try:
            value = plain(namespace[name], 0)
            size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass"))
            if size > limit:
                raise Refusal(f"takes {size} bytes, and {limit} is the limit; write it to a file")
            found[name] = {"value": value}
        except Refusal as refusal:
            found[name] = {"error": str(refusal)}
        except Exception as error:
            found[name] = {"error": f"could not be read ({type(error).__name__}: {error})"}
    return json.dumps(found)


def kernel_expression(names: list[str]) -> str:
    """A Python expression that answers `collect_values` of the kernel's variables and leaves no trace there."""
    source = inspect.getsource(collect_values)
    call = f"collect_values({names!r}, {LIMIT}, __import__('__main__').__dict__)"
    return (
        "(lambda builtins, space: (builtins.exec("
        f"{source!r}, space), builtins.eval({call!r}, space))[1])(__import__('builtins'), {{}})"
    )


def read_reply(expression: dict[str, Any]) -> tuple[dict[str, Any], Problems]:
    """Values and problems from the kernel's answer to `kernel_expression`."""
    if expression.get("status") != "ok":
        return {}, [("", f"could not be read ({expression.get('ename')}: {expression.get('evalue')})")]
    try:
        found = json.loads(ast.literal_eval(expression["data"]["text/plain"]))
    except (KeyError, ValueError, SyntaxError) as error:
        return {}, [("", f"could not be read ({error})")]
    values = {name: entry["value"] for name, entry in found.items() if "value" in entry}
    return values, [(name, entry["error"]) for name, entry in found.items() if "error" in entry]


def read_lines(path: Path) -> tuple[dict[str, Any], Problems]:
    """Values and problems from the lines of $MLOPS_RESULTS; a later line wins."""
    values: dict[str, Any] = {}
    problems: Problems = []
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [("", f"could not be read from $MLOPS_RESULTS ({error.strerror})")]
    if len(data) > FILE_LIMIT:
        return {}, [("", f"take more than {FILE_LIMIT} bytes in $MLOPS_RESULTS")]
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            _read_line(line, number, values, problems)
    return values, problems


def _read_line(line: bytes, number: int, values: dict[str, Any], problems: Problems) -> None:
    name = ""
    try:
        entry = json.loads(line.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or "value" not in entry:
            raise ValueError('it is not {"name": …, "value": …}')
        name = entry["name"]
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            raise ValueError(f"{name!r} cannot be the name of a result")
        if len(json.dumps(entry["value"], ensure_ascii=False).encode("utf-8", "surrogatepass")) > LIMIT:
            raise ValueError(f"the value takes more than {LIMIT} bytes")
    except (ValueError, RecursionError) as error:
        problems.append((name, f"could not be read from line {number} of $MLOPS_RESULTS: {error}"))
    else:
        values[name] = entry["value"]


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large")
    return number
