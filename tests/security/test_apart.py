"""What is a person's own stays so, and a slow question keeps nobody else waiting."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.paths import find_workspace
from tests.handlers.served import JSON, Fetch, answer, end_engine, eventually, write_pipeline


async def test_state_is_for_its_owner_only(jp_fetch: Fetch, served: Path, own_state: Path) -> None:
    before = os.umask(0)
    try:
        pipeline = write_pipeline(served)
        body = json.dumps({"pipeline": "p.pipeline"})
        run_id = answer(await jp_fetch("mlops", "runs", method="POST", headers=dict(JSON), body=body))["id"]
        secret = json.dumps({"value": "v"})
        await jp_fetch("mlops", "secrets", "key", method="PUT", headers=dict(JSON), body=secret)
        await eventually(jp_fetch, run_id)
    finally:
        os.umask(before)
    end_engine(find_workspace(pipeline, served))
    for folder in (served / ".mlops", own_state / "secrets"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (served / ".mlops" / "state.sqlite", own_state / "secrets" / "secrets.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (served / ".mlops" / ".gitignore").read_text() == "*\n"


async def test_slow_files_hold_up_nobody(jp_fetch: Fetch, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any) -> dict[str, Any]:
        time.sleep(1.5)
        return {}

    monkeypatch.setattr("mlops_ext.handlers.pipelines.kernel_specs", slow)
    waiting = [asyncio.ensure_future(jp_fetch("mlops", "kernels")) for _ in range(3)]
    await asyncio.sleep(0.2)
    begin = time.monotonic()
    await jp_fetch("api", "status")
    assert time.monotonic() - begin < 1.0
    assert not any(request.done() for request in waiting)
    assert all(answer(response) == {"kernels": []} for response in await asyncio.gather(*waiting))


async def test_many_questions_at_once(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    responses = await asyncio.gather(*(jp_fetch("mlops", "runs", params={"limit": 10**9}) for _ in range(100)))
    assert all(response.code == 200 for response in responses)
