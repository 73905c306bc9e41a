"""As in production: PostgreSQL, and a GitDagBundle, which keeps a run on the version that it began with."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.airflow import everything, postgres
from tests.airflow.conftest import SECRET, Yard
from tests.airflow.fixture import RealAirflow, started, stopped
from tests.airflow.test_contract import SAME
from tests.runtimes.lab import Folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("git") / "dags.git"
    git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
    return folder


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[RealAirflow]:
    """An Airflow on PostgreSQL that reads DAGs from the repository."""
    home = tmp_path_factory.mktemp("production")
    bundle = {
        "name": "pipelines",
        "classpath": "airflow.providers.git.bundles.git.GitDagBundle",
        "kwargs": {"repo_url": repository.as_uri(), "tracking_ref": "main", "subdir": "dags", "refresh_interval": 2},
    }
    with postgres.serving("airflow") as address:
        settings = {
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}",
            "DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg://{address}",
            "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        }
        options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        first_commit(repository, home)
        real, process = started(home, *options)
        try:
            real.set_variable("contract-token", SECRET)
            yield real
        finally:
            stopped(process)
            shutil.rmtree(home, ignore_errors=True)


def first_commit(repository: Path, home: Path) -> None:
    """A bundle wants its branch and folder to be there."""
    work = home.parent / "first"
    git(home, "clone", "--quiet", str(repository), str(work))
    (work / "dags").mkdir()
    (work / "dags" / "README.md").write_text("Pipelines are delivered here.\n")
    git(work, "add", "-A")
    git(work, "-c", "user.name=o", "-c", "user.email=o@example.org", "commit", "--quiet", "-m", "Begin")
    git(work, "push", "--quiet", "origin", "HEAD:main")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def runtime(yard: Yard, production: RealAirflow, repository: Path) -> str:
    delivery = {"kind": "git", "url": repository.as_uri(), "branch": "main", "folder": "dags"}
    document = production.runtime(
        delivery=delivery, auth={"kind": "password", "user": production.user, "secret": "production"}
    )
    SecretStore().set("production", production.password)
    Registry().save("production", document)
    yard.follow("production")
    return "production"


def version(folder: Folder, flag: Path, text: str, extra: bool) -> None:
    """A pipeline whose first node waits for the flag, and whose second says which version it is."""
    folder.write("wait.sh", f'while [ ! -e "{flag}" ]; do sleep 0.2; done\n')
    folder.write("say.sh", f'echo \'{{"name": "said", "value": "{text}"}}\' >> "$MLOPS_RESULTS"\n')
    nodes = {"wait": {"type": "script", "path": "wait.sh"}, "say": {"type": "script", "path": "say.sh"}}
    edges: list[tuple[str, str] | dict[str, Any]] = [("wait", "say")]
    if extra:
        nodes["more"] = {"type": "script", "path": "say.sh"}
        edges.append(("say", "more"))
    folder.pipeline(nodes, edges, "versions.pipeline")


def test_a_run_keeps_the_version_that_it_began_with(
    yard: Yard, production: RealAirflow, repository: Path, runtime: str
) -> None:
    folder, flag = yard.folder(), production.files / "go.flag"
    version(folder, flag, "one", extra=False)
    first = folder.submit("versions.pipeline", runtime=runtime)
    yard.until(first, lambda run: run["nodes"]["wait"]["state"] == "running", 240)
    version(folder, flag, "two", extra=True)
    second = folder.submit("versions.pipeline", runtime=runtime)
    yard.until(second, lambda run: run["nodes"]["wait"]["state"] == "running", 240)
    flag.touch()
    runs = [yard.wait(run_id, 240) for run_id in (first, second)]
    assert [run["state"] for run in runs] == ["succeeded", "succeeded"]
    assert [run["nodes"]["say"]["results"] for run in runs] == [{"said": "one"}, {"said": "two"}]
    assert [sorted(run["nodes"]) for run in runs] == [["say", "wait"], ["more", "say", "wait"]]
    commits = git(repository, "log", "--format=%H", "main").split()
    for run in runs:
        assert run["remote"]["pinned"] is True
        assert run["remote"]["version"] in commits
        dag_id, run_id = run["remote"]["dag_id"], run["remote"]["run_id"]
        shown = production.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")[1]
        assert shown["bundle_version"] == run["remote"]["version"]
        tasks = production.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")[1]["task_instances"]
        assert {task["task_id"] for task in tasks} == set(run["nodes"]), "no node of the other version was added"


def test_the_same_as_here(yard: Yard, runtime: str) -> None:
    folder = yard.folder()
    everything.write(folder)
    text = {"text": everything.NASTY}
    there = folder.submit("everything.pipeline", runtime=runtime, parameters=text)
    here = folder.submit("everything.pipeline", mode="isolated", reuse=False, parameters=text)
    away, local = yard.wait(there, 400), yard.wait(here, 120)
    assert (away["state"], away["reason"], away["parameters"]) == (local["state"], local["reason"], local["parameters"])
    for name, node in local["nodes"].items():
        assert {key: node[key] for key in SAME} == {key: away["nodes"][name][key] for key in SAME}, name
