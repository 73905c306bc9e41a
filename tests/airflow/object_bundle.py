"""A bundle of DAGs in an object store, for the Airflow of the tests: any URL of fsspec, mirrored to a folder.

Airflow's own one for S3 comes with a provider of several hundred megabytes, and does the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.base import BaseDagBundle
from fsspec.core import url_to_fs


class ObjectBundle(BaseDagBundle):  # type: ignore[misc]  # Airflow is not installed where this is checked
    """Empty until the file `told` says where to look: {"url", "options"}."""

    supports_versioning = False

    def __init__(self, *, told: str, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._told = Path(told)

    @property
    def path(self) -> Path:
        return self.base_dir / "mirror"

    def get_current_version(self) -> None:
        return None

    def initialize(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        super().initialize()

    def refresh(self) -> None:
        """Brings the mirror to what the store has."""
        if not self._told.exists():
            return
        where = json.loads(self._told.read_text(encoding="utf-8"))
        system, root = url_to_fs(where["url"], use_listings_cache=False, **where["options"])
        with self.lock():
            found = {name[len(root) :].lstrip("/"): name for name in system.find(root)}
            # A DAG last, when all that it needs is here.
            for relative, name in sorted(found.items(), key=lambda entry: entry[0].endswith("/dag.py")):
                target = self.path / relative
                if relative.endswith("/dag.py") or not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    partial = target.with_name(f"{target.name}.partial")
                    partial.write_bytes(system.cat_file(name))
                    partial.replace(target)
            for file in self.path.rglob("*"):
                if file.is_file() and file.relative_to(self.path).as_posix() not in found:
                    file.unlink()
