"""Brings here what an attempt left there: outcome, notebook, log, outputs, in the layout of local runs.

All of it lies in the file store, written by the runner; where that cannot be read, the
outcome comes from Airflow's XCom and the log from its API.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..local.outputs import CAPTURE_LIMIT
from .logs import for_people, outcome_in

if TYPE_CHECKING:
    from .client import Airflow
    from .files import FileStore

OUTCOME_LIMIT = 8 * 1024 * 1024
NOTEBOOK_LIMIT = 256 * 1024 * 1024
LOG_LIMIT = 64 * 1024 * 1024
MARK = ".looked"
LOOKED_SECONDS = 15.0


@dataclass(frozen=True)
class Place:
    """An attempt of a node, there and here."""

    dag_id: str
    run_id: str
    node: str
    attempt: int
    folder: Path
    """Here."""

    @property
    def there(self) -> str:
        """Its folder in the file store."""
        from .worker.stores import run_folder

        return f"{self.dag_id}/{run_folder(self.run_id)}/{self.node}/{self.attempt}"


class Evidence:
    """Reads from the file store and, where it must, from Airflow."""

    def __init__(self, files: FileStore, airflow: Airflow) -> None:
        self.files = files
        self.airflow = airflow

    def gather(self, place: Place, pipeline: str) -> Mapping[str, Any] | None:
        """The outcome of an attempt that ended; what else it left lies here then, as far as it can be had."""
        outcome, log = self._outcome(place), None
        if outcome is None:
            log = self._log_of_airflow(place)
            outcome = _of_attempt(outcome_in(log), place)
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if outcome is not None and isinstance(outcome.get("notebook"), str):
            self._fetch(place, "notebook.ipynb", NOTEBOOK_LIMIT)
        if not self._fetch(place, "log.txt", LOG_LIMIT):
            log = for_people(self._log_of_airflow(place) if log is None else log)
            (place.folder / "log.txt").write_text(log, encoding="utf-8", errors="replace") if log else None
        for name in self._outputs(outcome):
            relative = PurePosixPath(os.path.normpath(PurePosixPath(pipeline).parent / name))
            if relative.is_absolute() or ".." in relative.parts:
                continue
            self._fetch(place, f"outputs/{relative}", CAPTURE_LIMIT, outcome)
        return outcome

    def cell(self, place: Place) -> tuple[int, int] | None:
        """In which cell a running attempt is; only where that costs nothing."""
        if not self.files.is_local:
            return None
        found = _json(self._read(f"{place.there}/cell.json", OUTCOME_LIMIT))
        cell, cells = (found or {}).get("cell"), (found or {}).get("cells")
        return (cell, cells) if isinstance(cell, int) and isinstance(cells, int) else None

    def follow_log(self, place: Place, token: str | None) -> str | None:
        """Appends what a running attempt has printed since; answers where Airflow's log goes on."""
        if self.files.is_local:
            data = self._read(f"{place.there}/log.txt", LOG_LIMIT)
            if data is not None:
                _grow(place.folder / "log.txt", data)
                return None
        page = self.airflow.log(place.dag_id, place.run_id, place.node, place.attempt, token)
        if page.text:
            with (place.folder / "log.txt").open("a", encoding="utf-8", errors="replace") as log:
                log.write(page.text)
        return page.token

    def _outcome(self, place: Place) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = _json(self._read(f"{place.there}/node.json", OUTCOME_LIMIT))
        if found is None:
            found = _of_attempt(self.airflow.outcome(place.dag_id, place.run_id, place.node), place)
        return found

    def _outputs(self, outcome: Mapping[str, Any] | None) -> list[str]:
        made = outcome.get("outputs") if outcome is not None else None
        if not isinstance(made, Mapping):
            return []
        return [
            name
            for name, entry in made.items()
            if isinstance(entry, Mapping) and (entry.get("bytes") or 0) <= CAPTURE_LIMIT
        ]

    def _log_of_airflow(self, place: Place) -> str:
        text, token = "", None
        for _ in range(100):
            page = self.airflow.log(place.dag_id, place.run_id, place.node, place.attempt, token)
            text, token = text + page.text, page.token
            if page.ended or not page.text or token is None:
                break
        return text

    def _fetch(self, place: Place, name: str, limit: int, outcome: Mapping[str, Any] | None = None) -> bool:
        try:
            target = place.folder / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self.files.fetch(f"{_kept_at(place, outcome)}/{name}", target, limit)
        except Exception:
            return False  # what cannot be had costs the file, not the state

    def _read(self, path: str, limit: int) -> bytes | None:
        try:
            return self.files.read(path, limit)
        except Exception:
            return None


def _of_attempt(outcome: Mapping[str, Any] | None, place: Place) -> Mapping[str, Any] | None:
    """An outcome if it is that of this attempt: where it was found says nothing of that, but it does."""
    return outcome if outcome is not None and outcome.get("attempt") in (None, place.attempt) else None


def _kept_at(place: Place, outcome: Mapping[str, Any] | None) -> str:
    """Where the files of an attempt lie; those of a node that did not run, where it ran last."""
    kept = outcome.get("store") if outcome is not None else None
    if not isinstance(kept, str) or ".." in PurePosixPath(kept).parts:
        return place.there
    return f"{place.dag_id}/{kept.strip('/')}"


def looked_at(folder: Path) -> bool:
    """Whether somebody looks at the log of an attempt just now."""
    try:
        return time.time() - (folder / MARK).stat().st_mtime < LOOKED_SECONDS
    except OSError:
        return False


def _grow(log: Path, data: bytes) -> None:
    """Appends what the file lacks; who reads it goes on from where they were."""
    size = log.stat().st_size if log.exists() else 0
    if len(data) > size:
        with log.open("ab") as file:
            file.write(data[size:])


def _json(data: bytes | None) -> dict[str, Any] | None:
    try:
        found = json.loads(data) if data is not None else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
