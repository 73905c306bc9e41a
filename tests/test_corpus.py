"""Every file of the corpus gets the verdict, code and place that it should, in no time.

The browser's checks are held against the same files (src/model).
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.canonical import dumps
from mlops_ext.compile import compile_plan
from mlops_ext.errors import InvalidPipeline
from mlops_ext.parse import Parsed, parse
from mlops_ext.validate import validate

CORPUS = Path(__file__).parent.parent / "schemas" / "corpus"
BAD: dict[str, dict[str, Any]] = json.loads((CORPUS / "bad" / "expected.json").read_bytes())
GOOD: dict[str, dict[str, Any]] = json.loads((CORPUS / "good" / "expected.json").read_bytes())


def looked_at(path: Path) -> tuple[Parsed, list[list[str]]]:
    found = parse(path.read_bytes())
    issues = [*found.issues, *(validate(found.pipeline) if found.pipeline is not None else ())]
    return found, [[issue.severity, issue.code, issue.pointer] for issue in issues]


def test_every_file_is_expected() -> None:
    present = {path.relative_to(CORPUS / "bad").as_posix() for path in (CORPUS / "bad").rglob("*.pipeline")}
    assert present == set(BAD)
    assert {path.name for path in (CORPUS / "good").glob("*.pipeline")} == set(GOOD)


@pytest.mark.parametrize("file", BAD)
def test_bad(file: str) -> None:
    expected = BAD[file]
    started = time.monotonic()
    found, issues = looked_at(CORPUS / "bad" / file)
    assert time.monotonic() - started < 2
    assert issues == expected["issues"]
    assert found.format == expected["format"]
    errors = [issue for issue in issues if issue[0] == "error"]
    if expected["verdict"] == "harmless":
        assert issues == []
    elif expected["verdict"] == "warn":
        assert not errors
        assert ["warning", expected["code"], expected["pointer"]] in issues
    elif expected["stage"] == "compile":
        assert not errors
        assert found.pipeline is not None
        with pytest.raises(InvalidPipeline) as caught:
            compile_plan(found.pipeline, path="x.pipeline", sha256="")
        assert [(one.code, one.pointer) for one in caught.value.issues or ()] == [
            (expected["code"], expected["pointer"])
        ]
    else:
        assert ["error", expected["code"], expected["pointer"]] in errors
        assert (found.pipeline is None) == (expected["stage"] == "parse" and expected["code"] != "unknown-type")


@pytest.mark.parametrize("file", BAD)
def test_every_sentence_is_one(file: str) -> None:
    found = parse((CORPUS / "bad" / file).read_bytes())
    for issue in [*found.issues, *(validate(found.pipeline) if found.pipeline is not None else ())]:
        assert issue.message[0].isupper()
        assert issue.message.endswith(".")
        assert "\n" not in issue.message
        assert len(issue.message) < 500
        assert not issue.hint or issue.hint[0].isupper()


@pytest.mark.parametrize("file", GOOD)
def test_good(file: str) -> None:
    found, issues = looked_at(CORPUS / "good" / file)
    assert found.pipeline is not None
    assert issues == GOOD[file]["issues"]
    assert found.format == GOOD[file]["format"] == "mlops-1"
    written = dumps(found.document)
    assert (written.encode() == (CORPUS / "good" / file).read_bytes()) == GOOD[file]["canonical"]
    assert parse(written.encode()).pipeline is not None
