"""Which batches of current data there are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..paths import Workspace
from .places import data_files, natural
from .values import Batch


def batches(workspace: Workspace, folder: Path, document: Mapping[str, Any]) -> list[Batch]:
    """The batches of a monitor that lies in `folder`, newest last: by their ids, as people order them (9 before 10).

    The order doesn't follow the files' times, which a copy or a checkout changes. A table that is split `by` a
    column is read, so only a process of its own should ask for it; a pattern costs a look into the folder.
    """
    source = document["batches"]
    files = data_files(workspace, folder, source["path"])
    if source.get("by") is None:
        return [Batch(name, name, None) for name in files]
    from .data import values_of

    split = ((name, values_of(path, source["by"])) for name, path in files.items())
    found = [Batch(value, name, value) for name, values in split for value in values]
    return sorted(found, key=lambda batch: natural(batch.id))
