"""What nodes were seen to read and make that their pipeline does not declare, ready to be put in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import canonical
from .drafting import locate, read
from .errors import InvalidPipeline, MlopsError, Refused
from .model import Node, Pipeline
from .parse import parse
from .paths import Workspace, expand
from .runtimes.local.outputs import shown_name
from .store import Store
from .store.evidence import Success

_NO_FILES = (".ipynb", ".pipeline", ".monitor", ".pyc")
"""What these end is opened by people while a node runs, or declared in another way."""


@dataclass(frozen=True)
class Seen:
    """What the newest success of a node saw that is not declared; paths are relative to the pipeline."""

    run: str
    files: tuple[str, ...]
    outputs: tuple[str, ...]


def undeclared(root: Path | Workspace | None, pipeline: Path | str) -> dict[str, Seen]:
    """By node, what its newest success saw and the pipeline as it is now does not declare."""
    workspace, path = locate(root, pipeline)
    return _undeclared(workspace, path, _parsed(path))


def declare(root: Path | Workspace | None, pipeline: Path | str) -> dict[str, Seen]:
    """Puts all of it into the pipeline's file; answers what that was."""
    workspace, path = locate(root, pipeline)
    parsed = _parsed(path)
    found = _undeclared(workspace, path, parsed)
    if not found:
        return found
    if parsed.document.get("version") != 1:
        raise Refused(
            "Only pipelines of version 1 are changed.", "Convert it first: mlops convert.", code="not-version-1"
        )
    nodes: Any = parsed.document["nodes"]
    for name, seen in found.items():
        for field, more in (("files", seen.files), ("outputs", seen.outputs)):
            if more:
                nodes[name][field] = [*nodes[name].get(field, []), *more]
    text = canonical.dumps(parsed.document)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.chmod(path.stat().st_mode & 0o777)
    partial.replace(path)
    return found


def _parsed(path: Path) -> Pipeline:
    parsed = parse(read(path))
    if parsed.pipeline is None:
        raise InvalidPipeline(parsed.issues)
    return parsed.pipeline


def _undeclared(workspace: Workspace, path: Path, pipeline: Pipeline) -> dict[str, Seen]:
    if not Store.exists(workspace):
        return {}
    relative = path.relative_to(workspace.folder).as_posix()
    with Store.open(workspace, create=False) as store:
        known = {name: store.newest_success(relative, name) for name in pipeline.nodes}
    successes = {name: success for name, success in known.items() if success is not None}
    look = _Look(workspace, path, relative, pipeline, successes)
    found = {name: look.seen(pipeline.nodes[name], success) for name, success in successes.items()}
    return {name: seen for name, seen in found.items() if seen.files or seen.outputs}


class _Look:
    """One look at a pipeline and what its nodes were seen to do."""

    def __init__(
        self, workspace: Workspace, path: Path, relative: str, pipeline: Pipeline, successes: Mapping[str, Success]
    ) -> None:
        self._workspace = workspace
        self._base = path.parent
        self._pipeline = relative
        self._made = {name: set(node.outputs) for name, node in pipeline.nodes.items()}
        self._wrote = {name: set(self._shown(success, "wrote")) for name, success in successes.items()}
        self._sources = {node.path for node in pipeline.nodes.values()}

    def seen(self, node: Node, success: Success) -> Seen:
        """What is not declared of a node."""
        declared = {*node.files, *(name for text in node.files for name in self._expanded(text))}
        others = [paths for kept in (self._made, self._wrote) for name, paths in kept.items() if name != node.id]
        files = [
            path
            for path in self._shown(success, "files")
            if path not in declared
            and path not in self._sources
            and not path.endswith(_NO_FILES)
            and not any(_covers(place, path) for paths in others for place in paths)
        ]
        outputs = [
            path
            for path in self._shown(success, "wrote")
            if not any(_covers(place, path) for place in node.outputs)
            and not any(part.startswith(".") and part != ".." for part in path.split("/"))
            and not path.endswith(_NO_FILES)
            and (self._base / path).is_file()
        ]
        return Seen(success.origin, tuple(sorted(files)), tuple(sorted(outputs)))

    def _shown(self, success: Success, kind: str) -> Iterator[str]:
        """Paths that were surely this node's, as the pipeline would name them."""
        inputs = success.evidence.inputs
        doubtful = set(inputs.get("doubtful", []))
        for path in inputs.get(kind, {}):
            if path not in doubtful:
                yield shown_name(self._pipeline, path)

    def _expanded(self, text: str) -> Iterator[str]:
        try:
            for path in expand(self._workspace, self._base, text):
                yield shown_name(self._pipeline, path.relative_to(self._workspace.folder).as_posix())
        except MlopsError:
            return


def _covers(place: str, path: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")
