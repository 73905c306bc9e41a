"""A pipeline file becomes a plan: found, read, checked, compiled.

Starting a run and asking what a run would do are the same up to here, so neither
can refuse what the other takes. Nothing is written and nothing is started.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import parts, selection
from .compile import Plan, compile_plan
from .errors import BadRequest, Conflict, InvalidPipeline, NotFound, Refused, TooLarge, Unavailable
from .model import Json, Pipeline
from .parse import parse
from .paths import Workspace, collect_facts, confine, find_workspace
from .runtimes.local.lock import RUNTIME as LOCAL
from .validate import validate

FILE_LIMIT = 16 * 1024 * 1024
MODES = ("in-place", "isolated")


@dataclass(frozen=True)
class Options:
    """What is asked of a run beside its pipeline."""

    expected_sha256: str | None = None
    """Of the bytes that one sees."""
    runtime: str = LOCAL
    parameters: Mapping[str, Json] | None = None
    mode: str = "in-place"
    reuse: bool = True
    max_parallel: int | None = None
    select: Mapping[str, Any] | None = None
    content: bytes | None = None
    """The pipeline in place of what its file holds: only to ask what a run would do."""


@dataclass(frozen=True)
class Draft:
    """A pipeline that can run, and how."""

    workspace: Workspace
    path: Path
    plan: Plan
    reuse: bool


def draft(root: Path | Workspace | None, pipeline: Path | str, options: Options) -> Draft:
    """What would be run of a pipeline file; raises MlopsError for what cannot."""
    check_options(options)
    # What a worker elsewhere sees is what is declared, and nothing there is known to be unchanged.
    local = options.runtime == LOCAL
    workspace, path = locate(root, pipeline, must_exist=options.content is None)
    data = read(path) if options.content is None else options.content
    sha256 = hashlib.sha256(data).hexdigest()
    if options.expected_sha256 is not None and options.expected_sha256 != sha256:
        raise changed(path)
    relative, part = path.relative_to(workspace.folder).as_posix(), None
    if options.select is not None:
        part = parts.part_of(workspace, relative, parse(data).pipeline, options.select)
    plan = compile_plan(
        checked(workspace, path, data, None if part is None else part.nodes),
        path=relative,
        sha256=sha256,
        runtime=options.runtime,
        mode=options.mode if local else "isolated",
        parameters={**(part.parameters if part is not None else {}), **(options.parameters or {})},
        selected=None if part is None else part.nodes,
    )
    if options.select is not None:
        parts.check_earlier(workspace, plan, options.select)
    # Who runs from here on, or again, wants to see it run.
    anew = options.select is not None and not options.select.keys().isdisjoint(("from", "failed"))
    return Draft(workspace, path, plan, options.reuse and local and not anew)


def check_options(options: Options) -> None:
    """Refuses what no run can be asked."""
    if options.runtime != LOCAL:
        from .runtimes.registry import Registry

        Registry().get(options.runtime)
    if options.mode not in MODES:
        raise BadRequest(f"The mode {options.mode!r} is not one of {' and '.join(MODES)}.")
    parallel = options.max_parallel
    if parallel is not None and (isinstance(parallel, bool) or parallel < 1):
        raise BadRequest("max_parallel is at least 1.")
    if options.select is not None:
        selection.check(options.select)
        if options.runtime != LOCAL:
            raise Refused(
                "A part of a pipeline runs on this machine only.",
                "Run the whole pipeline there, or run what failed again in its run.",
                code="partial-run",
            )
    if sys.platform == "win32":
        raise Unavailable("Pipelines cannot run on Windows: it has no file locks and process groups as needed.")


def changed(path: Path) -> Conflict:
    """What is said when a file is not the one that was looked at."""
    return Conflict(
        f"{path.name} has changed on disk since you looked at it.",
        "Open it again to see what would run.",
        code="changed-on-disk",
    )


def locate(root: Path | Workspace | None, pipeline: Path | str, must_exist: bool = True) -> tuple[Workspace, Path]:
    """The workspace of a pipeline file, and the file's path in it with links resolved."""
    top = root.folder if isinstance(root, Workspace) else root
    path = Path(pipeline)
    if top is not None and not path.is_absolute():
        path = top / path
    path = path.resolve()
    workspace = root if isinstance(root, Workspace) else find_workspace(path, top)
    if not path.is_relative_to(workspace.folder):
        confine(workspace.folder, workspace.folder, os.path.relpath(path, workspace.folder))
    if must_exist and not path.is_file():
        raise NotFound(f"There is no pipeline file {pipeline}.", "Check the path.", code="missing-file")
    return workspace, path


def read(path: Path) -> bytes:
    """The bytes of a pipeline file."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", code="missing-file") from None
    if len(data) > FILE_LIMIT:
        raise TooLarge(f"{path.name} is larger than 16 MB.")
    return data


def checked(workspace: Workspace, path: Path, data: bytes, selected: Collection[str] | None = None) -> Pipeline:
    """The pipeline, if nothing is wrong with it, or with the nodes that are selected."""
    parsed = parse(data)
    issues = list(parsed.issues)
    if parsed.pipeline is not None:
        runs = parsed.pipeline if selected is None else selection.without_others(parsed.pipeline, selected)
        issues += validate(runs, collect_facts(workspace, path, runs))
    if parsed.pipeline is None or any(issue.severity == "error" for issue in issues):
        raise InvalidPipeline(issues)
    return parsed.pipeline
