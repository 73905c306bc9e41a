"""Examples that come with the package, and how a person gets one into a folder.

Each is a folder with pipelines that run as they are, and an `example.json` that
says what it shows. Copying makes a new folder; nothing is ever overwritten.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from ..errors import NotFound, Unavailable
from ..paths import confine
from .base import Handler, allowed

ABOUT = "example.json"
_NOT_COPIED = (ABOUT, "__pycache__")


def examples_folder() -> Path:
    """Where the examples lie: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def list_examples() -> list[dict[str, str]]:
    """Name, title and description of each example, and the name of its pipeline."""
    found = []
    for about in sorted(examples_folder().glob(f"*/{ABOUT}")):
        try:
            document = json.loads(about.read_text(encoding="utf-8"))
            entry = {key: str(document[key]) for key in ("title", "description", "pipeline")}
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append({"name": about.parent.name, **entry})
    return found


def copy_example(name: str, folder: Path) -> Path:
    """Copies an example into a new folder of its name below `folder`; answers the path of its pipeline."""
    entry = next((one for one in list_examples() if one["name"] == name), None)
    if entry is None:
        raise NotFound(f"There is no example {name[:40]!r}.", code="unknown-example")
    target = _new_folder(folder, name)
    try:
        _copy(examples_folder() / name, target)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise Unavailable(f"The example cannot be copied to {folder.name or folder}: {error.strerror}.") from None
    return target / entry["pipeline"]


def _new_folder(folder: Path, name: str) -> Path:
    """A folder that was not there: `name`, else `name-1`, `name-2` …"""
    number = 0
    while True:
        target = folder / (name if number == 0 else f"{name}-{number}")
        try:
            target.mkdir()
            return target
        except FileExistsError:
            number += 1
        except OSError as error:
            raise Unavailable(f"No folder can be made in {folder.name or folder}: {error.strerror}.") from None


def _copy(source: Path, target: Path) -> None:
    """Plain files only: what runs left behind in a checkout is hidden or no part of it."""
    for entry in sorted(os.scandir(source), key=lambda one: one.name):
        if entry.name in _NOT_COPIED or entry.name.startswith(".") or entry.is_symlink():
            continue
        if entry.is_dir():
            (target / entry.name).mkdir()
            _copy(Path(entry.path), target / entry.name)
        else:
            shutil.copyfile(entry.path, target / entry.name)


class ExamplesHandler(Handler):
    """GET examples"""

    @allowed("read")
    async def get(self) -> None:
        """What examples there are."""
        await self.reply(self._list)

    def _list(self) -> dict[str, Any]:
        return {
            "examples": [{key: entry[key] for key in ("name", "title", "description")} for entry in list_examples()]
        }


class ExampleHandler(Handler):
    """POST examples/<name>"""

    @allowed("write")
    async def post(self, name: str) -> None:
        """Copies an example into a folder of the person's."""
        body = self.body()
        folder = body.take("folder", str)
        body.end()
        self.set_status(201)
        await self.reply(self._copy, name, folder)

    def _copy(self, name: str, text: str) -> dict[str, Any]:
        folder = self.root if text.strip("/") in ("", ".") else confine(self.root, self.root, text)
        if not folder.is_dir():
            raise NotFound(f"There is no folder {text[:200]!r}.")
        return {"path": self.catalogue.place(copy_example(name, folder))}
