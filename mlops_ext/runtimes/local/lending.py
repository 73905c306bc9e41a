"""A submitter lends its environment to an engine that somebody else started.

A node sees the variables that the command or server was started with which
submitted its run. They may hold what must not be on a disk, so they go from memory
to memory, over a socket in the folder of the state, which only its owner can open.
An engine that was started for the run has them anyway; one that was started again
after it was killed has those of whoever did that.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio  # imported late below: commands look at this module, too

SOCKET = "engine.sock"
LIMIT = 1 << 24
_KEPT = 1000
_SECONDS = 2.0


def lend(state: Path, run_id: str, environment: Mapping[str, str]) -> bool:
    """Tells the engine the variables of a run, before the run is recorded; False if there is no engine."""
    data = json.dumps({"run": run_id, "environment": dict(environment)}).encode("ascii") + b"\n"
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        _connect(connection, state)
        connection.sendall(data)
        return connection.recv(8) == b"kept\n"
    return False


class Borrowed:
    """The variables that runs came with, in the engine's memory."""

    def __init__(self, refuses: Callable[[], bool] = lambda: False) -> None:
        self._runs: dict[str, dict[str, str]] = {}
        self._refuses = refuses
        """Asked when a run is announced, before the run is recorded."""

    def of(self, run_id: str) -> Mapping[str, str]:
        """The variables of a run; the engine's own where none were lent."""
        return self._runs.pop(run_id, None) or dict(os.environ)

    async def listen(self) -> None:
        """Begins to take them; the engine's working directory is the folder of the state."""
        import asyncio

        with suppress(OSError):
            os.unlink(SOCKET)
        # By a relative path: that of a socket may be no longer than 107 bytes.
        self._server = await asyncio.start_unix_server(self._keep, SOCKET, limit=LIMIT)

    async def _keep(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import asyncio

        with closing(writer), suppress(OSError, ValueError, KeyError, TimeoutError):
            document = json.loads(await asyncio.wait_for(reader.readline(), _SECONDS))
            if self._refuses():
                return
            self._runs[str(document["run"])] = {str(k): str(v) for k, v in document["environment"].items()}
            if len(self._runs) > _KEPT:
                self._runs.pop(next(iter(self._runs)))
            writer.write(b"kept\n")
            await writer.drain()


def _connect(connection: socket.socket, state: Path) -> None:
    if not sys.platform.startswith("linux"):
        connection.connect(str(state / SOCKET))
        return
    folder = os.open(state, os.O_PATH | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{folder}/{SOCKET}")
    finally:
        os.close(folder)
