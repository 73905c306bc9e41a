"""Where files pass between nodes: a folder that all workers see, or any URL that fsspec opens.

Used on Airflow's workers and on this side. Standard library only; fsspec is
imported for URLs that are no folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")


class StoreError(Exception):
    """The store cannot be used; says so in a sentence."""


def run_folder(run_id: str) -> str:
    """The folder of a run of Airflow: its id, made safe for a path and still unique."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}", run_id):
        return run_id
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", run_id)[:150].lstrip("_.-")
    return f"{plain or 'run'}-{hashlib.sha256(run_id.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"


class Store:
    """A place for files; paths are relative to its URL, with `/`."""

    def __init__(self, url: str, connection: Mapping[str, Any] | None = None) -> None:
        self.url = url
        self.folder: Path | None = None
        """The folder, where it is one that this machine sees."""
        if url.startswith("file://"):
            self.folder = Path(url[len("file://") :])
        elif "://" not in url:
            self.folder = Path(url)
        self._connection = connection
        self._remote: tuple[Any, str] | None = None

    def check(self) -> None:
        """Raises where the store is a folder that does not exist: a mistyped or unmounted one is never made."""
        if self.folder is not None and not self.folder.is_dir():
            raise StoreError(f"There is no folder {self.folder} on {socket.gethostname()}.")

    def write(self, path: str, data: bytes) -> None:
        """Writes a small file, whole or not at all."""
        self._do("written", lambda: self._write(path, data))

    def put(self, source: Path, path: str) -> None:
        """Copies a file, or all files of a folder, into the store."""
        self._do("written", lambda: self._put(source, path))

    def read(self, path: str, limit: int) -> bytes | None:
        """The bytes of a file, at most so many; None if there is none."""
        return self._do("read", lambda: self._read(path, limit))

    def fetch(self, path: str, target: Path, limit: int | None = None) -> bool:
        """Copies a file, or all files below a folder, to `target`; False if there is nothing, or more than `limit`."""
        return self._do("read", lambda: self._fetch(path, target, limit))

    def exists(self, path: str) -> bool:
        """Whether there is a file, or something below it."""
        return self._do("read", lambda: self._exists(path))

    def names(self, path: str) -> list[str]:
        """The paths of all files below a folder, seen from it."""
        return self._do("read", lambda: [name for _, name, _ in self._files(path) if name])

    def modified(self, path: str) -> float:
        """When a file was written last."""
        return self._do("read", lambda: self._modified(path))

    def remove(self, path: str) -> None:
        """Removes a file, if it is there."""
        self._do("written", lambda: self._remove(path))

    def _do(self, verb: str, action: Callable[[], _Answer]) -> _Answer:
        try:
            return action()
        except (StoreError, MemoryError):
            raise
        except OSError as error:
            if self.folder is not None and error.errno in _FULL:
                raise
            why = error.strerror or str(error) or type(error).__name__
            raise StoreError(f"The file store {self.url} cannot be {verb}: {why}.") from None
        except ImportError as error:
            raise StoreError(f"The file store {self.url} needs a package that is not installed: {error}.") from None
        except Exception as error:
            # What the clients of object stores raise is of many kinds.
            why = (str(error).strip().splitlines() or [""])[0][:300]
            raise StoreError(f"The file store {self.url} cannot be {verb}: {type(error).__name__}: {why}") from None

    def _opened(self) -> tuple[Any, str]:
        if self._remote is None:
            from fsspec.core import url_to_fs

            system, root = url_to_fs(self.url, **storage_options(self.url, self._connection))
            self._remote = (system, str(root).rstrip("/"))
        return self._remote

    def _at(self, path: str) -> tuple[Any, str]:
        system, root = self._opened()
        return system, f"{root}/{path}"

    def _write(self, path: str, data: bytes) -> None:
        if self.folder is None:
            system, place = self._at(path)
            _make_parents(system, place)
            system.pipe_file(place, data)
            return
        self.check()
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        try:
            partial.write_bytes(data)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _put(self, source: Path, path: str) -> None:
        if source.is_dir():
            for file in sorted(source.rglob("*")):
                if file.is_file() and not file.is_symlink():
                    self._put(file, f"{path}/{file.relative_to(source).as_posix()}")
        elif self.folder is None:
            system, place = self._at(path)
            _make_parents(system, place)
            system.put_file(str(source), place)
        else:
            self.check()
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def _read(self, path: str, limit: int) -> bytes | None:
        try:
            if self.folder is not None:
                with (self.folder / path).open("rb") as file:
                    return file.read(limit)
            system, place = self._at(path)
            with system.open(place, "rb") as remote:
                return bytes(remote.read(limit))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _fetch(self, path: str, target: Path, limit: int | None) -> bool:
        found = self._files(path)
        if not found or (limit is not None and sum(size for _, _, size in found) > limit):
            return False
        for place, relative, _ in found:
            if ".." in PurePosixPath(relative).parts:
                continue
            copy = target / relative if relative else target
            copy.parent.mkdir(parents=True, exist_ok=True)
            if self.folder is not None:
                shutil.copyfile(place, copy)
            else:
                self._opened()[0].get_file(place, str(copy))
        return True

    def _files(self, path: str) -> list[tuple[str, str, int]]:
        """Each file below a path: where it is, its path from there, its size."""
        return self._local_files(path) if self.folder is not None else self._remote_files(path)

    def _local_files(self, path: str) -> list[tuple[str, str, int]]:
        top = (self.folder or Path()) / path
        if top.is_file():
            return [(str(top), "", top.stat().st_size)]
        files = [file for file in sorted(top.rglob("*")) if file.is_file() and not file.is_symlink()]
        return [(str(file), file.relative_to(top).as_posix(), file.stat().st_size) for file in files]

    def _remote_files(self, path: str) -> list[tuple[str, str, int]]:
        system, place = self._at(path)
        try:
            found = system.find(place, detail=True)
        except FileNotFoundError:
            return []
        top = str(system._strip_protocol(place)).rstrip("/")
        return [
            (name, name[len(top) :].lstrip("/"), int(entry.get("size") or 0))
            for name, entry in sorted(found.items())
            if name == top or name.startswith(top + "/")
        ]

    def _exists(self, path: str) -> bool:
        if self.folder is not None:
            return (self.folder / path).exists()
        system, place = self._at(path)
        return bool(system.exists(place))

    def _modified(self, path: str) -> float:
        if self.folder is not None:
            return (self.folder / path).stat().st_mtime
        system, place = self._at(path)
        return float(system.modified(place).timestamp())

    def _remove(self, path: str) -> None:
        if self.folder is not None:
            (self.folder / path).unlink(missing_ok=True)
            return
        system, place = self._at(path)
        if system.exists(place):
            system.rm_file(place)


