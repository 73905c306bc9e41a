"""The fixture `airflow`: one real Airflow for all the tests of a session, started by the first that asks for it."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.airflow.server import free_port

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".airflow"


@dataclass(frozen=True)
class RealAirflow:
    """Where it listens, who may sign in (both with the one password), and its folders."""

    url: str
    user: str
    password: str
    viewer: str
    dags: Path
    files: Path
    home: Path
    venv: Path
    process: subprocess.Popen[str] = field(repr=False, compare=False)

    def order(self, line: str) -> None:
        """`stop` or `start` of all its parts; returns when that is done."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == line

    @property
    def python(self) -> Path:
        """The interpreter of Airflow's own environment, which has papermill."""
        return self.venv / "bin" / "python"

    def call(self, method: str, path: str, body: Any = None, *, user: str | None = None) -> tuple[int, Any]:
        """One request to the API, signed in: its status and its JSON."""
        token = self._send("POST", "/auth/token", {"username": user or self.user, "password": self.password})[1]
        return self._send(method, f"/api/v2/{path}", body, token["access_token"])

    def set_variable(self, name: str, value: str) -> None:
        status, answer = self.call("POST", "variables", {"key": name, "value": value})
        if status == 409:
            status, answer = self.call("PATCH", f"variables/{quote(name, safe='')}", {"key": name, "value": value})
        assert status in (200, 201), answer

    def set_connection(self, name: str, **fields: Any) -> None:
        body = {"connection_id": name, "conn_type": "generic", **fields}
        status, answer = self.call("POST", "connections", body)
        if status == 409:
            status, answer = self.call("PATCH", f"connections/{quote(name, safe='')}", body)
        assert status in (200, 201), answer

    def runtime(self, **fields: Any) -> dict[str, Any]:
        """The document of a runtime that uses it: folder delivery, a shared folder for files."""
        return {
            "version": 1,
            "kind": "airflow",
            "url": self.url,
            "auth": {"kind": "password", "user": self.user, "secret": "airflow-tests"},
            "delivery": {"kind": "folder", "path": str(self.dags)},
            "files": {"url": self.files.as_uri(), "connection": None},
            "poll_seconds": 1,
            **fields,
        }

    def _send(self, method: str, path: str, body: Any, token: str | None = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text) if text else None
        finally:
            connection.close()


def started(home: Path, *options: str, venv: Path = VENV) -> tuple[RealAirflow, subprocess.Popen[str]]:
    """Starts an Airflow in a folder; it ends when the standard input of the process does."""
    if not (venv / "bin" / "airflow").exists():
        pytest.fail("Airflow's environment is missing: run ./scripts/test once, which makes .airflow.", pytrace=False)
    command = [sys.executable, "-m", "tests.airflow.server", "--venv", str(venv), "--home", str(home), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    line = process.stdout.readline()
    if not line:
        pytest.fail(f"Airflow did not start: {process.communicate()[1]}", pytrace=False)
    document = json.loads(line)
    paths = {name: Path(document.pop(name)) for name in ("dags", "files", "home", "venv")}
    return RealAirflow(**document, **paths, process=process), process


def stopped(process: subprocess.Popen[str]) -> None:
    """Ends it, with all that it started."""
    process.communicate(timeout=60)


@dataclass(frozen=True)
class Objects:
    """An S3 server, and the bucket that it has."""

    endpoint: str
    bucket: str
    key: str
    secret: str

    @property
    def url(self) -> str:
        return f"s3://{self.bucket}"

    @property
    def environment(self) -> dict[str, str]:
        """What any client of S3 of this user finds."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    @property
    def options(self) -> dict[str, Any]:
        """What fsspec wants to know."""
        return {"key": self.key, "secret": self.secret, "client_kwargs": {"endpoint_url": self.endpoint}}


@pytest.fixture(scope="session")
def objects() -> Iterator[Objects]:
    """An object store on loopback. It takes any key, so nothing can be learned from it of rights."""
    port = free_port()
    command = [VENV / "bin" / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = Objects(f"http://127.0.0.1:{port}", "pipelines", "a-key", "canary-of-the-store-7d1")
    try:
        deadline = time.monotonic() + 60
        while not _made(port, found.bucket):
            assert process.poll() is None and time.monotonic() < deadline, "moto does not answer"
            time.sleep(0.1)
        yield found
    finally:
        process.terminate()
        process.wait(20)


def _made(port: int, bucket: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("PUT", f"/{bucket}")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAirflow]:
    """A real Airflow of this session of tests."""
    home = tmp_path_factory.mktemp("airflow")
    real, process = started(home)
    try:
        yield real
    finally:
        stopped(process)
        shutil.rmtree(home, ignore_errors=True)
