"""The log of an attempt: written as things happen, never too large, never with a secret.

What a cell or script prints is not ours to trust: it may be a hundred megabytes,
and it may hold the secret that the node was given.
"""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Sequence
from pathlib import Path

from ...redaction import Redactor

LIMIT = 10 * 1024 * 1024
TAIL = 4096
NOTES_LIMIT = 1024 * 1024
"""What may still be said of how it ended, after the log was cut."""


class NodeLog:
    """The text file that people read while a node runs and after."""

    def __init__(self, path: Path, secrets: Sequence[str] = (), limit: int = LIMIT) -> None:
        # Line by line what is written must be there for whoever follows the file.
        self._file = path.open("ab", buffering=0)
        self._left = max(0, limit - self._file.tell())
        self._notes_left = NOTES_LIMIT
        self._limit = limit
        self._cut = False
        self._at_line_start = True
        self.redactor = Redactor(secrets)

    def write(self, text: str) -> None:
        """Adds what the node printed."""
        self._put(self.redactor.feed(text))

    def note(self, text: str) -> None:
        """Adds a line of ours, or how it ended; also after the log was cut."""
        self._put(self.redactor.flush())
        begin = "" if self._at_line_start else "\n"
        self._append(begin + self.redactor.redact(text).rstrip("\n") + "\n")

    def close(self) -> None:
        """Writes what was held back and ends the file."""
        self._put(self.redactor.flush())
        if self.redactor.found:
            self.note("[mlops] The node printed a secret; it is shown as ***.")
        self._file.close()

    def _put(self, safe: str) -> None:
        if self._cut or not safe:
            return
        data = safe.encode("utf-8", "replace")
        if len(data) > self._left:
            data = _whole_characters(data[: self._left])
            self._cut = True
        self._left -= len(data)
        self._file.write(data)
        self._at_line_start = data.endswith(b"\n")
        if self._cut:
            self._append(f"\n[mlops] More than {self._limit // 1024 // 1024} MB were printed; the rest is left out.\n")

    def _append(self, text: str) -> None:
        data = text.encode("utf-8", "replace")[: self._notes_left]
        self._notes_left -= len(data)
        self._file.write(data)
        self._at_line_start = True


class Decoder:
    """Bytes that come in pieces become text, whatever they are."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """The text of what is complete so far."""
        return self._decoder.decode(data)


class Tail:
    """The last of what was printed, for the sentence that says what went wrong."""

    def __init__(self) -> None:
        self.text = ""

    def add(self, text: str) -> None:
        self.text = (self.text + text)[-TAIL:]


async def follow(descriptor: int, log: NodeLog, tail: Tail | None = None) -> None:
    """Brings what processes print to the log, until nobody holds the other end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    decoder = Decoder()
    transport: asyncio.ReadTransport | None = None
    try:
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        while data := await reader.read(65536):
            text = decoder.feed(data)
            log.write(text)
            if tail is not None:
                tail.add(text)
    finally:
        if transport is not None:
            transport.close()


def _whole_characters(data: bytes) -> bytes:
    return data.decode("utf-8", "ignore").encode("utf-8")
