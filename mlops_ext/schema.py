r"""The schemas, and documents held against them.

A small interpreter of the keywords that our schemas use, because two languages
must give the same issues at the same places, which no pair of libraries does;
that its verdict is that of JSON Schema is tested against a library.

Rules (the browser's twin does the same). Everything has the code `schema`.
- A document whose `version` is a number, but not the schema's: one issue
  `unsupported-version` at /version and nothing else.
- Of one schema object, in this order: const, enum, type, the lengths and the
  pattern of texts, limits of numbers, of lists and of objects, required,
  propertyNames, properties and additionalProperties, anyOf, oneOf. When `type`
  fails, nothing else of it is checked; when a list or object has too many
  entries, these are not looked at.
- Place: `required` at the object that lacks keys (one issue for all of them);
  `additionalProperties: false` and `propertyNames` at the key; `anyOf` at the
  value, with nothing from inside the branches; all others at the value.
- `oneOf` picks the branch by the property that has a `const` in every branch
  (`type`): the value not an object: at the value; the property missing: at the
  value; not a text: at the property; a text without a branch: one issue
  `unknown-type` at the property. Otherwise the issues of that branch alone.
- Patterns as in ECMAScript with the flag u (`$` is the end only); lengths in
  code points; 1.0 is an integer; a boolean is no number.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from .issues import dotted, issue, listed, name, show, subject, tidy
from .model import Issue, Json

# A schema is read as plain data: what a keyword holds depends on the keyword.
Schema = Mapping[str, Any]
Place = tuple[str | int, ...]

_TYPES: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "string": ("a text", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: is_number(value) and value == math.floor(cast(float, value))),
    "number": ("a number", lambda value: is_number(value)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "null": ("null", lambda value: value is None),
    "array": ("a list", lambda value: isinstance(value, list)),
    "object": ("an object", lambda value: isinstance(value, dict)),
}


@lru_cache(maxsize=16)
def load(schema: str) -> dict[str, Any]:
    """The schema of a name, such as "pipeline.v1". Not to be changed."""
    if not re.fullmatch(r"[a-z]+\.v[0-9]+", schema):
        raise ValueError(f"{schema!r} is no name of a schema")
    here = Path(__file__).parent
    folder = here / "schemas"
    if not folder.is_dir():
        folder = here.parent / "schemas"  # a checkout; wheels carry them inside the package
    document = json.loads((folder / f"{schema}.json").read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"the schema {schema} is no object")
    return document


def check(document: Json, schema: str = "pipeline.v1") -> list[Issue]:
    """The issues that a document has with a schema, as a tidy list; empty: it is valid."""
    root = load(schema)
    whole = "The " + schema.partition(".")[0]
    version = root.get("properties", {}).get("version", {}).get("const")
    found = document.get("version", version) if isinstance(document, dict) else version
    if is_number(found) and found != version:
        return [_unsupported(whole, found, version)]
    checker = _Checker(root, whole)
    checker.check(document, root, ())
    return tidy(checker.issues)


def is_number(value: Json) -> bool:
    """Whether a value is a number of JSON."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def accepts(kind: str, value: Json) -> bool:
    """Whether a value is of a type of JSON Schema."""
    return _TYPES[kind][1](value)


def resolve(schema: Schema, root: Schema) -> Schema:
    """The schema that a `$ref` within the same file leads to."""
    while "$ref" in schema:
        target: Any = root
        for segment in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[segment]
        schema = target
    return schema


