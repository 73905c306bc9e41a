"""Delivery by git: commits made of objects alone, pushed, and made again if somebody else was faster.

Nothing is ever checked out: no hook, filter or link of the repository has a say.
Addresses and names come from documents, so they are checked, and never stand where
git could take them for an option.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...errors import BadRequest
from ...secrets import SecretStore
from ...textpath import within
from ..registry import Runtime
from .gitprogram import Behind, Git, GitError
from .origin import Read

TRIES = 6
_URL = re.compile(
    r"(https|ssh|file)://[^\s\x00-\x1f-][^\s\x00-\x1f]*"
    r"|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s\x00-\x1f-][^\s\x00-\x1f]*"
)


class Repository:
    """A branch of a remote, and the clone of it that this user keeps in the cache."""

    def __init__(self, runtime: Runtime, secrets: SecretStore) -> None:
        delivery = runtime.delivery
        self.url = delivery.url or ""
        self.branch = delivery.branch or "main"
        self._secrets = secrets
        self._secret, self._ca = delivery.secret, runtime.ca
        if not _URL.fullmatch(self.url):
            raise BadRequest(
                "The address of the git repository must begin with https://, ssh:// or file://, or be user@host:path.",
                code="git",
            )
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._/-]{0,200}", self.branch):
            raise BadRequest(f"{self.branch!r} is no name of a branch.", code="git")
        inside = within("", delivery.folder) if delivery.folder and delivery.folder != "." else ""
        if inside is None or ".git" in inside.lower().split("/"):
            raise BadRequest("The folder in the git repository leads out of it.", code="git")
        self.folder = "" if inside == "." else inside
        key = hashlib.sha256(f"{self.url}\n{self.branch}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        self._clone = _cache() / key
        self._git = Git(self._clone, self.url, self.branch)

    def commit(self, message: str, files: Callable[[Read], Mapping[str, bytes]]) -> str:
        """Puts files onto the branch; the commit that has them. Nothing is committed if it has them already.

        Which files is asked anew for each commit that they are put upon; `files` may read what is there.
        """

        def changes(parent: str | None) -> dict[str, bytes]:
            found = files(lambda path: self._read(parent, path))
            return {self._at(path): data for path, data in found.items()}

        return self._change(message, changes)

    def prune(self, dag_id: str, keep: set[str], digest_in: Callable[[bytes], str | None]) -> None:
        """Removes packages that are neither to be kept nor used by the DAG as it is on the branch."""

        def removed(parent: str | None) -> dict[str, bytes | None]:
            if parent is None:
                return {}
            current = digest_in(self._read(parent, f"{dag_id}/dag.py") or b"")
            if current is None:
                return {}
            folder = self._at(f"{dag_id}/pkg/")
            listed = self._git("ls-tree", "-r", "-z", "--name-only", parent, "--", folder).split(b"\0")
            names = [os.fsdecode(name) for name in listed if name]
            return {name: None for name in names if name[len(folder) :].split("/")[0] not in keep | {current}}

        self._change(f"Remove packages of {dag_id} that no run needs", removed)

    def probe(self) -> None:
        """Reads the branch, and pushes without changing anything."""
        with self._open():
            parent = self._fetch()
            tip = parent or self._git("commit-tree", self._tree(None, {}), stdin=b"Try\n").decode().strip()
            self._push(tip, "--dry-run")

    def _change(self, message: str, change: Callable[[str | None], Mapping[str, bytes | None]]) -> str:
        with self._open():
            for _ in range(TRIES):
                parent = self._fetch()
                tree = self._tree(parent, change(parent))
                if parent is not None and tree == self._git("rev-parse", f"{parent}^{{tree}}").decode().strip():
                    return parent
                parents = ["-p", parent] if parent else []
                made = self._git("commit-tree", *parents, tree, stdin=message.encode() + b"\n").decode().strip()
                try:
                    self._push(made)
                except Behind:
                    continue
                return made
        raise GitError(
            f"Others pushed to the branch {self.branch} of {self.url} again and again meanwhile.", "Try again."
        )

    def _fetch(self) -> str | None:
        """The newest commit of the branch; None if there is none yet."""
        listed = self._git("ls-remote", "--heads", "--", self.url, f"refs/heads/{self.branch}")
        if not listed.strip():
            return None
        self._git("fetch", "--quiet", "--depth=1", "--no-tags", "--", self.url, f"+refs/heads/{self.branch}:refs/tip")
        return self._git("rev-parse", "refs/tip^{commit}").decode().strip()

    def _tree(self, parent: str | None, changes: Mapping[str, bytes | None]) -> str:
        """The tree of the parent with files put in, or (None) taken out."""
        self._git("read-tree", parent) if parent else self._git("read-tree", "--empty")
        lines = []
        for path, data in changes.items():
            if data is None:
                lines.append(f"0 {'0' * 40}\t{path}")
            else:
                name = self._git("hash-object", "-w", "--no-filters", "--stdin", stdin=data).decode().strip()
                lines.append(f"100644 {name}\t{path}")
        self._git("update-index", "-z", "--index-info", stdin="".join(f"{line}\0" for line in lines).encode())
        return self._git("write-tree").decode().strip()

    def _push(self, commit: str, *options: str) -> None:
        self._git("push", "--quiet", "--no-verify", *options, "--", self.url, f"{commit}:refs/heads/{self.branch}")

    def _read(self, commit: str | None, path: str) -> bytes | None:
        return None if commit is None else self._git("show", f"{commit}:{self._at(path)}", check=False) or None

    def _at(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path

    @contextmanager
    def _open(self) -> Iterator[None]:
        """The clone, for this process alone, and what git may ask."""
        secret = None if self._secret is None else self._secrets.get_for(self._secret, self.url).reveal()
        try:
            self._clone.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._clone / "mlops.lock").open("ab") as lock, self._git.trusted(secret, self._ca):
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not (self._clone / "HEAD").exists():
                    self._git("init", "--quiet", "--bare", "--template=", ".")
                yield
        except OSError as error:
            raise GitError(f"The clone of the repository cannot be kept in {self._clone}: {error.strerror}.") from None


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "mlops-ext" / "git"
