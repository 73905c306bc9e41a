"""Whose a delivered pipeline is.

The name of a DAG comes from its pipeline's path in the workspace, so two projects that
share an Airflow may give theirs the same, and the one would silently run the other's.
A small file beside the DAG says from which project it came: who comes from another one
is refused. It is no part of the DAG or its package, whose bytes are the same wherever
they are made.

A project is known by a random id that its workspace keeps, and, so that all clones of
one repository are the same project, by where it was cloned from.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import Conflict
from ...issues import show
from ...paths import Workspace
from ...provenance import repository_of

NAME = "origin.json"
LIMIT = 64 * 1024
Read = Callable[[str], bytes | None]
"""Reads a delivered file by its path; None if there is none."""


@dataclass(frozen=True)
class Origin:
    """The project that delivers."""

    project: str
    """The name of its folder, for people."""
    workspace: str
    repository: str | None

    def marked(self, dag_id: str, read: Read) -> Mapping[str, bytes]:
        """What is to be written beside a DAG so that it is ours; Conflict if it is another project's."""
        path = f"{dag_id}/{NAME}"
        data = read(path)
        if not data:
            return {path: self._document()}
        found = _object(data)
        if found.get("workspace") != self.workspace and not self._cloned_alike(found):
            raise _taken(dag_id, found)
        learned = self.repository is not None and found.get("repository") is None
        return {path: self._document()} if learned else {}

    def _cloned_alike(self, found: Mapping[str, Any]) -> bool:
        return self.repository is not None and found.get("repository") == self.repository

    def _document(self) -> bytes:
        document = {
            "version": 1,
            "project": self.project,
            "workspace": self.workspace,
            "repository": self.repository,
        }
        return json.dumps(document, indent=2).encode("ascii") + b"\n"


def origin_of(workspace: Workspace) -> Origin:
    """The project of a workspace; its id is made when it is first asked for."""
    place = repository_of(workspace.folder)
    repository = None if place is None else hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Origin(workspace.folder.name, _id_of(workspace), repository)


def _id_of(workspace: Workspace) -> str:
    path = workspace.state / "origin"
    fresh = randomness.token_hex(16)
    partial = path.with_name(f"origin.{fresh}.partial")
    try:
        if not path.exists():
            partial.write_text(fresh + "\n", encoding="ascii")
            # Who was faster has made it for both.
            os.link(partial, path)
    except FileExistsError:
        pass
    finally:
        partial.unlink(missing_ok=True)
    kept = path.read_text(encoding="ascii", errors="replace").strip()
    return kept if re.fullmatch(r"[0-9a-f]{32}", kept) else hashlib.sha256(kept.encode()).hexdigest()[:32]


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data[:LIMIT])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _taken(dag_id: str, found: Mapping[str, Any]) -> Conflict:
    project = found.get("project")
    whose = f"another project, {show(project[:80])}" if isinstance(project, str) and project else "another project"
    return Conflict(
        f"This Airflow has a pipeline {dag_id} already that comes from {whose}.",
        f"Rename the pipeline's file. To let this one take its place, remove {dag_id}/{NAME} where DAGs are delivered.",
        code="dag-taken",
    )
