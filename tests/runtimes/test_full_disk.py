"""A full disk is an error, not a loss."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_ext.errors import Unavailable

from .lab import Lab


@pytest.fixture
def small(tmp_path: Path, lab: Lab) -> Iterator[Lab]:
    """A workspace on a file system of its own, with little room."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.call(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", place], stderr=subprocess.DEVNULL
    )
    if not mounted:
        pytest.skip("cannot mount a small file system here")
    own = Lab(place / "workspace")
    try:
        yield own
    finally:
        own.close()
        subprocess.check_call(["umount", place])


def test_a_full_disk(small: Lab) -> None:
    folder = small.folder()
    folder.notebook("n.ipynb", "with open('big', 'wb') as f:\n    while True: f.write(b'x' * 65536); f.flush()")
    folder.write("ok.sh", "true\n")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    folder.pipeline({"ok": {"type": "script", "path": "ok.sh"}}, name="ok.pipeline")
    before = (folder.path / "n.ipynb").read_bytes()
    run_id = folder.submit()
    small.until(run_id, lambda _: (folder.path / "big").exists() and free(small) == 0)
    with pytest.raises(Unavailable, match=r"The disk is full\."):
        folder.submit("ok.pipeline")
    (folder.path / "big").unlink()
    run = small.wait(run_id)
    node = run["nodes"]["n"]
    assert (run["state"], node["reason"], node["error"]["code"]) == ("failed", "disk-full", "disk-full")
    assert (folder.path / "n.ipynb").read_bytes() == before
    connection = sqlite3.connect(small.workspace.database)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
    assert folder.run("ok.pipeline")["state"] == "succeeded", "after space was freed all goes on"


def free(lab: Lab) -> int:
    return os.statvfs(lab.workspace.folder).f_bfree
