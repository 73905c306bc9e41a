"""A monitor as a node of a pipeline: `python -P -m mlops_ext.monitoring.node`.

Evaluates the newest batch and reports results that edges can carry conditions on:
`status`; for each check its value under its name, and under `<name>_verdict` what is
thought of it. Of a check with several values, of columns or groups, it is the worst.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MlopsError
from ..paths import Workspace
from .document import STATUS

NAME_LIMIT = 63
WORST = ("ok", "not_computed", "error", "warn", "alert")


def results_of(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The results of a node that made this evaluation."""
    worst: dict[str, Mapping[str, Any]] = {}
    for metric in evaluation["metrics"]:
        before = worst.get(metric["check"])
        if before is None or _badness(metric) > _badness(before):
            worst[metric["check"]] = metric
    verdicts = {f"{name}_verdict": one["verdict"] for name, one in worst.items() if len(name) < NAME_LIMIT - 8}
    values = {name: metric["value"] for name, metric in worst.items()}
    return {**verdicts, **values, STATUS: evaluation["status"]}


def _badness(metric: Mapping[str, Any]) -> tuple[int, float]:
    return WORST.index(metric["verdict"]), abs(metric["value"] or 0.0)


def main() -> int:
    """Evaluates, reports, and says what there is to say."""
    parser = argparse.ArgumentParser(prog="mlops-monitor-node")
    for name in ("folder", "state", "source"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("path")
    given = parser.parse_args()
    from .evaluating import evaluate
    from .files import made

    try:
        monitor = made(Workspace(given.folder, given.state), given.path, given.source.read_bytes())
        [evaluation] = evaluate(monitor)
    except MlopsError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 1
    known = ", known already" if evaluation["reused"] else ""
    print(f"{evaluation['batch']}: {evaluation['status']}{known}")
    for metric in evaluation["metrics"]:
        what = " ".join(str(metric[name]) for name in ("check", "column", "group") if metric[name] is not None)
        print(f"  {metric['verdict']:12} {what} = {metric['value']}")
    with open(os.environ["MLOPS_RESULTS"], "a", encoding="utf-8") as file:
        for name, value in results_of(evaluation).items():
            file.write(json.dumps({"name": name, "value": value}) + "\n")
    if evaluation["status"] == "error":
        wrong = evaluation["error"]
        print("No check could be computed." if wrong is None else wrong["message"], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
