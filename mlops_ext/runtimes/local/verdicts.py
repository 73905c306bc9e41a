"""How an attempt can end for reasons that lie outside of its own code, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .jobs import Outcome, failure
from .outputs import shown_name


def timed_out(limit: float) -> Outcome:
    """It took longer than it may; `limit` in seconds."""
    return failure(
        "timeout",
        f"The node took longer than {limit:g} s, and was ended.",
        "Give it a longer timeout, or make it quicker.",
        reason="timeout",
    )


def died() -> Outcome:
    """Its worker ended without a word."""
    return failure(
        "worker-died",
        "The process that ran the node was killed.",
        "It may have needed more memory than there is.",
        reason="killed",
    )


def disk_full() -> Outcome:
    """There is no room."""
    return failure("disk-full", "The disk is full.", "Free some space and run again.", reason="disk-full")


def output_missing(pipeline: str, absent: Sequence[str], results: Mapping[str, Any]) -> Outcome:
    """Declared outputs were not made."""
    more = f" ({len(absent) - 1} more)" if len(absent) > 1 else ""
    return failure(
        "output-missing",
        f"The node declares the output {shown_name(pipeline, absent[0])}{more}, but did not make it.",
        "Write the file, or take it off the node's outputs.",
        reason="output-missing",
        results=results,
    )
