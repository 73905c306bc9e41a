"""What nodes that do not run in a run gave the last time that they did.

It stands for a node that is disabled, or not chosen for a partial run. A run of what
failed in another run goes on from that one: what came to its end there counts
before anything that ran since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...compile import Plan
from ...errors import BadRequest
from ...model import FromResult
from ...paths import Workspace
from ...store import Store
from . import outputs


class Earlier:
    """The last success of each node of a pipeline, as the nodes of one run see it."""

    def __init__(self, store: Store, plan: Plan, select: Mapping[str, str] | None) -> None:
        self._store = store
        self._plan = plan
        self._resumed = (select or {}).get("failed")
        self._found: dict[str, dict[str, Any] | None] = {}

    def success(self, node: str) -> dict[str, Any] | None:
        """Its run, the mode of that, and its entry there; None if it never succeeded."""
        if node not in self._found:
            self._found[node] = self._resumed_success(node) or self._last_success(node)
        return self._found[node]

    def _resumed_success(self, node: str) -> dict[str, Any] | None:
        found = None if self._resumed is None else self._store.success_in(self._resumed, node)
        return found if found is not None and self._serves(found["mode"]) else None

    def _last_success(self, node: str) -> dict[str, Any] | None:
        # Where nodes see nothing but what was captured, a run that captured nothing is of no use.
        mode = "isolated" if self._plan.mode == "isolated" else None
        return self._store.last_success(self._plan.pipeline, node, runtime=self._plan.runtime, mode=mode)

    def _serves(self, mode: str) -> bool:
        return self._plan.mode == "in-place" or mode == "isolated"


def check(workspace: Workspace, plan: Plan, earlier: Earlier | None) -> None:
    """Says before a partial run starts what it would lack of the nodes that are not chosen.

    `earlier` is None where nothing ran yet.
    """
    for step in plan.steps.values():
        for key, given in step.parameters.items() if step.runs else ():
            if isinstance(given, FromResult) and _passed_over(plan, given.node):
                _check_result(earlier, given.node, given.name, f"{step.id} takes it as {key}")
    for edge in plan.edges:
        if plan.steps[edge.target].runs and _passed_over(plan, edge.source):
            if edge.when is not None:
                _check_result(earlier, edge.source, edge.when.result, f"whether {edge.target} runs depends on it")
            _check_outputs(workspace, plan, earlier, edge.source, edge.target)


def _passed_over(plan: Plan, node: str) -> bool:
    return not plan.steps[node].selected and not plan.steps[node].disabled


def _check_result(earlier: Earlier | None, source: str, name: str, why: str) -> None:
    found = None if earlier is None else earlier.success(source)
    if found is None or name not in found["results"]:
        raise _lacking(source, f"There is no result {name} of {source} yet, and {why}.")


def _check_outputs(workspace: Workspace, plan: Plan, earlier: Earlier | None, source: str, target: str) -> None:
    declared = plan.steps[source].outputs
    if not declared:
        return
    if plan.mode == "isolated":
        found = None if earlier is None else earlier.success(source)
        if found is None:
            raise _lacking(source, f"{source} has not run isolated yet, and {target} takes its outputs.")
        return
    lost = outputs.missing(workspace.folder, declared)
    if lost:
        name = outputs.shown_name(plan.pipeline, lost[0])
        raise _lacking(source, f"There is no {name}, which {source} makes and {target} comes after.")


def _lacking(source: str, message: str) -> BadRequest:
    return BadRequest(
        message, f"Run {source} as well: all up to here, or the whole pipeline.", code="no-earlier-run", node=source
    )
