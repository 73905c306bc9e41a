"""`mlops runtime`: documents from files, standard input and questions; the Test on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.cli.conftest import Done, command
from tests.handlers.served import conforms
from tests.runtimes.airflow.documents import document
from tests.runtimes.airflow.servers import CANARY, LikeAirflow, serving

Mlops = Callable[..., Done]


def test_added_listed_shown_and_removed(project: Path, called: Mlops) -> None:
    text = json.dumps(document("https://h", description="For real"))
    (project / "r.json").write_text(text)
    assert called("runtime", "add", "prod", "--from", "r.json").code == 0
    kept = called("runtime", "add", "other", "--from", "-", "--json", stdin=text)
    assert kept.code == 0
    conforms(kept.json, "runtime.v1")
    assert called("runtime", "show", "prod", "--json").json == called("runtime", "show", "prod").json == kept.json
    (Registry().folder / "bad.json").write_text("{")
    listed = called("runtime", "list", "--json").json["runtimes"]
    assert [(entry["name"], entry["kind"], entry["url"]) for entry in listed] == [
        ("local", "local", None),
        ("bad", "airflow", None),
        ("other", "airflow", "https://h"),
        ("prod", "airflow", "https://h"),
    ]
    conforms(listed[1]["error"], "problem.v1")
    people = called("runtime", "list").out
    assert "local  this machine\nbad    damaged" in people and "prod   https://h     For real\n" in people
    assert called("runtime", "remove", "prod", "--json").json == {"version": 1, "name": "prod", "removed": True}
    again = called("runtime", "remove", "prod", "--json")
    assert (again.code, again.json["code"]) == (2, "unknown-runtime")


def test_what_is_refused(project: Path, called: Mlops) -> None:
    (project / "wrong.json").write_text(json.dumps({**document(), "surprise": 1}))
    (project / "broken.json").write_text("{")
    for arguments, code in (
        (("add", "a", "--from", "wrong.json"), "invalid-runtime"),
        (("add", "a", "--from", "broken.json"), "bad-json"),
        (("add", "a", "--from", "none.json"), "missing-file"),
        (("add", "a", "--from", "."), "bad-request"),
        (("add", "local", "--from", "wrong.json"), "bad-request"),
        (("add", "a"), "bad-request"),
        (("show", "none"), "unknown-runtime"),
        (("test", "local"), "bad-request"),
        (("remove", "local"), "bad-request"),
        (("remove", "../x"), "unknown-runtime"),
    ):
        done = called("runtime", *arguments, "--json")
        assert (done.code, done.json["code"]) == (2, code), (arguments, done)
        assert done.err
    assert not Registry().folder.exists()


def test_the_test(project: Path, called: Mlops) -> None:
    SecretStore().set("pass", CANARY)
    with serving(LikeAirflow()) as server:
        Registry().save("lab", document(server.url))
        people = called("runtime", "test", "lab")
        answered = called("runtime", "test", "lab", "--json")
    assert (people.code, answered.code, answered.json["ok"]) == (1, 1, False)
    assert "✓ version   It is Airflow 3.3.2." in people.out and "✗ delivery" in people.out
    assert [step["step"] for step in answered.json["steps"]][:3] == ["reach", "version", "sign-in"]
    assert "7f3a9c" not in people.out + people.err + answered.out + answered.err


def test_by_questions(project: Path) -> None:
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        command("runtime", "add", "lab"), stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    )
    os.close(terminal)
    text = b""

    def until(words: bytes) -> None:
        nonlocal text
        deadline = time.monotonic() + 20
        while words not in text:
            assert time.monotonic() < deadline, text
            text += os.read(controller, 4096)

    for question, given in (
        (b"URL of Airflow", b"http://h:8080"),
        (b"Sign in with", b"magic"),
        (b"(password, token, command, none) [password]: magic", b""),
        (b"User", b"ci"),
        (b"Deliver DAGs by", b"folder"),
        (b"reads DAGs from", b"/srv/dags"),
        (b"Where files pass", b"file:///srv/files"),
        (b"Password: ", CANARY.encode()),
    ):
        until(question)
        time.sleep(0.1)
        os.write(controller, given + b"\n")
    until(b"The runtime lab is kept.")
    assert process.wait(20) == 0
    os.close(controller)
    assert b"7f3a9c" not in text
    assert SecretStore().get("lab").reveal() == CANARY
    kept = Registry().get("lab").document()
    assert kept["auth"] == {"kind": "password", "user": "ci", "secret": "lab"}
    assert "7f3a9c" not in (Registry().folder / "lab.json").read_text()
