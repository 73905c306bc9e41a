"""One run on Airflow as the store knows it, and the commits by which it comes to be so.

The store is the truth; what is kept here is the same, at hand. Each change is one
transaction with its event.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import MlopsError
from ...states import SETTLED, run_state
from ...store import Store
from ...store.documents import timestamp
from .. import recording
from .mapping import Ending, Seen

STALLED_SECONDS = 2.0
STEPS = ("accepted", "delivering", "waiting", "triggering", "following", "ended")


@dataclass
class RemoteNode:
    """What is known of a node."""

    state: str
    reason: str | None
    attempts: int
    cell: tuple[int, int] | None = None

    @property
    def begun(self) -> bool:
        """Whether its latest attempt has not ended."""
        return self.state in ("running", "waiting")


def new_remote(dag_id: str, run_id: str, **fields: Any) -> dict[str, Any]:
    """What a run that was just accepted says of its way to Airflow."""
    return {
        "step": "accepted",
        "message": "Accepted; it is going to be brought to Airflow.",
        "since": timestamp(),
        "url": None,
        "dag_id": dag_id,
        "run_id": run_id,
        "package": None,
        "version": None,
        "pinned": False,
        "scheduled": False,
        "problem": None,
        **fields,
    }


class RemoteRun:
    """The run and its nodes."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store = store
        self.run_id = run_id
        self.plan = store.plan(run_id)
        self.cancelling = False
        self._moved = time.monotonic()
        self.reload()

    def reload(self) -> None:
        """Takes from the store what it has."""
        document = self.store.run(self.run_id)
        self.state: str = document["state"]
        self.started: str | None = document["started"]
        self.created: str = document["created"]
        self.remote: dict[str, Any] = document["remote"]
        self.nodes = {
            name: RemoteNode(entry["state"], entry["reason"], entry["attempts"])
            for name, entry in document["nodes"].items()
        }

    @property
    def step(self) -> str:
        """How far it has come on its way."""
        return str(self.remote["step"])

    @property
    def dag_id(self) -> str:
        return str(self.remote["dag_id"])

    @property
    def airflow_id(self) -> str:
        """The run's id on Airflow."""
        return str(self.remote["run_id"])

    @property
    def over(self) -> bool:
        return self.state in SETTLED

    @property
    def stalled(self) -> bool:
        """Whether Airflow has it, and nothing of it goes on there for some time."""
        under_way = self.step == "following" and not self.over
        still = time.monotonic() - self._moved > STALLED_SECONDS
        return under_way and still and not any(node.begun for node in self.nodes.values())

    def say(self, step: str | None = None, message: str | None = None, **fields: Any) -> None:
        """Commits how far it has come; a new step ends the problem of the one before."""
        changed = dict(fields)
        if step is not None and step != self.step:
            changed |= {"step": step, "since": timestamp(), "problem": fields.get("problem")}
        if message is not None:
            changed["message"] = message
        remote = {**self.remote, **changed}
        if remote != self.remote:
            self.store.advance_run(self.run_id, remote=remote)
            self.remote = remote

    def trouble(self, error: MlopsError | None) -> None:
        """Commits what stands in the way, or that nothing does any more."""
        before = self.remote["problem"]
        if error is None:
            if before is not None:
                self.say(problem=None)
        elif before is None or (before["code"], before["message"]) != (error.code, error.message):
            since = before["since"] if before is not None and before["code"] == error.code else timestamp()
            self.say(problem={**problem_document(error), "since": since})

    def begin(self, name: str, attempt: int, type_: str, started: str | None) -> None:
        """Commits that an attempt of a node runs."""
        now = started or timestamp()
        with self.store.transaction():
            self._set(name, **recording.begin(self.store, self.run_id, name, attempt, type_, now))
            if self.started is None:
                self.started = now
            self.store.advance_run(self.run_id, state="running", reason=None, started=self.started)
            self.state = "running"

    def show(self, name: str, **changed: Any) -> None:
        """Commits fields of a node that has not ended."""
        self._set(name, **changed)

    def finish(self, name: str, ending: Ending, shown: Seen, *, again: bool) -> None:
        """Commits how an attempt of a node ended, or that a node which never ran is settled."""
        node = self.nodes[name]
        finished = shown.finished or timestamp()
        how: dict[str, Any] = {"state": ending.state, "reason": ending.reason, "finished": finished}
        how |= {"seconds": ending.seconds, "error": ending.error}
        with self.store.transaction():
            if ending.state == "skipped" and node.begun:
                self._pass_over(name, ending, finished)
                return
            changes: dict[str, Any] = {"results": dict(ending.results), "outputs": dict(ending.outputs)}
            if node.begun:
                changes |= recording.end(self.store, self.run_id, name, node.attempts, again=again, **how)
            else:
                changes |= how
            if ending.cells is not None:
                changes |= {"cell": ending.cell, "cells": ending.cells}
            if not ending.notebook:
                changes["notebook"] = None
            self._set(name, **changes)

    def _pass_over(self, name: str, ending: Ending, finished: str) -> None:
        # Its task found out that the node need not run, so what looked like an attempt was none.
        attempts = self.nodes[name].attempts
        self.store.drop_attempt(self.run_id, name, attempts)
        nothing = dict.fromkeys(("started", "seconds", "notebook", "log", "cell", "cells"))
        self._set(name, state="queued", attempts=attempts - 1, **nothing)
        told = {"results": dict(ending.results), "outputs": dict(ending.outputs), "finished": finished}
        self._set(name, state="skipped", reason=ending.reason, **told)

    def reopen(self, nodes: Iterable[str], message: str) -> None:
        """Commits that these nodes run again in the same run."""
        with self.store.transaction():
            self.store.reopen(self.run_id, nodes)
            self.reload()
            self.cancelling = False
            self.say("following", message)

    def settle(self) -> None:
        """Commits the run's own state while it goes on."""
        state = run_state([node.state for node in self.nodes.values()])
        if state == "waiting" and self.state != "waiting":
            self.store.advance_run(self.run_id, state="waiting")
        elif state != "waiting" and self.state == "waiting":
            self.store.advance_run(self.run_id, state="running")
        else:
            return
        self.state = "waiting" if state == "waiting" else "running"

    def end(self, message: str, *, finished: str | None = None, error: Mapping[str, Any] | None = None) -> None:
        """Commits the end of the run, and of what had none; with an error, it failed whatever its nodes say."""
        now = finished or timestamp()
        with self.store.transaction():
            for name, node in self.nodes.items():
                if node.state not in SETTLED:
                    self._abandon(name, node, now, failed=error is not None and not self.cancelling)
            state = run_state([node.state for node in self.nodes.values()])
            if error is not None:
                state = "failed"
            elif self.cancelling and state == "succeeded" and self.step != "following":
                state = "cancelled"
            why = recording.cause(self.store, self.run_id, self.nodes)
            if error is not None:
                why = {"reason": why["reason"] or "error", "error": dict(error)}
            seconds = recording.between(self.started, now)
            self.store.advance_run(self.run_id, state=state, started=self.started, finished=now, seconds=seconds, **why)
            self.state = state
            self.say("ended", message)

    def _abandon(self, name: str, node: RemoteNode, now: str, *, failed: bool) -> None:
        state, reason = ("failed", "killed") if failed and node.begun else ("cancelled", None)
        if node.begun:
            self.store.finish_attempt(self.run_id, name, node.attempts, state=state, reason=reason, finished=now)
        self._set(name, state=state, reason=reason, finished=now)

    def _set(self, name: str, **changed: Any) -> None:
        self.store.advance_node(self.run_id, name, **changed)
        self._moved = time.monotonic()
        node = self.nodes[name]
        for key in ("state", "reason", "attempts"):
            if key in changed:
                setattr(node, key, changed[key])


def problem_document(error: MlopsError) -> dict[str, Any]:
    """An error as what stands in the way."""
    return {"code": error.code, "message": error.message, "hint": error.hint or None, "since": timestamp()}
