"""The door for text: what is taken, what is refused, and where."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlops_ext import jsontext
from tests.strategies import FLOATS, JSON, TEXT


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("", "bad-json", "The file is empty."),
        (" \n\t\r", "bad-json", "The file is empty."),
        ("\xa0", "bad-json", "Line 1, column 1: a value was expected"),
        ("\ufeff{}", "bad-json", "byte order mark"),
        ("{", "bad-json", "Line 1, column 2: the file ends where a name in double quotes or } was expected."),
        ('{"a": 1,\n "b" 2}', "bad-json", "Line 2, column 6: a colon was expected, not 2."),
        ("[1, 2,]", "bad-json", "Line 1, column 7: a value was expected, not ]."),
        ('{"a": 1,}', "bad-json", "Line 1, column 9: a name in double quotes was expected, not }."),
        ("[,]", "bad-json", "column 2: a value or ] was expected, not ,."),
        ("[1}", "bad-json", "column 3: a comma or ] was expected, not }."),
        ('{"a":1]', "bad-json", "column 7: a comma or } was expected, not ]."),
        ("{]", "bad-json", "column 2: a name in double quotes or } was expected, not ]."),
        ("{1:2}", "bad-json", "column 2: a name in double quotes or } was expected, not 1."),
        ("[1 2]", "bad-json", "column 4: a comma or ] was expected, not 2."),
        ("1 2", "bad-json", "column 3: the end of the file was expected, not 2."),
        ("[]]", "bad-json", "column 3: the end of the file was expected, not ]."),
        (",", "bad-json", "column 1: a value was expected, not ,."),
        ("01", "bad-json", "column 2: the end of the file was expected, not 1."),
        ("[+1]", "bad-json", 'column 2: a value or ] was expected, not "+".'),
        ("[tru]", "bad-json", "column 2"),
        ("// x\n{}", "bad-json", "JSON has no comments"),
        ("# x", "bad-json", "JSON has no comments"),
        ("{'a': 1}", "bad-json", "a name in double quotes or } was expected"),
        ('["a\nb"]', "bad-json", "this text is not closed, or has a character that must be escaped"),
        ('["\\x"]', "bad-json", "this text is not closed, or has a character that must be escaped"),
        ('["a', "bad-json", "this text is not closed"),
        ("NaN", "bad-json", "NaN is no number of JSON"),
        ("[-Infinity]", "bad-json", "column 2: -Infinity is no number of JSON"),
        ('{"a": 1, "\\u0061": 2}', "bad-json", 'column 10: the name "\\u0061" stands twice'),
        ('"\\ud800"', "bad-json", "half of a surrogate pair"),
        ('{"\\udfff": 1}', "bad-json", "half of a surrogate pair"),
        ("9007199254740992", "bad-json", "too large to be read exactly"),
        ("-9007199254740992", "bad-json", "too large to be read exactly"),
        ("9007199254740992.0", "bad-json", "too large to be read exactly"),
        ("1e20", "bad-json", "too large to be read exactly"),
        ("1000000000000000000000", "bad-json", "too large to be read exactly"),
        ("[1e400]", "bad-json", "too large to be read exactly"),
        ("-" + "9" * 10_000, "bad-json", "too large to be read exactly"),
        ("[" * 65 + "]" * 65, "too-large", "Line 1, column 65: lists and objects are nested more than 64 deep."),
        ('{"a":' * 65 + "1" + "}" * 65, "too-large", "nested more than 64 deep"),
        ("[" * 100_000, "too-large", "nested more than 64 deep"),
        ("[" * 64 + "NaN" + "[", "bad-json", "NaN"),
        ("[" * 65 + "NaN", "too-large", "nested"),
        ('{\n<<<<<<< HEAD\n"a": 1}', "merge-conflict", "line 2 is a conflict marker"),
        ("<<<<<<<", "merge-conflict", "line 1 is a conflict marker"),
    ],
)
def test_refused(text: str, code: str, part: str) -> None:
    with pytest.raises(jsontext.Unreadable) as caught:
        jsontext.read(text.encode())
    assert caught.value.code == code
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("data", "part"), [(b'{"a": "\xe4"}', "line 1"), (b"\n\xff\xfe", "line 2"), (b"\xed\xa0\x80", "UTF-8")]
)
def test_not_utf8(data: bytes, part: str) -> None:
    with pytest.raises(jsontext.Unreadable) as caught:
        jsontext.read(data)
    assert caught.value.code == "bad-json"
    assert part in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1.0, -0, -0.0, 1e2, 2.5]", [1, 0, 0, 100, 2.5]),
        ("9007199254740991", 2**53 - 1),
        ("-9007199254740991", -(2**53) + 1),
        ("6.02e23", 6.02e23),
        ("1e-400", 0),
        ('"\\ud83d\\ude80"', "🚀"),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('{"__proto__": 1}', {"__proto__": 1}),
        (' \r\n\t"<<<<<<<"', "<<<<<<<"),
    ],
)
def test_taken(text: str, value: object) -> None:
    assert jsontext.read(text.encode()) == value


def test_whole_numbers_have_one_type() -> None:
    value = jsontext.read(b"[1.0, -0.0, 1e2, 1.5]")
    assert [type(one) for one in value] == [int, int, int, float]  # type: ignore[union-attr]


def test_depth_that_is_taken() -> None:
    assert jsontext.read(b"[" * 64 + b"]" * 64)
    assert jsontext.read(b"[" * 63 + b'{"a": 1}' + b"]" * 63)


def test_too_many_bytes() -> None:
    with pytest.raises(jsontext.Unreadable) as caught:
        jsontext.read(b'"' + b"a" * (17 * 1024 * 1024) + b'"')
    assert caught.value.code == "too-large"
    exactly = b'"' + b"a" * (jsontext.MAX_BYTES - 2) + b'"'
    assert jsontext.read(exactly)


def test_an_error_too_far_away_to_look_for_is_still_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_TOKENS", 100)
    for text, code in (("[" + "0," * 200 + "x]", "bad-json"), ("[" + "0," * 200 + "[" * 2000, "too-large")):
        with pytest.raises(jsontext.Unreadable) as caught:
            jsontext.read(text.encode())
        assert caught.value.code == code
        assert "Line" not in caught.value.message


@given(JSON)
def test_what_json_writes_is_read(value: object) -> None:
    for ascii_only in (True, False):
        assert jsontext.read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_unreadable(data: bytes) -> None:
    try:
        jsontext.read(data)
    except jsontext.Unreadable as error:
        assert error.code in ("bad-json", "too-large", "merge-conflict")
        assert error.message.endswith(".")


PIECES = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", '"a"', '"b"', '"\\ud800"', '"\\"', "1", "-", "1.5", "1e999", "true", "nul"),
        *("null", " ", "\n", "NaN", "9" * 17, "\x01", "é", "[" * 40, "]" * 40),
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
@example('{"a":1,"a":2}')
def test_both_readers_agree(text: str) -> None:
    """What the quick reader takes the scanner has nothing against, and the other way round."""
    try:
        jsontext._parsed(text)
        quick = True
    except (ValueError, RecursionError):
        quick = False
    try:
        jsontext._Scanner(text).run()
        slow = True
    except jsontext.Unreadable:
        slow = False
    assert quick == slow


@given(FLOATS | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_so_that_they_read_the_same(value: float) -> None:
    text = jsontext.number(value)
    assert float(text) == value
    assert "E" not in text
    assert not text.endswith(".0")
    # The shortest digits: those of Python's own repr.
    digits = [part.partition("e")[0].replace(".", "").replace("-", "").strip("0") for part in (text, repr(value))]
    assert digits[0] == digits[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.5e21, "1.5e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.25e-7, "1.25e-7"),
        (0.1, "0.1"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2**53 - 1, "9007199254740991"),
        (2**53, "9007199254740992"),
        (10**30, "1e+30"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert jsontext.number(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        jsontext.number(value)


@given(TEXT)
def test_string_is_json(text: str) -> None:
    assert json.loads(jsontext.string(text)) == text


def test_string_escapes() -> None:
    assert jsontext.string('"\\/\b\f\n\r\t\x00\x1f\x7fé\u2028🚀\ud800') == (
        '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7fé\u2028🚀\\ud800"'
    )
