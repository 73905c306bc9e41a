"""Two projects whose pipelines have the same name on an Airflow: the second is refused, whatever the way there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import Conflict
from mlops_ext.paths import workspace_at
from mlops_ext.provenance import repository_of
from mlops_ext.runtimes.airflow.deliver import deliver
from mlops_ext.runtimes.airflow.origin import NAME, Origin, origin_of
from mlops_ext.runtimes.airflow.package import Package
from mlops_ext.runtimes.registry import Runtime
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow import hostile
from tests.runtimes.airflow.test_deliver import package, remote, secrets, to, tree

__all__ = ["package", "remote", "secrets"]

OURS = Origin("churn", "1" * 32, None)
THEIRS = Origin("risk", "2" * 32, None)


class Place:
    """Where packages are delivered to, and what lies there."""

    def __init__(self, kind: str, top: Path, repository: Path) -> None:
        self.kind, self.top, self.repository = kind, top / "dags", repository
        self.top.mkdir()

    @property
    def runtime(self) -> Runtime:
        if self.kind == "git":
            return to(kind="git", url=self.repository.as_uri(), branch="main")
        if self.kind == "object":
            return to(kind="object", url=self.top.as_uri())
        return to(kind="folder", path=str(self.top))

    def files(self) -> dict[str, str]:
        if self.kind == "git":
            return tree(self.repository)
        found = {path for path in self.top.rglob("*") if path.is_file()}
        return {path.relative_to(self.top).as_posix(): path.read_text().strip() for path in sorted(found)}


@pytest.fixture(params=["folder", "git", "object"])
def place(request: pytest.FixtureRequest, tmp_path: Path, remote: Path) -> Place:
    return Place(request.param, tmp_path, remote)


def other(package: Package) -> Package:
    """Another project's, under the same name."""
    files = {**package.files, package.dag_file: b"# theirs"}
    return Package(package.dag_id, package.digest, files)


def test_another_project_is_refused_and_changes_nothing(place: Place, package: Package, secrets: SecretStore) -> None:
    deliver(package, place.runtime, secrets, OURS)
    before = place.files()
    with pytest.raises(Conflict, match=r"comes from another project, 'churn'") as caught:
        deliver(other(package), place.runtime, secrets, THEIRS)
    assert (caught.value.code, NAME in caught.value.hint) == ("dag-taken", True)
    assert place.files() == before
    deliver(package, place.runtime, secrets, OURS)
    assert place.files() == before


def test_all_clones_of_a_repository_are_one_project(place: Place, package: Package, secrets: SecretStore) -> None:
    first, clone, stranger = (Origin("churn", number * 32, "a" * 32) for number in "123")
    deliver(package, place.runtime, secrets, first)
    before = place.files()
    deliver(package, place.runtime, secrets, clone)
    assert place.files() == before, "the mark stays that of the first"
    with pytest.raises(Conflict):
        deliver(package, place.runtime, secrets, Origin("churn", stranger.workspace, "b" * 32))


def test_a_project_that_gets_a_repository_stays_itself(place: Place, package: Package, secrets: SecretStore) -> None:
    deliver(package, place.runtime, secrets, OURS)
    deliver(package, place.runtime, secrets, Origin("churn", OURS.workspace, "a" * 32))
    deliver(package, place.runtime, secrets, Origin("clone", "3" * 32, "a" * 32))


def test_what_has_no_mark_is_taken(place: Place, package: Package, secrets: SecretStore) -> None:
    deliver(package, place.runtime, secrets)
    unmarked = place.files()
    assert f"{package.dag_id}/{NAME}" not in unmarked
    deliver(package, place.runtime, secrets, OURS)
    marked = place.files()
    assert {path: text for path, text in marked.items() if path in unmarked} == unmarked, "no byte of the rest differs"
    assert json.loads(marked[f"{package.dag_id}/{NAME}"])["project"] == "churn"
    with pytest.raises(Conflict):
        deliver(package, place.runtime, secrets, THEIRS)


@pytest.mark.parametrize("data", [b"\xff", b"[]", b"null", b"{" * 5000, b'{"workspace": 1, "project": ["x"]}'])
def test_a_damaged_mark_is_nobodys(tmp_path: Path, package: Package, secrets: SecretStore, data: bytes) -> None:
    mark = tmp_path / "dags" / package.dag_id / NAME
    mark.parent.mkdir(parents=True)
    mark.write_bytes(data)
    with pytest.raises(Conflict, match=r"comes from another project\."):
        deliver(package, to(kind="folder", path=str(tmp_path / "dags")), secrets, OURS)


def test_a_workspace_keeps_its_id(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / ".mlops").mkdir(parents=True)
    first, second = (origin_of(workspace_at(tmp_path / name)) for name in ("a", "b"))
    assert first == origin_of(workspace_at(tmp_path / "a"))
    assert (first.project, first.workspace != second.workspace) == ("a", True)
    shutil.move(tmp_path / "a", tmp_path / "moved")
    assert origin_of(workspace_at(tmp_path / "moved")).workspace == first.workspace


@pytest.mark.parametrize(
    ("remote_url", "address"),
    [
        ("https://git.example.org/data/churn.git", "git.example.org/data/churn"),
        ("https://someone:token@Git.Example.org:8443/data/churn", "git.example.org/data/churn"),
        ("ssh://git@git.example.org:7999/data/churn.git/", "git.example.org/data/churn"),
        ("git@git.example.org:data/churn.git", "git.example.org/data/churn"),
        ("file:///srv/churn.git", None),
        ("/srv/churn.git", None),
        ("../churn.git", None),
    ],
)
def test_an_address_by_whichever_protocol(tmp_path: Path, remote_url: str, address: str | None) -> None:
    git("init", "--quiet", tmp_path)
    git("-C", tmp_path, "remote", "add", "origin", remote_url)
    (tmp_path / "team a").mkdir()
    found = [repository_of(folder) for folder in (tmp_path, tmp_path / "team a")]
    assert found == ([None, None] if address is None else [f"{address}#", f"{address}#team a"])


def git(*arguments: Any) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def test_no_repository_has_no_address(tmp_path: Path) -> None:
    assert repository_of(tmp_path) is None


def test_a_package_is_the_same_whoever_delivers_it(tmp_path: Path) -> None:
    packages = []
    for name in ("one", "two"):
        place = hostile.workspace(tmp_path / name)
        document = {"version": 1, "nodes": {"n": {"type": "notebook", "path": "a.ipynb"}}}
        packages.append(hostile.packed(place, document)[0])
    assert packages[0] == packages[1]
