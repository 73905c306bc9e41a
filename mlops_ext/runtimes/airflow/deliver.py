"""Brings a package to where Airflow looks for DAGs: a folder, a git repository, an object store.

Delivering again what is there changes nothing. The DAG's file goes last, so whoever
reads it finds the rest.
"""

from __future__ import annotations

import re
import secrets as randomness
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...errors import Unavailable
from ...secrets import SecretStore
from ..registry import Runtime
from . import folder
from .git import Repository
from .origin import LIMIT, Origin, Read
from .package import PACKAGE_MARK, Package
from .worker.stores import Store, StoreError

DAG_LIMIT = 64 * 1024 * 1024
_MANIFEST = "/manifest.json"


@dataclass(frozen=True)
class Delivered:
    """Where a package is now."""

    version: str | None = None
    """The commit, of git."""
    pinned: bool = False
    """Whether a run goes on with what it began with when something newer is delivered."""


def deliver(package: Package, runtime: Runtime, secrets: SecretStore, origin: Origin | None = None) -> Delivered:
    """Delivers a package, unless another project's is there; raises MlopsError."""
    delivery = runtime.delivery
    if delivery.kind == "git":
        message = f"Deliver {package.dag_id} {package.digest[:12]}"
        commit = Repository(runtime, secrets).commit(
            message, lambda read: {**_marks(package, origin, read), **package.files}
        )
        return Delivered(commit, pinned=True)
    if delivery.kind == "object":
        _to_objects(package, Store(delivery.url or ""), origin)
        return Delivered()
    folder.deliver(delivery.path or "", package, origin)
    return Delivered()


def probe(runtime: Runtime, secrets: SecretStore) -> str:
    """Tries whether something can be delivered, leaves nothing behind; a sentence, or MlopsError."""
    delivery = runtime.delivery
    if delivery.kind == "git":
        Repository(runtime, secrets).probe()
        return f"The branch {delivery.branch or 'main'} of {delivery.url} can be read, and a trial push went through."
    if delivery.kind == "object":
        mark = f".mlops-{randomness.token_hex(8)}"
        with _told():
            store = Store(delivery.url or "")
            store.write(mark, b"mlops")
            store.remove(mark)
        return f"A mark was written to {delivery.url} and removed."
    folder.probe(delivery.path or "")
    return f"A mark was written to the folder {delivery.path} and removed."


def prune(runtime: Runtime, secrets: SecretStore, dag_id: str, keep: set[str]) -> None:
    """Removes packages of a DAG that no run needs: none of those to keep (by digest), nor the one that it uses now."""
    delivery = runtime.delivery
    if not re.fullmatch(r"[a-z0-9-]+", dag_id):
        return
    kept = {digest[:12] for digest in keep}
    if delivery.kind == "git":
        Repository(runtime, secrets).prune(dag_id, kept, digest_in)
    elif delivery.kind == "folder":
        folder.prune(delivery.path or "", dag_id, kept, digest_in)
    else:
        with suppress(StoreError):  # what is left over harms nobody
            _prune_objects(Store(delivery.url or ""), dag_id, kept)


def _prune_objects(store: Store, dag_id: str, keep: set[str]) -> None:
    """Removes packages that are older than all that are kept; one without a manifest is on its way."""
    current = digest_in(store.read(f"{dag_id}/dag.py", DAG_LIMIT) or b"")
    if current is None:
        return
    names = store.names(f"{dag_id}/pkg")
    written = {
        name.partition("/")[0]: store.modified(f"{dag_id}/pkg/{name}") for name in names if name.endswith(_MANIFEST)
    }
    oldest = min((written[package] for package in keep | {current} if package in written), default=0.0)
    old = {package for package, moment in written.items() if package not in keep | {current} and moment < oldest}
    # The manifest last: what an interruption leaves over is found again.
    for name in sorted(names, key=lambda name: name.endswith(_MANIFEST)):
        if name.partition("/")[0] in old:
            store.remove(f"{dag_id}/pkg/{name}")


def digest_in(dag_text: bytes) -> str | None:
    """The first digits of the package that a delivered DAG uses."""
    found = re.findall(PACKAGE_MARK.encode() + rb"([0-9a-f]{64})", dag_text)
    return found[-1][:12].decode() if found else None


class _told:
    """Says what goes wrong with a store as an error that people read."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, StoreError):
            message = str(error).replace("The file store", "The object store")
            raise Unavailable(
                message,
                "Check the address of the delivery, and the credentials of this machine for it.",
                code="delivery",
            ) from None


def _marks(package: Package, origin: Origin | None, read: Read) -> Mapping[str, bytes]:
    return {} if origin is None else origin.marked(package.dag_id, read)


def _to_objects(package: Package, store: Store, origin: Origin | None) -> None:
    with _told():
        for path, data in _marks(package, origin, lambda path: store.read(path, LIMIT)).items():
            store.write(path, data)
        for path in in_order(package):
            if path != package.dag_file and store.exists(path) and "/pkg/" in path:
                continue  # what is named by its content does not change
            store.write(path, package.files[path])


def in_order(package: Package) -> Iterable[str]:
    """The paths of a package, the DAG's file last."""
    return [*(path for path in package.files if path != package.dag_file), package.dag_file]
