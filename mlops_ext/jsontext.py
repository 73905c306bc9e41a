r"""JSON as text, stricter than Python's own reader and exactly as the browser writes it.

Python's `json` takes NaN, 1e400, duplicate keys and lone surrogates, and dies of
deep nesting; every one of these would mean something else in the browser, or
nothing. `read` takes what both halves understand alike, and says of the rest
what is wrong at which line.

The first of these that holds is the answer:
1. more than MAX_BYTES: `too-large`
2. a byte order mark, or not UTF-8: `bad-json`
3. a line that begins with <<<<<<<: `merge-conflict`
4. nothing but white space: `bad-json`
5. the first thing in the text that is refused: the bracket that opens level
   MAX_DEPTH + 1: `too-large`; a syntax error, a duplicate key, a lone surrogate, NaN
   or Infinity, a number that is refused: `bad-json`

Numbers have no type but their value: 1.0 is read as 1 and -0 as 0. Refused are
whole numbers beyond ±(2^53 - 1), what is too large for a double, and, as they
would be written as such whole numbers, all others from 2^53 up to 1e21.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from .model import Json

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**53 - 1

# Looking for the place of an error reads the text in Python, which takes two seconds a million tokens.
_TOKENS = 500_000
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<colon>:)"
)
# Without it no whole number is too large: a check of each would take longer than all the rest.
_LONG_NUMBER = re.compile(r"[0-9]{16}")
_END = "the end of the file"
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NEEDS_ESCAPE = re.compile('[\x00-\x1f"\\\\\ud800-\udfff]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


class Unreadable(Exception):
    """A text that is refused: a code of the contract and sentences for people."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def read(data: bytes) -> Json:
    """The value that bytes hold; raises Unreadable and nothing else."""
    text = _decoded(data)
    marker = f"\n{text}".find("\n<<<<<<<")
    if marker >= 0:
        line = text.count("\n", 0, marker) + 1
        raise Unreadable(
            "merge-conflict",
            f"The file has an unfinished merge: line {line} is a conflict marker.",
            "Choose one of the two versions and take the lines with <<<<<<<, ======= and >>>>>>> out.",
        )
    try:
        value = _parsed(text)
    except RecursionError:
        too_deep = True
    except ValueError as error:
        too_deep = isinstance(error, _TooDeep)
    else:
        return value
    _Scanner(text).run()
    # Only where the place is too far away for the scanner.
    raise _depth() if too_deep else Unreadable("bad-json", "The file is not JSON as this program reads it.")


def number(value: int | float) -> str:
    """A number as ECMAScript writes it: 1.0 is 1, 1e21 is 1e+21, -0 is 0."""
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return str(int(value))
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be written as JSON")
    sign = "-" if value < 0 else ""
    digits, exponent = _decimal(abs(value))
    count, point = len(digits), exponent + 1  # `point` digits stand before the decimal point
    if digits == "0":
        return "0"
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"


def string(text: str) -> str:
    """A text as JSON.stringify writes it."""
    return '"' + _NEEDS_ESCAPE.sub(lambda found: _ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}"), text) + '"'


