"""Copies what a run uses as it is now: a run uses the files as they were at submit.

A file is opened below the workspace's own descriptor, folder by folder, never
through a link: a link that is put there between the check and the opening leads
nowhere. What was copied is what was hashed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ...errors import NotFound, Refused
from ...paths import Workspace, confine, expand
from .copying import copy_hashed


def take(workspace: Workspace, relative: str, target: Path) -> tuple[str, int]:
    """Copies a file of the workspace to `target`; its sha256 and size."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_inside(workspace, relative) as source:
        mode = stat.S_IMODE(os.fstat(source.fileno()).st_mode)
        with target.open("wb") as copy:
            digest, size = copy_hashed(source, copy)
        # A script stays one that can be started; what is copied is its owner's alone.
        target.chmod(0o700 if mode & stat.S_IXUSR else 0o600)
    return digest, size


def digest_of(workspace: Workspace, relative: str) -> tuple[str, int]:
    """sha256 and size of a file of the workspace."""
    with open_inside(workspace, relative) as source:
        return copy_hashed(source, None)


def declared(workspace: Workspace, text: str, node: str, made: set[str]) -> list[str]:
    """The files that a declaration means now; what another node will make need not be there."""
    found = [found.relative_to(workspace.folder).as_posix() for found in expand(workspace, workspace.folder, text)]
    if not found and text not in made:
        raise NotFound(
            f"Node {node}: the declared file {text} does not exist.",
            "Make it, or take it off the node's files.",
            code="missing-file",
        )
    return [relative for relative in found if relative not in made]


def open_inside(workspace: Workspace, relative: str) -> BinaryIO:
    """Opens a regular file of the workspace for reading, and nothing else."""
    real = confine(workspace.folder, workspace.folder, relative).relative_to(workspace.folder.resolve())
    try:
        return _open_below(workspace.folder, PurePosixPath(real.as_posix()))
    except FileNotFoundError:
        raise NotFound(f"The file {relative} does not exist.", "Check the path of the node.") from None
    except OSError as error:
        raise Refused(f"The file {relative} cannot be read: {error.strerror}.") from None


def _open_below(folder: Path, relative: PurePosixPath) -> BinaryIO:
    nofollow = getattr(os, "O_NOFOLLOW", 0)
    current = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for name in relative.parts[:-1]:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | nofollow | os.O_CLOEXEC, dir_fd=current)
            os.close(current)
            current = below
        # Not blocking: a pipe by this name would otherwise wait for a writer for ever.
        flags = os.O_RDONLY | nofollow | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(relative.name, flags, dir_fd=current)
    finally:
        os.close(current)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(f"{relative} is not a regular file.")
    return os.fdopen(descriptor, "rb")
