"""Evaluations of monitors in the store.

What they mean is decided in mlops_ext/monitoring; here they are rows. Everything that
is written is written within `Store.transaction`, so that an evaluation, its alert and
what it supersedes are there together or not at all.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from ..errors import NotFound
from .documents import dumps, loads
from .writer import Writer

LETTERS = {"ok": "o", "warn": "w", "alert": "a", "not_computed": "n", "error": "e"}
EVALUATION_PAGE = 1_000
SERIES_LIMIT = 100_000

_INSERT_EVALUATION = """
INSERT INTO evaluations (id, monitor, key, batch, position, status, model, baseline, created, document, shape,
       figures, verdicts, alert)
VALUES (:id, :monitor, :key, :batch, :position, :status, :model, :baseline, :created, :document, :shape,
       :figures, :verdicts, :alert)
"""
_SELECT_EVALUATION = """
SELECT evaluations.*, alerts.state AS alert_state, alerts.opened_by FROM evaluations
LEFT JOIN alerts ON alerts.id = evaluations.alert
"""
_SERIES = """
SELECT id, batch, created, status, model, baseline, shape, figures, verdicts FROM evaluations
WHERE monitor = ? AND superseded_by IS NULL ORDER BY position DESC LIMIT ?
"""


class Evaluations(Writer):
    """What is remembered of the evaluations of a workspace, and which monitors have news."""

    def monitors(self) -> list[str]:
        """The monitors of which something is known, by path."""
        rows = self._connection.execute("SELECT DISTINCT monitor FROM evaluations ORDER BY monitor")
        return [row[0] for row in rows]

    def evaluation(self, monitor: str, evaluation: str) -> dict[str, Any]:
        """One evaluation by its id."""
        row = self._connection.execute(
            _SELECT_EVALUATION + "WHERE evaluations.monitor = ? AND evaluations.id = ?", (monitor, evaluation)
        ).fetchone()
        if row is None:
            raise NotFound(f"The monitor has no evaluation {evaluation[:40]!r}.", code="unknown-evaluation")
        return _evaluation(row)

    def evaluation_of_key(self, monitor: str, key: str) -> dict[str, Any] | None:
        """The evaluation that has this key, if it was computed before."""
        row = self._connection.execute(
            _SELECT_EVALUATION
            + "WHERE evaluations.monitor = ? AND evaluations.key = ? AND evaluations.status <> 'error'",
            (monitor, key),
        ).fetchone()
        return None if row is None else _evaluation(row)

    def evaluation_of_batch(self, monitor: str, batch: str) -> dict[str, Any] | None:
        """The evaluation of a batch that none supersedes."""
        row = self._connection.execute(
            _SELECT_EVALUATION
            + "WHERE evaluations.monitor = ? AND evaluations.batch = ? AND evaluations.superseded_by IS NULL",
            (monitor, batch),
        ).fetchone()
        return None if row is None else _evaluation(row)

    def evaluations(
        self, monitor: str, *, limit: int = 200, before: str | None = None
    ) -> tuple[list[dict[str, Any]], bool]:
        """Evaluations, newest first, also superseded ones, and whether there are more."""
        limit = max(1, min(limit, EVALUATION_PAGE))
        with self._reading():
            number = None if before is None else self._evaluation_number(monitor, before)
            rows = self._connection.execute(
                _SELECT_EVALUATION + "WHERE evaluations.monitor = ? AND (? IS NULL OR evaluations.number < ?) "
                "ORDER BY evaluations.number DESC LIMIT ?",
                (monitor, number, number, limit + 1),
            ).fetchall()
        return [_evaluation(row) for row in rows[:limit]], len(rows) > limit

    def evaluations_until(self, monitor: str, position: int, count: int) -> list[dict[str, Any]]:
        """The last evaluations up to a position in time, newest first, without superseded ones."""
        rows = self._connection.execute(
            _SELECT_EVALUATION + "WHERE evaluations.monitor = ? AND evaluations.superseded_by IS NULL "
            "AND evaluations.position <= ? ORDER BY evaluations.position DESC LIMIT ?",
            (monitor, position, count),
        )
        return [_evaluation(row) for row in rows]

    def evaluated_batches(self, monitor: str) -> dict[str, tuple[str, str]]:
        """Id and status of the evaluation of each batch."""
        rows = self._connection.execute(
            "SELECT batch, id, status FROM evaluations WHERE monitor = ? AND superseded_by IS NULL", (monitor,)
        )
        return {batch: (evaluation, status) for batch, evaluation, status in rows}

    def model_versions(self, monitor: str) -> list[dict[str, Any]]:
        """The versions of the model that were evaluated, with first and last time, oldest first."""
        rows = self._connection.execute(
            "SELECT model, min(created) AS first, max(created) AS last FROM evaluations "
            "WHERE monitor = ? AND model IS NOT NULL GROUP BY model ORDER BY first, model",
            (monitor,),
        )
        return [{"version": row["model"], "first": row["first"], "last": row["last"]} for row in rows]

    def series(self, monitor: str, limit: int = 10_000) -> tuple[list[sqlite3.Row], dict[int, list[Any]]]:
        """Figures of the last evaluations, oldest first, and what they are of by shape."""
        limit = max(1, min(limit, SERIES_LIMIT))
        with self._reading():
            rows = self._connection.execute(_SERIES, (monitor, limit)).fetchall()
            shapes = {number: self._what(number) for number in {row["shape"] for row in rows}}
        return rows[::-1], shapes

    def add_evaluation(self, document: Mapping[str, Any], *, alert: str | None) -> None:
        """Records an evaluation; it takes the place of the one of the same batch, which is kept."""
        monitor, metrics = document["monitor"], document["metrics"]
        with self.transaction():
            position = self.position(monitor, document["batch"])
            self._connection.execute(
                "UPDATE evaluations SET superseded_by = ? WHERE monitor = ? AND batch = ? AND superseded_by IS NULL",
                (document["id"], monitor, document["batch"]),
            )
            row = {
                **{name: document[name] for name in ("id", "monitor", "key", "batch", "status", "model", "baseline")},
                "position": position,
                "created": document["created"],
                "document": dumps(dict(document)),
                "shape": self._shape([_what(metric) for metric in metrics]),
                "figures": dumps([_short(metric["value"]) for metric in metrics]),
                "verdicts": "".join(LETTERS[metric["verdict"]] for metric in metrics),
                "alert": alert,
            }
            self._connection.execute(_INSERT_EVALUATION, row)
            self._news(monitor)

    def restore_evaluation(self, monitor: str, evaluation: str) -> None:
        """Lets an evaluation that was superseded be the one of its batch again: its data has come back."""
        with self.transaction():
            batch = self._connection.execute(
                "SELECT batch FROM evaluations WHERE monitor = ? AND id = ?", (monitor, evaluation)
            ).fetchone()["batch"]
            self._connection.execute(
                "UPDATE evaluations SET superseded_by = ? WHERE monitor = ? AND batch = ? AND superseded_by IS NULL",
                (evaluation, monitor, batch),
            )
            self._connection.execute("UPDATE evaluations SET superseded_by = NULL WHERE id = ?", (evaluation,))
            self._news(monitor)

    def position(self, monitor: str, batch: str) -> int:
        """The place in time of a batch: the one it has, else the next."""
        own = self._connection.execute(
            "SELECT position FROM evaluations WHERE monitor = ? AND batch = ? AND superseded_by IS NULL",
            (monitor, batch),
        ).fetchone()
        if own is not None:
            return int(own[0])
        last = self._connection.execute(
            "SELECT max(position) FROM evaluations WHERE monitor = ? AND superseded_by IS NULL", (monitor,)
        ).fetchone()[0]
        return 1 if last is None else int(last) + 1

    def monitor_news(self, after: int) -> list[tuple[int, str]]:
        """Number and monitor of what changed after a number, by number."""
        rows = self._connection.execute(
            "SELECT number, monitor FROM monitor_news WHERE number > ? ORDER BY number", (after,)
        )
        return [(row["number"], row["monitor"]) for row in rows]

    def last_monitor_news(self) -> int:
        """The number of the last change; 0 before the first."""
        return int(self._connection.execute("SELECT coalesce(max(number), 0) FROM monitor_news").fetchone()[0])

    def tell_of_monitor(self, monitor: str) -> None:
        """Lets those who watch look again: an evaluation has begun or ended."""
        with self.transaction():
            self._news(monitor)

    def _news(self, monitor: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO monitor_news (monitor) VALUES (?)", (monitor,))

    def _evaluation_number(self, monitor: str, evaluation: str) -> int:
        row = self._connection.execute(
            "SELECT number FROM evaluations WHERE monitor = ? AND id = ?", (monitor, evaluation)
        ).fetchone()
        if row is None:
            raise NotFound(f"The monitor has no evaluation {evaluation[:40]!r}.", code="unknown-evaluation")
        return int(row["number"])

    def _what(self, shape: int) -> list[Any]:
        row = self._connection.execute("SELECT text FROM evaluation_shapes WHERE number = ?", (shape,)).fetchone()
        found: list[Any] = loads(row["text"])
        return found

    def _shape(self, what: list[list[Any]]) -> int:
        text = dumps(what)
        self._connection.execute("INSERT OR IGNORE INTO evaluation_shapes (text) VALUES (?)", (text,))
        return int(
            self._connection.execute("SELECT number FROM evaluation_shapes WHERE text = ?", (text,)).fetchone()[0]
        )


def new_id() -> str:
    """32 hexadecimal characters that nobody can guess."""
    return secrets.token_hex(16)


def _evaluation(row: sqlite3.Row) -> dict[str, Any]:
    alert = None
    if row["alert"] is not None:
        alert = {"id": row["alert"], "state": row["alert_state"], "opened_now": row["opened_by"] == row["id"]}
    return {**loads(row["document"]), "alert": alert, "superseded_by": row["superseded_by"]}


def _what(metric: Mapping[str, Any]) -> list[Any]:
    return [metric[name] for name in ("check", "kind", "measure", "column", "group")]


def _short(value: Any) -> Any:
    """A number as charts need it: six digits, which take half the time to read."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
