"""The rules beyond the shape, one by one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given

from mlops_ext.issues import tidy
from mlops_ext.model import Issue, Pipeline
from mlops_ext.parse import parse
from mlops_ext.validate import validate
from tests.strategies import fewer, mutations, pipelines

Triple = tuple[str, str, str]


def read(document: Any) -> Pipeline:
    found = parse(json.dumps(document).encode())
    assert found.pipeline is not None, found.issues
    return found.pipeline


def triples(document: Any) -> list[Triple]:
    return [(issue.severity, issue.code, issue.pointer) for issue in validate(read(document))]


def book(path: str = "x.ipynb", **fields: Any) -> dict[str, Any]:
    return {"type": "notebook", "path": path, **fields}


def drawn(*edges: str, nodes: str = "abcd", **fields: Any) -> dict[str, Any]:
    """Notebooks named by letters, edges as pairs of letters; fields of a node by its letter."""
    return {
        "version": 1,
        "nodes": {node: book(**{"path": f"{node}.ipynb", **fields.pop(node, {})}) for node in nodes},
        "edges": [{"from": edge[0], "to": edge[1]} for edge in edges],
        **fields,
    }


def error(code: str, pointer: str) -> list[Triple]:
    return [("error", code, pointer)]


def warning(code: str, pointer: str) -> list[Triple]:
    return [("warning", code, pointer)]


def takes(value: Any) -> dict[str, Any]:
    return {"parameters": {"p": value}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (drawn(), []),
        (drawn("ab", "bc", "ac"), []),
        (drawn("ax"), error("unknown-node", "/edges/0/to")),
        (drawn("ab", "xa"), error("unknown-node", "/edges/1/from")),
        (drawn("xy"), [*error("unknown-node", "/edges/0/from"), *error("unknown-node", "/edges/0/to")]),
        (drawn("ab", "bc", "ab", "ab"), [*error("schema", "/edges/2"), *error("schema", "/edges/3")]),
        (drawn("aa"), error("cycle", "/nodes/a")),
        (drawn("ba", "ab"), error("cycle", "/nodes/a")),
        (drawn("ab", "ba", "cd", "dc"), [*error("cycle", "/nodes/a"), *error("cycle", "/nodes/c")]),
        (drawn("xx"), [*error("unknown-node", "/edges/0/from"), *error("unknown-node", "/edges/0/to")]),
        (
            drawn(comments={"n": {"text": "", "nodes": ["a", "x"]}, "m": {"text": ""}}),
            warning("unknown-node", "/comments/n/nodes/1"),
        ),
        (drawn(layout={"x": [0, 0]}), []),
        (drawn("ab", b=takes({"from": "nodes.a.results.r"})), []),
        (drawn("ab", "bc", c=takes({"from": "nodes.a.results.r"})), []),
        (drawn("ba", b=takes({"from": "nodes.a.results.r"})), error("missing-edge", "/nodes/b/parameters/p")),
        (drawn(b=takes({"from": "nodes.b.results.r"})), error("missing-edge", "/nodes/b/parameters/p")),
        (drawn(b=takes({"from": "nodes.x.results.r"})), error("unknown-node", "/nodes/b/parameters/p")),
        (drawn(b=takes({"from": "parameters.x"})), error("unknown-parameter", "/nodes/b/parameters/p")),
        (drawn(b=takes({"from": "parameters.x"}), parameters={"x": {"type": "list"}}), []),
        (drawn(parameters={"x": {"type": "integer", "default": None}}), []),
        (
            drawn(parameters={"x": {"type": "integer", "default": 1.5}}),
            error("parameter-type", "/parameters/x/default"),
        ),
        (
            drawn(parameters={"x": {"type": "number", "default": True}}),
            error("parameter-type", "/parameters/x/default"),
        ),
        (drawn(parameters={"x": {"type": "boolean", "default": 0}}), error("parameter-type", "/parameters/x/default")),
        (drawn(parameters={"x": {"type": "string", "default": 1}}), error("parameter-type", "/parameters/x/default")),
        (drawn(parameters={"x": {"type": "list", "default": {}}}), error("parameter-type", "/parameters/x/default")),
        (drawn(parameters={"x": {"type": "object", "default": []}}), error("parameter-type", "/parameters/x/default")),
        (
            drawn(schedule={"cron": "x", "parameters": {"x": 1, "y": 2}}, parameters={"x": {"type": "string"}}),
            [*error("parameter-type", "/schedule/parameters/x"), *error("unknown-parameter", "/schedule/parameters/y")],
        ),
        (
            drawn(
                schedule={"cron": "x", "parameters": {"x": None, "y": None}},
                parameters={"x": {"type": "string"}, "y": {"type": "string", "default": None}},
            ),
            error("parameter-type", "/schedule/parameters/x"),
        ),
        (drawn(a={"outputs": ["o"]}, b={"outputs": ["./x/../o"]}), error("shared-output", "/nodes/b/outputs/0")),
        (drawn("ba", a={"outputs": ["o"]}, b={"outputs": ["p", "o"]}), warning("shared-output", "/nodes/b/outputs/1")),
        (drawn(a={"outputs": ["o", "./o"]}), []),
        (drawn(a={"outputs": ["o"]}, b={"outputs": ["o"], "disabled": True}), []),
        (
            drawn("ab", "ac", a={"outputs": ["o"]}, b={"outputs": ["o"]}, c={"outputs": ["o"]}),
            [*error("shared-output", "/nodes/b/outputs/0"), *error("shared-output", "/nodes/c/outputs/0")],
        ),
        (
            drawn("ab", "bc", a={"outputs": ["o"]}, b={"outputs": ["o"]}, c={"outputs": ["o"]}),
            [*warning("shared-output", "/nodes/b/outputs/0"), *warning("shared-output", "/nodes/c/outputs/0")],
        ),
        (
            drawn("bc", "cb", "ca", a={"outputs": ["o"]}, b={"outputs": ["o"]}),
            [*error("cycle", "/nodes/b"), *warning("shared-output", "/nodes/b/outputs/0")],
        ),
        (drawn(a={"path": "/a.ipynb"}), error("outside-workspace", "/nodes/a/path")),
        (drawn(a={"path": "\\a.ipynb"}), error("outside-workspace", "/nodes/a/path")),
        (drawn(a={"path": "~a.ipynb"}), error("outside-workspace", "/nodes/a/path")),
        (drawn(a={"path": "c:a.ipynb"}), error("outside-workspace", "/nodes/a/path")),
        (drawn(a={"path": "s3://a.ipynb"}), error("outside-workspace", "/nodes/a/path")),
        (drawn(a={"path": "../a.ipynb"}), []),
        (
            drawn(a={"path": "a:b.ipynb", "files": ["/x"]}),
            [*error("outside-workspace", "/nodes/a/files/0"), *error("outside-workspace", "/nodes/a/path")],
        ),
        (drawn(a={"outputs": ["x", "//x"]}), error("outside-workspace", "/nodes/a/outputs/1")),
        (drawn(a={"path": "a.py"}), error("not-a-notebook", "/nodes/a/path")),
        (drawn(a={"path": "a.IPYNB"}), error("not-a-notebook", "/nodes/a/path")),
        (drawn(a={"type": "script", "path": "a.r"}), error("schema", "/nodes/a/path")),
        (drawn(a={"type": "script", "path": "a.R"}), []),
        (drawn(a={"type": "script", "path": "a.sh"}, b={"type": "script", "path": "b.py"}), []),
        (drawn(a={"type": "monitor", "path": "a.json"}), error("schema", "/nodes/a/path")),
        (drawn(a={"type": "monitor", "path": "a.monitor"}), []),
        (drawn(a={"type": "pipeline", "path": "a.pipeline", "disabled": True}), []),
        (drawn(a={"label": "a\u202eb"}), warning("schema", "/nodes/a/label")),
        (drawn(a={"label": "שלום"}), []),
        (drawn(a={"path": "\u2066a.ipynb"}), warning("schema", "/nodes/a/path")),
        (drawn(a={"env": {"API_KEY": "x"}}), warning("secret-literal", "/nodes/a/env/API_KEY")),
        (drawn(a={"env": {"my_Token_1": "x"}}), warning("secret-literal", "/nodes/a/env/my_Token_1")),
        (drawn(a={"env": {"API_KEY": "", "MONKEY": "x", "TOKEN": {"secret": "t"}}}), []),
        (drawn(a={"env": {"X": "see ghp_" + "a" * 36}}), warning("secret-literal", "/nodes/a/env/X")),
        (drawn(defaults={"env": {"PASSWORD": "x"}}), warning("secret-literal", "/defaults/env/PASSWORD")),
        (drawn(a=takes("AKIA" + "A" * 16)), warning("secret-literal", "/nodes/a/parameters/p")),
        (drawn(a={"parameters": {"token": "x"}}), []),
        (
            drawn(parameters={"x": {"type": "string", "default": "-----BEGIN RSA PRIVATE KEY-----"}}),
            warning("secret-literal", "/parameters/x/default"),
        ),
        ({"version": 1, "nodes": {"a": {"type": "approval"}}}, warning("runtime-needed", "/nodes/a/type")),
        ({"version": 1, "nodes": {"a": {"type": "kfp", "disabled": True}}}, []),
        ({"version": 1, "nodes": {"a": {"type": "new", "path": "/x", "env": {"KEY": "x"}, "label": "\u202e"}}}, []),
        (
            {"version": 1, "nodes": {"a": {"type": "new"}}, "edges": [{"from": "a", "to": "a"}]},
            error("cycle", "/nodes/a"),
        ),
    ],
)
def test_rules(document: Any, expected: list[Triple]) -> None:
    assert triples(document) == expected


def only(document: Any) -> Issue:
    (issue,) = validate(read(document))
    return issue


def test_a_cycle_is_told_node_by_node() -> None:
    issue = only(drawn("bc", "cd", "db", "ab", "cb"))
    assert issue.nodes == ("b", "c")
    assert issue.node == "b"
    assert issue.message == "The pipeline goes round in a circle: b → c → b."
    assert issue.json()["nodes"] == ["b", "c"]


def test_a_long_cycle_is_told_in_part() -> None:
    ids = [f"n{index:03}" for index in range(500)]
    edges = [{"from": one, "to": other} for one, other in zip(ids, [*ids[1:], ids[0]], strict=True)]
    issue = only({"version": 1, "nodes": {one: book() for one in ids}, "edges": edges})
    assert issue.nodes == tuple(ids)
    assert len(issue.message) < 300
    assert "n019 → … → n000." in issue.message


@pytest.mark.parametrize(
    ("document", "message", "hint"),
    [
        (drawn("ax"), "Edge 1 goes to x, but there is no node of this id.", "Take the edge out"),
        (drawn("ab", "ab"), "Edge 2 is the second from a to b.", "Take one"),
        (
            drawn(b=takes({"from": "nodes.a.results.r"})),
            "Node b: p comes from node a, which does not run before it.",
            "Draw an edge from a to b.",
        ),
        (
            drawn(b=takes({"from": "parameters.x"}), parameters={"y": {"type": "list"}}),
            "Node b: p comes from the pipeline's parameter x, which does not exist.",
            "Its parameters: y.",
        ),
        (
            drawn(parameters={"x": {"type": "integer", "default": "two"}}),
            "Parameter x: the default must be a whole number, not 'two'.",
            "",
        ),
        (
            drawn(a={"type": "script", "path": "a.exe"}),
            "Node a: 'a.exe' must end in .py, .R or .sh, as it is a script.",
            "",
        ),
        (
            drawn(a={"outputs": ["o"]}, b={"outputs": ["o"]}),
            "The output 'o' is made by several nodes: a and b.",
            "Give each",
        ),
        (
            {"version": 1, "nodes": {"a": {"type": "operator", "operator": "x.Y"}}},
            "Node a: this version does not run nodes of the type operator (Airflow operator) on this machine.",
            "Disable",
        ),
    ],
)
def test_sentences(document: Any, message: str, hint: str) -> None:
    issue = only(document)
    assert issue.message == message
    assert hint in issue.hint


def test_secrets_are_not_told() -> None:
    secret = "ghp_" + "z" * 36
    for issue in validate(read(drawn(a={"env": {"X": secret}, **takes(secret)}))):
        assert secret not in issue.message + issue.hint


def test_issue_as_json_has_nodes_only_for_cycles() -> None:
    assert set(only(drawn("ax")).json()) == {"severity", "code", "pointer", "node", "message", "hint"}


def test_tidy() -> None:
    def one(severity: Any, pointer: str, message: str = "") -> Issue:
        return Issue(severity, "schema", pointer, None, message)

    given = [
        one("warning", "/b"),
        one("error", "/c", "first"),
        one("error", "/b"),
        one("error", "/c"),
        one("warning", "/a"),
    ]
    assert tidy(given) == [one("error", "/b"), one("error", "/c", "first"), one("warning", "/a")]
    many = [one("warning", f"/a{index}") for index in range(200)] + [one("error", "/z")]
    assert len(tidy(many)) == 100
    assert tidy(many)[0].severity == "error"


@fewer
@given(pipelines())
def test_sound_documents_have_no_errors(document: dict[str, Any]) -> None:
    assert [issue for issue in validate(read(document)) if issue.severity == "error"] == []


@fewer
@given(mutations())
def test_never_raises(document: Any) -> None:
    found = parse(json.dumps(document).encode())
    if found.pipeline is not None:
        issues = validate(found.pipeline)
        assert issues == tidy(issues)


def test_the_largest_pipelines_take_no_time() -> None:
    outputs = {
        f"n{i}": book(f"n{i}.ipynb", outputs=["same"], parameters={"p": {"from": "nodes.n0.results.r"}})
        for i in range(5000)
    }
    edges = [{"from": f"n{i % 4990}", "to": f"n{i % 4990 + 1 + i // 4990}"} for i in range(14_970)]
    pipeline = read({"version": 1, "nodes": outputs, "edges": edges})
    started = time.monotonic()
    assert {issue.code for issue in validate(pipeline)} == {"missing-edge", "shared-output"}
    assert time.monotonic() - started < 5
