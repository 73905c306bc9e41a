"""The engine's side of tracing: who runs at the same time as whom, and one watch for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...paths import Workspace
from ...store.hashes import Hashes
from .trace import HOOK_FILE
from .watch import Watch, Window


@dataclass(eq=False)
class Session:
    """One attempt, from before its processes begin until they have ended."""

    hook: Path
    """Where its processes write what they open."""
    window: Window | None
    """What the watch sees meanwhile; None where there is nothing to watch."""
    began: int = field(default_factory=time.time_ns)
    others: set[Session] = field(default_factory=set)
    """Those that ran at the same time."""
    done: bool = False


class Tracing:
    """All attempts of an engine that are traced."""

    def __init__(self, workspace: Workspace) -> None:
        self.hashes = Hashes(workspace.state, write=True)
        self.watch = Watch(workspace.folder)
        self._active: list[Session] = []

    async def begin(self, folder: Path, *, watched: bool) -> Session:
        """An attempt whose files lie in `folder` is about to run; in place it is watched."""
        window = await self.watch.begin() if watched else None
        session = Session(folder / HOOK_FILE, window)
        for other in self._active:
            other.others.add(session)
            session.others.add(other)
        self._active.append(session)
        return session

    def end(self, session: Session) -> None:
        """The attempt and all its processes have ended; a second time does nothing."""
        if session in self._active:
            self._active.remove(session)
            if session.window is not None:
                self.watch.end(session.window)

    def forget(self, session: Session) -> None:
        """Nobody asks for it any more but those that ran at the same time; what it wrote down goes with their last."""
        self.end(session)
        session.done = True
        for one in (session, *session.others):
            if one.done and all(other.done for other in one.others):
                one.hook.unlink(missing_ok=True)

    def opens(self, paths: Iterable[str]) -> None:
        """The engine is about to open files of the workspace itself."""
        for path in paths:
            self.watch.opens(path)

    def close(self) -> None:
        """Ends the watch, and keeps the hashes."""
        self.watch.close()
        self.hashes.close()
