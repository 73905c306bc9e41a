"""A part of a pipeline as it would run: which nodes, with which values, and whether what they lack is there.

Looks into the store; what the words mean is in selection.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import selection
from .compile import Plan
from .errors import BadRequest, Conflict
from .model import Json, Pipeline
from .paths import Workspace
from .runtimes.local import earlier
from .store import Store


@dataclass(frozen=True)
class Part:
    """What a selection means."""

    nodes: frozenset[str]
    parameters: Mapping[str, Json] = field(default_factory=dict)
    """Those of the run whose failed nodes run again."""


def part_of(workspace: Workspace, relative: str, pipeline: Pipeline | None, select: Mapping[str, Any]) -> Part | None:
    """The part of a pipeline; None where there is no pipeline to have one."""
    kind, named = selection.check(select)
    if pipeline is None:
        return None
    if kind != "failed":
        return Part(selection.chosen(pipeline, kind, named))
    with Store.open(workspace, create=False) as store:
        run = store.run(named)
    if run["pipeline"] != relative:
        raise BadRequest(
            f"The run {named[:8]} is one of {run['pipeline']}.", "Choose a run of this pipeline.", code="other-pipeline"
        )
    if run["finished"] is None:
        raise Conflict(f"The run {named[:8]} has not ended yet.", "Wait for its end, or cancel it.", code="run-active")
    again = selection.chosen_again(pipeline, _unfinished(run))
    if not again:
        raise BadRequest(
            f"Nothing in the run {named[:8]} failed that the pipeline still has.",
            "Run the whole pipeline.",
            code="nothing-failed",
        )
    return Part(again, {name: given for name, given in run["parameters"].items() if name in pipeline.parameters})


def check_earlier(workspace: Workspace, plan: Plan, select: Mapping[str, str]) -> None:
    """Says what the nodes that run would lack of those that are not chosen."""
    if not Store.exists(workspace):
        earlier.check(workspace, plan, None)
        return
    with Store.open(workspace, create=False) as store:
        earlier.check(workspace, plan, earlier.Earlier(store, plan, select))


def _unfinished(run: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, node in run["nodes"].items()
        if node["state"] in ("failed", "cancelled") or (node["state"], node["reason"]) == ("skipped", "upstream")
    ]
