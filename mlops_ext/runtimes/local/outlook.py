"""What becomes of the nodes of a run before any of them runs: which are reused, and why the others are not.

Asked before a run is started it says what the run would do; asked by the engine it says
which nodes need not run now. Nothing is changed here. Nodes come in the order in which
they can run; what is reused counts as done for those after it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...compile import Plan, Step
from ...model import Edge, Json, Node
from ...paths import Workspace
from ...states import SETTLED, decide
from ...store import Store
from ...store.hashes import Hashes
from .keys import Keys
from .lock import RUNTIME as LOCAL
from .reuse import FIRST, Judge, Verdict
from .upstream import NodeView, Upstream
from .world import World

_SKIPPED = {
    "disabled": "It is disabled.",
    "condition": "Its condition does not hold.",
    "not-selected": "It is not chosen for this run.",
    "upstream": "A node before it did not succeed.",
}

Select = Mapping[str, str] | None
"""Which nodes were chosen, as the run was asked."""


@dataclass
class Expected:
    """A node as it is, or as it will be."""

    state: str = "queued"
    reason: str | None = None
    attempts: int = 0
    results: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)


class Outlook:
    """The nodes of a run, looked at from before they run."""

    def __init__(
        self, store: Store | None, plan: Plan, world: World, judge: Judge | None, *, reuse: bool, select: Select = None
    ) -> None:
        self._store = store
        self._plan = plan
        self._world = world
        self._judge = judge
        self._reuse = reuse
        self._select = select

    def verdicts(self, nodes: Mapping[str, NodeView]) -> dict[str, Verdict]:
        """What becomes of each node that has not begun."""
        expected: dict[str, Expected] = {
            name: Expected(node.state, node.reason, node.attempts, node.results, node.outputs)
            for name, node in nodes.items()
        }
        upstream = Upstream(self._store, "", self._plan, expected, self._select)
        found: dict[str, Verdict] = {}
        for name, step in self._plan.steps.items():
            if expected[name].state != "queued":
                continue
            verdict = found[name] = self._verdict(step, upstream, expected)
            if verdict.action == "skip":
                expected[name] = Expected("skipped", verdict.code)
            elif verdict.success is not None:
                for path, sha256 in verdict.restores.items():
                    self._world.assume(path, sha256)
                success = verdict.success
                expected[name] = Expected("succeeded", None, 0, dict(success.results), _copied(success.outputs))
        return found

    def _verdict(self, step: Step, upstream: Upstream, expected: Mapping[str, Expected]) -> Verdict:
        if not step.selected:
            return Verdict("skip", "not-selected", _SKIPPED["not-selected"])
        decision = decide(Node(step.id, step.type, disabled=step.disabled), upstream.edges(step.id))
        if isinstance(decision, tuple):
            return Verdict("skip", decision[1], _SKIPPED[decision[1]])
        if decision == "wait":
            return self._waits(step, expected)
        parameters, problem = upstream.parameters(step)
        if self._judge is None or problem is not None:
            return Verdict("run") if self._plan.runtime != LOCAL else Verdict("run", "first-run", FIRST)
        return self._judge.judge(step, parameters, upstream.made(step.id), wanted=self._reuse)

    def _waits(self, step: Step, expected: Mapping[str, Expected]) -> Verdict:
        """A node after one that runs: it is known only then whether it must."""
        incoming = [edge for edge in self._plan.edges if edge.target == step.id]
        conditions = [_condition(edge) for edge in incoming if edge.when is not None]
        if step.disabled:
            return Verdict("skip", "disabled", _SKIPPED["disabled"])
        if len(conditions) == len(incoming):
            return Verdict("run", "condition", f"If {' or '.join(conditions)}.")
        source = next(edge.source for edge in incoming if expected[edge.source].state not in SETTLED)
        return Verdict("run", "upstream", f"{source} runs before it.", source)


def foresee(
    workspace: Workspace, plan: Plan, environment: Mapping[str, str], *, reuse: bool, select: Select = None
) -> dict[str, Verdict]:
    """What becomes of the nodes of a plan that is not started."""
    hashes = Hashes(workspace.state, write=False)
    try:
        world = World(workspace, hashes)
        nodes = {name: Expected() for name in plan.steps}
        if plan.runtime != LOCAL or not Store.exists(workspace):
            return Outlook(None, plan, world, None, reuse=reuse).verdicts(nodes)
        with Store.open(workspace, create=False) as store:
            judge = Judge(store, plan, world, Keys(plan, workspace.folder, environment))
            return Outlook(store, plan, world, judge, reuse=reuse, select=select).verdicts(nodes)
    finally:
        hashes.close()


def told(verdicts: Mapping[str, Verdict]) -> list[dict[str, Json]]:
    """The verdicts as commands and routes answer them."""
    return [
        {
            "id": name,
            "action": verdict.action,
            "reason": verdict.reason,
            "code": verdict.code,
            "detail": verdict.detail,
            "reused_from": verdict.success.origin if verdict.success is not None else None,
        }
        for name, verdict in verdicts.items()
    ]


def _copied(outputs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: dict(entry) for name, entry in outputs.items()}


def _condition(edge: Edge) -> str:
    if edge.when is None:
        return ""
    return f"{edge.when.result} of {edge.source} {edge.when.op} {json.dumps(edge.when.value, ensure_ascii=False)}"
