"""A real Airflow on loopback, in a folder of its own.

    python -m tests.airflow.server --venv .airflow --home FOLDER

prints one line of JSON when everything is healthy: where it listens, who may
sign in, the folders. It stops when its standard input ends or on SIGTERM, so
it never outlives who started it; the lines `stop` and `start` there stop and start
its parts, and are answered when that is done. API server, scheduler and processor of DAGs
run as processes of their own, because `airflow standalone` listens on all
interfaces.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from mlops_ext.runtimes.local import reap

USERS = ("admin", "viewer")
FORBIDDEN_TAG = "forbidden"
POLICY = f"""from airflow.exceptions import AirflowClusterPolicyViolation


def dag_policy(dag):
    if {FORBIDDEN_TAG!r} in dag.tags:
        raise AirflowClusterPolicyViolation("This site forbids the tag.")
"""
"""A rule of this Airflow's owner: DAGs with the tag are not imported."""
PARTS = ("metadatabase", "scheduler", "dag_processor")
START_SECONDS = 180.0


class Server:
    """The processes of one Airflow, and what others need to speak with it."""

    def __init__(self, venv: Path, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self.venv, self.home = venv.absolute(), home.absolute()
        self.dags, self.files, self.logs = (self.home / name for name in ("dags", "files", "run"))
        for folder in (self.dags, self.files, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        (self.home / "config").mkdir(exist_ok=True)
        (self.home / "config" / "airflow_local_settings.py").write_text(POLICY, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("object_bundle.py"), self.home / "config")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.password = secrets.token_urlsafe(12)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        passwords = self.home / "passwords.json"
        passwords.write_text(json.dumps(dict.fromkeys(USERS, self.password)), encoding="utf-8")
        self.environment = self._environment({**self._settings(passwords), **(settings or {})})

    def _settings(self, passwords: Path) -> dict[str, str]:
        return {
            "API__BASE_URL": self.url,
            "API__SECRET_KEY": secrets.token_hex(32),
            "API__WORKERS": "1",
            "API_AUTH__JWT_SECRET": secrets.token_hex(64),
            "CORE__DAGS_FOLDER": str(self.dags),
            "CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "CORE__LOAD_EXAMPLES": "False",
            "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "1",
            "CORE__PARALLELISM": "4",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{user}" for user in USERS),
            "DAG_PROCESSOR__BUNDLE_REFRESH_CHECK_INTERVAL": "1",
            "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps(self._bundles()),
            "DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(self.home / "bundles"),
            "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "2",
            "DAG_PROCESSOR__PARSING_PROCESSES": "1",
            "DAG_PROCESSOR__REFRESH_INTERVAL": "2",
            "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home}/airflow.db",
            # What may not be logged is not logged at the level that tells all.
            "LOGGING__LOGGING_LEVEL": "DEBUG",
            # What a scheduler that was killed has left is taken on soon, not after five minutes.
            "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
            "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
            "USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def _bundles(self) -> list[dict[str, Any]]:
        """A folder, and an object store as soon as its address lies in objects.json."""
        return [
            {
                "name": "dags-folder",
                "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
                "kwargs": {"path": str(self.dags)},
            },
            {
                "name": "objects",
                "classpath": "object_bundle.ObjectBundle",
                "kwargs": {"told": str(self.home / "objects.json")},
            },
        ]

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "MLOPS", "PYTHON", "VIRTUAL_ENV"))
            and not name.lower().endswith("_proxy")
        }
        kept["PATH"] = f"{self.venv / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        return {
            **kept,
            "AIRFLOW_HOME": str(self.home),
            **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        }

    def document(self) -> dict[str, str]:
        """What the one line says."""
        user, viewer = USERS
        return {
            "url": self.url,
            "user": user,
            "password": self.password,
            "viewer": viewer,
            "dags": str(self.dags),
            "files": str(self.files),
            "home": str(self.home),
            "venv": str(self.venv),
        }

    def prepare(self) -> None:
        """Makes the database."""
        if self._run("migrate", "db", "migrate").wait() != 0:
            raise self._failed("migrate")
        if (self.home / "airflow.db").exists():
            with closing(sqlite3.connect(self.home / "airflow.db")) as database:
                # Its parts read and write at once; in this mode readers don't wait for the one who writes.
                database.execute("PRAGMA journal_mode = WAL")

    def start(self) -> None:
        """Returns when all parts are healthy; raises RuntimeError with the end of a log."""
        self._processes = {
            "api": self._run("api", "api-server", "--host", "127.0.0.1", "--port", str(self.port)),
            "scheduler": self._run("scheduler", "scheduler", "--skip-serve-logs"),
            "processor": self._run("processor", "dag-processor"),
        }
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            for name, process in self._processes.items():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise self._failed(name)
            time.sleep(0.2)

    def _run(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [self.venv / "bin" / "airflow", *arguments],
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/v2/monitor/health")
            health = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()
        return all(health[part]["status"] == "healthy" for part in PARTS)

    def _failed(self, name: str) -> RuntimeError:
        text = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return RuntimeError(f"Airflow's {name} did not start:\n{text[-4000:]}")

    def stop(self) -> None:
        """Ends the processes, and what they started and lost."""
        for number, seconds in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
            living = [process for process in self._processes.values() if process.poll() is None]
            for process in living:
                os.killpg(process.pid, number)
            deadline = time.monotonic() + seconds
            while any(process.poll() is None for process in living) and time.monotonic() < deadline:
                time.sleep(0.05)
        # A task leads a session of its own; only this Airflow has this home.
        reap.end(reap.marked([{"AIRFLOW_HOME": str(self.home)}], reap.table()), grace=1.0)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _obey(server: Server, ended: threading.Event) -> None:
    """Does what the lines of standard input say, until it ends."""
    orders: dict[bytes, Callable[[], None]] = {b"stop": server.stop, b"start": server.start}
    rest = b""
    # By number: the lock of `sys.stdin` would be missed when the interpreter ends.
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            orders[line]()
            print(line.decode("ascii"), flush=True)
    ended.set()


def main() -> int:
    """Serves until nobody wants it any more."""
    parser = argparse.ArgumentParser(description="Starts a real Airflow on loopback.")
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], metavar="SECTION__KEY=VALUE")
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    server = Server(arguments.venv, arguments.home, dict(text.split("=", 1) for text in arguments.set))
    try:
        server.prepare()
        server.start()
        print(json.dumps(server.document()), flush=True)
        threading.Thread(target=_obey, args=(server, ended), daemon=True).start()
        ended.wait()
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
