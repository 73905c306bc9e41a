"""Which run a person means: a workspace from where they stand, a run from the beginning of its id."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .errors import BadRequest
from .handlers.catalogue import RUN_ID, store_with, unknown_run
from .paths import Workspace, find_workspace, known_workspaces
from .store import Store


def workspace_here() -> Workspace:
    """The workspace of the current folder."""
    return find_workspace(Path.cwd() / "any.pipeline")


def workspaces() -> list[Workspace]:
    """The workspace of the current folder if something ran in it, else all that this user has."""
    here = workspace_here()
    return [here] if Store.exists(here) else known_workspaces()


def find_run(text: str) -> tuple[Workspace, str]:
    """The run whose id begins with the text: in the workspace of the current folder, else in any."""
    wanted = text.strip().lower()
    here = workspace_here()
    places = [here] if Store.exists(here) else []
    for group in (places, [place for place in known_workspaces() if place not in places]):
        found = [(place, run_id) for place in group for run_id in _matching(place, wanted)]
        if len(found) > 1:
            shown = ", ".join(run_id[: len(wanted) + 6] for _, run_id in found[:4])
            raise BadRequest(f"Several runs begin with {text}: {shown} …", "Give more of the id.")
        if found:
            return found[0]
    raise unknown_run(text)


def _matching(workspace: Workspace, wanted: str) -> Iterator[str]:
    """Ids of runs in the store; each has a folder of its name, which is quicker to look through than rows."""
    if not wanted or not set(wanted) <= set("0123456789abcdef"):
        return
    names = [wanted] if RUN_ID.fullmatch(wanted) else _folders(workspace)
    for name in names:
        if name.startswith(wanted) and RUN_ID.fullmatch(name):
            store = store_with(workspace, name)
            if store is not None:
                store.close()
                yield name


def _folders(workspace: Workspace) -> list[str]:
    try:
        return sorted(entry.name for entry in os.scandir(workspace.runs))
    except OSError:
        return []
