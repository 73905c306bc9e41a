"""What a run would do, worked out without starting one.

Knows nothing of the web, so that the command line uses it too. Nodes are listed in
the order in which they can run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..compile import Plan, compile_plan
from ..errors import BadRequest, Conflict, InvalidPipeline, NotFound, Refused
from ..model import Edge, Json
from ..parse import parse
from ..paths import collect_facts, find_workspace
from ..runtimes.registry import LOCAL, Registry
from ..submit import MODES
from ..validate import validate


def preview(
    root: Path | None,
    pipeline: Path,
    *,
    expected_sha256: str | None = None,
    runtime: str = "local",
    parameters: Mapping[str, Json] | None = None,
    mode: str = "in-place",
    reuse: bool = True,
    max_parallel: int | None = None,
    select: Mapping[str, Any] | None = None,
) -> list[dict[str, Json]]:
    """What would become of each node: `id`, `action` (run, reuse, skip) and `reason`. Refuses what `submit` refuses."""
    if runtime != LOCAL:
        Registry().get(runtime)
        mode = "isolated"
    if mode not in MODES:
        raise BadRequest(f"The mode {mode!r} is not one of {' and '.join(MODES)}.")
    if max_parallel is not None and max_parallel < 1:
        raise BadRequest("max_parallel is at least 1.")
    if select is not None:
        raise Refused("Partial runs are not built yet in this version.", "Run the whole pipeline.", code="partial-run")
    plan = _plan(root, pipeline, expected_sha256, runtime, mode, parameters)
    return [_fate(plan, node) for node in plan.steps]


def _plan(
    root: Path | None,
    pipeline: Path,
    expected_sha256: str | None,
    runtime: str,
    mode: str,
    parameters: Mapping[str, Json] | None,
) -> Plan:
    path = pipeline.resolve()
    try:
        data = path.read_bytes()
    except OSError:
        raise NotFound(f"There is no pipeline file {pipeline.name}.", "Check the path.", code="missing-file") from None
    sha256 = hashlib.sha256(data).hexdigest()
    if expected_sha256 is not None and expected_sha256 != sha256:
        raise Conflict(
            f"{path.name} has changed on disk since you looked at it.",
            "Open it again to see what would run.",
            code="changed-on-disk",
        )
    workspace = find_workspace(path, root)
    parsed = parse(data)
    issues = list(parsed.issues)
    if parsed.pipeline is not None:
        issues += validate(parsed.pipeline, collect_facts(workspace, path, parsed.pipeline))
    if parsed.pipeline is None or any(issue.severity == "error" for issue in issues):
        raise InvalidPipeline(issues)
    relative = path.relative_to(workspace.folder).as_posix()
    return compile_plan(
        parsed.pipeline, path=relative, sha256=sha256, runtime=runtime, mode=mode, parameters=parameters
    )


def _fate(plan: Plan, node: str) -> dict[str, Json]:
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
