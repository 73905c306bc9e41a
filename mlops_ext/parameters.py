"""What a value given to a parameter must be.

A null is of no type: it stands for "not given", and a parameter may be given
null only if its own default is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .issues import issue, listed, name, show
from .model import Issue, Json, Parameter

_KINDS: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "string": ("a text", str),
    "integer": ("a whole number", int),
    "number": ("a number", (int, float)),
    "boolean": ("true or false", bool),
    "list": ("a list", list),
    "object": ("an object", dict),
}


def has_type(value: Json, kind: str) -> bool:
    """Whether a value is of a parameter type; a boolean is no number, and 1.0 is a whole number."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _KINDS[kind][1])


def type_words(kind: str) -> str:
    """A parameter type in a sentence: "a whole number"."""
    return _KINDS[kind][0]


def accepts(parameter: Parameter, value: Json) -> bool:
    """Whether a parameter may be given this value."""
    if value is None:
        return not parameter.required and parameter.default is None
    return has_type(value, parameter.type)


def given_issues(
    parameters: Mapping[str, Parameter], given: Mapping[str, Json], place: Sequence[str]
) -> Iterator[Issue]:
    """The issues of values that are given to a pipeline's parameters."""
    for key, value in given.items():
        parameter = parameters.get(key)
        if parameter is None:
            message = f"The pipeline has no parameter {name(key)}."
            yield issue("error", "unknown-parameter", (*place, key), message, known_names(parameters))
        elif not accepts(parameter, value):
            message = f"Parameter {key} must be {type_words(parameter.type)}, not {show(value)}."
            yield issue("error", "parameter-type", (*place, key), message)


def known_names(parameters: Mapping[str, object]) -> str:
    """Which parameters there are, as a hint."""
    names = sorted(parameters)
    shown = [*names[:20], *(["…"] if len(names) > 20 else [])]
    return f"Its parameters: {listed(shown, 'and')}." if names else "It has no parameters."
