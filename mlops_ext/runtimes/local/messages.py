"""Messages of a kernel, of which the very large ones are not taken apart.

What a cell shows comes as one message, and often also what it printed. Half a gigabyte
of it, read as JSON, takes three times as much of the worker's memory, and would be left
out of the notebook anyhow: of what was printed the beginning is read, and for what is
shown stands a note.
"""

from __future__ import annotations

import json
import re
from typing import Any

from jupyter_client.session import Session

LARGEST = 64 * 1024 * 1024
"""Bytes of one message; a cell may show less."""
BEGINNING = 12 * 1024 * 1024
"""Of a larger one so much is read: more than a log keeps, which then says that the rest is left out."""
_PRINTED = re.compile(rb'\{"name": ?"(stdout|stderr)", ?"text": ?"')
_ESCAPE = 12
_CONTENT = 4
_SHOWN = ("display_data", "execute_result", "update_display_data")


class BoundedSession(Session):
    """Reads messages up to a size; of larger ones that only show something it tells how large they were."""

    def deserialize(self, msg_list: Any, content: bool = True, copy: bool = True) -> dict[str, Any]:
        """The message, as jupyter_client's own session reads it."""
        size = len(msg_list[_CONTENT]) if len(msg_list) > _CONTENT else 0
        if content and size > LARGEST:
            message = super().deserialize(msg_list, content=False, copy=copy)
            instead = _stand_in(message["msg_type"], message["content"], size)
            if instead is not None:
                return {**message, "content": instead}
        return super().deserialize(msg_list, content=content, copy=copy)


def _stand_in(kind: str, content: Any, size: int) -> dict[str, Any] | None:
    note = f"[mlops] {size // 1024**2} MB were shown at once; they are left out.\n"
    if kind == "stream":
        return beginning(content if isinstance(content, bytes) else content.bytes) or {"name": "stderr", "text": note}
    if kind in _SHOWN:
        return {"data": {"text/plain": note}, "metadata": {}, "transient": {}, "execution_count": None}
    return None


def beginning(content: bytes) -> dict[str, Any] | None:
    """The first of what was printed, from the JSON that tells it; None if it is written in another way."""
    found = _PRINTED.match(content)
    if found is None:
        return None
    part = content[found.end() : found.end() + BEGINNING]
    # It may end in the middle of a character, or of what stands for one.
    for cut in range(_ESCAPE + 1):
        try:
            text = json.loads(b'"' + part[: len(part) - cut] + b'"')
        except ValueError:
            continue
        return {"name": found[1].decode("ascii"), "text": text}
    return None
