"""Data that is sent instead of put into a folder: it becomes a file where the monitor looks for batches or labels.

The same content under the same name is the same delivery; what is there is never
overwritten. Where no name is given the content names it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import jsontext
from ..errors import BadRequest, Conflict, TooLarge, Unavailable
from ..issues import show
from ..paths import confine
from .files import Monitor

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
ROWS = 200_000
COLUMNS = 5_000
Rows = list[dict[str, Any]]


def deliver(monitor: Monitor, what: str, name: str | None, data: bytes, *, is_csv: bool) -> tuple[str, int, bool]:
    """Keeps `batches` or `labels`; answers their id, the number of rows, and whether they are new."""
    pattern = _pattern(monitor, what)
    suffix = Path(pattern).suffix
    count, content = _csv(data, suffix) if is_csv else _json(data, suffix)
    name = name if name is not None else hashlib.sha256(content).hexdigest()[:12]
    if not NAME.fullmatch(name) or name.endswith("."):
        raise BadRequest(
            f"{show(name)} is no name for data.",
            "Use at most 100 letters, digits, _ . and -, beginning with one of the first two.",
        )
    text = pattern.replace("*", name.removesuffix(suffix))
    file = confine(monitor.workspace.folder, monitor.folder, text)
    return text, count, _kept(file, content)


def _pattern(monitor: Monitor, what: str) -> str:
    source = monitor.document["batches"] if what == "batches" else monitor.document["batches"].get("labels")
    if source is None:
        raise Conflict("The monitor takes no labels apart from its batches.", "Name a pattern under batches.labels.")
    pattern: str = source["path"]
    folder, _, last = pattern.rpartition("/")
    if last.count("*") != 1 or re.search(r"[*?\[]", folder + last.replace("*", "")):
        raise Conflict(
            f"Where {what} go is not told by {show(pattern)}.",
            "It takes a pattern with one * in the name of the file, such as scored/*.csv.",
            code="no-pattern",
        )
    if what == "batches" and source.get("by") is not None:
        raise Conflict(
            "The batches of this monitor are parts of one table.", "Add rows to the table.", code="no-pattern"
        )
    return pattern


def _csv(data: bytes, suffix: str) -> tuple[int, bytes]:
    if suffix != ".csv":
        raise BadRequest(
            f"The monitor keeps its data as {suffix}; CSV does not say which values are numbers.", "Send JSON."
        )
    try:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        head = next(reader, [])
        count = 0
        for row in reader:
            if row and len(row) != len(head):
                raise BadRequest(f"Line {reader.line_num} has {len(row)} values; the first line names {len(head)}.")
            count += bool(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRequest(
            f"The body cannot be read as CSV: {error}.", "It must be UTF-8 and begin with the names."
        ) from None
    _check_columns(head)
    _check_count(count)
    return count, data if data.endswith(b"\n") else data + b"\n"


def _json(data: bytes, suffix: str) -> tuple[int, bytes]:
    rows = _rows(data)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    _check_columns(columns)
    if suffix == ".jsonl":
        lines = [json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows]
        return len(rows), ("\n".join(lines) + "\n").encode("utf-8")
    if suffix != ".csv":
        raise BadRequest(f"The monitor keeps its data as {suffix}, which cannot be sent.", "Use .csv or .jsonl.")
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, sorted(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    return len(rows), written.getvalue().encode("utf-8")


def _rows(data: bytes) -> Rows:
    """The rows of a body: a list of objects, or an object with it under `rows`."""
    try:
        document = jsontext.read(data)
    except jsontext.Unreadable as error:
        raise BadRequest("The body is not JSON as this program reads it.", code=error.code) from None
    if isinstance(document, dict) and set(document) == {"rows"}:
        document = document["rows"]
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise BadRequest("The body must be a list of rows, each an object.", 'Such as [{"id": 1, "age": 35}].')
    rows: Rows = [row for row in document if isinstance(row, dict)]
    for row in rows:
        if any(isinstance(value, (list, dict)) for value in row.values()):
            raise BadRequest("The values of a row are texts, numbers, true, false or null.")
    _check_count(len(rows))
    return rows


def _check_count(count: int) -> None:
    if count == 0:
        raise BadRequest("There are no rows in the body.")
    if count > ROWS:
        raise TooLarge(
            f"There are {count} rows; at most {ROWS} are taken at once.", "Send them in parts, or put a file there."
        )


def _check_columns(names: list[str]) -> None:
    if not names or any(not name or "\0" in name for name in names) or len(set(names)) != len(names):
        raise BadRequest("Every column needs a name of its own.")
    if len(names) > COLUMNS:
        raise TooLarge(f"There are {len(names)} columns; at most {COLUMNS} are taken.")


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "True" if value else "False"
    return "" if value is None else value


def _kept(file: Path, content: bytes) -> bool:
    """Writes a file that is not there yet, whole; False where it is there with this content."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as written:
                written.write(content)
                written.flush()
                os.fsync(written.fileno())
            os.chmod(partial, 0o644)
            os.link(partial, file)
            return True
        except FileExistsError:
            if file.read_bytes() == content:
                return False
            raise Conflict(
                f"There is other data under the name {show(file.name)}.",
                "Send it under another name.",
                code="name-taken",
            ) from None
        finally:
            with suppress(OSError):
                os.unlink(partial)
    except OSError as error:
        raise Unavailable(f"The data cannot be kept: {error.strerror}.") from None
