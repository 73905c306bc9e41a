"""What the two witnesses saw, put together: by synthetic traces, hostile files, and the system's own notices."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.runtimes.local import elsewhere, trace, tracehook, watch
from mlops_ext.runtimes.local.trace import Scene, Trace, read_hook
from mlops_ext.runtimes.local.watch import Seen, Watch, Window

Line = tuple[float, str, str]


def hook_file(folder: Path, *lines: Line, begin: bool = True) -> Path:
    path = folder / "opened.jsonl"
    told = [(0.0, "begin", sys.executable), *lines] if begin else list(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in told))
    return path


def traced(folder: Path, *lines: Line, window: Window | None = None, **fields: object) -> Trace:
    """The trace of a node whose hook told these lines, with paths relative to the workspace."""
    root = folder / "w"
    root.mkdir(exist_ok=True)
    absolute = [
        (at, kind, text if kind in ("socket", "import", "start") else str(root / text)) for at, kind, text in lines
    ]
    scene = Scene(root=root, cwd=root, hook=hook_file(folder, *absolute), window=window, **fields)  # type: ignore[arg-type]
    return trace.of(scene)


def test_reads_and_writes(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    for name in ("in.csv", "helper.py", "made.csv"):
        (tmp_path / "w" / name).write_text("1")
    found = traced(
        tmp_path,
        (1.0, "read", "in.csv"),
        (1.1, "read", "__pycache__/helper.cpython-311.pyc"),
        (1.2, "write", "made.csv"),
        (1.3, "read", "made.csv"),
        (1.4, "read", "wanted.txt"),
        (1.5, "write", "temporary.txt"),
        (1.6, "remove", "temporary.txt"),
        (1.7, "list", "."),
        (1.8, "read", ".git/config"),
    )
    assert (found.reads, found.absent, found.why) == (("helper.py", "in.csv"), ("wanted.txt",), ())
    assert found.writes == ("made.csv", "temporary.txt") and dict(found.listed) == {"": None}


def test_what_changes_its_own_input_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "count").write_text("1")
    assert traced(tmp_path, (1.0, "read", "count"), (1.1, "write", "count")).why
    assert traced(tmp_path, (1.0, "change", "count")).why
    assert not traced(tmp_path, (1.0, "write", "count"), (1.1, "change", "count")).why


def test_a_link_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x").write_text("1")
    (tmp_path / "w" / "data").symlink_to(tmp_path / "elsewhere")
    found = traced(tmp_path, (1.0, "read", "data/x"))
    # What lies in the folder for temporary files counts as well, unless the node made it itself.
    assert found.reads == () and "outside of the workspace" in found.why[0]


def test_notices_that_somebody_explains(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    for name in ("mine", "theirs", "nobodys", "engines"):
        (tmp_path / "w" / name).write_text("1")
    seen = {name: Seen(opened=[5.0], first="open", read=True) for name in ("mine", "theirs", "nobodys", "engines")}
    other = tmp_path / "other"
    other.mkdir()
    others = (hook_file(other, (4.9, "read", str(tmp_path / "w" / "theirs"))),)
    window = Window(seen=seen, own={"engines": [4.95]})
    found = traced(tmp_path, (4.9, "read", "mine"), window=window, others=others)
    assert found.reads == ("mine", "nobodys") and found.sure == {"mine"}
    seen["theirs"].opened.append(5.1)
    assert "theirs" in traced(tmp_path, window=window, others=others).reads, "opened once more than was told"


def test_an_output_that_is_made_anew_is_no_input(tmp_path: Path) -> None:
    """The system does not tell whether a program empties a file or adds to it."""
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "o.h5").write_text("1")
    window = Window(seen={"o.h5": Seen(opened=[5.0], first="open", written=True)})
    assert traced(tmp_path, window=window, outputs=("o.h5",)).why == ()
    assert traced(tmp_path, window=window).why == ("It changes o.h5, which it reads as well.",)
    window.seen["o.h5"].read = True
    assert traced(tmp_path, window=window, outputs=("o.h5",)).why
    window.seen["o.h5"].read = False
    scene = Scene(tmp_path / "w", tmp_path / "w", None, "shell", "echo 1 >> o.h5", outputs=("o.h5",), window=window)
    assert trace.of(scene).why


@given(st.lists(st.floats(0, 20)), st.lists(st.floats(0, 20)))
def test_each_opening_explains_at_most_one_notice(seen: list[float], told: list[float]) -> None:
    if len(seen) > len(told):
        assert trace._unexplained(seen, told)
    assert not trace._unexplained(told, told)
    assert not trace._unexplained([], told)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not json\n",
        b"[" * 5000 + b"\n",
        b'{"a": 1}\n',
        b'[1, "read"]\n',
        b'["x", "read", "/a"]\n',
        b'[1, "fly", "/a"]\n',
        b'[1, "read", 7]\n',
        b'[1, "read", "a\\u0000b"]\n',
        b'[true, "read", "/a"]\n',
        b'[1, "read", "' + b"a" * 70_000 + b'"]\n',
        b'[1, "cut", ""]\n',
        b'[1, "read", "/cut in the middle',
    ],
    ids=range(13),
)
def test_a_hook_file_that_is_not_whole_proves_nothing(tmp_path: Path, line: bytes) -> None:
    path = hook_file(tmp_path, begin=bool(line))
    path.write_bytes(path.read_bytes() + line)
    told, whole = read_hook(path)
    assert not whole and all(one.kind in ("begin", "cut") for one in told)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "none", "huge"])
def test_a_hook_file_that_is_no_plain_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "opened.jsonl"
    if kind == "link":
        (tmp_path / "x").write_text('[1, "begin", ""]\n')
        path.symlink_to(tmp_path / "x")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(trace.HOOK_LIMIT + 1)
    assert read_hook(path) == ([], False)


def test_the_hook_on_any_python(tmp_path: Path) -> None:
    """It stands alone, passes by what the interpreter reads, and nothing it meets fails the code."""
    (tmp_path / "own").mkdir()
    target = tmp_path / "own" / "opened.jsonl"
    (tmp_path / "in.txt").write_text("1")
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(tracehook.__file__).parent)!r})
import tracehook
tracehook.install_from_environment()
assert "MLOPS_TRACE" not in os.environ
import json, email
from importlib import metadata
try:
    metadata.version("nobody-has-this")
except metadata.PackageNotFoundError:
    pass
open("in.txt").read()
open("out.txt", "w").close()
for mode in ("a", "r+"):
    open("out.txt", mode).close()
for _ in range(200):
    open("in.txt").close()
os.closerange(3, 100)
open("in.txt").close()
try:
    open(b"\\xff\\xfe")
except OSError:
    pass
"""
    environment = {**os.environ, "MLOPS_TRACE": str(target)}
    subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, env=environment, check=True)
    told, whole = read_hook(target)
    assert whole
    kinds = [(one.kind, os.path.basename(one.text)) for one in told if one.text.startswith(str(tmp_path))]
    assert kinds.count(("read", "in.txt")) == tracehook.TIMES
    assert [kind for kind in dict.fromkeys(kinds) if kind[1] == "out.txt"] == [
        ("write", "out.txt"),
        ("change", "out.txt"),
    ]
    assert "list" not in [kind for kind, _ in kinds], "to look for a package is not to look at the files"
    assert ("import", "email") in [(one.kind, one.text) for one in told]
    assert not [one for one in told if one.kind == "read" and one.text.startswith(sys.base_prefix + "/lib")]


