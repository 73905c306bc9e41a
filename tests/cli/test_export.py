"""`mlops export` writes what a delivery would, and asks nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlops_ext.cli import main
from mlops_ext.runtimes.airflow.deliver import deliver
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow import hostile
from tests.runtimes.lab import notebook_document


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_RUNTIMES_DIR", str(tmp_path / "runtimes"))
    Registry().save("prod", hostile.RUNTIME.document())


def test_the_same_bytes_as_a_delivery(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "project"
    (folder / ".mlops").mkdir(parents=True)
    (folder / "a.ipynb").write_text(json.dumps(notebook_document("x = 1")))
    made = {"version": 1, "nodes": {"n": {"type": "notebook", "path": "a.ipynb"}}}
    (folder / "p.pipeline").write_text(json.dumps(made))
    out = tmp_path / "out"
    assert main(["export", str(folder / "p.pipeline"), "--runtime", "prod", "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert told["files"] == sorted(found)
    package, _ = hostile.packed(hostile.workspace_at(folder), made, "p.pipeline")
    assert (package.dag_id, package.digest) == (told["dag_id"], told["package"])
    dags = tmp_path / "dags"
    dags.mkdir()
    runtime = hostile.replace(hostile.RUNTIME, delivery=hostile.Delivery("folder", path=str(dags)))
    deliver(package, runtime, SecretStore(tmp_path / "secrets"))
    assert {file.relative_to(dags).as_posix(): file.read_bytes() for file in dags.rglob("*") if file.is_file()} == found
    assert main(["export", str(folder / "p.pipeline"), "--runtime", "prod", "-o", str(out)]) == 0


def test_what_cannot_be_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.pipeline").write_text('{"version": 1, "nodes": {"n": {"type": "notebook", "path": "gone.ipynb"}}}')
    for file, runtime in ((tmp_path / "p.pipeline", "prod"), (tmp_path / "q.pipeline", "prod"), (tmp_path, "none")):
        assert main(["export", str(file), "--runtime", runtime, "-o", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()
    assert "gone.ipynb" in capsys.readouterr().err
