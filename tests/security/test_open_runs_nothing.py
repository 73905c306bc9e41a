"""Opening, listing, validating and planning never run, import, fetch or write anything.

Each is done in a process of its own whose audit hook ends it at the first event
that would. The files are the good and bad ones of the corpus, in a folder with
modules that would give themselves away if they were imported.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.handlers.served import notebook, record_run, write_pipeline

CORPUS = Path(__file__).resolve().parents[2] / "schemas" / "corpus"
TRAPS = ("json", "nbformat", "papermill", "load", "pandas", "mlops_ext", "sqlite3")
HOOK = """
import os, sys
FOLDER = sys.argv[1]
def hook(event, arguments):
    if not armed: return
    if event.startswith(("subprocess.", "os.exec", "os.posix_spawn", "os.fork", "os.system", "socket.connect",
                         "socket.getaddrinfo", "urllib.", "webbrowser.", "shutil.", "ctypes.dlopen", "os.remove",
                         "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink", "os.truncate")):
        raise SystemExit(f"AUDIT {event} {arguments!r}")
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path, flags = os.fsdecode(arguments[0]), arguments[2] or 0
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and not path.startswith("/dev/"):
            raise SystemExit(f"AUDIT writes {path}")
    if event == "exec" and getattr(arguments[0], "co_filename", "").startswith(FOLDER):
        raise SystemExit(f"AUDIT runs {arguments[0].co_filename}")
armed = False
sys.addaudithook(hook)
sys.dont_write_bytecode = True
from pathlib import Path
from mlops_ext import cli
from mlops_ext.handlers import catalogue, drive, files
from mlops_ext.handlers.catalogue import Catalogue, list_runs
from mlops_ext.errors import MlopsError
from mlops_ext.paths import find_workspace, inspect_file, kernel_specs
from mlops_ext.submit import check, preview
root = Path(FOLDER)
armed = True
"""


def audited(folder: Path, code: str) -> str:
    """What the code prints, run under the hook in the folder."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", HOOK + code, str(folder)], cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(own_state: Path) -> Path:
    """The corpus as a person might have it on disk, with traps."""
    folder = own_state / "folder"
    folder.mkdir()
    for file in sorted(CORPUS.rglob("*")):
        if file.is_file() and file.name != "expected.json" and file.stat().st_size < 1_000_000:
            shutil.copyfile(file, folder / f"{len(os.listdir(folder))}-{file.name}")
    for name in TRAPS:
        (folder / f"{name}.py").write_text("raise SystemExit('AUDIT imported')")
    (folder / "load.ipynb").write_text(json.dumps(notebook("raise SystemExit('AUDIT ran')")))
    os.mkfifo(folder / "fifo.ipynb")
    write_pipeline(folder, "own.pipeline")
    record_run(folder, "own.pipeline")
    return folder


def test_the_hook_sees_what_it_should(folder: Path) -> None:
    for code in (
        "import subprocess; subprocess.run(['true'])",
        "open('new.txt', 'w')",
        "import socket; socket.create_connection(('127.0.0.1', 1))",
        "exec(compile('1', FOLDER + '/x.py', 'exec'))",
    ):
        with pytest.raises(AssertionError, match="AUDIT"):
            audited(folder, code)


def test_checking_and_planning(folder: Path) -> None:
    out = audited(
        folder,
        """
checked = valid = 0
for path in sorted(root.iterdir()):
    if path.is_file() and path.suffix != ".sqlite":
        report = check(root, path)
        valid += report["valid"]
        checked += 1
        check(root, root / "unsaved.pipeline", path.read_bytes())
        try:
            preview(root, path)
        except MlopsError:
            pass
print(checked, valid)
""",
    )
    checked, valid = map(int, out.split())
    assert checked > 40 and valid >= 1


def test_listing_and_reading(folder: Path) -> None:
    out = audited(
        folder,
        """
place = Catalogue(root)
runs = list_runs(place.workspaces()).runs
for run in runs:
    with place.open(run["id"]) as store:
        store.run(run["id"]), store.events(run["id"]), store.plan(run["id"])
        inside = store.workspace.run_folder(run["id"])
        files.node_log(store, run["id"], "train")
    for file in sorted(inside.rglob("*")):
        text = file.relative_to(inside).as_posix()
        if not text.startswith("."):
            found = files.inside(inside, text)
            drive.folder_model(found, text, True) if found.is_dir() else drive.file_model(found, text, True, None, None)
workspace = find_workspace(root / "own.pipeline", root)
for path in root.iterdir():
    inspect_file(workspace, root / "own.pipeline", path.name)
kernel_specs()
for command in (["runs"], ["validate", "own.pipeline"], ["plan", "own.pipeline"]):
    assert cli.main(command) == 0
print("read", len(runs))
""",
    )
    assert out.splitlines()[-1] == "read 1"
