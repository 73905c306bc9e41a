"""`mlops trace` and `mlops lineage`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.test_traces import record_evidence


@pytest.fixture
def traced(project: Path) -> str:
    """A run that read a file and made one, neither declared; its id."""
    (project / "x.csv").write_text("1")
    (project / "out.csv").write_text("2")
    return record_evidence(project, files={"x.csv": "a" * 64}, wrote={"out.csv": "b" * 64})


def test_trace(project: Path, traced: str, called: Any) -> None:
    told = called("trace", "p.pipeline")
    assert (told.code, told.out.splitlines()[:2]) == (0, ["first reads x.csv", "first makes out.csv"])
    nodes = {"first": {"run": traced, "files": ["x.csv"], "outputs": ["out.csv"]}}
    document = {"version": 1, "pipeline": "p.pipeline", "nodes": nodes}
    assert called("trace", "p.pipeline", "--json").json == {**document, "applied": False}
    assert "files" not in (project / "p.pipeline").read_text(), "looking changes nothing"
    assert called("trace", "p.pipeline", "--apply", "--json").json == {**document, "applied": True}
    node = json.loads((project / "p.pipeline").read_text())["nodes"]["first"]
    assert (node["files"], node["outputs"]) == (["x.csv"], ["out.csv"])
    assert called("trace", "p.pipeline").out == "All that the newest runs read and made is declared.\n"


def test_lineage(project: Path, traced: str, called: Any) -> None:
    made = called("lineage", "out.csv", "--json").json
    assert [(entry["run"], entry["node"]) for entry in made["made"]] == [(traced, "first")] and made["read"] == []
    told = called("lineage", "x.csv")
    assert told.code == 0 and told.out.startswith("Made by no run that is still known.\nRead by:\n  " + traced[:8])
    missing = called("lineage", "nowhere.csv")
    assert missing.code == 2 and "no run has made or read one" in missing.err
