"""The engine's clock: what was missed once, no storm, the same whatever becomes of the clock and the engine."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext import schedules
from mlops_ext.errors import MlopsError, NotFound
from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.runtimes.local import clock as module
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.clock import Clock
from mlops_ext.runtimes.local.lock import Lock
from mlops_ext.store import Store
from mlops_ext.submit import wake

from .lab import Lab

BEGIN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Done:
    """Something that is started at once."""

    pid = 0

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def answer(self) -> dict[str, Any] | None:
        return {"run": self._run_id}


class Desk:
    """A clock whose time the test sets, and which remembers what it was to start."""

    def __init__(self, folder: Path) -> None:
        (folder / ".mlops").mkdir(parents=True)
        self.workspace = workspace_at(folder)
        self.store = Store.open(self.workspace)
        self.now = BEGIN
        self.started: list[tuple[datetime, str]] = []
        self.clock = self.fresh()

    def fresh(self) -> Clock:
        """The clock of an engine that was started again."""
        return Clock(self.store, self._start, lambda: self.now)

    def _start(self, workspace: Workspace, kind: str, path: str, run_id: str) -> Done:
        self.started.append((self.now, run_id))
        return Done(run_id)

    def write(self, cron: str, timezone: str = "UTC") -> None:
        document = {"version": 1, "schedule": {"cron": cron, "timezone": timezone}, "nodes": {}}
        (self.workspace.folder / "p.pipeline").write_text(json.dumps(document))

    def activate(self, cron: str) -> None:
        self.write(cron)
        self.store.put_schedule("pipeline", "p.pipeline", cron=cron, timezone="UTC")
        self.store.change_schedule("pipeline", "p.pipeline", since=self.now.isoformat())

    def look(self, clock: Clock | None = None) -> int:
        """How many were started in one look."""
        before = len(self.started)
        asyncio.run(self._look(clock or self.clock))
        return len(self.started) - before

    async def _look(self, clock: Clock) -> None:
        clock._looked = float("-inf")
        clock.look()
        while clock.busy:
            await asyncio.sleep(0)

    @property
    def row(self) -> dict[str, Any]:
        return self.store.schedule("pipeline", "p.pipeline")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "w")
    yield made
    made.store.close()


def test_starts_when_it_is_due_and_once(desk: Desk) -> None:
    desk.activate("0 * * * *")
    assert desk.look() == 0
    desk.now = BEGIN + timedelta(minutes=59, seconds=59)
    assert desk.look() == 0
    desk.now = BEGIN + timedelta(hours=1)
    assert [desk.look(), desk.look()] == [1, 0]
    assert desk.row["last_run"] == desk.started[0][1] and desk.row["claimed"] is None
    desk.now = BEGIN + timedelta(hours=2, seconds=1)
    assert desk.look() == 1


def test_what_was_missed_is_made_up_for_once(desk: Desk) -> None:
    desk.activate("*/5 * * * *")
    desk.now = BEGIN + timedelta(days=3, minutes=2)
    assert [desk.look(desk.fresh()), desk.look(), desk.look()] == [1, 0, 0]
    desk.now += timedelta(minutes=3)
    assert desk.look() == 1


def test_many_that_are_due_at_once_come_one_after_the_other(desk: Desk) -> None:
    running: list[int] = []

    class Slow(Done):
        """Something that takes three looks to be started."""

        left = 3

        def answer(self) -> dict[str, Any] | None:
            self.left -= 1
            if self.left:
                return None
            running.remove(id(self))
            return super().answer()

    def start(workspace: Workspace, kind: str, path: str, run_id: str) -> Slow:
        made = Slow(run_id)
        running.append(id(made))
        assert len(running) <= module.AT_ONCE
        desk.started.append((desk.now, path))
        return made

    text = json.dumps({"schedule": {"cron": "0 * * * *"}})
    for number in range(7):
        (desk.workspace.folder / f"{number}.pipeline").write_text(text)
        desk.store.put_schedule("pipeline", f"{number}.pipeline", cron="0 * * * *", timezone="UTC")
        desk.store.change_schedule("pipeline", f"{number}.pipeline", since=BEGIN.isoformat())
    desk.now += timedelta(hours=1)
    clock = Clock(desk.store, start, lambda: desk.now)
    for _ in range(7):
        desk.look(clock)
    assert sorted(path for _, path in desk.started) == [f"{number}.pipeline" for number in range(7)]


def test_a_pause_holds_it_and_is_made_up_for_once(desk: Desk) -> None:
    desk.activate("0 * * * *")
    desk.store.change_schedule("pipeline", "p.pipeline", paused=True)
    assert not desk.store.is_scheduled()
    desk.now = BEGIN + timedelta(hours=7, minutes=30)
    assert desk.look() == 0
    desk.store.change_schedule("pipeline", "p.pipeline", paused=False)
    assert [desk.look(), desk.look()] == [1, 0]


def test_one_at_a_time(desk: Desk) -> None:
    """What comes due while the last run goes on is made up for once it has ended."""
    from mlops_ext.compile import Plan, Step

    desk.activate("* * * * *")
    desk.now += timedelta(minutes=1)
    desk.look()
    desk.store.create_run(Plan("p.pipeline", "0" * 64, steps={"a": Step("a", "script")}), run_id=desk.started[0][1])
    desk.now += timedelta(minutes=10)
    assert desk.look() == 0
    desk.store.advance_run(desk.started[0][1], state="cancelled", finished="2026-11-25T12:11:00.000Z")
    assert [desk.look(), desk.look()] == [1, 0]


def test_an_engine_that_is_killed_begins_the_same_again(desk: Desk) -> None:
    desk.activate("0 * * * *")
    desk.now += timedelta(hours=1)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> Done:
        raise Killed

    with pytest.raises(Killed):
        desk.look(Clock(desk.store, kill, lambda: desk.now))
    claimed = desk.row["claimed"]
    assert claimed is not None
    desk.now += timedelta(minutes=1)
    desk.look(desk.fresh())
    assert {run_id for _, run_id in desk.started} == {claimed} and desk.row["claimed"] is None


def test_the_file_says_when_and_a_change_makes_up_for_nothing(desk: Desk) -> None:
    desk.activate("0 23 * * *")
    desk.look()
    desk.write("0 9 * * *", "Europe/Berlin")
    assert desk.look() == 0
    assert (desk.row["cron"], desk.row["timezone"]) == ("0 9 * * *", "Europe/Berlin")
    desk.now = BEGIN + timedelta(hours=20)
    assert desk.look() == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "missing-file"),
        ("{", "bad-json"),
        ("[1]", "no-schedule"),
        ('{"schedule": {"cron": "x"}}', "bad-schedule"),
        ('{"schedule": {"cron": "0 0 * * *", "timezone": "Mars/Base"}}', "bad-schedule"),
    ],
)
def test_a_file_that_says_nothing_starts_nothing_and_is_told(desk: Desk, text: str | None, code: str) -> None:
    desk.activate("* * * * *")
    file = desk.workspace.folder / "p.pipeline"
    file.unlink()
    if text is not None:
        file.write_text(text)
    desk.now += timedelta(hours=1)
    assert desk.look() == 0
    assert desk.row["problem"]["code"] == code and desk.row["problem"]["message"].endswith(".")
    desk.write("0 0 * * *")
    desk.look()
    desk.now += timedelta(days=1)
    assert desk.look() == 1 and desk.row["problem"] is None


def test_a_link_out_of_the_workspace_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    desk.activate("* * * * *")
    (tmp_path / "out.pipeline").write_text('{"schedule": {"cron": "* * * * *"}}')
    (desk.workspace.folder / "p.pipeline").unlink()
    (desk.workspace.folder / "p.pipeline").symlink_to(tmp_path / "out.pipeline")
    desk.now += timedelta(hours=1)
    assert desk.look() == 0 and desk.row["problem"]["code"] == "outside-workspace"


@settings(max_examples=15)
@given(st.lists(st.sampled_from([1, 7, 59, 60, 61, 1440, 525_600, -1, -30, -1440, -525_600]), max_size=20))
def test_however_the_clock_jumps(tmp_path_factory: pytest.TempPathFactory, jumps: list[int]) -> None:
    """Never two in one look, never one for a time that was not reached, and afterwards it goes on as always."""
    desk = Desk(tmp_path_factory.mktemp("jumps") / "w")
    try:
        desk.activate("0 * * * *")
        for minutes in jumps:
            before = desk.now
            desk.now += timedelta(minutes=minutes)
            passed = before.replace(minute=0) + timedelta(hours=1) <= desk.now
            assert desk.look() <= passed
            assert desk.look() == 0
        # At most the hour that a small correction holds it back.
        desk.now += timedelta(hours=2)
        assert desk.look() == 1
        desk.now += timedelta(hours=1)
        assert desk.look() == 1
    finally:
        desk.store.close()


def due_now(folder: Any, path: str = "p.pipeline") -> None:
    """Something was missed: the last time that all was dealt with is long ago."""
    with folder.lab.store() as store:
        store.change_schedule("pipeline", f"{folder.path.name}/{path}", since="2026-01-01T00:00:00.000Z")


def newest(lab: Lab, pipeline: str, count: int = 1) -> list[dict[str, Any]]:
    """The runs of a pipeline once there are so many."""
    deadline = time.monotonic() + 30
    while True:
        with lab.store() as store:
            found = store.runs(pipeline=pipeline)[0]
        if len(found) >= count or time.monotonic() > deadline:
            assert len(found) == count, lab.log()
            return found
        time.sleep(0.05)


def test_a_real_engine_starts_a_real_run(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the parameters of the schedule; again after it was killed; and it stays for as long as it may be needed."""
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.5")
    folder = fresh.folder()
    folder.write("a.sh", 'echo "{\\"name\\": \\"word\\", \\"value\\": \\"$MLOPS_PARAM_WORD\\"}" >> "$MLOPS_RESULTS"\n')
    folder.pipeline(
        {"a": {"type": "script", "path": "a.sh", "parameters": {"word": {"from": "parameters.word"}}}},
        parameters={"word": {"type": "string"}},
        schedule={"cron": "0 6 1 1 *", "timezone": "Europe/Berlin", "parameters": {"word": "by the clock"}},
    )
    wanted = schedules.activate(None, folder.path / "p.pipeline")
    (entry,) = schedules.entries(fresh.workspace)
    path = f"{folder.path.name}/p.pipeline"
    assert (entry["dag_id"], entry["pipeline"], entry["paused"], entry["last"]) == (wanted, path, False, None)
    assert entry["next"].endswith("-01-01T05:00:00.000Z") and entry["note"]
    due_now(folder)
    (first,) = newest(fresh, path)
    run = fresh.wait(first["id"])
    assert run["nodes"]["a"]["results"] == {"word": "by the clock"} and run["parameters"] == {"word": "by the clock"}
    time.sleep(1.5)
    fresh.kill_engine()
    assert wake(fresh.workspace), "a schedule needs an engine though nothing runs"
    due_now(folder)
    fresh.wait(newest(fresh, path, 2)[0]["id"])
    while (entry := schedules.entries(fresh.workspace)[0])["last"]["run"] is None:
        time.sleep(0.05)  # it is told once the process that started it has ended
    assert entry["last"]["run"] == newest(fresh, path, 2)[0]["id"] and entry["problem"] is None
    schedules.pause(fresh.workspace, path, True)
    assert schedules.entries(fresh.workspace)[0]["next"] is None
    deadline = time.monotonic() + 10
    while not Lock.is_free(fresh.workspace.lock):
        assert time.monotonic() < deadline, "nothing is to do any more, and the engine stays"
        time.sleep(0.05)
    assert not wake(fresh.workspace)
    schedules.remove(fresh.workspace, path)
    assert schedules.entries(fresh.workspace) == []
    with pytest.raises(NotFound):
        schedules.remove(fresh.workspace, path)