@pytest.mark.parametrize(
    ("mode", "flags", "kind"),
    [
        ("r", 0, "read"),
        ("rb", 0, "read"),
        ("w", 0, "write"),
        ("xb", 0, "write"),
        ("w+", 0, "write"),
        ("a", 0, "change"),
        ("r+b", 0, "change"),
        (None, os.O_RDONLY, "read"),
        (None, os.O_WRONLY | os.O_TRUNC, "write"),
        (None, os.O_RDWR | os.O_CREAT | os.O_EXCL, "write"),
        (None, os.O_RDWR | os.O_CREAT, "change"),
    ],
)
def test_how_a_file_is_opened(mode: str | None, flags: int, kind: str) -> None:
    assert tracehook._kind(mode, flags) == kind


def watching(folder: Path, act: Callable[[], None]) -> Window:
    """What a watch sees while something is done."""

    async def work() -> Window:
        watched = Watch(folder)
        try:
            window = await watched.begin()
            await asyncio.to_thread(act)
            watched.end(window)
            return window
        finally:
            watched.close()

    return asyncio.run(work())


def shell(folder: Path, command: str) -> Callable[[], None]:
    return lambda: subprocess.run(["bash", "-c", command], cwd=folder, check=True) and None


def test_what_the_system_tells(tmp_path: Path) -> None:
    for name in ("read", "emptied", "appended", "moved", "changed"):
        (tmp_path / name).write_text("123")
    (tmp_path / "sub").mkdir()
    command = (
        "cat read; echo x > emptied; echo x >> appended; mv moved sub/moved; mkdir new; echo 1 > new/file; cat new/file"
    )
    seen = watching(tmp_path, shell(tmp_path, command)).seen
    assert (seen["read"].first, seen["read"].read, seen["read"].written) == ("open", True, False)
    assert (seen["emptied"].read, seen["emptied"].written) == (False, True)
    assert (seen["appended"].first, seen["appended"].written) == ("open", True)
    assert (seen["sub/moved"].first, seen["moved"].first) == ("write", "write")
    assert seen["new/file"].first == "write", "also in a folder that was not there"


