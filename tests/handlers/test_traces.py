"""What nodes read and made, over HTTP and by the command: also of damaged and hostile traces."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import canonical
from mlops_ext.declaring import declare, undeclared
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from mlops_ext.store.evidence import Evidence, Touch
from tests.handlers.served import Fetch, answer, record_run, refused, write_pipeline

FILES = {"data/x.csv": "a" * 64, "shared/lib.py": "b" * 64, "first.sh": "c" * 64, "open.ipynb": "d" * 64}


def record_evidence(folder: Path, node: str = "first", **inputs: Any) -> str:
    """A run whose node was seen to read and write; its pipeline is that of `write_pipeline`."""
    run_id = record_run(folder)
    empty: dict[str, Any] = {"declared": {}, "upstream": {}, "files": {}, "absent": [], "names": {}, "modules": {}}
    everything = {**empty, "wrote": {}, "doubtful": [], **inputs}
    with Store.open(find_workspace(folder / "p.pipeline")) as store:
        store._connection.execute("UPDATE node_runs SET node = ? WHERE run = ? AND node = 'train'", (node, run_id))
        store.record_evidence(
            Evidence(run_id, node, "p.pipeline", 1, "key", {}, everything, None, "2026-01-01T00:00:00.000Z"),
            [Touch(path, "read", sha256, False) for path, sha256 in everything["files"].items()]
            + [Touch(path, "made", sha256, False) for path, sha256 in everything["wrote"].items()],
        )
    return run_id


async def test_what_a_pipeline_does_not_declare(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    (served / "out.csv").write_text("1")
    (served / ".cache").write_text("1")
    wrote = {"out.csv": "e" * 64, ".cache": "f" * 64, "gone.csv": "1" * 64}
    run_id = record_evidence(served, files=FILES, wrote=wrote, doubtful=["shared/lib.py"])
    found = answer(await jp_fetch("mlops", "trace", params={"pipeline": "p.pipeline"}))
    assert found == {
        "version": 1,
        "pipeline": "p.pipeline",
        "nodes": {"first": {"run": run_id, "files": ["data/x.csv"], "outputs": ["out.csv"]}},
    }


def test_it_is_put_into_the_pipeline(served: Path) -> None:
    pipeline = write_pipeline(served)
    (served / "out.csv").write_text("1")
    document = json.loads(pipeline.read_text())
    document["nodes"]["first"]["files"] = ["kept*.txt"]
    pipeline.write_text(json.dumps(document))
    pipeline.chmod(0o640)
    record_evidence(served, files={"data/x.csv": "a" * 64}, wrote={"out.csv": "b" * 64})
    assert declare(None, pipeline)["first"].files == ("data/x.csv",)
    document["nodes"]["first"]["files"] += ["data/x.csv"]
    document["nodes"]["first"]["outputs"] = ["out.csv"]
    assert pipeline.read_text() == canonical.dumps(document)
    assert pipeline.stat().st_mode & 0o777 == 0o640
    assert undeclared(None, pipeline) == {} == declare(None, pipeline)


def test_what_another_node_makes_is_its_output(served: Path) -> None:
    """Nobody need declare that he reads what a node before him makes."""
    pipeline = write_pipeline(served)
    (served / "made.csv").write_text("1")
    record_evidence(served, "first", wrote={"made.csv": "b" * 64})
    record_evidence(served, "second", files={"made.csv": "b" * 64, "own.csv": "c" * 64})
    found = undeclared(None, pipeline)
    assert (found["first"].outputs, found["second"].files) == (("made.csv",), ("own.csv",))


async def test_the_trace_of_a_node(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    run_id = record_run(served)
    trace = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "train", "trace"))
    assert (trace["version"], trace["provable"], trace["reads"]) == (1, True, [])
    problem = await refused(jp_fetch, "runs", run_id, "nodes", "nobody", "trace")
    assert (problem["status"], problem["code"]) == (404, "unknown-node")


@pytest.mark.parametrize("damage", ["cut", "list", "wrong", "deep", "link", "pipe", "huge", "gone"])
async def test_a_damaged_or_hostile_trace(jp_fetch: Fetch, served: Path, tmp_path: Path, damage: str) -> None:
    write_pipeline(served)
    run_id = record_run(served)
    file = find_workspace(served / "p.pipeline").run_folder(run_id) / "train" / "1" / "trace.json"
    file.unlink()
    if damage == "link":
        (tmp_path / "secret.json").write_text('{"version": 1, "reads": [], "writes": [], "why": []}')
        file.symlink_to(tmp_path / "secret.json")
    elif damage == "pipe":
        os.mkfifo(file)
    elif damage == "huge":
        with file.open("wb") as opened:
            opened.truncate(40 * 1024 * 1024)
    elif damage != "gone":
        text = {
            "cut": '{"version": 1, "re',
            "list": "[1]",
            "wrong": '{"version": 1, "reads": 3}',
            "deep": "[" * 100_000,
        }
        file.write_text(text[damage])
    problem = await refused(jp_fetch, "runs", run_id, "nodes", "train", "trace")
    assert (problem["status"], problem["code"]) == (404, "no-trace")


async def test_lineage(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served / "project")
    folder = served / "project"
    (folder / "data").mkdir()
    (folder / "data" / "x.csv").write_text("1")
    older = record_evidence(folder, wrote={"data/x.csv": "a" * 64})
    newer = record_evidence(folder, files={"data/x.csv": "b" * 64})
    found = answer(await jp_fetch("mlops", "lineage", params={"path": "project/data/x.csv"}))
    assert found["path"] == "project/data/x.csv" and len(found["sha256"]) == 64
    entry = {"node": "first", "label": "Train", "pipeline": "project/p.pipeline", "time": "2026-01-01T00:00:00.000Z"}
    assert found["made"] == [{**entry, "run": older, "sha256": "a" * 64}]
    assert found["read"] == [{**entry, "run": newer, "sha256": "b" * 64}]
    (folder / "data" / "x.csv").unlink()
    gone = answer(await jp_fetch("mlops", "lineage", params={"path": "project/data/x.csv"}))
    assert gone["sha256"] is None and gone["made"] == found["made"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nowhere.csv", 404, "missing-file"),
        ("../outside.csv", 400, "outside-workspace"),
        ("/etc/passwd", 400, "outside-workspace"),
        (".mlops/state.sqlite", 404, "missing-file"),
        ("", 400, "bad-request"),
    ],
)
async def test_lineage_of_what_is_none_of_ours(
    jp_fetch: Fetch, served: Path, path: str, status: int, code: str
) -> None:
    write_pipeline(served)
    record_run(served)
    problem = await refused(jp_fetch, "lineage", params={"path": path})
    assert (problem["status"], problem["code"]) == (status, code)
