"""What people decide about an alert: who, when and why, for good.

A decision goes through three steps, one person at a time for a monitor: it is noted
as pending; what it sets in motion happens (a new baseline, a run); it is written to
`<name>.decisions.jsonl` beside the monitor and becomes final together with the
alert's new state. Each step may be repeated: whoever comes next finishes what a
crash has left. Only final decisions are told of.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..errors import BadRequest, Conflict, Unavailable
from ..issues import listed, show
from ..paths import Workspace
from ..store import Store, new_run_id
from ..store.documents import timestamp
from ..store.evaluations import new_id
from .alerts import ACTIONS, BECOMES, may_decide, state_now
from .files import Monitor, state_folder
from .locks import held

LOCK = "deciding.lock"
WAIT_SECONDS = 60.0
SNOOZE = timedelta(days=7)
COMMENT_LIMIT = 10_000
_WORDS = {
    "retrain": "to retrain",
    "accept": "to accept a new baseline",
    "dismiss": "to dismiss it",
    "snooze": "to wait",
}


def alone(workspace: Workspace, monitor: str) -> AbstractContextManager[None]:
    """The turn of one person to decide about a monitor."""
    return held(state_folder(workspace, monitor) / LOCK, WAIT_SECONDS)


def begin(
    store: Store,
    monitor: Monitor,
    alert_id: str,
    action: str,
    comment: str,
    *,
    user: str,
    origin: str,
    until: str | None,
    seen: int | None,
    effect: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Notes a decision as pending; Conflict where somebody else has decided."""
    with store.transaction():
        alert = store.alert(alert_id)
        check(alert, action, seen)
        decision = {
            "id": new_id(),
            "alert": alert_id,
            "action": action,
            "comment": comment,
            "user": user,
            "at": timestamp(),
            "origin": origin,
            "run": new_run_id() if action == "retrain" else None,
            "until": (until or timestamp(datetime.now(UTC) + SNOOZE)) if action == "snooze" else None,
            "effect": None if effect is None else dict(effect),
        }
        store.add_decision(decision)
    return {**decision, "monitor": monitor.path}


def check(alert: Mapping[str, Any], action: str, seen: int | None) -> None:
    """The alert still waits for this decision, or Conflict says who was faster."""
    state = state_now(alert["state"], alert["snoozed_until"], timestamp())
    made = alert["decisions"]
    if may_decide(state, action, decisions=len(made), seen=seen):
        return
    if not made:
        raise Conflict(f"The alert is {state}.", "Look at it again.", code="decided-already")
    last = made[-1]
    raise Conflict(
        f"{last['user']} has decided already, at {last['at']}: {_WORDS[last['action']]}.",
        "Look at the alert again.",
        code="decided-already",
    )


def finish(store: Store, monitor: Monitor, decision: Mapping[str, Any]) -> None:
    """Writes a decision down, and makes it final with what becomes of the alert."""
    write_down(monitor, decision)
    with store.transaction():
        store.finish_decision(decision["id"])
        changes = {"state": BECOMES[decision["action"]], "snoozed_until": decision["until"]}
        if decision["run"] is not None:
            changes["run"] = decision["run"]
        store.change_alert(decision["alert"], **changes)


def asked(action: str, comment: str, until: str | None) -> tuple[str, str | None]:
    """What somebody asks for, if it can be: the comment and the time, tidied."""
    if action not in ACTIONS:
        raise BadRequest(f"There is no decision {show(action)}.", f"It is one of {listed(ACTIONS)}.", pointer="/action")
    comment = comment.strip()
    if not comment or "\0" in comment:
        raise BadRequest("A decision needs a comment.", "Say why: those who come later will ask.", pointer="/comment")
    if len(comment) > COMMENT_LIMIT:
        raise BadRequest(f"The comment is longer than {COMMENT_LIMIT} characters.", pointer="/comment")
    if until is None:
        return comment, None
    if action != "snooze":
        raise BadRequest("Only a snooze has an end.", pointer="/until")
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        raise BadRequest(f"{show(until)} is no time.", "Write it as 2026-01-31T06:00:00Z.", pointer="/until") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment <= datetime.now(UTC):
        raise BadRequest("The end of the snooze is in the past.", pointer="/until")
    return comment, timestamp(moment)


def write_down(monitor: Monitor, decision: Mapping[str, Any]) -> None:
    """Appends a decision to the file that git keeps; a second time does nothing."""
    path = decisions_file(monitor.file)
    fields = ("id", "at", "user", "action", "comment", "alert", "origin", "run", "until")
    line = {name: decision[name] for name in fields} | {"baseline": decision["effect"]}
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "r+b") as file:
            data = file.read()
            whole = _without_torn_end(data)
            if any(_id_of(text) == decision["id"] for text in whole.splitlines()):
                return
            file.truncate(min(len(whole), len(data)))
            file.seek(0, os.SEEK_END)
            file.write(whole[len(data) :])
            file.write((json.dumps(line, ensure_ascii=False) + "\n").encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unavailable(
            f"{path.name} cannot be written: {error.strerror}.", "The decision is finished when it can."
        ) from None


def decisions_file(path: Path) -> Path:
    """Where the decisions about a monitor are written down."""
    return path.with_name(f"{path.stem}.decisions.jsonl")


def _without_torn_end(data: bytes) -> bytes:
    """What was written whole: a line that a crash cut has no end, and is no JSON."""
    whole, newline, rest = data.rpartition(b"\n")
    if rest and _id_of(rest) is not None:
        return data + b"\n"
    return whole + newline


def _id_of(line: bytes) -> str | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return str(found.get("id")) if isinstance(found, dict) else None
