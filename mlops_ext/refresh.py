"""What follows a decision: a new baseline, or a run of the pipeline that renews the model.

Whoever decides, in the panel or by the command line, comes through here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import Conflict, MlopsError, NotFound, Refused
from .monitoring import baselines, decisions
from .monitoring.files import Monitor, load
from .monitoring.process import ask, order
from .paths import Workspace
from .store import Store
from .submit import submit, wake


def decide(
    workspace: Workspace,
    alert_id: str,
    action: str,
    comment: str,
    *,
    user: str,
    origin: str,
    until: str | None = None,
    seen: int | None = None,
) -> dict[str, Any]:
    """Decides about an alert and sets in motion what that means; answers the alert."""
    comment, until = decisions.asked(action, comment, until)
    with Store.open(workspace, create=False) as store:
        path = store.alert(alert_id)["monitor"]
        with decisions.alone(workspace, path):
            monitor = load(workspace, path)
            _finish_pending(store, workspace, path)
            decisions.check(store.alert(alert_id), action, seen)
            effect = _effect(monitor, store.alert(alert_id), action)
            decision = decisions.begin(
                store,
                monitor,
                alert_id,
                action,
                comment,
                user=user,
                origin=origin,
                until=until,
                seen=seen,
                effect=effect,
            )
            try:
                _set_in_motion(store, monitor, decision)
            except MlopsError:
                store.withdraw_decision(decision["id"])
                raise
            decisions.finish(store, monitor, decision)
        return store.alert(alert_id)


def settle(workspace: Workspace) -> None:
    """Finishes decisions that a crash left half done."""
    if not Store.exists(workspace):
        return
    with Store.open(workspace, create=False) as store:
        for path in {decision["monitor"] for decision in store.pending_decisions()}:
            with decisions.alone(workspace, path):
                _finish_pending(store, workspace, path)


def _finish_pending(store: Store, workspace: Workspace, path: str) -> None:
    """Whoever noted these decisions is dead, for the turn to decide is ours."""
    for decision in store.pending_decisions(path):
        try:
            monitor = load(workspace, path)
            _set_in_motion(store, monitor, decision)
        except MlopsError:
            store.withdraw_decision(decision["id"])
        else:
            decisions.finish(store, monitor, decision)


def _effect(monitor: Monitor, alert: Mapping[str, Any], action: str) -> dict[str, Any] | None:
    """What the decision will change, prepared so that changing it is quick and may be repeated."""
    if action == "retrain":
        _refresh_of(monitor)
    if action != "accept":
        return None
    with Store.open(monitor.workspace, create=False) as store:
        batch = store.newest_batch(alert["id"])
    [change] = ask(order("baseline", monitor.workspace, monitor.path, batch=batch))
    return change


def _set_in_motion(store: Store, monitor: Monitor, decision: Mapping[str, Any]) -> None:
    if decision["action"] == "accept":
        baselines.replace(monitor, decision["effect"])
    elif decision["action"] == "retrain" and not _is_started(store, decision["run"]):
        refresh = _refresh_of(monitor)
        pipeline = monitor.folder / refresh["pipeline"]
        # What a crash has left of the same run before it was recorded.
        shutil.rmtree(monitor.workspace.run_folder(decision["run"]), ignore_errors=True)
        submit(monitor.workspace, pipeline, parameters=refresh.get("parameters"), run_id=decision["run"])
    elif decision["action"] == "retrain":
        wake(monitor.workspace)


def _is_started(store: Store, run_id: str) -> bool:
    try:
        store.options(run_id)
    except NotFound:
        return False
    return True


def _refresh_of(monitor: Monitor) -> dict[str, Any]:
    refresh: dict[str, Any] | None = monitor.document.get("refresh")
    if refresh is None:
        raise Refused(
            "The monitor names no pipeline that makes a new model.", "Give it one under refresh.", code="no-refresh"
        )
    if not Path(monitor.folder / refresh["pipeline"]).is_file():
        raise Conflict(
            f"There is no refresh pipeline {refresh['pipeline']}.", "Make it, or correct the path.", code="missing-file"
        )
    return refresh
