"""What a node depends on beside files: its code, values, variables and interpreter, each hashed by itself.

The key is made of all of them. What has no influence on what the node does (its label,
place, description, retries, resources) is not in it. Kept in parts, so that one can
tell a person what has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import provenance
from ...compile import Plan, Step
from ...errors import MlopsError
from ...kernelspecs import kernel_specs
from ...model import Secret
from ...secrets import SecretStore
from .nodecode import code_of
from .nursery import HIDDEN

FORMAT = 1
"""Another number when keys are made in another way: what was kept before is not compared."""
PROGRAMS = {".R": "Rscript", ".sh": "bash"}
_AT_START = (
    "PYTHONPATH PYTHONHOME PYTHONHASHSEED PYTHONNOUSERSITE PYTHONSAFEPATH LD_PRELOAD LD_LIBRARY_PATH R_LIBS R_LIBS_USER"
).split()
"""Inherited variables that decide what a node's process consists of."""

Parts = dict[str, Any]


class Keys:
    """Makes the parts of the nodes of a plan; one look at what is installed here."""

    def __init__(self, plan: Plan, sources: Path, environment: Mapping[str, str]) -> None:
        self._plan = plan
        self._sources = sources
        self._environment = environment
        self._inherited = {name for name in environment if not name.startswith(HIDDEN)}
        self._specs = kernel_specs()
        self._pythons: dict[str, list[str]] = {}
        self._kernels: dict[str, str | None] = {}
        self._secrets: dict[str, str] | None = None

    def parts(self, step: Step, parameters: Mapping[str, Any]) -> Parts:
        """The parts of a node's key; a part is a hash, or the hashes of named things."""
        code = code_of(self._sources / step.path) if step.path is not None else None
        # Of what it inherits, what its code speaks of: it may read that.
        spoken_of = self._inherited & code.words if code is not None else ()
        inherited = {name: digest(self._environment[name]) for name in spoken_of if name not in step.env}
        return {
            "code": code.sha256 if code is not None else digest(None),
            "parameters": {name: digest(value) for name, value in sorted(parameters.items())},
            "environment": {**inherited, **{name: digest(self._variable(value)) for name, value in step.env.items()}},
            "interpreter": self._interpreter(step),
            "declared": digest([step.type, step.path, step.cwd, sorted(step.outputs), self._plan.mode]),
        }

    def language(self, step: Step) -> str:
        """python, shell, or another one."""
        path = step.path or ""
        if step.type == "script":
            return {".py": "python", ".sh": "shell"}.get(os.path.splitext(path)[1], "r")
        spec = self._spec(self._kernel(step))
        return str(spec.get("language", "")).lower() if spec else "python"

    def hooked(self, step: Step) -> bool:
        """Whether the node's own process can write down what it opens."""
        if step.type == "script":
            return (step.path or "").endswith(".py")
        spec = self._spec(self._kernel(step))
        argv = spec.get("argv")
        return isinstance(argv, list) and argv[1:] == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]

    def _variable(self, value: str | Secret) -> Any:
        """A value, or name and version of a secret: its value is hashed nowhere."""
        if not isinstance(value, Secret):
            return value
        if self._secrets is None:
            try:
                # Without the keyring: to look for one takes longer than many a node runs, and names are kept beside it.
                listed = SecretStore(keyring=False).list()
            except MlopsError:
                listed = []
            self._secrets = {entry["name"]: entry["changed"] for entry in listed}
        return ["secret", value.name, self._secrets.get(value.name)]

    def _interpreter(self, step: Step) -> dict[str, str]:
        inherited = {name: self._environment[name] for name in _AT_START if name in self._environment}
        return {**self._program_of(step), "variables": digest(inherited)}

    def _program_of(self, step: Step) -> dict[str, str]:
        program = PROGRAMS.get(os.path.splitext(step.path or "")[1]) if step.type == "script" else None
        if program is not None:
            return {"program": digest(self._program(program))}
        kernel = self._kernel(step)
        spec = self._spec(kernel)
        python = provenance.python_of(spec) if spec else sys.executable
        told = {"kernel": digest([kernel, spec.get("argv"), spec.get("env"), spec.get("metadata")])}
        if python is None:
            argv = spec.get("argv")
            return {**told, "program": digest(self._program(str(argv[0]) if isinstance(argv, list) and argv else ""))}
        place, version, packages = self._python(python)
        return {**told, "program": digest([place, version]), "packages": packages}

    def _kernel(self, step: Step) -> str | None:
        if step.id not in self._kernels:
            self._kernels[step.id] = provenance.kernel_of(step, self._sources)
        return self._kernels[step.id]

    def _spec(self, kernel: str | None) -> Mapping[str, Any]:
        return self._specs.get((kernel or "").lower(), {})

    def _python(self, python: str) -> list[str]:
        """Place, version and hash of the distributions of an interpreter."""
        if python not in self._pythons:
            place = _place(python)
            if place == _place(sys.executable):
                version, installed = sys.version, _installed()
            else:
                told = provenance.other(python)
                version, installed = str(told["python"]), told["distributions"]
            self._pythons[python] = [digest(place), version, digest(installed)]
        return self._pythons[python]

    def _program(self, name: str) -> list[Any]:
        """A program by its file; what R has installed by the names and times of its libraries."""
        found = shutil.which(name, path=self._environment.get("PATH", os.defpath)) or name
        real = os.path.realpath(found)
        return [
            real,
            _stamp(real),
            [_libraries(folder) for folder in _r_folders(self._environment)] if "R" in name else [],
        ]


def key_of(pipeline: str, node: str, parts: Parts) -> str:
    """The key of a node with these parts."""
    return digest([FORMAT, pipeline, node, parts])


def digest(value: Any) -> str:
    """The hash of a value of JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _place(python: str) -> list[str]:
    """Where an interpreter lies, by whichever of its names: an environment has several."""
    return [os.path.dirname(os.path.abspath(python)), os.path.realpath(python)]


def _installed() -> dict[str, str]:
    """What is installed for our own interpreter, whoever of us asks."""
    return provenance.distributions(path for path in sys.path if path.endswith(("site-packages", "dist-packages")))


def _stamp(path: str) -> list[int]:
    try:
        status = os.stat(path)
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns]


def _r_folders(environment: Mapping[str, str]) -> list[str]:
    named = [environment.get(name, "") for name in ("R_LIBS", "R_LIBS_USER", "R_LIBS_SITE")]
    return [*(folder for text in named for folder in text.split(":") if folder), *_R_LIBRARIES]


_R_LIBRARIES = ("/usr/local/lib/R/site-library", "/usr/lib/R/site-library", "/usr/lib/R/library")


def _libraries(folder: str) -> list[list[Any]]:
    try:
        return sorted([entry.name, entry.stat().st_mtime_ns] for entry in os.scandir(folder))
    except OSError:
        return []
