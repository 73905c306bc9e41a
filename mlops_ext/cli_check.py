"""`mlops validate` and `mlops plan`: what is wrong, and what would run. Neither runs or writes anything."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .cli import DONE, INVALID
from .cli_output import Output, print_json, shown, table, tell_issue
from .cli_run import what_to_run
from .paths import find_workspace
from .submit import check, preview


def validate(options: argparse.Namespace) -> int:
    """The issues of each file."""
    reports = [{**check(None, file), "path": file} for file in options.files]
    valid = all(report["valid"] for report in reports)
    if options.json:
        print_json({"version": 1, "files": reports})
        return DONE if valid else INVALID
    output = Output(sys.stdout)
    for report in reports:
        for issue in report["issues"]:
            tell_issue(output, report["path"], issue)
        if report["valid"]:
            warnings = len(report["issues"])
            also = f", {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
            output.line(f"{output.sign('succeeded')} {shown(report['path'])} is valid{also}")
        else:
            errors = sum(issue["severity"] == "error" for issue in report["issues"])
            words = f"{errors} error{'s' if errors != 1 else ''}"
            output.line(f"{output.sign('failed')} {shown(report['path'])} has {words}")
    return DONE if valid else INVALID


def plan(options: argparse.Namespace) -> int:
    """What would become of each node."""
    path = Path(options.file)
    nodes = preview(None, path, **what_to_run(options))
    if options.json:
        place = path.resolve().relative_to(find_workspace(path).folder).as_posix()
        print_json({"version": 1, "pipeline": place, "nodes": nodes})
        return DONE
    output = Output(sys.stdout)
    rows = [(str(node["action"]), shown(node["id"]), shown(node["reason"] or "")) for node in nodes]
    for line in table(rows):
        output.line(line)
    return DONE
