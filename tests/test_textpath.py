"""Paths as text."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.textpath import folder, is_relative, normal, within

PARTS = st.lists(st.sampled_from(["..", ".", "", "a", "b c", "é", "..."]), max_size=6).map("/".join)


@given(PARTS)
def test_normal_is_that_of_posix(text: str) -> None:
    if not text.startswith("/"):
        assert normal(text) == posixpath.normpath(text)
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize(
    ("text", "path"), [("", "."), ("/", "/"), ("//a", "/a"), ("/../a", "/../a"), ("a/../..", ".."), ("a//b/", "a/b")]
)
def test_normal(text: str, path: str) -> None:
    assert normal(text) == path


@given(PARTS, PARTS)
def test_within_never_leads_out(base: str, text: str) -> None:
    path = within(normal(base).strip("./"), text)
    if path is not None:
        assert not path.startswith(("/", "../"))
        assert path != ".."


@pytest.mark.parametrize(
    ("base", "text", "path"),
    [
        ("", "a", "a"),
        ("a/b", "../c", "a/c"),
        ("a/b", "../../c", "c"),
        ("a/b", "../../../c", None),
        ("", "..", None),
        ("a", "../a2", "a2"),
        ("a", "/b", None),
        ("a", "~/b", None),
        ("a", "x:b", None),
        ("a", "xy:b", "a/xy:b"),
        ("a", "xy://b", None),
        ("a", "..b", "a/..b"),
    ],
)
def test_within(base: str, text: str, path: str | None) -> None:
    assert within(base, text) == path


def test_is_relative_and_folder() -> None:
    assert is_relative("a/~b")
    assert not is_relative("\\\\server\\x")
    assert folder("a/b/c") == "a/b"
    assert folder("c") == ""
