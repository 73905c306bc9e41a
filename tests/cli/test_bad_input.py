"""Bad input on the command line: a sentence at the right node, and an exit code that says whose turn it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.handlers.badinput import FAILS, REFUSED, write

from .conftest import Done

Mlops = Callable[..., Done]


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(project: Path, called: Mlops, what: str) -> None:
    bad = REFUSED[what]
    write(project, bad)
    given = [part for name, value in bad.parameters.items() for part in ("-p", f"{name}={value}")]
    done = called("run", "bad.pipeline", *given)
    assert (done.code, done.out) == (2, "")
    assert bad.words in done.err
    assert not (project / ".mlops").exists(), "nothing was recorded"
    if not bad.parameters:
        assert f"bad.pipeline:{bad.pointer}: error: " in done.err
        (file,) = called("validate", "bad.pipeline", "--json").json["files"]
        found = {(issue["code"], issue["pointer"]) for issue in file["issues"]}
        assert (bad.code, bad.pointer) in found and not file["valid"]


@pytest.mark.parametrize("what", FAILS)
def test_what_fails_when_it_runs(project: Path, mlops: Mlops, what: str) -> None:
    bad = FAILS[what]
    write(project, bad)
    done = mlops("run", "bad.pipeline")
    assert (done.code, done.err) == (1, "")
    (run,) = mlops("runs", "--json").json["runs"]
    error = mlops("show", run["id"], "--json").json["nodes"]["load"]["error"]
    assert (error["code"], error["cell"]) == (bad.code, 1)
    assert bad.words in error["message"]
    assert "load failed (cell 1): " in done.out and bad.words in done.out
    assert not (project / "reached").exists()


def test_a_file_that_is_no_pipeline(project: Path, called: Mlops) -> None:
    (project / "bad.pipeline").write_text('{"version": 1, "nodes": {,}}')
    done = called("run", "bad.pipeline", "--json")
    assert done.code == 2
    assert json.loads(done.out)["issues"][0]["message"].startswith("Line 1, column 26: ")
