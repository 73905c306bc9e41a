"""Fixtures of the command line's tests."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import cli
from mlops_ext.paths import find_workspace
from tests.handlers.served import end_engine, own_state, write_pipeline

__all__ = ["own_state"]


@dataclass(frozen=True)
class Done:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def command(*arguments: str) -> list[str]:
    """The command line that starts `mlops`."""
    return [sys.executable, "-P", "-m", "mlops_ext.cli", *arguments]


@pytest.fixture
def project(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a pipeline, in which the test stands; its engine is gone in the end."""
    monkeypatch.setenv("HOME", str(own_state / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    folder = own_state / "project"
    pipeline = write_pipeline(folder)
    monkeypatch.chdir(folder)
    yield folder
    workspace = find_workspace(pipeline)
    if workspace.lock.exists():
        end_engine(workspace)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Runs a command to its end in this process, which is quicker."""

    def called(*arguments: str, stdin: str = "") -> Done:
        out, err, given = (io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline="") for text in ("", "", stdin))
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", given)
            patched.setattr(sys, "stdout", out)
            patched.setattr(sys, "stderr", err)
            code = cli.main(arguments)
        texts = []
        for stream in (out, err):
            stream.flush()
            stream.seek(0)
            texts.append(stream.read())
        return Done(code, *texts)

    return called


@pytest.fixture
def mlops() -> Callable[..., Done]:
    """Runs a command to its end."""

    def mlops(*arguments: str, stdin: str = "", **environment: str) -> Done:
        done = subprocess.run(
            command(*arguments),
            input=stdin.encode(),
            capture_output=True,
            env={**os.environ, **environment},
            timeout=60,
        )
        result = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback (most recent call last)" not in result.err, result.err
        return result

    return mlops
