"""`mlops gc`: deletes old runs of the workspace here, or of all where there is none here."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any

from . import parse
from .cleaning import Limits, clean
from .cli import DONE
from .cli_find import workspaces
from .cli_output import Output, print_json, shown, size
from .errors import BadRequest

_AGE = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_SIZE = re.compile(r"\d{1,12}[KMGT]", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def gc(options: argparse.Namespace) -> int:
    """Tells what went, or would."""
    limits = Limits(options.keep_runs, _age(options.older_than), _bytes(options.max_size))
    if options.keep_runs is not None and options.keep_runs < 0:
        raise BadRequest("--keep-runs is at least 0.")
    reports = [clean(workspace, limits, dry_run=options.dry_run) for workspace in workspaces()]
    if options.json:
        print_json({"version": 1, "workspaces": reports})
        return DONE
    output = Output(sys.stdout)
    for report in reports:
        _tell(output, report)
    return DONE


def _tell(output: Output, report: dict[str, Any]) -> None:
    runs, litter = len(report["runs"]), len(report["litter"])
    words = f"{runs} run{'' if runs == 1 else 's'}"
    if litter:
        words += f" and {litter} folder{'' if litter == 1 else 's'} of none"
    verb = "would go" if report["dry_run"] else "went"
    output.line(f"{shown(report['workspace'])}: {words} {verb}, {size(report['freed'])}.")


def _age(text: str | None) -> float | None:
    if text is None:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        raise BadRequest(f"{text!r} is no age.", "Write a number and s, m, h, d or w, such as 30d.")
    return float(int(found[1]) * _SECONDS[found[2]])


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    if not _SIZE.fullmatch(text):
        raise BadRequest(f"{text!r} is no size.", "Write a number and K, M, G or T, such as 5G.")
    return parse.size(text)
