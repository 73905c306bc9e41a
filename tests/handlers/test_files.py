"""Logs, the drive, and pages: what runs left behind, read safely."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from mlops_ext.handlers import drive, files
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.handlers.served import Fetch, answer, notebook, record_run, write_pipeline


@pytest.fixture
def run(served: Path) -> tuple[str, Path]:
    """A run and its folder."""
    write_pipeline(served)
    run_id = record_run(served)
    return run_id, served / ".mlops" / "runs" / run_id


async def status(fetch: Fetch, *parts: str, **params: Any) -> int:
    try:
        return (await fetch("mlops", *parts, params=params)).code
    except HTTPClientError as error:
        assert error.response is not None
        assert json.loads(error.response.body)["status"] == error.code
        return error.code


async def test_a_log_is_read_in_parts(jp_fetch: Fetch, run: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, folder = run
    text = "größer € 😀\n" * 1000
    (folder / "train/1/log.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(files, "LOG_PART", 1001)
    read, offset, parts = "", 0, 0
    while True:
        part = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "train", "log", params={"offset": offset}))
        assert part["offset"] == offset and part["size"] == len(text.encode())
        assert "\ufffd" not in part["text"]
        read, offset, parts = read + part["text"], part["next"], parts + 1
        if part["complete"]:
            break
    assert read == text
    assert parts > 10
    beyond = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "train", "log", params={"offset": 10**9}))
    assert (beyond["text"], beyond["next"], beyond["complete"]) == ("", len(text.encode()), True)


def test_a_character_that_is_not_all_there_waits(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    data = "a€😀".encode()
    for size in range(len(data) + 1):
        log.write_bytes(data[:size])
        part = files.read_log(log, 0, ended=False)
        assert data.startswith(part["text"].encode()) and not part["complete"]
        assert part["next"] == len(part["text"].encode())
        assert files.read_log(log, 0, ended=True)["next"] == size
    log.write_bytes(b"caf\xe9")
    assert files.read_log(log, 0, ended=True)["text"] == "caf\ufffd"


def test_a_log_that_nobody_began_is_empty(tmp_path: Path) -> None:
    expected = {"version": 1, "text": "", "offset": 0, "next": 0, "size": 0}
    assert files.read_log(None, 5, ended=False) == {**expected, "complete": False}
    assert files.read_log(tmp_path / "none.txt", 5, ended=True) == {**expected, "complete": True}


async def test_attempts_have_logs_of_their_own(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    with Store.open(find_workspace(folder.parents[2] / "p.pipeline")) as store:
        assert store.run(run_id)["nodes"]["train"]["attempts"] == 1
    assert await status(jp_fetch, "runs", run_id, "nodes", "train", "log", attempt=7) == 404
    assert await status(jp_fetch, "runs", run_id, "nodes", "train", "log", attempt="x") == 400
    assert await status(jp_fetch, "runs", run_id, "nodes", "nobody", "log") == 404
    first = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "train", "log", params={"attempt": 1}))
    assert first["text"] == "log of train: größer\n"


async def test_a_queued_node_has_an_empty_log(jp_fetch: Fetch, served: Path) -> None:
    write_pipeline(served)
    run_id = record_run(served, state="queued")
    log = answer(await jp_fetch("mlops", "runs", run_id, "nodes", "train", "log"))
    assert (log["text"], log["size"], log["complete"]) == ("", 0, False)


async def test_folders(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    os.symlink("/etc", folder / "train" / "etc")
    root = answer(await jp_fetch("mlops", "drive", run_id))
    assert (root["type"], root["writable"], root["path"]) == ("directory", False, run_id)
    assert [(entry["name"], entry["type"]) for entry in root["content"]] == [
        ("load", "directory"),
        ("train", "directory"),
    ]
    inner = answer(await jp_fetch("mlops", "drive", run_id, "train", "1"))
    assert [(entry["name"], entry["type"], entry["path"]) for entry in inner["content"]] == [
        ("log.txt", "file", f"{run_id}/train/1/log.txt"),
        ("notebook.ipynb", "notebook", f"{run_id}/train/1/notebook.ipynb"),
        ("outputs", "directory", f"{run_id}/train/1/outputs"),
        ("trace.json", "file", f"{run_id}/train/1/trace.json"),
    ]
    assert all(entry["content"] is None and not entry["writable"] for entry in inner["content"])
    assert [entry["name"] for entry in answer(await jp_fetch("mlops", "drive", run_id, "train"))["content"]] == ["1"]
    brief = answer(await jp_fetch("mlops", "drive", run_id, "train", params={"content": 0}))
    assert (brief["content"], brief["format"]) == (None, None)


async def test_files_as_models(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    hostile = notebook("1", "2")
    hostile["cells"][0]["metadata"]["trusted"] = True
    (folder / "train/1/notebook.ipynb").write_text(json.dumps(hostile).replace('"outputs": []', '"outputs": [NaN]', 1))

    model = answer(await jp_fetch("mlops", "drive", run_id, "train", "1", "notebook.ipynb"))
    assert (model["type"], model["format"], model["writable"]) == ("notebook", "json", False)
    assert [cell["metadata"]["trusted"] for cell in model["content"]["cells"]] == [False, False]
    assert model["content"]["cells"][0]["outputs"] == [None]
    as_file = answer(await jp_fetch("mlops", "drive", run_id, "train", "1", "notebook.ipynb", params={"type": "file"}))
    assert (as_file["type"], as_file["format"]) == ("file", "text")

    text = answer(await jp_fetch("mlops", "drive", run_id, "train", "1", "log.txt"))
    assert (text["format"], text["mimetype"], text["content"]) == ("text", "text/plain", "log of train: größer\n")
    data = answer(await jp_fetch("mlops", "drive", run_id, "train", "1", "outputs", "data.bin"))
    assert (data["format"], data["mimetype"]) == ("base64", "application/octet-stream")
    assert base64.b64decode(data["content"]) == bytes(range(256))
    assert data["size"] == 256
    brief = answer(await jp_fetch("mlops", "drive", run_id, "train", "1", "log.txt", params={"content": 0}))
    assert brief["content"] is None and brief["last_modified"]


async def test_what_cannot_be_shown_is_told(
    jp_fetch: Fetch, run: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, folder = run
    (folder / "train/1/broken.ipynb").write_text("{")
    (folder / "train/1/old.ipynb").write_text('{"nbformat": 3, "worksheets": []}')
    os.mkfifo(folder / "train/1/pipe")
    where = ("drive", run_id, "train", "1")
    assert await status(jp_fetch, *where, "broken.ipynb") == 400
    assert await status(jp_fetch, *where, "old.ipynb") == 400
    assert await status(jp_fetch, *where, "pipe") == 400
    assert await status(jp_fetch, *where, "pipe", download=1) == 400
    assert await status(jp_fetch, *where, download=1) == 400
    assert await status(jp_fetch, *where, type="file") == 400
    assert await status(jp_fetch, *where, "log.txt", type="directory") == 400
    assert await status(jp_fetch, *where, "log.txt", type="nonsense") == 400
    assert await status(jp_fetch, *where, "outputs", "data.bin", format="text") == 400
    assert await status(jp_fetch, *where, "none.txt") == 404
    assert await status(jp_fetch, *where, "none.txt", content=0) == 404
    monkeypatch.setattr(drive, "MODEL_LIMIT", 10)
    assert await status(jp_fetch, *where, "log.txt") == 413


OUTWARD = (
    "../../state.sqlite",
    "train/../../../state.sqlite",
    "..%2f..%2fstate.sqlite",
    ".source/p.pipeline",
    "train/.hidden",
    "train/link",
    "train/folder/passwd",
    "train/hidden-link",
    "train/sibling",
    "train/loop",
    "~/x",
    "//etc/passwd",
    "train/1/log.txt\x00",
    "C:\\x",
)


async def test_no_path_leads_out(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    canary = "canary-of-the-secret"
    (folder / "train/.hidden").write_text(canary)
    outside = folder.with_name(folder.name + "-sibling")
    outside.write_text(canary)
    os.symlink(folder.parents[1] / "state.sqlite", folder / "train/link")
    os.symlink("/etc", folder / "train/folder")
    os.symlink(folder / ".source", folder / "train/hidden-link")
    os.symlink(outside, folder / "train/sibling")
    os.symlink(folder / "train/loop", folder / "train/loop")
    for path in OUTWARD:
        for params in ({}, {"download": "1"}, {"content": "0"}, {"type": "directory"}):
            with pytest.raises(HTTPClientError) as caught:
                await jp_fetch("mlops", "drive", run_id, path, params=params)
            assert caught.value.code in (400, 404), path
            assert caught.value.response is not None
            assert canary.encode() not in caught.value.response.body
            assert b"root:" not in caught.value.response.body


async def test_downloads_run_nothing(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    (folder / "train/1/outputs/große Datei.csv").write_bytes(b"x" * 3_000_000)
    page = await jp_fetch("mlops", "drive", run_id, "train/1/outputs/page.html", params={"download": 1})
    assert page.body == b"<script>window.pwned = 1</script>"
    assert page.headers["Content-Type"] == "text/html"
    large = await jp_fetch("mlops", "drive", run_id, "train/1/outputs/große Datei.csv", params={"download": 1})
    assert len(large.body) == 3_000_000
    assert large.headers["Content-Type"] == "text/csv"
    assert "gro%C3%9Fe" in large.headers["Content-Disposition"]
    book = await jp_fetch("mlops", "drive", run_id, "train/1/notebook.ipynb", params={"download": 1})
    assert book.headers["Content-Type"] == "application/x-ipynb+json"
    for response in (page, large, book):
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


async def test_lines_of_an_output_are_one_text(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, folder = run
    table = {"output_type": "display_data", "metadata": {}, "data": {"text/html": ["<table>\n", "</table>"]}}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["a = 1\n", "a"], "outputs": [table]}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    (folder / "train/1/notebook.ipynb").write_text(json.dumps(document), encoding="utf-8")
    model = answer(await jp_fetch("mlops", "drive", run_id, "train/1/notebook.ipynb", params={"content": 1}))
    shown = model["content"]["cells"][0]
    assert shown["source"] == "a = 1\na"
    assert shown["outputs"][0]["data"]["text/html"] == "<table>\n</table>"
