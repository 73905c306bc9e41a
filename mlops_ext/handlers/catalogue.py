"""The runs of several workspaces as one list.

A person has several projects below one root, each with its own store. Here a run
is found among them and their lists are merged. Knows nothing of the web, so that
the command line uses it too. Stores are opened for one question and closed again:
a store belongs to one thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import BadRequest, MlopsError, NotFound
from ..paths import Workspace, known_workspaces
from ..states import STATES
from ..store import Store

RUN_ID = re.compile(r"[0-9a-f]{32}")
PAGE_LIMIT = 200
REMEMBERED = 10_000
_CURSOR = re.compile(r"[0-9T:.Z-]{20,30}~[0-9a-f]{32}")


class Catalogue:
    """All runs that this user has below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._places: dict[str, Workspace] = {}

    def workspaces(self) -> list[Workspace]:
        """The workspaces in which something ran."""
        return known_workspaces(self.root)

    def note(self, run_id: str, workspace: Workspace) -> None:
        """Remembers where a run is, which spares looking for it."""
        if len(self._places) >= REMEMBERED:
            self._places.clear()
        self._places[run_id] = workspace

    def open(self, run_id: str) -> Store:
        """The store that has the run, opened; NotFound when none has."""
        if RUN_ID.fullmatch(run_id):
            known = self._places.get(run_id)
            for workspace in [known] if known is not None else []:
                store = store_with(workspace, run_id)
                if store is not None:
                    return store
            for workspace in self.workspaces():
                store = store_with(workspace, run_id)
                if store is not None:
                    self.note(run_id, workspace)
                    return store
        raise unknown_run(run_id)

    def relative(self, document: dict[str, Any]) -> dict[str, Any]:
        """A run's document with its workspace as seen from the root; "" is the root itself."""
        return {**document, "workspace": self.place(Path(document["workspace"]))}

    def place(self, path: Path) -> str:
        """A path below the root as the browser names it; "" is the root itself."""
        inside = path.relative_to(self.root).as_posix()
        return "" if inside == "." else inside


class Listed(NamedTuple):
    """A page of a list of runs."""

    runs: list[dict[str, Any]]
    next: str | None
    """Where the next page begins; None: this is the last."""
    notes: list[str]
    """What whoever looks at it should know, as sentences."""


def list_runs(
    workspaces: Iterable[Workspace],
    *,
    pipeline: Path | None = None,
    state: str | None = None,
    runtime: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> Listed:
    """Summaries of runs, newest first.

    A store that cannot be read costs its own runs, not the list; an error is told
    where no store can be read.
    """
    if state is not None and state not in STATES:
        raise BadRequest(f"There is no state {state[:40]!r}.", f"It is one of {', '.join(STATES)}.")
    if before is not None and not _CURSOR.fullmatch(before):
        raise BadRequest("The place to go on from is not one that a list gave.")
    limit = max(1, min(limit, PAGE_LIMIT))
    found: list[dict[str, Any]] = []
    notes: list[str] = []
    errors: list[MlopsError] = []
    readable = more = False
    for workspace in workspaces:
        if pipeline is not None and not pipeline.is_relative_to(workspace.folder):
            continue
        own = None if pipeline is None else pipeline.relative_to(workspace.folder).as_posix()
        try:
            with Store.open(workspace, create=False) as store:
                runs, following = store.runs(pipeline=own, state=state, runtime=runtime, limit=limit, before=before)
                notes += store.notes
        except NotFound:
            continue
        except MlopsError as error:
            errors.append(error)
            continue
        readable = True
        found += runs
        more = more or following is not None
    if errors and not readable:
        raise errors[0]
    found.sort(key=lambda run: (run["created"], run["id"]), reverse=True)
    page = found[:limit]
    more = more or len(found) > limit
    return Listed(page, f"{page[-1]['created']}~{page[-1]['id']}" if more and page else None, notes)


def list_pipelines(catalogue: Catalogue) -> list[str]:
    """The pipelines below the root that have runs, as the browser names them; a store that cannot be read has none."""
    found: set[str] = set()
    for workspace in catalogue.workspaces():
        try:
            with Store.open(workspace, create=False) as store:
                found.update(catalogue.place(workspace.folder / pipeline) for pipeline in store.pipelines())
        except MlopsError:
            continue
    return sorted(found)


def store_with(workspace: Workspace, run_id: str) -> Store | None:
    """The workspace's store, opened, if it has the run."""
    try:
        store = Store.open(workspace, create=False)
    except MlopsError:
        return None
    try:
        store.options(run_id)
    except NotFound:
        store.close()
        return None
    except BaseException:
        store.close()
        raise
    return store


def unknown_run(run_id: str) -> NotFound:
    """What is said of an id that no store has."""
    return NotFound(
        f"There is no run {run_id[:40]!r}.",
        "It may have been deleted. List the runs to see which there are.",
        code="unknown-run",
    )
