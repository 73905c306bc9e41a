"""A monitor is evaluated by the clock of this machine, and what was missed is made up for once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_ext.errors import BadRequest, MlopsError
from mlops_ext.monitoring.overview import summary
from mlops_ext.schedules import STARTERS, watch
from mlops_ext.store import Store
from mlops_ext.submit import wake
from tests.handlers.served import end_engine
from tests.monitoring.watched import batch, labels, loaded, write_monitor

DAILY = {"cron": "0 6 * * *", "timezone": "Europe/Vienna"}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    yield


def test_what_was_missed_is_made_up_for_once(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path / "project", schedule=DAILY))
    batch(monitor.folder, 1)
    batch(monitor.folder, 2)
    watch(monitor.workspace, monitor.path, True)
    with Store.open(monitor.workspace) as store:
        shown = summary(monitor.workspace, monitor.path, store)["schedule"]
        assert shown["active"] and shown["next"] is not None and shown["timezone"] == "Europe/Vienna"
        store.change_schedule("monitor", monitor.path, since="2026-01-01T00:00:00.000Z")
        wake(monitor.workspace)
        deadline = time.monotonic() + 60
        while store.schedule("monitor", monitor.path)["last"] is None or len(store.evaluations(monitor.path)[0]) < 2:
            assert time.monotonic() < deadline, store.schedule("monitor", monitor.path)
            time.sleep(0.1)
        assert [one["batch"] for one in store.evaluations(monitor.path)[0]] == ["scored/02.csv", "scored/01.csv"]
        assert store.schedule("monitor", monitor.path)["problem"] is None
    watch(monitor.workspace, monitor.path, False)
    end_engine(monitor.workspace)
    with Store.open(monitor.workspace) as store:
        shown = summary(monitor.workspace, monitor.path, store)["schedule"]
        assert not shown["active"] and shown["next"] is None


def test_started_twice_it_is_evaluated_once_and_late_labels_are_seen(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path / "project", schedule=DAILY))
    assert STARTERS["monitor"](monitor.workspace, monitor.path, "1") is None, "no data is no problem"
    batch(monitor.folder, 1)
    batch(monitor.folder, 2)
    for _ in range(2):
        STARTERS["monitor"](monitor.workspace, monitor.path, "2")
    labels(monitor.folder, 1)
    STARTERS["monitor"](monitor.workspace, monitor.path, "3")
    with Store.open(monitor.workspace) as store:
        found, _ = store.evaluations(monitor.path)
    assert [(one["batch"], one["status"]) for one in found] == [
        ("scored/01.csv", "ok"),
        ("scored/02.csv", "no_labels"),
        ("scored/01.csv", "no_labels"),
    ]


def test_a_schedule_that_cannot_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path / "project"))
    with pytest.raises(BadRequest, match="has no schedule"):
        watch(monitor.workspace, monitor.path, True)
    write_monitor(tmp_path / "project", schedule={"cron": "0 0 30 2 *"})
    with pytest.raises(BadRequest, match="no day"):
        watch(monitor.workspace, monitor.path, True)
    write_monitor(tmp_path / "project", schedule={"cron": "99 * * * *"})
    with pytest.raises(MlopsError, match="minute"):
        watch(monitor.workspace, monitor.path, True)
