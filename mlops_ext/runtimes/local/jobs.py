"""What engine and worker say to each other: a job, reports, an outcome.

One JSON document a line: the job and orders on the worker's standard input,
reports on a pipe. The end of the input means that the engine is gone; the end of
the reports without an outcome, that the worker is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PROGRESS_SECONDS = 0.2
_PATHS = ("folder", "source", "original", "cwd", "workspace", "state", "scratch")


@dataclass(frozen=True)
class Job:
    """One attempt, with all that a worker needs to know; paths are absolute."""

    run: str
    node: str
    attempt: int
    type: str
    path: str
    """The node's file as people name it."""
    folder: Path
    """Where everything of the attempt is written."""
    source: Path
    """The snapshot of the node's file."""
    original: Path
    """Where that file lies, or would lie, for the code in it."""
    cwd: Path
    scratch: Path
    """For the sockets of its kernel; need not exist."""
    kernel: str | None
    parameters: Mapping[str, Any]
    env: Mapping[str, str]
    own_env: Sequence[str]
    """Names of what of it is the node's own."""
    secrets: Sequence[str]
    """Values that must not be shown."""
    warm: str = ""
    """The interpreter whose kernels the worker's keeper can fork."""
    workspace: Path = Path()
    state: Path = Path()
    """Where what is remembered of the workspace lies; on a worker elsewhere there is none."""

    @property
    def notebook(self) -> Path:
        """The executed notebook."""
        return self.folder / "notebook.ipynb"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def results_file(self) -> Path:
        return self.folder / "results.jsonl"

    @property
    def parameters_file(self) -> Path:
        return self.folder / "parameters.json"

    @property
    def marks(self) -> dict[str, str]:
        """The variables by which its processes are found."""
        return {"MLOPS_RUN_ID": self.run, "MLOPS_NODE": self.node, "MLOPS_ATTEMPT": str(self.attempt)}

    def line(self) -> bytes:
        """The job as a line for the worker."""
        return _line({key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()})

    def shown(self) -> dict[str, Any]:
        """What may be kept of it on the disk: no values of variables, no secrets."""
        document = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}
        for key in ("secrets", "own_env", "warm", "scratch", "workspace", "state"):
            del document[key]
        document["env"] = list(self.own_env)
        return document

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Job:
        """The job from what `line` wrote."""
        paths = {key: Path(document[key]) for key in _PATHS}
        return cls(**{**document, **paths})


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    state: str
    """succeeded or failed."""
    reason: str | None = None
    error: Mapping[str, Any] | None = None
    results: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Outcome:
        return cls(**document)


def error_document(
    code: str, message: str, hint: str = "", *, cell: int | None = None, exit_code: int | None = None
) -> dict[str, Any]:
    """An error as runs and nodes tell it. `cell` counts the code cells of the source from 1."""
    return {"code": code, "message": message, "hint": hint, "cell": cell, "exit_code": exit_code}


def failure(
    code: str,
    message: str,
    hint: str = "",
    *,
    cell: int | None = None,
    exit_code: int | None = None,
    reason: str = "error",
    results: Mapping[str, Any] | None = None,
) -> Outcome:
    """An outcome for what went wrong."""
    return Outcome(
        "failed", reason, error_document(code, message, hint, cell=cell, exit_code=exit_code), dict(results or {})
    )


class Reports:
    """The worker's side of the pipe to the engine."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._last = 0.0

    def send(self, **document: Any) -> None:
        """Tells the engine; if it is gone, the end of the input will say so."""
        data = _line(document)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            return

    def progress(self, cell: int, cells: int) -> None:
        """Tells in which cell it is; not more often than anybody can look."""
        now = time.monotonic()
        if now - self._last >= PROGRESS_SECONDS or cell == cells:
            self._last = now
            self.send(cell=cell, cells=cells)


def _line(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"