def _decimal(value: float) -> tuple[str, int]:
    """The shortest digits that read back as the value, and the exponent of the first of them."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    first = len(whole) - 1 if whole.strip("0") else -1 - (len(fraction) - len(fraction.lstrip("0")))
    return digits.rstrip("0") or "0", first + int(exponent or 0)


def _parsed(text: str) -> Json:
    """The value of a text by the quick reader; raises ValueError or RecursionError, without a place."""
    value: Json = json.loads(
        text,
        parse_int=_integer if _LONG_NUMBER.search(text) else None,
        parse_float=_float,
        parse_constant=_constant,
        object_pairs_hook=_object,
    )
    _sound(value, _ESCAPED_SURROGATE.search(text) is not None)
    return value


class _TooDeep(ValueError):
    """More levels than are taken."""


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Unreadable("too-large", f"The file has {len(data):,} bytes; more than {MAX_BYTES:,} are not read.")
    if data.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("bad-json", "The file begins with a byte order mark.", "Save it as UTF-8 without one.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable("bad-json", f"The file is not text in UTF-8 (line {line}).", "Save it as UTF-8.") from None
    if not text.strip(" \t\n\r"):
        raise Unreadable("bad-json", "The file is empty.")
    return text


def _integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_INTEGER:
        raise ValueError("whole number")
    return int(text)


def _float(text: str) -> int | float:
    value = float(text)
    if MAX_INTEGER < abs(value) < 1e21 or math.isinf(value):
        raise ValueError("number")
    return int(value) if abs(value) <= MAX_INTEGER and value.is_integer() else value


def _constant(text: str) -> NoReturn:
    raise ValueError(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("duplicate key")
    return value


def _sound(value: Json, surrogates: bool) -> None:
    """Refuse depth and, where the text has such escapes, lone surrogates; without recursion."""
    level: list[Json] = [value]
    for depth in range(MAX_DEPTH + 1):
        if surrogates and any(_lone(one) for one in level):
            raise ValueError("lone surrogate")
        open_ones = [one for one in level if isinstance(one, (list, dict))]
        if open_ones and depth == MAX_DEPTH:
            raise _TooDeep
        inside = (inner for one in open_ones for inner in (one if isinstance(one, list) else one.values()))
        level = [inner for inner in inside if surrogates or isinstance(inner, (list, dict))]


def _lone(value: Json) -> bool:
    if isinstance(value, dict):
        return any(_SURROGATE.search(key) for key in value)
    return isinstance(value, str) and _SURROGATE.search(value) is not None


def _depth() -> Unreadable:
    return Unreadable("too-large", f"The file nests lists and objects more than {MAX_DEPTH} deep.")


class _Scanner:
    """Reads a text that is refused once more, slowly, to say what is wrong first and where."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.expected = "a value"
        self.keys: list[set[str] | None] = []
        """For each open object the keys so far; None for a list."""

    def run(self) -> None:
        """Raise Unreadable at the first thing that is refused; return if it is too far away."""
        for _ in range(_TOKENS):
            while self.text[self.position : self.position + 1] in (" ", "\t", "\n", "\r"):
                self.position += 1
            if self.position == len(self.text) and self.expected == _END:
                return
            found = _TOKEN.match(self.text, self.position)
            if found is None:
                self._no_token()
            elif not self._structure(found[0]) and not self._scalar(str(found.lastgroup), found[0]):
                hint = "Take the comma before it away." if found[0] in ("]", "}") else ""
                self._fail(f"{self.expected} was expected, not {found[0][:40]}", hint)
            else:
                self.position = found.end()

    def _structure(self, piece: str) -> bool:
        """Take brackets, commas and colons where they may stand."""
        if piece in ("[", "{") and self.expected in ("a value", "a value or ]"):
            if len(self.keys) == MAX_DEPTH:
                self._fail(f"lists and objects are nested more than {MAX_DEPTH} deep", code="too-large")
            self.keys.append(None if piece == "[" else set())
            self.expected = "a value or ]" if piece == "[" else "a name in double quotes or }"
        elif piece in ("]", "}") and self.expected.endswith(f"or {piece}"):
            self.keys.pop()
            self._after_value()
        elif piece == "," and self.expected.startswith("a comma"):
            self.expected = "a value" if self.keys[-1] is None else "a name in double quotes"
        elif piece == ":" and self.expected == "a colon":
            self.expected = "a value"
        else:
            return False
        return True

    def _scalar(self, kind: str, piece: str) -> bool:
        """Take texts, numbers and words where they may stand."""
        if kind == "string" and self.expected.startswith("a name"):
            key = self._unescaped(piece)
            known = self.keys[-1]
            if known is None or key in known:
                self._fail(f"the name {piece[:40]} stands twice in the same object", "Take one of the two out.")
            known.add(key)
            self.expected = "a colon"
            return True
        if kind not in ("string", "number", "word") or not self.expected.startswith("a value"):
            return False
        if kind == "string":
            self._unescaped(piece)
        elif kind == "number":
            self._number(piece)
        self._after_value()
        return True

    def _after_value(self) -> None:
        if not self.keys:
            self.expected = _END
        else:
            self.expected = "a comma or ]" if self.keys[-1] is None else "a comma or }"

    def _unescaped(self, piece: str) -> str:
        text = str(json.loads(piece))
        if _SURROGATE.search(text):
            self._fail("a text has half of a surrogate pair, which is no character")
        return text

    def _number(self, piece: str) -> None:
        try:
            _integer(piece) if piece.lstrip("-").isdigit() else _float(piece)
        except ValueError:
            self._fail(f"the number {piece[:40]} is too large to be read exactly", "Write it as a text.")

    def _no_token(self) -> NoReturn:
        rest = self.text[self.position : self.position + 9]
        if not rest:
            self._fail(f"the file ends where {self.expected} was expected")
        for word in ("NaN", "Infinity", "-Infinity"):
            if rest.startswith(word):
                self._fail(f"{word} is no number of JSON")
        if rest.startswith('"'):
            self._fail("this text is not closed, or has a character that must be escaped")
        if rest.startswith(("//", "/*", "#")):
            self._fail("JSON has no comments")
        self._fail(f"{self.expected} was expected, not {string(rest[0])}")

    def _fail(self, what: str, hint: str = "", code: str = "bad-json") -> NoReturn:
        line = self.text.count("\n", 0, self.position) + 1
        column = self.position - self.text.rfind("\n", 0, self.position)
        raise Unreadable(code, f"Line {line}, column {column}: {what}.", hint)
