"""Where a run came from: commit, interpreter, installed distributions.

Recorded with every run from the first on, for it cannot be filled in later.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

GIT_SECONDS = 3.0
_DISTRIBUTION = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info")


def source_of(folder: Path) -> dict[str, Any]:
    """Commit of the repository that holds the folder, and whether anything in it was changed since."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=normal")
    return {"commit": commit.strip(), "dirty": None if changes is None else bool(changes.strip())}


def interpreter() -> dict[str, Any]:
    """The Python that runs us, and what is installed for it."""
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "distributions": distributions(),
    }


def distributions() -> dict[str, str]:
    """Version of each installed distribution, by the names of the folders that hold their metadata.

    importlib.metadata reads a file of each, which takes longer than all else at submit.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            match = _DISTRIBUTION.fullmatch(name)
            if match is not None:
                found.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return dict(sorted(found.items()))


def _git(folder: Path, *arguments: str) -> str | None:
    """What git answers; None without git, repository or answer. Nothing that a repository configures is run."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C", str(folder), *arguments]
    try:
        answer = subprocess.run(  # noqa: S603 - constant program and options, the folder is an argument of -C
            command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else None
