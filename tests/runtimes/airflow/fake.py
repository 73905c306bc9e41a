"""An Airflow that does what a test says: states that a real one cannot be brought to on demand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import Refused, Unavailable
from mlops_ext.paths import Workspace, find_workspace, register
from mlops_ext.runtimes.airflow.client import LogPage
from mlops_ext.runtimes.airflow.deliver import Delivered
from mlops_ext.runtimes.airflow.desk import Desk
from mlops_ext.runtimes.airflow.evidence import Evidence
from mlops_ext.runtimes.airflow.files import FileStore
from mlops_ext.runtimes.airflow.follower import Follower
from mlops_ext.runtimes.airflow.package import Package
from mlops_ext.runtimes.airflow.submission import Means
from mlops_ext.runtimes.registry import Registry
from mlops_ext.store import Store, fold

OVER = ("succeeded", "failed", "cancelled")


class FakeAirflow:
    """Reads a package as soon as it is delivered, unless told otherwise; runs nothing by itself."""

    def __init__(self) -> None:
        self.requests = 0
        self.broken: Exception | None = None
        self.reads = True
        self.errors: list[dict[str, Any]] = []
        self.known_pools = {"default_pool"}
        self.hides_pools = False
        self.parsed: dict[str, str] = {}
        self.paused: dict[str, bool] = {}
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.tasks: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.outcomes: dict[tuple[str, str], dict[str, Any]] = {}
        self.logs: dict[tuple[str, int], str] = {}
        self.triggered = 0
        self.lose_answers = 0

    def deliver(self, package: Package) -> Delivered:
        if self.reads:
            self.parsed[package.dag_id] = package.digest
            self.paused.setdefault(package.dag_id, True)
        return Delivered(None, False)

    def _asked(self) -> None:
        self.requests += 1
        if self.broken is not None:
            raise self.broken

    def dag(self, dag_id: str) -> dict[str, Any] | None:
        self._asked()
        if dag_id not in self.parsed:
            return None
        return {"dag_id": dag_id, "doc_md": f"text\n\nmlops-ext package {self.parsed[dag_id]}"}

    def dags(self, dag_ids: Iterable[str]) -> list[dict[str, Any]]:
        self._asked()
        return [{"dag_id": one, "is_paused": self.paused[one]} for one in dag_ids if one in self.paused]

    def import_errors(self) -> list[dict[str, Any]]:
        self._asked()
        return self.errors

    def pools(self) -> set[str]:
        self._asked()
        if self.hides_pools:
            raise Refused("Airflow does not allow this to the user.", code="airflow-forbidden")
        return self.known_pools

    def set_paused(self, dag_id: str, paused: bool) -> None:
        self._asked()
        self.paused[dag_id] = paused

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, Any], note: str | None = None) -> dict[str, Any]:
        self._asked()
        if (dag_id, run_id) not in self.runs:
            self.triggered += 1
            self.add(dag_id, run_id, conf=conf)
        if self.lose_answers > 0:
            self.lose_answers -= 1
            raise Unavailable("Airflow did not answer in time.", code="airflow-unreachable")
        return self.runs[dag_id, run_id]

    def add(self, dag_id: str, run_id: str, **fields: Any) -> None:
        """A run, whoever started it."""
        self.runs[dag_id, run_id] = {"dag_id": dag_id, "dag_run_id": run_id, "state": "queued", "conf": {}, **fields}
        self.tasks[dag_id, run_id] = {}

    def task(self, run: tuple[str, str], name: str, state: Any, attempt: int = 1, **fields: Any) -> None:
        """Brings a task to a state."""
        self.tasks[run][name] = {
            "dag_id": run[0],
            "dag_run_id": run[1],
            "task_id": name,
            "state": state,
            "try_number": attempt,
            **fields,
        }

    def dag_run(self, dag_id: str, run_id: str) -> dict[str, Any] | None:
        self._asked()
        return self.runs.get((dag_id, run_id))

    def dag_runs(self, dag_ids: Iterable[str], *, since: str | None = None) -> list[dict[str, Any]]:
        self._asked()
        wanted = set(dag_ids)
        return [run for (dag_id, _), run in list(self.runs.items()) if dag_id in wanted]

    def task_instances(self, dag_ids: Iterable[str], run_ids: Iterable[str]) -> list[dict[str, Any]]:
        self._asked()
        wanted = set(run_ids)
        return [task for (_, run), tasks in self.tasks.items() if run in wanted for task in list(tasks.values())]

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int, token: str | None = None) -> LogPage:
        self._asked()
        text = self.logs.get((task_id, attempt), f"log of {task_id} {attempt}\n")
        return LogPage(text if token is None else "", None, True)

    def outcome(self, dag_id: str, run_id: str, task_id: str) -> dict[str, Any] | None:
        self._asked()
        return self.outcomes.get((run_id, task_id))

    def stop(self, dag_id: str, run_id: str) -> None:
        self._asked()
        run = self.runs.get((dag_id, run_id))
        if run is None:
            return
        run["state"] = "failed"
        for task in self.tasks[dag_id, run_id].values():
            if task["state"] in ("running", "queued", None):
                task["state"] = "failed" if task["state"] == "running" else "skipped"

    def clear_failed(self, dag_id: str, run_id: str) -> None:
        self._asked()
        self.runs[dag_id, run_id]["state"] = "queued"
        for task in self.tasks[dag_id, run_id].values():
            if task["state"] in ("failed", "upstream_failed"):
                task["state"] = None

    def link(self, dag_id: str, run_id: str | None = None) -> str:
        return f"http://airflow.example/{dag_id}/{run_id or ''}"


class World:
    """A workspace with a pipeline, a runtime, a fake Airflow, and a follower that a test turns."""

    def __init__(self, top: Path) -> None:
        self.folder = top / "w"
        self.folder.mkdir(parents=True)
        (self.folder / ".git").mkdir()
        (self.folder / "s.sh").write_text("true\n")
        self.airflow = FakeAirflow()
        self.files = top / "files"
        self.files.mkdir()
        document = {
            "version": 1,
            "kind": "airflow",
            "url": "http://127.0.0.1:9",
            "auth": {"kind": "none"},
            "delivery": {"kind": "folder", "path": str(top / "dags")},
            "files": {"url": self.files.as_uri()},
            "poll_seconds": 1,
        }
        Registry().save("prod", document)
        self.pruned: list[set[str]] = []
        self.write()
        self.follower = self.new_follower()

    def write(self, name: str = "p.pipeline", **fields: Any) -> None:
        document = {
            "version": 1,
            "nodes": {
                "a": {"type": "script", "path": "s.sh", "retries": 1},
                "b": {"type": "script", "path": "s.sh"},
            },
            "edges": [{"from": "a", "to": "b"}],
            **fields,
        }
        (self.folder / name).write_text(json.dumps(document))

    @property
    def workspace(self) -> Workspace:
        return find_workspace(self.folder / "p.pipeline")

    def new_follower(self) -> Follower:
        runtime = Registry().get("prod")
        airflow: Any = self.airflow
        means = Means(
            runtime, airflow, Desk(), lambda package, _: self.airflow.deliver(package),
            lambda _, keep: self.pruned.append(keep),
        )  # fmt: skip
        register(self.workspace)
        return Follower(means, Evidence(FileStore(runtime), airflow))

    def restart(self) -> None:
        """As if the follower had been killed: nothing but the store is left of it."""
        self.follower.close()
        self.follower = self.new_follower()

    def submit(self, name: str = "p.pipeline", **options: Any) -> str:
        from mlops_ext.submit import submit

        return submit(None, self.folder / name, runtime="prod", **options)

    def run(self, run_id: str) -> dict[str, Any]:
        with Store.open(self.workspace) as store:
            run = store.run(run_id)
            assert fold(store.events(run_id, limit=10_000)) == run, "events tell the same"
            return run

    def until(self, run_id: str, holds: Any, seconds: float = 20.0) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while True:
            self.follower.turn()
            run = self.run(run_id)
            if holds(run):
                return run
            assert time.monotonic() < deadline, json.dumps({**run, "provenance": None}, indent=1)

    def step(self, run_id: str, step: str) -> dict[str, Any]:
        return self.until(run_id, lambda run: run["remote"]["step"] == step)

    def node(self, run_id: str, name: str, state: str, attempts: int | None = None) -> dict[str, Any]:
        def holds(run: dict[str, Any]) -> bool:
            entry = run["nodes"][name]
            return entry["state"] == state and attempts in (None, entry["attempts"])

        return self.until(run_id, holds)

    def over(self, run_id: str) -> dict[str, Any]:
        return self.until(run_id, lambda run: run["state"] in OVER)

    def following(self, **options: Any) -> tuple[str, tuple[str, str]]:
        """A run that Airflow has."""
        run_id = self.submit(**options)
        remote = self.step(run_id, "following")["remote"]
        return run_id, (remote["dag_id"], remote["run_id"])

    def turn(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.follower.turn()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world of its own for a test of the follower."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg-state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.delenv("MLOPS_RUNTIMES_DIR", raising=False)
    world = World(tmp_path)
    yield world
    world.follower.close()
