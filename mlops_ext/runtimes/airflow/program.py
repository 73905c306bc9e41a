"""The texts that go to Airflow: the DAG's program with its constant, and the runner.

Both are made of source files of this package, so that they are checked like all
others; neither is imported here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ...model import Json

_HERE = Path(__file__).parent
_TOP = _HERE.parent.parent
_CONSTANT = 'DOCUMENT = "{}"\n'
_SOURCES = 'SOURCES: "dict[str, str]" = {}\n'
_PACKAGES = ("", "runtimes/", "runtimes/local/", "runtimes/airflow/", "runtimes/airflow/worker/")
_MODULES = (
    "failpoints",
    "redaction",
    *(
        f"runtimes/local/{name}"
        for name in (
            "copying",
            "jobs",
            "kernel_main",
            "kernels",
            "launch",
            "lock",
            "messages",
            "monitor",
            "nodelog",
            "notebook/__init__",
            "notebook/client",
            "notebook/endings",
            "notebook/loading",
            "notebook/run",
            "nursery",
            "outputs",
            "reap",
            "results",
            "script",
            "verdicts",
            "warm",
            "worker",
        )
    ),
    *(f"runtimes/airflow/worker/{name}" for name in ("attempt", "sources", "stores")),
)


def dag_text(document: dict[str, Json]) -> str:
    """The program of a DAG: the same for all but for one constant, the JSON text of the document in ASCII."""
    # A string of JSON is a string of Python too as long as it is ASCII without backslashes of other kinds.
    constant = json.dumps(json.dumps(document, separators=(",", ":")))
    return _once(_source("runtimes/airflow/worker/dag_program"), _CONSTANT, f"DOCUMENT = {constant}\n")


@cache
def runner_text() -> str:
    """The runner: its beginning, and the modules that it carries."""
    carried = {f"mlops_ext/{folder}__init__.py": "" for folder in _PACKAGES}
    carried |= {f"mlops_ext/{name}.py": _source(name) for name in _MODULES}
    entries = "".join(f"    {json.dumps(name)}: {_quoted(carried[name])},\n" for name in sorted(carried))
    beginning = _once(
        _source("runtimes/airflow/worker/runner_main"), _SOURCES, f'SOURCES: "dict[str, str]" = {{\n{entries}}}\n'
    )
    return beginning + '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'


def _source(name: str) -> str:
    return (_TOP / f"{name}.py").read_text(encoding="utf-8")


def _once(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{old!r} is not there once")
    return text.replace(old, new)


def _quoted(text: str) -> str:
    """A text as a literal of Python that people can still read."""
    escaped = text.replace("\\", "\\\\").replace("'''", "\\'\\'\\'")
    return f"'''\\\n{escaped}'''"
