r"""The one way to write a document as bytes.

The browser writes the same bytes, so that a file never differs by who saved it
and a diff shows what changed. The algorithm:

    dumps(document) = text(document, root schema) + "\n", where
    text(value, schema):
      schema := follow its $ref; of a oneOf take the branch whose `type` const
        is the value's `type`, of an anyOf the first branch whose `type` fits
        the value; where there is none, there is no schema.
      object: the keys of schema.properties that the object has, in the order of
        the schema; then its other keys by code point. A key's schema is that of
        the property, else additionalProperties where that is an object, else none.
      list: in its order, each with schema.items.
      The list `edges` of a pipeline is sorted by (from, to, text of the edge
        as if it stood alone), by code point; where from or to is no text, it
        counts as "".

Everything is laid out as by JSON.stringify(document, null, 2): two spaces,
`{}` and `[]` where empty, texts with the escapes \" \\ \b \t \n \f \r and
\u00xx for other control characters (and \udxxx for a lone surrogate), all else
unescaped; numbers as Number::toString (RFC 8785) writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .jsontext import number, string
from .model import Json
from .schema import accepts, discriminator, load, resolve


def dumps(document: Json, schema: str = "pipeline.v1") -> str:
    """The canonical text of a document of a schema; raises ValueError for NaN and infinity."""
    return _Writer(load(schema)).document(document) + "\n"


class _Writer:
    """One walk over document and schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def document(self, document: Json) -> str:
        if (
            "edges" in self.root["properties"]
            and isinstance(document, dict)
            and isinstance(document.get("edges"), list)
        ):
            document = {**document, "edges": self._sorted(document["edges"])}
        return self.text(document, self.root, "\n")

    def text(self, value: Json, schema: Mapping[str, Any], line: str) -> str:
        """The text of a value; `line` is a line break with the indentation of the value."""
        if isinstance(value, str):
            return string(value)
        if isinstance(value, bool) or value is None:
            return {True: "true", False: "false", None: "null"}[value]
        if isinstance(value, (int, float)):
            return number(value)
        schema = self._chosen(value, schema)
        inner = line + "  "
        if isinstance(value, list):
            parts = [self.text(one, schema.get("items", {}), inner) for one in value]
            return f"[{inner}{(',' + inner).join(parts)}{line}]" if parts else "[]"
        known: Mapping[str, Any] = schema.get("properties", {})
        others = schema.get("additionalProperties")
        rest: Mapping[str, Any] = others if isinstance(others, dict) else {}
        keys = [key for key in known if key in value] + sorted(value.keys() - known.keys())
        parts = [f"{string(key)}: {self.text(value[key], known.get(key, rest), inner)}" for key in keys]
        return f"{{{inner}{(',' + inner).join(parts)}{line}}}" if parts else "{}"

    def _chosen(self, value: Json, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema that tells the order of keys here; {} where there is none."""
        schema = resolve(schema, self.root)
        if "oneOf" in schema:
            branches = [resolve(branch, self.root) for branch in schema["oneOf"]]
            key = discriminator(branches)
            kind = value.get(key) if isinstance(value, dict) else None
            return next((branch for branch in branches if branch["properties"][key]["const"] == kind), {})
        if "anyOf" in schema:
            branches = [resolve(branch, self.root) for branch in schema["anyOf"]]
            return next((branch for branch in branches if accepts(branch["type"], value)), {})
        return schema

    def _sorted(self, edges: Json) -> Json:
        items: Mapping[str, Any] = self.root["properties"]["edges"]["items"]

        def key(edge: Json) -> tuple[str, str, str]:
            ends = [edge.get(end) for end in ("from", "to")] if isinstance(edge, dict) else []
            source, target = [end if isinstance(end, str) else "" for end in ends] or ["", ""]
            return (source, target, self.text(edge, items, "\n"))

        return sorted(edges, key=key) if isinstance(edges, list) else edges
