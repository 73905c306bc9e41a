"""News of runs reach browsers quickly, engines are kept awake, and all of it stops."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.handlers import live
from mlops_ext.handlers.catalogue import Catalogue
from mlops_ext.paths import Workspace, find_workspace
from mlops_ext.store import Store
from tests.handlers.served import record_run, write_pipeline
from tests.monitoring.watched import evaluation

Start = Callable[..., live.Watcher]


@pytest.fixture
def start(own_state: Path) -> Iterator[Start]:
    """Starts a watcher of a folder; it is stopped in the end."""
    watchers: list[live.Watcher] = []

    def start(root: Path, announce: Callable[[list[live.News]], None], wake: Callable[[Workspace], object]) -> Any:
        watcher = live.Watcher(Catalogue(root), announce, wake, logging.getLogger("test"))
        watchers.append(watcher)
        watcher.start()
        return watcher

    yield start
    for watcher in watchers:
        watcher.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "mlops-live"]


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_news_come_within_sixty_milliseconds(tmp_path: Path, start: Start) -> None:
    root = tmp_path / "root"
    write_pipeline(root / "w")
    run_id = record_run(root / "w", state="running", root=root)
    heard: dict[int, float] = {}

    def announce(news: list[live.News]) -> None:
        for one in news:
            assert (one["run"], one["workspace"]) == (run_id, "w")
            heard[int(one["seq"])] = time.monotonic()

    start(root, announce, lambda _: None)
    delays = []
    with Store.open(find_workspace(root / "w" / "p.pipeline", root)) as store:
        seq = store.run(run_id)["seq"]
        time.sleep(1.0)
        for cell in range(30):
            store.advance_run(run_id, provenance={"cell": cell})
            committed, seq = time.monotonic(), seq + 1
            until(lambda wanted=seq: max(heard, default=0) >= wanted)
            delays.append(heard[seq] - committed)
            time.sleep(0.013)
    assert statistics.median(delays) < 0.06, sorted(delays)


def test_many_changes_are_one_piece_of_news(tmp_path: Path, start: Start) -> None:
    write_pipeline(tmp_path / "root")
    first = record_run(tmp_path / "root", state="running")
    told: list[list[live.News]] = []
    start(tmp_path / "root", told.append, lambda _: None)
    time.sleep(0.3)
    assert told == []  # what was there before is no news
    with Store.open(find_workspace(tmp_path / "root/p.pipeline")) as store, store.transaction():
        for cell in range(50):
            store.advance_run(first, provenance={"cell": cell})
        last = store.run(first)["seq"]
    until(lambda: bool(told))
    assert told == [[{"run": first, "seq": last, "workspace": ""}]]


def test_workspaces_come_and_go(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEARCH_SECONDS", 0.1)
    root = tmp_path / "root"
    root.mkdir()
    heard: list[tuple[str, str]] = []

    def announce(news: list[live.News]) -> None:
        heard.extend((str(one["run"]), str(one["workspace"])) for one in news)

    watcher = start(root, announce, lambda _: None)
    time.sleep(0.2)
    write_pipeline(root / "later")
    first = record_run(root / "later", root=root)
    watcher.nudge()
    until(lambda: (first, "later") in heard)
    shutil.rmtree(root / "later" / ".mlops")
    time.sleep(0.3)
    second = record_run(root / "later", root=root)
    until(lambda: (second, "later") in heard)
    (root / "later" / ".mlops" / "state.sqlite").write_bytes(b"damaged" * 1000)
    write_pipeline(root / "other")
    third = record_run(root / "other", root=root)
    until(lambda: (third, "other") in heard)


def test_engines_are_woken_where_runs_wait(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "WAKE_SECONDS", 0.2)
    root = tmp_path / "root"
    for name, state in (("busy", "queued"), ("done", "succeeded")):
        write_pipeline(root / name)
        record_run(root / name, state=state, root=root)
    woken: list[str] = []

    def wake(workspace: Workspace) -> None:
        woken.append(workspace.folder.name)
        raise RuntimeError("it does not start")  # which must not end the thread

    start(root, lambda _: None, wake)
    until(lambda: len(woken) >= 3)
    assert set(woken) == {"busy"}


async def test_news_reach_a_browser(jp_serverapp: Any, jp_ws_fetch: Any, jp_root_dir: Path, own_state: Path) -> None:
    """From a commit to the event stream of the server, and a clean end."""
    write_pipeline(jp_root_dir)
    run_id = record_run(jp_root_dir, state="running", root=jp_root_dir)
    extension = jp_serverapp.extension_manager.extension_apps["mlops_ext"].copy().pop()
    await extension._start_jupyter_server_extension(jp_serverapp)
    try:
        stream = await jp_ws_fetch("api", "events", "subscribe")
        await asyncio.sleep(0.8)
        with Store.open(find_workspace(jp_root_dir / "p.pipeline", jp_root_dir)) as store:
            store.advance_run(run_id, state="succeeded")
            seq = store.run(run_id)["seq"]
        message = json.loads(await asyncio.wait_for(stream.read_message(), 10))
        with Store.open(find_workspace(jp_root_dir / "p.pipeline", jp_root_dir)) as store:
            store.add_evaluation(evaluation("01", {"acc": "ok"}, monitor="m.monitor"), alert=None)
        watched = json.loads(await asyncio.wait_for(stream.read_message(), 10))
        stream.close()
    finally:
        await extension.stop_extension()
    assert {key: message[key] for key in ("schema_id", "run", "seq", "workspace")} == {
        "schema_id": "https://events.mlops-ext.org/run/v1",
        "run": run_id,
        "seq": seq,
        "workspace": "",
    }
    assert {key: watched[key] for key in ("schema_id", "kind", "path")} == {
        "schema_id": "https://events.mlops-ext.org/monitor/v1",
        "kind": "monitor",
        "path": "m.monitor",
    }
    assert not [thread for thread in threading.enumerate() if thread.name == "mlops-live"]
    await extension.stop_extension()  # a second time does nothing
