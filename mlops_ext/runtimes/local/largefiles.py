"""Hashes of declared files that are too large to be read before a run is accepted.

A run in place reads its data live. Up to a limit `submit` records the hash of each
declared file; of a larger one it records the size, and the engine reads it while
the nodes run. A file that is another after it was read than before has no hash
that is true of the run, and is left without.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from typing import Any

from ...errors import MlopsError
from ...paths import Workspace
from ...store import Store
from .copying import copy_hashed
from .snapshot import open_inside


async def fill_in(store: Store, run_id: str) -> None:
    """Records the hashes that are missing; what cannot be recorded now is not worth a run."""
    try:
        provenance = store.run(run_id)["provenance"]
        files: dict[str, dict[str, Any]] = dict(provenance.get("files", {}))
        unknown = [path for path, entry in files.items() if entry["sha256"] is None]
        for path in unknown:
            files[path] = await asyncio.to_thread(read, store.workspace, path, files[path])
        if any(files[path]["sha256"] is not None for path in unknown):
            store.advance_run(run_id, provenance={**provenance, "files": files})
    except (sqlite3.Error, MlopsError):
        return


def read(workspace: Workspace, path: str, known: dict[str, Any]) -> dict[str, Any]:
    """Hash and size of the file as it is all the time that it is read; else what is known."""
    try:
        with open_inside(workspace, path) as file:
            before = _identity(file.fileno())
            digest, size = copy_hashed(file, None)
            return {"sha256": digest, "bytes": size} if _identity(file.fileno()) == before else known
    except (OSError, MlopsError):
        return known


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_size, found.st_mtime_ns
