"""Hashes of declared files that are too large to be read before a run is accepted.

A run in place reads its data live. Up to a limit `submit` records the hash of each
declared file; of a larger one it records the size, and the engine reads it while
the nodes run, unless it has not changed since it was read before. A file that is
another after it was read than before has no hash that is true of the run, and is
left without.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from typing import Any

from ...errors import MlopsError
from ...paths import Workspace
from ...store import Store
from ...store.hashes import identity
from .copying import copy_hashed
from .snapshot import open_inside
from .tracing import Tracing


async def fill_in(store: Store, run_id: str, tracing: Tracing) -> None:
    """Records the hashes that are missing; what cannot be recorded now is not worth a run."""
    try:
        provenance = store.run(run_id)["provenance"]
        files: dict[str, dict[str, Any]] = dict(provenance.get("files", {}))
        unknown = [path for path, entry in files.items() if entry["sha256"] is None]
        for path in unknown:
            files[path] = await asyncio.to_thread(read, store.workspace, path, files[path], tracing)
        if any(files[path]["sha256"] is not None for path in unknown):
            store.advance_run(run_id, provenance={**provenance, "files": files})
    except (sqlite3.Error, MlopsError):
        return


def read(workspace: Workspace, path: str, known: dict[str, Any], tracing: Tracing) -> dict[str, Any]:
    """Hash and size of the file as it is all the time that it is read; else what is known."""
    try:
        # No node has opened it.
        tracing.watch.opens(path)
        with open_inside(workspace, path) as file:
            before = os.fstat(file.fileno())
            digest = tracing.hashes.of(path, before, lambda: copy_hashed(file, None)[0])
            same = identity(os.fstat(file.fileno())) == identity(before)
            return {"sha256": digest, "bytes": before.st_size} if same else known
    except (OSError, MlopsError):
        return known
