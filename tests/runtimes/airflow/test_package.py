"""A pipeline becomes a package: the same bytes always, and no text of a person ever becomes code."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.compile import Plan
from mlops_ext.errors import InvalidPipeline, OutsideWorkspace, Refused, TooLarge
from mlops_ext.runtimes.airflow import package as packaging
from mlops_ext.runtimes.airflow.package import dag_id_of, without_outputs
from tests.runtimes.lab import notebook_document

from . import hostile


def literal(package: packaging.Package) -> tuple[str, dict[str, Any]]:
    """The text of the DAG around its constant, and what the constant says."""
    text = package.files[package.dag_file].decode("utf-8")
    before, mark, rest = text.partition("\nDOCUMENT = ")
    line, _, after = rest.partition("\n")
    assert mark
    # One expression, and that a constant: what stands around it is the whole rest of the tree.
    constant = ast.parse(line, mode="eval").body
    assert isinstance(constant, ast.Constant)
    assert isinstance(constant.value, str)
    assert constant.value.isascii()
    return before + after, json.loads(constant.value)


@pytest.mark.parametrize("part", range(6))
def test_hostile_pipelines_change_one_constant_and_nothing_else(tmp_path: Path, part: int) -> None:
    place = hostile.workspace(tmp_path / "w")
    trees = set()
    for seed in range(part * 500, part * 500 + 500):
        made = hostile.document(seed)
        missing = [
            name
            for name, parameter in made["parameters"].items()
            if "default" in parameter
            and parameter["default"] is None
            and name in made.get("schedule", {}).get("parameters", {})
        ]
        for name in missing:
            del made["schedule"]["parameters"][name]
        package, plan = hostile.packed(place, made)
        tree, said = literal(package)
        trees.add(tree)
        assert Plan.from_json(said["plan"]) == plan
        manifest = package.files[f"{package.dag_id}/pkg/{package.digest[:12]}/manifest.json"]
        assert hashlib.sha256(manifest).hexdigest() == package.digest == said["package"]
        assert said["dag"]["doc"].rpartition("\n")[2] == packaging.PACKAGE_MARK + package.digest
        assert all(name.isascii() and ".." not in name.split("/") for name in package.files)
        assert "\\u0000" not in json.dumps(said["dag"])
        for name, content in package.files.items():
            if "/files/" in name:
                assert hashlib.sha256(content).hexdigest() == name.rpartition("/")[2]
    assert len(trees) == 1
    ast.parse(trees.pop())


def test_the_same_bytes_whatever_the_hash_seed_and_the_order_of_the_folder(tmp_path: Path) -> None:
    program = (
        "import sys, hashlib, pathlib; from mlops_ext.paths import workspace_at\n"
        "from tests.runtimes.airflow import hostile\n"
        "place = workspace_at(pathlib.Path(sys.argv[1]))\n"
        "made = hostile.document(7)\n"
        "for node in made['nodes'].values(): node['files'] = ['data', '*.txt']\n"
        "package, _ = hostile.packed(place, made)\n"
        "whole = hashlib.sha256(repr(list(package.files.items())).encode())\n"
        "print(package.digest, whole.hexdigest())\n"
    )
    said = set()
    for number in range(3):
        folder = tmp_path / f"w{number}"
        hostile.workspace(folder)
        names = [f"data/{letter}/{letter}.bin" for letter in "zyxwabc"] + [f"{letter}.txt" for letter in "qpo"]
        random.Random(number).shuffle(names)
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(name.encode())
        environment = {**os.environ, "PYTHONHASHSEED": str(number), "PYTHONPATH": os.getcwd()}
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1


def one(**fields: Any) -> dict[str, Any]:
    return {"version": 1, "nodes": {"n": {"type": "notebook", "path": "a.ipynb", **fields}}}


def test_a_node_may_have_a_queue_and_a_pool_of_its_own(tmp_path: Path) -> None:
    place = hostile.workspace(tmp_path / "w")
    made = {**one(queue="gpu", pool=""), "runtimes": {"prod": {"queue": "cpu", "pool": "warehouse"}}}
    made["nodes"]["m"] = {"type": "script", "path": "dag airflow.py", "pool": "licences"}
    about = literal(hostile.packed(place, made)[0])[1]["dag"]
    assert about["settings"] == {"queue": "cpu", "pool": "warehouse"}
    assert about["apart"] == {"n": {"queue": "gpu"}, "m": {"pool": "licences"}}


def test_an_executed_notebook_gives_the_same_package(tmp_path: Path) -> None:
    place = hostile.workspace(tmp_path / "w")
    fresh, _ = hostile.packed(place, one())
    executed = notebook_document("x = 1")
    executed["cells"][0] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
    }
    executed["cells"][0]["metadata"] = {"execution": {"iopub.execute_input": "2026-01-01"}}
    executed["metadata"] |= {"language_info": {"name": "python", "version": "3.99"}, "widgets": {"state": {}}}
    executed["cells"][0]["source"] = ["x = ", "1"]
    (place.folder / "a.ipynb").write_text(json.dumps(executed, indent=4))
    again, _ = hostile.packed(place, one())
    assert again.digest == fresh.digest
    executed["cells"][0]["source"] = "x = 2"
    (place.folder / "a.ipynb").write_text(json.dumps(executed))
    assert hostile.packed(place, one())[0].digest != fresh.digest
    assert without_outputs(b"no notebook") == b"no notebook"


def test_only_what_is_declared_travels(tmp_path: Path) -> None:
    place = hostile.workspace(tmp_path / "w")
    (place.folder / "canary.txt").write_text("canary-5f2c9a")
    (place.folder / "big.bin").write_bytes(b"x")
    package, _ = hostile.packed(place, one(files=["b c.ipynb"]))
    assert not any(b"canary-5f2c9a" in content for content in package.files.values())
    assert sum("/files/" in name for name in package.files) == 2
    os.symlink("/etc/passwd", place.folder / "link.txt")
    with pytest.raises((OutsideWorkspace, Refused)):
        hostile.packed(place, one(files=["link.txt"]))


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = hostile.workspace(tmp_path / "w")
    monkeypatch.setattr(packaging, "FILE_LIMIT", 5)
    with pytest.raises(TooLarge, match="cannot travel"):
        hostile.packed(place, one())


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"schedule": {"cron": "0 6 * *"}}, "/schedule/cron"),
        ({"schedule": {"cron": "60 6 * * *"}}, "/schedule/cron"),
        ({"schedule": {"cron": "@daily"}}, "/schedule/cron"),
        ({"schedule": {"cron": "0 6 * * *", "timezone": "Nowhere/Else"}}, "/schedule/timezone"),
        ({"schedule": {"cron": "0 6 * * *"}, "parameters": {"p": {"type": "integer"}}}, "/schedule/parameters/p"),
        ({"parameters": {"mlops_package": {"type": "string", "default": ""}}}, "/parameters/mlops_package"),
    ],
)
def test_what_airflow_would_not_take_is_said_here(tmp_path: Path, fields: dict[str, Any], pointer: str) -> None:
    place = hostile.workspace(tmp_path / "w")
    with pytest.raises(InvalidPipeline) as caught:
        hostile.packed(place, {**one(), **fields})
    assert [issue.pointer for issue in caught.value.issues or ()] == [pointer]


def test_ids_are_stable_and_harmless() -> None:
    assert dag_id_of("churn.pipeline") == dag_id_of("churn.pipeline")
    assert dag_id_of("a/churn.pipeline") != dag_id_of("b/churn.pipeline")
    for path in ("x.pipeline", "Größe {{ 1 }}/ü.pipeline", "'; rm -rf.pipeline", "a" * 4000, "\n.pipeline"):
        assert set(dag_id_of(path)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert len(dag_id_of(path)) <= 70


def test_the_package_is_the_same_from_a_snapshot(tmp_path: Path) -> None:
    place = hostile.workspace(tmp_path / "w")
    made = one(files=["dag airflow.py"])
    there, plan = hostile.packed(place, made)
    kept = tmp_path / "run" / ".source"
    kept.mkdir(parents=True)
    for name in ("a.ipynb", "dag airflow.py"):
        shutil.copy(place.folder / name, kept / name)
    (kept.parent / ".files.json").write_text(json.dumps({"n": ["dag airflow.py"]}))
    found = hostile.parse(json.dumps(made).encode()).pipeline
    assert found is not None
    assert packaging.build(place, plan, found, hostile.RUNTIME, kept).files == there.files
