"""What a run would do, worked out without starting one. Nodes are listed in the order in which they can run."""

from __future__ import annotations

import json

from ...compile import Plan
from ...model import Edge, Json


def fates(plan: Plan) -> list[dict[str, Json]]:
    """What would become of each node: `id`, `action` (run, reuse, skip) and why."""
    return [_fate(plan, node) for node in plan.steps]


def _fate(plan: Plan, node: str) -> dict[str, Json]:
    if not plan.steps[node].selected:
        return {"id": node, "action": "skip", "reason": "It is not chosen for this run."}
    if plan.steps[node].disabled:
        return {"id": node, "action": "skip", "reason": "It is disabled."}
    incoming = [edge for edge in plan.edges if edge.target == node]
    conditions = [_condition(edge) for edge in incoming if edge.when is not None]
    if conditions and len(conditions) == len(incoming):
        return {"id": node, "action": "run", "reason": f"If {' or '.join(conditions)}."}
    return {"id": node, "action": "run", "reason": None}


def _condition(edge: Edge) -> str:
    if edge.when is None:
        return ""
    return f"{edge.when.result} of {edge.source} {edge.when.op} {json.dumps(edge.when.value, ensure_ascii=False)}"
