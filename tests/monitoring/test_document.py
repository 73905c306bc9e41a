"""Monitor files: every file of the corpus gets the verdict and place that it should, and one document has one text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext import jsontext, schema
from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.document import Parsed, judge, parse, written
from tests.strategies import JSON, fewer

CORPUS = Path(__file__).parents[2] / "schemas" / "corpus" / "monitor"
BAD: dict[str, dict[str, Any]] = json.loads((CORPUS / "bad" / "expected.json").read_bytes())
GOOD = sorted(path.name for path in (CORPUS / "good").glob("*.monitor"))
CHURN: dict[str, Any] = json.loads((CORPUS / "good" / "02-churn.monitor").read_bytes())


def found(parsed: Parsed) -> list[list[str]]:
    return [[one.severity, one.code, one.pointer] for one in parsed.issues]


def test_every_file_is_expected() -> None:
    assert {path.name for path in (CORPUS / "bad").glob("*.monitor")} == set(BAD)


@pytest.mark.parametrize("file", BAD)
def test_bad(file: str) -> None:
    parsed = parse((CORPUS / "bad" / file).read_bytes())
    assert parsed.document is None
    assert found(parsed) == BAD[file]["issues"]
    for issue in parsed.issues:
        assert issue.message[0].isupper() and issue.message.endswith(".") and "\n" not in issue.message
        assert "pipeline" not in issue.message or "refresh" in issue.pointer


@pytest.mark.parametrize("file", GOOD)
def test_good(file: str) -> None:
    data = (CORPUS / "good" / file).read_bytes()
    parsed = parse(data)
    assert parsed.document is not None
    assert not parsed.issues
    assert parsed.format == "mlops-1"
    assert written(parsed.document) == data


def test_the_table_of_measures_is_that_of_the_schema() -> None:
    assert list(MEASURES) == schema.load("monitor.v1")["$defs"]["measure"]["enum"]
    columns = schema.load("monitor.v1")["$defs"]["columns"]["properties"]
    for measure in MEASURES.values():
        assert set(measure.columns) <= set(columns)


@fewer
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_document_or_issues(data: bytes) -> None:
    parsed = parse(data)
    assert (parsed.document is None) == bool(parsed.issues)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A good monitor with something in it replaced, taken out or added."""
    document = json.loads(json.dumps(CHURN))
    for _ in range(draw(st.integers(1, 3))):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and draw(st.booleans()):
                place = place[key]
                continue
            action = draw(st.sampled_from(["replace", "remove", "add"]))
            if action == "remove":
                del place[key]
            elif action == "replace":
                place[key] = draw(JSON)
            elif isinstance(place, dict):
                place[draw(st.text(max_size=4))] = draw(JSON)
            break
    return document


@fewer
@given(mutated())
def test_no_document_makes_the_door_fall(document: Any) -> None:
    try:
        again = jsontext.read(json.dumps(document).encode("utf-8", "surrogatepass"))
    except jsontext.Unreadable:
        return
    parsed = judge(again)
    assert (parsed.document is None) == any(one.severity == "error" for one in parsed.issues)
    text = written(again)
    assert written(jsontext.read(text)) == text
    assert judge(jsontext.read(text)).document is None or parsed.document is not None
