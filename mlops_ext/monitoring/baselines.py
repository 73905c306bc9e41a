"""Takes a batch as the new baseline, and keeps the old one.

Baselines are kept by content beside the store. First the new one is made there,
then the old one is copied there, and last the file that the monitor names is
replaced in one step; each may be repeated, so that a crash leaves nothing half done.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import Conflict, NotFound, Unavailable
from ..issues import show
from ..paths import confine
from .files import Monitor
from .keys import digest_of

FOLDER = "baselines"


def prepare(monitor: Monitor, batch: str) -> dict[str, Any]:
    """Makes a baseline of a batch with its labels, in a process of its own; answers what replacing it means."""
    from .batches import batches
    from .data import write_baseline

    found = [one for one in batches(monitor.workspace, monitor.folder, monitor.document) if one.id == batch]
    if not found:
        raise NotFound(f"The batch {show(batch)} is not there any more.", "Accept a later one.", code="unknown-batch")
    target = target_of(monitor)
    folder = monitor.state / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=folder)
    os.close(descriptor)
    try:
        rows = write_baseline(monitor.workspace, monitor.folder, monitor.document, found[0], Path(partial))
        digest = digest_of(Path(partial))
        os.replace(partial, kept(monitor, digest))
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)
        raise
    return {
        "path": monitor.document["baseline"]["path"],
        "batch": batch,
        "rows": rows,
        "from": digest_of(target),
        "to": digest,
    }


def replace(monitor: Monitor, change: Mapping[str, Any]) -> None:
    """Puts a prepared baseline into the place of the one that is in use; done twice it is done once."""
    target = target_of(monitor)
    now = digest_of(target)
    if now == change["to"]:
        return
    if now != change["from"]:
        raise Conflict(
            f"{target.name} has been changed meanwhile.", "Look at it, and decide again.", code="changed-on-disk"
        )
    try:
        if now is not None and not kept(monitor, now).exists():
            _copy(target, kept(monitor, now))
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(kept(monitor, change["to"]), target)
    except OSError as error:
        raise Unavailable(f"The baseline cannot be replaced: {error.strerror}.", "Nothing was decided.") from None


def target_of(monitor: Monitor) -> Path:
    """The file of the baseline."""
    return confine(monitor.workspace.folder, monitor.folder, monitor.document["baseline"]["path"])


def kept(monitor: Monitor, digest: str | None) -> Path:
    """Where the baseline with this content is kept."""
    return monitor.state / FOLDER / f"{digest}{target_of(monitor).suffix}"


def _copy(source: Path, target: Path) -> None:
    """A copy that is there whole or not at all."""
    descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file, source.open("rb") as opened:
            shutil.copyfileobj(opened, file)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        os.replace(partial, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)
        raise
