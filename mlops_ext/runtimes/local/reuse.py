"""Whether a node need not run, and if it must, why.

It need not when a success of the same key is known whose every input is as it was then
and whose outputs can be had; provable ones by default, others where the node says
"always". Here nothing is changed: what follows is done by reusing.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...compile import Plan, Step
from ...errors import MlopsError
from ...paths import Workspace, expand
from ...store import Store
from ...store.evidence import Success
from . import outputs
from .copying import copy_hashed
from .keys import Keys, Parts, key_of
from .objects import Objects
from .world import World

FIRST = "It runs for the first time."
REUSABLE = ("notebook", "script")
"""What others do depends on more than files: on people, on time, on what was stored."""
NO_REUSE = "Reuse is switched off for this run."
DAMAGED = "What was kept of its last run is damaged."
REUSED = "Not run again: nothing that it depends on has changed."

Hashes = Mapping[str, str | None]


@dataclass(frozen=True)
class Inputs:
    """The files that a node is given: what it declares, and what the nodes before it made."""

    declared: Hashes
    upstream: Hashes


@dataclass(frozen=True)
class Verdict:
    """What becomes of a node, and why; `success` is what is reused."""

    action: str
    code: str | None = None
    reason: str | None = None
    detail: str | None = None
    success: Success | None = None
    restores: Mapping[str, str] = field(default_factory=dict)
    """Outputs to be put back in place, with their hashes."""


class Judge:
    """Judges the nodes of one plan."""

    def __init__(self, store: Store, plan: Plan, world: World, keys: Keys, run_folder: Path | None = None) -> None:
        self._store = store
        self._workspace: Workspace = store.workspace
        self._plan = plan
        self._world = world
        self._keys = keys
        self._run_folder = run_folder
        self._objects = Objects(store.workspace.state)

    def judge(self, step: Step, parameters: Mapping[str, Any], upstream: Hashes, *, wanted: bool = True) -> Verdict:
        """What becomes of a node that would run. `wanted`: whether the run may reuse anything."""
        if step.type not in REUSABLE:
            return Verdict("run", "not-provable", "It is done anew each time.")
        if step.reuse == "never":
            return Verdict("run", "reuse-never", "It is set to run every time.")
        if step.type == "monitor" and step.reuse != "always":
            # New data lies where no trace of an earlier run leads; what was evaluated is known by its key anyway.
            return Verdict("run", "reuse-never", "A monitor looks for new data every time.")
        if not wanted:
            return Verdict("run", "no-reuse", NO_REUSE)
        newest = self._store.newest_success(self._plan.pipeline, step.id)
        if newest is None:
            return Verdict("run", "first-run", FIRST)
        parts = self._keys.parts(step, parameters)
        successes = self._store.successes(key_of(self._plan.pipeline, step.id, parts))
        now: Inputs | None = None
        refusal: Verdict | None = None
        for success in successes:
            if now is None:
                declared = declared_files(self._workspace, self._plan, step, self._world, self._run_folder)
                now = Inputs(declared, upstream)
            verdict = self._look_safely(step, success, now)
            if verdict.action == "reuse":
                return verdict
            refusal = refusal or verdict
        return refusal or _changed_part(newest.evidence.parts, parts, step)

    def _look_safely(self, step: Step, success: Success, now: Inputs) -> Verdict:
        """The look at a success of which what is kept may be damaged."""
        try:
            return self._look(step, success, now)
        except (AttributeError, LookupError, TypeError, ValueError):
            return Verdict("run", "outputs-lost", DAMAGED)

    def _look(self, step: Step, success: Success, now: Inputs) -> Verdict:
        """Whether this success is still what the node would do."""
        then = success.evidence.inputs
        for refusal in (
            self._changed_input(then, now),
            self._changed_upstream(then, now.upstream),
            self._changed_elsewhere(then),
        ):
            if refusal is not None:
                return refusal
        if success.evidence.why is not None and step.reuse != "always":
            return Verdict("run", "not-provable", success.evidence.why)
        restores = self._restores(step, success)
        if isinstance(restores, Verdict):
            return restores
        return Verdict("reuse", None, REUSED, None, success, restores)

    def _changed_input(self, then: Mapping[str, Any], now: Inputs) -> Verdict | None:
        known = {**then["upstream"], **then["files"], **then["declared"]}
        for path, sha256 in now.declared.items():
            if path not in known:
                return self._file(path, "{} is new among the files that it declares.")
            if sha256 != known[path]:
                return self._changed_file(path, sha256)
        if self._plan.mode == "isolated":
            gone = next((path for path in then["declared"] if path not in now.declared), None)
            return None if gone is None else self._file(gone, "It does not declare {} any more.")
        for path, sha256 in {**then["files"], **then["declared"]}.items():
            found = self._world.sha256(path)
            if found != sha256 or found is None:
                return self._changed_file(path, found)
        return None

    def _changed_elsewhere(self, then: Mapping[str, Any]) -> Verdict | None:
        """Files that were not there, names in folders, modules."""
        if self._plan.mode == "isolated":
            return None
        for path in then["absent"]:
            if self._world.exists(path):
                return self._file(path, "{} is there now.")
        for folder, (names, ends) in then["names"].items():
            if self._world.names(folder, None if ends is None else tuple(ends)) != names:
                return self._file(folder, "The names of the files in {} have changed.")
        for folder, found in then["modules"].get("folders", {}).items():
            if self._world.modules(folder, then["modules"]["names"]) != found:
                return self._file(folder, "A module in {} is new or gone.")
        return None

    def _changed_upstream(self, then: Mapping[str, Any], now: Hashes) -> Verdict | None:
        for path in sorted({*then["upstream"], *now}):
            if then["upstream"].get(path) != now.get(path):
                shown = self._shown(path)
                return Verdict("run", "changed-upstream", f"{shown}, which a node before it makes, has changed.", shown)
        return None

    def _changed_file(self, path: str, now: str | None) -> Verdict:
        return self._file(path, "{} has changed." if now is not None else "{} is gone.")

    def _file(self, path: str, sentence: str) -> Verdict:
        return Verdict("run", "changed-file", sentence.format(self._shown(path)), self._shown(path))

    def _shown(self, path: str) -> str:
        """The path as the pipeline names it."""
        return outputs.shown_name(self._plan.pipeline, path)

    def _restores(self, step: Step, success: Success) -> dict[str, str] | Verdict:
        """What is to be put back so that the outputs are as they were; or why they cannot be had."""
        recorded = {outputs.shown_name(self._plan.pipeline, path): path for path in step.outputs}
        folder = self._workspace.run_folder(success.evidence.run) / step.id / str(success.evidence.attempt) / "outputs"
        restores: dict[str, str] = {}
        for shown, path in recorded.items():
            entry = success.outputs.get(shown)
            if entry is None:
                return _lost(shown, f"Its output {shown} was not kept.")
            captured = folder / path
            if self._plan.mode == "isolated":
                if not captured.exists():
                    return _lost(shown, f"Its output {shown} was not kept.")
                continue
            found = self._world.sha256(path)
            if found == entry["sha256"]:
                continue
            if found is not None and not self._is_known(path, found):
                return _lost(shown, f"Its output {shown} was changed by somebody else since.")
            if not captured.is_file() or (found is None and self._world.exists(path)):
                return _lost(shown, f"Its output {shown} is gone, and was too large to be kept.")
            restores[path] = entry["sha256"]
        for path, sha256 in success.evidence.inputs["wrote"].items():
            if path not in recorded.values() and self._world.sha256(path) != sha256:
                return _lost(self._shown(path), f"{self._shown(path)}, which it wrote, was changed or removed since.")
        return restores

    def _is_known(self, path: str, sha256: str) -> bool:
        """Whether these bytes can be had again, so that they may be written over."""
        return self._objects.place(sha256).is_file()


def declared_files(
    workspace: Workspace, plan: Plan, step: Step, world: World, run_folder: Path | None
) -> dict[str, str | None]:
    """The declared files of a node by their hashes; those of an isolated run as they were when it was accepted."""
    if plan.mode == "isolated" and run_folder is not None:
        listed = json.loads((run_folder / ".files.json").read_text(encoding="utf-8")).get(step.id, [])
        return {path: _snapshot_digest(run_folder / ".source" / path) for path in listed}
    made = {output for other in plan.steps.values() for output in other.outputs}
    found: dict[str, str | None] = {}
    for text in step.files:
        try:
            paths = [
                path.relative_to(workspace.folder).as_posix() for path in expand(workspace, workspace.folder, text)
            ]
        except MlopsError:
            paths = []
        for path in paths or [text]:
            if plan.mode != "isolated" or path not in made:
                found[path] = world.sha256(path)
    return found


def _snapshot_digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return copy_hashed(file, None)[0]
    except OSError:
        return None


def _changed_part(then: Mapping[str, Any], now: Parts, step: Step) -> Verdict:
    """Which part of the key is another than it was the last time."""
    if then.get("code") != now["code"]:
        return Verdict("run", "changed-code", f"{step.path or step.id} has changed.", step.path)
    for part, code, word in (
        ("parameters", "changed-parameters", "The parameter"),
        ("environment", "changed-environment", "The variable"),
    ):
        before, after = then.get(part, {}), now[part]
        name = next((name for name in sorted({*before, *after}) if before.get(name) != after.get(name)), None)
        if name is not None:
            return Verdict("run", code, f"{word} {name} has changed.", name)
    before = then.get("interpreter", {})
    if before != now["interpreter"]:
        packages = all(before.get(key) == value for key, value in now["interpreter"].items() if key != "packages")
        what = "packages" if packages else "kernel"
        sentence = "The installed packages have changed." if packages else "Its kernel or interpreter has changed."
        return Verdict("run", "changed-interpreter", sentence, what)
    return Verdict("run", "changed-code", "What the node declares has changed.", step.path)


def _lost(path: str, sentence: str) -> Verdict:
    return Verdict("run", "outputs-lost", sentence, path)
