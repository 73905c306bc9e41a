"""Takes secrets out of text before it is kept or shown.

This file stands alone (standard library only, nothing of ours), so that every
runtime takes them out with the same code.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

SHORTEST_REDACTED = 4
"""Shorter values are too common in honest text to be told from it."""
STARS = "***"


class Redactor:
    """Takes live values, and the forms in which they travel, out of text that comes in pieces."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms = forms(values)
        self._pattern = (
            re.compile("|".join(re.escape(form) for form in sorted(self._forms, key=len, reverse=True)))
            if self._forms
            else None
        )
        self._held = ""
        self.found = False

    def redact(self, text: str) -> str:
        """The whole text with each value as `***`."""
        if self._pattern is None or not text:
            return text
        safe, count = self._pattern.subn(STARS, text)
        self.found = self.found or count > 0
        return safe

    def feed(self, text: str) -> str:
        """What can be shown of the text so far; an end that may begin a value is held back."""
        if self._pattern is None:
            return text
        safe = self.redact(self._held + text)
        keep = self._beginning(safe)
        self._held = safe[len(safe) - keep :]
        return safe[: len(safe) - keep]

    def flush(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return held

    def redact_json(self, value: Any) -> Any:
        """The value with each text in it redacted, keys too."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, dict):
            return {self.redact_json(key): self.redact_json(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.redact_json(entry) for entry in value]
        return value

    def _beginning(self, text: str) -> int:
        """Length of the longest end of the text with which some value begins."""
        longest = 0
        for form in self._forms:
            place = text.find(form[0], max(0, len(text) - len(form) + 1))
            while place >= 0 and len(text) - place > longest:
                if form.startswith(text[place:]):
                    longest = len(text) - place
                place = text.find(form[0], place + 1)
        return longest


def redact(text: str, values: Iterable[str]) -> str:
    """The text with each of the values, and the forms in which they travel, as `***`."""
    return Redactor(values).redact(text)


def forms(values: Iterable[str]) -> set[str]:
    """The values as they are, escaped for JSON, Python, shells and URLs, and in base64."""
    found: set[str] = set()
    for value in values:
        if len(value) < SHORTEST_REDACTED:
            continue
        data = value.encode("utf-8", "surrogatepass")
        found |= {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
        # A shell that traces what it runs quotes it in one of these ways.
        found |= {value.replace("'", "'\\''"), value.replace("'", "'\"'\"'"), re.sub(r'(["$`\\])', r"\\\1", value)}
        found |= {quote(value, safe="", errors="replace"), quote(value, errors="replace")}
        # In base64 a text looks different at each of three places; what its neighbours reach is cut off.
        for shift in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                encoded = encode(b"\0" * shift + data).decode("ascii")
                begin = (0, 2, 3)[shift]
                end = (shift + len(data)) * 8 // 6
                if end - begin >= SHORTEST_REDACTED * 2:
                    found.add(encoded[begin:end])
        lines = [line for line in value.splitlines() if len(line) >= SHORTEST_REDACTED * 2]
        found.update(lines if len(lines) > 1 else ())
    return found
