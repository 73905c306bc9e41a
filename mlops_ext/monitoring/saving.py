"""Writes a monitor file, if the one on the disk is the one that the writer has seen."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import BadRequest, Conflict, Unavailable
from ..model import Json
from ..paths import Workspace, confine
from .document import written
from .files import issues_of


def save(workspace: Workspace, path: str, document: dict[str, Json], seen: str | None) -> dict[str, Any]:
    """Writes the canonical bytes; answers their hash and what is still wrong with the document."""
    file = confine(workspace.folder, workspace.folder, path)
    if not file.parent.is_dir():
        raise BadRequest(f"There is no folder {path.rpartition('/')[0]}.", "Make it first.", code="missing-file")
    data = written(document)
    try:
        before = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None
        if before != seen:
            raise Conflict(
                f"{file.name} has changed on disk since you looked at it."
                if seen
                else f"{file.name} is there already.",
                "Open it to see what is there.",
                code="changed-on-disk",
            )
        _replace(file, data)
    except OSError as error:
        raise Unavailable(f"{file.name} cannot be written: {error.strerror}.", "Check its permissions.") from None
    issues = issues_of(workspace, path, data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "issues": [one.json() for one in issues]}


def _replace(file: Path, data: bytes) -> None:
    descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        if file.exists():
            shutil.copymode(file, partial)
        else:
            os.chmod(partial, 0o644)
        os.replace(partial, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)
        raise
