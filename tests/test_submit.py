"""The recipe: what is refused and how, what is kept, what is promised with the answer."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import submit as recipe
from mlops_ext.errors import BadRequest, Conflict, InvalidPipeline, MlopsError, NotFound, OutsideWorkspace
from mlops_ext.failpoints import VARIABLE
from mlops_ext.paths import Workspace, find_workspace, known_workspaces
from mlops_ext.runtimes.local import snapshot
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.store import Store
from mlops_ext.submit import check, submit, wake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose runs are recorded, and wait for an engine that does not come."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(recipe, "_start_engine", lambda *_: None)
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "s.sh").write_text("true\n")
    write(folder)
    yield folder


def write(folder: Path, name: str = "p.pipeline", **fields: Any) -> Path:
    document = {"version": 1, "nodes": {"a": {"type": "script", "path": "s.sh"}}, **fields}
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def store_of(folder: Path) -> Store:
    return Store.open(find_workspace(folder / "p.pipeline"), create=False)


def test_what_is_recorded(folder: Path) -> None:
    (folder / "data.csv").write_text("1,2\n")
    path = write(
        folder,
        parameters={"cutoff": {"type": "number", "default": 0.5}, "name": {"type": "string"}},
        nodes={"a": {"type": "script", "path": "s.sh", "files": ["data.csv"]}, "b": {"type": "script", "path": "s.sh"}},
        edges=[{"from": "a", "to": "b"}],
    )
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    run_id = submit(folder, "p.pipeline", expected_sha256=sha256, parameters={"name": "☃"}, max_parallel=2, reuse=False)
    with store_of(folder) as store:
        run = store.run(run_id)
        assert store.options(run_id) == {"reuse": False, "select": None}
    assert (run["state"], run["pipeline"], run["pipeline_sha256"]) == ("queued", "p.pipeline", sha256)
    assert (run["parameters"], run["max_parallel"]) == ({"cutoff": 0.5, "name": "☃"}, 2)
    assert run["source"] == {"commit": None, "dirty": None}
    provenance = run["provenance"]
    assert provenance["sources"] == {"s.sh": hashlib.sha256(b"true\n").hexdigest()}
    assert provenance["files"] == {"data.csv": {"sha256": hashlib.sha256(b"1,2\n").hexdigest(), "bytes": 4}}
    assert provenance["distributions"]["papermill"].startswith("2.")
    assert (provenance["kernels"], provenance["interpreters"]) == ({}, {})
    kept = folder / ".mlops" / "runs" / run_id / ".source"
    assert (kept / "p.pipeline").read_bytes() == path.read_bytes()
    assert (kept / "s.sh").read_bytes() == b"true\n"
    assert not (kept / "data.csv").exists(), "in place data is read where it is"
    assert [workspace.folder for workspace in known_workspaces(folder)] == [folder]


def test_what_is_installed_is_told_of_the_interpreter_that_runs_the_code(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "only_this-1.2.3.dist-info").mkdir()
    elsewhere = f"import sys; sys.path[:] = [{str(bare)!r}, *sys.path]"
    pythons = {
        "ours": sys.executable,
        "other": program(tmp_path / "other", f'exec {sys.executable} -I -S -c "{elsewhere}\n$2"'),
        "mute": program(tmp_path / "mute", "exit 1"),
        "r": "R",
    }
    for name, python in pythons.items():
        spec = tmp_path / "jupyter" / "kernels" / name / "kernel.json"
        spec.parent.mkdir(parents=True)
        language = "R" if name == "r" else "python"
        argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": name, "language": language}))
        notebook = {"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {"kernelspec": {"name": name}}}
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook))
    (folder / "s.py").write_text("")
    nodes: dict[str, Any] = {name: {"type": "notebook", "path": f"{name}.ipynb"} for name in pythons}
    nodes["chosen"] = {"type": "script", "path": "s.py", "kernel": "other"}
    write(folder, nodes=nodes)
    run_id = submit(folder, "p.pipeline")
    with store_of(folder) as store:
        provenance = store.run(run_id)["provenance"]
    assert provenance["kernels"] == {**pythons, "r": None}
    assert provenance["executable"] == sys.executable and "papermill" in provenance["distributions"]
    assert provenance["interpreters"] == {
        pythons["other"]: {"python": platform.python_version(), "distributions": {"only-this": "1.2.3"}},
        pythons["mute"]: {"python": None, "distributions": None},
    }


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_a_pipeline_in_a_folder_below(folder: Path) -> None:
    (folder / ".git").mkdir()
    write(folder, "deep/er/q.pipeline", nodes={"a": {"type": "script", "path": "../../s.sh", "outputs": ["o.txt"]}})
    run_id = submit(folder, "deep/er/q.pipeline", mode="isolated")
    with store_of(folder) as store:
        step = store.plan(run_id).steps["a"]
        assert store.run(run_id)["pipeline"] == "deep/er/q.pipeline"
    assert (step.path, step.cwd, step.outputs) == ("s.sh", "", ("deep/er/o.txt",))


def test_the_commit_and_whether_it_was_changed(folder: Path) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(folder)}
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]

    def git(*arguments: str) -> str:
        command = ["git", *identity, "-C", str(folder), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    sentinel = folder / "ran"
    git("config", "core.fsmonitor", f"touch {sentinel}")
    run_id = submit(folder, "p.pipeline")
    (folder / "s.sh").write_text("false\n")
    dirty = submit(folder, "p.pipeline")
    with store_of(folder) as store:
        assert store.run(run_id)["source"] == {"commit": git("rev-parse", "HEAD"), "dirty": False}
        assert store.run(dirty)["source"]["dirty"] is True
    assert not sentinel.exists(), "nothing that a repository configures is run"


def refused(kind: type[MlopsError], folder: Path, name: str = "p.pipeline", **options: Any) -> MlopsError:
    with pytest.raises(kind) as caught:
        submit(folder, name, **options)
    error = caught.value
    assert error.message.endswith(".") and str(folder) not in error.hint
    assert not list(folder.glob(".mlops/runs/*")), "nothing is left of a run that was refused"
    return error


def test_what_is_refused(folder: Path) -> None:
    assert refused(Conflict, folder, expected_sha256="0" * 64).code == "changed-on-disk"
    assert refused(NotFound, folder, "gone.pipeline").code == "missing-file"
    assert refused(NotFound, folder, runtime="airflow").code == "unknown-runtime"
    assert refused(BadRequest, folder, select={"only": "nobody"}).code == "unknown-node"
    assert refused(NotFound, folder, select={"failed": "ab" * 16}).code in ("unknown-run", "not-found")
    refused(BadRequest, folder, select={})
    refused(BadRequest, folder, select={"only": "a", "to": "a"})
    refused(BadRequest, folder, select={"only": 1})
    refused(BadRequest, folder, mode="sideways")
    refused(BadRequest, folder, max_parallel=0)
    refused(OutsideWorkspace, folder, "../p.pipeline")
    refused(OutsideWorkspace, folder, "/etc/passwd")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"nodes": {"a": {"type": "script", "path": "gone.sh"}}}, "missing-file"),
        ({"nodes": {"a": {"type": "script", "path": "../../x.sh"}}}, "outside-workspace"),
        ({"nodes": {"a": {"type": "notebook", "path": "broken.ipynb"}}}, "not-a-notebook"),
        ({"nodes": {"a": {"type": "approval"}}}, "runtime-needed"),
        ({"nodes": {}}, "schema"),
        ({"parameters": {"x": {"type": "number"}}}, "parameter-type"),
        ({"edges": [{"from": "a", "to": "b"}]}, "unknown-node"),
        ({"version": 2}, "unsupported-version"),
    ],
)
def test_a_pipeline_with_errors(folder: Path, fields: dict[str, Any], code: str) -> None:
    (folder / "broken.ipynb").write_text("{not json")
    write(folder, **fields)
    error = refused(InvalidPipeline, folder)
    assert error.issues is not None and code in [issue.code for issue in error.issues]


def test_a_parameter_that_does_not_exist(folder: Path) -> None:
    error = refused(InvalidPipeline, folder, parameters={"nope": 1})
    assert error.issues is not None and error.issues[0].code == "unknown-parameter"


def test_a_declared_file_that_is_missing(folder: Path) -> None:
    write(folder, nodes={"a": {"type": "script", "path": "s.sh", "files": ["gone.csv"]}})
    assert refused(InvalidPipeline, folder, mode="isolated").issues is not None


def test_a_link_that_leads_out_is_never_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "canary.sh").write_text("echo canary\n")
    (folder / "link.sh").symlink_to(tmp_path / "canary.sh")
    write(folder, nodes={"a": {"type": "script", "path": "link.sh"}})
    refused(InvalidPipeline, folder)


def test_a_link_that_is_swapped_in_between(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "canary.txt").write_text("canary")
    workspace = find_workspace(folder / "p.pipeline")
    target, stop = folder / "swapped", threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for make in (lambda path: path.write_text("honest"), lambda path: path.symlink_to(tmp_path / "canary.txt")):
                make(folder / "new")
                os.replace(folder / "new", target)

    target.write_text("honest")
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for number in range(1000):
            copy = tmp_path / f"copy{number % 3}"
            copy.unlink(missing_ok=True)
            try:
                snapshot.take(workspace, "swapped", copy)
            except MlopsError:
                continue
            assert copy.read_text() in ("honest", "")
    finally:
        stop.set()
        thread.join()


def test_special_files_are_not_read(folder: Path) -> None:
    workspace = find_workspace(folder / "p.pipeline")
    os.mkfifo(folder / "pipe")
    for name in ("pipe", ".", "s.sh/x"):
        with pytest.raises(MlopsError):
            snapshot.take(workspace, name, folder / "copy")


def test_check_says_what_is_wrong_and_writes_nothing(folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    assert check(folder, "p.pipeline") == {"path": "p.pipeline", "format": "mlops-1", "valid": True, "issues": []}
    unsaved = check(folder, "p.pipeline", b'{"version": 1, "nodes": {"b": {"type": "script", "path": "gone.sh"}}}')
    assert (unsaved["valid"], [issue["code"] for issue in unsaved["issues"]]) == (False, ["missing-file"])
    assert check(folder, "p.pipeline", b"{")["issues"][0]["code"] == "bad-json"
    assert check(folder, "new.pipeline", b'{"version": 1, "nodes": {}}')["valid"] is True
    gone = check(folder, "gone.pipeline")
    assert (gone["valid"], gone["issues"][0]["code"]) == (False, "missing-file")
    assert check(folder, "../x.pipeline")["issues"][0]["code"] == "outside-workspace"
    assert sorted(folder.rglob("*")) == before


def test_who_looks_whether_the_lock_is_free_does_not_take_it(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    assert Lock.is_free(path) and not path.exists()
    lock = Lock(path)
    assert lock.take()
    assert not Lock.is_free(path)
    assert not Lock(path).take(0.05)
    lock.release()
    assert Lock.is_free(path)


def test_wake_starts_an_engine_only_where_one_is_needed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Workspace] = []
    monkeypatch.setattr(recipe, "_start_engine", lambda *given: started.append(given))
    workspace = find_workspace(folder / "p.pipeline")
    assert wake(workspace) is False and not workspace.state.exists()
    submit(folder, "p.pipeline")
    assert len(started) == 1
    lock = Lock(workspace.lock)
    assert lock.take()
    assert wake(workspace) is False
    lock.release()
    assert wake(workspace) is True


def test_whoever_is_killed_after_the_commit_leaves_a_run_that_is_found(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace that nobody knows is looked into by nobody: no engine is woken there, nothing is followed."""
    armed = tmp_path / "armed"
    armed.mkdir()
    (armed / "run-recorded").touch()
    monkeypatch.setenv(VARIABLE, str(armed))
    program = "import sys; from mlops_ext.submit import submit; submit(None, sys.argv[1])"
    killed = subprocess.run([sys.executable, "-c", program, str(folder / "p.pipeline")], cwd=tmp_path, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    (known,) = known_workspaces()
    with Store.open(known, create=False) as store:
        assert len(store.active_runs()) == 1
