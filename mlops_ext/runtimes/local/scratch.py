"""Short-lived files of an engine: the sockets of its kernels.

The path of a Unix socket may be no longer than 107 bytes, so they cannot lie in
the folder of the state; and who makes them may be killed, so where they lie is
written down there. The next engine removes what is left.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_NOTE = "engine.tmp"
_PREFIX = "mlops-"


def make(state: Path) -> Path:
    """A fresh folder for this engine's owner only; that of an earlier engine is removed."""
    remove(state)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    (state / _NOTE).write_text(str(folder), encoding="utf-8")
    return folder


def remove(state: Path) -> None:
    """Removes the folder that is written down."""
    note = state / _NOTE
    try:
        folder = Path(note.read_text(encoding="utf-8"))
        ours = folder.name.startswith(_PREFIX) and not folder.is_symlink() and folder.lstat().st_uid == os.getuid()
    except OSError:
        return
    if ours:
        shutil.rmtree(folder, ignore_errors=True)
    note.unlink(missing_ok=True)
