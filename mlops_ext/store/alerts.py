"""Alerts of monitors, and what people decided about them, in the store.

The rules are in mlops_ext/monitoring. A decision is a row that the database lets
nobody change once what it set in motion has begun.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import NotFound
from .documents import dumps, loads, timestamp
from .evaluations import Evaluations

_INSERT_ALERT = """
INSERT INTO alerts (id, monitor, state, opened, opened_by, updated, checks, summary, told)
VALUES (:id, :monitor, 'open', :opened, :opened_by, :opened, :checks, :summary, NULL)
"""
_UPDATE_ALERT = """
UPDATE alerts SET state = :state, updated = :updated, checks = :checks, summary = :summary, run = :run,
       snoozed_until = :snoozed_until, told = :told, delivery = :delivery WHERE id = :id
"""
_INSERT_DECISION = """
INSERT INTO decisions (id, alert, action, comment, user, at, origin, run, until, effect, pending)
VALUES (:id, :alert, :action, :comment, :user, :at, :origin, :run, :until, :effect, 1)
"""


class Alerts(Evaluations):
    """What is remembered of the alerts of a workspace."""

    def active_alert(self, monitor: str) -> dict[str, Any] | None:
        """The alert of a monitor that is not settled."""
        row = self._connection.execute(
            "SELECT * FROM alerts WHERE monitor = ? AND state IN ('open', 'snoozed', 'retraining')", (monitor,)
        ).fetchone()
        return None if row is None else self._alert(row)

    def alert(self, alert: str) -> dict[str, Any]:
        """One alert by its id, with its evaluations and decisions."""
        row = self._connection.execute("SELECT * FROM alerts WHERE id = ?", (alert,)).fetchone()
        if row is None:
            raise unknown_alert(alert)
        return self._alert(row)

    def alerts(
        self, *, monitor: str | None = None, states: Sequence[str] | None = None, limit: int = 200
    ) -> list[dict[str, Any]]:
        """Alerts, newest first; of one monitor or of all, in some states or in any."""
        with self._reading():
            rows = self._connection.execute(
                "SELECT * FROM alerts WHERE (? IS NULL OR monitor = ?) ORDER BY number DESC", (monitor, monitor)
            )
            wanted = (row for row in rows if states is None or row["state"] in states)
            return [self._alert(row) for row, _ in zip(wanted, range(limit), strict=False)]

    def open_alert(self, alert: Mapping[str, Any]) -> None:
        """Records a new alert: `id monitor opened opened_by checks summary`."""
        with self.transaction():
            self._connection.execute(_INSERT_ALERT, {**alert, "checks": dumps(alert["checks"])})
            self._news(alert["monitor"])

    def change_alert(self, alert: str, **changed: Any) -> None:
        """Sets fields of an alert: `state checks summary run snoozed_until told delivery`."""
        with self.transaction():
            row = self._connection.execute("SELECT * FROM alerts WHERE id = ?", (alert,)).fetchone()
            if row is None:
                raise unknown_alert(alert)
            texts = {name: dumps(changed[name]) for name in ("checks", "delivery") if name in changed}
            self._connection.execute(_UPDATE_ALERT, {**dict(row), "updated": timestamp(), **changed, **texts})
            self._news(row["monitor"])

    def untold_alerts(self, monitor: str) -> list[dict[str, Any]]:
        """Alerts that nobody was told of yet."""
        rows = self._connection.execute(
            "SELECT * FROM alerts WHERE monitor = ? AND told IS NULL ORDER BY number", (monitor,)
        )
        return [self._alert(row) for row in rows.fetchall()]

    def last_position(self, alert: str) -> int:
        """The place in time of the last evaluation that belongs to an alert."""
        row = self._connection.execute("SELECT max(position) FROM evaluations WHERE alert = ?", (alert,)).fetchone()
        return 0 if row[0] is None else int(row[0])

    def newest_batch(self, alert: str) -> str:
        """The last batch in time whose evaluation belongs to an alert, whenever it was evaluated."""
        row = self._connection.execute(
            "SELECT batch FROM evaluations WHERE alert = ? ORDER BY position DESC, number DESC LIMIT 1", (alert,)
        ).fetchone()
        if row is None:
            raise unknown_alert(alert)
        return str(row["batch"])

    def add_decision(self, decision: Mapping[str, Any]) -> None:
        """Records a decision whose effect is still to come."""
        effect = decision["effect"]
        with self.transaction():
            self._connection.execute(
                _INSERT_DECISION, {**decision, "effect": None if effect is None else dumps(effect)}
            )

    def finish_decision(self, decision: str) -> None:
        """The effect has come; from now on the decision stays as it is."""
        with self.transaction():
            self._connection.execute("UPDATE decisions SET pending = 0 WHERE id = ? AND pending = 1", (decision,))

    def withdraw_decision(self, decision: str) -> None:
        """Forgets a decision whose effect could not come."""
        with self.transaction():
            self._connection.execute("DELETE FROM decisions WHERE id = ? AND pending = 1", (decision,))

    def pending_decisions(self, monitor: str | None = None) -> list[dict[str, Any]]:
        """Decisions whose effect is still to come, each with its monitor; oldest first."""
        rows = self._connection.execute(
            "SELECT decisions.*, alerts.monitor FROM decisions JOIN alerts ON alerts.id = decisions.alert "
            "WHERE decisions.pending = 1 AND (? IS NULL OR alerts.monitor = ?) ORDER BY decisions.number",
            (monitor, monitor),
        )
        return [{**_decision(row), "effect": loads(row["effect"]), "monitor": row["monitor"]} for row in rows]

    def decisions(self, monitor: str) -> list[dict[str, Any]]:
        """The decisions on the alerts of a monitor, oldest first."""
        rows = self._connection.execute(
            "SELECT decisions.* FROM decisions JOIN alerts ON alerts.id = decisions.alert "
            "WHERE alerts.monitor = ? AND decisions.pending = 0 ORDER BY decisions.number",
            (monitor,),
        )
        return [_decision(row) for row in rows]

    def _alert(self, row: sqlite3.Row) -> dict[str, Any]:
        evaluations = self._connection.execute(
            "SELECT id FROM evaluations WHERE alert = ? ORDER BY number", (row["id"],)
        )
        decisions = self._connection.execute(
            "SELECT * FROM decisions WHERE alert = ? AND pending = 0 ORDER BY number", (row["id"],)
        )
        return {
            "id": row["id"],
            "monitor": row["monitor"],
            "state": row["state"],
            "opened": row["opened"],
            "updated": row["updated"],
            "evaluations": [one["id"] for one in evaluations],
            "checks": loads(row["checks"]),
            "summary": row["summary"],
            "decisions": [_decision(one) for one in decisions],
            "run": row["run"],
            "snoozed_until": row["snoozed_until"],
            "delivery": loads(row["delivery"]),
        }


def unknown_alert(alert: str) -> NotFound:
    """What is said of an id that no store has."""
    return NotFound(
        f"There is no alert {alert[:40]!r}.", "List the alerts to see which there are.", code="unknown-alert"
    )


def _decision(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "alert", "action", "comment", "user", "at", "origin", "run", "until")}
