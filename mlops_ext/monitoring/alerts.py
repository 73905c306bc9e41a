"""When an alert opens, which evaluations join it, and how it ends: the rules, without a store.

An alert is active while it is open, snoozed or retraining; a monitor has at most
one. It opens when a check was beyond its alert in k of the last n evaluations, the
newest among them; only those count that saw the same model and the same baseline.
While it is active, every evaluation with a check beyond its alert joins it. People
settle it; one that waits for a new model is settled by the next good evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .wording import sentence

ACTIVE = ("open", "snoozed", "retraining")
SETTLED = ("accepted", "dismissed", "resolved")
STATES = (*ACTIVE, *SETTLED)
ACTIONS = ("retrain", "accept", "dismiss", "snooze")
BECOMES = {"retrain": "retraining", "accept": "accepted", "dismiss": "dismissed", "snooze": "snoozed"}
GOOD = ("ok", "warn")


@dataclass(frozen=True, slots=True)
class Step:
    """What an evaluation does to the alert of its monitor: `open`, `join`, `resolve` or `nothing`."""

    kind: str
    state: str | None = None
    """The state of the alert afterwards."""


def beyond(evaluation: Mapping[str, Any]) -> set[str]:
    """The checks that are beyond their alert in an evaluation."""
    if evaluation["status"] in ("too_few_rows", "error"):
        return set()
    return {metric["check"] for metric in evaluation["metrics"] if metric["verdict"] == "alert"}


def longest(checks: Mapping[str, Any]) -> int:
    """How many evaluations must be looked at."""
    return max((check.get("of", (1, 1))[1] for check in checks.values()), default=1)


def firing(checks: Mapping[str, Any], evaluations: Sequence[Mapping[str, Any]]) -> list[str]:
    """The checks that open an alert; evaluations newest first, the one in question at the head."""
    if not evaluations:
        return []
    newest = evaluations[0]
    same = [
        beyond(one) for one in evaluations if (one["model"], one["baseline"]) == (newest["model"], newest["baseline"])
    ]
    found = []
    for name in sorted(same[0]):
        needed, last = checks.get(name, {}).get("of", (1, 1))
        if sum(name in one for one in same[:last]) >= needed:
            found.append(name)
    return found


def step(state: str | None, *, fires: bool, is_beyond: bool, is_good_and_later: bool) -> Step:
    """What follows of an evaluation; `state` is that of the active alert, if there is one."""
    if state is None:
        return Step("open", "open") if fires else Step("nothing")
    if is_beyond:
        return Step("join", state)
    if state == "retraining" and is_good_and_later:
        return Step("resolve", "resolved")
    return Step("nothing", state)


def may_decide(state: str, action: str, *, decisions: int, seen: int | None) -> bool:
    """Whether somebody who has seen so many decisions may make one more; None: who looked at the state alone."""
    if state not in ACTIVE or (seen is not None and seen != decisions):
        return False
    return state != "retraining" or (seen is not None and action in ("accept", "dismiss", "retrain"))


def state_now(state: str, snoozed_until: str | None, now: str) -> str:
    """A snoozed alert is open again when its time is over."""
    return "open" if state == "snoozed" and snoozed_until is not None and snoozed_until <= now else state


def checks_of(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an alert says of an evaluation: its metrics that are beyond."""
    fields = ("check", "kind", "measure", "column", "group", "value", "baseline", "q", "threshold")
    return [{name: one[name] for name in fields} for one in evaluation["metrics"] if one["verdict"] == "alert"]


def summary_of(evaluation: Mapping[str, Any]) -> str:
    """An alert in a sentence."""
    return sentence(evaluation["batch"], checks_of(evaluation))
