"""Airflow's words in ours: whatever it says, something true is shown and nothing raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.runtimes.airflow.mapping import NODE_STATES, Ending, ending, moment, seen
from mlops_ext.states import REASONS, SETTLED, STATES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
INSTANCES = st.dictionaries(st.text(), JSON, max_size=2) | st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from([*NODE_STATES, "hibernating"]) | JSON,
        "try_number": st.integers() | JSON,
        "start_date": st.datetimes().map(lambda time: time.isoformat() + "Z") | JSON,
        "end_date": JSON,
        "duration": st.floats() | JSON,
    },
)
OUTCOMES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["succeeded", "failed", "skipped"]) | JSON,
        "reason": st.sampled_from(["error", "timeout", "condition", "disabled"]) | JSON,
        "results": st.dictionaries(st.text(), JSON, max_size=2) | JSON,
        "outputs": st.dictionaries(st.text(), JSON, max_size=2) | JSON,
        "error": st.fixed_dictionaries({"message": st.text()}, optional={"hint": JSON, "cell": JSON}) | JSON,
        "cell": JSON,
        "cells": JSON,
        "notebook": JSON,
        "seconds": JSON,
    },
)


@given(INSTANCES)
def test_any_task_instance_is_some_state_of_ours(instance: dict[str, Any]) -> None:
    what = seen(instance)
    assert what.state in STATES
    assert what.reason is None or what.reason in REASONS[what.state]
    assert 0 <= what.attempt < 10_000
    assert (what.unknown is None) == (instance.get("state") in NODE_STATES if _plain(instance.get("state")) else False)
    if what.unknown is not None:
        assert what.state == "running"


@given(INSTANCES, OUTCOMES, st.booleans())
def test_any_end_is_a_settled_state_with_a_reason_of_ours(
    instance: dict[str, Any], outcome: dict[str, Any] | None, cancelled: bool
) -> None:
    what = seen(instance)
    if what.state not in SETTLED:
        return
    how = ending(what, outcome, cancelled=cancelled)
    assert how.state in SETTLED
    assert how.reason is None or how.reason in REASONS[how.state]
    assert how.error is None or set(how.error) == {"code", "message", "hint", "cell", "exit_code"}
    assert all(set(entry) == {"sha256", "bytes"} for entry in how.outputs.values())
    if how.state == "succeeded":
        assert what.state == "succeeded", "only what Airflow calls a success is one"
    elif what.state == "succeeded":
        assert outcome is not None and (outcome["state"], outcome["reason"]) == ("skipped", "disabled")
    if cancelled:
        assert how.state != "failed"


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        (None, ("queued", None)),
        ("scheduled", ("queued", None)),
        ("queued", ("queued", None)),
        ("up_for_retry", ("queued", "retry")),
        ("running", ("running", None)),
        ("deferred", ("running", None)),
        ("restarting", ("running", None)),
        ("up_for_reschedule", ("running", None)),
        ("awaiting_input", ("waiting", None)),
        ("success", ("succeeded", None)),
        ("failed", ("failed", "error")),
        ("upstream_failed", ("skipped", "upstream")),
        ("skipped", ("skipped", "condition")),
        ("removed", ("cancelled", None)),
        ("from_the_future", ("running", None)),
        (7, ("running", None)),
    ],
)
def test_states(state: Any, ours: tuple[str, str | None]) -> None:
    what = seen({"state": state, "try_number": 1})
    assert (what.state, what.reason) == ours


def test_what_the_task_says_of_its_end() -> None:
    failed = seen({"state": "failed", "try_number": 2, "duration": 3.14159})
    error = {"code": "cell-failed", "message": "KeyError: 'age'", "hint": "", "cell": 3, "exit_code": None}
    outcome = {"state": "failed", "reason": "timeout", "results": {"a": 1}, "outputs": {}, "error": error, "cell": 3}
    how = ending(failed, {**outcome, "cells": 9, "notebook": "notebook.ipynb"}, cancelled=False)
    assert how == Ending("failed", "timeout", {"a": 1}, {}, {**error}, 3, 9, 3.142, True)
    lost = ending(failed, None, cancelled=False)
    assert (lost.state, lost.reason) == ("failed", "killed") and lost.error is not None
    assert ending(failed, outcome, cancelled=True).state == "cancelled"
    skipped = seen({"state": "skipped"})
    assert ending(skipped, {"state": "skipped", "reason": "disabled", "results": {"a": 1}}, cancelled=False) == Ending(
        "skipped", "disabled", {"a": 1}
    )
    disabled = {"state": "skipped", "reason": "disabled", "results": {"a": 1}}
    assert ending(seen({"state": "success"}), disabled, cancelled=False).reason == "disabled"
    assert ending(skipped, None, cancelled=False).reason == "condition"
    assert ending(skipped, None, cancelled=True).state == "cancelled"


def test_times_are_written_as_ours() -> None:
    assert moment("2026-11-25T12:00:00.123456+02:00") == "2026-11-25T10:00:00.123Z"
    assert moment("2026-11-25T12:00:00") == "2026-11-25T12:00:00.000Z"
    assert [moment(text) for text in (None, "", "yesterday", 5, "2026-13-01")] == [None] * 5


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str)
