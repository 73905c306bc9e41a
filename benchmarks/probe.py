"""A server extension that writes down how late the server's event loop is.

Lateness of a timer that is due every few milliseconds: what a request has to wait
before anything is done for it.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

EVERY_SECONDS = 0.005
WRITE_SECONDS = 0.5


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "benchmarks.probe"}]


async def _start_jupyter_server_extension(serverapp: Any) -> None:
    serverapp.mlops_probe = asyncio.get_running_loop().create_task(_watch(Path(os.environ["MLOPS_PROBE"])))


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Nothing is to be loaded."""


async def _watch(file: Path) -> None:
    loop = asyncio.get_running_loop()
    delays: list[float] = []
    written = loop.time()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        delays.append(max(0.0, loop.time() - due))
        if loop.time() - written > WRITE_SECONDS:
            begin = time.perf_counter()
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(delays))
            partial.replace(file)
            written = loop.time()
            # What this itself takes is not the server's.
            delays.append(max(0.0, time.perf_counter() - begin - 1.0))
