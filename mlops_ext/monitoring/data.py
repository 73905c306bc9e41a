"""The door to the data of a monitor: files become columns of numbers and words, or a sentence says why not.

Only the columns that a monitor names are read. A column that is missing is no error here: what needs it
says so, and all else is computed.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import MlopsError
from ..paths import Workspace
from .measures.arrays import Flags, Numbers, Words
from .places import baseline_file, batch_file, label_files
from .roles import Roles, word
from .values import Batch


class Unreadable(MlopsError):
    """A file with data cannot be read."""

    status = 422
    code = "unreadable-data"
    title = "The data cannot be read"


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of data, by column."""

    rows: int
    numbers: Mapping[str, Numbers]
    words: Mapping[str, Words]
    foreign: Mapping[str, Flags] = field(default_factory=dict)
    """Of columns of numbers in which some values are none: which. As numbers they are missing."""
    numeric: frozenset[str] = frozenset()
    """The columns of words in which all values are numbers."""

    def absent(self, column: str) -> Flags:
        """Which rows have no value in a column; what is no number is not missing, but of another type."""
        if column in self.words:
            return ~self.words[column].present
        unknown = np.isnan(self.numbers[column])
        return unknown & ~self.foreign[column] if column in self.foreign else unknown

    def has(self, column: str) -> bool:
        """Whether the column is there."""
        return column in self.numbers or column in self.words


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """What is compared: the baseline and a batch, whose labels have been joined.

    A baseline, or a file of labels, that cannot be read costs those measures that need it.
    """

    baseline: Table
    current: Table
    no_baseline: Unreadable | None = None
    no_labels: Unreadable | None = None


def load(workspace: Workspace, folder: Path, document: Mapping[str, Any], batch: Batch) -> Sides:
    """Reads the baseline and a batch, with the labels that have come."""
    roles = Roles.read(document)
    by = document["batches"].get("by")
    texts = roles.words - roles.numbers
    frame = _frame(workspace, folder, batch, roles, by)
    baseline, no_baseline, no_labels = Table(0, {}, {}), None, None
    try:
        path = baseline_file(workspace, folder, document)
        baseline = table(read(path, columns_of(roles), "baseline", texts), roles)
    except Unreadable as error:
        no_baseline = error
    try:
        frame = _labelled(frame, workspace, folder, document, roles)
    except Unreadable as error:
        no_labels = error
    return Sides(baseline, table(frame, roles), no_baseline, no_labels)


