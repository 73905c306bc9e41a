"""Alerts over HTTP: listed, and decided about."""

from __future__ import annotations

from typing import Any

from ..errors import BadRequest, MlopsError
from ..issues import listed
from ..monitoring.alerts import ACTIVE, STATES
from ..monitoring.overview import alerts_in, named, workspaces_below
from ..paths import Workspace
from ..store import Store
from ..store.alerts import unknown_alert
from .base import allowed
from .catalogue import Catalogue
from .monitors import MonitorRoute


def workspaces(catalogue: Catalogue) -> list[Workspace]:
    """Those in which something ran, and those of the monitors below the root, whoever evaluated them."""
    return list(dict.fromkeys([*catalogue.workspaces(), *workspaces_below(catalogue.root)]))


class AlertsHandler(MonitorRoute):
    """GET alerts"""

    @allowed("read")
    async def get(self) -> None:
        """Alerts, newest first: in one state, `active` ones, or all."""
        await self.reply(self._list, self.query("state"))

    def _list(self, state: str | None) -> dict[str, Any]:
        if state not in (None, "active", *STATES):
            raise BadRequest(f"There is no state {str(state)[:40]!r}.", f"It is one of {listed(('active', *STATES))}.")
        states = None if state is None else ACTIVE if state == "active" else (state,)
        found = [
            self.place(workspace, alert) for workspace, alert in alerts_in(workspaces(self.catalogue), states=states)
        ]
        return {"version": 1, "alerts": sorted(found, key=lambda alert: alert["opened"], reverse=True)}


class DecisionsHandler(MonitorRoute):
    """POST alerts/<id>/decisions"""

    @allowed("execute")
    async def post(self, alert: str) -> None:
        """Decides about an alert, in the name of who is signed in."""
        body = self.body()
        asked: dict[str, Any] = {
            "action": body.take("action", str),
            "comment": body.take("comment", str),
            "until": body.option("until", str),
            "seen": body.option("seen", int),
        }
        body.end()
        user = self.current_user
        answer = await self.work(self._decide, alert, user.display_name or user.name or user.username, asked)
        self.set_status(201)
        await self.reply(lambda: answer)
        self.nudge()

    def _decide(self, alert: str, user: str, asked: dict[str, Any]) -> dict[str, Any]:
        from ..refresh import decide

        workspace = self._with(alert)
        made = decide(workspace, alert, user=user, origin="jupyter", **asked)
        if made["run"] is not None:
            self.catalogue.note(made["run"], workspace)
        return self.place(workspace, named(workspace, made))

    def _with(self, alert: str) -> Workspace:
        """The workspace that has the alert."""
        for workspace in workspaces(self.catalogue):
            try:
                with Store.open(workspace, create=False) as store:
                    store.alert(alert)
                return workspace
            except MlopsError:
                continue
        raise unknown_alert(alert)
