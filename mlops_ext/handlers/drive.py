"""The files of a run as a read-only drive of JupyterLab.

They lie in a hidden folder, which Jupyter's own contents service rightly doesn't
serve. Notebooks are never trusted here: what their outputs say is not run.
"""

from __future__ import annotations

import base64
import json
import mimetypes
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ..errors import BadRequest, TooLarge
from .base import Handler, allowed
from .files import inside, missing, open_plain

MODEL_LIMIT = 64 * 1024 * 1024
FOLDER_LIMIT = 5_000
PIECE = 1024 * 1024
NOTEBOOK = "application/x-ipynb+json"

Model: TypeAlias = dict[str, Any]


class DriveHandler(Handler):
    """GET drive/<run>[/<path>]"""

    @allowed("read")
    async def get(self, run_id: str, path: str | None = None) -> None:
        """A contents model, or with `download=1` the bytes."""
        path = (path or "").strip("/")
        if self.query("download") == "1":
            await self._download(run_id, path)
            return
        content = self.query("content") != "0"
        await self.reply(self._model, run_id, path, content, self.query("type"), self.query("format"))

    def _find(self, run_id: str, path: str) -> Path:
        with self.catalogue.open(run_id) as store:
            folder = store.workspace.run_folder(run_id)
        return inside(folder, path)

    def _model(self, run_id: str, path: str, content: bool, kind: str | None, form: str | None) -> Model:
        if kind not in (None, "file", "notebook", "directory") or form not in (None, "text", "base64", "json"):
            raise BadRequest("There is no such type or format of a file.")
        file = self._find(run_id, path)
        place = f"{run_id}/{path}" if path else run_id
        is_folder = file.is_dir() or not path
        if kind is not None and (kind == "directory") != is_folder:
            raise BadRequest(f"{path!r} is {'a folder' if is_folder else 'not a folder'}.")
        return folder_model(file, place, content) if is_folder else file_model(file, place, content, kind, form)

    async def _download(self, run_id: str, path: str) -> None:
        file = await self.work(self._open, run_id, path)
        try:
            name = path.rsplit("/", 1)[-1]
            left = os.fstat(file.fileno()).st_size
            kind = mime(name) or "application/octet-stream"
            self.attach(name, kind)
            self.set_header("Content-Length", str(left))
            while left > 0:
                piece = await self.work(file.read, min(PIECE, left))
                if not piece:
                    break  # it became shorter meanwhile; the broken length tells the browser
                left -= len(piece)
                self.write(piece)
                await self.flush()
            self.finish(set_content_type=kind)
        finally:
            file.close()

    def _open(self, run_id: str, path: str) -> BinaryIO:
        file = self._find(run_id, path)
        if file.is_dir():
            raise BadRequest("A folder cannot be downloaded.", "Download its files one by one.")
        return open_plain(file)


def folder_model(folder: Path, place: str, content: bool) -> Model:
    """A folder; its entries without their content, hidden ones and links that lead out left away."""
    model = _model(folder, place, "directory", form="json" if content else None)
    if not content:
        return model
    entries = []
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except FileNotFoundError:
        names = []
    for name in names[:FOLDER_LIMIT]:
        path = folder / name
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            continue
        kind = "directory" if path.is_dir() else "notebook" if name.endswith(".ipynb") else "file"
        entries.append(_model(path, f"{place}/{name}", kind))
    return {**model, "content": entries}


def file_model(file: Path, place: str, content: bool, kind: str | None, form: str | None) -> Model:
    """A file: a notebook as JSON, text as text, everything else in base64."""
    kind = kind or ("notebook" if file.name.endswith(".ipynb") else "file")
    if not content:
        if not file.is_file():
            raise missing(place)
        return _model(file, place, kind)
    with open_plain(file) as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > MODEL_LIMIT:
            raise TooLarge(
                f"{file.name!r} is too large to be shown ({size // 1024**2} MB).",
                "Download it instead.",
            )
        data = opened.read(MODEL_LIMIT)
    if kind == "notebook":
        return {**_model(file, place, kind, form="json"), "content": _notebook(data)}
    if form == "json":
        raise BadRequest(f"{file.name!r} is not a notebook.")
    text = None if form == "base64" else _text(data)
    if text is None and form == "text":
        raise BadRequest(f"{file.name!r} is not text in UTF-8.", "Download it instead.")
    if text is None:
        encoded = base64.encodebytes(data).decode("ascii")
        kind_of = mime(file.name) or "application/octet-stream"
        return {**_model(file, place, kind, form="base64"), "content": encoded, "mimetype": kind_of}
    return {**_model(file, place, kind, form="text"), "content": text, "mimetype": mime(file.name) or "text/plain"}


def mime(name: str) -> str | None:
    """The type of a file by its name."""
    return NOTEBOOK if name.endswith(".ipynb") else mimetypes.guess_type(name)[0]


def _model(path: Path, place: str, kind: str, form: str | None = None) -> Model:
    try:
        found = path.stat()
        size, changed = found.st_size, datetime.fromtimestamp(found.st_mtime, UTC)
    except OSError:
        size, changed = 0, datetime.fromtimestamp(0, UTC)
    return {
        "name": place.rsplit("/", 1)[-1],
        "path": place,
        "type": kind,
        "writable": False,
        "created": changed.isoformat(),
        "last_modified": changed.isoformat(),
        "size": None if kind == "directory" else size,
        "mimetype": None,
        "format": form,
        "content": None,
        "hash": None,
        "hash_algorithm": None,
    }


def _notebook(data: bytes) -> dict[str, Any]:
    """The notebook, with each cell marked as not trusted, whatever the file says."""
    try:
        # NaN, which Python writes into outputs, is no JSON for a browser.
        document = json.loads(data.decode("utf-8"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise BadRequest("The file is not a notebook: it is not JSON.", "Open it as text.") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list) or document.get("nbformat") != 4:
        raise BadRequest("The file is not a notebook of format 4.", "Open it as text.")
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            metadata = cell.get("metadata")
            cell["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), "trusted": False}
            _join(cell.get("outputs"))
        _join_field(cell, "source")
    notebook: dict[str, Any] = document
    return notebook


def _join(outputs: Any) -> None:
    """Texts that the file holds as lists of lines, as the one string that a notebook in memory has."""
    for output in outputs if isinstance(outputs, list) else []:
        _join_field(output, "text")
        data = output.get("data") if isinstance(output, dict) else None
        for kind in data if isinstance(data, dict) else ():
            if not kind.endswith("json"):
                _join_field(data, kind)


def _join_field(holder: Any, name: str) -> None:
    lines = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
        holder[name] = "".join(lines)


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode("utf-8")
    except UnicodeDecodeError:
        return None
