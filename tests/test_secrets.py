"""Secrets are kept for their owner only, never shown, and taken out of what is kept."""

from __future__ import annotations

import base64
import json
import os
import pickle
import stat
import subprocess
import types
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext import secrets
from mlops_ext.errors import BadRequest, NotFound, Unavailable
from mlops_ext.redaction import Redactor, redact
from mlops_ext.secrets import Hidden, SecretStore

CANARY = "canary-5f2c9a/+=?&"


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "secrets")


def test_set_get_list_remove(store: SecretStore) -> None:
    assert store.list() == []
    store.set("churn-api", CANARY)
    store.set("other.one_2", "x" * 100)
    assert store.get("churn-api").reveal() == CANARY
    assert [entry["name"] for entry in store.list()] == ["churn-api", "other.one_2"]
    assert all(sorted(entry) == ["changed", "name"] for entry in store.list())
    assert CANARY not in json.dumps(store.list())
    store.set("churn-api", "another")
    assert store.get("churn-api").reveal() == "another"
    store.remove("churn-api")
    assert [entry["name"] for entry in store.list()] == ["other.one_2"]
    for ask in (store.get, store.remove):
        with pytest.raises(NotFound) as error:
            ask("churn-api")
        assert CANARY not in str(error.value)


def test_for_its_owner_only_and_said_plainly(store: SecretStore, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store.set("a", CANARY)
    finally:
        os.umask(before)
    folder = tmp_path / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = list(folder.iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert [file.name for file in files if CANARY in file.read_text()] == ["secrets.json"]
    assert "not encrypted" in store.where() and str(folder) in store.where()


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../x", "a b", "x" * 101, "-x", "ä", "a\n"])
def test_names(store: SecretStore, name: str) -> None:
    for ask in (store.get, store.remove):
        with pytest.raises(BadRequest):
            ask(name)
    with pytest.raises(BadRequest):
        store.set(name, "value")


@pytest.mark.parametrize("value", ["", "a\0b", "x" * 70_000])
def test_values_that_cannot_be(store: SecretStore, value: str) -> None:
    with pytest.raises(BadRequest) as error:
        store.set("a", value)
    assert value == "" or value not in str(error.value)


def test_the_folder_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "named"))
    SecretStore().set("a", CANARY)
    assert (tmp_path / "named" / "secrets.json").exists()


def test_a_keyring_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}
    ring = types.SimpleNamespace(
        get_password=lambda service, name: kept.get((service, name)),
        set_password=lambda service, name, value: kept.update({(service, name): value}),
        delete_password=lambda service, name: kept.pop((service, name)),
        get_keyring=lambda: types.SimpleNamespace(name="Test Ring"),
    )
    monkeypatch.setattr(secrets, "_usable_keyring", lambda: ring)
    store = SecretStore(tmp_path, keyring=True)
    store.set("a", CANARY)
    assert kept == {("mlops-ext", "a"): CANARY}
    assert store.get("a").reveal() == CANARY
    assert "Test Ring" in store.where()
    assert not [file for file in tmp_path.iterdir() if CANARY in file.read_text()]
    store.remove("a")
    assert (kept, store.list()) == ({}, [])

    def locked(*_: str) -> None:
        raise RuntimeError(f"cannot store {CANARY}")

    ring.set_password = locked
    with pytest.raises(Unavailable) as error:
        store.set("a", CANARY)
    assert CANARY not in str(error.value) and error.value.__cause__ is None


def test_a_file_that_cannot_be_read(store: SecretStore, tmp_path: Path) -> None:
    store.set("a", CANARY)
    (tmp_path / "secrets" / "secrets.json").write_text("{broken")
    with pytest.raises(Unavailable):
        store.get("a")
    with pytest.raises(Unavailable):
        store.set("b", "x")
    assert (tmp_path / "secrets" / "secrets.json").read_text() == "{broken", "not written over"


def test_a_hidden_value_never_prints() -> None:
    hidden = Hidden(CANARY)
    shown = [
        repr(hidden),
        str(hidden),
        f"{hidden}",
        f"{hidden!r:>20}",
        "{}".format(hidden),  # noqa: UP032 - one of the ways
        repr([hidden]),
        repr({"a": hidden}),
    ]
    assert not [text for text in shown if CANARY in text]
    assert CANARY.encode() not in pickle.dumps(hidden)
    with pytest.raises(TypeError):
        json.dumps(hidden)
    assert hidden.reveal() == CANARY


@pytest.mark.parametrize(
    "form",
    [
        CANARY,
        json.dumps(CANARY),
        repr(CANARY),
        quote(CANARY),
        quote(CANARY, safe=""),
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(b"user:" + CANARY.encode()).decode(),
        base64.b64encode(b"ab" + CANARY.encode() + b"cd").decode(),
    ],
)
def test_the_forms_in_which_a_secret_travels(form: str) -> None:
    shown = redact(f"before {form} after", [CANARY])
    assert shown.startswith("before ") and shown.endswith(" after") and "***" in shown
    assert len(shown) < len(f"before {form} after")
    assert "canary" not in shown and "Y2FuYXJ5" not in shown


@pytest.mark.parametrize(
    "rest", ["'quote", '"double', "$dollar `tick`", "back\\slash", "all'\"$`\\ of them ß", "#!;&|"]
)
def test_what_a_shell_traces_is_taken_out(rest: str) -> None:
    value = f"canary 5f2c9a{rest}"
    environment = {**os.environ, "TOKEN": value, "LC_ALL": "C.UTF-8"}
    for program in ('echo "$TOKEN"', 'TWICE="$TOKEN $TOKEN"', "export -p; declare -p TOKEN"):
        done = subprocess.run(["bash", "-xc", program], env=environment, capture_output=True, text=True, check=True)
        shown = redact(done.stdout + done.stderr, [value])
        assert "5f2c9a" not in shown, shown


def test_honest_text_stays() -> None:
    assert redact("a b c", ["a", "abc"]) == "a b c", "too short to be told from honest text"
    assert redact("nothing here", []) == "nothing here"
    assert Redactor([CANARY]).redact_json({"a": [1, None, True, "x"]}) == {"a": [1, None, True, "x"]}


def test_a_secret_of_several_lines() -> None:
    key = "-----BEGIN KEY-----\nMIIBVwIBADANBgkqhkiG9w0\nBAQEFAASCAT8wggE7AgEAAk\n-----END KEY-----"
    for text in (key, key.splitlines()[1], json.dumps(key), json.dumps(key.splitlines())):
        assert "MIIBV" not in redact(text, [key])


@given(
    st.lists(st.text(st.sampled_from("ab*/\n☃"), min_size=4, max_size=12), min_size=1, max_size=3),
    st.lists(st.text(st.sampled_from("ab*/\n☃"), max_size=8)),
    st.data(),
)
def test_however_it_is_cut_into_pieces(values: list[str], around: list[str], data: st.DataObject) -> None:
    pieces: list[str] = []
    for text in around:
        pieces += [text, data.draw(st.sampled_from(values))]
    whole = "".join(pieces)
    redactor = Redactor(values)
    shown, place = "", 0
    while place < len(whole):
        step = data.draw(st.integers(1, 6))
        shown += redactor.feed(whole[place : place + step])
        place += step
    shown += redactor.flush()
    stars = [value for value in values if "*" in value]
    if not stars:
        assert not [value for value in values if value in shown]
