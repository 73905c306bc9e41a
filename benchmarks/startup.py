"""What the extension adds to JupyterLab's start, and what a browser must load."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Row, median

ROOT = Path(__file__).resolve().parent.parent
IMPORT = """
import time
import jupyter_server.serverapp, jupyterlab.labapp, jupyter_server_terminals, jupyter_lsp, notebook_shim
start = time.perf_counter()
import mlops_ext.app, mlops_ext.handlers
print(time.perf_counter() - start)
"""


def import_time() -> list[Row]:
    """Seconds that importing the server extension takes in a process that has JupyterLab's own imports done."""
    times = []
    for _ in range(15):
        done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
        times.append(float(done.stdout))
    return [
        Row(
            "Import of the server extension, in a process with JupyterLab imported",
            f"{median(times) * 1000:.0f} ms",
            "150 ms",
            f"{median(times) / 0.15:.2f}",
            "< 1",
            median(times) < 0.15,
        )
    ]


def bundle_size() -> list[Row]:
    """All JavaScript of the labextension, compressed as a server would: an upper bound of what a browser loads."""
    static = ROOT / "mlops_ext" / "labextension" / "static"
    built = json.loads((static.parent / "package.json").read_text())["version"]
    total = sum(len(gzip.compress(path.read_bytes(), 9)) for path in sorted(static.glob("*.js")))
    return [
        Row(
            f"All JavaScript of the extension ({built}), gzip: more than is loaded until a pipeline is painted",
            f"{total / 1024:.0f} KB",
            "400 KB",
            f"{total / 1024 / 400:.2f}",
            "≤ 1",
            total <= 400 * 1024,
        )
    ]
