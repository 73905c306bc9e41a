"""The fresh folder in which a node runs: what is declared and nothing else, as in an isolated run here.

The package says what each file must hash to; nothing of it is used otherwise.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .stores import Store


class PackageError(Exception):
    """The package is not what it should be; says so in a sentence."""


def lay_out(job: Mapping[str, Any], store: Store, scratch: Path) -> None:
    """Makes scratch/work, and scratch/source with the node's own file as it was delivered."""
    step, package = job["step"], Path(job["folder"])
    work = scratch / "work"
    work.mkdir()
    for place in job["inherited"]:
        store.fetch(f"{job['dag']}/{place}/outputs", work)
    files = _manifest(package, job["package"])["files"]
    for relative in job["brings"]:
        _bring(package, files, relative, work / relative)
    if step["path"]:
        _bring(package, files, step["path"], work / step["path"])
        _bring(package, files, step["path"], scratch / "source" / step["path"])
    (work / step["cwd"]).mkdir(parents=True, exist_ok=True)
    for output in step["outputs"]:
        (work / output).parent.mkdir(parents=True, exist_ok=True)


def _manifest(package: Path, digest: str) -> dict[str, Any]:
    data = (package / "manifest.json").read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise PackageError(f"The package {digest[:12]} has been changed since it was delivered.")
    found: dict[str, Any] = json.loads(data)
    return found


def _bring(package: Path, files: Mapping[str, Any], relative: str, target: Path) -> None:
    entry = files[relative]
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(package / "files" / entry["sha256"], target)
    except FileNotFoundError:
        raise PackageError(f"The file {relative} is missing from the package.") from None
    if hashlib.sha256(target.read_bytes()).hexdigest() != entry["sha256"]:
        raise PackageError(f"The file {relative} of the package has been changed since it was delivered.")
    target.chmod(0o700 if entry["executable"] else 0o600)
