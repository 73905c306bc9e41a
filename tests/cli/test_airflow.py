"""Runs on Airflow from the command line, without any server: watched, left, interrupted, and come back to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.airflow.fixture import RealAirflow
from tests.cli.conftest import Done, command

pytestmark = pytest.mark.timeout(240)
Mlops = Callable[..., Done]


@pytest.fixture
def remote(project: Path, airflow: RealAirflow) -> Path:
    """A project whose pipeline can run on Airflow; its second node takes as long as a file says."""
    SecretStore().set("airflow-tests", airflow.password)
    Registry().save("real", airflow.runtime())
    (project / "first.sh").write_text('echo "first says $MLOPS_PARAM_WORD"\n')
    (project / "second.sh").write_text("sleep 3\n")
    document = json.loads((project / "p.pipeline").read_text())
    name = f"cli-{os.getpid()}-{time.monotonic_ns()}.pipeline"
    (project / name).write_text(json.dumps(document))
    return project / name


def test_watched_to_its_end(remote: Path, mlops: Mlops) -> None:
    done = mlops("run", remote.name, "--runtime", "real", "-p", "word=größer")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    steps = ["Delivering the pipeline to real.", "Delivered; waiting", "starting the run.", "Airflow has the run."]
    places = [next(place for place, line in enumerate(lines) if step in line) for step in steps]
    assert places == sorted(places)
    assert "Succeeded" in lines[-1]
    run = mlops("runs", "--runtime", "real", "--json").json["runs"][0]
    assert mlops("log", run["id"], "first").out == "first says größer\n"
    assert mlops("runs", "--runtime", "other", "--json").json["runs"] == []
    refused = mlops("retry", run["id"])
    assert (refused.code, "only what failed" in refused.err) == (2, True)


def test_left_once_it_is_there_and_looked_at_later(remote: Path, mlops: Mlops) -> None:
    done = mlops("run", remote.name, "--runtime", "real", "--detach", "--json")
    assert done.code == 0, done.err
    assert done.json["remote"]["step"] == "following"
    deadline = time.monotonic() + 60
    while (run := mlops("show", done.json["id"], "--json").json)["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
    assert run["state"] == "succeeded"


def test_interrupted_it_goes_on(remote: Path, mlops: Mlops) -> None:
    started = subprocess.Popen(
        command("run", remote.name, "--runtime", "real"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    while "Airflow has the run" not in started.stdout.readline():
        assert started.poll() is None
    started.send_signal(signal.SIGINT)
    error = started.communicate(timeout=30)[1]
    assert started.returncode == 130
    run = mlops("runs", "--json").json["runs"][0]
    assert f"The run goes on: {run['id']}" in error
    done = mlops("cancel", run["id"], "--json")
    assert done.json["state"] in ("cancelled", "succeeded"), done.err


def test_a_wrong_password_is_told_at_its_step(remote: Path, mlops: Mlops) -> None:
    SecretStore().set("airflow-tests", "wrong")
    done = mlops("run", remote.name, "--runtime", "real", "--detach", "--json")
    assert done.code == 1
    assert (done.json["state"], done.json["error"]["code"]) == ("failed", "airflow-sign-in")
    assert done.json["error"]["hint"]
