"""Arenas that end with their tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.arena import Arena


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder, and variables that keep everything in it."""
    top = tmp_path_factory.mktemp("chaos")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(top / "xdg"))
        patch.setenv("MLOPS_SECRETS_DIR", str(top / "secrets"))
        patch.setenv("MLOPS_IDLE_SECONDS", "30")
        yield top


@pytest.fixture(scope="module")
def shared(surroundings: Path) -> Iterator[Arena]:
    """A workspace for all tests of a module: each check looks at all that went before, too."""
    own = Arena(surroundings / "shared")
    try:
        yield own
    finally:
        own.close()


@pytest.fixture
def arena(tmp_path: Path, surroundings: Path) -> Iterator[Arena]:
    """A workspace of the test's own."""
    own = Arena(tmp_path / "own")
    try:
        yield own
    finally:
        own.close()
