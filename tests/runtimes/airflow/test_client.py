"""Calls to Airflow: on a real one, and on servers that are none or answer nonsense."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import BadRequest
from mlops_ext.runtimes.airflow import transport
from mlops_ext.runtimes.airflow.client import Airflow
from mlops_ext.runtimes.airflow.logs import text_of
from mlops_ext.runtimes.registry import read_runtime
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow.documents import Make
from tests.runtimes.airflow.servers import Asked, LikeAirflow, self_signed, serving
from tests.runtimes.airflow.test_auth import refusal

NONE = {"kind": "none"}
DAG = """
import datetime, json, logging, sys
from airflow.sdk import DAG, Param, task

PARAMS = {"n": Param(1, type="integer")}
with DAG("a-client-test", schedule=None, catchup=False, params=PARAMS, start_date=datetime.datetime(2020, 1, 1)):
    @task
    def one(params=None, ti=None):
        print("hello")
        logging.getLogger("own").warning("careful")
        ti.xcom_push("mlops", json.dumps({"version": 1, "state": "succeeded", "n": params["n"]}))

    @task
    def two():
        raise ValueError("boom")

    one() >> two()
"""


def test_a_run_on_the_real_airflow(airflow: Any, secrets: SecretStore) -> None:
    secrets.set("airflow-tests", airflow.password)
    client = Airflow(read_runtime("lab", airflow.runtime()), secrets)
    assert client.version().startswith("3.") and client.health()["scheduler"]["status"] == "healthy"
    dag, run = "a-client-test", f"mlops__a+b:{time.time_ns()}"
    assert client.dag(dag) is None and client.dags([dag]) == [] and client.dag_run(dag, run) is None
    file = Path(airflow.dags) / "a_client_test.py"
    file.write_text(DAG)
    try:
        deadline = time.monotonic() + 60
        while (found := client.dag(dag)) is None:
            assert time.monotonic() < deadline, client.import_errors()
            time.sleep(0.3)
        assert found["is_paused"] is True
        client.set_paused(dag, False)
        assert client.dags([dag, "no-such"])[0]["is_paused"] is False
        assert "n" in refusal(lambda: client.trigger(dag, "wrong", {"n": {"a": 1}}), "airflow-refused").message
        first = client.trigger(dag, run, {"n": 2}, "started by a test")
        assert first["dag_run_id"] == run and first["conf"] == {"n": 2}
        assert client.trigger(dag, run, {"n": 3})["conf"] == {"n": 2}, "the run that there is"
        assert len([one for one in client.dag_runs([dag]) if one["dag_run_id"] == run]) == 1
        states = _ended(client, dag, run)
        assert states == {"one": "success", "two": "failed"}
        assert client.outcome(dag, run, "one") == {"version": 1, "state": "succeeded", "n": 2}
        assert client.outcome(dag, run, "two") is None
        log = client.log(dag, run, "one", 1)
        assert log.ended and "\nhello\n" in log.text and "\nWARNING: careful\n" in log.text, log
        assert "ValueError: boom\n" in client.log(dag, run, "two", 1).text
        assert client.log(dag, run, "two", 7).text == ""
        assert {one["task_id"] for one in client.tasks_changed([dag], [run], "2020-01-01T00:00:00Z")} == {"one", "two"}
        assert client.tasks_changed([dag], [run], "2099-01-01T00:00:00Z") == []
        client.stop(dag, run)
        state = client.dag_run(dag, run)
        assert state is not None and state["state"] == "failed"
        client.clear_failed(dag, run)
        _ended(client, dag, run, at_least=2)
        assert [one["try_number"] for one in client.tries(dag, run, "two")] == [1, 2]
    finally:
        file.unlink()


def test_a_viewer_is_told(airflow: Any, secrets: SecretStore) -> None:
    secrets.set("airflow-tests", airflow.password)
    auth = {"kind": "password", "user": airflow.viewer, "secret": "airflow-tests"}
    client = Airflow(read_runtime("lab", airflow.runtime(auth=auth)), secrets)
    client.may_read()
    for ask, words in ((client.may_trigger, "start runs"), (client.may_pause, "pause DAGs")):
        assert words in refusal(ask, "airflow-forbidden").message


def _ended(client: Airflow, dag: str, run: str, at_least: int = 1) -> dict[str, str]:
    """States of the tasks, when the run and its second task have ended."""
    deadline = time.monotonic() + 90
    while True:
        state = client.dag_run(dag, run)
        tasks = client.task_instances([dag], [run])
        tried = max((task["try_number"] for task in tasks if task["task_id"] == "two"), default=0)
        if state is not None and state["state"] in ("success", "failed") and tried >= at_least:
            return {task["task_id"]: task["state"] for task in tasks}
        assert time.monotonic() < deadline, (state, tasks)
        time.sleep(0.3)


def test_airflow_2_is_told_from_no_airflow(secrets: SecretStore, make: Make) -> None:
    def airflow_2(asked: Asked) -> None:
        if asked.path == "/api/v1/version":
            asked.reply(200, {"version": "2.10.4", "git_version": None})
        else:
            asked.reply(404, b"<html>Airflow 404</html>")

    with serving(airflow_2) as server:
        error = refusal(Airflow(make(server.url), secrets).version, "airflow-version")
        assert "2.10.4" in error.message and "version 3" in error.message
    for status, document in ((200, b"<html>Hello</html>"), (404, b""), (200, {"version": 7}), (200, [1]), (500, {})):
        with serving(lambda asked, s=status, d=document: asked.reply(s, d)) as server:  # type: ignore[misc]
            error = refusal(Airflow(make(server.url), secrets).version, "airflow-not-airflow")
            assert server.url in error.message and error.hint


def test_certificates(secrets: SecretStore, make: Make, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with serving(LikeAirflow(), certificate) as server:
        error = refusal(Airflow(make(server.url), secrets).sign_in, "airflow-tls")
        assert "self-signed" in error.message and "tls.ca" in error.hint
        assert not server.seen
        trusted = {"verify": True, "ca": str(certificate[0])}
        Airflow(make(server.url, tls=trusted), secrets).may_read()
        Airflow(make(server.url, tls={"verify": False}), secrets).may_read()
        for file in ("/nonexistent.pem", str(certificate[1])):
            wrong = make(server.url, tls={"verify": True, "ca": file})
            refusal(lambda wrong=wrong: Airflow(wrong, secrets).version(), "airflow-tls")  # type: ignore[misc]
    with serving(LikeAirflow()) as server:
        error = refusal(Airflow(make(server.url.replace("http:", "https:")), secrets).version, "airflow-tls")
        assert "does not speak TLS" in error.message


def test_nobody_there(secrets: SecretStore, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    refused = refusal(Airflow(make("http://127.0.0.1:9"), secrets).version, "airflow-unreachable")
    assert "nothing listens" in refused.message
    refusal(Airflow(make(f"http://{'x' * 70}.test"), secrets).version, "airflow-unreachable")
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)  # a real resolver may take long to find nothing
        error = refusal(Airflow(make("http://no-such-host.test"), secrets).version, "airflow-unreachable")
        assert "name is not known" in error.message
    with serving(lambda asked: time.sleep(3)) as server:
        begin = time.monotonic()
        error = refusal(Airflow(make(server.url), secrets, timeout=0.5).version, "airflow-unreachable")
        assert "did not answer" in error.message and time.monotonic() - begin < 2
    with serving(lambda asked: asked.connection.shutdown(socket.SHUT_RDWR)) as server:
        refusal(Airflow(make(server.url), secrets).version, "airflow-unreachable")


def test_redirects_lead_nowhere(secrets: SecretStore, make: Make) -> None:
    with serving(LikeAirflow()) as other:
        for status in (301, 302, 307, 308):
            with serving(lambda asked, s=status: asked.reply(s, b"", Location=other.url + asked.path)) as server:  # type: ignore[misc]
                client = Airflow(make(server.url), secrets)
                refusal(client.version, "airflow-not-airflow")
                secrets.set("pass", "canary-7f3a9c")
                refusal(client.sign_in, "airflow-not-airflow")
        assert other.seen == []


def test_answers_without_end(secrets: SecretStore, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 4 * 1024 * 1024)
    sent = 0

    def endless(asked: Asked) -> None:
        nonlocal sent
        asked.send_response(200)
        asked.send_header("Content-Length", str(2**40))
        asked.end_headers()
        while True:
            sent += asked.wfile.write(b"x" * 65536)

    def drop_by_drop(asked: Asked) -> None:
        asked.send_response(200)
        asked.send_header("Content-Length", "1000")
        asked.end_headers()
        for _ in range(1000):
            asked.wfile.write(b" ")
            time.sleep(0.05)

    with serving(endless) as server:
        assert "larger than" in refusal(Airflow(make(server.url), secrets).version, "airflow-answer").message
    assert sent < 64 * 1024 * 1024
    with serving(drop_by_drop) as server:
        begin = time.monotonic()
        refusal(Airflow(make(server.url), secrets, timeout=0.5).version, "airflow-unreachable")
        assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    ("status", "document", "code"),
    [
        (200, b"<html>", "airflow-answer"),
        (200, b"[" * 100_000, "airflow-answer"),
        (200, {"dag_runs": "none"}, "airflow-answer"),
        (200, {"dag_runs": [1]}, "airflow-answer"),
        (200, {}, "airflow-answer"),
        (500, {"detail": "inside"}, "airflow-answer"),
        (503, b"", "airflow-unreachable"),
        (403, {"detail": {"reason": "no"}}, "airflow-forbidden"),
        (404, {"detail": "gone"}, "airflow-not-found"),
        (422, {"detail": [{"msg": "bad field"}]}, "airflow-refused"),
    ],
)
def test_nonsense_is_one_sentence(secrets: SecretStore, make: Make, status: int, document: Any, code: str) -> None:
    with serving(lambda asked: asked.reply(status, document)) as server:
        error = refusal(lambda: Airflow(make(server.url, auth=NONE), secrets).dag_runs(["d"]), code)
        assert error.message.endswith(".") and "\n" not in error.message


def test_all_pages_and_no_more(secrets: SecretStore, make: Make) -> None:
    def many(asked: Asked) -> None:
        if asked.path == "/auth/token":
            asked.reply(403, {})
            return
        offset = json.loads(asked.body)["page_offset"]
        entries = [
            {"task_id": f"t{number}", "state": "never-heard-of"} for number in range(offset, min(offset + 100, 250))
        ]
        asked.reply(200, {"task_instances": entries, "total_entries": 250})

    with serving(many) as server:
        client = Airflow(make(server.url, auth=NONE), secrets)
        tasks = client.task_instances([f"d{number}" for number in range(20)], ["r"])
        assert [task["task_id"] for task in tasks] == [f"t{number}" for number in range(250)]
        assert {task["state"] for task in tasks} == {"never-heard-of"}
        assert len(server.seen) == 4


def test_ids_are_no_paths(secrets: SecretStore, make: Make) -> None:
    with serving(LikeAirflow()) as server:
        client = Airflow(make(server.url), secrets)
        for text in ("", ".", "..", "~", "a/b", "a\n", "a?b", "x" * 251):
            with pytest.raises(BadRequest):
                client.dag(text)
            with pytest.raises(BadRequest):
                client.set_paused(text, True)
        assert server.seen == []
        assert client.link("d", "a+b:c").endswith("/dags/d/runs/a%2Bb%3Ac")


def test_logs_as_text() -> None:
    assert text_of(None) == "" and text_of(["plain", 3, {"event": 7}]) == "plain\n"
    assert text_of([{"event": "low", "level": "info"}, {"event": "high", "level": "error"}]) == "low\nERROR: high\n"
    detail = {"exc_type": "E", "exc_value": "x", "frames": [{"filename": "f.py", "lineno": 3, "name": "g"}, None]}
    assert text_of([{"event": "", "error_detail": [detail, 1]}]) == (
        'Traceback (most recent call last):\n  File "f.py", line 3, in g\nE: x\n'
    )
