"""What is wrong on the way to Airflow or on its workers is told in one sentence, at the step where it is wrong."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.airflow.conftest import Yard
from tests.airflow.fixture import RealAirflow
from tests.airflow.server import FORBIDDEN_TAG
from tests.runtimes.lab import OVER

FAILS_IN_THE_NODE = {
    "no-papermill": ("no-papermill", "papermill is not installed in"),
    "no-python": ("no-python", "cannot be started here"),
    "no-store": ("file-store", "There is no folder"),
    "no-connection": ("file-store", "The connection no-such-connection"),
    "no-variable": ("unknown-secret", "wants the secret no-such-secret"),
}
TRIED_AGAIN = ("no-python", "no-variable")
"""Nothing of these lies in the file store, and Airflow forgets what an attempt pushed when the next begins."""
AGAIN = {"retries": 1, "retry_delay": "1s"}
FAILS_BEFORE = {
    "wrong-password": "airflow-sign-in",
    "viewer": "airflow-forbidden",
    "git-refuses": "git",
}
STUCK = {
    "unread": ("not-read", "Airflow has not read the file"),
    "not-imported": ("import-error", "This site forbids the tag"),
}


@pytest.fixture(scope="module")
def runs(yard: Yard, airflow: RealAirflow, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A run on each of the runtimes with something wrong, all at once."""
    top = tmp_path_factory.mktemp("wrong")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", top / "bare"], check=True)
    (top / "file").write_text("in the way of a folder\n")
    (top / "nobody-looks-here").mkdir()
    SecretStore().set("wrong-password", "not the password")
    SecretStore().set("airflow-viewer", airflow.password)
    wrong: dict[str, dict[str, Any]] = {
        "no-papermill": {"python": str(top / "bare" / "bin" / "python")},
        "no-python": {"python": str(top / "no" / "python")},
        # A mode would not do: root may write everywhere.
        "no-store": {"files": {"url": (top / "file" / "store").as_uri()}},
        "no-connection": {"files": {"url": airflow.files.as_uri(), "connection": "no-such-connection"}},
        "no-variable": {},
        "wrong-password": {"auth": {"kind": "password", "user": airflow.user, "secret": "wrong-password"}},
        "viewer": {"auth": {"kind": "password", "user": airflow.viewer, "secret": "airflow-viewer"}},
        "git-refuses": {"delivery": {"kind": "git", "url": refusing(top).as_uri(), "branch": "main", "folder": "dags"}},
        "unread": {"delivery": {"kind": "folder", "path": str(top / "nobody-looks-here")}},
        "not-imported": {},
    }
    started = {}
    for name, fields in wrong.items():
        Registry().save(name, airflow.runtime(**fields))
        folder = yard.folder()
        folder.write("s.sh", "echo fine\n")
        env = {"TOKEN": {"secret": "no-such-secret"}} if name == "no-variable" else {}
        # Each its own name, and so its own DAG.
        folder.pipeline(
            {"s": {"type": "script", "path": "s.sh", "env": env, **(AGAIN if name in TRIED_AGAIN else {})}},
            name=f"{name}.pipeline",
            runtimes={"not-imported": {"tags": [FORBIDDEN_TAG]}},
        )
        started[name] = folder.submit(f"{name}.pipeline", runtime=name)
    yard.follow(*wrong)
    return started


def refusing(top: Path) -> Path:
    """A git repository that takes no push."""
    repository = top / "refusing.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", repository], check=True)
    hook = repository / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    return repository


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FAILS_IN_THE_NODE)
def test_what_the_worker_lacks(yard: Yard, runs: Mapping[str, str], name: str) -> None:
    code, words = FAILS_IN_THE_NODE[name]
    node = yard.wait(runs[name], 150)["nodes"]["s"]
    assert (node["state"], node["reason"], node["error"]["code"]) == ("failed", "error", code), node["error"]
    told(node["error"])
    assert words in node["error"]["message"]
    with yard.store() as store:
        attempts = store.attempts(runs[name], "s")
    assert [attempt["error"]["message"] for attempt in attempts] == [node["error"]["message"]] * node["attempts"]
    assert node["attempts"] == (2 if name in TRIED_AGAIN else 1)
    for number in range(1, node["attempts"] + 1):
        log = yard.node_log(runs[name], "s", number)
        assert node["error"]["message"] in log
        assert "Traceback" not in log, log


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", FAILS_BEFORE)
def test_what_fails_before_airflow_has_the_run(
    yard: Yard, airflow: RealAirflow, runs: Mapping[str, str], name: str
) -> None:
    run = yard.wait(runs[name], 150)
    assert run["state"] == "failed"
    told(run["error"])
    assert run["error"]["code"] == FAILS_BEFORE[name]
    status, answer = airflow.call("GET", f"dags/{run['remote']['dag_id']}/dagRuns")
    assert status == 404 or answer["total_entries"] == 0, "nothing runs there"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", STUCK)
def test_what_airflow_does_not_read_is_said_and_can_be_cancelled(
    yard: Yard, runs: Mapping[str, str], name: str
) -> None:
    code, words = STUCK[name]

    def said(run: dict[str, Any]) -> bool:
        problem = run["remote"]["problem"]
        return run["state"] in OVER or (problem is not None and problem["code"] == code)

    run = yard.until(runs[name], said, 150)
    assert (run["state"], run["remote"]["step"]) == ("queued", "waiting")
    told(run["remote"]["problem"])
    assert words in run["remote"]["problem"]["message"]
    yard.cancel(runs[name])
    began = time.monotonic()
    assert yard.wait(runs[name], 30)["state"] == "cancelled"
    assert time.monotonic() - began < 15


def told(error: Mapping[str, Any]) -> None:
    """A sentence for people, and what to do."""
    assert error["message"] and "\n" not in error["message"] and "Traceback" not in error["message"]
    assert error["hint"], error