def test_waiting_for_the_clock_costs_next_to_nothing(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept warm, and little is looked at; what is submitted runs all the same."""
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    folder = fresh.folder()
    folder.notebook("a.ipynb", ("x = 1", "results"))
    folder.pipeline({"a": {"type": "notebook", "path": "a.ipynb"}}, schedule={"cron": "0 6 1 1 *"})
    schedules.activate(None, folder.path / "p.pipeline")
    assert folder.run(reuse=False)["state"] == "succeeded"
    deadline = time.monotonic() + 10
    while len(fresh.processes()) > 1:
        assert time.monotonic() < deadline, "what makes notebooks start at once is not needed now"
        time.sleep(0.1)
    engine = fresh.engine()
    before = cpu_seconds(engine.pid)
    time.sleep(3)
    assert cpu_seconds(engine.pid) - before < 0.3
    assert folder.run(reuse=False)["state"] == "succeeded"
    assert fresh.engine().pid == engine.pid
    schedules.remove(fresh.workspace, f"{folder.path.name}/p.pipeline")


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_engine_whose_workspace_is_gone_goes_too(fresh: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a schedule would keep it."""
    monkeypatch.setenv("MLOPS_IDLE_SECONDS", "0.3")
    folder = fresh.folder()
    folder.write("a.sh", "true\n")
    folder.pipeline({"a": {"type": "script", "path": "a.sh"}}, schedule={"cron": "0 6 1 1 *"})
    schedules.activate(None, folder.path / "p.pipeline")
    deadline = time.monotonic() + 20
    while not (fresh.workspace.state / "engine.sock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    engine = fresh.engine()
    time.sleep(1)
    assert reap.alive(engine)
    shutil.rmtree(fresh.workspace.state)
    while reap.alive(engine):
        assert time.monotonic() < deadline, "it waits for a clock that nobody needs"
        time.sleep(0.05)


def test_what_cannot_be_started_is_told_and_not_tried_again_and_again(fresh: Lab) -> None:
    folder = fresh.folder()
    folder.write("a.sh", "true\n")
    folder.pipeline({"a": {"type": "script", "path": "a.sh"}}, schedule={"cron": "0 6 1 1 *"})
    schedules.activate(None, folder.path / "p.pipeline")
    (folder.path / "a.sh").unlink()
    due_now(folder)
    deadline = time.monotonic() + 20
    while schedules.entries(fresh.workspace)[0]["problem"] is None:
        assert time.monotonic() < deadline, fresh.log()
        time.sleep(0.05)
    (entry,) = schedules.entries(fresh.workspace)
    assert "a.sh" in entry["problem"]["message"] and entry["last"]["run"] is None
    time.sleep(1.5)
    assert schedules.entries(fresh.workspace) == [entry], "it waits for its next time"


def test_what_cannot_be_switched_on(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("a.sh", "true\n")
    nodes = {"a": {"type": "script", "path": "a.sh"}}
    required = {"word": {"type": "string"}}
    for fields, code in (
        ({}, "no-schedule"),
        ({"schedule": {"cron": "0 25 * * *"}}, "bad-schedule"),
        ({"schedule": {"cron": "0 6 * * *"}, "parameters": required}, "invalid-pipeline"),
    ):
        folder.pipeline(nodes, **fields)
        with pytest.raises(MlopsError) as caught:
            schedules.activate(None, folder.path / "p.pipeline")
        assert caught.value.code == code
    assert schedules.entries(lab.workspace) == []
