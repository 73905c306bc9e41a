"""Airflow is stopped and started again, all of it: what the panel shows stands meanwhile, and catches up by itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mlops_ext.runtimes.airflow.mapping import seen
from tests.airflow.conftest import Yard
from tests.airflow.fixture import RealAirflow
from tests.runtimes.lab import OVER


def unreachable(run: dict[str, Any]) -> bool:
    problem = run["remote"]["problem"]
    return run["state"] in OVER or (problem is not None and problem["code"] == "airflow-unreachable")


@pytest.mark.timeout(600)
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [3, 60])
def test_the_panel_catches_up(yard: Yard, airflow: RealAirflow, seconds: int) -> None:
    folder = yard.folder()
    folder.write("done.sh", "echo done\n")
    folder.write("long.sh", "sleep 6\n")
    nodes = {"first": "done.sh", "long": "long.sh", "last": "done.sh"}
    folder.pipeline(
        {name: {"type": "script", "path": path, "retries": 3, "retry_delay": "1s"} for name, path in nodes.items()},
        [("first", "long"), ("long", "last")],
        f"outage-{seconds}.pipeline",
    )
    folder.pipeline({"a": {"type": "script", "path": "done.sh"}}, name=f"meanwhile-{seconds}.pipeline")
    under_way = folder.submit(f"outage-{seconds}.pipeline", runtime="bare")
    yard.follow("bare")
    yard.until(under_way, lambda run: run["nodes"]["long"]["state"] == "running", 120)
    began = time.monotonic()
    airflow.order("stop")
    try:
        run = yard.until(under_way, unreachable, 60)
        states = {name: node["state"] for name, node in run["nodes"].items()}
        assert (run["state"], states) == ("running", {"first": "succeeded", "long": "running", "last": "queued"})
        assert run["remote"]["problem"]["hint"]
        meanwhile = folder.submit(f"meanwhile-{seconds}.pipeline", runtime="bare")
        run = yard.until(meanwhile, unreachable, 60)
        assert (run["state"], run["remote"]["step"]) == ("queued", "waiting")
        time.sleep(max(0.0, began + seconds - time.monotonic()))
    finally:
        airflow.order("start")
    for run_id in (under_way, meanwhile):
        run = yard.wait(run_id, 240)
        assert (run["state"], run["remote"]["problem"]) == ("succeeded", None)
        assert shown_by_airflow(airflow, run) == {
            name: (node["state"], node["attempts"]) for name, node in run["nodes"].items()
        }


def shown_by_airflow(airflow: RealAirflow, run: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """State and attempts of each node as Airflow itself has them; the run is there once."""
    dag_id = run["remote"]["dag_id"]
    assert [one["dag_run_id"] for one in airflow.call("GET", f"dags/{dag_id}/dagRuns")[1]["dag_runs"]] == [
        run["remote"]["run_id"]
    ]
    status, answer = airflow.call("GET", f"dags/{dag_id}/dagRuns/{run['remote']['run_id']}/taskInstances")
    assert status == 200, answer
    tasks = {task["task_id"]: seen(task) for task in answer["task_instances"]}
    return {name: (task.state, task.attempt) for name, task in tasks.items()}


@pytest.mark.timeout(240)
def test_what_a_person_paused_in_airflow_says_so(yard: Yard, airflow: RealAirflow) -> None:
    folder = yard.folder()
    folder.write("long.sh", "sleep 3\n")
    nodes = {name: {"type": "script", "path": "long.sh"} for name in ("first", "last")}
    folder.pipeline(nodes, [("first", "last")], "paused.pipeline")
    run_id = folder.submit("paused.pipeline", runtime="bare")
    yard.follow("bare")
    run = yard.until(run_id, lambda run: run["nodes"]["first"]["state"] == "running", 120)
    address = f"dags/{run['remote']['dag_id']}"
    assert airflow.call("PATCH", address, {"is_paused": True})[0] == 200
    run = yard.until(run_id, lambda run: run["state"] in OVER or run["remote"]["problem"] is not None, 60)
    assert (run["state"], run["remote"]["problem"]["code"]) == ("running", "paused")
    assert {name: node["state"] for name, node in run["nodes"].items()} == {"first": "succeeded", "last": "queued"}
    assert airflow.call("PATCH", address, {"is_paused": False})[0] == 200
    run = yard.wait(run_id, 60)
    assert (run["state"], run["remote"]["problem"]) == ("succeeded", None)
