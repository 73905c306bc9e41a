"""Our interpreter of schemas gives the verdict of JSON Schema, and issues where they belong."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext import schema, states
from mlops_ext.nodes import NODE_TYPES
from tests.strategies import JSON, fewer, mutations, pipelines

SCHEMAS = Path(__file__).parent.parent / "schemas"
KEYWORDS = {
    *("$ref", "const", "enum", "type", "minLength", "maxLength", "pattern", "minimum", "maximum", "minItems"),
    *("maxItems", "items", "maxProperties", "required", "propertyNames", "properties", "additionalProperties"),
    *("anyOf", "oneOf"),
}
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description"}


@lru_cache
def judge() -> Any:
    """The library, with patterns as in ECMAScript."""

    def pattern(validator: Any, text: str, value: Any, _: Any) -> Any:
        if validator.is_type(value, "string") and not schema.matches(text, value):
            yield jsonschema.ValidationError("pattern")

    kind = jsonschema.validators.extend(jsonschema.Draft202012Validator, {"pattern": pattern})
    return kind(schema.load("pipeline.v1"))


def pairs(document: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.pointer) for issue in schema.check(document)]


def with_node(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb", **fields}}}


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_schemas_are_sound_and_use_known_keywords(path: Path) -> None:
    document = json.loads(path.read_bytes())
    jsonschema.Draft202012Validator.check_schema(document)

    def walk(one: Any) -> None:
        assert set(one) <= KEYWORDS | ANNOTATIONS, set(one) - KEYWORDS - ANNOTATIONS
        for key in ("properties", "$defs"):
            for inner in one.get(key, {}).values():
                walk(inner)
        for key in ("items", "propertyNames", "additionalProperties"):
            if isinstance(one.get(key), dict):
                walk(one[key])
        for inner in [*one.get("anyOf", []), *one.get("oneOf", [])]:
            walk(inner)

    walk(document)


def test_every_type_of_node_has_a_definition_and_an_entry() -> None:
    root = schema.load("pipeline.v1")
    branches = [schema.resolve(branch, root) for branch in root["$defs"]["node"]["oneOf"]]
    assert [branch["properties"]["type"]["const"] for branch in branches] == list(NODE_TYPES)
    for branch in branches:
        kind = NODE_TYPES[branch["properties"]["type"]["const"]]
        assert ("path" in branch["properties"]) == bool(kind.suffixes)


def test_only_schemas_are_loaded() -> None:
    for name in ("../pyproject", "pipeline.v1\n", "pipeline", "x/y.v1"):
        with pytest.raises(ValueError, match="no name of a schema"):
            schema.load(name)


@fewer
@given(pipelines(sound=False))
def test_valid_documents(document: dict[str, Any]) -> None:
    assert schema.check(document) == []


@fewer
@given(mutations() | JSON)
def test_verdict_is_that_of_the_library(document: Any) -> None:
    assert (schema.check(document) == []) == judge().is_valid(document)


@fewer
@given(mutations())
def test_lists_of_issues_are_tidy(document: Any) -> None:
    issues = schema.check(document)
    places = [(issue.pointer, issue.code) for issue in issues]
    assert places == sorted(set(places))
    for issue in issues:
        assert issue.severity == "error"
        assert issue.message.endswith(".")
        parts = issue.pointer.split("/")
        expected = parts[2].replace("~1", "/").replace("~0", "~") if parts[1:2] == ["nodes"] and parts[2:] else None
        assert issue.node == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (with_node(), []),
        ({"version": 1}, [("schema", "")]),
        ({}, [("schema", "")]),
        ([], [("schema", "")]),
        ({"nodes": 5}, [("schema", ""), ("schema", "/nodes")]),
        ({"version": 2, "nodes": 5}, [("unsupported-version", "/version")]),
        ({"version": 1.5}, [("unsupported-version", "/version")]),
        ({"version": "1", "nodes": 5}, [("schema", "/nodes"), ("schema", "/version")]),
        ({"version": True, "nodes": {}}, [("schema", "/version")]),
        (with_node(a=1, b=2), [("schema", "/nodes/n/a"), ("schema", "/nodes/n/b")]),
        (with_node(path=None), [("schema", "/nodes/n/path")]),
        (with_node(path="a\0b"), [("schema", "/nodes/n/path")]),
        (with_node(retries=1.0), []),
        (with_node(retries=1.5), [("schema", "/nodes/n/retries")]),
        (with_node(retries=True), [("schema", "/nodes/n/retries")]),
        (with_node(retries=101), [("schema", "/nodes/n/retries")]),
        (with_node(type="x", path=1), [("unknown-type", "/nodes/n/type")]),
        (with_node(type=1), [("schema", "/nodes/n/type")]),
        ({"version": 1, "nodes": {"n": {}}}, [("schema", "/nodes/n")]),
        ({"version": 1, "nodes": {"n": []}}, [("schema", "/nodes/n")]),
        ({"version": 1, "nodes": {"N": {"type": "x"}}}, [("schema", "/nodes/N"), ("unknown-type", "/nodes/N/type")]),
        (with_node(env={"a-b": 1}), [("schema", "/nodes/n/env/a-b")]),
        (with_node(env={"a": 1}), [("schema", "/nodes/n/env/a")]),
        (with_node(env={"a": {"secret": ""}}), [("schema", "/nodes/n/env/a")]),
        (with_node(label="🚀" * 200), []),
        (with_node(label="🚀" * 201), [("schema", "/nodes/n/label")]),
        (with_node(outputs=["", 1]), [("schema", "/nodes/n/outputs/0"), ("schema", "/nodes/n/outputs/1")]),
        (with_node(outputs=[1] * 10_001), [("schema", "/nodes/n/outputs")]),
        ({"version": 1, "nodes": {}, "a/b~": 1}, [("schema", "/a~1b~0")]),
        ({"version": 1, "nodes": {}, "layout": {"n": [1]}}, [("schema", "/layout/n")]),
        ({"version": 1, "nodes": {}, "layout": {"n": [1, 1e300]}}, [("schema", "/layout/n/1")]),
        ({"version": 1, "nodes": {}, "edges": [{}]}, [("schema", "/edges/0")]),
    ],
)
def test_places(document: Any, expected: list[tuple[str, str]]) -> None:
    assert pairs(document) == expected


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (with_node(retries="two"), "Node n: retries must be a whole number, not 'two'."),
        (with_node(retries=-1), "Node n: retries must be at least 0, not -1."),
        (with_node(path=""), "Node n: path must not be empty."),
        (with_node(timeout="5 m"), "Node n: timeout must be a time such as 90s, 30m or 2h, not '5 m'."),
        (with_node(reuse="x"), "Node n: reuse must be 'auto', 'always' or 'never', not 'x'."),
        (with_node(label="x" * 201), "Node n: label must have at most 200 characters, not 201."),
        (with_node(files="x\u202e\n" + "y" * 50), "Node n: files must be a list, not 'x\\u202e\\n" + "y" * 37 + "…'."),
        (
            with_node(env={"A": []}),
            "Node n: env.A must be a text without NUL characters, or a secret by name, not a list.",
        ),
        (with_node(resources={"cpus": 1}), "Node n: resources has cpus, which is not known here."),
        (with_node(resources={"cpu": None}), "Node n: resources.cpu must be a number, not null."),
        ({"version": 1}, "The pipeline lacks nodes."),
        ({}, "The pipeline lacks version and nodes."),
        (None, "The pipeline must be an object, not null."),
        ({"version": 7}, "The pipeline has version 7 of the format; this program reads version 1."),
        ({"version": 1, "nodes": {}, "edges": [{"from": "a"}]}, "Edge 1 lacks to."),
        ({"version": 1, "nodes": {}, "layout": {"a": [1]}}, "Position a must have at least 2 entries, not 1."),
        (
            {"version": 1, "nodes": {}, "parameters": {"class": {"type": "string"}}},
            "The name 'class' in parameters must be a letter or _, then at most 62 letters, digits or _, "
            "and no Python keyword.",
        ),
    ],
)
def test_sentences(document: Any, message: str) -> None:
    assert schema.check(document)[0].message == message


def test_hints() -> None:
    assert schema.check({"version": 1, "nodes": {}, "Edges": []})[0].hint == "Did you mean edges?"
    assert "retries" in schema.check(with_node(colour=1))[0].hint
    assert schema.check({"version": 2})[0].hint
    assert not schema.check({"version": 0})[0].hint


def test_a_list_of_issues_is_cut() -> None:
    document = {"version": 1, "nodes": {}, "edges": [{}] * 500}
    assert len(schema.check(document)) == 100


@given(st.text(max_size=5))
def test_patterns_end_at_the_end(text: str) -> None:
    assert not schema.matches("^[a-z]*$", text + "\n")
    assert schema.matches(r"^\$[$]$", "$$")


NODE_RUN: dict[str, Any] = {
    "type": "notebook",
    "label": None,
    "state": "succeeded",
    "reason": None,
    "reused": False,
    "reused_from": None,
    "attempts": 1,
    "started": "2026-11-23T18:00:00.100Z",
    "finished": "2026-11-23T18:00:01.200Z",
    "seconds": 1.1,
    "results": {"auc": 0.93},
    "outputs": {"model.joblib": {"sha256": "0" * 64, "bytes": 1234}},
    "notebook": "train/1/notebook.ipynb",
    "log": "train/1/log.txt",
    "error": None,
    "cell": None,
    "cells": 4,
}
RUN: dict[str, Any] = {
    "version": 1,
    "id": "0" * 32,
    "workspace": "",
    "pipeline": "a/b.pipeline",
    "pipeline_sha256": "0" * 64,
    "runtime": "local",
    "mode": "in-place",
    "state": "succeeded",
    "reason": None,
    "parameters": {"cutoff": 0.5},
    "created": "2026-11-23T18:00:00.000Z",
    "started": "2026-11-23T18:00:00.100Z",
    "finished": None,
    "seconds": 3.2,
    "source": {"commit": None, "dirty": None},
    "remote": None,
    "directory": ".mlops/runs/0",
    "error": {"code": "error", "message": "It failed.", "hint": "", "cell": 3, "exit_code": None},
    "max_parallel": None,
    "select": None,
    "provenance": {},
    "seq": 9,
    "nodes": {"train": NODE_RUN, "outer/inner": NODE_RUN},
}


def test_the_document_of_a_run() -> None:
    assert schema.check(RUN, "run.v1") == []
    assert [issue.pointer for issue in schema.check({**RUN, "created": None}, "run.v1")] == ["/created"]
    assert [issue.pointer for issue in schema.check({**RUN, "colour": 1}, "run.v1")] == ["/colour"]
    for key in RUN:
        assert schema.check({name: value for name, value in RUN.items() if name != key}, "run.v1")
    for key in NODE_RUN:
        node = {name: value for name, value in NODE_RUN.items() if name != key}
        assert [issue.pointer for issue in schema.check({**RUN, "nodes": {"n": node}}, "run.v1")] == ["/nodes/n"]
    for key in ("results", "outputs"):
        none = {**RUN, "nodes": {"n": {**NODE_RUN, key: {}}}}
        absent = {**RUN, "nodes": {"n": {**NODE_RUN, key: None}}}
        assert schema.check(none, "run.v1") == []
        assert [issue.pointer for issue in schema.check(absent, "run.v1")] == [f"/nodes/n/{key}"]


def test_states_and_reasons_are_those_of_the_code() -> None:
    definitions = schema.load("run.v1")["$defs"]
    assert definitions["state"]["enum"] == list(states.STATES)
    assert definitions["reason"]["enum"] == [
        None,
        *(reason for reasons in states.REASONS.values() for reason in reasons),
    ]


def test_too_many_entries_are_not_looked_at() -> None:
    assert pairs(with_node(parameters={f"{index}": 1 for index in range(1001)})) == [("schema", "/nodes/n/parameters")]
