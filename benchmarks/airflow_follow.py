"""A run on a real Airflow as people see it here, against a short script that does it by hand."""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.measure import Row, median, percentile
from mlops_ext.paths import find_workspace
from mlops_ext.runtimes.airflow.keeping import Followers
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from mlops_ext.store import Store
from mlops_ext.submit import submit
from tests.airflow.fixture import RealAirflow, started, stopped

RUNS = 20
PAIRS = 7
REST = 6.0
"""Seconds between two pairs: nobody presses Run without end."""
DAG = """
import datetime
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator
with DAG(dag_id={dag_id!r}, schedule=None, start_date=datetime.datetime(2026, 1, 1), is_paused_upon_creation=False):
    BashOperator(task_id="a", bash_command="true")
"""


@contextmanager
def airflow_here() -> Iterator[tuple[RealAirflow, Path]]:
    """A real Airflow, and a workspace whose runtime it is."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        before = dict(os.environ)
        os.environ |= {
            "XDG_STATE_HOME": str(top / "state"),
            "XDG_CONFIG_HOME": str(top / "config"),
            "MLOPS_SECRETS_DIR": str(top / "secrets"),
        }
        real, process = started(top / "airflow")
        try:
            SecretStore().set("airflow-tests", real.password)
            Registry().save("real", real.runtime())
            (top / "w" / ".git").mkdir(parents=True)
            yield real, top / "w"
        finally:
            stopped(process)
            os.environ.clear()
            os.environ |= before


def first_change() -> list[Row]:
    """From Run to the first node that runs, in the store, against: write the file, wait, trigger, poll."""
    with airflow_here() as (real, folder), Followers() as followers:
        ours, rival = [], []
        for number in range(PAIRS + 1):
            pair = (_ours(folder, followers, number), _by_hand(real, number))
            time.sleep(REST)
            if number:  # the first of each starts what is warm afterwards
                ours.append(pair[0])
                rival.append(pair[1])
    more = median(ours) - median(rival)
    return [
        Row(
            "From Run to the first state change in the store, against a script that writes, waits, triggers and polls",
            f"{median(ours):.2f} s",
            f"{median(rival):.2f} s",
            f"{more:+.2f} s",
            "≤ +1 s",
            more <= 1.0,
        )
    ]


def twenty_runs() -> list[Row]:
    """A change in Airflow until it is an event in the store, with twenty runs followed; how often Airflow is asked."""
    with airflow_here() as (real, folder), Followers() as followers:
        # Each task waits as long as its run's number says, so that changes come all the time.
        (folder / "wait.sh").write_text('sleep "$MLOPS_PARAM_SECONDS"\n')
        nodes = {
            name: {"type": "script", "path": "wait.sh", "parameters": {"seconds": {"from": "parameters.seconds"}}}
            for name in ("a", "b", "c")
        }
        edges = [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]
        parameters = {"seconds": {"type": "integer", "default": 1}}
        path = folder / "many.pipeline"
        path.write_text(json.dumps({"version": 1, "parameters": parameters, "nodes": nodes, "edges": edges}))
        runs = [submit(None, path, runtime="real", parameters={"seconds": 1 + number % 4}) for number in range(RUNS)]
        delays: list[float] = []
        before = begin = None
        with Store.open(find_workspace(path)) as store:
            while store.active_runs("real"):
                followers.keep({"real"})
                steps = [store.run(run_id)["remote"]["step"] for run_id in runs]
                if before is None and set(steps) == {"following"}:
                    before, begin = _requests(real), time.monotonic()
                time.sleep(0.5)
            spent = (_requests(real) - (before or 0)) / (time.monotonic() - (begin or 0.0))
            for run_id in runs:
                delays += _delays(store, run_id)
    late = percentile(delays, 0.95)
    return [
        Row(
            f"A change in Airflow until it is an event in the store, p95 of {len(delays)}, {RUNS} runs followed",
            f"{late:.2f} s",
            "3 s",
            f"{late / 3:.2f}",
            "≤ 1",
            late <= 3,
        ),
        Row(f"Requests a second, {RUNS} runs followed", f"{spent:.2f}", "2", f"{spent / 2:.2f}", "≤ 1", spent <= 2.0),
    ]


def _ours(folder: Path, followers: Followers, number: int) -> float:
    (folder / "a.sh").write_text("true\n")
    path = folder / f"b{number}.pipeline"
    path.write_text(json.dumps({"version": 1, "nodes": {"a": {"type": "script", "path": "a.sh"}}, "edges": []}))
    begin = time.monotonic()
    run_id = submit(None, path, runtime="real")
    with Store.open(find_workspace(path)) as store:
        while store.run(run_id)["nodes"]["a"]["state"] == "queued":
            followers.keep({"real"})
            time.sleep(0.02)
        took = time.monotonic() - begin
        while store.active_runs("real"):
            time.sleep(0.1)
    return took


def _by_hand(real: RealAirflow, number: int) -> float:
    dag_id = f"by-hand-{number}"
    begin = time.monotonic()
    token = _ask(real, "POST", "/auth/token", None, {"username": real.user, "password": real.password})["access_token"]
    partial = real.dags / f"{dag_id}.partial"
    partial.write_text(DAG.format(dag_id=dag_id))
    partial.rename(real.dags / f"{dag_id}.py")
    while "dag_id" not in _ask(real, "GET", f"/api/v2/dags/{dag_id}", token):
        time.sleep(0.5)
    run = _ask(real, "POST", f"/api/v2/dags/{dag_id}/dagRuns", token, {"logical_date": None})["dag_run_id"]
    while True:
        tasks = _ask(real, "GET", f"/api/v2/dags/{dag_id}/dagRuns/{run}/taskInstances", token)["task_instances"]
        if tasks and tasks[0]["state"] not in (None, "scheduled", "queued"):
            return time.monotonic() - begin
        time.sleep(0.5)


def _ask(real: RealAirflow, method: str, path: str, token: str | None, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    connection = http.client.HTTPConnection(urlsplit(real.url).netloc, timeout=30)
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def _delays(store: Store, run_id: str) -> list[float]:
    """From the time that Airflow notes for a task's begin and end to the event that tells it."""
    found = []
    for event in store.events(run_id):
        for key, states in (("started", ("running",)), ("finished", ("succeeded", "failed"))):
            if event["node"] is not None and event["data"].get("state") in states and event["data"].get(key):
                told, happened = (datetime.fromisoformat(text) for text in (event["time"], event["data"][key]))
                found.append(max(0.0, (told - happened).total_seconds()))
    return found


def _requests(real: RealAirflow) -> int:
    """How many requests Airflow's API server has noted, less those for tasks that run."""
    lines = (real.home / "run" / "api.log").read_text(encoding="utf-8", errors="replace").splitlines()
    return sum(1 for line in lines if "path=/api/v2/" in line and "/monitor/" not in line)
