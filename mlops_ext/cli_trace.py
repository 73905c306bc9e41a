"""`mlops trace` and `mlops lineage`: what nodes read and made, and what came of which file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .cli import DONE
from .cli_output import Output, moment, print_json, shown, table
from .paths import find_workspace


def trace(options: argparse.Namespace) -> int:
    """What the newest runs saw that the pipeline does not declare; with --apply it is declared."""
    from .declaring import declare, undeclared

    path = Path(options.file)
    found = (declare if options.apply else undeclared)(None, path)
    if options.json:
        place = path.resolve().relative_to(find_workspace(path).folder).as_posix()
        nodes = {name: asdict(seen) for name, seen in found.items()}
        print_json({"version": 1, "pipeline": place, "nodes": nodes, "applied": bool(options.apply and found)})
        return DONE
    output = Output(sys.stdout)
    if not found:
        output.line("All that the newest runs read and made is declared.")
    for name, seen in found.items():
        for words, paths in (("reads", seen.files), ("makes", seen.outputs)):
            for one in paths:
                output.line(f"{shown(name)} {words} {shown(one)}")
    if found and options.apply:
        output.line(f"{output.sign('succeeded')} {shown(options.file)} declares it now")
    elif found:
        output.line(f"mlops trace {shown(options.file)} --apply declares it.")
    return DONE


def lineage(options: argparse.Namespace) -> int:
    """Which runs made a file, and who read it."""
    from .lineage import lineage

    path = Path(options.path).absolute()
    path = path.parent.resolve() / path.name
    found = lineage(find_workspace(path), path)
    if options.json:
        print_json(found)
        return DONE
    output = Output(sys.stdout)
    for kind, words in (("made", "Made by"), ("read", "Read by")):
        output.line(f"{words}{':' if found[kind] else ' no run that is still known.'}")
        for line in table([_row(entry, found["sha256"]) for entry in found[kind]]):
            output.line(f"  {line}")
    return DONE


def _row(entry: dict[str, Any], now: str | None) -> tuple[str, ...]:
    same = "as it is now" if entry["sha256"] is not None and entry["sha256"] == now else "another content"
    return (
        entry["run"][:8],
        shown(entry["label"] or entry["node"]),
        shown(entry["pipeline"]),
        moment(entry["time"]),
        same if entry["sha256"] is not None else "",
    )
