"""How often Airflow is asked: a burst after a rest, few requests a second in the long run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.runtimes.airflow.pace import OWED, RATE, SAVED, Pace


class World:
    """A clock that is set, and a count of requests."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0
        self.pace = Pace(lambda: self.asked, lambda: self.now)


def test_after_a_rest_it_is_asked_at_once() -> None:
    world = World()
    assert world.pace.pause(2) == 0.0
    world.asked += int(SAVED)
    assert world.pace.pause(2) == 2 / RATE


def test_what_was_asked_too_often_is_made_up_for_up_to_a_limit() -> None:
    world = World()
    world.asked += 1000
    assert world.pace.pause(2) == (2 - OWED) / RATE


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 6)), min_size=1, max_size=60))
def test_who_waits_as_told_never_asks_more_than_the_rate_and_what_was_saved(turns: list[tuple[float, int]]) -> None:
    world = World()
    for idle, requests in turns:
        world.now += world.pace.pause(requests) + idle
        # However often it is looked at, the same time is counted once.
        assert world.pace.pause(requests) <= 1e-9
        world.asked += requests
        assert world.asked <= SAVED + world.now * RATE + 1e-6
