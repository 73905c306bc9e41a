"""Executed notebooks as pages: readable, and nothing in them runs or loads."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from tornado.httpclient import HTTPClientError

from mlops_ext import export_html
from mlops_ext.handlers import noderuns
from tests.handlers.served import Fetch, notebook, record_run, write_pipeline

HOSTILE = (
    "<script>window.pwned = 1</script><img src=x onerror=pwned()><svg onload=pwned()></svg>"
    '<button data-commandlinker-command="terminal:create-new">press</button><a href="javascript:pwned()">link</a>'
    '<iframe src="http://elsewhere.example"></iframe><form action="http://elsewhere.example"><input></form>'
    '<img src="http://elsewhere.example/pixel.png"><b onclick="pwned()" style="background: url(http://e.example)">bold</b>'
    '<base href="http://elsewhere.example/"><meta http-equiv="refresh" content="0; url=http://elsewhere.example">'
)
KINDS = (
    "text/html text/markdown text/plain text/latex image/svg+xml image/png text/vnd.mermaid application/javascript "
    "application/vnd.jupyter.widget-view+json"
).split()


def hostile() -> dict[str, Any]:
    """A notebook with hostile text wherever a notebook has text."""
    document = notebook("print(1)")
    document["metadata"].update(title=HOSTILE, language_info={"name": HOSTILE, "pygments_lexer": HOSTILE})
    document["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": HOSTILE}}
    outputs: list[Any] = [
        {"output_type": "display_data", "data": {kind: HOSTILE}, "metadata": {"filenames": {kind: HOSTILE}}}
        for kind in KINDS
    ]
    outputs += [
        {"output_type": "stream", "name": HOSTILE, "text": [HOSTILE]},
        {"output_type": "error", "ename": HOSTILE, "evalue": HOSTILE, "traceback": [HOSTILE]},
        {"output_type": HOSTILE},
        "no output",
    ]
    document["cells"][0].update(outputs=outputs, id=HOSTILE, metadata={"tags": [HOSTILE], "name": HOSTILE})
    document["cells"] += [
        {"cell_type": kind, "id": "x", "metadata": {"raw_mimetype": "text/html"}, "source": [HOSTILE, "\n\n# Title"]}
        for kind in ("markdown", "raw", HOSTILE)
    ]
    return document


def test_nothing_hostile_is_left() -> None:
    soup = BeautifulSoup(export_html.page(hostile(), HOSTILE), "html.parser")
    assert soup.title is not None and "window.pwned" in soup.title.text
    for element in soup.find_all(True):
        assert element.name not in (
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "button",
            "svg",
            "base",
            "link",
        )
        for name, value in element.attrs.items():
            assert not name.startswith("on") and "commandlinker" not in name, element
            text = " ".join(value) if isinstance(value, list) else str(value)
            assert "javascript:" not in text and "elsewhere.example" not in text and "e.example" not in text, element
    policies = [meta["content"] for meta in soup.find_all("meta") if meta.get("http-equiv")]
    assert policies == [export_html.POLICY]


def test_tables_and_pictures_are_kept() -> None:
    table = '<table class="dataframe"><tr><th>a</th><td colspan="2">1</td></tr></table>'
    document = notebook("df")
    document["cells"][0]["outputs"] = [
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "data": {"text/html": ["<style scoped>td {}</style>", table]},
            "metadata": {},
        },
        {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m"},
    ]
    soup = BeautifulSoup(export_html.page(document, "T"), "html.parser")
    assert (
        str(soup.find("table"))
        == '<table class="dataframe"><tbody><tr><th>a</th><td colspan="2">1</td></tr></tbody></table>'
    )
    assert soup.find("img", src="data:image/png;base64,iVBORw0KGgo=") is not None
    assert soup.find("span", string="red") is not None


@pytest.fixture
def run(served: Path) -> tuple[str, Path]:
    """A run and the notebook of its node train."""
    write_pipeline(served)
    run_id = record_run(served)
    return run_id, served / ".mlops" / "runs" / run_id / "train/1/notebook.ipynb"


async def test_a_page_is_a_file_to_keep(jp_fetch: Fetch, run: tuple[str, Path]) -> None:
    run_id, file = run
    file.write_text(json.dumps(hostile()))
    response = await jp_fetch("mlops", "runs", run_id, "nodes", "train", "html", request_timeout=60)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Disposition"] == f"attachment; filename*=utf-8''train-{run_id[:8]}.html"
    assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(rb"<script", response.body)


async def refusal(fetch: Fetch, run_id: str, node: str = "train", **params: Any) -> dict[str, Any]:
    with pytest.raises(HTTPClientError) as caught:
        await fetch("mlops", "runs", run_id, "nodes", node, "html", params=params, request_timeout=60)
    assert caught.value.response is not None
    problem: dict[str, Any] = json.loads(caught.value.response.body)
    assert problem["status"] == caught.value.code
    return problem


async def test_what_cannot_be_made_into_a_page(
    jp_fetch: Fetch, run: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, file = run
    file.write_text("{")
    assert (await refusal(jp_fetch, run_id))["detail"] == "The notebook cannot be read: it is not JSON."
    assert (await refusal(jp_fetch, run_id, attempt=9))["status"] == 404
    assert (await refusal(jp_fetch, run_id, node="nobody"))["status"] == 404
    monkeypatch.setattr(noderuns, "HTML_SECONDS", 0.01)
    assert (await refusal(jp_fetch, run_id))["status"] == 503
    monkeypatch.undo()
    monkeypatch.setattr(noderuns, "HTML_LIMIT", 1000)
    file.write_text(json.dumps(notebook("1")))
    assert (await refusal(jp_fetch, run_id))["status"] == 413


def test_the_module_beside_the_notebook_is_not_imported(tmp_path: Path) -> None:
    """A folder with a file `nbconvert.py` must not become part of our process."""
    import subprocess

    (tmp_path / "n.ipynb").write_text(json.dumps(notebook("1")))
    for name in ("nbconvert", "nbformat", "bleach", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the folder of the notebook')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mlops_ext.export_html", "n.ipynb", "T"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"<title>T</title>" in done.stdout
