"""The files of a workspace as they are now, by their hashes. What has not changed is not read again."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable

from ...errors import MlopsError
from ...paths import Workspace
from ...store.hashes import Hashes
from . import outputs
from .copying import copy_hashed
from .places import each_name
from .snapshot import open_inside

_MODULE_ENDS = (".py", ".so", ".pyd", ".pyc", ".zip")


class World:
    """One look at the workspace: each path is looked at once. Paths are relative to the workspace."""

    def __init__(self, workspace: Workspace, hashes: Hashes, opens: Callable[[str], None] | None = None) -> None:
        self._workspace = workspace
        self._hashes = hashes
        self._opens = opens
        self._found: dict[str, str | None] = {}
        self._entries: dict[str, list[str]] = {}

    def sha256(self, relative: str) -> str | None:
        """The hash of a file, or of a folder with all in it; None where there is none that may be read."""
        if relative not in self._found:
            self._found[relative] = self._digest(relative)
        return self._found[relative]

    def assume(self, relative: str, sha256: str) -> None:
        """The file is going to be put back as it was."""
        self._found[relative] = sha256

    def exists(self, relative: str) -> bool:
        """Whether anything is there, be it a link that leads nowhere."""
        return os.path.lexists(self._workspace.folder / relative)

    def changed(self, relative: str) -> int:
        """When the file was changed last, in nanoseconds; 0 where there is none."""
        try:
            status = os.lstat(self._workspace.folder / relative)
        except OSError:
            return 0
        return max(status.st_ctime_ns, status.st_mtime_ns)

    def size(self, relative: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            status = os.lstat(self._workspace.folder / relative)
        except OSError:
            return None
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def names(self, folder: str, ends: tuple[str, ...] | None) -> str | None:
        """The hash of the names in a folder that end so; None where there is no folder."""
        try:
            found = list(each_name(self._workspace.folder / folder, ends))
        except OSError:
            return None
        return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()

    def modules(self, folder: str, names: Iterable[str]) -> str | None:
        """The hash of what in a folder Python could take for one of these modules."""
        wanted = set(names)
        if folder not in self._entries:
            try:
                self._entries[folder] = sorted(os.listdir(self._workspace.folder / folder))
            except OSError:
                return None
        found = [name for name in self._entries[folder] if _could_be(name, wanted)]
        return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()

    def _digest(self, relative: str) -> str | None:
        path = self._workspace.folder / relative
        try:
            status = os.lstat(path)
        except (OSError, ValueError):
            return None
        if stat.S_ISREG(status.st_mode):
            return self._of_file(relative, status)
        if not stat.S_ISDIR(status.st_mode):
            return None
        files = [(file.relative_to(path).as_posix(), file) for file in outputs.files_of(path, [""])]
        digests = [(name, self.sha256(os.path.join(relative, name))) for name, _ in files]
        return outputs.folder_digest((name, digest or "") for name, digest in digests)

    def _of_file(self, relative: str, status: os.stat_result) -> str | None:
        try:
            return self._hashes.of(relative, status, lambda: self._read(relative))
        except (OSError, MlopsError):
            return None

    def _read(self, relative: str) -> str:
        if self._opens is not None:
            self._opens(relative)
        with open_inside(self._workspace, relative) as file:
            return copy_hashed(file, None)[0]


def _could_be(name: str, modules: set[str]) -> bool:
    """Whether a file or folder of this name may be one of the modules."""
    return name.partition(".")[0] in modules and ("." not in name or name.endswith(_MODULE_ENDS))
