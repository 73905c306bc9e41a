"""Packages arrive whole, once, and where they should: in folders, git repositories and stores."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import BadRequest, MlopsError
from mlops_ext.runtimes.airflow import git, gitprogram
from mlops_ext.runtimes.airflow.deliver import deliver, probe, prune
from mlops_ext.runtimes.airflow.files import FileStore
from mlops_ext.runtimes.airflow.package import Package
from mlops_ext.runtimes.airflow.worker.stores import Store
from mlops_ext.runtimes.registry import Delivery, Runtime
from mlops_ext.secrets import SecretStore

from . import hostile

CANARY = "canary-5f2c9a"


@pytest.fixture
def package(tmp_path: Path) -> Package:
    place = hostile.workspace(tmp_path / "w")
    return hostile.packed(place, {"version": 1, "nodes": {"n": {"type": "notebook", "path": "a.ipynb"}}})[0]


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecretStore:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return SecretStore(tmp_path / "secrets")


def to(**fields: Any) -> Runtime:
    return replace(hostile.RUNTIME, delivery=Delivery(**fields))


def run_git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    folder = tmp_path / "remote.git"
    folder.mkdir()
    run_git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
    return folder


def tree(remote: Path) -> dict[str, str]:
    names = run_git(remote, "ls-tree", "-r", "-z", "--name-only", "main").split("\0")
    return {name: run_git(remote, "show", f"main:{name}") for name in names if name}


class TestFolder:
    def test_all_files_arrive_once(self, tmp_path: Path, package: Package, secrets: SecretStore) -> None:
        dags = tmp_path / "dags"
        dags.mkdir()
        assert not deliver(package, to(kind="folder", path=str(dags)), secrets).pinned
        found = {file.relative_to(dags).as_posix(): file.read_bytes() for file in dags.rglob("*") if file.is_file()}
        assert found == dict(package.files)
        before = {file: file.stat().st_mtime_ns for file in dags.rglob("*")}
        deliver(package, to(kind="folder", path=str(dags)), secrets)
        assert {file: file.stat().st_mtime_ns for file in dags.rglob("*")} == before
        newest = max(package.files, key=lambda name: (dags / name).stat().st_mtime_ns)
        assert newest == package.dag_file

    @pytest.mark.parametrize("name", ["", "pkg"])
    def test_links_lead_nowhere(self, tmp_path: Path, package: Package, secrets: SecretStore, name: str) -> None:
        dags, elsewhere = tmp_path / "dags", tmp_path / "elsewhere"
        dags.mkdir()
        elsewhere.mkdir()
        (dags / package.dag_id).mkdir() if name else None
        (dags / package.dag_id / name if name else dags / package.dag_id).symlink_to(elsewhere)
        with pytest.raises(MlopsError, match="link") as caught:
            deliver(package, to(kind="folder", path=str(dags)), secrets)
        assert caught.value.code == "delivery"
        assert not list(elsewhere.iterdir())

    def test_a_link_in_place_of_the_dag_is_replaced(
        self, tmp_path: Path, package: Package, secrets: SecretStore
    ) -> None:
        dags, other = tmp_path / "dags", tmp_path / "other.py"
        (dags / package.dag_id).mkdir(parents=True)
        other.write_text("mine")
        (dags / package.dag_file).symlink_to(other)
        deliver(package, to(kind="folder", path=str(dags)), secrets)
        assert other.read_text() == "mine"
        assert (dags / package.dag_file).read_bytes() == package.files[package.dag_file]

    def test_a_folder_that_is_not_there(self, tmp_path: Path, package: Package, secrets: SecretStore) -> None:
        runtime = to(kind="folder", path=str(tmp_path / "gone"))
        for action in (lambda: deliver(package, runtime, secrets), lambda: probe(runtime, secrets)):
            with pytest.raises(MlopsError, match="No such file"):
                action()

    def test_old_packages_go_when_nothing_needs_them(
        self, tmp_path: Path, package: Package, secrets: SecretStore
    ) -> None:
        runtime = to(kind="folder", path=str(tmp_path / "dags"))
        packages = tmp_path / "dags" / package.dag_id / "pkg"
        for age, name in ((3, "a" * 12), (2, "b" * 12)):
            (packages / name).mkdir(parents=True)
            os.utime(packages / name, (1e9 - age, 1e9 - age))
        deliver(package, runtime, secrets)
        (packages / ("c" * 12)).mkdir()  # somebody else is delivering
        os.utime(packages / ("c" * 12), (4e9, 4e9))
        prune(runtime, secrets, package.dag_id, {"b" * 64})
        assert sorted(entry.name[0] for entry in packages.iterdir() if entry.name[:12] != package.digest[:12]) == [
            "b",
            "c",
        ]
        assert (packages / package.digest[:12]).is_dir()


class TestGit:
    def test_a_commit_and_no_second_one(self, remote: Path, package: Package, secrets: SecretStore) -> None:
        runtime = to(kind="git", url=remote.as_uri(), branch="main", folder="af/dags")
        assert "trial push" in probe(runtime, secrets)
        delivered = deliver(package, runtime, secrets)
        assert delivered.pinned
        assert delivered.version == run_git(remote, "rev-parse", "main")
        assert tree(remote) == {f"af/dags/{name}": data.decode().strip() for name, data in package.files.items()}
        assert deliver(package, runtime, secrets) == delivered
        assert "trial push" in probe(runtime, secrets)
        assert run_git(remote, "rev-parse", "main") == delivered.version

    def test_somebody_else_is_faster(
        self, remote: Path, tmp_path: Path, package: Package, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runtime = to(kind="git", url=remote.as_uri(), branch="main")
        push, pushed = git.Repository._push, []

        def late(self: git.Repository, commit: str, *options: str) -> None:
            if len(pushed) < 3:
                other = tmp_path / f"other{len(pushed)}"
                run_git(tmp_path, "clone", "--quiet", str(remote), str(other))
                (other / f"theirs{len(pushed)}.txt").write_text("theirs")
                run_git(other, "add", "-A")
                identity = ["-c", "user.name=o", "-c", "user.email=o@o"]
                run_git(other, *identity, "commit", "--quiet", "-m", "theirs")
                run_git(other, "push", "--quiet", "origin", "HEAD:main")
                pushed.append(commit)
            push(self, commit, *options)

        monkeypatch.setattr(git.Repository, "_push", late)
        deliver(package, runtime, secrets)
        found = tree(remote)
        assert {f"theirs{number}.txt" for number in range(3)} <= set(found)
        assert set(package.files) <= set(found)

    def test_a_remote_that_refuses(self, remote: Path, package: Package, secrets: SecretStore) -> None:
        hook = remote / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho 'only by merge request' >&2\nexit 1\n")
        hook.chmod(0o755)
        with pytest.raises(MlopsError, match=r"refused a push to main: only by merge request"):
            deliver(package, to(kind="git", url=remote.as_uri(), branch="main"), secrets)

    def test_a_remote_that_is_not_there(self, tmp_path: Path, package: Package, secrets: SecretStore) -> None:
        with pytest.raises(MlopsError, match="there is none at this address"):
            deliver(package, to(kind="git", url=(tmp_path / "gone").as_uri(), branch="main"), secrets)

    @pytest.mark.parametrize(
        "url",
        [
            "--upload-pack=touch pwned", "-oProxyCommand=touch pwned", "ext::sh -c touch% pwned", "fd::3",
            "ssh://-oProxyCommand=touch/x", "git@-x:y", "git@host:-x", "http://x/y", "/etc", "file://a\nb", "",
            "https://", "-x@host:y",
        ],
    )  # fmt: skip
    def test_hostile_addresses(self, package: Package, secrets: SecretStore, url: str) -> None:
        with pytest.raises(BadRequest):
            deliver(package, to(kind="git", url=url, branch="main"), secrets)

    @pytest.mark.parametrize(
        ("branch", "folder"),
        [("--all", None), ("-x", None), ("a b", None), ("a:b", None), ("main", "../x"), ("main", "a/.git/hooks")],
    )
    def test_hostile_names(
        self, remote: Path, package: Package, secrets: SecretStore, branch: str, folder: str | None
    ) -> None:
        with pytest.raises(BadRequest):
            deliver(package, to(kind="git", url=remote.as_uri(), branch=branch, folder=folder), secrets)

    def test_hooks_of_the_user_have_no_say(
        self, remote: Path, tmp_path: Path, package: Package, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hooks = tmp_path / "hooks"
        hooks.mkdir()
        for name in ("pre-push", "post-index-change"):
            (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/pwned\n")
            (hooks / name).chmod(0o755)
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / ".gitconfig").write_text(f"[core]\nhooksPath = {hooks}\n")
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        deliver(package, to(kind="git", url=remote.as_uri(), branch="main"), secrets)
        assert not (tmp_path / "pwned").exists()

    def test_the_secret_is_asked_for_and_shown_nowhere(
        self, tmp_path: Path, remote: Path, package: Package, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secrets.set("git-token", CANARY)
        seen: list[Any] = []
        real = subprocess.Popen

        def watched(command: list[str], **keywords: Any) -> Any:
            answer = keywords["env"].get("GIT_ASKPASS")
            asked = real([answer, "Password for 'https://x': "], stdout=subprocess.PIPE, text=True)
            said = asked.communicate()[0]
            seen.append((command, dict(keywords["env"]), said, os.stat(os.path.dirname(answer)).st_mode & 0o077))
            return real(command, **keywords)

        monkeypatch.setattr(gitprogram.subprocess, "Popen", watched)
        deliver(package, to(kind="git", url=remote.as_uri(), branch="main", secret="git-token"), secrets)
        assert seen
        for command, environment, said, mode in seen:
            assert said == CANARY + "\n"
            assert mode == 0
            assert CANARY not in repr(command) + repr(environment)
        left = [file for file in (tmp_path / "cache").rglob("*") if file.is_file()]
        assert not any(CANARY.encode() in file.read_bytes() for file in left)

    def test_old_packages_go(self, remote: Path, package: Package, secrets: SecretStore) -> None:
        runtime = to(kind="git", url=remote.as_uri(), branch="main", folder="d")
        files = {name.replace(package.digest[:12], "a" * 12): data for name, data in package.files.items()}
        deliver(replace(package, files={**files, package.dag_file: b"old"}), runtime, secrets)
        deliver(package, runtime, secrets)
        assert any("a" * 12 in name for name in tree(remote))
        prune(runtime, secrets, package.dag_id, set())
        assert set(tree(remote)) == {f"d/{name}" for name in package.files}


class TestObjects:
    def test_a_store_of_fsspec(self, package: Package, secrets: SecretStore) -> None:
        import fsspec

        runtime = to(kind="object", url="memory://bucket/dags")
        assert "memory://bucket/dags" in probe(runtime, secrets)
        deliver(package, runtime, secrets)
        deliver(package, runtime, secrets)
        system = fsspec.filesystem("memory")
        found = {name.removeprefix("/bucket/dags/"): system.cat_file(name) for name in system.find("/bucket/dags")}
        assert found == dict(package.files)

    @pytest.mark.parametrize("kind", ["memory", "file"])
    def test_old_packages_go(self, tmp_path: Path, package: Package, secrets: SecretStore, kind: str) -> None:
        url = tmp_path.as_uri() if kind == "file" else f"memory://pruned/{tmp_path.name}"
        store, runtime = Store(url), to(kind="object", url=url)
        packages = f"{package.dag_id}/pkg"

        def kept() -> set[str]:
            names = {name.partition("/")[0] for name in store.names(packages)}
            return {name[0] if len(set(name)) == 1 else name for name in names}

        for name in "ab":
            for file in ("files/x", "manifest.json"):
                store.write(f"{packages}/{name * 12}/{file}", b"old")
        deliver(package, runtime, secrets)
        store.write(f"{packages}/{'c' * 12}/files/x", b"somebody else is delivering")
        store.write(f"{packages}/{'d' * 12}/manifest.json", b"somebody else has delivered")
        prune(runtime, secrets, package.dag_id, {"b" * 64})
        assert kept() == {"b", "c", "d", package.digest[:12]}
        prune(runtime, secrets, package.dag_id, set())
        assert kept() == {"c", "d", package.digest[:12]}

    def test_an_unknown_scheme_is_told(self, package: Package, secrets: SecretStore) -> None:
        with pytest.raises(MlopsError, match="nonsense"):
            deliver(package, to(kind="object", url="nonsense://x"), secrets)


def test_a_file_store_that_is_mistyped_fails_the_test(tmp_path: Path) -> None:
    mistyped = tmp_path / "fiels"
    with pytest.raises(MlopsError, match=f"There is no folder {mistyped} on ") as caught:
        FileStore(replace(hostile.RUNTIME, files_url=mistyped.as_uri())).probe()
    assert caught.value.code == "file-store"
    assert not mistyped.exists()


def test_the_file_store_from_here(tmp_path: Path) -> None:
    for url in (tmp_path.as_uri(), "memory://store"):
        store = FileStore(replace(hostile.RUNTIME, files_url=url))
        assert url in store.probe()
        store._store.write("a/b/c.txt", b"hello")
        store._store.write("a/b/d/e.txt", b"there")
        assert store.exists("a/b")
        assert not store.exists("x")
        assert store.read("a/b/c.txt", 3) == b"hel"
        assert store.read("a/x", 3) is None
        target = tmp_path / ("one" if store.is_local else "two")
        assert store.fetch("a/b", target, 100)
        assert (target / "d" / "e.txt").read_bytes() == b"there"
        assert not store.fetch("a/b", target, 3)
        assert not store.fetch("none", target, 3)
