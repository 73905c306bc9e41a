"""Runtimes as documents: read strictly, kept whole, for their owner only."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mlops_ext import schema
from mlops_ext.errors import BadRequest, MlopsError, NotFound
from mlops_ext.runtimes.registry import Registry, Runtime, read_runtime
from tests.runtimes.airflow.documents import document

DELIVERIES: tuple[dict[str, Any], ...] = (
    {"kind": "folder", "path": "/srv/dags"},
    {"kind": "git", "url": "https://git.example.org/a.git", "branch": "main", "folder": "dags", "secret": "git"},
    {"kind": "git", "url": "git@example.org:a/b.git", "branch": "main", "folder": None, "secret": None},
    {"kind": "git", "url": "ssh://git@example.org/a.git", "branch": "main", "folder": None, "secret": None},
    {"kind": "object", "url": "s3://bucket/dags", "connection": "s3"},
)
SIGN_INS: tuple[dict[str, Any], ...] = (
    {"kind": "none"},
    {"kind": "password", "user": "ci", "secret": "pass"},
    {"kind": "token", "secret": "tok"},
    {"kind": "command", "command": ["print-token", "--quiet"]},
)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "runtimes")


def test_kept_and_found_again(registry: Registry) -> None:
    assert registry.list() == []
    for number, (auth, delivery) in enumerate((a, d) for a in SIGN_INS for d in DELIVERIES):
        kept = registry.save(f"r{number}", document(auth=auth, delivery=delivery, description="größer"))
        assert registry.get(f"r{number}") == kept
        assert kept.document()["auth"] == auth and kept.document()["delivery"] == delivery
        assert not schema.check(kept.document(), "runtime.v1")
    assert [one.name for one in registry.list()] == sorted(f"r{number}" for number in range(20))
    registry.remove("r3")
    for ask in (registry.get, registry.remove):
        with pytest.raises(NotFound) as caught:
            ask("r3")
        assert caught.value.code == "unknown-runtime"


def test_for_its_owner_only(registry: Registry) -> None:
    before = os.umask(0)
    try:
        registry.save("lab", document())
    finally:
        os.umask(before)
    assert stat.S_IMODE(registry.folder.stat().st_mode) == 0o700
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in registry.folder.iterdir()] == [
        ("lab.json", 0o600)
    ]


def test_the_address_is_put_in_order() -> None:
    for text in ("http://h:8080", "http://h:8080/", "http://h:8080/api/v2", "http://h:8080/api/v2/"):
        assert read_runtime("lab", document(text)).url == "http://h:8080"
    deep = read_runtime("lab", document("https://h/team/airflow/"))
    assert (deep.url, deep.origin) == ("https://h/team/airflow", "https://h:443")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"url": "ftp://h"}, "/url"),
        ({"url": "https://"}, "/url"),
        ({"url": "https://user:pw@h"}, "/url"),
        ({"url": "https://user@h"}, "/url"),
        ({"url": "https://h:port"}, "/url"),
        ({"url": "https://h/?token=x"}, "/url"),
        ({"url": "https://h/../x"}, "/url"),
        ({"url": "https://h\\@evil"}, "/url"),
        ({"url": "https://h\n.evil"}, "/url"),
        ({"surprise": 1}, "/surprise"),
        ({"auth": {"kind": "magic"}}, "/auth/kind"),
        ({"auth": {"kind": "token", "secret": "a b"}}, "/auth/secret"),
        ({"auth": {"kind": "password", "user": "u", "password": "hunter2"}}, "/auth"),
        ({"auth": {"kind": "command", "command": []}}, "/auth/command"),
        ({"auth": {"kind": "command", "command": [""]}}, "/auth/command/0"),
        ({"files": {"url": "s3://key:secret@bucket/x"}}, "/files/url"),
        ({"files": {"url": "s3://bucket/x?secret_access_key=abc"}}, "/files/url"),
        ({"files": {"url": "/srv/files"}}, "/files/url"),
        ({"delivery": {"kind": "git", "url": "https://u:p@h/r.git", "branch": "main"}}, "/delivery/url"),
        ({"delivery": {"kind": "git", "url": "https://ghp_token@h/r.git", "branch": "main"}}, "/delivery/url"),
        ({"delivery": {"kind": "object", "url": "s3://k:v@b"}}, "/delivery/url"),
        ({"poll_seconds": 0}, "/poll_seconds"),
        ({"retries": 1.5}, "/retries"),
        ({"version": 2}, "/version"),
    ],
)
def test_what_is_refused_and_where(registry: Registry, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(BadRequest) as caught:
        registry.save("lab", {**document(), **change})
    assert caught.value.pointer == pointer, caught.value.message
    assert caught.value.message.endswith(".") and "hunter2" not in caught.value.message
    assert not registry.folder.exists()


@pytest.mark.parametrize("name", ["", "local", "A", "-a", "a/b", "..", "a.b", "a" * 64, "ä", "a\n"])
def test_names_that_cannot_be(registry: Registry, name: str) -> None:
    with pytest.raises(BadRequest):
        registry.save(name, document())
    with pytest.raises(NotFound):
        registry.get(name)


def test_a_damaged_file_is_told_and_no_more(registry: Registry) -> None:
    registry.save("good", document())
    registry.save("bad", document())
    for text in ("{", "[]", json.dumps({**document(), "url": 1}), "x" * 2_000_000):
        (registry.folder / "bad.json").write_text(text)
        assert [one.name for one in registry.list()] == ["good"]
        told = registry.load()["bad"]
        assert isinstance(told, MlopsError) and str(registry.folder) in told.message and told.hint
    (registry.folder / "Not a name.json").write_text("{}")
    (registry.folder / ".x.partial").write_text("{}")
    assert registry.names() == ["bad", "good"]
    registry.remove("bad")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*sorted(document()), "tls", "python", "poll_seconds"]), JSON)
def test_the_schema_has_the_say(key: str, value: Any) -> None:
    changed = {**document(), key: value}
    valid = Draft202012Validator(schema.load("runtime.v1")).is_valid(changed)
    try:
        read = read_runtime("lab", changed)
    except BadRequest as error:
        assert not valid or key in ("url", "files", "delivery", "auth"), error.message
    else:
        assert valid and isinstance(read, Runtime)
        assert read_runtime("lab", read.document()) == read
