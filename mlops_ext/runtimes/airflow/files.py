"""The file store of a runtime, seen from this side.

Its connection is Airflow's; here fsspec finds credentials as it does for any
program of this user.
"""

from __future__ import annotations

import secrets as randomness
from pathlib import Path

from ...errors import MlopsError, Unavailable
from ..registry import Runtime
from .worker.stores import Store, StoreError, run_folder

__all__ = ["FileStore", "run_folder"]


class FileStore:
    """Where executed notebooks, logs and outputs lie; paths are below `files.url`."""

    def __init__(self, runtime: Runtime) -> None:
        self._store = Store(runtime.files_url.rstrip("/"))

    @property
    def is_local(self) -> bool:
        """Whether it is a folder that this machine sees."""
        return self._store.folder is not None

    def exists(self, path: str) -> bool:
        """Whether a file, or something below it, is there."""
        try:
            return self._store.exists(path)
        except StoreError as error:
            raise _wrong(error) from None

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file, at most so many; None if there is none."""
        try:
            return self._store.read(path, limit)
        except StoreError as error:
            raise _wrong(error) from None

    def fetch(self, path: str, target: Path, limit: int | None = None) -> bool:
        """Copies a file, or what lies below a folder; False if there is nothing, or more than `limit` bytes."""
        try:
            return self._store.fetch(path, target, limit)
        except StoreError as error:
            raise _wrong(error) from None

    def probe(self) -> str:
        """Writes a mark and removes it; a sentence, or MlopsError."""
        mark = f".mlops-{randomness.token_hex(8)}"
        try:
            self._store.write(mark, b"mlops")
            self._store.remove(mark)
        except StoreError as error:
            raise _wrong(error) from None
        except OSError as error:
            raise Unavailable(f"The file store {self._store.url} cannot be written: {error.strerror}.") from None
        return f"A mark was written to {self._store.url} and removed."


def _wrong(error: StoreError) -> MlopsError:
    return Unavailable(
        str(error),
        "Check `files` of the runtime, and this machine's rights for it. A folder must be there, also on workers.",
        code="file-store",
    )
