"""On the way to Airflow: every step may be repeated, and what stands in the way is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from mlops_ext.errors import MlopsError, NotFound, Refused, Unavailable
from mlops_ext.runtimes.airflow import submission
from mlops_ext.runtimes.airflow.deploying import Deployments
from mlops_ext.store import Store
from mlops_ext.submit import cancel, pause, schedule, submit
from tests.runtimes.airflow.fake import World, world

__all__ = ["world"]

DOWN = Unavailable("Airflow cannot be reached.", code="airflow-unreachable")


def test_the_steps_in_order(world: World) -> None:
    run_id = world.submit()
    assert world.run(run_id)["remote"]["step"] == "accepted"
    run = world.step(run_id, "following")
    with Store.open(world.workspace) as store:
        told = [event["data"]["remote"]["step"] for event in store.events(run_id) if "remote" in event["data"]]
    assert [step for place, step in enumerate(told) if step not in told[:place]] == [
        "accepted", "delivering", "waiting", "triggering", "following",
    ]  # fmt: skip
    assert (run["mode"], run["runtime"], run["state"]) == ("isolated", "prod", "queued")
    assert run["remote"]["run_id"] == f"mlops__{run_id}"
    assert run["remote"]["url"].startswith("http://airflow.example/")
    key = (run["remote"]["dag_id"], run["remote"]["run_id"])
    assert world.airflow.runs[key]["conf"] == {"mlops_package": run["remote"]["package"]}
    assert world.airflow.paused[key[0]] is False
    world.turn(0.3)
    assert world.pruned == [{run["remote"]["package"]}]


def test_an_unknown_runtime_and_a_node_that_cannot_run_there(world: World) -> None:
    with pytest.raises(NotFound, match="runtime"):
        submit(None, world.folder / "p.pipeline", runtime="nowhere")
    world.write("q.pipeline", nodes={"a": {"type": "approval"}}, edges=[])
    with pytest.raises(MlopsError) as caught:
        world.submit("q.pipeline")
    assert caught.value.issues is not None and "runtime-needed" in [issue.code for issue in caught.value.issues]
    assert not list(world.folder.glob(".mlops/runs/*"))


PLACES = ["delivering", "built", "delivered", "waiting", "read", "triggering", "triggered", "following"]


class Killed(BaseException):
    """As a signal that nothing survives."""


def at(place: str, monkeypatch: pytest.MonkeyPatch, does: Callable[[], None]) -> threading.Event:
    """Something happens once, at a failpoint."""
    reached = threading.Event()

    def failpoint(name: str) -> None:
        if name == place and not reached.is_set():
            reached.set()
            does()

    monkeypatch.setattr(submission, "failpoint", failpoint)
    return reached


@pytest.mark.parametrize("place", PLACES)
def test_a_follower_that_is_killed_is_gone_on_for(world: World, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def die() -> None:
        raise Killed

    reached = at(place, monkeypatch, die)
    run_id = world.submit()
    with suppress(Killed):
        while not reached.is_set():
            world.follower.turn()
    assert world.run(run_id)["state"] == "queued"
    world.restart()
    run = world.step(run_id, "following")
    world.turn(0.3)
    assert world.airflow.triggered == 1
    assert list(world.airflow.runs) == [(run["remote"]["dag_id"], f"mlops__{run_id}")]


def test_an_answer_that_is_lost_makes_no_second_run(world: World) -> None:
    world.airflow.lose_answers = 2
    run_id, key = world.following()
    assert world.airflow.triggered == 1
    assert list(world.airflow.runs) == [key]
    assert world.run(run_id)["remote"]["problem"] is None


def test_airflow_is_down_for_a_while(world: World) -> None:
    world.airflow.broken = DOWN
    run_id = world.submit()
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert (run["state"], run["remote"]["step"]) == ("queued", "waiting")
    assert run["remote"]["problem"]["code"] == "airflow-unreachable"
    world.airflow.broken = None
    assert world.step(run_id, "following")["remote"]["problem"] is None


@pytest.mark.parametrize("code", ["airflow-sign-in", "airflow-forbidden", "airflow-not-airflow"])
def test_what_waiting_does_not_mend_ends_the_run(world: World, code: str) -> None:
    world.airflow.broken = Refused("The password is wrong.", "Set it again.", code=code)
    run = world.over(world.submit())
    assert (run["state"], run["error"]["code"], run["error"]["hint"]) == ("failed", code, "Set it again.")
    assert "The password is wrong." in run["remote"]["message"]
    assert world.airflow.runs == {}


def test_an_error_while_it_may_have_been_started_is_no_end(world: World) -> None:
    world.airflow.lose_answers = 1
    run_id = world.submit()
    world.until(run_id, lambda run: (run["remote"]["problem"] or {}).get("code") == "airflow-unreachable")
    world.airflow.broken = Refused("The token has expired.", code="airflow-sign-in")
    run = world.until(run_id, lambda run: (run["remote"]["problem"] or {}).get("code") == "airflow-sign-in")
    assert run["state"] == "queued"
    world.airflow.broken = None
    world.step(run_id, "following")
    assert world.airflow.triggered == 1


def test_import_errors_are_shown(world: World) -> None:
    world.airflow.reads = False
    run_id = world.submit()
    dag_id = world.step(run_id, "waiting")["remote"]["dag_id"]
    world.airflow.errors = [
        {"filename": f"/dags/{dag_id}/dag.py", "stack_trace": "Traceback\nImportError: no module x"}
    ]
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert run["remote"]["problem"]["code"] == "import-error"
    assert "ImportError: no module x" in run["remote"]["problem"]["message"]
    assert run["state"] == "queued"


def test_a_pool_that_is_not_there_is_waited_for(world: World) -> None:
    world.airflow.hides_pools = True
    world.write("s.pipeline", nodes={"s": {"type": "script", "path": "s.sh", "pool": "licences"}}, edges=[])
    (world.folder / "s.sh").write_text("exit 0\n")
    world.step(world.submit("s.pipeline"), "following")
    world.airflow.hides_pools = False
    run_id = world.submit("s.pipeline")
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert (run["state"], run["remote"]["step"]) == ("queued", "waiting")
    assert run["remote"]["problem"]["code"] == "unknown-pool"
    assert run["remote"]["problem"]["message"] == "This Airflow has no pool 'licences'."
    world.airflow.known_pools.add("licences")
    assert world.step(run_id, "following")["remote"]["problem"] is None


def test_a_folder_that_nobody_reads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "UNREAD_SECONDS", 1.0)
    world.airflow.reads = False
    run_id = world.submit()
    run = world.until(run_id, lambda run: run["remote"]["problem"] is not None)
    assert run["remote"]["problem"]["code"] == "not-read"
    assert "Does it look at this folder?" in run["remote"]["problem"]["hint"]
    cancel(world.workspace, run_id)
    run = world.over(run_id)
    assert (run["state"], run["nodes"]["a"]["state"]) == ("cancelled", "cancelled")
    assert world.airflow.runs == {}


def test_a_stuck_version_gives_way_to_a_newer_one(world: World) -> None:
    world.airflow.reads = False
    stuck = world.submit()
    world.step(stuck, "waiting")
    world.write(description="a newer version")
    newer = world.submit()
    world.turn(1.2)
    assert world.run(newer)["remote"]["step"] == "accepted", "the first may still be read"
    dag_id = world.run(stuck)["remote"]["dag_id"]
    world.airflow.errors = [{"filename": f"{dag_id}/dag.py", "stack_trace": "SyntaxError"}]
    world.until(stuck, lambda run: run["remote"]["problem"] is not None)
    world.airflow.errors, world.airflow.reads = [], True
    world.step(newer, "following")
    assert world.run(stuck)["error"]["code"] == "replaced"


@pytest.mark.parametrize("place", ["accepted", *PLACES])
def test_cancelled_on_the_way(world: World, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = world.submit()
    at(place, monkeypatch, lambda: cancel(world.workspace, run_id))
    if place == "accepted":
        cancel(world.workspace, run_id)
    run = world.over(run_id)
    assert run["state"] == "cancelled"
    assert {node["state"] for node in run["nodes"].values()} == {"cancelled"}
    assert all(shown["state"] == "failed" for shown in world.airflow.runs.values())


CRON = {"cron": "0 6 * * *", "timezone": "UTC"}


def test_a_schedule_is_brought_there_and_starts_nothing(world: World) -> None:
    world.write(schedule=CRON)
    dag_id = schedule(None, world.folder / "p.pipeline", "prod")
    deployment = _until_ready(world, dag_id)
    assert (deployment["paused"], deployment["scheduled"], deployment["schedule"]) == (False, True, CRON)
    assert world.airflow.paused == {dag_id: False}
    assert world.airflow.runs == {}
    pause(world.workspace, "prod", dag_id, True)
    assert _until_ready(world, dag_id)["paused"] is True
    assert world.airflow.paused == {dag_id: True}


def test_running_alone_schedules_nothing(world: World) -> None:
    world.write(schedule=CRON)
    run_id, (dag_id, _) = world.following()
    with Store.open(world.workspace) as store:
        assert (store.deployment("prod", dag_id)["scheduled"], store.deployment("prod", dag_id)["schedule"]) == (
            False, None,
        )  # fmt: skip
    before = world.run(run_id)["remote"]["package"]
    schedule(None, world.folder / "p.pipeline", "prod")
    assert _until_ready(world, dag_id)["package"] != before
    world.following()
    with Store.open(world.workspace) as store:
        assert store.deployment("prod", dag_id)["scheduled"] is True, "what is scheduled stays so"


def test_a_pipeline_without_a_schedule_is_not_scheduled(world: World) -> None:
    with pytest.raises(MlopsError, match="no schedule"):
        schedule(None, world.folder / "p.pipeline", "prod")


def _until_ready(world: World, dag_id: str) -> dict[str, object]:
    for _ in range(400):
        world.follower.turn()
        with Store.open(world.workspace) as store:
            one = store.deployment("prod", dag_id)
        if one["step"] == "ready" and one["wanted_paused"] is None:
            return one
    raise AssertionError(one)


def test_who_wanted_it_to_go_on_has_it_when_a_run_is_started(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the wish is asked of Airflow later, where somebody may have paused the pipeline meanwhile."""
    world.write(nodes={"s": {"type": "script", "path": "s.sh"}}, edges=[])
    _, (dag_id, _) = world.following()
    monkeypatch.setattr(Deployments, "_pause", lambda *_: None)
    with Store.open(world.workspace) as store:
        store.put_deployment("prod", dag_id, wanted_paused=False)
        world.step(world.submit(), "following")
        assert store.deployment("prod", dag_id)["wanted_paused"] is None
