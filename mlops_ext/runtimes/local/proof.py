"""What is kept of a node that succeeded: on what it depended, what it read and made.

Made after all its processes have ended. A file that was changed while the node ran has
no hash that is true of what the node saw, and so the node proves nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...compile import Plan, Step
from ...store.documents import timestamp
from ...store.evidence import Evidence, Touch
from . import trace
from .keys import Parts, key_of
from .nodecode import Code, code_of
from .outputs import Outputs, shown_name
from .reuse import Hashes, Verdict
from .trace import Scene, Trace
from .tracing import Session
from .world import World

TRACE_FILE = "trace.json"
_TICK_NANOSECONDS = 5_000_000
"""The clock of a file system goes in steps."""
_MOST_TOUCHES = 2_000
_EACH_TIME = ("MLOPS_RUN_ID", "MLOPS_ATTEMPT")


@dataclass(frozen=True)
class Given:
    """What was known of a node when it began."""

    run: str
    attempt: int
    folder: Path
    root: Path
    source: Path
    """The folder with the sources of the run."""
    parts: Parts
    language: str
    hooked: bool
    upstream: Hashes
    because: Verdict | None
    parameters: Mapping[str, Any]
    environment: Mapping[str, str]
    """What it inherited."""
    redact: Callable[[str], str]
    """Takes out of a text what must not be shown."""


@dataclass(frozen=True)
class Proof:
    """Evidence, who touched what, and the same as a document for people."""

    evidence: Evidence
    touches: tuple[Touch, ...]


def prove(
    plan: Plan,
    step: Step,
    given: Given,
    session: Session,
    world: World,
    declared: Hashes,
    made: Outputs,
) -> Proof:
    """What is kept of the node; writes its trace beside its log."""
    maker = _Maker(plan, step, given, session, world, declared, made)
    proof = maker.proof()
    text = json.dumps(maker.document(proof), ensure_ascii=False, indent=1)
    (given.folder / TRACE_FILE).write_text(text + "\n", encoding="utf-8", errors="replace")
    return proof


class _Maker:
    def __init__(
        self,
        plan: Plan,
        step: Step,
        given: Given,
        session: Session,
        world: World,
        declared: Hashes,
        made: Outputs,
    ) -> None:
        self._plan, self._step, self._given, self._session = plan, step, given, session
        self._world, self._declared, self._made = world, declared, made
        self._isolated = plan.mode == "isolated"
        self._code = code_of(given.source / step.path) if step.path is not None else Code("", "", frozenset())
        self._trace = self._traced()
        self._why = [] if self._isolated else [given.redact(sentence) for sentence in self._trace.why]
        self._why += [
            f"It uses {name}, which is another one each time." for name in _EACH_TIME if name in self._code.words
        ]

    def proof(self) -> Proof:
        """The evidence, and what was touched."""
        plan, step, given = self._plan, self._step, self._given
        inputs = self._inputs()
        return Proof(
            Evidence(
                run=given.run,
                node=step.id,
                pipeline=plan.pipeline,
                attempt=given.attempt,
                key=key_of(plan.pipeline, step.id, given.parts),
                parts=given.parts,
                inputs=inputs,
                why=self._why[0] if self._why else None,
                created=timestamp(),
            ),
            tuple(self._touches(inputs)),
        )

    def document(self, proof: Proof) -> dict[str, Any]:
        """What people are shown."""
        inputs = proof.evidence.inputs
        known = {**inputs["upstream"], **inputs["files"], **inputs["declared"]}
        reads = sorted({*self._trace.reads, *inputs["declared"]})
        return {
            "version": 1,
            "attempt": self._given.attempt,
            "because": self._because(),
            "provable": not self._why,
            "why": self._why,
            "reads": [
                {
                    "path": self._shown(path),
                    "declared": self._is_declared(path),
                    "made_by": self._maker_of(path),
                    "bytes": self._world.size(path) if not self._isolated else None,
                    "sha256": known.get(path),
                }
                for path in reads
                if not self._isolated or path != self._step.path
            ],
            "writes": [
                {"path": self._shown(path), "declared": self._is_output(path)}
                for path in sorted({*self._written(), *self._step.outputs})
            ],
        }

    def _because(self) -> dict[str, Any] | None:
        """Why it ran."""
        because = self._given.because
        if because is None:
            return None
        return {"code": because.code, "reason": because.reason, "detail": because.detail}

    def _traced(self) -> Trace:
        given, step, session = self._given, self._step, self._session
        return trace.of(
            Scene(
                root=given.root,
                cwd=given.root / step.cwd,
                hook=session.hook if given.hooked else None,
                language=given.language,
                code=self._code.text,
                texts=tuple(_texts([*given.parameters.values(), *step.env.values(), *self._inherited()])),
                outputs=step.outputs,
                window=session.window,
                others=tuple(other.hook for other in session.others),
                allowed=(given.folder,),
            )
        )

    def _inherited(self) -> list[str]:
        """Values of inherited variables of which the code speaks."""
        return [value for name, value in self._given.environment.items() if name in self._code.words]

    def _inputs(self) -> dict[str, Any]:
        traced = self._trace
        empty: dict[str, Any] = {"absent": [], "names": {}, "modules": {}, "wrote": {}, "doubtful": []}
        if self._isolated:
            return {"declared": dict(self._declared), "upstream": dict(self._given.upstream), "files": {}, **empty}
        return {
            "declared": self._hashed(self._declared),
            "upstream": dict(self._given.upstream),
            "files": self._hashed(path for path in traced.reads if path not in self._declared),
            "absent": list(traced.absent),
            "names": {
                folder: [self._world.names(folder, ends), None if ends is None else list(ends)]
                for folder, ends in traced.listed.items()
            },
            "modules": {
                "names": list(traced.modules),
                "folders": {folder: self._world.modules(folder, traced.modules) for folder in traced.searched},
            },
            "wrote": {path: self._world.sha256(path) for path in self._written() if not self._is_output(path)},
            "doubtful": [path for path in (*traced.reads, *traced.writes) if path not in traced.sure],
        }

    def _hashed(self, paths: Iterable[str]) -> dict[str, str | None]:
        """Hashes of what was read, which must be as it was when the node began."""
        found: dict[str, str | None] = {}
        for path in paths:
            if self._world.changed(path) >= self._session.began - _TICK_NANOSECONDS:
                self._why.append(f"{self._shown(path)} was changed while it ran.")
            found[path] = self._world.sha256(path)
            if found[path] is None:
                self._why.append(f"{self._shown(path)} cannot be read any more.")
        return found

    def _written(self) -> list[str]:
        """What it wrote and left there."""
        return [path for path in self._trace.writes if self._world.size(path) is not None]

    def _touches(self, inputs: Mapping[str, Any]) -> list[Touch]:
        known = {**inputs["upstream"], **inputs["files"], **inputs["declared"]}
        reads = [path for path in {*self._trace.reads, *inputs["declared"]} if path != self._step.path]
        read = [Touch(path, "read", known.get(path), self._is_declared(path)) for path in sorted(reads)]
        made = [
            Touch(path, "made", self._made.get(self._shown(path), {}).get("sha256"), True)
            for path in self._step.outputs
        ]
        wrote = [Touch(path, "made", sha256, False) for path, sha256 in inputs["wrote"].items()]
        return [*made, *wrote[:_MOST_TOUCHES], *read[:_MOST_TOUCHES]]

    def _maker_of(self, path: str) -> str | None:
        """Which other node declares that it makes the file."""
        return next(
            (
                step.id
                for step in self._plan.steps.values()
                if step.id != self._step.id and any(_within(path, output) for output in step.outputs)
            ),
            None,
        )

    def _is_declared(self, path: str) -> bool:
        return path in self._declared or path == self._step.path or self._maker_of(path) is not None

    def _is_output(self, path: str) -> bool:
        return any(_within(path, output) for output in self._step.outputs)

    def _shown(self, path: str) -> str:
        return shown_name(self._plan.pipeline, path)


def _within(path: str, place: str) -> bool:
    return path == place or path.startswith(place + "/")


def _texts(values: Iterable[Any]) -> list[str]:
    """All texts in values."""
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, Mapping):
            found += _texts(value.values())
        elif isinstance(value, list):
            found += _texts(value)
    return found


def read_document(folder: Path, limit: int = 32 * 1024 * 1024) -> dict[str, Any] | None:
    """The trace of an attempt, as it lies in its folder; None if it is damaged or not there."""
    try:
        descriptor = os.open(folder / TRACE_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(limit + 1)
        document = json.loads(data) if len(data) <= limit else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("version") != 1:
        return None
    whole = isinstance(document.get("reads"), list) and isinstance(document.get("writes"), list)
    return document if whole and isinstance(document.get("why"), list) else None
