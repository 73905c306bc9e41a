"""Documents of runtimes, and secrets of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.runtimes.registry import Runtime, read_runtime
from mlops_ext.secrets import SecretStore
from tests.runtimes.airflow.servers import CANARY

Make = Callable[..., Runtime]


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecretStore:
    """A store that holds the canary under `pass`."""
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.setenv("MLOPS_RUNTIMES_DIR", str(tmp_path / "runtimes"))
    store = SecretStore()
    store.set("pass", CANARY)
    return store


def document(url: str = "http://127.0.0.1:9", **fields: Any) -> dict[str, Any]:
    """A document with little in it, whose folders nobody can make."""
    return {
        "version": 1,
        "kind": "airflow",
        "url": url,
        "auth": {"kind": "password", "user": "ci", "secret": "pass"},
        "delivery": {"kind": "folder", "path": "/proc/nonexistent/dags"},
        "files": {"url": "file:///proc/nonexistent/files"},
        **fields,
    }


@pytest.fixture
def make() -> Make:
    """A runtime with an address and whatever fields."""
    return lambda url, **fields: read_runtime("lab", document(url, **fields))
