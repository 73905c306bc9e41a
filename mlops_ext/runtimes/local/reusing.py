"""Settles the nodes of a run that need not run: outputs back in place, files of the earlier run at hand.

A look takes a thread and a store of its own, for files are read. What it found is
committed by the conductor, all nodes together. A node whose outputs could not be put
back runs, and what comes after it is looked at again.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...compile import Plan
from ...errors import MlopsError
from ...failpoints import failpoint
from ...paths import Workspace, confine
from ...store import Store
from ...store.evidence import Success
from . import objects
from .keys import Keys
from .outlook import Expected, Outlook
from .reuse import DAMAGED, FIRST, NO_REUSE, Judge, Verdict
from .tracing import Tracing
from .upstream import NodeView
from .world import World

FOLDER = "0"
"""In place of the number of an attempt: there was none."""


@dataclass(frozen=True)
class Reused:
    """A node that need not run, and what is there of it in the run's folder."""

    success: Success
    notebook: str | None
    log: str | None


class Reusing:
    """Which nodes of a run need not run."""

    def __init__(
        self, store: Store, run_id: str, plan: Plan, environment: Mapping[str, str], tracing: Tracing, *, wanted: bool
    ) -> None:
        self._workspace: Workspace = store.workspace
        self._run_id = run_id
        self._plan = plan
        self._environment = environment
        self._tracing = tracing
        self._because = Verdict("run", "first-run", FIRST) if wanted else Verdict("run", "no-reuse", NO_REUSE)
        # Of a pipeline that never ran nothing can be reused; that spares it the look.
        self._judged: dict[str, Verdict] = {}
        if not wanted or not store.has_evidence(plan.pipeline):
            self._judged = dict.fromkeys(plan.steps, self._because)
        self._sources: dict[str, list[str]] = {name: [] for name in plan.steps}
        for edge in plan.edges:
            self._sources[edge.target].append(edge.source)

    def may_run(self, name: str) -> bool:
        """Whether it is known that the node must run, once its turn comes."""
        return name in self._judged

    def because(self, name: str) -> Verdict:
        """Why a node runs."""
        return self._judged.get(name, self._because)

    def is_due(self, nodes: Mapping[str, NodeView], settled: frozenset[str]) -> bool:
        """Whether there are nodes to look at: queued ones that nothing stands before any more."""
        return any(
            nodes[name].state == "queued" and all(nodes[source].state in settled for source in self._sources[name])
            for name in self._sources
            if name not in self._judged
        )

    def look(self, nodes: Mapping[str, NodeView]) -> dict[str, Reused]:
        """The nodes that need not run, with their outputs in place. Takes a thread of its own."""
        try:
            with Store.open(self._workspace, create=False) as store:
                verdicts = self._verdicts(store, nodes)
            return self._realised(verdicts)
        except (OSError, ValueError, LookupError, TypeError, MlopsError):
            # What was kept is damaged, or cannot be read: then everything runs.
            traceback.print_exc()
            damaged = Verdict("run", "outputs-lost", DAMAGED)
            self._judged = {**dict.fromkeys(self._plan.steps, damaged), **self._judged}
            return {}
        finally:
            self._tracing.hashes.save()
            failpoint("outputs-restored")

    def _verdicts(self, store: Store, nodes: Mapping[str, NodeView]) -> dict[str, Verdict]:
        folder = self._workspace.run_folder(self._run_id)
        world = World(self._workspace, self._tracing.hashes, self._tracing.watch.opens)
        keys = Keys(self._plan, folder / ".source", self._environment)
        judge = Judge(store, self._plan, world, keys, folder)
        return Outlook(store, self._plan, world, judge, reuse=True).verdicts(nodes)

    def _realised(self, verdicts: Mapping[str, Verdict]) -> dict[str, Reused]:
        found: dict[str, Reused] = {}
        failed: set[str] = set()
        for name, verdict in verdicts.items():
            if any(source in failed for source in self._sources[name]):
                failed.add(name)
            elif verdict.success is None:
                if verdict.action == "run" and verdict.code not in ("upstream", "condition"):
                    self._judged[name] = verdict
                    failed.add(name)
            elif self._restore(verdict):
                found[name] = self._linked(name, verdict.success)
            else:
                self._judged[name] = Verdict("run", "outputs-lost", DAMAGED)
                failed.add(name)
        return found

    def _restore(self, verdict: Verdict) -> bool:
        """Puts the outputs back; False if they are not what they were."""
        if verdict.success is None:
            return False
        kept = objects.Objects(self._workspace.state)
        evidence = verdict.success.evidence
        captured = self._workspace.run_folder(evidence.run) / evidence.node / str(evidence.attempt) / "outputs"
        for path, sha256 in verdict.restores.items():
            target = confine(self._workspace.folder, self._workspace.folder, os.path.dirname(path) or "x")
            place = (target if os.path.dirname(path) else self._workspace.folder) / os.path.basename(path)
            self._tracing.watch.opens(path)
            if not objects.restore(captured / path, place, sha256, kept.folder):
                # It is no use to anybody: the next time it is not even looked at.
                (captured / path).unlink(missing_ok=True)
                kept.place(sha256).unlink(missing_ok=True)
                return False
        return True

    def _linked(self, name: str, success: Success) -> Reused:
        """Links what the earlier run left behind into the folder of this one."""
        evidence = success.evidence
        source = self._workspace.run_folder(evidence.run) / evidence.node / str(evidence.attempt)
        target = self._workspace.run_folder(self._run_id) / name / FOLDER
        objects.link_tree(source, target, ("notebook.ipynb", "log.txt", "results.jsonl", "trace.json", "outputs"))
        return Reused(success, self._there(target, "notebook.ipynb"), self._there(target, "log.txt"))

    def _there(self, folder: Path, name: str) -> str | None:
        return f"{folder.parent.name}/{FOLDER}/{name}" if (folder / name).is_file() else None


def as_they_are(nodes: Mapping[str, NodeView]) -> dict[str, NodeView]:
    """The nodes for a look in another thread, in which they don't change."""
    return {
        name: Expected(node.state, node.reason, node.attempts, dict(node.results), dict(node.outputs))
        for name, node in nodes.items()
    }
