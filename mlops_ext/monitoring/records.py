"""An evaluation becomes a fact: recorded with what it supersedes and what it does to the alert, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..store import Store
from ..store.documents import timestamp
from ..store.evaluations import new_id
from . import alerts
from .defaults import checks as default_checks


def checks_in_use(document: Mapping[str, Any]) -> dict[str, Any]:
    """The checks of a monitor: its own, else the documented defaults."""
    own = document.get("checks")
    return dict(own) if own is not None else dict(default_checks(document))


def record(store: Store, document: Mapping[str, Any], evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Records an evaluation and answers it with its alert; `document` is the monitor that it was computed by."""
    monitor, checks = evaluation["monitor"], checks_in_use(document)
    with store.transaction():
        position = store.position(monitor, evaluation["batch"])
        own = store.evaluation_of_batch(monitor, evaluation["batch"])
        before = store.evaluations_until(monitor, position, alerts.longest(checks) + 1)
        # What it supersedes stands at the same place, and no longer counts.
        earlier = [one for one in before if own is None or one["id"] != own["id"]]
        alert = _alert(store, evaluation, alerts.firing(checks, [evaluation, *earlier]), position)
        store.add_evaluation(evaluation, alert=alert)
        return store.evaluation(monitor, evaluation["id"])


def recalled(store: Store, monitor: str, key: str) -> dict[str, Any] | None:
    """The evaluation that has this key, as it is answered when it need not be computed again."""
    found = store.evaluation_of_key(monitor, key)
    if found is None:
        return None
    if found["superseded_by"] is not None:
        store.restore_evaluation(monitor, found["id"])
        found = store.evaluation(monitor, found["id"])
    alert = None if found["alert"] is None else {**found["alert"], "opened_now": False}
    return {**found, "reused": True, "alert": alert}


def _alert(store: Store, evaluation: Mapping[str, Any], fires: list[str], position: int) -> str | None:
    """Opens, joins or settles the alert; answers which one the evaluation belongs to."""
    active = store.active_alert(evaluation["monitor"])
    step = alerts.step(
        None if active is None else alerts.state_now(active["state"], active["snoozed_until"], timestamp()),
        fires=bool(fires),
        is_beyond=bool(alerts.beyond(evaluation)),
        is_good_and_later=active is not None
        and evaluation["status"] in alerts.GOOD
        and position > store.last_position(active["id"]),
    )
    if step.kind == "open":
        alert = {
            "id": new_id(),
            "monitor": evaluation["monitor"],
            "opened": evaluation["created"],
            "opened_by": evaluation["id"],
            "checks": alerts.checks_of(evaluation),
            "summary": alerts.summary_of(evaluation),
        }
        store.open_alert(alert)
        return str(alert["id"])
    if active is None or step.kind == "nothing":
        return None
    if step.kind == "join":
        store.change_alert(
            active["id"], state=step.state, checks=alerts.checks_of(evaluation), summary=alerts.summary_of(evaluation)
        )
        return str(active["id"])
    store.change_alert(active["id"], state="resolved")
    return None
