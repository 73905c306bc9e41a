"""`mlops monitor`: what it answers, with which exit code, and that it says what the screen says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import command as command_line
from tests.monitoring.watched import batch, document, labels, write_monitor

Called = Callable[..., Any]
KEYS = "version monitor id key reused batch model baseline rows labelled status metrics alert error".split()
METRIC = "check kind measure column group value baseline p q threshold sample verdict reason".split()


@pytest.fixture
def watched(project: Path) -> Path:
    write_monitor(project)
    batch(project, 1)
    batch(project, 2)
    return project


def test_evaluate_answers_the_document(watched: Path, called: Called) -> None:
    labels(watched, 2, right=False)
    done = called("monitor", "evaluate", "m.monitor", "--json")
    assert done.code == 0
    assert [key for key in KEYS if key not in done.json] == []
    assert done.json["batch"] == "scored/02.csv" and done.json["status"] == "alert"
    assert list(done.json["metrics"][0]) == METRIC
    assert done.json["alert"]["opened_now"] and done.json["alert"]["state"] == "open"
    again = called("monitor", "evaluate", "m.monitor", "--json", "--fail-on", "alert")
    assert again.code == 1 and again.json["reused"] and not again.json["alert"]["opened_now"]
    every = called("monitor", "evaluate", "m.monitor", "--all", "--json")
    lines = [json.loads(line) for line in every.out.splitlines()]
    assert [line["batch"] for line in lines] == ["scored/01.csv", "scored/02.csv"]
    assert [line["reused"] for line in lines] == [False, True]
    told = called("monitor", "evaluate", "m.monitor", "--batch", "scored/01.csv")
    assert told.code == 0 and "has no labels yet: 20 rows (known already)" in told.out


def test_evaluate_tells_what_cannot_be(watched: Path, called: Called) -> None:
    (watched / "reference.csv").write_bytes(b"\x00\xff")
    done = called("monitor", "evaluate", "m.monitor", "--json")
    assert done.code == 1 and done.json["status"] == "error" and done.json["error"]["message"]
    done = called("monitor", "evaluate", "none.monitor", "--json")
    assert done.code == 2 and done.json["code"] == "missing-file"
    done = called("monitor", "evaluate", "m.monitor", "--batch", "x", "--json")
    assert done.code == 2 and done.json["code"] == "unknown-batch"
    (watched / "m.monitor").write_text(json.dumps({**document(), "problem": "odd"}))
    done = called("monitor", "evaluate", "m.monitor", "--json")
    assert done.code == 2 and done.json["issues"][0]["pointer"] == "/problem"
    assert called("monitor", "evaluate", "p.pipeline").code == 2


def test_validate_takes_monitors_and_pipelines(watched: Path, called: Called) -> None:
    for command in (("validate",), ("monitor", "validate")):
        done = called(*command, "m.monitor", "p.pipeline", "--json")
        assert done.code == 0 and [file["valid"] for file in done.json["files"]] == [True, True]
        assert [file["format"] for file in done.json["files"]] == ["mlops-1", "mlops-1"]
    (watched / "m.monitor").write_text('{"version": 1}')
    done = called("validate", "m.monitor")
    assert done.code == 2 and "The monitor lacks" in done.out


def test_an_alert_from_status_to_decision(watched: Path, called: Called) -> None:
    assert called("monitor", "status", "--json").json["monitors"][0]["status"] is None
    assert "was not evaluated yet" in called("monitor", "status").out
    labels(watched, 2, right=False)
    called("monitor", "evaluate", "m.monitor")
    [summary] = called("monitor", "status", "m.monitor", "--json").json["monitors"]
    assert summary["status"] == "alert" and summary["alert"]["state"] == "open" and summary["path"] == "m.monitor"
    assert "alerts (scored/02.csv)" in called("monitor", "status").out
    [alert] = called("monitor", "alerts", "--json").json["alerts"]
    assert alert["name"] == "churn" and alert["decisions"] == []

    for wrong, code in (
        (("--action", "explode", "--comment", "x"), 2),
        (("--action", "dismiss", "--comment", " "), 2),
        (("--action", "dismiss"), 2),
    ):
        assert called("monitor", "decide", alert["id"], *wrong).code == code
    short = alert["id"][:6]
    done = called("monitor", "decide", short, "--action", "dismiss", "--comment", "A strike", "--json")
    assert done.code == 0 and done.json["state"] == "dismissed"
    assert done.json["decisions"][0]["origin"] == "cli" and done.json["decisions"][0]["comment"] == "A strike"
    late = called("monitor", "decide", alert["id"], "--action", "accept", "--comment", "x", "--json")
    assert late.code == 2 and late.json["code"] == "decided-already"
    assert called("monitor", "alerts").out.startswith("No alert waits")
    assert "A strike" in called("monitor", "alerts", "--state", "all").out
    assert called("monitor", "alerts", "--state", "dismissed", "--json").json["alerts"][0]["id"] == alert["id"]
    assert called("monitor", "alerts", "--state", "odd").code == 2
    assert called("monitor", "decide", "0" * 32, "--action", "dismiss", "--comment", "x").code == 2
    [line] = (watched / "m.decisions.jsonl").read_text().splitlines()
    assert json.loads(line)["comment"] == "A strike"


def test_of_two_commands_at_once_one_decides_and_the_other_is_told(watched: Path, called: Called) -> None:
    labels(watched, 2, right=False)
    called("monitor", "evaluate", "m.monitor")
    [alert] = called("monitor", "alerts", "--json").json["alerts"]
    asked = {"retrain": "It is old.", "dismiss": "It was a strike."}
    processes = [
        subprocess.Popen(
            command_line("monitor", "decide", alert["id"], "--action", action, "--comment", comment, "--json"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for action, comment in asked.items()
    ]
    answers = [(json.loads(process.communicate(timeout=60)[0]), process.returncode) for process in processes]
    assert sorted(code for _, code in answers) == [0, 2]
    (won, _), (lost, _) = sorted(answers, key=lambda answer: answer[1])
    [decision] = won["decisions"]
    assert lost["code"] == "decided-already"
    words = {"retrain": "to retrain", "dismiss": "to dismiss it"}[decision["action"]]
    assert decision["user"] in lost["detail"] and decision["at"] in lost["detail"] and words in lost["detail"]
    [known] = called("monitor", "alerts", "--state", "all", "--json").json["alerts"]
    assert known["decisions"] == [decision] and decision["comment"] == asked[decision["action"]]
    assert len((watched / "m.decisions.jsonl").read_text().splitlines()) == 1
    assert len(called("runs", "--json").json["runs"]) == (1 if decision["action"] == "retrain" else 0)
