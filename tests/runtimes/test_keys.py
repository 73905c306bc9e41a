"""The key never lies: whatever a node depends on changes it, and nothing else does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_ext import provenance
from mlops_ext.compile import Plan, Step
from mlops_ext.model import Secret
from mlops_ext.runtimes.local import keys, nodecode
from mlops_ext.secrets import SecretStore

from .lab import notebook_document

NAMES = st.sampled_from(["a", "b", "cutoff"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.lists(st.integers(0, 2), max_size=2)
)


@dataclass(frozen=True)
class World:
    """Everything that a node may depend on beside files, and what it does not depend on."""

    cells: tuple[str, ...] = ("x = 1", "y = 2")
    tags: tuple[str, ...] = ()
    kernel: str = "python3"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    secret: int = 0
    """How often the secret was set."""
    packages: Mapping[str, str] = field(default_factory=lambda: {"numpy": "2.0"})
    python: str = "3.11"
    outputs: tuple[str, ...] = ("o.csv",)
    mode: str = "in-place"
    path: str = "n.ipynb"
    format: int = keys.FORMAT
    inherited: Mapping[str, str] = field(default_factory=dict)
    # What has no influence.
    label: str | None = None
    retries: int = 0
    timeout: float | None = None
    cpu: float = 0.0
    shown: str = ""
    """Outputs of cells."""
    other: str = ""
    """An inherited variable that is nothing to the interpreter."""


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[World], str]]:
    """The key of a node in a world."""
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLOPS_SECRETS_DIR", str(folder / "secrets"))
        store, listed = SecretStore(), SecretStore.list
        changed = {0: ""}

        def key(world: World) -> str:
            document = notebook_document(*world.cells, kernel=world.kernel)
            document["cells"][0]["metadata"] = {"tags": list(world.tags)} if world.tags else {}
            document["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": world.shown}]
            (folder / world.path).write_text(json.dumps(document))
            nodecode._code.cache_clear()
            if world.secret not in changed:
                store.set("key", "the same value each time")
                changed[world.secret] = listed(store)[0]["changed"]
                time.sleep(0.002)  # versions are told apart by the millisecond
            patch.setattr(SecretStore, "list", lambda self: [{"name": "key", "changed": changed[world.secret]}])
            patch.setattr(keys, "_installed", lambda: dict(world.packages))
            patch.setattr(keys.sys, "version", world.python)
            patch.setattr(keys, "FORMAT", world.format)
            step = Step(
                id="n",
                type="notebook",
                path=world.path,
                kernel=None,
                env={**world.env, "KEY": Secret("key")},
                outputs=world.outputs,
                label=world.label,
                retries=world.retries,
                timeout=world.timeout,
                cpu=world.cpu,
            )
            plan = Plan("p.pipeline", "0" * 64, mode=world.mode, steps={"n": step})
            made = keys.Keys(plan, folder, {**world.inherited, "OTHER": world.other})
            return keys.key_of("p.pipeline", "n", made.parts(step, world.parameters))

        yield key


MATTERS = st.one_of(
    st.builds(lambda cells: {"cells": tuple(cells)}, st.lists(st.text(max_size=6), min_size=1, max_size=3)),
    st.builds(
        lambda tags: {"tags": tuple(tags)}, st.lists(st.sampled_from(["parameters", "results", "skip-execution"]))
    ),
    st.builds(lambda kernel: {"kernel": kernel}, st.sampled_from(["python3", "ir", "other"])),
    st.builds(lambda values: {"parameters": values}, st.dictionaries(NAMES, VALUES, max_size=3)),
    st.builds(lambda values: {"env": values}, st.dictionaries(st.sampled_from(["A", "B"]), st.text(max_size=3))),
    st.builds(lambda times: {"secret": times}, st.integers(0, 2)),
    st.builds(
        lambda versions: {"packages": versions}, st.dictionaries(st.sampled_from(["numpy", "x"]), st.text(max_size=2))
    ),
    st.builds(lambda version: {"python": version}, st.sampled_from(["3.11", "3.12"])),
    st.builds(lambda names: {"outputs": tuple(names)}, st.lists(st.sampled_from(["o.csv", "p.csv"]), unique=True)),
    st.builds(lambda mode: {"mode": mode}, st.sampled_from(["in-place", "isolated"])),
    st.builds(lambda path: {"path": path}, st.sampled_from(["n.ipynb", "m.ipynb"])),
    st.builds(lambda number: {"format": number}, st.integers(1, 3)),
    st.builds(lambda value: {"inherited": value}, st.dictionaries(st.just("PYTHONPATH"), st.text(max_size=2))),
)
HARMLESS = st.fixed_dictionaries(
    {},
    optional={
        "label": st.text(max_size=5),
        "retries": st.integers(0, 5),
        "timeout": st.floats(1, 100),
        "cpu": st.floats(0, 8),
        "shown": st.text(max_size=5),
        "other": st.text(max_size=5),
    },
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(before=MATTERS, after=MATTERS, harmless=HARMLESS)
def test_any_change_of_what_matters_is_another_key(
    key: Callable[[World], str], before: dict[str, Any], after: dict[str, Any], harmless: dict[str, Any]
) -> None:
    """And what does not matter never is: two worlds have one key exactly if all that matters is equal."""
    one, two = World(**before), World(**{**after, **harmless})
    plain = replace(two, label=None, retries=0, timeout=None, cpu=0.0, shown="", other="")
    if "outputs" in after:
        plain = replace(plain, outputs=tuple(sorted(plain.outputs)))
    if "tags" in after:
        plain = replace(plain, tags=tuple(sorted(plain.tags)))
    same = replace(one, outputs=tuple(sorted(one.outputs)), tags=tuple(sorted(one.tags))) == plain
    assert (key(one) == key(two)) == same


@QUICK
@given(left=st.dictionaries(NAMES, VALUES), right=st.dictionaries(NAMES, VALUES))
def test_values_are_told_apart_by_type(
    key: Callable[[World], str], left: dict[str, Any], right: dict[str, Any]
) -> None:
    """1 and true and "1" are not the same, nor are an absent and an empty value."""
    same = json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
    assert (key(World(parameters=left)) == key(World(parameters=right))) == same


def test_an_inherited_variable_counts_where_the_code_speaks_of_it(key: Callable[[World], str]) -> None:
    speaks, silent = ("import os; os.environ['OTHER']",), ("OTHERS = 1",)
    assert key(World(cells=speaks, other="a")) != key(World(cells=speaks, other="b"))
    assert key(World(cells=silent, other="a")) == key(World(cells=silent, other="b"))


def test_a_node_has_a_key_of_its_own(key: Callable[[World], str]) -> None:
    parts: keys.Parts = {"code": "x"}
    assert len({keys.key_of("p", "n", parts), keys.key_of("p", "m", parts), keys.key_of("q", "n", parts)}) == 3


def test_code_that_cannot_be_read_is_never_the_same(tmp_path: Path) -> None:
    assert nodecode.code_of(tmp_path / "none.ipynb").sha256 != nodecode.code_of(tmp_path / "none.ipynb").sha256


def test_a_script_counts_with_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(b"x = 1\n")
    one = nodecode.code_of(path).sha256
    path.write_bytes(b"x = 1 \n")
    assert nodecode.code_of(path).sha256 != one


def test_an_interpreter_is_the_same_by_each_of_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment has python and python3: who asks and who runs may have been started by different ones."""
    (tmp_path / "python3").symlink_to(keys.sys.executable)
    (tmp_path / "python").symlink_to("python3")
    assert keys._place(str(tmp_path / "python")) == keys._place(str(tmp_path / "python3"))
    assert keys._place(str(tmp_path / "python")) != keys._place(keys.sys.executable)
    assert provenance.is_ours(keys.sys.executable)
