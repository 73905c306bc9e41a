"""A workspace whose pipelines run here and on the real Airflow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_ext.paths import follower_log
from mlops_ext.runtimes.airflow.keeping import Followers
from mlops_ext.runtimes.registry import Registry
from mlops_ext.secrets import SecretStore
from tests.airflow.fixture import RealAirflow
from tests.runtimes.lab import Lab

SECRET = "canary-8c1f-$(id)-'\"-of-the-contract"
"""What no file, log, database or answer may show."""


class Yard(Lab):
    """A workspace, and the followers of its runtimes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.followers = Followers()
        self._followed: set[str] = set()

    def follow(self, *runtimes: str) -> None:
        """From now on each has a follower."""
        self._followed |= set(runtimes)
        self.followers.keep(self._followed)

    def log(self) -> str:
        logs = [follower_log(name) for name in sorted(self._followed)]
        texts = [
            f"{path}:\n{path.read_text(encoding='utf-8', errors='replace')[-4000:]}" for path in logs if path.exists()
        ]
        return "\n".join([super().log()[-4000:], *texts])

    def close(self) -> None:
        self.followers.stop()
        super().close()


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory, airflow: RealAirflow) -> Iterator[Yard]:
    """The workspace; its runtimes are `bare` (Airflow's own interpreter) and `science` (the one of these tests)."""
    top = tmp_path_factory.mktemp("yard")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STATE", "CONFIG", "DATA", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(top / name.lower()))
        patch.setenv("MLOPS_SECRETS_DIR", str(top / "secrets"))
        patch.setenv("MLOPS_RUNTIMES_DIR", str(top / "runtimes"))
        patch.setenv("MLOPS_IDLE_SECONDS", "30")
        patch.delenv("MLOPS_ENGINE", raising=False)
        SecretStore().set("airflow-tests", airflow.password)
        SecretStore().set("contract-token", SECRET)
        airflow.set_variable("contract-token", SECRET)
        Registry().save("bare", airflow.runtime())
        Registry().save("science", airflow.runtime(python=sys.executable))
        yard = Yard(top / "workspace")
        try:
            yield yard
        finally:
            yard.close()


def below(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