def read(
    path: Path, columns: frozenset[str] | None, what: str = "file", texts: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """The columns of a file that are wanted and there; None: all. `texts` are read as they are written."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = _READERS[path.suffix](path, columns, texts)
    except KeyError:
        raise Unreadable(
            f"The {what} {path.name} is of no format that is read.", "Use .csv, .parquet or .jsonl."
        ) from None
    except FileNotFoundError:
        raise Unreadable(f"The {what} {path.name} does not exist.", "Is the path right, and the file made?") from None
    except ImportError:
        hint = "pip install pyarrow, or save it as .csv."
        raise Unreadable(f"Reading the {what} {path.name} needs pyarrow, which is not installed.", hint) from None
    except MemoryError:
        raise Unreadable(f"The {what} {path.name} is too large for the memory of this machine.") from None
    except UnicodeDecodeError:
        raise Unreadable(f"The {what} {path.name} is no text in UTF-8.", "Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())[:200]
        raise Unreadable(f"The {what} {path.name} cannot be read: {reason}.") from None
    except Exception as error:  # readers raise whatever their libraries do
        reason = " ".join(str(error).split())[:200]
        raise Unreadable(f"The {what} {path.name} cannot be read: {reason or type(error).__name__}.") from None
    if not frame.columns.is_unique:
        raise Unreadable(f"The {what} {path.name} has two columns of the same name.")
    return frame


def columns_of(roles: Roles) -> frozenset[str]:
    """The columns that evaluations read."""
    return roles.numbers | roles.words


def table(frame: pd.DataFrame, roles: Roles) -> Table:
    """A frame as numbers and words, in the types that the monitor says."""
    numbers: dict[str, Numbers] = {}
    words: dict[str, Words] = {}
    foreign: dict[str, Flags] = {}
    for name in roles.numbers & set(frame.columns):
        numbers[name], others = as_numbers(frame[name])
        if others is not None:
            foreign[name] = others
    for name in roles.words & set(frame.columns):
        words[name] = as_words(frame[name])
    numeric = frozenset(name for name, column in words.items() if name in roles.features and _all_numbers(column))
    return Table(len(frame), numbers, words, foreign, numeric)


def as_numbers(series: pd.Series[Any]) -> tuple[Numbers, Flags | None]:
    """A column as numbers, and which of its values are none, if there are such."""
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_complex_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan), None
    plain = series.astype(object)
    found = pd.to_numeric(plain.map(_scalar), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    others = np.isnan(found) & series.notna().to_numpy(dtype=np.bool_)
    return found, others if others.any() else None


def as_words(series: pd.Series[Any]) -> Words:
    """A column as categories; what is written differently and means the same is the same (`word`)."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes, uniques = series.cat.codes.to_numpy(dtype=np.int64), list(series.cat.categories)
    else:
        try:
            places, found = pd.factorize(series)
        except TypeError:  # lists and objects of JSON
            places, found = pd.factorize(series.map(_scalar))
        codes, uniques = places.astype(np.int64), list(found)
    texts = [word(_python(value)) for value in uniques]
    names = tuple(sorted(set(texts)))
    order = {name: place for place, name in enumerate(names)}
    table = np.array([order[text] for text in texts] + [-1], dtype=np.int64)
    return Words(np.asarray(table[codes], dtype=np.int64), names)


def values_of(path: Path, column: str) -> list[str]:
    """The values that split a table into batches."""
    frame = read(path, frozenset([column]), "table", frozenset([column]))
    if column not in frame:
        raise Unreadable(f"The table {path.name} has no column {column}, which splits it into batches.")
    words = as_words(frame[column])
    return [words.names[code] for code in np.unique(words.codes[words.present])]


def fingerprint(workspace: Workspace, folder: Path, document: Mapping[str, Any], batch: Batch) -> dict[str, str]:
    """What an evaluation depends on, as sha256: the batch, the labels that join it, the baseline."""
    roles = Roles.read(document)
    path = batch_file(workspace, folder, batch)
    by = document["batches"].get("by")
    labels = hashlib.sha256()
    if document["batches"].get("labels") is not None:
        frame = _frame(workspace, folder, batch, roles, by)
        for name, label in sorted(_labels(workspace, folder, document, roles, _ids(frame, roles)).items()):
            labels.update(f"{name}\0{label}\n".encode("utf-8", "surrogatepass"))
    content = _digest(path) if by is None else _rows_digest(_select(read(path, None, "batch"), by, batch.value))
    return {
        "batch": content,
        "labels": labels.hexdigest(),
        "baseline": _known_digest(_file(baseline_file(workspace, folder, document))),
    }


def write_baseline(workspace: Workspace, folder: Path, document: Mapping[str, Any], batch: Batch, target: Path) -> int:
    """Writes a batch with its labels as a baseline, in the format that the name says; tells the number of rows."""
    roles = Roles.read(document)
    frame = read(batch_file(workspace, folder, batch), None, "batch", roles.words)
    by = document["batches"].get("by")
    if by is not None:
        frame = _select(frame, by, batch.value)
    frame = _labelled(frame, workspace, folder, document, roles)
    if target.suffix == ".csv":
        frame.to_csv(target, index=False)
    elif target.suffix == ".jsonl":
        frame.to_json(target, orient="records", lines=True)
    else:
        frame.to_parquet(target, index=False)
    return len(frame)


def _frame(workspace: Workspace, folder: Path, batch: Batch, roles: Roles, by: str | None) -> pd.DataFrame:
    path = batch_file(workspace, folder, batch)
    wanted, texts = columns_of(roles), roles.words - roles.numbers
    if by is None:
        return read(path, wanted, "batch", texts)
    return _select(read(path, wanted | {by}, "batch", texts | ({by} - roles.numbers)), by, batch.value)


def _select(frame: pd.DataFrame, by: str, value: str | None) -> pd.DataFrame:
    if by not in frame:
        raise Unreadable(f"The table has no column {by}, which splits it into batches.")
    return frame[as_words(frame[by]).among([value or ""])].reset_index(drop=True)


def _labelled(
    frame: pd.DataFrame, workspace: Workspace, folder: Path, document: Mapping[str, Any], roles: Roles
) -> pd.DataFrame:
    """The rows with the labels that came apart; a label that came apart wins over one in the batch."""
    if roles.id is None or roles.target is None or not label_files(workspace, folder, document):
        return frame
    if roles.id not in frame:
        return frame
    ids = _ids(frame, roles)
    found = _labels(workspace, folder, document, roles, ids)
    by_name = np.array([*(found.get(name) for name in ids.names), None], dtype=object)
    column: pd.Series[Any] = pd.Series(by_name[ids.codes], index=frame.index)
    if roles.target in frame:
        column = column.where(column.notna(), frame[roles.target].astype(object))
    return frame.assign(**{roles.target: column})


def _ids(frame: pd.DataFrame, roles: Roles) -> Words:
    if roles.id is None or roles.id not in frame:
        return Words(np.full(len(frame), -1, dtype=np.int64), ())
    return as_words(frame[roles.id])


def _labels(
    workspace: Workspace, folder: Path, document: Mapping[str, Any], roles: Roles, ids: Words
) -> dict[str, str]:
    """The labels of rows by id; of two for one id the later one in the later file wins."""
    if roles.id is None or roles.target is None:
        return {}
    every = _every_label(tuple(map(_file, label_files(workspace, folder, document))), roles.id, roles.target)
    return {name: every[name] for name in ids.names if name in every}


class _File(NamedTuple):
    """A file as it is now: what is read again and again for many batches is read once."""

    path: Path
    inode: int
    bytes: int
    modified: int
    changed: int


def _file(path: Path) -> _File:
    try:
        told = path.stat()
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None
    return _File(path, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


@lru_cache(maxsize=1)
def _every_label(files: tuple[_File, ...], id_column: str, target: str) -> dict[str, str]:
    """All labels that have come, by id."""
    found: dict[str, str] = {}
    both = frozenset([id_column, target])
    for file in files:
        frame = read(file.path, both, "file of labels", both)
        lacking = sorted(both - set(frame.columns))
        if lacking:
            raise Unreadable(f"The file of labels {file.path.name} has no column {' and '.join(lacking)}.")
        names, labels = as_words(frame[id_column]), as_words(frame[target])
        for name, label in zip(names.codes.tolist(), labels.codes.tolist(), strict=True):
            if name >= 0 and label >= 0:
                found[names.names[name]] = labels.names[label]
    return found


def _read_csv(path: Path, columns: frozenset[str] | None, texts: frozenset[str]) -> pd.DataFrame:
    wanted = None if columns is None else (lambda name: name in columns)
    types: Any = {name: "category" for name in texts}
    frame = pd.read_csv(path, usecols=wanted, dtype=types, low_memory=False, index_col=False)
    if frame.columns.size:
        return frame
    # Rows that have nothing that is wanted are rows all the same.
    return pd.read_csv(path, usecols=[0], index_col=False)[[]]


def _read_parquet(path: Path, columns: frozenset[str] | None, texts: frozenset[str]) -> pd.DataFrame:
    import pyarrow.parquet

    there = pyarrow.parquet.read_metadata(path)
    wanted = [name for name in there.schema.to_arrow_schema().names if columns is None or name in columns]
    if not wanted:
        return pd.DataFrame(index=range(there.num_rows))
    return pd.read_parquet(path, columns=wanted)


def _read_jsonl(path: Path, columns: frozenset[str] | None, texts: frozenset[str]) -> pd.DataFrame:
    if path.stat().st_size == 0:
        return pd.DataFrame()
    frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False, encoding="utf-8")
    return frame if columns is None else frame[[name for name in frame.columns if name in columns]]


_READERS = {".csv": _read_csv, ".parquet": _read_parquet, ".jsonl": _read_jsonl}


def _all_numbers(words: Words) -> bool:
    """Whether each of a column's words reads as a number."""
    if not words.names:
        return False
    return bool(pd.to_numeric(pd.Series(words.names, dtype=object), errors="coerce").notna().all())


def _python(value: Any) -> Any:
    """NumPy's scalars as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _scalar(value: Any) -> Any:
    """A value of JSON that is none of a table's as its text."""
    return str(value) if isinstance(value, (list, dict, set, tuple)) else value


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None


@lru_cache(maxsize=8)
def _known_digest(file: _File) -> str:
    return _digest(file.path)


def _rows_digest(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False).encode("utf-8", "surrogatepass")).hexdigest()
