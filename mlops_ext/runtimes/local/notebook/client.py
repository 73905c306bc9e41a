"""papermill's bookkeeping and client, bounded and without secrets.

The executed notebook is written whole or not at all, again and again while it
runs, so that it can be opened at the cell that fails.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import nbjson, new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager
from traitlets import Any as AnyTrait

from ....failpoints import failpoint
from ..nodelog import NodeLog

SAVE_SECONDS = 1.0
PRINTED_LIMIT = 2 * 1024 * 1024
"""Bytes of printed text kept of one cell."""
SHOWN_LIMIT = 16 * 1024 * 1024
"""Bytes of pictures, tables and the like kept of one cell."""


class Record(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no types
    """papermill's bookkeeping of a notebook, written whole and without secrets."""

    def __init__(self, nb: NotebookNode, path: Path, log: NodeLog) -> None:
        self._log = log
        self._saved = 0.0
        super().__init__(nb, output_path=str(path), progress_bar=False, autosave_cell_every=5)

    def save(self, *, now: bool = False, **_: Any) -> None:
        """Writes the notebook, unless that was done a moment ago."""
        if not now and time.monotonic() - self._saved < SAVE_SECONDS:
            return
        self.last_save_time = self.now()
        shown = self._log.redactor.redact_json(self.nb)
        if shown is not self.nb:
            shown = from_dict(shown)  # type: ignore[no-untyped-call]  # nbformat has no types
        write_notebook(shown, Path(self.output_path), durable=now)
        self._saved = time.monotonic()


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """papermill's client, with what a cell may show bounded and told to the log."""

    node_log = AnyTrait()

    def __init__(self, record: Record, node_log: NodeLog, **keywords: Any) -> None:
        super().__init__(record, on_cell_executed=self._executed, **keywords)
        self.node_log = node_log
        self.asked_to_exit = False
        self.begin_cell()

    def _executed(self, *, execute_reply: dict[str, Any], **_: Any) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.asked_to_exit = any(entry.get("source") == "ask_exit" for entry in payload)

    def begin_cell(self) -> None:
        """Counts from zero what the next cell shows."""
        self._printed = 0
        self._shown = 0
        self._noted = False

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Keeps what is within bounds, and joins what was printed in pieces."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            self.node_log.write(content["text"])
            content = self._bounded_text(content)
            if content is None or _joined(cell, content):
                return None
            msg = {**msg, "content": content}
        elif kind in ("display_data", "execute_result", "update_display_data"):
            data = content.get("data", {})
            if kind != "update_display_data" and isinstance(data.get("text/plain"), str):
                self.node_log.write(data["text/plain"].rstrip("\n") + "\n")
            self._shown += sum(len(value) if isinstance(value, str) else len(str(value)) for value in data.values())
            if self._shown > SHOWN_LIMIT:
                self._note(cell, SHOWN_LIMIT)
                return None
        elif kind == "error":
            self.node_log.note("\n".join(content.get("traceback") or [f"{content['ename']}: {content['evalue']}"]))
        elif kind == "clear_output":
            self.begin_cell()
        shown: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return shown

    def _bounded_text(self, content: dict[str, Any]) -> dict[str, Any] | None:
        room = PRINTED_LIMIT - self._printed
        self._printed += len(content["text"])
        if self._printed <= PRINTED_LIMIT:
            return content
        return {**content, "text": content["text"][:room] + self._cut_note(PRINTED_LIMIT)} if room > 0 else None

    def _note(self, cell: NotebookNode, limit: int) -> None:
        if not self._noted:
            self._noted = True
            note = new_output("stream", name="stderr", text=self._cut_note(limit).lstrip("\n"))  # type: ignore[no-untyped-call]  # nbformat has none
            cell.outputs.append(note)

    def _cut_note(self, limit: int) -> str:
        return f"\n[mlops] This cell showed more than {limit // 1024 // 1024} MB; the rest is left out.\n"


def write_notebook(notebook: NotebookNode, path: Path, *, durable: bool = False) -> None:
    """Writes a notebook so that whoever opens it finds a whole one."""
    text = nbjson.writes(notebook)  # type: ignore[no-untyped-call]  # nbformat has no types
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    failpoint("notebook-written")
    partial.replace(path)
    failpoint("notebook-in-place")


def _joined(cell: NotebookNode, content: dict[str, Any]) -> bool:
    """Adds printed text to what the same stream printed just before."""
    last = cell.outputs[-1] if cell.outputs else None
    if last is None or last.output_type != "stream" or last.name != content["name"]:
        return False
    last.text += content["text"]
    return True
