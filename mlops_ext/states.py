"""When a node runs, is skipped or waits, and what becomes of its run.

Pure rules, so that every runtime settles runs alike; on Airflow the same rule
is the trigger rule `none_failed_min_one_success`.

- A node waits until all its sources are settled.
- A source that failed, was cancelled or was skipped for `upstream` makes it
  skipped `upstream`.
- Else one live edge is enough to run it; without any it is skipped
  `condition`. An edge is live when its condition holds or it has none. An
  edge of a source that was skipped for `condition` is not live; one of a source
  that was `disabled` or `not-selected` is as if that source had succeeded with
  the results of the last time that it ran.
- A disabled node obeys the same rules and is skipped `disabled` where it would
  run: what failed or was not chosen before it also counts behind it.
- A node without sources runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from .model import Condition, Json, Node

State: TypeAlias = Literal["queued", "running", "waiting", "succeeded", "failed", "cancelled", "skipped"]
Decision: TypeAlias = "Literal['wait', 'run'] | tuple[Literal['skipped'], str]"

STATES: tuple[State, ...] = ("queued", "running", "waiting", "succeeded", "failed", "cancelled", "skipped")
SETTLED: frozenset[str] = frozenset({"succeeded", "failed", "cancelled", "skipped"})
REASONS: Mapping[str, tuple[str, ...]] = {
    "skipped": ("upstream", "condition", "disabled", "not-selected"),
    "queued": ("retry", "output-busy", "resources"),
    "failed": ("error", "timeout", "killed", "interrupted", "output-missing", "disk-full", "crash-loop"),
}

# Of runs and of nodes. What is settled stays as it is: to run again is a new run.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "queued": frozenset({"running", "waiting", "succeeded", "failed", "cancelled", "skipped"}),
    "running": frozenset({"queued", "waiting", "succeeded", "failed", "cancelled"}),
    "waiting": frozenset({"queued", "running", "succeeded", "failed", "cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
    "skipped": frozenset(),
}


class Incoming(NamedTuple):
    """An edge as its target sees it."""

    live: bool | None
    """`edge_live` of it; None as long as the source is not settled."""
    state: str
    reason: str | None = None


def allowed(before: str, after: str) -> bool:
    """Whether a run or node may go from one state to the other."""
    return after in TRANSITIONS[before]


def edge_live(when: Condition | None, results: Mapping[str, Json] | None) -> bool:
    """Whether an edge is live, given the results of its source.

    Without the result no condition holds, not even `!=`. Numbers compare with
    numbers and texts with texts; what cannot be compared is unequal, neither
    less nor more. A boolean is no number.
    """
    if when is None:
        return True
    if results is None or when.result not in results:
        return False
    left, right = results[when.result], when.value
    if when.op in ("==", "!="):
        return _equal(left, right) == (when.op == "==")
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _ordered(when.op, left < right, left == right)
    if isinstance(left, str) and isinstance(right, str):
        return _ordered(when.op, left < right, left == right)
    return False


def decide(node: Node, incoming: Sequence[tuple[bool | None, str, str | None]]) -> Decision:
    """What becomes of a queued node: "wait", "run", or ("skipped", reason)."""
    edges = [Incoming(*edge) for edge in incoming]
    if any(edge.state not in SETTLED for edge in edges):
        return "wait"
    if any(_broken(edge) for edge in edges):
        return ("skipped", "upstream")
    if edges and not any(edge.live and edge.reason != "condition" for edge in edges):
        return ("skipped", "condition")
    return ("skipped", "disabled") if node.disabled else "run"


def run_state(states: Iterable[str]) -> State:
    """The state of a run whose nodes are in these states.

    As long as a node runs, waits or is queued the run is not over; then the
    first of failed, cancelled, succeeded that holds.
    """
    present = set(states)
    if present == {"queued"}:
        return "queued"
    if "running" in present:
        return "running"
    if "waiting" in present:
        return "waiting"
    if "queued" in present:
        return "running"
    if "failed" in present:
        return "failed"
    return "cancelled" if "cancelled" in present else "succeeded"


def _broken(edge: Incoming) -> bool:
    """Whether the source did not do what its target needs."""
    if edge.state == "skipped":
        return edge.reason == "upstream"
    return edge.state in ("failed", "cancelled")


def _equal(left: Json, right: Json) -> bool:
    """Equality of JSON: 1 is 1.0, and true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _ordered(op: str, less: bool, equal: bool) -> bool:
    """What an order comparison answers for numbers or texts (by code point)."""
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[op]
