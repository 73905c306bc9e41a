"""The server's side of the shared document: what it takes in it gives back, and nothing is written for a look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jupyter_ydoc import ydocs
from pycrdt import Map

from mlops_ext import canonical
from mlops_ext.model import Json
from mlops_ext.parse import parse
from mlops_ext.ydoc import YPipeline

from .strategies import pipelines

CORPUS = sorted((Path(__file__).parent.parent / "schemas" / "corpus").rglob("*.pipeline"))


def opened(text: str) -> YPipeline:
    """A document that took in a text."""
    document = YPipeline()
    document.set(text)
    return document


def updates(document: YPipeline, text: str) -> int:
    """How often the others would hear of it if the document took in a text."""
    heard: list[Any] = []
    subscription = document.ydoc.observe(heard.append)
    document.set(text)
    document.ydoc.unobserve(subscription)
    return len(heard)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_every_file_of_the_corpus(path: Path) -> None:
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return  # the server refuses to open it
    parsed = parse(text.encode("utf-8"))
    expected = text if parsed.pipeline is None else canonical.dumps(parsed.document)
    document = opened(text)
    other = YPipeline()
    other.ydoc.apply_update(document.ydoc.get_update())
    assert (document.get(), other.get()) == (expected, expected)
    assert updates(other, text) == 0, "the same text again is no change"


@given(one=pipelines(), other=pipelines())
@settings(max_examples=60, deadline=None)
def test_one_document_becomes_another(one: dict[str, Json], other: dict[str, Json]) -> None:
    document = opened(canonical.dumps(one))
    document.set(canonical.dumps(other))
    assert document.get() == canonical.dumps(other)
    document.set("{")
    assert document.get() == "{"
    document.set(canonical.dumps(one))
    assert document.get() == canonical.dumps(one)


def test_what_did_not_change_is_not_touched() -> None:
    """So that what others do at the same time stays, and they can still undo it."""
    a, b = {"type": "script", "path": "a.py"}, {"type": "script", "path": "b.py"}
    document = opened(canonical.dumps({"version": 1, "nodes": {"a": a, "b": b}}))
    nodes: Map[Any] = document.ydoc.get("nodes", type=Map)
    nodes["b"]["label"] = "of somebody else"
    changed: list[Any] = []
    nodes.observe_deep(changed.extend)
    mine = {"a": {**a, "retries": 2}, "b": {**b, "label": "of somebody else"}}
    document.set(canonical.dumps({"version": 1, "nodes": mine}))
    assert [event.path for event in changed] == [["a"]]


def test_who_opens_a_file_does_not_write_it() -> None:
    """The server writes the file when it is called back."""
    document = opened('{"nodes": {}, "version": 1}')
    called: list[str] = []
    document.observe(lambda name, _: called.append(name))
    document.ystate["document_id"] = "opened by somebody"
    document.dirty = False
    assert called == []
    document.ydoc.get("nodes", type=Map)["a"] = Map({"type": "script", "path": "a.py"})
    assert called == ["nodes"]
    document.unobserve()
    del document.ydoc.get("nodes", type=Map)["a"]
    assert called == ["nodes"]


def test_it_is_found_by_the_name_of_the_content_type() -> None:
    assert ydocs["mlopspipeline"] is YPipeline
