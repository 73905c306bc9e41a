"""Makes a page of an executed notebook, in a process of its own.

Outputs are anybody's data, so the page is made of what is known to be harmless:
from each cell its source and the outputs of known types, HTML in them sanitised,
and nothing of the metadata. The page brings its own policy, under which a browser
runs no script and loads nothing, also when it was saved and is opened from a file.

`python -P -m mlops_ext.export_html NOTEBOOK TITLE` writes the page to standard
output; it ends with 3 and a sentence where there is no notebook to be read.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOTEBOOK_LIMIT = 100 * 1024 * 1024
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
# The priority among them is nbconvert's. Mermaid, widgets and JavaScript would need scripts.
OUTPUTS = ("text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain")
TEMPLATE = f"""
{{%- extends 'lab/index.html.j2' -%}}
{{%- block html_head_js -%}}<meta http-equiv="Content-Security-Policy" content="{POLICY}">{{%- endblock -%}}
{{%- block jupyter_widgets -%}}{{%- endblock -%}}
{{%- block html_head_js_mathjax -%}}{{%- endblock -%}}
{{%- block html_head_js_mermaidjs -%}}{{%- endblock -%}}
"""
# What tables, formatted text and pictures need. nbconvert's own list would show the tags of a table as text.
TAGS = frozenset(
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li"
    " mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul".split()
)
ATTRIBUTES = frozenset("abbr align alt class colspan height lang rowspan scope start style title valign width".split())
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(https?:|mailto:|#)", re.IGNORECASE)
_NOT_SHOWN = ["script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "title", "head"]


class Unreadable(Exception):
    """There is no notebook to make a page of; the message is a sentence."""


def read(path: Path) -> dict[str, Any]:
    """The notebook as JSON."""
    if path.stat().st_size > NOTEBOOK_LIMIT:
        raise Unreadable(f"The notebook is larger than {NOTEBOOK_LIMIT // 1024**2} MB.")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Unreadable("The notebook cannot be read: it is not JSON.") from None
    if not isinstance(document, dict) or document.get("nbformat") != 4 or not isinstance(document.get("cells"), list):
        raise Unreadable("The notebook is not of format 4.")
    return document


def harmless(document: Mapping[str, Any], title: str) -> dict[str, Any]:
    """A new notebook with just what the page shows."""
    info = _dict(_dict(document.get("metadata")).get("language_info"))
    language = {key: info[key] for key in ("name", "pygments_lexer") if _is_word(info.get(key))}
    cells = [_cell(number, cell) for number, cell in enumerate(document["cells"]) if isinstance(cell, dict)]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"title": title, "language_info": language or {"name": "python"}},
        "cells": cells,
    }


def page(document: Mapping[str, Any], title: str) -> str:
    """The page of a notebook."""
    import nbformat
    from nbconvert.exporters import HTMLExporter

    # Both are typed in part only.
    exporter_class: Any = HTMLExporter
    as_notebook: Any = nbformat.from_dict
    exporter = exporter_class(raw_template=TEMPLATE, sanitize_html=True, filters={"clean_html": sanitised})
    text, _ = exporter.from_notebook_node(as_notebook(harmless(document, title)))
    return str(text)


def sanitised(html: object) -> str:
    """HTML with the harmless tags and attributes only; what else there is, is left away."""
    import bleach  # type: ignore[import-untyped]  # ships no types
    from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]  # as above
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(str(html), "html.parser")
    for element in soup(_NOT_SHOWN):
        element.decompose()
    clean = bleach.clean(
        str(soup),
        tags=TAGS,
        attributes=_keeps,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=CSSSanitizer(),
        strip=True,
    )
    return str(clean)


def _keeps(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return _PICTURE.fullmatch(value) is not None
    if tag == "a" and name == "href":
        return _LINK.match(value.strip()) is not None
    return name in ATTRIBUTES


def _cell(number: int, cell: Mapping[str, Any]) -> dict[str, Any]:
    kind = cell.get("cell_type")
    clean: dict[str, Any] = {
        "id": f"cell-{number + 1}",
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "metadata": {},
        "source": _text(cell.get("source")),
    }
    if kind == "code":
        count = cell.get("execution_count")
        outputs = cell.get("outputs")
        clean["execution_count"] = count if isinstance(count, int) else None
        found = [_output(output) for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []
        clean["outputs"] = [output for output in found if output is not None]
    return clean


def _output(output: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(output.get("text"))}
    if kind == "error":
        lines = output.get("traceback")
        traceback = [_text(line) for line in lines] if isinstance(lines, list) else []
        name, value = _text(output.get("ename")), _text(output.get("evalue"))
        return {"output_type": kind, "ename": name, "evalue": value, "traceback": traceback or [f"{name}: {value}"]}
    if kind in ("display_data", "execute_result"):
        data = _dict(output.get("data"))
        shown = {mime: _text(data[mime]) for mime in OUTPUTS if mime in data}
        for mime in ("image/png", "image/jpeg"):
            if not _BASE64.fullmatch(shown.get(mime, "")):
                del shown[mime]
        return {"output_type": "display_data", "data": shown, "metadata": {}} if shown else None
    return None


def _text(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_word(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_+#.-]{1,40}", value) is not None


def main() -> int:
    """Reads the arguments, writes the page."""
    path, title = sys.argv[1:3]
    try:
        text = page(read(Path(path)), title)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 3
    except OSError as error:
        print(f"The notebook cannot be read: {error.strerror}.", file=sys.stderr)
        return 3
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
