"""Where a run came from: commit, interpreters, installed distributions.

Recorded with every run from the first on, for it cannot be filled in later. The
code of a node runs in the interpreter of its kernel, which need not be ours, so
what is installed for each is told by itself.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .compile import Plan, Step
from .kernelspecs import kernel_specs
from .notebooks import inspect_notebook

GIT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
_ASKED = "import json, platform, sys; print(json.dumps([platform.python_version(), sys.path]))"
_REMOTE = re.compile(r"(?:https?|ssh|git)://(?:[^/@]*@)?(?P<host>[^/:@]+)(?::\d+)?/(?P<path>.+)")
_REMOTE_SHORT = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]+):(?!//)(?P<path>.+)")
_DISTRIBUTION = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info")


def source_of(folder: Path) -> dict[str, Any]:
    """Commit of the repository that holds the folder, and whether anything in it was changed since."""
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=normal")
    return {"commit": commit.strip(), "dirty": None if changes is None else bool(changes.strip())}


def repository_of(folder: Path) -> str | None:
    """Where the repository that holds the folder was cloned from, and where in it the folder lies.

    The same text for all clones, by whichever protocol and as whoever they were made; None for what
    has no address that others know too.
    """
    remote, place = _git(folder, "config", "--get", "remote.origin.url"), _git(folder, "rev-parse", "--show-prefix")
    found = _REMOTE.fullmatch((remote or "").strip()) or _REMOTE_SHORT.fullmatch((remote or "").strip())
    if found is None or place is None:
        return None
    path = found["path"].strip("/").removesuffix(".git").rstrip("/")
    return f"{found['host'].lower()}/{path}#{place.strip().strip('/')}"


def interpreter() -> dict[str, Any]:
    """The Python that runs us, and what is installed for it."""
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "distributions": distributions(sys.path),
    }


def kernels(plan: Plan, sources: Path) -> dict[str, Any]:
    """The interpreter of each kernel that the plan uses, and of those that are not ours what is installed.

    `sources` holds the notebooks of the run: one that its node gives no kernel names its own.
    """
    specs = kernel_specs()
    used = {kernel_of(step, sources) for step in plan.steps.values() if step.runs} - {None}
    chosen = {name: python_of(specs.get(name.lower(), {})) for name in sorted(filter(None, used))}
    others = {python for python in chosen.values() if python is not None and not is_ours(python)}
    return {"kernels": chosen, "interpreters": {python: other(python) for python in sorted(others)}}


def distributions(folders: Iterable[str]) -> dict[str, str]:
    """Version of each distribution installed there, by the names of the folders that hold their metadata.

    importlib.metadata reads a file of each, which takes longer than all else at submit.
    """
    found: dict[str, str] = {}
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            match = _DISTRIBUTION.fullmatch(name)
            if match is not None:
                found.setdefault(re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"])
    return dict(sorted(found.items()))


def kernel_of(step: Step, sources: Path) -> str | None:
    """The name of the kernel that runs a step, if one does."""
    path = step.path or ""
    if step.type == "script":
        return step.kernel if path.endswith(".py") else None
    if step.type != "notebook" or step.kernel is not None:
        return step.kernel
    try:
        return inspect_notebook((sources / path).read_bytes()).kernel
    except (OSError, ValueError):
        return None


def python_of(spec: Mapping[str, Any]) -> str | None:
    """The interpreter that a specification starts; None where the kernel is not Python's."""
    argv = spec.get("argv")
    if str(spec.get("language", "")).lower() != "python" or not isinstance(argv, list) or not argv:
        return None
    program = str(argv[0])
    own = {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}
    return sys.executable if program in own else shutil.which(program) or program


def is_ours(python: str) -> bool:
    return os.path.abspath(python) == os.path.abspath(sys.executable)


def other(python: str) -> dict[str, Any]:
    """Version and distributions of another interpreter; null where it does not answer."""
    try:
        version, folders = _asked(python, os.stat(python).st_mtime_ns)
    except (OSError, ValueError, subprocess.SubprocessError):
        return {"python": None, "distributions": None}
    return {"python": version, "distributions": distributions(folders)}


@cache
def _asked(python: str, changed: int) -> tuple[str, list[str]]:
    """Version and path of an interpreter, which stay what they are as long as it is the same file."""
    answer = subprocess.run(  # noqa: S603 - a constant program, by the interpreter of a kernel that is about to run
        [python, "-c", _ASKED],
        cwd="/",
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=ANSWER_SECONDS,
        check=True,
    )
    version, folders = json.loads(answer.stdout)
    return str(version), [str(folder) for folder in folders if folder]


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
