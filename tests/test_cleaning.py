"""`mlops gc`: what goes is old and nobody's; what somebody builds on stays, whatever is asked."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext.cleaning import Limits, clean
from mlops_ext.compile import Plan, Step
from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.runtimes.local.objects import Objects
from mlops_ext.store import Store, documents


class Shelf:
    """A workspace with runs of one day each, the oldest first, each with a file."""

    def __init__(self, folder: Path) -> None:
        (folder / ".mlops").mkdir(parents=True)
        self.workspace: Workspace = workspace_at(folder)
        self.store = Store.open(self.workspace)

    def run(self, pipeline: str = "p.pipeline", state: str = "succeeded", size: int = 8192, source: str = "") -> str:
        plan = Plan(pipeline, "0" * 64, steps={"a": Step("a", "script")})
        run_id = self.store.create_run(plan)
        file = self.workspace.run_folder(run_id) / "a" / "1" / "log.txt"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x" * size)
        if state != "queued":
            node = "succeeded" if state == "succeeded" else "failed"
            reused = {"reused": True, "reused_from": source} if source else {}
            self.store.advance_node(run_id, "a", state="running")
            self.store.advance_node(run_id, "a", state=node, **reused)
            self.store.advance_run(run_id, state="running")
            self.store.advance_run(run_id, state=state)
        return run_id

    def age(self, run_id: str, days: float) -> None:
        moment = documents.datetime.fromtimestamp(time.time() - days * 86400, documents.UTC)
        connection = self.store._connection
        connection.execute("UPDATE runs SET created = ? WHERE id = ?", (documents.timestamp(moment), run_id))

    @property
    def left(self) -> set[str]:
        return {run["id"] for run in self.store.runs(limit=1000)[0]}


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "w")
    yield made
    made.store.close()


def test_the_newest_of_each_pipeline_stay(shelf: Shelf) -> None:
    first = [shelf.run() for _ in range(5)]
    other = [shelf.run("q.pipeline") for _ in range(2)]
    report = clean(shelf.workspace, Limits(keep_runs=2), dry_run=True)
    assert [run["id"] for run in report["runs"]] == first[:3] and report["freed"] >= 3 * 8192
    assert len(shelf.left) == 7, "so far it was only asked"
    assert clean(shelf.workspace, Limits(keep_runs=2))["runs"] == report["runs"]
    assert shelf.left == {*first[3:], *other}
    assert {path.name for path in shelf.workspace.runs.iterdir()} == shelf.left
    with shelf.store._reading():
        assert shelf.store._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert shelf.store._connection.execute("SELECT count(*) FROM events").fetchone()[0] > 0


def test_by_age(shelf: Shelf) -> None:
    runs = [shelf.run() for _ in range(4)]
    for run_id, days in zip(runs, (40, 31, 29, 1), strict=True):
        shelf.age(run_id, days)
    clean(shelf.workspace, Limits(older_than=30 * 86400.0))
    assert shelf.left == set(runs[2:])


def test_by_size_the_oldest_go(shelf: Shelf) -> None:
    runs = [shelf.run(size=100_000) for _ in range(5)]
    clean(shelf.workspace, Limits(max_size=250_000))
    assert shelf.left == set(runs[3:])


def test_what_runs_share_counts_once_and_goes_with_the_last(shelf: Shelf) -> None:
    """Captured outputs are links to the same file."""
    runs = [shelf.run(state="failed", size=1) for _ in range(3)]
    objects = Objects(shelf.workspace.state)
    source = shelf.workspace.folder / "model"
    source.write_bytes(os.urandom(400_000))
    for run_id in runs:
        with source.open("rb") as file:
            objects.keep(file, shelf.workspace.run_folder(run_id) / "a" / "1" / "outputs" / "model")
    assert clean(shelf.workspace, Limits(max_size=500_000), dry_run=True)["runs"] == []
    report = clean(shelf.workspace, Limits(keep_runs=1))
    assert len(report["runs"]) == 2 and report["freed"] < 100_000 and objects.size() == 400_000
    report = clean(shelf.workspace, Limits(keep_runs=0))
    assert report["freed"] >= 400_000 and objects.size() == 0


def test_what_somebody_builds_on_stays(shelf: Shelf) -> None:
    waiting = shelf.run(state="queued")
    success = shelf.run()
    origin = shelf.run("r.pipeline")
    user = shelf.run("r.pipeline", source=origin)
    failed = [shelf.run(state="failed") for _ in range(3)]
    report = clean(shelf.workspace, Limits(keep_runs=0, older_than=0.0, max_size=0))
    assert {run["id"] for run in report["runs"]} == set(failed)
    assert shelf.left == {waiting, success, origin, user}


def test_litter_goes_and_what_is_being_made_stays(shelf: Shelf) -> None:
    kept = shelf.run()
    for name, hours in (("ab" * 16, 2), ("cd" * 16, 0), ("mine", 2)):
        folder = shelf.workspace.runs / name
        folder.mkdir()
        (folder / "x").write_text("x")
        os.utime(folder, (time.time() - hours * 3600,) * 2)
    os.utime(shelf.workspace.run_folder(kept), (0, 0))
    report = clean(shelf.workspace, Limits())
    assert report["litter"] == ["ab" * 16] and report["runs"] == []
    assert {path.name for path in shelf.workspace.runs.iterdir()} == {kept, "cd" * 16, "mine"}


def test_a_link_is_not_followed(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine")
    old = shelf.run(state="failed")
    (shelf.workspace.run_folder(old) / "link").symlink_to(tmp_path / "precious")
    (shelf.workspace.runs / ("ef" * 16)).symlink_to(tmp_path / "precious")
    clean(shelf.workspace, Limits(keep_runs=0))
    assert shelf.left == set() and (tmp_path / "precious" / "file").read_text() == "mine"


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("pq"), st.sampled_from(["succeeded", "failed", "queued"])), max_size=12),
    st.builds(Limits, st.none() | st.integers(0, 4), st.none() | st.just(0.0), st.none() | st.integers(0, 60_000)),
)
def test_whatever_is_asked(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[str, str]], limits: Limits
) -> None:
    """No active run, no last success; and a second time nothing more."""
    shelf = Shelf(tmp_path_factory.mktemp("gc") / "w")
    try:
        made = [(shelf.run(f"{name}.pipeline", state), name, state) for name, state in runs]
        needed = {run_id for run_id, _, state in made if state == "queued"}
        needed |= {
            [one[0] for one in made if one[1:] == (name, "succeeded")][-1] for _, name, s in made if s == "succeeded"
        }
        gone = {run["id"] for run in clean(shelf.workspace, limits)["runs"]}
        assert not gone & needed and shelf.left == {run_id for run_id, _, _ in made} - gone
        if limits.keep_runs is None and limits.older_than is None and limits.max_size is None:
            assert not gone
        assert clean(shelf.workspace, limits)["runs"] == []
    finally:
        shelf.store.close()