def discriminator(branches: list[Schema]) -> str:
    """The property that has a `const` in every branch of a `oneOf`."""
    keys = [key for key in branches[0]["properties"] if all("const" in b["properties"].get(key, {}) for b in branches)]
    return str(keys[0])


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of ECMAScript is found in a text."""
    return _compiled(pattern).search(text) is not None


def _unsupported(whole: str, found: Json, version: Json) -> Issue:
    newer = isinstance(found, (int, float)) and isinstance(version, int) and found > version
    return issue(
        "error",
        "unsupported-version",
        ("version",),
        f"{whole} has version {show(found)} of the format; this program reads version {show(version)}.",
        "Update the program to open it." if newer else "",
    )


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    """In Python `$` also matches before a last newline; in ECMAScript it does not."""
    parts = re.findall(r"\\.|\[(?:\\.|[^\]\\])*\]|.", pattern, re.DOTALL)
    return re.compile("".join(r"\Z" if part == "$" else part for part in parts), re.ASCII)


class _Checker:
    """One walk over a document; `issues` is what it found."""

    def __init__(self, root: Schema, whole: str) -> None:
        self.root = root
        self.whole = whole
        self.issues: list[Issue] = []

    def fail(self, place: Place, predicate: str, hint: str = "") -> None:
        self.issues.append(issue("error", "schema", place, f"{subject(place, self.whole)} {predicate}.", hint))

    def check(self, value: Json, schema: Schema, place: Place) -> None:
        """Hold a value against a schema."""
        schema = resolve(schema, self.root)
        if "const" in schema and not _same(value, schema["const"]):
            self.fail(place, f"must be {show(schema['const'])}, not {show(value)}")
        if "enum" in schema and not any(_same(value, one) for one in schema["enum"]):
            self.fail(place, f"must be {listed([show(one) for one in schema['enum']])}, not {show(value)}")
        if "type" in schema:
            kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            if not any(accepts(kind, value) for kind in kinds):
                words = listed([_TYPES[kind][0] for kind in kinds])
                self.fail(place, f"must be {words}, not {show(value)}")
                return
        if isinstance(value, str):
            self._text(value, schema, place)
        elif isinstance(value, list):
            self._list(value, schema, place)
        elif isinstance(value, dict):
            self._object(value, schema, place)
        elif is_number(value):
            self._number(value, schema, place)
        if "anyOf" in schema and not any(self._fits(value, branch) for branch in schema["anyOf"]):
            self.fail(place, f"must be {_phrase(schema)}, not {show(value)}")
        if "oneOf" in schema:
            self._one_of(value, [resolve(branch, self.root) for branch in schema["oneOf"]], place)

    def _text(self, value: str, schema: Schema, place: Place) -> None:
        length = len(value)
        if length < schema.get("minLength", 0):
            self.fail(place, "must not be empty")
        if length > schema.get("maxLength", length):
            self.fail(place, f"must have at most {schema['maxLength']} characters, not {length}")
        if "pattern" in schema and not matches(schema["pattern"], value):
            self.fail(place, f"must be {_phrase(schema)}, not {show(value)}")

    def _number(self, value: Json, schema: Schema, place: Place) -> None:
        if isinstance(value, (int, float)):
            if value < schema.get("minimum", value):
                self.fail(place, f"must be at least {show(schema['minimum'])}, not {show(value)}")
            if value > schema.get("maximum", value):
                self.fail(place, f"must be at most {show(schema['maximum'])}, not {show(value)}")

    def _list(self, value: list[Json], schema: Schema, place: Place) -> None:
        count = len(value)
        if count < schema.get("minItems", 0):
            self.fail(place, f"must have at least {schema['minItems']} entries, not {count}")
        if count > schema.get("maxItems", count):
            self.fail(place, f"must have at most {schema['maxItems']} entries, not {count}")
        elif "items" in schema:
            for index, one in enumerate(value):
                self.check(one, schema["items"], (*place, index))

    def _object(self, value: dict[str, Json], schema: Schema, place: Place) -> None:
        count = len(value)
        if count > schema.get("maxProperties", count):
            self.fail(place, f"must have at most {schema['maxProperties']} entries, not {count}")
            return
        missing = [key for key in schema.get("required", ()) if key not in value]
        if missing:
            self.fail(place, f"lacks {listed(missing, 'and')}")
        known: Mapping[str, Any] = schema.get("properties", {})
        others: Any = schema.get("additionalProperties", True)
        names = schema.get("propertyNames")
        for key, one in value.items():
            if names is not None:
                self._name(key, names, place)
            if key in known:
                self.check(one, known[key], (*place, key))
            elif others is False:
                self._unknown(key, known, place)
            elif others is not True:
                self.check(one, others, (*place, key))

    def _name(self, key: str, schema: Schema, place: Place) -> None:
        schema = resolve(schema, self.root)
        if not matches(schema["pattern"], key):
            message = f"The name {show(key)} in {dotted(place)} must be {_phrase(schema)}."
            self.issues.append(issue("error", "schema", (*place, key), message))

    def _unknown(self, key: str, known: Mapping[str, Any], place: Place) -> None:
        alike = [one for one in known if one == key.lower()]
        hint = f"Did you mean {alike[0]}?" if alike else f"Known here: {listed(list(known), 'and')}."
        message = f"{subject(place, self.whole)} has {name(key)}, which is not known here."
        self.issues.append(issue("error", "schema", (*place, key), message, hint))

    def _fits(self, value: Json, schema: Schema) -> bool:
        attempt = _Checker(self.root, self.whole)
        attempt.check(value, schema, ())
        return not attempt.issues

    def _one_of(self, value: Json, branches: list[Schema], place: Place) -> None:
        key = discriminator(branches)
        if not isinstance(value, dict):
            self.fail(place, f"must be an object, not {show(value)}")
        elif key not in value:
            self.fail(place, f"lacks {key}")
        elif not isinstance(value[key], str):
            self.fail((*place, key), f"must be a text, not {show(value[key])}")
        else:
            kinds = {branch["properties"][key]["const"]: branch for branch in branches}
            if value[key] in kinds:
                self.check(value, kinds[value[key]], place)
            else:
                self._unknown_type(value[key], list(kinds), (*place, key))

    def _unknown_type(self, found: Json, kinds: list[str], place: Place) -> None:
        message = f"{subject(place[:-1], self.whole)} has the type {show(found)}, which this version does not know."
        hint = f"The node is kept as it is. Known: {listed(kinds, 'and')}."
        self.issues.append(issue("error", "unknown-type", place, message, hint))


def _phrase(schema: Schema) -> str:
    """What a value must be, from the description: first letter small, no full stop at the end."""
    text = str(schema.get("description", "of another form"))
    return text[:1].lower() + text[1:].removesuffix(".")


def _same(left: Json, right: Json) -> bool:
    """Equality of JSON scalars: 1 is 1.0, and true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)
