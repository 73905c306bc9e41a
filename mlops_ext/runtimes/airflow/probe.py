"""The Test of a runtime: step by step what works, and what to do where it does not.

As a program it reads `{"name", "document"}` from standard input and writes a line
of JSON whenever a step changes. Nothing is started in Airflow; what is written to
the delivery and the file store is removed again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from ...errors import MlopsError
from ...secrets import SecretStore
from ..local.reap import become_subreaper, end_below
from ..registry import Runtime, read_runtime
from .client import Airflow

STEPS = ("reach", "version", "sign-in", "rights", "delivery", "files")
NEEDS = {"version": "reach", "sign-in": "version", "rights": "sign-in"}
"""What is not tried when something before it failed; delivery and files depend on nothing."""
TIMEOUT = 10.0


def probe(runtime: Runtime, secrets: SecretStore | None = None) -> Iterator[dict[str, Any]]:
    """A dict whenever a step begins or ends: step, state, message, hint, seconds."""
    store = secrets or SecretStore()
    checks = Checks(runtime, store)
    failed: set[str] = set()
    for step in STEPS:
        if NEEDS.get(step) in failed:
            failed.add(step)
            yield _line(step, "skipped", "Not tried, because a step before it failed.")
            continue
        yield _line(step, "running", "")
        begin = time.monotonic()
        state, message, hint = _run(checks.of(step))
        if state == "failed":
            failed.add(step)
        yield _line(step, state, message, hint, time.monotonic() - begin)


class Checks:
    """One method a step; each answers a sentence or raises an MlopsError."""

    def __init__(self, runtime: Runtime, secrets: SecretStore) -> None:
        self._runtime = runtime
        self._secrets = secrets
        self._airflow: Airflow | None = None

    def of(self, step: str) -> Callable[[], str]:
        """The check of a step."""
        return {
            "reach": self.reach,
            "version": self.version,
            "sign-in": self.sign_in,
            "rights": self.rights,
            "delivery": self.delivery,
            "files": self.files,
        }[step]

    @property
    def airflow(self) -> Airflow:
        """The client; making it reads the file of certificates."""
        if self._airflow is None:
            self._airflow = Airflow(self._runtime, self._secrets, timeout=TIMEOUT)
        return self._airflow

    def reach(self) -> str:
        """Whether something answers."""
        self.airflow.reach()
        return f"{self._runtime.url} answers."

    def version(self) -> str:
        """Whether it is an Airflow 3, and its parts are well."""
        version = self.airflow.version()
        ill = _ill(self.airflow.health())
        return f"It is Airflow {version}." + (f" Airflow says that its {ill} does not work." if ill else "")

    def sign_in(self) -> str:
        """Whether Airflow takes the token."""
        self.airflow.sign_in()
        self.airflow.may_read()
        kinds = {
            "none": "Airflow lets everybody in.",
            "password": f"Signed in as {self._runtime.auth.user}.",
            "token": "Airflow takes the token.",
            "command": "Airflow takes the token that the command prints.",
        }
        return kinds[self._runtime.auth.kind]

    def rights(self) -> str:
        """Whether the user may read, start and pause."""
        self.airflow.import_errors()
        self.airflow.may_trigger()
        self.airflow.may_pause()
        return "The user may read DAGs, start runs and pause DAGs."

    def delivery(self) -> str:
        """Whether DAGs can be written to where Airflow reads them."""
        from . import deliver

        return deliver.probe(self._runtime, self._secrets)

    def files(self) -> str:
        """Whether the file store can be written and read from here."""
        from .files import FileStore

        return FileStore(self._runtime).probe()


def _run(check: Callable[[], str]) -> tuple[str, str, str]:
    try:
        return "ok", check(), ""
    except MlopsError as error:
        return "failed", error.message, error.hint
    except Exception as error:
        # Its text may quote anything; the type is enough to ask somebody who knows.
        return "failed", f"The test met an error that it does not know ({type(error).__name__}).", ""


def _line(step: str, state: str, message: str, hint: str = "", seconds: float = 0.0) -> dict[str, Any]:
    return {"step": step, "state": state, "message": message, "hint": hint, "seconds": round(seconds, 3)}


def _ill(health: dict[str, Any]) -> str:
    """The first part that Airflow itself calls unhealthy."""
    for part in ("metadatabase", "scheduler", "dag_processor"):
        told = health.get(part)
        if isinstance(told, dict) and told.get("status") == "unhealthy":
            return part.replace("_", " ")
    return ""


def _end(*_: object) -> None:
    """Git, or a command that prints a token, has a session of its own and would stay."""
    end_below(os.getpid(), grace=0.2)
    os._exit(143)


def main() -> int:
    """Tests the runtime on standard input; asked to end, it takes with it what it started."""
    become_subreaper()
    signal.signal(signal.SIGTERM, _end)
    asked = json.load(sys.stdin)
    runtime = read_runtime(asked["name"], asked["document"])
    for line in probe(runtime):
        print(json.dumps(line, ensure_ascii=True), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
