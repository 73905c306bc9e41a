"""A run that takes the engine with it again and again is parked; the others go on."""

from __future__ import annotations

import pytest

from tests.chaos.arena import Arena

MESSAGE = "The engine was ended 3 times while it took this run on; it is not tried again."


def crash(arena: Arena, place: str, times: int) -> None:
    """Engines come and are ended at the place, one after the other."""
    for _ in range(times):
        armed = arena.arm(place)
        arena.start(until_over=True)
        assert not armed.exists()


@pytest.mark.parametrize("place", ["taking-on", "recovered"])
def test_a_run_that_cannot_be_taken_on(arena: Arena, place: str) -> None:
    arena.ready()
    armed = arena.arm(place)
    poison = arena.submit()
    arena.until_free()
    assert not armed.exists()
    crash(arena, place, 2)
    assert arena.lab.run(poison)["state"] == "queued"
    fine = arena.submit()
    assert (arena.over(poison)["state"], arena.over(fine)["state"]) == ("failed", "succeeded")
    run = arena.lab.run(poison)
    assert (run["reason"], run["error"]["code"], run["error"]["message"]) == ("crash-loop", "crash-loop", MESSAGE)
    assert {node["state"] for node in run["nodes"].values()} == {"cancelled"}
    arena.check()


def test_a_run_that_was_taken_on_begins_anew(arena: Arena) -> None:
    arena.ready()
    arena.arm("recovered")
    run_id = arena.submit()
    arena.until_free()
    crash(arena, "recovered", 1)
    arena.arm("job-given")
    arena.start(until_over=True)
    crash(arena, "recovered", 2)
    assert arena.over(run_id)["state"] == "succeeded"
    arena.check()
