"""The kernels that are installed here, read as Jupyter finds them.

Only files are read: jupyter_client would import half of IPython for the same.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


def installed_kernels() -> dict[str, str]:
    """Language of each kernel that is installed here, by its name."""
    return {name: str(spec.get("language", "")) for name, spec in kernel_specs().items()}


def kernel_specs() -> dict[str, dict[str, object]]:
    """The kernel specifications that are installed here, by name, read as Jupyter finds them."""
    from jupyter_core.paths import jupyter_path

    found: dict[str, dict[str, object]] = {}
    ipython = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    for folder in (*jupyter_path("kernels"), os.path.join(ipython, "kernels")):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            file = Path(entry.path) / "kernel.json"
            name = entry.name.lower()
            if name in found or not file.is_file():
                continue
            try:
                spec = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(spec, dict) and isinstance(spec.get("argv"), list):
                found[name] = spec
    if "python3" not in found:
        try:
            from ipykernel.kernelspec import get_kernel_dict
        except ImportError:
            return found
        found["python3"] = get_kernel_dict()
    return found
