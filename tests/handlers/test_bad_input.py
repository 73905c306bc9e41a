"""Bad input over HTTP: a problem document with the sentence and the place, and nothing recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.handlers.badinput import REFUSED, write
from tests.handlers.served import JSON, Fetch, refused


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_refused(jp_fetch: Fetch, served: Path, what: str) -> None:
    bad = REFUSED[what]
    folder = served / "below"
    write(folder, bad)
    (folder / ".git").mkdir()
    body = json.dumps({"pipeline": "below/bad.pipeline", "parameters": bad.parameters})
    for route in ("runs", "plan"):
        problem = await refused(jp_fetch, route, method="POST", headers=dict(JSON), body=body)
        assert (problem["status"], problem["code"]) == (422, "invalid-pipeline")
        (issue,) = [issue for issue in problem["issues"] if issue["code"] == bad.code]
        assert bad.words in issue["message"]
        assert issue["pointer"].startswith(bad.pointer)
        assert issue["node"] == ("load" if bad.pointer.startswith("/nodes/load") else None)
    assert not (folder / ".mlops").exists()
