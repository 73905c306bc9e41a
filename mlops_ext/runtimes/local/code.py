"""Which code an engine was started with.

An engine lives longer than what is installed: with an update the files change under
it, and what it starts from then on (a nursery, a worker) would be of another version
than itself.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent


def fingerprint() -> int:
    """A number that is another when a file of the code is another."""
    found: list[tuple[str, int, int]] = []
    for folder, _, names in os.walk(PACKAGE):
        for name in names:
            if name.endswith(".py"):
                try:
                    status = os.stat(os.path.join(folder, name))
                except OSError:
                    continue
                found.append((os.path.join(folder, name), status.st_mtime_ns, status.st_size))
    return hash(tuple(sorted(found)))
