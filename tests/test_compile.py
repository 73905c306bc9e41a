"""From a pipeline to a plan."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.compile import Plan, Step, compile_plan
from mlops_ext.errors import InvalidPipeline
from mlops_ext.model import Condition, Edge, FromParameter, FromResult, Json, Secret, Value
from mlops_ext.parse import parse
from tests.strategies import PARAMETER_VALUES, RUNNABLE, fewer, pipelines


def compiled(document: Any, path: str = "p.pipeline", parameters: dict[str, Json] | None = None, **rest: Any) -> Plan:
    found = parse(json.dumps(document).encode())
    assert found.pipeline is not None, found.issues
    return compile_plan(found.pipeline, path=path, sha256="0" * 64, parameters=parameters, **rest)


def refused(
    document: Any, path: str = "p.pipeline", parameters: dict[str, Json] | None = None
) -> list[tuple[str, str]]:
    with pytest.raises(InvalidPipeline) as caught:
        compiled(document, path, parameters)
    assert caught.value.issues is not None
    assert all(issue.severity == "error" for issue in caught.value.issues)
    return [(issue.code, issue.pointer) for issue in caught.value.issues]


def one(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "nodes": {"n": {"type": "notebook", "path": "n.ipynb", **fields}}}


def test_everything_there_is() -> None:
    document = {
        "version": 1,
        "parameters": {"p": {"type": "integer", "default": 1}, "o": {"type": "object", "default": {"from": "x"}}},
        "nodes": {
            "b": {
                "type": "script",
                "label": "B",
                "path": "../lib/b.py",
                "kernel": "k",
                "parameters": {
                    "z": {"from": "parameters.p"},
                    "a": {"from": "nodes.a.results.r"},
                    "o": {"from": "parameters.o"},
                },
                "env": {"Z": "1", "A": {"secret": "s"}},
                "files": ["x.csv", "./x.csv", "../y.csv"],
                "outputs": ["out/../b.csv"],
                "retries": 2,
                "retry_delay": "5s",
                "timeout": "1m",
                "reuse": "always",
                "resources": {"cpu": 2, "memory": "1K", "gpu": 1},
            },
            "a": {"type": "notebook", "path": "a.ipynb", "disabled": True},
            "w": {"type": "approval", "disabled": True},
        },
        "edges": [
            {"from": "w", "to": "a"},
            {"from": "a", "to": "b", "when": {"result": "r", "op": "<", "value": None}},
        ],
    }
    plan = compiled(document, "proj/flows/p.pipeline", {"p": 7}, mode="isolated")
    assert plan == Plan(
        pipeline="proj/flows/p.pipeline",
        pipeline_sha256="0" * 64,
        runtime="local",
        mode="isolated",
        parameters={"o": {"from": "x"}, "p": 7},
        steps={
            "w": Step("w", "approval", cwd="proj/flows", disabled=True),
            "a": Step("a", "notebook", path="proj/flows/a.ipynb", cwd="proj/flows", disabled=True),
            "b": Step(
                "b",
                "script",
                label="B",
                path="proj/lib/b.py",
                kernel="k",
                cwd="proj/lib",
                parameters={"a": FromResult("a", "r"), "o": Value({"from": "x"}), "z": Value(7)},
                env={"A": Secret("s"), "Z": "1"},
                files=("proj/flows/x.csv", "proj/y.csv"),
                outputs=("proj/flows/b.csv",),
                retries=2,
                retry_delay=5,
                timeout=60,
                reuse="always",
                cpu=2,
                memory=1024,
                gpu=1,
            ),
        },
        edges=(Edge("a", "b", Condition("r", "<", None)), Edge("w", "a")),
    )
    assert list(plan.steps) == ["w", "a", "b"]
    assert list(plan.steps["b"].parameters) == ["a", "o", "z"]


def test_a_pipeline_at_the_top_of_the_workspace() -> None:
    step = compiled(one(), "./p.pipeline").steps["n"]
    assert (step.path, step.cwd) == ("n.ipynb", "")


@pytest.mark.parametrize(
    ("document", "parameters", "expected"),
    [
        ({"version": 1, "nodes": {}}, {}, [("schema", "/nodes")]),
        ({"version": 1, "nodes": {"n": {"type": "new"}}}, {}, [("unknown-type", "/nodes/n/type")]),
        ({"version": 1, "nodes": {"n": {"type": "approval"}}}, {}, [("runtime-needed", "/nodes/n/type")]),
        (one(path="../n.ipynb"), {}, [("outside-workspace", "/nodes/n/path")]),
        (one(path="a/../../n.ipynb"), {}, [("outside-workspace", "/nodes/n/path")]),
        (one(path="/n.ipynb"), {}, [("outside-workspace", "/nodes/n/path")]),
        (one(files=["a", "../b"]), {}, [("outside-workspace", "/nodes/n/files/1")]),
        (one(outputs=["~/b"]), {}, [("outside-workspace", "/nodes/n/outputs/0")]),
        ({**one(), "edges": [{"from": "n", "to": "n"}]}, {}, [("cycle", "/nodes/n")]),
        ({**one(), "edges": [{"from": "n", "to": "m"}]}, {}, [("unknown-node", "/edges/0/to")]),
        (one(), {"p": 1}, [("unknown-parameter", "/parameters/p")]),
        ({**one(), "parameters": {"p": {"type": "integer"}}}, {}, [("parameter-type", "/parameters/p")]),
        ({**one(), "parameters": {"p": {"type": "integer"}}}, {"p": "1"}, [("parameter-type", "/parameters/p")]),
        ({**one(), "parameters": {"p": {"type": "integer"}}}, {"p": None}, [("parameter-type", "/parameters/p")]),
        (
            {**one(), "parameters": {"p": {"type": "integer", "default": 1}}},
            {"p": None},
            [("parameter-type", "/parameters/p")],
        ),
    ],
)
def test_refused(document: Any, parameters: dict[str, Json], expected: list[tuple[str, str]]) -> None:
    assert refused(document, parameters=parameters) == expected


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, [1e20], "\ud800", "x" * 2**24, json.loads("[" * 65 + "]" * 65)]
)
def test_values_that_no_file_could_have(value: Any) -> None:
    deep: Any = 0
    for _ in range(100_000):
        deep = [deep]
    document = {**one(), "parameters": {"p": {"type": "object", "default": {}}}}
    for wrong in ({"p": {"a": value}}, {"p": deep}):
        assert ("parameter-type", "/parameters/p") in refused(document, parameters=wrong)


def test_numbers_have_no_type_but_their_value() -> None:
    document = {**one(), "parameters": {"p": {"type": "integer"}}}
    assert json.dumps(compiled(document, parameters={"p": 2.0}).parameters["p"]) == "2"


def test_a_plan_that_is_not_bound_serves_any_run() -> None:
    document = {
        **one(parameters={"x": {"from": "parameters.p"}, "y": {"from": "parameters.q"}, "z": 1}),
        "parameters": {"p": {"type": "integer"}, "q": {"type": "object", "default": {"b": 1, "a": 2}}},
    }
    plan = compiled(document, bind=False)
    assert plan.parameters == {"q": {"a": 2, "b": 1}}
    assert plan.steps["n"].parameters == {"x": FromParameter("p"), "y": FromParameter("q"), "z": Value(1)}
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan
    with pytest.raises(InvalidPipeline):
        compiled({**document, "edges": [{"from": "n", "to": "n"}]}, bind=False)


def test_null_may_be_given_where_it_is_the_default() -> None:
    document = {
        **one(parameters={"x": {"from": "parameters.p"}}),
        "parameters": {"p": {"type": "integer", "default": None}},
    }
    assert compiled(document).parameters == {"p": None}
    assert compiled(document, parameters={"p": None}).steps["n"].parameters == {"x": Value(None)}
    assert compiled(document, parameters={"p": 5}).steps["n"].parameters == {"x": Value(5)}


def test_what_is_not_run_here_is_not_run_elsewhere() -> None:
    document: dict[str, Any] = {"version": 1, "nodes": {"n": {"type": "operator", "operator": "a.B"}}}
    with pytest.raises(InvalidPipeline):
        compiled(document, runtime="prod")
    document["nodes"]["n"]["disabled"] = True
    assert compiled(document, runtime="prod").steps["n"].type == "operator"


def test_the_error_says_the_first_and_how_many() -> None:
    with pytest.raises(InvalidPipeline) as caught:
        compiled({**one(), "edges": [{"from": "n", "to": "n"}, {"from": "n", "to": "m"}]})
    assert caught.value.message.endswith("(1 more)")
    assert caught.value.status == 422


@fewer
@given(pipelines(types=RUNNABLE, min_nodes=1), st.data())
def test_plans(document: dict[str, Any], data: st.DataObject) -> None:
    declared = document.get("parameters", {})
    given_ = {
        name: data.draw(PARAMETER_VALUES[parameter["type"]])
        for name, parameter in declared.items()
        if "default" not in parameter or data.draw(st.booleans())
    }
    plan = compiled(document, "a/b/p.pipeline", given_)
    order = list(plan.steps)
    assert sorted(order) == sorted(document["nodes"])
    assert {(edge.source, edge.target) for edge in plan.edges} == {
        (e["from"], e["to"]) for e in document.get("edges", [])
    }
    assert all(order.index(edge.source) < order.index(edge.target) for edge in plan.edges)
    assert all(plan.parameters[name] == value for name, value in given_.items())
    for step in plan.steps.values():
        for path in (step.path, *step.files, *step.outputs):
            assert path is not None
            assert path.startswith("a/b/")
            assert ".." not in path.split("/")
    again = Plan.from_json(json.loads(json.dumps(plan.to_json(), sort_keys=data.draw(st.booleans()))))
    assert again == plan
    assert list(again.steps) == order


@fewer
@given(pipelines(types=RUNNABLE, min_nodes=1), st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(document: dict[str, Any], source: random.Random) -> None:
    required = {name: None for name, p in document.get("parameters", {}).items() if "default" not in p}
    for name in required:
        document["parameters"][name]["default"] = None
    first = compiled(document).to_json()
    other = {key: _shuffled(value, source) for key, value in document.items()}
    if "edges" in other:
        source.shuffle(other["edges"])
    assert json.dumps(compiled(other).to_json()) == json.dumps(first)


def _shuffled(value: Any, source: random.Random) -> Any:
    """The same content in another order, of objects whose order means nothing."""
    if isinstance(value, dict):
        keys = list(value)
        source.shuffle(keys)
        return {key: _shuffled(value[key], source) for key in keys}
    return list(value) if isinstance(value, list) else value
