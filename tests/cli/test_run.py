"""`mlops run` and what looks after runs, as people and scripts use them."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.cli.conftest import Done, command
from tests.handlers.served import conforms, listed_conforms, notebook, record_run

Mlops = Callable[..., Done]


def keys(document: Any) -> set[str]:
    return set(document)


def test_a_run_is_waited_for_and_answered(project: Path, mlops: Mlops) -> None:
    done = mlops("run", "p.pipeline", "-p", "word=größer = b", "-p", "count=3", "--json")
    assert done.code == 0, done.err
    run = done.json
    assert run["parameters"] == {"word": "größer = b", "count": 3}
    assert run["state"] == "succeeded"
    conforms(run, "run.v1")
    assert keys(run) >= set(
        "version id pipeline pipeline_sha256 runtime mode state parameters created started finished seconds source "
        "directory error nodes".split()
    )
    assert keys(run["nodes"]["first"]) >= set(
        "type state reason reused reused_from attempts seconds results outputs notebook log error".split()
    )
    assert run["nodes"]["first"]["results"] == {"rows": 3}
    assert re.search(r"✓ first +\d+\.\d s\n✓ second +\d+\.\d s\n✓ Succeeded in \d+\.\d s\n", done.err), done.err

    assert mlops("show", run["id"], "--json").json == run
    assert mlops("show", run["id"][:6], "--json").json == run
    people = mlops("show", run["id"][:6])
    assert "rows = 3" in people.out and 'word = "größer = b"' in people.out

    listed = mlops("runs", "--pipeline", "p.pipeline", "--state", "succeeded", "--limit", "3", "--json").json
    assert [entry["id"] for entry in listed["runs"]] == [run["id"]]
    listed_conforms(listed)
    assert mlops("runs", "--state", "failed", "--json").json["runs"] == []
    assert run["id"][:8] in mlops("runs").out

    log = mlops("log", run["id"][:6], "first")
    assert log.out == "first says größer = b\n"
    again = mlops("cancel", run["id"][:6])
    assert (again.code, again.out) == (0, f"Run {run['id'][:8]} had already ended: succeeded.\n")
    assert mlops("delete", run["id"][:6], "--json").json == {"version": 1, "id": run["id"], "deleted": True}
    gone = mlops("show", run["id"])
    assert gone.code == 2 and "There is no run" in gone.err


def test_what_fails_is_explained(project: Path, mlops: Mlops) -> None:
    (project / "bad.ipynb").write_text(json.dumps(notebook("ages = {}", "print('before')\nages['age']")))
    nodes = {"bad": {"type": "notebook", "path": "bad.ipynb"}, "after": {"type": "script", "path": "second.sh"}}
    document = {"version": 1, "nodes": nodes, "edges": [{"from": "bad", "to": "after"}]}
    (project / "bad.pipeline").write_text(json.dumps(document))
    done = mlops("run", "bad.pipeline")
    assert done.code == 1
    assert done.err == ""
    assert "\x1b" not in done.out
    assert re.search(r"✗ bad +failed after \d+\.\d s", done.out)
    assert re.search(r"○ after +skipped: a node before it did not succeed", done.out)
    assert "bad failed (cell 2): KeyError: 'age'" in done.out
    assert "| KeyError: 'age'" in done.out and "[cell 1 of 2]" not in done.out
    shown = re.search(r"  (mlops log \w{8} bad)", done.out)
    assert shown is not None
    assert "KeyError" in mlops(*shown[1].split()[1:]).out


def test_interrupting_leaves_the_run_going(project: Path, mlops: Mlops) -> None:
    started = subprocess.Popen(
        command("run", "p.pipeline", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PAUSE": "3"},
    )
    assert started.stderr is not None
    first = started.stderr.readline().decode()
    time.sleep(0.5)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=20)
    assert started.returncode == 130
    assert out == b""
    run_id = re.search(r"The run goes on: ([0-9a-f]{32})", err.decode())
    assert run_id is not None and run_id[1].startswith(first.split()[1])
    assert mlops("show", run_id[1], "--json").json["state"] in ("queued", "running")
    followed = mlops("log", run_id[1], "second", "--follow")
    assert followed.out == "second\n"
    assert mlops("show", run_id[1], "--json").json["state"] == "succeeded"


def test_cancelling_ends_it(project: Path, mlops: Mlops) -> None:
    done = mlops("run", "p.pipeline", "--detach", PAUSE="60")
    run_id = done.out.strip()
    assert re.fullmatch("[0-9a-f]{32}", run_id) and done.err == ""
    busy = mlops("delete", run_id)
    assert busy.code == 2 and "has not ended yet" in busy.err
    cancelled = mlops("cancel", run_id, "--json")
    assert (cancelled.code, cancelled.json["state"]) == (0, "cancelled")


def test_detached_with_json(project: Path, mlops: Mlops) -> None:
    run = mlops("run", "p.pipeline", "--detach", "--json").json
    assert run["state"] in ("queued", "running")


def test_on_a_terminal_it_is_coloured_and_alive(project: Path) -> None:
    def on_terminal(**environment: str) -> str:
        controller, terminal = pty.openpty()
        process = subprocess.Popen(
            command("run", "p.pipeline"),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env={**os.environ, "PAUSE": "1", "TERM": "xterm", **environment},
        )
        os.close(terminal)
        text = b""
        try:
            while piece := os.read(controller, 4096):
                text += piece
        except OSError:
            pass  # how a terminal says that nobody writes any more
        os.close(controller)
        assert process.wait() == 0, text.decode()
        return text.decode()

    text = on_terminal()
    assert "\x1b[32m✓\x1b[0m first" in text
    assert "second 0 s" in text and "\r\x1b[2K" in text
    plain = on_terminal(NO_COLOR="1")
    assert "✓ first" in plain and "\x1b[32m" not in plain


def test_ids_are_found_from_anywhere(project: Path, mlops: Mlops, own_state: Path) -> None:
    ids = [record_run(project) for _ in range(3)]
    elsewhere = own_state / "elsewhere"
    elsewhere.mkdir()
    os.chdir(elsewhere)
    assert mlops("show", ids[0], "--json").json["id"] == ids[0]
    assert mlops("show", ids[1][:10], "--json").json["id"] == ids[1]
    assert len(mlops("runs", "--json").json["runs"]) == 3
    for text in ("", "zzz", "0" * 32, "'; DROP TABLE runs"):
        missing = mlops("show", text)
        assert missing.code == 2 and "There is no run" in missing.err
    with Store.open(find_workspace(project / "p.pipeline")) as store:
        found = {run["id"] for run in store.runs()[0]}
    first = {run_id[0] for run_id in found}
    if len(first) < len(found):
        shared = next(letter for letter in first if sum(run_id[0] == letter for run_id in found) > 1)
        several = mlops("show", shared)
        assert several.code == 2 and "Several runs begin with" in several.err
