"""A workspace with an engine of its own, shared by the tests of a session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Where pipelines are written and run; nothing of it is left behind."""
    top = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(top / "xdg"))
        patch.setenv("MLOPS_SECRETS_DIR", str(top / "secrets"))
        patch.setenv("MLOPS_IDLE_SECONDS", "30")
        patch.setenv("JUPYTER_TOKEN_CANARY", "canary-of-jupyter")
        patch.setenv("JPY_API_TOKEN", "canary-of-jpy")
        patch.delenv("MLOPS_ENGINE", raising=False)
        lab = Lab(top / "workspace")
        try:
            yield lab
        finally:
            lab.close()


@pytest.fixture
def fresh(tmp_path: Path, lab: Lab) -> Iterator[Lab]:
    """A workspace with an engine that a test may kill."""
    os.environ["MLOPS_IDLE_SECONDS"] = "30"
    own = Lab(tmp_path / "workspace")
    try:
        yield own
    finally:
        own.close()
