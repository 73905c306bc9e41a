"""What runs of a node's file: of a notebook its cells, of a script all of it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...notebooks import cell_source, cell_tags

LIMIT = 256 * 1024 * 1024
_WORD = re.compile(r"[A-Za-z_]\w+")


@dataclass(frozen=True)
class Code:
    """The code of a node."""

    sha256: str
    """Of a notebook's cells with their tags, without outputs and metadata; of a script's bytes."""
    text: str
    words: frozenset[str]
    """The names in it, among them those of variables of the environment that it may read."""


def code_of(path: Path) -> Code:
    """The code that lies at a path now; of what cannot be read, code that is never the same."""
    try:
        status = path.stat()
    except OSError:
        return _unknown()
    return _code(str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@lru_cache(maxsize=512)
def _code(path: str, size: int, *_: int) -> Code:
    if size > LIMIT:
        return _unknown()
    try:
        data = Path(path).read_bytes()
    except OSError:
        return _unknown()
    cells = _cells(data) if path.endswith(".ipynb") else None
    if cells is None:
        text = data.decode("utf-8", "replace")
        return Code(hashlib.sha256(data).hexdigest(), text, frozenset(_WORD.findall(text)))
    text = "\n".join(source for kind, source, _ in cells if kind == "code")
    whole = json.dumps(cells, ensure_ascii=True).encode("ascii")
    return Code(hashlib.sha256(whole).hexdigest(), text, frozenset(_WORD.findall(text)))


def _cells(data: bytes) -> list[tuple[str, str, list[str]]] | None:
    """Kind, text and tags of each cell of a notebook; None if it is none that can be read."""
    try:
        document: Any = json.loads(data)
        return [(str(cell.get("cell_type")), cell_source(cell), sorted(cell_tags(cell))) for cell in document["cells"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _unknown() -> Code:
    return Code(secrets.token_hex(32), "", frozenset())
