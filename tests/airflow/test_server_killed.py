"""The Jupyter server is killed at each step of a submission: Airflow has one run or none, and the panel tells which."""

from __future__ import annotations

import json
import time
import urllib.error
from contextlib import suppress

import pytest

from mlops_ext.failpoints import VARIABLE
from mlops_ext.runtimes.airflow.package import dag_id_of
from tests.airflow.fixture import RealAirflow
from tests.airflow.servers import Servers, servers
from tests.runtimes.lab import OVER

__all__ = ["servers"]
pytestmark = pytest.mark.timeout(240)
IN_THE_SERVER = ("snapshot-taken", "run-recorded")
IN_THE_FOLLOWER = ("delivering", "built", "delivered", "waiting", "read", "triggering", "triggered", "following")
ALWAYS = ("snapshot-taken", "run-recorded", "delivered", "triggered")
PLACES = [
    pytest.param(place, marks=[] if place in ALWAYS else pytest.mark.slow) for place in IN_THE_SERVER + IN_THE_FOLLOWER
]


@pytest.mark.parametrize("place", PLACES)
def test_one_run_or_none(servers: Servers, airflow: RealAirflow, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    pipeline = f"killed-{place}.pipeline"
    (servers.root / "s.sh").write_text("echo done\n")
    document = {"version": 1, "nodes": {"a": {"type": "script", "path": "s.sh"}}, "edges": []}
    (servers.root / pipeline).write_text(json.dumps(document))
    armed = servers.state / "armed"
    armed.mkdir()
    (armed / place).touch()
    monkeypatch.setenv(VARIABLE, str(armed))
    servers.start()
    with suppress(urllib.error.URLError, ConnectionError):
        servers.ask("POST", "runs", {"pipeline": pipeline, "runtime": "bare"})
    deadline = time.monotonic() + 60
    while (armed / place).exists():
        assert time.monotonic() < deadline, f"{place} was not passed"
        time.sleep(0.01)
    servers.kill()

    dag_id = dag_id_of(pipeline)
    assert len(in_airflow(airflow, dag_id)) == (1 if place in ("triggered", "following") else 0)
    servers.start()
    runs = servers.ask("GET", "runs")["runs"]
    if place == "snapshot-taken":
        assert runs == [], "what was not accepted is not there"
        assert in_airflow(airflow, dag_id) == []
        return
    (shown,) = runs
    run = servers.ask("GET", f"runs/{shown['id']}")
    while run["state"] not in OVER:
        assert time.monotonic() < deadline + 60, run
        time.sleep(0.1)
        run = servers.ask("GET", f"runs/{shown['id']}")
    assert (run["state"], run["remote"]["step"], run["nodes"]["a"]["attempts"]) == ("succeeded", "ended", 1)
    assert in_airflow(airflow, dag_id) == [run["remote"]["run_id"]] == [f"mlops__{shown['id']}"]
    assert run["remote"]["url"].startswith(airflow.url)


def in_airflow(airflow: RealAirflow, dag_id: str) -> list[str]:
    """The runs of a DAG there."""
    status, answer = airflow.call("GET", f"dags/{dag_id}/dagRuns")
    assert status in (200, 404), answer
    return [one["dag_run_id"] for one in answer["dag_runs"]] if status == 200 else []
