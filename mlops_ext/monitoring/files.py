"""Monitor files on the disk: found, read, checked, listed, and where what is learnt of them lies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InvalidMonitor, MlopsError, NotFound, OutsideWorkspace, TooLarge
from ..issues import issue, show, tidy
from ..model import Issue
from ..paths import Workspace, confine, find_workspace
from .document import SUFFIX, UNKNOWN, parse, paths_of

__all__ = [
    "SUFFIX",
    "Monitor",
    "check",
    "document_of",
    "find",
    "issues_of",
    "load",
    "locate",
    "made",
    "read",
    "state_folder",
]

FILE_LIMIT = 16 * 1024 * 1024
SEARCH_LIMIT = 50_000
"""Files and folders that are looked at when monitors are searched for."""
_PASSED_BY = frozenset({"node_modules", "__pycache__", "site-packages"})


@dataclass(frozen=True)
class Monitor:
    """A monitor file that has no errors, as it was when it was read."""

    workspace: Workspace
    path: str
    """Relative to the workspace."""
    document: dict[str, Any]
    sha256: str

    @property
    def file(self) -> Path:
        return self.workspace.folder / self.path

    @property
    def folder(self) -> Path:
        """What its paths are relative to."""
        return self.file.parent

    @property
    def state(self) -> Path:
        """Where what is learnt of it lies, beside the store."""
        return state_folder(self.workspace, self.path)


def state_folder(workspace: Workspace, path: str) -> Path:
    """The folder of a monitor below the workspace's state."""
    return workspace.state / "monitoring" / path


def locate(root: Path | None, text: Path | str, *, must_exist: bool = True) -> tuple[Workspace, str]:
    """The workspace of a monitor file, and its path in it."""
    path = Path(text)
    if root is not None and not path.is_absolute():
        path = confine(root, root, str(text))
    path = path.resolve()
    workspace = find_workspace(path, root)
    if path.suffix != SUFFIX:
        raise NotFound(f"{path.name} is no monitor: its name does not end in {SUFFIX}.", code="missing-file")
    if must_exist and not path.is_file():
        raise NotFound(f"There is no monitor {text}.", "Check the path.", code="missing-file")
    return workspace, path.relative_to(workspace.folder).as_posix()


def read(workspace: Workspace, path: str) -> bytes:
    """The bytes of a monitor file."""
    file = confine(workspace.folder, workspace.folder, path)
    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_LIMIT + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", code="missing-file") from None
    if len(data) > FILE_LIMIT:
        raise TooLarge(f"{file.name} is larger than 16 MB.")
    return data


def load(workspace: Workspace, path: str) -> Monitor:
    """The monitor, or InvalidMonitor with what is wrong with it."""
    data = read(workspace, path)
    return made(workspace, path, data)


def made(workspace: Workspace, path: str, data: bytes) -> Monitor:
    """The monitor that these bytes would be at this path."""
    parsed = parse(data)
    issues = [*parsed.issues, *_outside(workspace, path, parsed.document)]
    if parsed.document is None or any(one.severity == "error" for one in issues):
        raise InvalidMonitor(issues)
    return Monitor(workspace, path, parsed.document, hashlib.sha256(data).hexdigest())


def document_of(workspace: Workspace, path: str) -> dict[str, Any] | None:
    """The document of a monitor file; None where it has errors."""
    return parse(read(workspace, path)).document


def check(root: Path | None, text: Path | str, content: bytes | None = None) -> dict[str, Any]:
    """What is wrong with a monitor file, or with text that is not saved yet, as `mlops validate` answers it."""
    report: dict[str, Any] = {"path": str(text), "format": UNKNOWN, "valid": False, "issues": []}
    try:
        workspace, path = locate(root, text, must_exist=content is None)
        data = content if content is not None else read(workspace, path)
    except MlopsError as error:
        code = error.code if error.code in ("outside-workspace", "too-large") else "missing-file"
        report["issues"] = [Issue("error", code, "", None, error.message, error.hint).json()]
        return report
    parsed = parse(data)
    issues = issues_of(workspace, path, data)
    report["format"] = parsed.format
    report["valid"] = not any(one.severity == "error" for one in issues)
    report["issues"] = [one.json() for one in issues]
    return report


def issues_of(workspace: Workspace, path: str, data: bytes) -> list[Issue]:
    """All that is to be said of a monitor file, also of the files that it names."""
    parsed = parse(data)
    document = parsed.document
    return tidy([*parsed.issues, *_outside(workspace, path, document), *_missing(workspace, path, document)])


def find(root: Path) -> list[Path]:
    """The monitor files below a folder, by path; hidden folders and those of packages are passed by."""
    return sorted(_search(root))


def _search(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in _PASSED_BY]
        seen += len(names) + len(files)
        yield from (Path(folder, name) for name in files if name.endswith(SUFFIX) and not name.startswith("."))
        if seen > SEARCH_LIMIT:
            return


def _outside(workspace: Workspace, path: str, document: dict[str, Any] | None) -> Iterator[Issue]:
    for place, text in () if document is None else paths_of(document):
        try:
            confine(workspace.folder, (workspace.folder / path).parent, text)
        except OutsideWorkspace as error:
            yield issue("error", "outside-workspace", place, error.message, error.hint)


def _missing(workspace: Workspace, path: str, document: dict[str, Any] | None) -> Iterator[Issue]:
    """What a monitor needs, and may still be made: so these are warnings."""
    words = {"model": "the model", "baseline": "the baseline", "refresh": "the refresh pipeline"}
    for place, text in () if document is None else paths_of(document):
        try:
            file = confine(workspace.folder, (workspace.folder / path).parent, text)
        except OutsideWorkspace:
            continue
        if place[0] in words and not file.is_file():
            message = f"The monitor: there is no file {show(text)} yet, which is {words[place[0]]}."
            yield issue(
                "warning", "missing-file", place, message, "Run the pipeline that makes it, or correct the path."
            )
