"""The Test of a runtime names what is wrong at the step where it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from mlops_ext.runtimes.airflow.probe import STEPS, probe
from mlops_ext.runtimes.registry import Runtime, read_runtime
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow.documents import Make, document
from tests.runtimes.airflow.servers import CANARY, LikeAirflow, self_signed, serving


def ended(runtime: Runtime, secrets: SecretStore) -> dict[str, dict[str, Any]]:
    """The last line of each step; every step that began has ended, in order."""
    lines = list(probe(runtime, secrets))
    last = {line["step"]: line for line in lines}
    assert tuple(last) == STEPS
    for line in last.values():
        assert line["state"] in ("ok", "failed", "skipped") and line["message"].endswith(".")
        assert line["hint"] or line["state"] != "failed", line
    assert "7f3a9c" not in json.dumps(lines, ensure_ascii=False)
    return last


def states(lines: dict[str, dict[str, Any]]) -> list[str]:
    return [lines[step]["state"] for step in STEPS[:4]]


def test_all_is_well_on_the_real_airflow(airflow: Any, secrets: SecretStore) -> None:
    secrets.set("airflow-tests", airflow.password)
    before = sorted(path for folder in (airflow.dags, airflow.files) for path in Path(folder).rglob("*.*"))
    lines = ended(read_runtime("lab", airflow.runtime()), secrets)
    assert {line["state"] for line in lines.values()} == {"ok"}, lines
    after = sorted(path for folder in (airflow.dags, airflow.files) for path in Path(folder).rglob("*.*"))
    assert [path for path in after if "mlops" in path.name] == [path for path in before if "mlops" in path.name]


def test_a_viewer_and_a_wrong_password(airflow: Any, secrets: SecretStore) -> None:
    secrets.set("airflow-tests", airflow.password)
    auth = {"kind": "password", "user": airflow.viewer, "secret": "airflow-tests"}
    lines = ended(read_runtime("lab", airflow.runtime(auth=auth)), secrets)
    assert states(lines) == ["ok", "ok", "ok", "failed"]
    assert lines["rights"]["message"] == "The user may not start runs."
    secrets.set("airflow-tests", CANARY)
    lines = ended(read_runtime("lab", airflow.runtime()), secrets)
    assert states(lines) == ["ok", "ok", "failed", "skipped"]
    assert "refused the password" in lines["sign-in"]["message"]


def test_what_cannot_work(secrets: SecretStore, make: Make, tmp_path: Path) -> None:
    assert states(ended(make("http://127.0.0.1:9"), secrets)) == ["failed", "skipped", "skipped", "skipped"]
    with serving(LikeAirflow(), self_signed(tmp_path)) as server:
        lines = ended(make(server.url), secrets)
        assert states(lines)[0] == "failed" and "self-signed" in lines["reach"]["message"]
    with serving(lambda asked: asked.reply(200, b"<html>")) as server:
        assert states(ended(make(server.url), secrets)) == ["ok", "failed", "skipped", "skipped"]
    lines = ended(make("http://127.0.0.1:9"), secrets)
    assert (lines["delivery"]["state"], lines["files"]["state"]) == ("failed", "failed")


def test_as_a_program(secrets: SecretStore) -> None:
    with serving(LikeAirflow()) as server:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "mlops_ext.runtimes.airflow.probe"],
            input=json.dumps({"name": "lab", "document": document(server.url)}).encode(),
            capture_output=True,
            timeout=60,
        )
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["state"] for line in lines if line["step"] == "sign-in"] == ["running", "ok"]
