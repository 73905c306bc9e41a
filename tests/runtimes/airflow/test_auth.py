"""Signing in: tokens are fetched, renewed, sent to one server only, and never told."""

from __future__ import annotations

import logging
import os
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import MlopsError, NotFound
from mlops_ext.runtimes.airflow import auth
from mlops_ext.runtimes.airflow.client import Airflow
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow.documents import Make
from tests.runtimes.airflow.servers import CANARY, Asked, LikeAirflow, serving


def refusal(ask: Callable[[], Any], code: str) -> MlopsError:
    """The error that a call ends with; it has no secret in it, nowhere."""
    with pytest.raises(MlopsError) as caught:
        ask()
    error = caught.value
    assert error.code == code, error.message
    seen = f"{error} {error!r} {error.problem()} {error.__cause__!r}"
    assert "canary" not in seen and "7f3a9c" not in seen and "e30." not in seen, seen
    return error


def command(code: str) -> dict[str, Any]:
    """A sign-in by a Python program."""
    return {"kind": "command", "command": [sys.executable, "-c", code]}


def test_a_token_is_fetched_once(secrets: SecretStore, make: Make) -> None:
    with serving(LikeAirflow()) as server:
        airflow = Airflow(make(server.url), secrets)
        for _ in range(3):
            airflow.may_read()
        assert [path for path in server.paths() if "token" in path] == ["POST /auth/token"]
        assert airflow.requests == len(server.seen) == 4


def test_it_is_renewed_before_its_end(secrets: SecretStore, make: Make) -> None:
    like = LikeAirflow(lifetime=1.0)
    with serving(like) as server:
        airflow = Airflow(make(server.url), secrets)
        deadline = time.monotonic() + 1.6
        while time.monotonic() < deadline:
            airflow.may_read()
            time.sleep(0.05)
        assert 3 <= len(like.given) <= 5
    assert not [asked for asked in server.seen if asked.path.startswith("/api") and asked.token is None]


def test_it_is_renewed_once_when_it_is_refused(secrets: SecretStore, make: Make) -> None:
    like = LikeAirflow()
    with serving(like) as server:
        airflow = Airflow(make(server.url), secrets)
        airflow.may_read()
        like.valid.clear()  # as after a new secret key of the server
        airflow.may_read()
        assert len(like.given) == 2
        like.password = "changed"
        like.valid.clear()
        error = refusal(airflow.may_read, "airflow-sign-in")
        assert "password" in error.message and "mlops secret set pass" in error.hint


def test_a_token_that_ended_is_told(secrets: SecretStore, make: Make) -> None:
    with serving(LikeAirflow()) as server:
        secrets.set("pass", "canary-7f3a9c-token")
        airflow = Airflow(make(server.url, auth={"kind": "token", "secret": "pass"}), secrets)
        error = refusal(airflow.may_read, "airflow-sign-in")
        assert "Token Expired" in error.message and "new token" in error.hint
        assert len(server.seen) == 1


def test_a_command_prints_a_token(secrets: SecretStore, make: Make, tmp_path: Path) -> None:
    like = LikeAirflow()
    like.valid = {"canary-7f3a9c-b"}
    counter = tmp_path / "count"
    code = (
        f"import pathlib; p = pathlib.Path({str(counter)!r}); n = int(p.read_text()) if p.exists() else 0\n"
        "p.write_text(str(n + 1)); print('canary-7f3a9c-' + 'ab'[n])"
    )
    with serving(like) as server:
        Airflow(make(server.url, auth=command(code)), secrets).may_read()
    assert counter.read_text() == "2", "once more after the first was refused"


def test_commands_that_do_not(
    secrets: SecretStore, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(auth, "COMMAND_SECONDS", 1.5)
    pid = tmp_path / "pid"
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    cases = {
        "exit code 3": "import sys; print('canary-7f3a9c'); sys.exit(3)",
        "gave none within": f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])",
        "is none": "print('canary-7f3a9c\\nsecond line')",
        "should be a token": "print()",
        "none within 2": "while True: print('canary-7f3a9c' * 1000)",
    }
    with serving(LikeAirflow()) as server:
        for words, code in cases.items():
            error = refusal(Airflow(make(server.url, auth=command(code)), secrets).sign_in, "airflow-sign-in")
            assert words in error.message, error.message
        missing = make(server.url, auth={"kind": "command", "command": ["/nonexistent/program", "; rm -rf /"]})
        assert "did not start" in refusal(Airflow(missing, secrets).sign_in, "airflow-sign-in").message
        assert server.seen == []
    left = int(pid.read_text())
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.kill(left, 0)
            time.sleep(0.05)


def test_where_everybody_is_let_in(secrets: SecretStore, make: Make) -> None:
    def open_house(asked: Asked) -> None:
        if asked.path == "/auth/token":
            asked.reply(201, {"access_token": "all-admins"})
        else:
            asked.reply(200, {"dags": [], "total_entries": 0})

    with serving(open_house) as server:
        Airflow(make(server.url, auth={"kind": "none"}), secrets).may_read()
        assert server.seen[-1].token == "Bearer all-admins"
    with serving(lambda asked: asked.reply(403 if "token" in asked.path else 200, {"detail": "no"})) as server:
        Airflow(make(server.url, auth={"kind": "none"}), secrets).may_read()
        assert server.seen[-1].token is None


def test_a_secret_is_for_one_server(secrets: SecretStore, make: Make) -> None:
    with serving(LikeAirflow()) as first, serving(LikeAirflow()) as second:
        Airflow(make(first.url), secrets).sign_in()
        error = refusal(Airflow(make(second.url), secrets).sign_in, "secret-bound")
        assert first.url in error.message and second.url in error.message
        assert second.seen == []
        refusal(lambda: secrets.get_for_node("pass"), "secret-bound")
        secrets.set("pass", CANARY)
        assert secrets.get_for_node("pass").reveal() == CANARY
        Airflow(make(second.url), secrets).sign_in()
        refusal(Airflow(make(first.url), secrets).sign_in, "secret-bound")
        secrets.remove("pass")
        secrets.set("pass", CANARY)
        Airflow(make(first.url), secrets).sign_in()
    with pytest.raises(NotFound):
        secrets.get_for("none", "https://h")


def test_nothing_shows_a_secret(
    secrets: SecretStore, make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    like = LikeAirflow()
    with serving(like) as server:
        airflow = Airflow(make(server.url), secrets)
        airflow.may_read()
        token = like.given[0]
        seen = repr(vars(airflow)) + repr(vars(airflow._session.sign_in)["_token"]) + repr(airflow.runtime)
        assert b"canary" not in pickle.dumps(airflow.runtime)
        like.valid.clear()
        like.password = "other"
        refusal(airflow.may_read, "airflow-sign-in")
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "secrets.json"]
    seen += caplog.text + "".join(path.read_text() for path in files)
    assert "canary" not in seen and "7f3a9c" not in seen and token not in seen
