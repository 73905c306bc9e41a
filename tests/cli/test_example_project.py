"""The example project is whole: its files are valid, and its four pipelines and monitor tell the story they promise."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.canonical import dumps
from mlops_ext.handlers.examples import examples_folder
from mlops_ext.monitoring import document
from mlops_ext.parse import parse
from mlops_ext.paths import find_workspace
from tests.cli.conftest import command
from tests.handlers.served import end_engine

EXAMPLE = examples_folder() / "mlops-project"
PIPELINES = ("creation", "scoring", "monitoring", "refresh")


def test_all_files_are_valid_and_canonical() -> None:
    for name in PIPELINES:
        content = (EXAMPLE / f"{name}.pipeline").read_bytes()
        parsed = parse(content)
        assert parsed.pipeline is not None and parsed.issues == ()
        assert dumps(json.loads(content)).encode() == content
        for node in parsed.pipeline.nodes.values():
            assert node.path is not None and (EXAMPLE / node.path).is_file()
    content = (EXAMPLE / "progress.monitor").read_bytes()
    assert document.parse(content).issues == ()
    assert document.written(json.loads(content)) == content
    for notebook in EXAMPLE.glob("*.ipynb"):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        assert all(cell.get("outputs", []) == [] for cell in cells)
        assert notebook.name in {node["path"] for name in PIPELINES for node in _nodes(name)}


def _nodes(name: str) -> list[dict[str, Any]]:
    return list(json.loads((EXAMPLE / f"{name}.pipeline").read_text(encoding="utf-8"))["nodes"].values())


@pytest.fixture
def laid_out(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the example, in which the test stands; its engine is gone in the end."""
    folder = own_state / "project"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.chdir(folder)
    yield folder
    end_engine(find_workspace(folder / "creation.pipeline"))


def _answers(*arguments: str) -> list[Any]:
    done = subprocess.run(command(*arguments, "--json"), capture_output=True, text=True, check=True, timeout=110)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def _run(name: str) -> dict[str, Any]:
    done = subprocess.run(command("run", f"{name}.pipeline", "--json"), capture_output=True, text=True, timeout=110)
    run: dict[str, Any] = json.loads(done.stdout)
    assert run["state"] == "succeeded", run
    return {node: found["results"] for node, found in run["nodes"].items()}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_story_it_promises(laid_out: Path) -> None:
    assert _run("creation")["reference"]["auc"] > 0.8
    _run("scoring")
    months = _answers("monitor", "evaluate", "progress.monitor", "--all")
    assert [month["batch"] for month in months] == [f"scored/{number:02}.csv" for number in range(1, 9)]
    assert all(month["status"] in ("no_labels", "warn") for month in months[:3])
    assert all(month["status"] == "alert" for month in months[3:])
    found = _run("monitoring")
    assert found["evaluate"]["status"] == "alert" and (laid_out / "notice.md").is_file()
    months = _answers("monitor", "evaluate", "progress.monitor", "--all")
    by_month = [{metric["check"] for metric in m["metrics"] if metric["verdict"] == "alert"} for m in months]
    assert all("ks" in checks and "roc_auc" not in checks for checks in by_month[3:5])
    assert all("roc_auc" in checks for checks in by_month[5:])
    renewed = _run("refresh")["compare"]
    assert renewed["auc_new"] > renewed["auc_old"]
