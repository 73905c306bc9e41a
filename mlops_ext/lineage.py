"""Where a file comes from: which runs made it, and who read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .errors import NotFound
from .paths import Workspace
from .runtimes.local.world import World
from .store import Store
from .store.hashes import Hashes

LIMIT = 100


def lineage(workspace: Workspace, path: Path, limit: int = LIMIT) -> dict[str, Any]:
    """Who made and who read a file of the workspace, newest first, and its hash as it is now."""
    relative = path.relative_to(workspace.folder).as_posix()
    made: list[dict[str, Any]] = []
    read: list[dict[str, Any]] = []
    if Store.exists(workspace):
        with Store.open(workspace, create=False) as store:
            made, read = store.touches(relative, "made", limit), store.touches(relative, "read", limit)
    if not made and not read and not path.exists():
        raise NotFound(f"There is no file {relative}, and no run has made or read one.", code="missing-file")
    hashes = Hashes(workspace.state, write=False)
    try:
        sha256 = World(workspace, hashes).sha256(relative)
    finally:
        hashes.close()
    return {"version": 1, "path": relative, "sha256": sha256, "made": made, "read": read}
