"""Secrets are found nowhere, with every log at debug level: of the node, of the sign-in, of the delivery.

A node that prints its secret, raises it, writes it as a result and dies of it is run by
a real server on the real Airflow. Then everything that lies anywhere and everything that
either server answers is searched.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from tests.airflow.conftest import below
from tests.airflow.fixture import RealAirflow
from tests.airflow.servers import Servers, servers
from tests.runtimes.lab import OVER, notebook_document
from tests.security.test_every_route import TABLE

__all__ = ["servers"]
pytestmark = pytest.mark.timeout(240)
CORE = "c4n4ry91b7e5"
CANARY = f"{CORE}/ß+'quoted\" value"
NEEDLES = [CORE.encode(), *(base64.b64encode(b" " * shift + CORE.encode())[4:12] for shift in range(3))]
LEAKS = "import os, sys\ntoken = os.environ['TOKEN']\nprint(token)\nprint(token, file=sys.stderr)\ntoken"
POSTS = {"validate": {"path": "p.pipeline"}, "plan": {"pipeline": "p.pipeline", "runtime": "lab"}}


class Searched:
    """All that was answered, and the folders that were looked through."""

    def __init__(self, password: str) -> None:
        self.needles = [*NEEDLES, password.encode()]
        self.count = 0

    def look(self, where: object, data: bytes) -> None:
        self.count += 1
        for needle in self.needles:
            assert needle not in data, (where, needle)


def served(servers: Servers, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    """Whatever the server answers, errors too."""
    asked = Request(
        f"http://127.0.0.1:{servers.port}/mlops/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "token t", "Content-Type": "application/json"},
    )
    try:
        with urlopen(asked, timeout=60) as response:  # noqa: S310 - http on loopback
            return response.status, response.read()
    except HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def run(servers: Servers, airflow: RealAirflow) -> Iterator[dict[str, Any]]:
    """A run whose nodes have the secret; the server and Airflow log all they can."""
    airflow.set_variable("canary", CANARY)
    root = servers.root
    (root / "train.ipynb").write_text(json.dumps(notebook_document(LEAKS, ("leaked = token", "results"))))
    (root / "raises.ipynb").write_text(json.dumps(notebook_document(LEAKS, "raise ValueError(token)")))
    (root / "dies.sh").write_text('set -x\necho "$TOKEN"\nexit 3\n')
    env = {"TOKEN": {"secret": "canary"}}
    nodes: dict[str, Any] = {
        "train": {"type": "notebook", "path": "train.ipynb", "env": env},
        "raises": {"type": "notebook", "path": "raises.ipynb", "env": env},
        "dies": {"type": "script", "path": "dies.sh", "env": env},
    }
    (root / "p.pipeline").write_text(json.dumps({"version": 1, "nodes": nodes, "edges": []}))
    servers.start("--log-level=DEBUG")
    for name, value in (("sign-in", airflow.password), ("canary", CANARY)):
        assert served(servers, "PUT", f"secrets/{name}", {"value": value})[0] == 204
    auth = {"kind": "password", "user": airflow.user, "secret": "sign-in"}
    assert served(servers, "PUT", "runtimes/lab", airflow.runtime(auth=auth))[0] == 200
    run_id = servers.ask("POST", "runs", {"pipeline": "p.pipeline", "runtime": "lab"})["id"]
    deadline = time.monotonic() + 120
    while (found := servers.ask("GET", f"runs/{run_id}"))["state"] not in OVER:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    yield found


def test_a_secret_is_nowhere(run: dict[str, Any], servers: Servers, airflow: RealAirflow) -> None:
    searched = Searched(airflow.password)
    assert {name: node["state"] for name, node in run["nodes"].items()} == {
        "train": "succeeded", "raises": "failed", "dies": "failed",
    }  # fmt: skip
    by_us(searched, servers, run)
    by_airflow(searched, airflow, run)
    answers = searched.count
    keyed = {airflow.home / "passwords.json", *Path(servers.state / "secrets").rglob("*")}
    for folder in (servers.state, airflow.home):
        before = searched.count
        for name, data in below(folder).items():
            if folder / name not in keyed and "secrets" not in Path(name).parts[:1]:
                searched.look(folder / name, data)
        assert searched.count > before + 20, folder
    assert answers > 30
    log = (servers.state / "server.log").read_text(encoding="utf-8")
    assert "DEBUG" in log or "[D " in log, "it was logged at debug level"
    tasks = b"".join(below(airflow.home / "logs").values())
    assert b'"level":"debug"' in tasks, "of Airflow's tasks too"


def by_us(searched: Searched, servers: Servers, run: dict[str, Any]) -> None:
    """Every address of ours that may be read, for each of the nodes; and what is asked by POST."""
    for address, method in TABLE:
        if method != "GET":
            continue
        for node in run["nodes"]:
            path = address.replace("RUN", run["id"]).replace("train", node)
            searched.look(path, served(servers, "GET", path)[1])
    for node in run["nodes"]:
        for file in ("notebook.ipynb", "log.txt"):
            searched.look(file, served(servers, "GET", f"drive/{run['id']}/{node}/1/{file}?content=1")[1])
    for path, body in POSTS.items():
        searched.look(path, served(servers, "POST", path, body)[1])
    searched.look("test", served(servers, "POST", "runtimes/lab/test", {})[1])
    searched.look("pipelines", served(servers, "GET", "runtimes/lab/pipelines")[1])


def by_airflow(searched: Searched, airflow: RealAirflow, run: dict[str, Any]) -> None:
    """What Airflow answers to people who may read DAGs: rendered fields, logs, what nodes pushed, the source."""
    dag, its = run["remote"]["dag_id"], quote(run["remote"]["run_id"], safe="")
    status, answer = airflow.call("GET", f"dags/{dag}/dagRuns/{its}/taskInstances")
    assert status == 200 and len(answer["task_instances"]) == 3
    assert all("rendered_fields" in task for task in answer["task_instances"])
    searched.look("task instances", repr(answer).encode())
    for path in (f"dags/{dag}/details", f"dags/{dag}/tasks", f"dagSources/{dag}", f"dags/{dag}/dagRuns/{its}"):
        status, answer = airflow.call("GET", path)
        assert status == 200, path
        searched.look(path, repr(answer).encode())
    for node in run["nodes"]:
        place = f"dags/{dag}/dagRuns/{its}/taskInstances/{node}"
        for path in (f"{place}/logs/1", f"{place}/xcomEntries", f"{place}/xcomEntries/mlops", place):
            status, answer = airflow.call("GET", path)
            assert status == 200, path
            searched.look(path, repr(answer).encode())
