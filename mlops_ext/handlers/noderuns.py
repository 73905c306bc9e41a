"""What a node of a run left behind: its log, and its notebook as a page."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from ..errors import BadRequest, NotFound, TooLarge, Unavailable
from .base import Handler, allowed
from .files import inside, node_entry, node_log, open_plain

HTML_SECONDS = 60.0
HTML_LIMIT = 64 * 1024 * 1024
HTML_AT_ONCE = 4


class LogHandler(Handler):
    """GET runs/<id>/nodes/<n>/log"""

    @allowed("read")
    async def get(self, run_id: str, node: str) -> None:
        """A part of a node's log from a byte on."""
        await self.reply(self._read, run_id, node, self.number("offset", 0), self.number("attempt", 0))

    def _read(self, run_id: str, node: str, offset: int, attempt: int) -> dict[str, Any]:
        with self.catalogue.open(run_id) as store:
            return node_log(store, run_id, node, offset, attempt)


class HtmlHandler(Handler):
    """GET runs/<id>/nodes/<n>/html"""

    @allowed("read")
    async def get(self, run_id: str, node: str) -> None:
        """The executed notebook as a page in which nothing runs, as a file to keep."""
        notebook = await self.work(self._find, run_id, node, self.number("attempt", 0))
        if HtmlHandler._making >= HTML_AT_ONCE:
            raise Unavailable("Other notebooks are being made into pages.", "Try again in a moment.")
        HtmlHandler._making += 1
        try:
            page = await export(notebook, f"{node} ({run_id[:8]})")
        finally:
            HtmlHandler._making -= 1
        self.attach(f"{node.replace('/', '-')}-{run_id[:8]}.html", "text/html; charset=utf-8")
        self.finish(page, set_content_type="text/html; charset=utf-8")

    def _find(self, run_id: str, node: str, attempt: int) -> Path:
        with self.catalogue.open(run_id) as store:
            entry = node_entry(store, run_id, node)
            path = f"{node}/{attempt}/notebook.ipynb" if attempt else entry["notebook"]
            if path is None:
                raise NotFound("The node has no executed notebook.", code="no-file")
            file = inside(store.workspace.run_folder(run_id), path)
        open_plain(file).close()
        return file

    _making = 0


async def export(notebook: Path, title: str) -> bytes:
    """The page, made by a process of its own: the notebook is anybody's data, and nbconvert large."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "mlops_ext.export_html",
        str(notebook),
        title,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(HTML_SECONDS):
            errors = asyncio.ensure_future(_at_most(process.stderr, HTML_LIMIT))
            page = await _at_most(process.stdout, HTML_LIMIT)
            code = await process.wait()
            sentence = (await errors).decode("utf-8", "replace").strip().splitlines()
    except TimeoutError:
        raise Unavailable(
            f"Making the page took longer than {HTML_SECONDS:.0f} seconds.", "Open the notebook instead."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code == 0:
        return page
    # The process ends its own refusals with 3 and a sentence; all else is a fault, for the log.
    if code == 3 and sentence:
        raise BadRequest(sentence[-1], "Open the notebook instead.")
    raise RuntimeError(f"export_html ended with {code}: " + " | ".join(sentence[-5:]))


async def _at_most(stream: asyncio.StreamReader | None, limit: int) -> bytes:
    pieces, size = [], 0
    while stream is not None and (piece := await stream.read(256 * 1024)):
        size += len(piece)
        if size > limit:
            raise TooLarge(f"The page would be larger than {limit // 1024**2} MB.", "Open the notebook instead.")
        pieces.append(piece)
    return b"".join(pieces)
