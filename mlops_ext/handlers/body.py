"""The body of a request: strict JSON, taken apart field by field.

What is missing, of another type, or not known is told by name, so that a
misspelt option is an error instead of a default.
"""

from __future__ import annotations

from typing import TypeVar

from .. import jsontext
from ..errors import BadRequest
from ..model import Json

T = TypeVar("T", str, bool, int, dict[str, Json])

_WORDS: dict[type, str] = {str: "a text", bool: "true or false", int: "a whole number", dict: "an object"}


class Body:
    """The fields of a JSON object; each is taken once, and what is left at the end is refused."""

    def __init__(self, fields: dict[str, Json]) -> None:
        self._fields = dict(fields)

    @classmethod
    def read(cls, data: bytes) -> Body:
        """The body from its bytes; BadRequest says what is wrong with them."""
        if not data.strip():
            raise BadRequest("The request has no body.", "Send a JSON object.")
        try:
            document = jsontext.read(data)
        except jsontext.Unreadable as error:
            # Not what it says: that may quote the body, which may hold a secret.
            raise BadRequest(
                "The body of the request is not JSON as this program reads it.",
                "It must be UTF-8 and have no duplicate names, NaN or numbers beyond 2^53.",
                code=error.code,
            ) from None
        if not isinstance(document, dict):
            raise BadRequest("The body of the request must be a JSON object.")
        return cls(document)

    def take(self, name: str, kind: type[T]) -> T:
        """A field that must be there."""
        value = self.option(name, kind)
        if value is None:
            raise BadRequest(f'The field "{name}" is missing.', pointer=f"/{name}")
        return value

    def option(self, name: str, kind: type[T]) -> T | None:
        """A field that may be absent or null."""
        value = self._fields.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BadRequest(f'The field "{name}" must be {_WORDS[kind]}.', pointer=f"/{name}")
        return value

    def all(self) -> dict[str, Json]:
        """All fields that were not taken: the body is a document, whose schema says what may be there."""
        return self._fields

    def end(self) -> None:
        """Nothing else may be there."""
        for name in self._fields:
            raise BadRequest(f"There is no field {jsontext.string(name[:80])} here.", "Check its spelling.")
