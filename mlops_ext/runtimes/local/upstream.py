"""What a node gets from the nodes before it: whether to run, values, files.

A node that is passed over (disabled, not chosen) gives what it gave the last time that it ran.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from ...compile import Plan, Step
from ...model import Edge, FromParameter, Value
from ...states import SETTLED, Incoming, edge_live
from ...store import Store
from .earlier import Earlier
from .jobs import Outcome, failure

PASSED_OVER = ("disabled", "not-selected")


class NodeView(Protocol):
    """What is looked at of a node of a run."""

    state: str
    reason: str | None
    attempts: int
    results: dict[str, Any]
    outputs: dict[str, dict[str, Any]]


class Upstream:
    """The nodes of a run, seen from those that come after."""

    def __init__(
        self,
        store: Store | None,
        run_id: str,
        plan: Plan,
        nodes: Mapping[str, NodeView],
        select: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._plan = plan
        self._nodes = nodes
        # Where nothing ran yet there is no store.
        self._earlier = None if store is None else Earlier(store, plan, select)
        self._incoming: dict[str, list[Edge]] = {name: [] for name in plan.steps}
        for edge in plan.edges:
            self._incoming[edge.target].append(edge)

    def edges(self, name: str) -> list[Incoming]:
        """The edges to a node as the rule of states.py wants them."""
        return [self._edge(edge) for edge in self._incoming[name]]

    def parameters(self, step: Step) -> tuple[dict[str, Any], Outcome | None]:
        """The values for the node; a result that did not come is a failure of this node."""
        values: dict[str, Any] = {}
        for key, given in step.parameters.items():
            if isinstance(given, Value):
                values[key] = given.value
                continue
            if isinstance(given, FromParameter):
                values[key] = self._plan.parameters[given.name]
                continue
            results = self._results_of(given.node)
            if given.name not in results:
                return values, failure(
                    "unknown-result",
                    f"The parameter {key} is the result {given.name} of {given.node}, which did not report it.",
                    f"Assign {given.name} in the cell tagged results of {given.node}.",
                )
            values[key] = results[given.name]
        return values, None

    def captured(self, name: str) -> tuple[Path, ...]:
        """Captured outputs of all nodes before this one, the nearest last, for an isolated run."""
        if self._plan.mode != "isolated":
            return ()
        before = self._before(name)
        folders = (self._captured_of(step) for step in self._plan.steps if step in before)
        return tuple(folder for folder in folders if folder is not None and folder.is_dir())

    def made(self, name: str) -> dict[str, str | None]:
        """Paths and hashes of what the nodes before it made: of an isolated run all, else the nearest.

        In place a node sees all of the workspace; what it read of it is told by its trace.
        """
        isolated = self._plan.mode == "isolated"
        sources = self._before(name) if isolated else {edge.source for edge in self._incoming[name]}
        found: dict[str, str | None] = {}
        for source in (step for step in self._plan.steps if step in sources):
            for output, entry in self._outputs_of(source).items():
                path = posixpath.normpath(posixpath.join(posixpath.dirname(self._plan.pipeline), output))
                found[path] = entry.get("sha256")
        return found

    def _before(self, name: str) -> set[str]:
        """All nodes from which a path leads to this one."""
        before: set[str] = set()
        waiting = [name]
        while waiting:
            for edge in self._incoming[waiting.pop()]:
                if edge.source not in before:
                    before.add(edge.source)
                    waiting.append(edge.source)
        return before

    def _outputs_of(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        if self._passed_over(name):
            last = self._last(name)
            return last["outputs"] if last is not None else {}
        return self._nodes[name].outputs if self._nodes[name].state == "succeeded" else {}

    def _edge(self, edge: Edge) -> Incoming:
        source = self._nodes[edge.source]
        if source.state not in SETTLED:
            return Incoming(None, source.state, source.reason)
        return Incoming(edge_live(edge.when, self._results_of(edge.source)), source.state, source.reason)

    def _results_of(self, name: str) -> Mapping[str, Any]:
        if self._passed_over(name):
            last = self._last(name)
            return last["results"] if last is not None else {}
        return self._nodes[name].results

    def _captured_of(self, name: str) -> Path | None:
        run, attempt = self._run_id, self._nodes[name].attempts
        if self._store is None:
            return None
        if self._passed_over(name):
            last = self._last(name)
            if last is None:
                return None
            run, attempt = last["run"], last["attempts"]
        elif self._nodes[name].state != "succeeded":
            return None
        return self._store.workspace.run_folder(run) / name / str(attempt) / "outputs"

    def _passed_over(self, name: str) -> bool:
        return self._nodes[name].state == "skipped" and self._nodes[name].reason in PASSED_OVER

    def _last(self, name: str) -> dict[str, Any] | None:
        return None if self._earlier is None else self._earlier.success(name)
