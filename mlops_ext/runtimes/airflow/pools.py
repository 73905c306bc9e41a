"""Pools that a pipeline names and Airflow lacks: its nodes would wait there for ever, and nobody would be told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import MlopsError
from ...issues import listed, show
from ...parse import parse

if TYPE_CHECKING:
    from ..registry import Runtime
    from .client import Airflow


def pools_of(path: Path, runtime: Runtime) -> set[str]:
    """Those that the nodes of a pipeline's file run in on a runtime."""
    pipeline = parse(path.read_bytes()).pipeline
    if pipeline is None:
        return set()
    document: Any = pipeline.document
    usual = document.get("runtimes", {}).get(runtime.name, {}).get("pool") or runtime.pool
    chosen = [node.get("pool") or usual for node in document["nodes"].values()]
    return {name for name in chosen if name}


def missing(airflow: Airflow, wanted: set[str]) -> MlopsError | None:
    """What is said where Airflow lacks some; who may not see its pools is not told."""
    try:
        lacking = sorted(wanted - airflow.pools()) if wanted else []
    except MlopsError as error:
        if error.code != "airflow-forbidden":
            raise
        return None
    if not lacking:
        return None
    names = listed([show(name) for name in lacking], "and")
    what = "no pool" if len(lacking) == 1 else "no pools"
    return MlopsError(
        f"This Airflow has {what} {names}.",
        "Make it there, under Admin, Pools: the run then goes on by itself.",
        code="unknown-pool",
    )