def test_what_is_nobodys_input_is_not_watched(tmp_path: Path) -> None:
    for folder in (".mlops/runs", ".git", "env/lib", "node_modules/x"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    seen = watching(tmp_path, shell(tmp_path, "touch .mlops/a .mlops/runs/a .git/a env/lib/a node_modules/x/a b")).seen
    assert {path for path in seen if not path.endswith("/")} == {"b"}


def test_a_watch_that_is_refused_or_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    monkeypatch.setattr(watch, "MOST_FOLDERS", 3)
    assert "too many to be watched" in (watching(tmp_path, lambda: None).problem or "")
    monkeypatch.setattr(watch, "MOST_FOLDERS", 10_000)
    monkeypatch.setattr(watch, "MOST_NOTICES", 10)
    problem = watching(tmp_path, shell(tmp_path, "for i in {1..20}; do touch $i.txt; done")).problem
    assert problem == "It opened more files than can be followed."
    window = Window(problem=problem)
    assert trace.of(Scene(root=tmp_path, cwd=tmp_path, hook=None, window=window)).why == (problem,)


def test_notices_that_were_lost_are_said(tmp_path: Path) -> None:
    data = watch._HEAD.pack(-1, watch._OVERFLOW, 0, 0)
    assert list(watch._notices(data)) == [(-1, watch._OVERFLOW, "")]

    async def work() -> Window:
        watched = Watch(tmp_path)
        window = await watched.begin()
        reading, writing = os.pipe()
        os.write(writing, data)
        os.set_blocking(reading, False)
        asyncio.get_running_loop().remove_reader(watched._descriptor)
        os.dup2(reading, watched._descriptor)
        watched.end(window)
        os.close(watched._descriptor)
        os.close(reading)
        os.close(writing)
        return window

    assert "unseen" in (asyncio.run(work()).problem or "")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["cat", "data/in.csv"], None),
        (["/bin/bash", "-c", "cat data/in.csv | sort > out"], None),
        (["/bin/bash", "-c", "cat {outside}"], "{outside}"),
        (["sort", "--files0-from={outside}"], "{outside}"),
        (["/usr/bin/curl", "x"], "curl"),
        (["bash", "-c", "git pull"], "git"),
        (["cat", "../outside"], "../outside"),
        (["cat", "https://example.org/x"], "https://example.org/x"),
        (["/usr/bin/env", "python", "x.py"], None),
        (["echo", "/no/such/place"], None),
    ],
)
def test_commands_that_lead_elsewhere(tmp_path: Path, words: list[str], what: str | None) -> None:
    (tmp_path / "w").mkdir()
    outside = tmp_path / "outside"
    outside.write_text("")
    filled = [word.replace("{outside}", str(outside)) for word in words]
    found = elsewhere.of_command(filled, tmp_path / "w", tmp_path / "w")
    assert found == (None if what is None else what.replace("{outside}", str(outside)))


@given(st.text(max_size=200), st.sampled_from(["python", "shell", "r"]))
def test_any_code_can_be_looked_at(code: str, language: str) -> None:
    texts = list(elsewhere.texts_of(code, language))
    began = time.monotonic()
    elsewhere.spoken_of(texts, Path("/nowhere"), Path("/nowhere"))
    assert time.monotonic() - began < 5
