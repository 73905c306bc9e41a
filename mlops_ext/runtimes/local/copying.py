"""What was copied is what was hashed."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

CHUNK = 1 << 20


def copy_hashed(source: BinaryIO, target: BinaryIO | None) -> tuple[str, int]:
    """Copies (or only reads) to the end; sha256 and size of what was copied."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if target is not None:
            target.write(chunk)
    return digest.hexdigest(), size
