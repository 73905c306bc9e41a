"""The door to files: what is inside, where a workspace is, what is known of a file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_ext import notebooks, paths
from mlops_ext.errors import OutsideWorkspace
from mlops_ext.model import NotebookParameter
from mlops_ext.parse import parse
from mlops_ext.paths import (
    collect_facts,
    confine,
    expand,
    find_workspace,
    inspect_file,
    known_workspaces,
    register,
    workspace_at,
)
from mlops_ext.runtimes.local import results
from mlops_ext.store import Store


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with files, a neighbour with the same beginning, and links."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "rootX").mkdir()
    (tmp_path / "rootX" / "secret.txt").write_text("canary")
    (root / "a.txt").write_text("a")
    (root / "sub" / "b.txt").write_text("b")
    (root / "inside").symlink_to("sub/b.txt")
    (root / "outside").symlink_to(tmp_path / "rootX" / "secret.txt")
    (root / "out-folder").symlink_to(tmp_path / "rootX")
    (root / "loop").symlink_to("loop")
    return root


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "\0", "a\0b", "../x", "..", "sub/../../x", "../rootX/secret.txt", "/etc/passwd", "~", "~/x",
        "~root/x", "C:\\x", "c:x", "\\\\host\\share", "\\x", "http://127.0.0.1/x.ipynb", "s3://bucket/x", "file:///etc/passwd",
        "gs://x", "abs://x", "outside", "out-folder/secret.txt", "out-folder/../rootX/secret.txt", "out-folder/new.txt",
        "loop", "loop/x", "sub/../out-folder", "x::$DATA",
    ],
)  # fmt: skip
def test_what_leads_out_is_refused(root: Path, text: str) -> None:
    with pytest.raises(OutsideWorkspace) as error:
        confine(root, root, text)
    assert error.value.message.endswith(".") and "canary" not in error.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.txt", "a.txt"), ("./a.txt", "a.txt"), ("sub/b.txt", "sub/b.txt"), ("sub/../a.txt", "a.txt"),
        ("inside", "sub/b.txt"), ("not-there/yet.txt", "not-there/yet.txt"), ("a{b}.ipynb", "a{b}.ipynb"),
        ("-rf", "-rf"), ("it's $(id).ipynb", "it's $(id).ipynb"), ("ä ☃", "ä ☃"),
        ("..x", "..x"), ("a..b/..c", "a..b/..c"), ("sub/", "sub"), ("run:1.ipynb", "run:1.ipynb"),
    ],
)  # fmt: skip
def test_what_is_inside(root: Path, text: str, expected: str) -> None:
    assert confine(root, root, text) == root.resolve() / expected


def test_seen_from_a_folder_below(root: Path) -> None:
    assert confine(root, root / "sub", "../a.txt") == root.resolve() / "a.txt"
    with pytest.raises(OutsideWorkspace):
        confine(root, root / "sub", "../../rootX/secret.txt")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["..", ".", "sub", "a.txt", "out-folder", "inside", "outside", "", "x"]), max_size=6))
def test_inside_or_refused_and_nothing_between(root: Path, parts: list[str]) -> None:
    text = "/".join(parts)
    try:
        path = confine(root, root / "sub", text)
    except OutsideWorkspace:
        return
    assert os.path.realpath(path) == str(path)
    assert path == root.resolve() or root.resolve() in path.parents


def test_the_workspace_of_a_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    deep = home / "project" / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    pipeline = deep / "p.pipeline"

    def found(root: Path | None = None) -> str:
        return find_workspace(pipeline, root).folder.relative_to(home).as_posix()

    assert found() == "project/a/b", "its own folder"
    (home / ".git").mkdir()
    (home / ".mlops").mkdir()
    assert found() == "project/a/b", "never the home folder"
    (home / "project" / ".git").mkdir()
    assert found() == "project"
    assert found(home / "project" / "a") == "project/a/b", "never above the server's root"
    (home / "project" / "a" / ".mlops").mkdir()
    assert found() == "project/a", ".mlops before .git, though this one is farther"
    (deep / ".git").mkdir()
    assert found() == "project/a"
    (deep / ".mlops").write_text("a file is no state")
    assert found() == "project/a"
    with pytest.raises(OutsideWorkspace):
        find_workspace(pipeline, tmp_path / "elsewhere")
    assert not list(home.rglob("state.sqlite")), "looking writes nothing"


def test_where_the_state_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    folder = tmp_path / "w"
    folder.mkdir()
    assert workspace_at(folder).state == folder / ".mlops"
    monkeypatch.setattr(paths, "_file_system", lambda folder: "nfs4")
    remote = workspace_at(folder)
    assert remote.state.is_relative_to(tmp_path / "xdg" / "mlops-ext") and remote.state == workspace_at(folder).state
    monkeypatch.undo()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert workspace_at(folder).state == remote.state, "not writable"
    remote.prepare()
    assert stat.S_IMODE(remote.state.stat().st_mode) == 0o700


def test_file_systems_are_told_apart(tmp_path: Path) -> None:
    assert paths._file_system(Path("/proc/self")) == "proc"
    assert paths._file_system(tmp_path) not in ("", "proc")


def test_known_workspaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    folders = [tmp_path / name for name in ("served/a", "served/b", "apart")]
    for folder in folders:
        folder.mkdir(parents=True)
        workspace = workspace_at(folder)
        Store.open(workspace).close()
        register(workspace)
        register(workspace)
    assert [w.folder for w in known_workspaces(tmp_path / "served")] == folders[:2]
    assert [w.folder for w in known_workspaces(None)] == sorted(folders)
    Store.open(workspace_at(tmp_path / "served")).close()
    assert known_workspaces(tmp_path / "served")[0].folder == tmp_path / "served", "the root itself"
    for file in (tmp_path / "xdg" / "mlops-ext" / "known").iterdir():
        file.write_text("{broken")
        break
    assert len(known_workspaces(None)) == 2


def write_notebook(path: Path, *cells: tuple[str, str | None], **metadata: Any) -> None:
    path.write_text(
        json.dumps(
            {
                "nbformat": 4,
                "nbformat_minor": 5,
                "metadata": metadata,
                "cells": [
                    {"cell_type": "code", "source": source, "metadata": {"tags": [tag] if tag else []}}
                    for source, tag in cells
                ],
            }
        )
    )


def test_what_is_known_of_files(root: Path) -> None:
    workspace, pipeline = workspace_at(root), root / "sub" / "p.pipeline"
    os.mkfifo(root / "sub" / "pipe")
    facts = {
        text: inspect_file(workspace, pipeline, text)
        for text in (
            "b.txt",
            "../a.txt",
            "gone.txt",
            "../../rootX/secret.txt",
            "../outside",
            "../sub",
            "pipe",
            "*.txt",
            "*.q",
        )
    }
    assert {text: (fact.exists, fact.inside, fact.is_file) for text, fact in facts.items()} == {
        "b.txt": (True, True, True),
        "../a.txt": (True, True, True),
        "gone.txt": (False, True, False),
        "../../rootX/secret.txt": (False, False, False),
        "../outside": (False, False, False),
        "../sub": (True, True, False),
        "pipe": (True, True, False),
        "*.txt": (True, True, False),
        "*.q": (False, True, False),
    }


def test_what_a_notebook_says_about_itself(root: Path) -> None:
    workspace, pipeline = workspace_at(root), root / "p.pipeline"
    write_notebook(
        root / "n.ipynb",
        (
            "%matplotlib inline\ncutoff: float = 0.5  # how sure\nname = 'x'\nitems = [1, 2]\nmodel = make()\n"
            "rows: int\n"
            "n = 3  # type: int  # rows to keep\nflag = True\ngiven = None",
            "parameters",
        ),
        ("auc = 1\na, (b, *c) = f()\n_hidden = 2\nimport os\nfor i in x: y = 1\nz += 1\nw: int = 1\nv: int", "results"),
        ("open(os.environ['MLOPS_RESULTS'])", None),
        kernelspec={"name": "python3", "language": "python"},
    )
    fact = inspect_file(workspace, pipeline, "n.ipynb").notebook
    assert fact is not None
    assert (fact.kernel, fact.language, fact.has_parameters_cell) == ("python3", "python", True)
    assert fact.results == ("auc", "a", "b", "c", "z", "w")
    assert fact.parameters == (
        NotebookParameter("cutoff", "number", 0.5, True, "how sure"),
        NotebookParameter("name", "string", "x", True, ""),
        NotebookParameter("items", "list", [1, 2], True, ""),
        NotebookParameter("model", None, None, False, ""),
        NotebookParameter("rows", "integer", None, False, ""),
        NotebookParameter("n", "integer", 3, True, "rows to keep"),
        NotebookParameter("flag", "boolean", True, True, ""),
        NotebookParameter("given", None, None, True, ""),
    )


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"nbformat": 3, "worksheets": []}', b'{"cells": []}', b"\xff", b"[" * 100_000]
)
def test_a_notebook_that_is_none(root: Path, content: bytes) -> None:
    (root / "n.ipynb").write_bytes(content)
    fact = inspect_file(workspace_at(root), root / "p.pipeline", "n.ipynb")
    assert (fact.exists, fact.is_file, fact.notebook) == (True, True, None)
    assert fact.error is not None and fact.error.endswith(".")


CELLS = [
    "auc = 1", "a = b = c = 1", "(a, b), *c = x", "[a, b] = x", "a.b = 1", "a[0] = 1", "a: int = 1", "a: int", "a += 1",
    "_a = 1", "def f(): x = 1", "with f() as x: y = 1", "for x in y: z = 1", "import a", "if a: b = 1",
    "%time a = 1\nb = 2", "!ls\nb = 2", "broken (", "", "a = 1; b = 2", "if (n := 10): pass", "x = [y := 1]",
    "ä = 1", "class C: a = 1",
]  # fmt: skip


@pytest.mark.parametrize("cell", CELLS)
def test_the_names_that_are_told_are_the_names_that_are_read(cell: str) -> None:
    assert notebooks.assigned_names(cell) == results.assigned_names(cell)


def test_facts_of_a_pipeline(root: Path) -> None:
    write_notebook(root / "n.ipynb", kernelspec={"name": "python3"})
    parsed = parse(
        json.dumps(
            {
                "version": 1,
                "nodes": {
                    "a": {"type": "notebook", "path": "n.ipynb", "files": ["sub"], "outputs": ["made.txt"]},
                    "b": {"type": "script", "path": "../x.py"},
                },
            }
        ).encode()
    )
    assert parsed.pipeline is not None
    facts = collect_facts(workspace_at(root), root / "p.pipeline", parsed.pipeline)
    assert set(facts.files) == {"n.ipynb", "sub", "made.txt", "../x.py"}
    assert facts.files["n.ipynb"].notebook is not None and not facts.files["../x.py"].inside
    assert facts.kernels is not None and facts.kernels["python3"] == "python"
    assert collect_facts(workspace_at(root), root / "p.pipeline", parsed.pipeline, kernels=False).kernels is None


def test_what_a_declaration_means(root: Path) -> None:
    workspace = workspace_at(root)
    workspace.prepare()
    (root / ".mlops" / "x.txt").write_text("ours")
    (root / "we[i]rd.txt").write_text("w")

    def names(text: str) -> list[str]:
        return [path.relative_to(root).as_posix() for path in expand(workspace, root, text)]

    assert names("a.txt") == ["a.txt"]
    assert names("sub") == ["sub/b.txt"]
    assert names("*.txt") == ["a.txt", "we[i]rd.txt"]
    assert names("**/*.txt") == ["a.txt", "sub/b.txt", "we[i]rd.txt"]
    assert names("we[i]rd.txt") == ["we[i]rd.txt"], "a file by that name comes before the pattern"
    assert names("gone.txt") == []
    with pytest.raises(OutsideWorkspace):
        names("out-folder")
    with pytest.raises(OutsideWorkspace):
        names("../rootX/*")
    (root / "sub" / "out.txt").symlink_to(root.parent / "rootX" / "secret.txt")
    (root / "sub" / "in.txt").symlink_to(root / "a.txt")
    assert names("sub/*.txt") == ["sub/b.txt", "a.txt"], "links are followed inside, and not out of it"
    assert names("sub") == ["sub/b.txt", "sub/in.txt"]
    assert [name for name in names("*/*") if "secret" in name or "out-folder" in name] == []


def test_ids_of_runs_are_no_paths(tmp_path: Path) -> None:
    workspace = workspace_at(tmp_path)
    assert workspace.run_folder("0" * 32).parent == workspace.runs
    for text in ("..", "../x", "", "A" * 32, "0" * 31, "/etc", "0" * 32 + "\n"):
        with pytest.raises(OutsideWorkspace):
            workspace.run_folder(text)
