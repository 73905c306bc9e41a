"""One changed byte of whatever a node really read makes it run again: by real readers, declared or not.

The byte is changed as somebody would who wants to hide it: the size stays, the time of
the last change is put back. Unchanged, each of them is reused, so that none runs again
only because nothing is known of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .lab import Folder, Lab


@dataclass(frozen=True)
class Reader:
    """A node that reads a file, and how the file is made."""

    name: str
    source: str
    """Its code: a notebook's cell, or a script's text."""
    path: str = "data/in.csv"
    make: Callable[[Path, int], None] | None = None
    kind: str = "ipynb"
    more: tuple[tuple[str, str], ...] = ()
    program: str | None = None


def _csv(path: Path, value: int) -> None:
    path.write_text(f"a,b\n1,{value}\n", encoding="utf-8")


def _parquet(path: Path, value: int) -> None:
    import pandas as pd

    # Without statistics and compression one value is one byte.
    pd.DataFrame({"a": [1, 2], "b": [value, 4]}).to_parquet(path, compression=None)


def _hdf5(path: Path, value: int) -> None:
    import h5py

    with h5py.File(path, "w", track_order=False) as file:
        file.create_dataset("b", data=[value, 4], track_times=False)


def _module(path: Path, value: int) -> None:
    path.write_text(f"VALUE = {value}\n", encoding="utf-8")


READERS = (
    Reader("pandas-csv", "import pandas as pd\ntotal = int(pd.read_csv('data/in.csv')['b'].sum())", make=_csv),
    Reader(
        "pandas-parquet",
        "import pandas as pd\ntotal = int(pd.read_parquet('data/in.parquet')['b'].sum())",
        "data/in.parquet",
        _parquet,
    ),
    Reader(
        "pyarrow",
        "import pyarrow.parquet as pq\ntotal = sum(pq.read_table('data/in.parquet', memory_map=True)['b'].to_pylist())",
        "data/in.parquet",
        _parquet,
    ),
    Reader("polars", "import polars as pl\ntotal = pl.scan_csv('data/*.csv').collect()['b'].sum()", make=_csv),
    Reader(
        "h5py",
        "import h5py\nwith h5py.File('data/in.h5', 'r') as file:\n    total = int(file['b'][:].sum())",
        "data/in.h5",
        _hdf5,
    ),
    Reader("cat", "!cat data/in.csv\ntotal = 1", make=_csv),
    Reader("module", "import helper\ntotal = helper.VALUE", "helper.py", _module),
    Reader(
        "child",
        "import subprocess, sys\nsubprocess.run([sys.executable, 'child.py'], check=True)\n",
        make=_csv,
        kind="py",
        more=(("child.py", "print(open('data/in.csv').read())\n"),),
    ),
    Reader("shell", 'while read -r line; do echo "$line"; done < data/in.csv\n', make=_csv, kind="sh"),
    Reader("r", "print(sum(read.csv('data/in.csv')$b))\n", make=_csv, kind="R", program="Rscript"),
)


def _lay(folder: Folder, reader: Reader) -> Path:
    """Writes the node and its file; where the file lies."""
    path = folder.path / reader.path
    path.parent.mkdir(exist_ok=True)
    assert reader.make is not None
    reader.make(path, 3)
    name = f"node.{reader.kind}"
    if reader.kind == "ipynb":
        folder.notebook(name, reader.source, ("result = total", "results"))
    else:
        folder.write(name, reader.source)
    for other, text in reader.more:
        folder.write(other, text)
    kind = "notebook" if reader.kind == "ipynb" else "script"
    folder.pipeline({"node": {"type": kind, "path": name}})
    return path


def change_one_byte(path: Path, make: Callable[[Path, int], None]) -> None:
    """Another value in the same file: same size, same inode, same time of the last change."""
    before = path.stat()
    other = path.with_name("other")
    make(other, 5)
    data = other.read_bytes()
    other.unlink()
    assert len(data) == before.st_size
    assert 1 <= sum(one != two for one, two in zip(data, path.read_bytes(), strict=True)) < 200
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_one_changed_byte_runs_the_node_again(lab: Lab, reader: Reader) -> None:
    if reader.program is not None and shutil.which(reader.program) is None:
        pytest.skip(f"{reader.program} is not installed here")
    folder = lab.folder()
    path = _lay(folder, reader)
    assert reader.make is not None
    first = _node(folder.run())
    assert not first["reused"]
    trace = _trace(lab, folder)
    assert trace["provable"], trace["why"]
    assert reader.path in [read["path"] for read in trace["reads"]]
    second = _node(folder.run())
    assert second["reused"], "nothing has changed"
    change_one_byte(path, reader.make)
    third = _node(folder.run())
    assert not third["reused"], "a byte has changed"
    if first["results"]:
        assert first["results"] == second["results"]


def test_an_extension_of_the_names_in_a_folder(lab: Lab) -> None:
    """A new file that a pattern takes in makes the node run again, one that it doesn't take in does not."""
    folder = lab.folder()
    folder.write("data/1.csv", "1")
    folder.write("data/notes.md", "x")
    folder.notebook(
        "globs.ipynb", "import glob\nfiles = sorted(glob.glob('data/*.csv'))", ("n = len(files)", "results")
    )
    folder.pipeline({"node": {"type": "notebook", "path": "globs.ipynb"}})
    assert _node(folder.run())["results"] == {"n": 1}
    assert _node(folder.run())["reused"]
    folder.write("data/2.csv", "2")
    node = _node(folder.run())
    assert not node["reused"] and node["results"] == {"n": 2}


