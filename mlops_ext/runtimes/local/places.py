"""Folders of a workspace that hold nobody's inputs, and what is in the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_COMPILED = "__pycache__"
SKIPPED = frozenset({".mlops", ".git", ".hg", ".svn", "node_modules", ".ipynb_checkpoints"})
"""Ours, and those of tools."""


def is_skipped(path: str) -> bool:
    """Whether a path (relative to the workspace) lies in such a folder, or is what was made of a module."""
    return any(part in SKIPPED or part == _COMPILED for part in path.split("/"))


def each_name(folder: Path, ends: tuple[str, ...] | None) -> Iterator[str]:
    """The names in a folder that matter to who listed it, sorted; those that end so, or all."""
    for name in sorted(os.listdir(folder)):
        if name not in SKIPPED and name != _COMPILED and (ends is None or name.endswith(ends)):
            yield name
