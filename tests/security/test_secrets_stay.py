"""A secret goes in and never comes out: of no route, error, log, file but its own."""

from __future__ import annotations

import base64
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from tests.handlers.served import JSON, Fetch, answer, record_run, write_pipeline

CANARY = "canary/ß+7f3a9c 'quoted\" value"


def forms(value: str) -> list[bytes]:
    """What a value may look like where it leaks."""
    return [
        form.encode()
        for form in (
            value,
            json.dumps(value)[1:-1],
            quote(value),
            base64.b64encode(value.encode()).decode()[:20],
            "7f3a9c",
        )
    ]


async def test_a_value_never_comes_back(
    jp_fetch: Fetch, served: Path, own_state: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    write_pipeline(served)
    run_id = record_run(served)
    body = json.dumps({"value": CANARY})
    response = await jp_fetch("mlops", "secrets", "key", method="PUT", headers=dict(JSON), body=body)
    assert response.code == 204 and not response.body

    listed = answer(await jp_fetch("mlops", "secrets"))
    assert [entry["name"] for entry in listed["names"]] == ["key"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", listed["names"][0]["changed"])
    assert "not encrypted" in listed["where"]

    seen = [json.dumps(listed).encode()]
    for path in ("runs", f"runs/{run_id}", f"runs/{run_id}/events", f"drive/{run_id}", "secrets"):
        seen.append((await jp_fetch("mlops", path)).body)
    # Bodies that are refused, and a store that fails, must not quote it either.
    monkeypatch.setattr("mlops_ext.secrets.SecretStore.set", _fails)
    for bad in (
        body,
        body[:-1],
        body.replace("value", "vaule", 1),
        json.dumps([CANARY]),
        json.dumps({"value": [CANARY]}),
    ):
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch("mlops", "secrets", "key", method="PUT", headers=dict(JSON), body=bad)
        assert caught.value.response is not None
        seen.append(caught.value.response.body)
    seen.append(caplog.text.encode())
    for path in own_state.rglob("*"):
        if path.is_file() and path.name != "secrets.json":
            seen.append(path.read_bytes())
    assert (own_state / "secrets" / "secrets.json").stat().st_mode & 0o777 == 0o600
    for text in seen:
        for form in forms(CANARY):
            assert form not in text


def _fails(*_: Any) -> None:
    raise RuntimeError("the disk is gone")


async def test_setting_and_removing(jp_fetch: Fetch, served: Path) -> None:
    body = json.dumps({"value": "v"})
    await jp_fetch("mlops", "secrets", "a.b-c_1", method="PUT", headers=dict(JSON), body=body)
    assert (await jp_fetch("mlops", "secrets", "a.b-c_1", method="DELETE")).code == 204
    assert answer(await jp_fetch("mlops", "secrets"))["names"] == []
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch("mlops", "secrets", "a.b-c_1", method="DELETE")
    assert caught.value.code == 404
    for name in ("..", "a b", "a%2Fb", "x" * 101):
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch("mlops", "secrets", name, method="PUT", headers=dict(JSON), body=body)
        assert caught.value.code in (400, 404)
