"""What can be asked without running: issues, files, kernels, what would run; and examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from mlops_ext.canonical import dumps
from mlops_ext.handlers import examples
from mlops_ext.monitoring import document
from mlops_ext.parse import parse
from tests.handlers.served import JSON, Fetch, answer, notebook, write_pipeline


async def post(fetch: Fetch, *parts: str, body: Any) -> Any:
    return answer(await fetch("mlops", *parts, method="POST", headers=dict(JSON), body=json.dumps(body)))


async def test_validating_the_file_and_what_is_not_saved(jp_fetch: Fetch, served: Path) -> None:
    pipeline = write_pipeline(served / "a b")
    report = await post(jp_fetch, "validate", body={"path": "a b/p.pipeline"})
    entry = {"path": "a b/p.pipeline", "format": "mlops-1", "valid": True, "issues": []}
    assert report == {"version": 1, "files": [entry]}
    edited = pipeline.read_text().replace("second.sh", "missing.sh")
    report = await post(jp_fetch, "validate", body={"path": "a b/p.pipeline", "content": edited})
    assert report["files"][0]["valid"] is False
    assert [issue["code"] for issue in report["files"][0]["issues"]] == ["missing-file"]
    report = await post(jp_fetch, "validate", body={"path": "new.pipeline", "content": "{"})
    assert [issue["code"] for issue in report["files"][0]["issues"]] == ["bad-json"]
    report = await post(jp_fetch, "validate", body={"path": "none.pipeline", "content": None})
    assert [issue["code"] for issue in report["files"][0]["issues"]] == ["missing-file"]
    assert not (served / "a b" / ".mlops").exists()


async def test_what_would_run(jp_fetch: Fetch, served: Path) -> None:
    pipeline = write_pipeline(served)
    document = json.loads(pipeline.read_text())
    document["nodes"]["third"] = {"type": "script", "path": "second.sh", "disabled": True}
    document["nodes"]["fourth"] = {"type": "script", "path": "second.sh"}
    document["edges"] += [
        {"from": "second", "to": "third"},
        {"from": "first", "to": "fourth", "when": {"result": "rows", "op": ">", "value": 2}},
    ]
    pipeline.write_text(json.dumps(document))
    planned = await post(jp_fetch, "plan", body={"pipeline": "p.pipeline"})
    assert (planned["version"], planned["pipeline"]) == (1, "p.pipeline")
    assert [(node["id"], node["action"], node["code"], node["reason"]) for node in planned["nodes"]] == [
        ("first", "run", "first-run", "It runs for the first time."),
        ("fourth", "run", "condition", "If rows of first > 2."),
        ("second", "run", "upstream", "first runs before it."),
        ("third", "skip", "disabled", "It is disabled."),
    ]


async def test_what_would_run_of_a_pipeline_that_is_not_saved(jp_fetch: Fetch, served: Path) -> None:
    pipeline = write_pipeline(served)
    document = json.loads(pipeline.read_text())
    document["nodes"]["second"]["disabled"] = True
    body = {"pipeline": "p.pipeline", "content": json.dumps(document)}
    planned = await post(jp_fetch, "plan", body=body)
    assert [(node["id"], node["action"]) for node in planned["nodes"]] == [("first", "run"), ("second", "skip")]
    assert "disabled" not in pipeline.read_text()


async def test_inspecting_a_notebook(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    document = notebook(
        "cutoff: float = 0.5  # between 0 and 1\nname = 'x'", "auc = 0.9\n_hidden = 1", tags=("results",)
    )
    document["cells"][0]["metadata"] = {"tags": ["parameters"]}
    (served / "n.ipynb").write_text(json.dumps(document))

    async def inspect(path: str) -> Any:
        return answer(await jp_fetch("mlops", "inspect", params={"pipeline": "p.pipeline", "path": path}))

    found = await inspect("n.ipynb")
    assert {key: found[key] for key in ("path", "exists", "inside", "is_file", "error")} == {
        "path": "n.ipynb",
        "exists": True,
        "inside": True,
        "is_file": True,
        "error": None,
    }
    assert found["notebook"]["kernel"] == "python3"
    assert found["notebook"]["results"] == ["auc"]
    assert found["notebook"]["has_parameters_cell"] is True
    assert found["notebook"]["parameters"][0] == {
        "name": "cutoff",
        "type": "number",
        "default": 0.5,
        "has_default": True,
        "help": "between 0 and 1",
    }
    assert (await inspect("first.sh"))["notebook"] is None
    assert (await inspect("none.ipynb"))["exists"] is False
    outside = await inspect("../../etc/passwd")
    assert (outside["inside"], outside["exists"]) == (False, False)
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("mlops", "inspect", params={"pipeline": "p.pipeline"})
    assert caught.value.code == 400


async def test_the_machine(jp_fetch: Fetch, served: Path) -> None:
    kernels = answer(await jp_fetch("mlops", "kernels"))["kernels"]
    python = next(kernel for kernel in kernels if kernel["name"] == "python3")
    assert python["language"] == "python" and python["display_name"].startswith("Python 3")


async def test_examples_are_copied_beside_what_is_there(jp_fetch: Fetch, served: Path) -> None:
    listed = answer(await jp_fetch("mlops", "examples"))["examples"]
    wine = next(entry for entry in listed if entry["name"] == "wine")
    assert set(wine) == {"name", "title", "description"} and wine["title"]
    assert await post(jp_fetch, "examples", "wine", body={"folder": ""}) == {"path": "wine/wine.pipeline"}
    precious = served / "wine" / "load.ipynb"
    precious.write_text("mine")
    assert await post(jp_fetch, "examples", "wine", body={"folder": "."}) == {"path": "wine-1/wine.pipeline"}
    assert precious.read_text() == "mine"
    assert not (served / "wine" / "example.json").exists()
    report = await post(jp_fetch, "validate", body={"path": "wine-1/wine.pipeline"})
    assert report["files"][0]["valid"], report
    for folder, status in (("../elsewhere", 400), ("none", 404), ("wine/load.ipynb", 404)):
        with pytest.raises(HTTPClientError) as caught:
            await post(jp_fetch, "examples", "wine", body={"folder": folder})
        assert caught.value.code == status
    for name in ("none", "..", "wine%2F..%2Fwine"):
        with pytest.raises(HTTPClientError) as caught:
            await post(jp_fetch, "examples", name, body={"folder": ""})
        assert caught.value.code == 404


def test_every_example_is_whole() -> None:
    found = examples.list_examples()
    assert found
    for entry in found:
        folder = examples.examples_folder() / entry["name"]
        assert (folder / entry["pipeline"]).is_file()
        for pipeline in folder.glob("*.pipeline"):
            assert parse(pipeline.read_bytes()).pipeline is not None, pipeline
        for monitor in folder.glob("*.monitor"):
            read = document.parse(monitor.read_bytes())
            assert not read.issues and dumps(read.document, "monitor.v1") == monitor.read_text(encoding="utf-8")
