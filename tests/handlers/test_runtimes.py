"""Runtimes over HTTP: listed, kept, removed, and tested while the browser watches."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from mlops_ext.handlers import runtimes
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.handlers.served import JSON, Fetch, answer, conforms
from tests.runtimes.airflow.documents import document
from tests.runtimes.airflow.servers import CANARY, LikeAirflow, serving


async def put(fetch: Fetch, name: str, body: Any) -> Any:
    return answer(await fetch("mlops", "runtimes", name, method="PUT", headers=dict(JSON), body=json.dumps(body)))


async def test_kept_listed_shown_and_removed(jp_fetch: Fetch, served: Path) -> None:
    kept = await put(jp_fetch, "prod", document("https://h/", description="For real"))
    conforms(kept, "runtime.v1")
    assert answer(await jp_fetch("mlops", "runtimes", "prod")) == kept == Registry().get("prod").document()
    (Registry().folder / "bad.json").write_text("{")
    assert answer(await jp_fetch("mlops", "runtimes"))["runtimes"] == [
        {"name": "local", "kind": "local", "label": "Local", "description": "", "url": None},
        {
            "name": "bad",
            "kind": "airflow",
            "label": "bad",
            "description": f"The file {Registry().folder / 'bad.json'} is damaged: Line 1, column 2: the file ends "
            "where a name in double quotes or } was expected.",
            "url": None,
        },
        {"name": "prod", "kind": "airflow", "label": "prod", "description": "For real", "url": "https://h"},
    ]
    assert (await jp_fetch("mlops", "runtimes", "prod", method="DELETE")).code == 204
    for name, code in (("prod", 404), ("local", 404), ("bad", 400), ("..%2Fx", 404)):
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch("mlops", "runtimes", name)
        assert caught.value.code == code
        assert caught.value.response is not None
        conforms(json.loads(caught.value.response.body), "problem.v1")


async def test_what_is_wrong_has_a_place(jp_fetch: Fetch, served: Path) -> None:
    for name, body, pointer in (
        ("prod", {**document(), "auth": {"kind": "password", "user": "u", "password": CANARY}}, "/auth"),
        ("prod", {**document(), "surprise": 1}, "/surprise"),
        ("local", document(), "/name"),
    ):
        with pytest.raises(HTTPClientError) as caught:
            await put(jp_fetch, name, body)
        assert caught.value.code == 400 and caught.value.response is not None
        problem = json.loads(caught.value.response.body)
        assert problem["pointer"] == pointer and "7f3a9c" not in json.dumps(problem)
    assert Registry().list() == []


async def lines_of(fetch: Fetch, name: str, body: Any) -> list[dict[str, Any]]:
    response = await fetch("mlops", "runtimes", name, "test", method="POST", headers=dict(JSON), body=json.dumps(body))
    assert response.headers["Content-Type"] == "application/x-ndjson"
    assert b"7f3a9c" not in response.body
    return [json.loads(line) for line in response.body.splitlines()]


async def test_testing_one_that_is_not_kept_yet(jp_fetch: Fetch, served: Path) -> None:
    SecretStore().set("pass", CANARY)
    with serving(LikeAirflow()) as server:
        lines = await lines_of(jp_fetch, "new", {"document": document(server.url)})
    last = {line["step"]: line["state"] for line in lines}
    assert list(last) == ["reach", "version", "sign-in", "rights", "delivery", "files"]
    assert [last[step] for step in ("reach", "version", "sign-in")] == ["ok", "ok", "ok"]
    assert all(set(line) == {"step", "state", "message", "hint", "seconds"} for line in lines)
    await put(jp_fetch, "kept", document("http://127.0.0.1:9"))
    lines = await lines_of(jp_fetch, "kept", {"document": None})
    assert [line["state"] for line in lines if line["step"] == "reach"] == ["running", "failed"]
    for name in ("none", "local"):
        with pytest.raises(HTTPClientError):
            await lines_of(jp_fetch, name, {})


def commands() -> list[int]:
    """The processes of this machine that are tests of runtimes, or what those started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"mlops_ext.runtimes.airflow.probe" in line or b"slow-sign-in-of-a-test" in line:
                found.append(int(entry.name))
    return found


async def test_it_is_bounded_in_time(jp_fetch: Fetch, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "TEST_SECONDS", 6.0)
    before = set(commands())
    slow = {"kind": "command", "command": ["/bin/sh", "-c", "sleep 60 # slow-sign-in-of-a-test"]}
    with serving(LikeAirflow()) as server:
        lines = await lines_of(jp_fetch, "slow", {"document": document(server.url, auth=slow)})
    assert lines[-1]["step"] == "sign-in" and "took longer" in lines[-1]["message"]
    assert set(commands()) <= before


async def test_it_ends_when_the_browser_leaves(
    jp_fetch: Fetch, served: Path, jp_base_url: str, jp_http_port: int, jp_auth_header: dict[str, str]
) -> None:
    before = set(commands())
    slow = {"kind": "command", "command": ["/bin/sh", "-c", "sleep 60 # slow-sign-in-of-a-test"]}
    with serving(LikeAirflow()) as server:
        body = json.dumps({"document": document(server.url, auth=slow)})
        reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
        head = f"POST {jp_base_url}mlops/runtimes/slow/test HTTP/1.1\r\nHost: localhost\r\n"
        fields = {**jp_auth_header, **JSON, "Content-Length": str(len(body))}
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"{head}\r\n{body}".encode())
        while b"sign-in" not in await asyncio.wait_for(reader.readline(), 20):
            pass
        assert len(set(commands()) - before) >= 1
        writer.close()
        deadline = time.monotonic() + 10
        while set(commands()) - before:
            assert time.monotonic() < deadline, (set(commands()) - before, os.getpid())
            await asyncio.sleep(0.1)
