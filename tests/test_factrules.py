"""The rules that need facts about files, notebooks and kernels."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_ext.model import Facts, FileFact, NotebookFact, NotebookParameter
from mlops_ext.parse import parse
from mlops_ext.validate import FACT_CODES, validate

HERE = FileFact(exists=True, is_file=True)
KERNELS = {"python3": "python", "IR": "R"}


def book(kernel: str | None = "python3", **fields: Any) -> FileFact:
    return FileFact(exists=True, is_file=True, notebook=NotebookFact(kernel=kernel, **fields))


def check(
    node: dict[str, Any] | None = None,
    files: dict[str, FileFact] | None = None,
    kernels: dict[str, str] | None = KERNELS,
    **rest: Any,
) -> list[tuple[str, str, str]]:
    nodes = {"n": {"type": "notebook", "path": "n.ipynb", **(node or {})}, **rest.pop("nodes", {})}
    found = parse(json.dumps({"version": 1, "nodes": nodes, **rest}).encode())
    assert found.pipeline is not None, found.issues
    facts = Facts({"n.ipynb": book(), "m.ipynb": book(), **(files or {})}, kernels)
    issues = validate(found.pipeline, facts)
    assert {issue.code for issue in issues} <= {*FACT_CODES, "runtime-needed"}
    return [(issue.severity, issue.code, issue.pointer) for issue in issues]


PATH = "/nodes/n/path"
FILE = "/nodes/n/files/0"
M = {"m": {"type": "notebook", "path": "m.ipynb"}}
TAKES = {"parameters": {"p": {"from": "nodes.m.results.r"}}}
EDGE = {"edges": [{"from": "m", "to": "n"}]}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"files": {"n.ipynb": FileFact()}}, [("error", "missing-file", PATH)]),
        ({"files": {"n.ipynb": FileFact(exists=True)}}, [("error", "missing-file", PATH)]),
        ({"files": {"n.ipynb": FileFact(inside=False)}}, [("error", "outside-workspace", PATH)]),
        ({"files": {"n.ipynb": HERE}}, [("error", "not-a-notebook", PATH)]),
        ({"files": {"n.ipynb": FileFact()}, "node": {"disabled": True}}, []),
        ({"node": {"files": ["a"]}, "files": {"a": HERE}}, []),
        ({"node": {"files": ["a"]}, "files": {"a": FileFact(exists=True)}}, []),
        ({"node": {"files": ["a"]}, "files": {"a": FileFact()}}, [("error", "missing-file", FILE)]),
        ({"node": {"files": ["a"]}, "files": {"a": FileFact(inside=False)}}, [("error", "outside-workspace", FILE)]),
        (
            {
                "node": {"files": ["./a"]},
                "files": {"./a": FileFact()},
                "nodes": {"m": {**M["m"], "outputs": ["b/../a"]}},
            },
            [],
        ),
        (
            {"node": {"outputs": ["a"]}, "files": {"a": FileFact(inside=False)}},
            [("error", "outside-workspace", "/nodes/n/outputs/0")],
        ),
        ({"node": {"outputs": ["a"]}, "files": {"a": FileFact()}}, []),
        # kernels
        ({"node": {"kernel": "julia"}}, [("error", "unknown-kernel", "/nodes/n/kernel")]),
        ({"node": {"kernel": "ir"}}, []),
        ({"node": {"kernel": "julia"}, "kernels": None}, []),
        ({"kernels": {}}, [("error", "unknown-kernel", "/nodes/n")]),
        ({"defaults": {"kernel": "x"}}, [("error", "unknown-kernel", "/defaults/kernel")]),
        ({"files": {"n.ipynb": book(None)}}, [("error", "unknown-kernel", "/nodes/n")]),
        ({"files": {"n.ipynb": book(None)}, "node": {"kernel": "python3"}}, []),
        ({"files": {"n.ipynb": book(None)}, "defaults": {"kernel": "python3"}}, []),
        ({"files": {"n.ipynb": book("x")}}, [("error", "unknown-kernel", "/nodes/n")]),
        ({"files": {"n.ipynb": FileFact()}, "node": {"kernel": "x"}}, [("error", "missing-file", PATH)]),
        ({"node": {"type": "script", "path": "n.py"}, "files": {"n.py": HERE}}, []),
        (
            {"node": {"type": "script", "path": "n.py", "kernel": "IR"}, "files": {"n.py": HERE}},
            [("error", "unknown-kernel", "/nodes/n/kernel")],
        ),
        ({"node": {"type": "script", "path": "n.sh", "kernel": "x"}, "files": {"n.sh": HERE}}, []),
        # parameters
        ({"node": {"parameters": {"a": 1}}}, []),
        (
            {"node": {"parameters": {"a": 1}}, "files": {"n.ipynb": book(has_parameters_cell=True)}},
            [("warning", "unknown-parameter", "/nodes/n/parameters/a")],
        ),
        # results
        ({"node": TAKES, "nodes": M, **EDGE}, [("warning", "unknown-result", "/nodes/n/parameters/p")]),
        (
            {"node": TAKES, "nodes": M, "files": {"m.ipynb": book(has_results_cell=True, results=("s",))}, **EDGE},
            [("warning", "unknown-result", "/nodes/n/parameters/p")],
        ),
        ({"node": TAKES, "nodes": M, "files": {"m.ipynb": book(has_results_cell=True, results=("r",))}, **EDGE}, []),
        ({"node": TAKES, "nodes": M, "files": {"m.ipynb": book(writes_results=True)}, **EDGE}, []),
        ({"node": TAKES, "nodes": M, "files": {"m.ipynb": book("IR", has_results_cell=True)}, **EDGE}, []),
        (
            {"nodes": M, "edges": [{"from": "m", "to": "n", "when": {"result": "r", "op": "==", "value": 1}}]},
            [("warning", "unknown-result", "/edges/0/when/result")],
        ),
        (
            {
                "nodes": {"m": {"type": "script", "path": "m.py"}},
                "node": TAKES,
                "edges": [{"from": "m", "to": "n", "when": {"result": "r", "op": "==", "value": 1}}],
            },
            [],
        ),
    ],
)
def test_rules(given: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    assert check(**given) == expected


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("integer", 1, True),
        ("integer", 0.5, False),
        ("number", 1, True),
        ("string", "x", True),
        ("string", 1, False),
        ("boolean", 1, False),
        ("integer", True, False),
        ("list", [1], True),
        ("object", {"a": 1}, True),
        ("object", [], False),
        ("integer", None, True),
        (None, "x", True),
    ],
)
def test_literals_against_the_notebook(kind: str | None, value: Any, fits: bool) -> None:
    declared = book(has_parameters_cell=True, parameters=(NotebookParameter("p", kind),))
    found = check({"parameters": {"p": {"value": value}}}, {"n.ipynb": declared})
    assert found == ([] if fits else [("warning", "parameter-type", "/nodes/n/parameters/p")])


def test_sentences() -> None:
    found = parse(b'{"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb"}}}')
    assert found.pipeline is not None
    choose = validate(found.pipeline, Facts({"n.ipynb": book(None)}, KERNELS))[0]
    assert choose.message == "Node n: neither the node nor its notebook names a kernel; choose one."
    assert choose.hint == "Installed: IR and python3."
    missing = validate(found.pipeline, Facts({"n.ipynb": FileFact()}))[0]
    assert missing.message == "Node n: 'n.ipynb' cannot be used. There is no such file."
    broken = validate(found.pipeline, Facts({"n.ipynb": FileFact(True, True, True, None, "It is cut off.")}))[0]
    assert broken.message == "Node n: 'n.ipynb' is not a notebook. It is cut off."


def test_nothing_is_said_of_what_nobody_looked_at() -> None:
    found = parse(b'{"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb", "files": ["a"]}}}')
    assert found.pipeline is not None
    assert validate(found.pipeline, Facts()) == []
