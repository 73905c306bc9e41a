"""Errors are problem documents."""

from __future__ import annotations

import errno
import inspect
import os
import sqlite3
from pathlib import Path

import pytest

from mlops_ext import errors, schema
from mlops_ext.errors import Conflict, InvalidPipeline, MlopsError, of_disk
from mlops_ext.model import Issue

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, MlopsError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_problem(kind: type[MlopsError]) -> None:
    issue = Issue("error", "cycle", "/nodes/a", "a", "It goes round.", "Stop it.", ("a", "b"))
    error = kind([issue]) if issubclass(kind, InvalidPipeline) else kind("It is wrong.", "Do it right.")
    problem = error.problem()
    assert schema.check(problem, "problem.v1") == []
    assert problem["status"] == kind.status
    assert problem["code"] == kind.code
    assert str(error) == problem["detail"]
    assert f"{kind.__name__} {kind.status}" in (errors.__doc__ or "")


def test_places_and_codes() -> None:
    problem = Conflict("m", "h", code="changed-on-disk", pointer="/x", node="n").problem()
    assert (problem["code"], problem["pointer"], problem["node"], problem["issues"]) == (
        "changed-on-disk",
        "/x",
        "n",
        None,
    )


def test_invalid_pipeline_speaks_of_its_first_error() -> None:
    warning = Issue("warning", "schema", "/a", None, "Warned.")
    first = Issue("error", "schema", "/b", "n", "First.", "Hint.")
    error = InvalidPipeline([warning, first, Issue("error", "schema", "/c", None, "Second.")])
    assert (error.message, error.hint, error.pointer, error.node) == ("First. (1 more)", "Hint.", "/b", "n")
    assert InvalidPipeline([]).message == "The pipeline has errors."
    assert InvalidPipeline([warning]).message == "Warned."
    assert InvalidPipeline([first], "Not now.", "Later.").message == "Not now."


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk-full"), (errno.EIO, "disk-error"), (errno.EROFS, "disk-error")]
)
def test_what_the_disk_refuses(number: int, code: str) -> None:
    told = of_disk(OSError(number, os.strerror(number)))
    assert told is not None and (told.code, told.status) == (code, 503) and told.hint


def test_what_the_disk_refuses_sqlite(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "none" / "x.sqlite")
    assert getattr(of_disk(caught.value), "code", None) == "disk-error"
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("CREATE TABLE t (x)")
    assert getattr(of_disk(caught.value), "code", None) == "disk-full"
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nonsense")
    assert of_disk(caught.value) is None and of_disk(FileNotFoundError(2, "x")) is None and of_disk(None) is None
    connection.close()
