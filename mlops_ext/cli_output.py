"""What the command line prints: states as a sign and a word, times, errors.

Colour and lines that change are for terminals only, and colour not where NO_COLOR
is set. Names and messages come from files and programs of others, so characters
that would move the cursor or turn the text around are made visible.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TextIO

from .errors import InvalidPipeline, MlopsError, of_disk

SIGNS = {
    "queued": ("·", ".", "2"),
    "running": ("▸", ">", "36"),
    "waiting": ("?", "?", "33"),
    "succeeded": ("✓", "+", "32"),
    "failed": ("✗", "x", "31"),
    "cancelled": ("■", "#", "33"),
    "skipped": ("○", "o", "2"),
}
_HIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_UNSAFE = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")


class Output:
    """A stream for people: lines, and below them one line that changes where the stream is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self.terminal and not os.environ.get("NO_COLOR")
        self._plain = not _encodes(stream, "✓▸○■·…")
        self._live = ""

    def line(self, text: str = "") -> None:
        """A line that stays."""
        self.clear()
        if self._plain:
            text = text.replace("…", "...")
            text = text.encode(self.stream.encoding or "ascii", "backslashreplace").decode(
                self.stream.encoding or "ascii"
            )
        print(text, file=self.stream, flush=True)

    def live(self, text: str) -> None:
        """Shows the text as the last line, until the next; on a terminal only."""
        if self.terminal and text != self._live:
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[2K{text[:width]}")
            self.stream.flush()
            self._live = text

    def clear(self) -> None:
        """Takes the changing line away."""
        if self._live:
            self.stream.write("\r\x1b[2K")
            self._live = ""

    def sign(self, state: str) -> str:
        """The sign of a state."""
        fancy, plain, colour = SIGNS.get(state, ("?", "?", "0"))
        return self.paint(plain if self._plain else fancy, colour)

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour (a number of the terminal's palette)."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text


def shown(text: object) -> str:
    """Text of others on one line, with characters that hide or turn it made visible."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}" if found[0] != "\n" else " ", str(text))


def harmless(text: str) -> str:
    """A log for a terminal: colours are kept, all else that steers a terminal is left out."""
    return _UNSAFE.sub("", text)


def seconds(value: float | None) -> str:
    """A duration for people."""
    if value is None:
        return ""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def moment(text: str | None) -> str:
    """A time of a document in the local time zone."""
    return "" if text is None else datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def value(of: Any, limit: int = 60) -> str:
    """A value of JSON, cut to what fits in a line."""
    text = f"{of:.6g}" if isinstance(of, float) else json.dumps(of, ensure_ascii=False)
    return shown(text if len(text) <= limit else text[: limit - 1] + "…")


def size(count: Any) -> str:
    """Bytes in a unit that people read."""
    if not isinstance(count, int):
        return "size unknown"
    for unit in ("bytes", "KB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count = count / 1000
    return f"{count:.1f} GB"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def print_json(document: Any) -> None:
    """The one document on standard output, in UTF-8 whatever the locale."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        buffer.write(text.encode("utf-8", "backslashreplace"))
        buffer.flush()


def refuse(error: Exception, as_json: bool, file: str = "") -> int:
    """Tells an error in a sentence or two, or the issues of a pipeline file; answers the exit code."""
    output = Output(sys.stderr)
    if not isinstance(error, MlopsError):
        if os.environ.get("MLOPS_DEBUG"):
            traceback.print_exc()
        unknown = f"mlops met an error that it does not know: {type(error).__name__}: {error}"
        error = of_disk(error) or MlopsError(unknown, "MLOPS_DEBUG=1 shows where.")
    if isinstance(error, InvalidPipeline) and error.issues:
        for issue in error.issues:
            tell_issue(output, file, issue.json())
    else:
        output.line(f"mlops: {shown(error.message)}")
        if error.hint:
            output.line(f"       {shown(error.hint)}")
    if as_json:
        print_json(error.problem())
    return 1 if error.status >= 500 else 2


def tell_issue(output: Output, file: str, issue: dict[str, Any]) -> None:
    """An issue as `file:pointer: severity: message`, with its hint below."""
    colour = "31" if issue["severity"] == "error" else "33"
    place = f"{shown(file)}:{shown(issue['pointer'])}".strip(":")
    output.line(f"{place}: {output.paint(issue['severity'], colour)}: {shown(issue['message'])}".removeprefix(": "))
    if issue["hint"]:
        output.line(f"    {shown(issue['hint'])}")


def _encodes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def pause(seconds: float) -> None:
    """A moment to wait before looking again."""
    time.sleep(seconds)
