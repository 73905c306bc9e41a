"""A process of its own for what reads data: `python -P -m mlops_ext.monitoring.process`.

It takes one order as JSON on its input and answers JSON, one document a line:
evaluations as they come, or what a preview or proposal is; an error is the problem
document of it, as the last line. Servers ask through `ask`, and import nothing heavy.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..errors import BadRequest, Conflict, MlopsError, NotFound, Refused, TooLarge, Unavailable
from ..paths import Workspace

SECONDS = 3600.0
PREVIEW_SECONDS = 120.0
_KINDS = {kind.status: kind for kind in (BadRequest, Refused, NotFound, Conflict, TooLarge, Unavailable)}


def ask(order: dict[str, Any], seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Has an order done in a process of its own; raises the MlopsError that it met."""
    command = [sys.executable, "-P", "-m", "mlops_ext.monitoring.process"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own interpreter
            command,
            input=json.dumps(order).encode("ascii"),
            capture_output=True,
            timeout=seconds,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"The work was not done after {seconds:.0f} seconds.", "Use a smaller batch.") from None
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if lines and "problem" in lines[-1]:
        raise _error(lines[-1]["problem"])
    if done.returncode != 0:
        raise Unavailable("The process that evaluates ended early.", "There may not be enough memory.", code="killed")
    return [line["answer"] for line in lines]


def order(what: str, workspace: Workspace, monitor: str, **fields: Any) -> dict[str, Any]:
    """An order that concerns a monitor."""
    return {"do": what, "folder": str(workspace.folder), "state": str(workspace.state), "monitor": monitor, **fields}


def main() -> int:
    """Does the order on the input."""
    given = json.load(sys.stdin.buffer)
    # What libraries print is no answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    try:
        for answer in _ORDERS[given["do"]](given):
            _say(answers, answer=answer)
    except MlopsError as error:
        _say(answers, problem=error.problem())
        return 1
    return 0


def _say(answers: Any, **line: Any) -> None:
    answers.write(json.dumps(line, ensure_ascii=True, allow_nan=False) + "\n")
    answers.flush()


def _workspace(given: dict[str, Any]) -> Workspace:
    return Workspace(Path(given["folder"]), Path(given["state"]))


def _evaluate(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .evaluating import evaluate
    from .files import load

    monitor = load(_workspace(given), given["monitor"])
    yield from evaluate(monitor, batch=given["batch"], every=given["all"])


def _preview(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .document import written
    from .evaluating import preview
    from .files import made
    from .records import checks_in_use

    monitor = made(_workspace(given), given["monitor"], written(given["document"]))
    yield {**preview(monitor), "checks": checks_in_use(monitor.document)}


def _baseline(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .baselines import prepare
    from .files import load

    yield prepare(load(_workspace(given), given["monitor"]), given["batch"])


def _propose(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    from .propose import propose
    from .records import checks_in_use

    path = Path(given["path"])
    found: dict[str, Any] = propose(path, path.parent)
    yield {"version": 1, **found, "checks": checks_in_use(found["document"])}


_ORDERS: dict[str, Callable[[dict[str, Any]], Iterator[dict[str, Any]]]] = {
    "evaluate": _evaluate,
    "preview": _preview,
    "baseline": _baseline,
    "propose": _propose,
}


def _error(problem: dict[str, Any]) -> MlopsError:
    from ..errors import InvalidMonitor
    from ..model import Issue

    if problem["issues"] is not None:
        return InvalidMonitor([Issue(**issue) for issue in problem["issues"]], problem["detail"], problem["hint"])
    kind = _KINDS.get(problem["status"], MlopsError)
    return kind(problem["detail"], problem["hint"], code=problem["code"], pointer=problem["pointer"])


if __name__ == "__main__":
    sys.exit(main())
