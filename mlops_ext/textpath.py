"""Paths as text: what can be said of them without looking at any file.

All paths in a pipeline are written with "/" and relative to the pipeline file;
what lies where is for mlops_ext.paths to find out.
"""

from __future__ import annotations

import re

_NOT_RELATIVE = re.compile(r"^(/|\\|~|[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*://)")


def is_relative(text: str) -> bool:
    """Whether a text can be a path relative to something: no root, home folder, drive or address."""
    return _NOT_RELATIVE.search(text) is None


def normal(text: str) -> str:
    """The shortest text of the same path: "", "." and "a/.." taken out; "." if nothing is left."""
    parts: list[str] = []
    for part in text.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if text.startswith("/") else "") + ("/".join(parts) or ("" if text.startswith("/") else "."))


def within(folder: str, text: str) -> str | None:
    """A path relative to a folder of the workspace as one relative to the workspace; None: it leads out."""
    if not is_relative(text):
        return None
    joined = normal(f"{folder}/{text}" if folder else text)
    return None if joined == ".." or joined.startswith("../") else joined


def folder(path: str) -> str:
    """The folder that a path lies in; "" is the top."""
    return path.rpartition("/")[0]
