"""On a real Airflow: from Run to its end, cancelled, tried again, scheduled, and killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.failpoints import VARIABLE
from mlops_ext.paths import find_workspace
from mlops_ext.runtimes.airflow.keeping import Followers, look_once
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from mlops_ext.store import Store, fold
from mlops_ext.submit import cancel, pause, retry, schedule, submit
from tests.airflow.fixture import RealAirflow
from tests.runtimes.lab import notebook_document

pytestmark = pytest.mark.timeout(240)
OVER = ("succeeded", "failed", "cancelled")


class Project:
    """A workspace, a runtime that is the real Airflow, and somebody who keeps a follower alive."""

    def __init__(self, folder: Path, airflow: RealAirflow, name: str) -> None:
        self.folder, self.airflow, self.name = folder, airflow, name
        (folder / ".git").mkdir(parents=True)
        SecretStore().set("airflow-tests", airflow.password)
        Registry().save("real", airflow.runtime())
        self.followers = Followers()

    def pipeline(self, nodes: dict[str, Any], edges: list[tuple[str, str]] = [], **fields: Any) -> Path:  # noqa: B006
        path = self.folder / f"{self.name}.pipeline"
        listed = [{"from": source, "to": target} for source, target in edges]
        path.write_text(json.dumps({"version": 1, **fields, "nodes": nodes, "edges": listed}))
        return path

    def script(self, name: str, text: str) -> dict[str, Any]:
        (self.folder / name).write_text(text)
        return {"type": "script", "path": name}

    def run(self, run_id: str) -> dict[str, Any]:
        with Store.open(find_workspace(self.folder / "x.pipeline")) as store:
            run = store.run(run_id)
            if run["state"] in OVER:
                assert fold(store.events(run_id)) == run
            return run

    def until(self, run_id: str, holds: Callable[[dict[str, Any]], bool], seconds: float = 120.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not holds(run := self.run(run_id)):
            self.followers.keep({"real"})
            assert time.monotonic() < deadline, json.dumps({**run, "provenance": None}, indent=1)
            time.sleep(0.1)
        return run

    def over(self, run_id: str) -> dict[str, Any]:
        return self.until(run_id, lambda run: run["state"] in OVER)

    def there(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """The runs of its DAG in Airflow."""
        status, answer = self.airflow.call("GET", f"dags/{run['remote']['dag_id']}/dagRuns")
        assert status in (200, 404), answer
        found: list[dict[str, Any]] = answer["dag_runs"] if status == 200 else []
        return found


@pytest.fixture
def project(
    tmp_path: Path, airflow: RealAirflow, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Project]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg-state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    monkeypatch.delenv("MLOPS_RUNTIMES_DIR", raising=False)
    name = "".join(character if character.isalnum() else "-" for character in request.node.name)
    project = Project(tmp_path / "w", airflow, name)
    try:
        yield project
    finally:
        project.followers.stop()


def test_the_same_results_as_in_a_run_here(project: Project, tmp_path: Path) -> None:
    parameters_cell, results_cell = ("n = 1", "parameters"), ("rows = n * 2\nhalf = n / 2", "results")
    cells = (parameters_cell, "print('größer')\nopen('out.txt', 'w').write('x' * n)", results_cell)
    (project.folder / "load.ipynb").write_text(json.dumps(notebook_document(*cells)))
    read = 'wc -c < out.txt > count.txt\necho \'{"name": "done", "value": true}\' >> "$MLOPS_RESULTS"\n'
    path = project.pipeline(
        {
            "load": {
                "type": "notebook",
                "path": "load.ipynb",
                "parameters": {"n": {"from": "parameters.n"}},
                "outputs": ["out.txt"],
            },
            "read": {**project.script("read.sh", read), "outputs": ["count.txt"]},
        },
        [("load", "read")],
        parameters={"n": {"type": "integer", "default": 3}},
    )
    there = project.over(submit(None, path, runtime="real", parameters={"n": 5}))
    here = project.over(submit(None, path, mode="isolated", reuse=False, parameters={"n": 5}))
    for name in ("load", "read"):
        for key in ("state", "reason", "results", "outputs", "attempts", "notebook", "log", "cells", "error"):
            assert there["nodes"][name][key] == here["nodes"][name][key], (name, key)
    assert (there["state"], there["reason"], there["parameters"]) == (here["state"], here["reason"], here["parameters"])
    folder = project.folder / there["directory"]
    assert (folder / "load" / "1" / "outputs" / "out.txt").read_text() == "xxxxx"
    executed = json.loads((folder / "load" / "1" / "notebook.ipynb").read_text())
    assert any("größer" in json.dumps(cell, ensure_ascii=False) for cell in executed["cells"])
    assert "größer" in (folder / "load" / "1" / "log.txt").read_text()
    canary = project.airflow.password.encode()
    for top in (
        project.folder,
        tmp_path / "xdg-state",
        tmp_path / "xdg-config",
        project.airflow.dags,
        project.airflow.files,
    ):
        for file in top.rglob("*"):
            if file.is_file():
                assert canary not in file.read_bytes(), file


def test_a_failure_and_what_failed_again(project: Project) -> None:
    (project.folder / "bad.ipynb").write_text(json.dumps(notebook_document("1", "{}['age']")))
    # A file that is not declared is not there on a worker: what is read lies where both attempts see it.
    flag = project.airflow.files / f"{project.name}.flag"
    second = project.script("second.sh", f'test -f "{flag}" || exit 3\n')
    path = project.pipeline(
        {
            "bad": {"type": "notebook", "path": "bad.ipynb"},
            "flaky": second,
            "after": project.script("after.sh", "true\n"),
        },
        [("flaky", "after")],
    )
    run_id = submit(None, path, runtime="real")
    run = project.over(run_id)
    assert (run["state"], run["nodes"]["after"]["reason"]) == ("failed", "upstream")
    assert "KeyError" in run["nodes"]["bad"]["error"]["message"]
    assert run["nodes"]["flaky"]["error"]["exit_code"] == 3
    log = project.folder / run["directory"] / "bad" / "1" / "log.txt"
    assert "KeyError" in log.read_text()
    flag.touch()
    retry(find_workspace(path), run_id)
    run = project.until(run_id, lambda run: run["state"] == "running")
    run = project.over(run_id)
    assert {name: (node["state"], node["attempts"]) for name, node in run["nodes"].items()} == {
        "bad": ("failed", 2),
        "flaky": ("succeeded", 2),
        "after": ("succeeded", 1),
    }
    assert len(project.there(run)) == 1


def test_cancelled_while_it_runs(project: Project) -> None:
    path = project.pipeline(
        {"long": project.script("long.sh", "echo begun\nsleep 600\n"), "next": project.script("next.sh", "true\n")},
        [("long", "next")],
    )
    run_id = submit(None, path, runtime="real")
    project.until(run_id, lambda run: run["nodes"]["long"]["state"] == "running")
    begin = time.monotonic()
    cancel(find_workspace(path), run_id)
    run = project.over(run_id)
    assert time.monotonic() - begin < 20
    assert (run["state"], {node["state"] for node in run["nodes"].values()}) == ("cancelled", {"cancelled"})


def test_a_schedule_starts_runs_that_appear(project: Project) -> None:
    cron = {"cron": "* * * * *", "timezone": "UTC"}
    path = project.pipeline({"a": project.script("a.sh", "echo tick\n")}, schedule=cron)
    workspace = find_workspace(path)
    dag_id = schedule(None, path, "real")
    deadline, found = time.monotonic() + 150, []
    with Store.open(workspace) as store:
        while not found:
            project.followers.keep(store.remote_needs())
            found = [run for run in store.runs(state="succeeded")[0] if run["remote"]["scheduled"]]
            assert time.monotonic() < deadline, store.deployments()
            time.sleep(0.2)
        assert (found[0]["remote"]["dag_id"], found[0]["pipeline"]) == (dag_id, path.name)
        pause(workspace, "real", dag_id, True)
        while store.deployment("real", dag_id)["paused"] is not True:
            project.followers.keep({"real"})
            time.sleep(0.2)
    assert project.airflow.call("GET", f"dags/{dag_id}")[1]["is_paused"] is True


@pytest.mark.parametrize(
    "place", ["delivering", "built", "delivered", "waiting", "read", "triggering", "triggered", "following"]
)
def test_killed_on_the_way_there_is_one_run(project: Project, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.pipeline({"a": project.script("a.sh", "true\n")})
    run_id = submit(None, path, runtime="real")
    armed = project.folder / "armed"
    armed.mkdir()
    (armed / place).touch()
    monkeypatch.setenv(VARIABLE, str(armed))
    command = [sys.executable, "-P", "-m", "mlops_ext.runtimes.airflow.follow", "--runtime", "real"]
    killed = subprocess.run(command, stdin=_held(), timeout=60)
    assert killed.returncode == -signal.SIGKILL
    monkeypatch.delenv(VARIABLE)
    before = project.run(run_id)
    assert before["state"] == "queued"
    assert len(project.there(before)) == (1 if place in ("triggered", "following") else 0)
    run = project.over(run_id)
    assert run["state"] == "succeeded"
    assert [shown["dag_run_id"] for shown in project.there(run)] == [f"mlops__{run_id}"]


def test_who_looks_once_sees_what_happened_meanwhile(project: Project) -> None:
    path = project.pipeline({"a": project.script("a.sh", "sleep 3\n")})
    run_id = submit(None, path, runtime="real")
    project.until(run_id, lambda run: run["remote"]["step"] == "following")
    project.followers.stop()
    deadline = time.monotonic() + 60
    while project.there(project.run(run_id))[0]["state"] not in ("success", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert project.run(run_id)["state"] in ("queued", "running")
    look_once("real")
    assert project.run(run_id)["state"] == "succeeded"


def _held() -> int:
    """A standard input that does not end while this process lives."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, False)
    _pipes.append(writing)
    return reading


_pipes: list[int] = []
