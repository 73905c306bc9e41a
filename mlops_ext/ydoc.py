"""The shared document on the server's side, for people who work on one pipeline at once.

jupyter-collaboration keeps a document of each open file, brings it together with
those of the browsers, and writes the file. It finds this class by the entry point
`jupyter_ydoc` and the name of the content type, when `jupyter_ydoc` is imported:
import that first. Nothing else here needs this, or what it imports, which comes
with the extra `collaboration`.

The layout is that of src/document/ypipeline.ts and block.ts: the maps `nodes`,
`edges` and `comments` hold a map for each entry, `parameters` and `layout` hold
plain values, and `meta` holds all other keys of the file, `$present` (which of
those blocks the file has) and, for a text that is no pipeline, the whole text as
`$text`: it is written as it was read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from jupyter_ydoc.ybasedoc import YBaseDoc
from pycrdt import Awareness, Doc, Map

from . import canonical
from .model import Json
from .parse import parse

BLOCKS = ("parameters", "nodes", "edges", "comments", "layout")
NESTED = ("nodes", "edges", "comments")
PRESENT = "$present"
TEXT = "$text"
AS_TEXT = "$json"
"""Under it lies, as text, a value with a key that Yjs cannot keep."""
_TRAPS = ("constructor", "__proto__")


class YPipeline(YBaseDoc):
    """A pipeline, or a text that is none, as a shared document."""

    def __init__(self, ydoc: Doc[Any] | None = None, awareness: Awareness | None = None) -> None:
        super().__init__(ydoc, awareness)
        self._meta: Map[Any] = self._ydoc.get("meta", type=Map)
        self._blocks: dict[str, Map[Any]] = {name: self._ydoc.get(name, type=Map) for name in BLOCKS}
        for each in (self._meta, *self._blocks.values()):
            self.undo_manager.expand_scope(each)

    @property
    def version(self) -> str:
        """The version of the layout."""
        return "1.0.0"

    def get(self) -> str:
        """The text of the file: canonical, or untouched where it is no pipeline."""
        text = self._meta.get(TEXT)
        return text if isinstance(text, str) else canonical.dumps(self._document())

    def set(self, value: str) -> None:
        """Takes in the text of the file; touches only what says something else than before."""
        parsed = parse(value.encode("utf-8", "surrogatepass"))
        with self._ydoc.transaction():
            if parsed.document is not None and parsed.pipeline is not None:
                self._load(parsed.document, {})
            else:
                self._load({"version": 1, "nodes": {}}, {TEXT: value})

    def observe(self, callback: Callable[[str, Any], None]) -> None:
        """Calls back when the pipeline says something else.

        Not when only the document's state changes: it does when somebody opens the
        file, and who is called back writes the file.
        """
        self.unobserve()
        for name, shared in {"meta": self._meta, **self._blocks}.items():
            self._subscriptions[shared] = shared.observe_deep(partial(callback, name))

    def _load(self, document: Mapping[str, Json], kept: Mapping[str, Json]) -> None:
        rest = {key: value for key, value in document.items() if key not in BLOCKS}
        present: dict[str, Json] = {key: True for key in document if key in BLOCKS}
        for name, shared in self._blocks.items():
            _replace(shared, _entries(name, document.get(name)), nested=name in NESTED)
        _replace(self._meta, {PRESENT: present, **rest, **kept}, nested=False)

    def _document(self) -> dict[str, Json]:
        meta = _plain(self._meta)
        present = meta.pop(PRESENT, None)
        document: dict[str, Json] = {"version": 1, **meta}
        for name, shared in self._blocks.items():
            entries = _plain(shared)
            if name == "nodes" or entries or (isinstance(present, dict) and present.get(name) is True):
                document[name] = list(entries.values()) if name == "edges" else entries
        return document


def _entries(name: str, value: Any) -> dict[str, Json]:
    """What a block of the file holds, by key: edges are a list there, and the same one twice has a `+`."""
    if name != "edges":
        return value or {}
    edges: dict[str, Json] = {}
    for edge in value or ():
        key = f"{edge['from']}>{edge['to']}"
        while key in edges:
            key += "+"
        edges[key] = edge
    return edges


def _replace(shared: Map[Any], entries: Mapping[str, Json], *, nested: bool) -> None:
    """Makes a map say this."""
    for key in [key for key in shared.keys() if key not in entries]:
        del shared[key]
    for key, value in entries.items():
        entry = shared.get(key)
        if not nested or not isinstance(value, dict):
            _put(shared, key, entry, value)
        elif isinstance(entry, Map):
            _replace(entry, value, nested=False)
        else:
            shared[key] = Map({field: _stored(item) for field, item in value.items()})


def _put(shared: Map[Any], key: str, entry: Any, value: Json) -> None:
    if key not in shared or not _same(_restored(entry), value):
        shared[key] = _stored(value)


def _plain(shared: Map[Any]) -> dict[str, Any]:
    """What a map holds, as JSON."""
    return {
        key: _plain(entry) if isinstance(entry, Map) else _restored(entry)
        for key, entry in ((key, shared[key]) for key in shared.keys())
    }


def _stored(value: Json) -> Json:
    trapped = _is_trap(value) or (isinstance(value, dict) and AS_TEXT in value)
    return {AS_TEXT: json.dumps(value, ensure_ascii=False)} if trapped else value


def _restored(value: Any) -> Any:
    text = value.get(AS_TEXT) if isinstance(value, dict) else None
    return json.loads(text) if isinstance(text, str) else value


def _is_trap(value: Json) -> bool:
    """Whether Yjs loses something of it: the browser takes one name for a class, the other never arrives."""
    if isinstance(value, list):
        return any(_is_trap(item) for item in value)
    return isinstance(value, dict) and any(key in _TRAPS or _is_trap(item) for key, item in value.items())


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; numbers come back from Yjs as floats, and true is no number."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
