"""Pipelines whose every text tries to be something else: code, a template, a path, an end of a string."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlops_ext.compile import Plan, compile_plan
from mlops_ext.model import Pipeline
from mlops_ext.parse import parse
from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.runtimes.airflow.package import Package, build
from mlops_ext.runtimes.registry import Auth, Delivery, Runtime
from tests.runtimes.lab import notebook_document

TEXTS = (
    "", "plain", "'", '"', '"""', "'''", "\\", "\\\\\"", "\n", "\r\n", "\0", "\x7f\x1b[2J", "\u2028",
    "ünïcödé 🚀", "\uffff",
    "{{ 1 + 1 }}", "{% raw %}", "{{ var.value.x }}", "{{ conn.x.password }}", "${HOME}", "$(id)", "`id`",
    "; touch pwned",
    "__import__('os').system('touch pwned')", "{'__class__': 'x'}", "%s %(a)s {0}", "README.md", "/etc/passwd.md",
    "../../etc/passwd", "mlops-ext package " + "0" * 64, "\\N{BULLET}", "\\u0022", "#", "</script>", "a" * 300,
)  # fmt: skip
FILES = (
    "a.ipynb", "b c.ipynb", "q'uote.ipynb", 'd"q.ipynb', "br{{ 1 }}ace.ipynb", "back\\slash.ipynb", "new\nline.ipynb",
    "ünï 🚀.ipynb", "x;y$(id).ipynb", "dag airflow.py", "-o.py", "%s.sh", "sub/.git.sh", "{{ x }}.py",
)  # fmt: skip
TYPES = ("string", "integer", "number", "boolean", "list", "object")
RUNTIME = Runtime(
    "prod", "", "http://127.0.0.1:1", Auth("none"), True, None, Delivery("folder", path="/nowhere"), "file:///nowhere"
)


def workspace(folder: Path) -> Workspace:
    """A workspace with files of such names."""
    (folder / ".mlops").mkdir(parents=True)
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        text = json.dumps(notebook_document("x = 1")) if name.endswith(".ipynb") else "exit('airflow dag')\n"
        (folder / name).write_text(text, encoding="utf-8")
    return workspace_at(folder)


def document(seed: int) -> dict[str, Any]:
    """A pipeline; each seed another one."""
    some = random.Random(seed)
    names = [f"p{number}" for number in range(some.randint(0, 3))] + some.sample(
        ["class_", "_", "self", "dag", "params"], 2
    )
    nodes = [f"n{number}" for number in range(some.randint(1, 4))]
    parameters = {name: _parameter(some) for name in names}
    made: dict[str, Any] = {
        "version": 1,
        "description": _text(some),
        "parameters": parameters,
        "nodes": {node: _node(some, names, nodes[:place]) for place, node in enumerate(nodes)},
        "edges": [
            {"from": one, "to": other, **_when(some)} for place, other in enumerate(nodes) for one in nodes[:place]
        ],
        "runtimes": {
            "prod": {
                "tags": [_text(some)[:100] for _ in range(3)],
                "owner": _text(some)[:200],
                "queue": _text(some)[:200],
                "pool": _text(some)[:200],
            }
        },
    }
    if some.random() < 0.3:
        given = {name: _value(some, parameter["type"]) for name, parameter in parameters.items()}
        made["schedule"] = {"cron": "*/5 0-6 1,2 * mon", "timezone": "Europe/Berlin", "parameters": given}
    return made


def packed(place: Workspace, made: dict[str, Any], path: str = "x.pipeline") -> tuple[Package, Plan]:
    """The package of a pipeline, and the plan in it."""
    data = json.dumps(made).encode()
    found = parse(data)
    assert found.pipeline is not None, found.issues
    plan = unbound(found.pipeline, path, data)
    return build(place, plan, found.pipeline, RUNTIME), plan


def unbound(pipeline: Pipeline, path: str = "x.pipeline", data: bytes = b"") -> Plan:
    digest = hashlib.sha256(data).hexdigest()
    return compile_plan(pipeline, path=path, sha256=digest, runtime="prod", mode="isolated", bind=False)


def local_runtime(files: Path, **fields: Any) -> Runtime:
    return replace(RUNTIME, files_url=files.as_uri(), **fields)


def _text(some: random.Random) -> str:
    return "".join(some.choice(TEXTS) for _ in range(some.randint(1, 3)))


def _no_nul(text: str) -> str:
    return text.replace("\0", "")


def _value(some: random.Random, kind: str) -> Any:
    if kind == "list":
        return [_text(some), some.randint(-5, 5), None, [_text(some)]]
    if kind == "object":
        return {_text(some): _text(some), "__class__": "builtins.object", "__var": {"from": "x"}}
    return {"string": _text(some), "integer": 2**53 - 1, "number": -0.5e-7, "boolean": True}[kind]


def _parameter(some: random.Random) -> dict[str, Any]:
    kind = some.choice(TYPES)
    made = {"type": kind, "description": _text(some)}
    if some.random() < 0.7:
        made["default"] = _value(some, kind) if some.random() < 0.8 else None
    return made


def _when(some: random.Random) -> dict[str, Any]:
    value = some.choice([_text(some), 1, 0.5, True, None])
    return {"when": {"result": "r", "op": some.choice(["<", "=="]), "value": value}} if some.random() < 0.4 else {}


def _node(some: random.Random, names: list[str], before: list[str]) -> dict[str, Any]:
    path = some.choice(FILES)
    values: list[Any] = [
        {"value": {"a": _text(some)}},
        _text(some),
        *({"from": f"parameters.{name}"} for name in names),
    ]
    values += [{"from": f"nodes.{node}.results.r"} for node in before]
    return {
        "type": "notebook" if path.endswith(".ipynb") else "script",
        "path": path,
        "label": _text(some)[:200],
        "description": _text(some),
        "parameters": {f"v{place}": value for place, value in enumerate(some.sample(values, min(3, len(values))))},
        "env": {"TEXT": _no_nul(_text(some)), "KEY": {"secret": "a-b.c"}},
        "files": [some.choice(FILES)],
        "outputs": [_no_nul(some.choice(["out/", "o "]) + some.choice(FILES) + str(some.random()))],
        "retries": some.randint(0, 3),
        "retry_delay": "5s",
        "timeout": "1h",
        "disabled": some.random() < 0.2,
        **({"queue": _text(some)[:200], "pool": _text(some)[:200]} if some.random() < 0.3 else {}),
    }
