"""What an evaluation is an evaluation of: hashes of what goes into it.

Two evaluations with the same key would say the same, so the second is never
computed. The key covers the bytes of batch, labels and baseline, the version of
the model, and those parts of the monitor that say what is computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SETTINGS = ("problem", "columns", "checks", "batches")
VERSION_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hashes of what an evaluation reads; None: it is not there."""

    batch: str | None
    labels: str | None
    baseline: str | None
    model: str | None

    @property
    def version(self) -> str | None:
        """The version of the model."""
        return None if self.model is None else self.model[:VERSION_DIGITS]

    @property
    def baseline_version(self) -> str | None:
        """The baseline, as short as a version."""
        return None if self.baseline is None else self.baseline[:VERSION_DIGITS]


def digest_of(path: Path) -> str | None:
    """The sha256 of a file's bytes; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def known_digest(path: Path) -> str | None:
    """The same, read again only when the file is another."""
    try:
        told = path.stat()
    except OSError:
        return None
    return _known_digest(path, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def version_of(path: Path) -> str | None:
    """The version of the model in a file."""
    digest = known_digest(path)
    return None if digest is None else digest[:VERSION_DIGITS]


@lru_cache(maxsize=256)
def _known_digest(path: Path, *_: int) -> str | None:
    return digest_of(path)


def evaluation_key(document: Mapping[str, Any], inputs: Inputs) -> str:
    """The key of an evaluation."""
    what = {
        "batch": inputs.batch,
        "labels": inputs.labels,
        "baseline": inputs.baseline,
        "model": inputs.version,
        "monitor": {name: document.get(name) for name in SETTINGS},
    }
    text = json.dumps(what, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
