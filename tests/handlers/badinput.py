"""What people get wrong, and the words that they must be told: the same on the command line and in the API."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.handlers.served import notebook


def one(path: str, **fields: Any) -> dict[str, Any]:
    """A pipeline of one notebook."""
    return {"version": 1, "nodes": {"load": {"type": "notebook", "path": path, **fields}}}


@dataclass(frozen=True)
class Bad:
    """A pipeline that is refused, or a node that fails."""

    document: dict[str, Any]
    code: str
    """Of the issue, or of the node's error."""
    words: str
    """In the sentence."""
    pointer: str = "/nodes/load/path"
    """Where the issue is."""
    parameters: dict[str, Any] = field(default_factory=dict)


_TYPED = {
    **one("parameter.ipynb", parameters={"rows": {"from": "parameters.rows"}}),
    "parameters": {"rows": {"type": "integer"}},
}
_ROUND = {
    "version": 1,
    "nodes": {name: {"type": "notebook", "path": "good.ipynb"} for name in ("load", "train", "report")},
    "edges": [{"from": a, "to": b} for a, b in (("load", "train"), ("train", "report"), ("report", "load"))],
}

REFUSED = {
    "a missing notebook": Bad(one("none.ipynb"), "missing-file", "Node load: 'none.ipynb'"),
    "a path above the workspace": Bad(one("../outside.ipynb"), "outside-workspace", "Node load: '../outside.ipynb'"),
    "an absolute path": Bad(one("/outside.ipynb"), "outside-workspace", "Node load: '/outside.ipynb'"),
    "a link that leads out": Bad(one("link.ipynb"), "outside-workspace", "Node load: 'link.ipynb'"),
    "a cycle": Bad(_ROUND, "cycle", "load → train → report → load", "/nodes/load"),
    "an unknown kernel": Bad(one("good.ipynb", kernel="none-9"), "unknown-kernel", "'none-9'", "/nodes/load/kernel"),
    "a parameter of the wrong type": Bad(
        _TYPED, "parameter-type", "Parameter rows", "/parameters/rows", {"rows": "many"}
    ),
    "a value of the wrong type": Bad(one("parameter.ipynb", retries="two"), "schema", "retries", "/nodes/load/retries"),
    "a notebook that is not JSON": Bad(one("text.ipynb"), "not-a-notebook", "Node load: 'text.ipynb'"),
}

FAILS = {
    "a cell that raises": Bad(one("raises.ipynb"), "cell-error", "KeyError: 'age'"),
    "a cell that calls exit": Bad(one("exits.ipynb"), "cell-exit", "Cell 1 ended the notebook with exit()"),
    "a cell that is killed": Bad(one("killed.ipynb"), "kernel-died", "The kernel was killed in cell 1"),
}


def write(folder: Path, bad: Bad) -> Path:
    """The pipeline and all that any of them speaks of."""
    folder.mkdir(parents=True, exist_ok=True)
    cells = {
        "good": ("1",),
        "raises": ("{}['age']",),
        "exits": ("exit()", "open('reached', 'w')"),
        "killed": ("import os; os.kill(os.getpid(), 9)",),
    }
    for name, sources in cells.items():
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook(*sources)))
    (folder / "parameter.ipynb").write_text(json.dumps(notebook("rows = 1", tags=("parameters",))))
    (folder / "text.ipynb").write_text("This is a letter.\n")
    (folder.parent / "outside.ipynb").write_text(json.dumps(notebook("1")))
    os.symlink("../outside.ipynb", folder / "link.ipynb")
    path = folder / "bad.pipeline"
    path.write_text(json.dumps(bad.document))
    return path
