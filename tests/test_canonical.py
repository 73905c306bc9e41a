"""One document, one text."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext import jsontext
from mlops_ext.canonical import dumps
from mlops_ext.parse import parse
from tests.strategies import JSON, fewer, mutations, pipelines

PAIRS = Path(__file__).parent.parent / "schemas" / "corpus" / "canonical"


@pytest.mark.parametrize("path", sorted(PAIRS.glob("*.json.in")), ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    written = dumps(jsontext.read(path.read_bytes()))
    assert written.encode() == path.with_name(path.name.removesuffix(".in") + ".out").read_bytes()


def test_keys_stand_in_the_order_of_the_schema() -> None:
    node = {"path": "a.ipynb", "outputs": [], "type": "notebook"}
    text = dumps({"layout": {}, "nodes": {"b": node, "a": node}, "edges": [], "version": 1})
    assert text == (
        '{\n  "version": 1,\n  "nodes": {\n'
        '    "a": {\n      "type": "notebook",\n      "path": "a.ipynb",\n      "outputs": []\n    },\n'
        '    "b": {\n      "type": "notebook",\n      "path": "a.ipynb",\n      "outputs": []\n    }\n'
        '  },\n  "edges": [],\n  "layout": {}\n}\n'
    )


def test_own_keys_by_code_point_after_known_ones() -> None:
    text = dumps({"version": 1, "\uffff": 1, "🚀": 2, "10": 3, "9": 4, "Z": 5, "a": 6})
    assert list(json.loads(text)) == ["version", "10", "9", "Z", "a", "\uffff", "🚀"]


@fewer
@given(pipelines(sound=False) | mutations() | JSON)
def test_round_trip_and_stability(document: Any) -> None:
    text = dumps(document)
    again = jsontext.read(text.encode())
    assert _unordered(again) == _unordered(document)
    assert dumps(again) == text


@fewer
@given(pipelines(), st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(document: dict[str, Any], source: random.Random) -> None:
    edges = list(document.get("edges", []))
    source.shuffle(edges)
    other = _shuffled(document, source)
    if edges:
        other["edges"] = edges
    assert dumps(other) == dumps(document)


@fewer
@given(pipelines())
def test_laid_out_as_by_stringify(document: dict[str, Any]) -> None:
    """Python's own indentation is that of JSON.stringify; only numbers and DEL differ."""
    text = dumps(document)
    if not any(isinstance(one, float) for one in _scalars(document)):
        assert json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n" == text


@fewer
@given(pipelines(sound=False))
def test_written_pipelines_are_read_as_the_same_pipeline(document: dict[str, Any]) -> None:
    first = parse(json.dumps(document).encode())
    second = parse(dumps(first.document).encode())
    assert first.pipeline is not None
    assert second.pipeline is not None
    assert first.pipeline.nodes == second.pipeline.nodes
    assert first.pipeline.parameters == second.pipeline.parameters
    assert set(first.pipeline.edges) == set(second.pipeline.edges)
    assert _unordered(second.document) == _unordered(first.document)


def test_what_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        dumps({"extra": float("nan")})


def _unordered(document: Any) -> Any:
    """The document without the order of its edges."""
    if isinstance(document, dict) and isinstance(document.get("edges"), list):
        return {**document, "edges": sorted(json.dumps(_plain(edge), sort_keys=True) for edge in document["edges"])}
    return document


def _plain(value: Any) -> Any:
    """Numbers by their value."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shuffled(value: Any, source: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        source.shuffle(keys)
        return {key: _shuffled(value[key], source) for key in keys}
    return [_shuffled(inner, source) for inner in value] if isinstance(value, list) else value


def _scalars(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _scalars(inner)
    else:
        yield value
