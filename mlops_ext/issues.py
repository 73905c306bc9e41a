"""How issues are placed, worded and listed.

The browser has a twin of the checks (src/model), and a person must read the
same sentence from both: so sentences are made by these few functions from the
place and the value, and lists are put in one order.

Order of a list: errors before warnings, then by pointer and code, by code
point. Of several issues with the same pointer and code one is kept: an error
before a warning, else the first. Then the list is cut to the first LIMIT.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .jsontext import number
from .model import Issue, Json, Severity

LIMIT = 100
_SHOWN = 40
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_OWNERS = {
    "nodes": "Node",
    "comments": "Comment",
    "checks": "Check",
    "parameters": "Parameter",
    "runtimes": "Runtime",
    "layout": "Position",
}
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\"}


def pointer(segments: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) of a place."""
    return "".join("/" + str(segment).replace("~", "~0").replace("/", "~1") for segment in segments)


def issue(
    severity: Severity,
    code: str,
    place: Sequence[str | int],
    message: str,
    hint: str = "",
    node: str | None = None,
    nodes: tuple[str, ...] | None = None,
) -> Issue:
    """An issue; its node is the one that the place lies in, unless another is named."""
    if node is None and len(place) > 1 and place[0] == "nodes":
        node = str(place[1])
    return Issue(severity, code, pointer(place), node, message, hint, nodes)


def tidy(issues: Iterable[Issue]) -> list[Issue]:
    """The list of issues as everybody gets it (see the top of this file)."""
    kept: dict[tuple[str, str], Issue] = {}
    for one in issues:
        key = (one.pointer, one.code)
        if key not in kept or (kept[key].severity == "warning" and one.severity == "error"):
            kept[key] = one
    return sorted(kept.values(), key=lambda one: (one.severity, one.pointer, one.code))[:LIMIT]


def subject(place: Sequence[str | int], whole: str = "The pipeline") -> str:
    """Who a sentence about a place is about: "Node train: retries", "Edge 3: when.op"."""
    owner, rest = whole, list(place)
    if len(place) > 1 and place[0] in _OWNERS:
        owner, rest = f"{_OWNERS[str(place[0])]} {name(str(place[1]))}", rest[2:]
    elif len(place) > 1 and place[0] == "edges":
        owner, rest = f"Edge {int(place[1]) + 1}", rest[2:]
    return f"{owner}: {dotted(rest)}" if rest else owner


def dotted(place: Iterable[str | int]) -> str:
    """A place as people write it: when.op, outputs.0"""
    return ".".join(name(str(segment)) for segment in place)


def name(text: str) -> str:
    """A name in a sentence: as it is if it looks like one, else quoted."""
    return text if _PLAIN.fullmatch(text) else show(text)


def show(value: Json) -> str:
    """A value in a sentence: short, and with what cannot be seen made visible."""
    if isinstance(value, str):
        clipped = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
        return "'" + "".join(_visible(character) for character in clipped) + "'"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return number(value)
    return "a list" if isinstance(value, list) else "an object"


def listed(words: Sequence[str], last: str = "or") -> str:
    """Words in a row: a, b or c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _visible(character: str) -> str:
    """Control characters, lone surrogates and those that change the direction of text as escapes."""
    point = ord(character)
    hidden = point < 32 or 0x7F <= point < 0xA0 or 0xD800 <= point < 0xE000
    if hidden or 0x202A <= point <= 0x202E or 0x2066 <= point <= 0x2069 or point in (0x2028, 0x2029):
        return _ESCAPES.get(character, f"\\u{point:04x}")
    return _ESCAPES.get(character, character)
