"""Runtimes over HTTP: listed, shown, kept, removed, and tested step by step."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from tornado.iostream import StreamClosedError

from ..errors import BadRequest, MlopsError, Unavailable
from ..model import Json
from ..runtimes.registry import LOCAL, Registry, Runtime, read_runtime
from .base import Handler, allowed

TEST_SECONDS = 120.0
GRACE_SECONDS = 3.0
TESTS_AT_ONCE = 4


class RuntimesHandler(Handler):
    """GET runtimes"""

    @allowed("read")
    async def get(self) -> None:
        """Where pipelines can run."""
        await self.reply(lambda: {"runtimes": [_local(), *(_entry(*one) for one in Registry().load().items())]})


class RuntimeHandler(Handler):
    """GET, PUT, DELETE runtimes/<name>"""

    @allowed("read")
    async def get(self, name: str) -> None:
        """The document of a runtime."""
        await self.reply(lambda: Registry().get(name).document())

    @allowed("write")
    async def put(self, name: str) -> None:
        """Keeps a document, in place of an earlier one."""
        document = self.body().all()
        await self.reply(lambda: Registry().save(name, document).document())

    @allowed("write")
    async def delete(self, name: str) -> None:
        """Forgets a runtime; its secrets stay."""
        await self.work(lambda: Registry().remove(name))
        self.empty()


class RuntimeTestHandler(Handler):
    """POST runtimes/<name>/test"""

    @allowed("execute")
    async def post(self, name: str) -> None:
        """A line of JSON whenever a step of the test changes; of the kept document, or of one that is not kept yet."""
        body = self.body()
        given = body.option("document", dict)
        body.end()
        runtime = await self.work(_chosen, name, given)
        if RuntimeTestHandler._running >= TESTS_AT_ONCE:
            raise Unavailable("Other runtimes are being tested.", "Try again in a moment.")
        self.set_header("Content-Type", "application/x-ndjson")
        self.set_header("Cache-Control", "no-store")
        RuntimeTestHandler._running += 1
        try:
            await self._stream(runtime)
        except StreamClosedError:
            return  # the browser left
        finally:
            RuntimeTestHandler._running -= 1
        self.finish(set_content_type="application/x-ndjson")

    def on_connection_close(self) -> None:
        """The browser left: the test ends with it."""
        super().on_connection_close()
        if self._process is not None:
            _signal(self._process, signal.SIGTERM)

    async def _stream(self, runtime: Runtime) -> None:
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "mlops_ext.runtimes.airflow.probe",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        step = "reach"
        try:
            async with asyncio.timeout(TEST_SECONDS):
                assert process.stdin is not None and process.stdout is not None  # noqa: S101 - pipes
                process.stdin.write(json.dumps({"name": runtime.name, "document": runtime.document()}).encode())
                process.stdin.close()
                while line := await process.stdout.readline():
                    step = str(json.loads(line)["step"])
                    self.write(line)
                    await self.flush()
                code = await process.wait()
            if code != 0:
                self.write(_failed(step, "The test ended before its end.", "Try again."))
        except TimeoutError:
            self.write(_failed(step, f"The test took longer than {TEST_SECONDS:.0f} seconds.", "Try again later."))
        finally:
            # Asked to end, it ends what it started; then all that is left of its group.
            _signal(process, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await process.wait()
            _signal(process, signal.SIGKILL)
            await process.wait()

    _process: asyncio.subprocess.Process | None = None
    _running = 0


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To the process with all that it started, if it has not ended."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _chosen(name: str, given: dict[str, Json] | None) -> Runtime:
    if given is not None:
        return read_runtime(name, given)
    if name == LOCAL:
        raise BadRequest("The runtime local is this machine; there is nothing to test.")
    return Registry().get(name)


def _failed(step: str, message: str, hint: str) -> str:
    return json.dumps({"step": step, "state": "failed", "message": message, "hint": hint, "seconds": 0.0}) + "\n"


def _local() -> dict[str, Any]:
    return {"name": LOCAL, "kind": LOCAL, "label": "Local", "description": "", "url": None}


def _entry(name: str, found: Runtime | MlopsError) -> dict[str, Any]:
    """A runtime in the list; a damaged one says so where its description would be."""
    if isinstance(found, Runtime):
        description, url = found.description, found.url
    else:
        description, url = found.message, None
    return {"name": name, "kind": "airflow", "label": name, "description": description, "url": url}
