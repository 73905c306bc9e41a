"""What is committed when an attempt of a node begins and ends, and what its run's end says: alike on every runtime.

The functions write the attempt and answer the fields of its node, for whoever keeps
them at hand to commit in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from ..store import Store


class Node(Protocol):
    """As much of a node as a run's end depends on."""

    state: str
    reason: str | None


def begin(store: Store, run_id: str, node: str, attempt: int, type_: str, started: str) -> dict[str, Any]:
    """Commits that an attempt runs."""
    store.start_attempt(run_id, node, attempt, started)
    nothing = dict.fromkeys(("reason", "finished", "seconds", "error", "cell", "cells"))
    return {
        **nothing,
        "state": "running",
        "attempts": attempt,
        "started": started,
        "notebook": f"{node}/{attempt}/notebook.ipynb" if type_ == "notebook" else None,
        "log": f"{node}/{attempt}/log.txt",
    }


def end(store: Store, run_id: str, node: str, attempt: int, *, again: bool, **how: Any) -> dict[str, Any]:
    """Commits how an attempt ended: state, reason, finished, seconds, error; `again`: the node is queued again."""
    store.finish_attempt(run_id, node, attempt, **how)
    if not again:
        return how
    return {"state": "queued", "reason": "retry", "seconds": how["seconds"], "error": how["error"]}


def cause(store: Store, run_id: str, nodes: Mapping[str, Node]) -> dict[str, Any]:
    """Reason and error of a run that is over: those of the first node that failed."""
    failed = next((name for name, node in nodes.items() if node.state == "failed"), None)
    if failed is None:
        return {"reason": None, "error": None}
    return {"reason": nodes[failed].reason, "error": store.run(run_id)["nodes"][failed]["error"]}


def between(started: str | None, finished: str) -> float | None:
    """Seconds by the clock on the wall, which alone goes on over the life of several processes."""
    if started is None:
        return None
    passed = datetime.fromisoformat(finished) - datetime.fromisoformat(started)
    return round(max(0.0, passed.total_seconds()), 3)
