"""From bytes to a pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.model import Condition, Edge, FromParameter, FromResult, Parameter, Pipeline, Secret, Value
from mlops_ext.parse import Parsed, parse, read_value, seconds, size
from tests.strategies import fewer, mutations, pipelines

DOOR = {"bad-json", "too-large", "merge-conflict"}
SHAPE = {*DOOR, "schema", "unsupported-version"}


def parsed(document: Any) -> Parsed:
    return parse(json.dumps(document).encode())


def pairs(found: Parsed) -> list[tuple[str, str]]:
    return [(issue.code, issue.pointer) for issue in found.issues]


def pipeline(document: Any) -> Pipeline:
    found = parsed(document)
    assert found.issues == ()
    assert found.pipeline is not None
    return found.pipeline


def test_everything_there_is() -> None:
    document = {
        "version": 1.0,
        "description": "d",
        "parameters": {"p": {"type": "integer", "default": 1, "description": "x"}, "q": {"type": "list"}},
        "defaults": {
            "kernel": "python3",
            "retries": 3,
            "retry_delay": "2m",
            "timeout": "1h",
            "env": {"A": "1", "B": {"secret": "b"}},
            "reuse": "never",
            "resources": {"cpu": 2, "memory": "1G"},
        },
        "nodes": {
            "a": {"type": "notebook", "path": "a.ipynb"},
            "b": {
                "type": "script",
                "label": "B",
                "path": "b.py",
                "kernel": "k",
                "parameters": {
                    "x": {"from": "parameters.p"},
                    "y": {"from": "nodes.a.results.r"},
                    "z": {"value": {"from": "parameters.p"}},
                    "w": {"from": "x", "to": "y"},
                    "v": None,
                },
                "disabled": True,
                "retries": 0,
                "retry_delay": "1s",
                "timeout": "90s",
                "env": {"B": "2"},
                "reuse": "always",
                "resources": {"cpu": 0.5, "gpu": 1},
                "files": ["f"],
                "outputs": ["o"],
            },
            "c": {"type": "approval"},
        },
        "edges": [
            {"from": "a", "to": "b", "when": {"result": "r", "op": ">", "value": 1}},
            {"from": "b", "to": "c"},
        ],
    }
    found = pipeline(document)
    assert found.document == document
    assert found.description == "d"
    assert found.parameters == {
        "p": Parameter("p", "integer", "x", 1, False),
        "q": Parameter("q", "list", "", None, True),
    }
    assert found.edges == (Edge("a", "b", Condition("r", ">", 1)), Edge("b", "c"))
    a, b, c = (found.nodes[node] for node in "abc")
    assert (a.kernel, a.retries, a.retry_delay, a.timeout, a.reuse) == ("python3", 3, 120, 3600, "never")
    assert (a.env, a.cpu, a.memory, a.gpu) == ({"A": "1", "B": Secret("b")}, 2, 1024**3, 0)
    assert (a.label, a.path, a.parameters, a.files, a.outputs, a.disabled) == (None, "a.ipynb", {}, (), (), False)
    assert (b.label, b.kernel, b.retries, b.retry_delay, b.timeout, b.reuse) == ("B", "k", 0, 1, 90, "always")
    assert (b.env, b.cpu, b.memory, b.gpu) == ({"A": "1", "B": "2"}, 0.5, 1024**3, 1)
    assert (b.files, b.outputs, b.disabled) == (("f",), ("o",), True)
    assert b.parameters == {
        "x": FromParameter("p"),
        "y": FromResult("a", "r"),
        "z": Value({"from": "parameters.p"}),
        "w": Value({"from": "x", "to": "y"}),
        "v": Value(None),
    }
    assert (c.path, c.kernel, c.retries) == (None, None, 3)


def test_nothing_that_is_not_said() -> None:
    node = pipeline({"version": 1, "nodes": {"a": {"type": "script", "path": "a.sh"}}}).nodes["a"]
    assert (node.kernel, node.retries, node.retry_delay, node.timeout) == (None, 0, 0, None)
    assert (node.env, node.reuse, node.cpu, node.memory, node.gpu) == ({}, "auto", 0, 0, 0)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ({"from": "parameters.x"}, FromParameter("x")),
        ({"from": "nodes.a-b.results.x"}, FromResult("a-b", "x")),
        ({"value": 1}, Value(1)),
        ({"value": {"value": 1}}, Value({"value": 1})),
        ({}, Value({})),
        ({"a": 1}, Value({"a": 1})),
        ({"from": "x", "value": 1}, Value({"from": "x", "value": 1})),
        ([{"from": "x"}], Value([{"from": "x"}])),
        ("parameters.x", Value("parameters.x")),
        ({"from": "parameters.class"}, None),
        ({"from": "parameters.x.y"}, None),
        ({"from": "parameters."}, None),
        ({"from": "parameter.x"}, None),
        ({"from": "parameters.x\n"}, None),
        ({"from": "nodes.A.results.x"}, None),
        ({"from": "nodes.a.outputs.x"}, None),
        ({"from": "nodes.a.results"}, None),
        ({"from": "results.a.nodes.x"}, None),
        ({"from": ""}, None),
        ({"from": None}, None),
        ({"from": {"from": "parameters.x"}}, None),
    ],
)
def test_values(value: Any, meaning: object) -> None:
    assert read_value(value) == meaning
    found = parsed({"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb", "parameters": {"p": value}}}})
    assert pairs(found) == ([] if meaning is not None else [("schema", "/nodes/n/parameters/p")])
    assert (found.pipeline is None) == (meaning is None)


def test_literals_elsewhere_are_never_references() -> None:
    found = pipeline(
        {
            "version": 1,
            "nodes": {},
            "parameters": {"o": {"type": "object", "default": {"from": "x"}}},
            "schedule": {"cron": "* * * * *", "parameters": {"o": {"from": 5}}},
        }
    )
    assert found.parameters["o"].default == {"from": "x"}


def test_nodes_of_unknown_types_are_kept() -> None:
    node = {"type": "teleport", "path": 5, "label": "T", "parameters": {"x": {"from": 1}}, "disabled": "x"}
    found = parsed({"version": 1, "nodes": {"n": node, "m": {"type": "x", "label": 5}}})
    assert pairs(found) == [("unknown-type", "/nodes/m/type"), ("unknown-type", "/nodes/n/type")]
    assert found.issues[1].node == "n"
    assert found.format == "mlops-1"
    assert found.pipeline is not None
    assert (found.pipeline.nodes["n"].type, found.pipeline.nodes["n"].label) == ("teleport", "T")
    assert found.pipeline.nodes["m"].label is None
    assert found.document is not None
    assert found.document["nodes"]["n"] == node  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("document", "form", "expected"),
    [
        (None, "unknown", ("schema", "")),
        ([], "unknown", ("schema", "")),
        ({"nodes": {}}, "unknown", ("schema", "")),
        ({"version": 2, "nodes": {}}, "unknown", ("unsupported-version", "/version")),
        ({"version": "1", "nodes": {}}, "unknown", ("schema", "/version")),
        ({"version": 1, "nodes": []}, "mlops-1", ("schema", "/nodes")),
        ({"nbformat": 4, "cells": []}, "unknown", ("schema", "")),
        ({"nbformat": 3, "worksheets": []}, "unknown", ("schema", "")),
        ({"doc_type": "pipeline", "pipelines": []}, "elyra-0", ("unsupported-version", "")),
        ({"doc_type": "pipeline", "pipelines": [5]}, "elyra-0", ("unsupported-version", "")),
        ({"doc_type": "pipeline", "pipelines": [{"app_data": 5}]}, "elyra-0", ("unsupported-version", "")),
        ({"doc_type": "pipeline", "pipelines": [{"app_data": {}}]}, "elyra-0", ("unsupported-version", "")),
        ({"doc_type": "pipeline", "pipelines": [{"app_data": {"version": 8}}]}, "elyra-8", ("unsupported-version", "")),
        (
            {"doc_type": "pipeline", "pipelines": [{"app_data": {"version": 7.5}}]},
            "elyra-7",
            ("unsupported-version", ""),
        ),
        (
            {"doc_type": "pipeline", "pipelines": [{"app_data": {"version": "7.5"}}]},
            "elyra-7",
            ("unsupported-version", ""),
        ),
        (
            {"doc_type": "pipeline", "pipelines": [{"app_data": {"version": "x"}}]},
            "elyra-0",
            ("unsupported-version", ""),
        ),
        (
            {"doc_type": "pipeline", "pipelines": [{"app_data": {"version": True}}]},
            "elyra-0",
            ("unsupported-version", ""),
        ),
        (
            {"doc_type": "pipeline", "pipelines": [{"app_data": {"version": -1}}]},
            "elyra-0",
            ("unsupported-version", ""),
        ),
        ({"doc_type": "pipeline", "pipelines": [{"app_data": {"version": 9}}]}, "unknown", ("unsupported-version", "")),
        ({"doc_type": "pipeline", "pipelines": {}}, "unknown", ("schema", "")),
    ],
)
def test_what_a_file_is(document: Any, form: str, expected: tuple[str, str]) -> None:
    found = parsed(document)
    assert found.format == form
    assert pairs(found)[0] == expected
    assert found.pipeline is None
    assert found.document == (document if isinstance(document, dict) else None)


def test_sentences_about_foreign_files() -> None:
    elyra = parsed({"doc_type": "pipeline", "pipelines": [{"app_data": {"version": 8}}]}).issues[0]
    assert elyra.message == "This is an Elyra pipeline (format 8); conversion is not built in yet."
    assert "notebook" in parsed({"nbformat": 4, "cells": []}).issues[0].message


def test_limits() -> None:
    node = {"type": "approval"}
    nodes = {f"n{index}": node for index in range(5001)}
    edges = [{"from": "n0", "to": f"n{index}"} for index in range(20_001)]
    assert pairs(parsed({"version": 1, "nodes": nodes})) == [("too-large", "/nodes")]
    assert pairs(parsed({"version": 1, "nodes": {}, "edges": edges})) == [("too-large", "/edges")]
    assert pairs(parsed({"nodes": nodes, "edges": edges})) == [("too-large", "/edges"), ("too-large", "/nodes")]
    del nodes["n5000"]
    assert parsed({"version": 1, "nodes": nodes, "edges": edges[:20_000]}).pipeline is not None


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '"' + "a" * (17 * 1024 * 1024) + '"'])
def test_bombs(text: str) -> None:
    started = time.monotonic()
    assert pairs(parse(text.encode())) == [("too-large", "")]
    assert time.monotonic() - started < 5


@given(st.binary(max_size=100) | st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes(data: bytes) -> None:
    found = parse(data)
    assert found.pipeline is None
    assert found.issues


@fewer
@given(mutations(), st.data())
def test_mutations_never_raise(document: Any, data: st.DataObject) -> None:
    text = json.dumps(document).encode()
    found = parse(text)
    assert (found.pipeline is None) == bool({issue.code for issue in found.issues} & SHAPE)
    place = data.draw(st.integers(0, len(text)))
    broken = text[:place] + data.draw(st.binary(max_size=4)) + text[place + data.draw(st.integers(0, 4)) :]
    assert isinstance(parse(broken), Parsed)


@fewer
@given(pipelines(sound=False))
def test_valid_documents_are_read(document: dict[str, Any]) -> None:
    found = parsed(document)
    assert found.issues == ()
    assert found.format == "mlops-1"
    assert found.pipeline is not None
    assert list(found.pipeline.nodes) == list(document["nodes"])
    assert [(edge.source, edge.target) for edge in found.pipeline.edges] == [
        (edge["from"], edge["to"]) for edge in document.get("edges", [])
    ]


@pytest.mark.parametrize(("text", "value"), [("1s", 1), ("90s", 90), ("30m", 1800), ("2h", 7200)])
def test_seconds(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(("text", "value"), [("1K", 1024), ("512M", 2**29), ("4G", 2**32), ("2T", 2**41)])
def test_size(text: str, value: int) -> None:
    assert size(text) == value


def test_importing_is_light() -> None:
    """A server that starts, and `mlops --help`, must not wait for libraries that only some tasks need."""
    code = (
        "import sys, mlops_ext.parse, mlops_ext.validate, mlops_ext.compile, mlops_ext.canonical, mlops_ext.states;"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    heavy = {
        "jsonschema",
        "pandas",
        "numpy",
        "nbformat",
        "papermill",
        "tornado",
        "jupyter_server",
        "sqlite3",
        "asyncio",
    }
    assert not heavy & set(run.stdout.split())
