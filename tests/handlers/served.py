"""What the tests of the server share: a served folder, runs with and without an engine, requests."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tornado.httpclient import HTTPClientError, HTTPResponse

from mlops_ext.compile import Plan, Step
from mlops_ext.model import Edge
from mlops_ext.paths import Workspace, find_workspace, register
from mlops_ext.schema import load
from mlops_ext.store import Store

Fetch = Callable[..., Awaitable[HTTPResponse]]
JSON = {"Content-Type": "application/json"}


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    """A notebook of code cells; the last has the tags."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    cells[-1]["metadata"] = {"tags": list(tags)}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}


def write_pipeline(folder: Path, name: str = "p.pipeline") -> Path:
    """A pipeline of two scripts in a chain, with a parameter, quick to run."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "first.sh").write_text(
        'echo "first says $MLOPS_PARAM_WORD"; echo \'{"name": "rows", "value": 3}\' >> "$MLOPS_RESULTS"\n'
    )
    (folder / "second.sh").write_text('sleep "${PAUSE:-0}"; echo "second"\n')
    document = {
        "version": 1,
        "parameters": {"word": {"type": "string", "default": "hello"}, "count": {"type": "integer", "default": 1}},
        "nodes": {
            "first": {"type": "script", "path": "first.sh", "parameters": {"word": {"from": "parameters.word"}}},
            "second": {"type": "script", "path": "second.sh"},
        },
        "edges": [{"from": "first", "to": "second"}],
    }
    file = folder / name
    file.write_text(json.dumps(document, indent=2) + "\n")
    return file


def record_run(
    folder: Path, pipeline: str = "p.pipeline", *, state: str = "succeeded", root: Path | None = None
) -> str:
    """A run that nothing ran, as an engine would have left it: node `train` with its files."""
    workspace = find_workspace(folder / pipeline, root)
    steps = {
        "load": Step("load", "notebook", path="load.ipynb"),
        "train": Step("train", "notebook", label="Train", path="train.ipynb"),
    }
    plan = Plan(pipeline, "0" * 64, steps=steps, edges=(Edge("load", "train"),))
    register(workspace)
    with Store.open(workspace) as store:
        run_id = store.create_run(plan)
        if state == "queued":
            return run_id
        store.advance_run(run_id, state="running", started="2026-01-01T00:00:00.000Z")
        for node in steps:
            store.advance_node(run_id, node, state="running", attempts=1)
            leave_files(workspace.run_folder(run_id), node)
            store.advance_node(
                run_id,
                node,
                state="succeeded",
                notebook=f"{node}/1/notebook.ipynb",
                log=f"{node}/1/log.txt",
                results={"auc": 0.9},
            )
        snapshot = workspace.run_folder(run_id) / ".source" / pipeline
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write_text('{"version": 1, "nodes": {}}\n')
        if state != "running":
            store.advance_run(run_id, state=state, finished="2026-01-01T00:00:01.000Z", seconds=1.0)
    return run_id


def leave_files(run_folder: Path, node: str) -> None:
    """What an attempt leaves behind."""
    attempt = run_folder / node / "1"
    (attempt / "outputs").mkdir(parents=True)
    (attempt / "log.txt").write_text(f"log of {node}: größer\n", encoding="utf-8")
    (attempt / "notebook.ipynb").write_text(json.dumps(notebook("1 + 1")))
    trace = {"version": 1, "attempt": 1, "provable": True, "why": [], "reads": [], "writes": []}
    (attempt / "trace.json").write_text(json.dumps(trace))
    (attempt / "outputs" / "data.bin").write_bytes(bytes(range(256)))
    (attempt / "outputs" / "page.html").write_text("<script>window.pwned = 1</script>")


def answer(response: HTTPResponse) -> Any:
    """The JSON of a response."""
    return json.loads(response.body)


def conforms(document: Any, schema: str, definition: str | None = None) -> None:
    """The document is what a schema of ours, or a definition in it, says."""
    whole = load(schema)
    wanted = whole
    if definition is not None:
        wanted = {"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": f"#/$defs/{definition}"}
    errors = [error.message for error in Draft202012Validator(wanted).iter_errors(document)]
    assert not errors, (errors, document)


def listed_conforms(page: Any) -> None:
    """The list of runs is what the schema says; summaries leave out the provenance."""
    runs = [{**run, "provenance": run["provenance"] or {}} for run in page["runs"]]
    conforms({**page, "runs": runs}, "run.v1", "runs")


async def eventually(fetch: Fetch, run_id: str, seconds: float = 40.0) -> dict[str, Any]:
    """The run when it has ended."""
    deadline = time.monotonic() + seconds
    while True:
        run: dict[str, Any] = answer(await fetch("mlops", "runs", run_id))
        if run["state"] in ("succeeded", "failed", "cancelled"):
            return run
        assert time.monotonic() < deadline, run
        await asyncio.sleep(0.1)


def end_engine(workspace: Workspace, seconds: float = 15.0) -> None:
    """Waits for the workspace's engine to leave by itself (it was told to be impatient)."""
    from mlops_ext.runtimes.local.lock import Lock
    from mlops_ext.submit import wake

    deadline = time.monotonic() + seconds
    while not Lock.is_free(workspace.lock):
        assert time.monotonic() < deadline, workspace.engine_log.read_text()
        time.sleep(0.05)
    time.sleep(0.2)
    assert not wake(workspace)  # there is nothing to do; it takes the exit status of the engine


@pytest.fixture
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """State, secrets and patience of this test only."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg-state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    yield tmp_path


@pytest.fixture
def served(jp_root_dir: Path, own_state: Path, jp_serverapp: Any) -> Path:
    """The folder that the server serves."""
    return jp_root_dir


async def refused(fetch: Fetch, *parts: str, **options: Any) -> dict[str, Any]:
    """The problem that a request is refused with."""
    with pytest.raises(HTTPClientError) as caught:
        await fetch("mlops", *parts, **options)
    assert caught.value.response is not None
    assert caught.value.response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(caught.value.response.body)
    assert problem["status"] == caught.value.code
    conforms(problem, "problem.v1")
    return problem