_FULL = (28, 122)  # ENOSPC, EDQUOT on Linux


def storage_options(url: str, connection: Mapping[str, Any] | None) -> dict[str, Any]:
    """What fsspec wants to know, from a connection of Airflow: `storage_options` of its extra, and the usual fields."""
    if not connection:
        return {}
    extra = connection.get("extra") or {}
    own = extra.get("storage_options")
    given = dict(own) if isinstance(own, Mapping) else {}
    login, password = connection.get("login"), connection.get("password")
    protocol = url.split("://", 1)[0]
    found: dict[str, Any] = {}
    if protocol in ("s3", "s3a"):
        found = {"key": login, "secret": password, "token": extra.get("aws_session_token")}
        client = {"endpoint_url": extra.get("endpoint_url"), "region_name": extra.get("region_name")}
        found["client_kwargs"] = {name: value for name, value in client.items() if value} or None
    elif protocol in ("gs", "gcs"):
        found = {"token": extra.get("keyfile_dict") or extra.get("key_path"), "project": extra.get("project")}
    elif protocol in ("abfs", "abfss", "az", "adl"):
        found = {"account_name": login, "account_key": password, "connection_string": extra.get("connection_string")}
    elif protocol in ("sftp", "ssh"):
        found = {"username": login, "password": password, "port": connection.get("port")}
    elif login or password:
        found = {"username": login, "password": password}
    return {**{name: value for name, value in found.items() if value}, **given}


def _make_parents(system: Any, place: str) -> None:
    # Object stores have no folders, and some would make a bucket.
    names = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    if names & _WITH_FOLDERS:
        system.makedirs(place.rpartition("/")[0], exist_ok=True)


_WITH_FOLDERS = {"file", "local", "memory", "sftp", "ssh", "smb", "hdfs", "webhdfs"}