def test_a_pattern_of_a_compiled_reader(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("data/1.csv", "a\n1\n")
    folder.notebook(
        "globs.ipynb", "import polars as pl\nrows = pl.scan_csv('data/*.csv').collect().height", ("n = rows", "results")
    )
    folder.pipeline({"node": {"type": "notebook", "path": "globs.ipynb"}})
    assert _node(folder.run())["results"] == {"n": 1}
    folder.write("data/README.md", "no csv")
    assert _node(folder.run())["reused"]
    folder.write("data/2.csv", "a\n2\n")
    node = _node(folder.run())
    assert not node["reused"] and node["results"] == {"n": 2}


def test_what_was_not_there_and_is_there_now(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "asks.ipynb",
        "try:\n    found = open('settings.txt').read()\nexcept FileNotFoundError:\n    found = 'none'",
        ("text = found", "results"),
    )
    folder.pipeline({"node": {"type": "notebook", "path": "asks.ipynb"}})
    assert _node(folder.run())["results"] == {"text": "none"}
    assert _node(folder.run())["reused"]
    folder.write("settings.txt", "fast")
    assert _node(folder.run())["results"] == {"text": "fast"}


def test_a_module_that_comes_before_the_one_that_was_imported(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "imports.ipynb", "import colorsys\nwhere = colorsys.__file__.count('site')", ("n = where", "results")
    )
    folder.pipeline({"node": {"type": "notebook", "path": "imports.ipynb"}})
    folder.run()
    folder.write("unrelated.py", "")
    assert _node(folder.run())["reused"]
    folder.write("colorsys.py", "")
    assert not _node(folder.run())["reused"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.2)\nexcept OSError:\n    pass",
            "network",
        ),
        ("open('{outside}').read()", "outside of the workspace"),
        ("!cat {outside}", "elsewhere"),
        ("import subprocess\nsubprocess.run(['git', '--version'])", "elsewhere (git)"),
        ("with open('count.txt', 'a') as file:\n    file.write('x')", "changes"),
        ("import pyarrow.csv as c\nc.read_csv('{outside}')", "outside of the workspace"),
    ],
    ids=["socket", "outside", "command-outside", "program", "changes", "compiled-outside"],
)
def test_what_proves_nothing_runs_again_and_says_why(lab: Lab, tmp_path: Path, code: str, why: str) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a,b\n1,2\n", encoding="utf-8")
    folder = lab.folder()
    folder.write("count.txt", "")
    folder.notebook("n.ipynb", code.replace("{outside}", str(outside)))
    folder.pipeline({"node": {"type": "notebook", "path": "n.ipynb"}})
    folder.run()
    trace = _trace(lab, folder)
    assert not trace["provable"] and any(why in sentence for sentence in trace["why"]), trace["why"]
    assert not _node(folder.run())["reused"]


MEET = """
import os, time
open('{name}.on', 'w').close()
for other in {others}:
    while not os.path.exists(other):
        time.sleep(0.01)
"""
"""Waits for other nodes; to look whether a file is there opens nothing."""


def test_two_at_once_are_not_taken_for_one_another(lab: Lab) -> None:
    """What the hook of one tells is not put down to the other; what nobody tells is put down to both."""
    folder = lab.folder()
    for name, other in (("one", "two"), ("two", "one")):
        folder.write(f"{name}.csv", "a\n1\n")
        begin = MEET.format(name=name, others=[f"{other}.on", "loud.on"])
        opens = f"for _ in range(20):\n    open('{name}.csv').read()\n"
        folder.notebook(f"{name}.ipynb", begin + opens + MEET.format(name=f"{name}.read", others=["loud.read.on"]))
    folder.write("one.bin", "x")
    end = MEET.format(name="loud.read", others=["one.read.on", "two.read.on"])
    folder.notebook("loud.ipynb", MEET.format(name="loud", others=["one.on", "two.on"]) + "!cat one.bin", end)
    nodes = {name: {"type": "notebook", "path": f"{name}.ipynb"} for name in ("one", "two", "loud")}
    folder.pipeline(nodes)
    run = folder.run()
    reads = {name: _reads(lab, run, name) for name in nodes}
    assert {"one.csv", "two.csv"} & reads["one"] == {"one.csv"}
    assert {"one.csv", "two.csv"} & reads["two"] == {"two.csv"}
    assert "one.bin" in reads["loud"] and "one.bin" in reads["one"]
    assert set(_node(folder.run(), name)["reused"] for name in nodes) == {True}


def test_what_a_child_of_a_child_reads_counts(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("in.txt", "1")
    folder.write("s.sh", "(setsid bash -c 'sleep 0.1; cat in.txt' &)\nsleep 0.5\n")
    folder.pipeline({"node": {"type": "script", "path": "s.sh"}})
    run = folder.run()
    assert "in.txt" in _reads(lab, run, "node")


def _node(run: dict[str, Any], name: str = "node") -> dict[str, Any]:
    assert run["state"] == "succeeded", run["error"]
    node: dict[str, Any] = run["nodes"][name]
    return node


def _trace(lab: Lab, folder: Folder) -> dict[str, Any]:
    from mlops_ext.runtimes.local.proof import read_document

    with lab.store() as store:
        pipeline = (folder.path / "p.pipeline").relative_to(lab.workspace.folder).as_posix()
        run = store.runs(pipeline=pipeline, limit=1)[0][0]["id"]
        attempts = store.run(run)["nodes"]["node"]["attempts"]
    document = read_document(lab.file(run, "node", str(attempts)))
    assert document is not None
    return document


def _reads(lab: Lab, run: dict[str, Any], name: str) -> set[str]:
    from mlops_ext.runtimes.local.proof import read_document

    document = read_document(lab.file(run["id"], name, "1"))
    assert document is not None
    return {read["path"] for read in document["reads"]}
