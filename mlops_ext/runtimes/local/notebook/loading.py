"""A notebook as it will run: read from its snapshot, parameters put in.

Names and values of parameters come from a pipeline and become code here, so both
are looked at again: names must be names, and what papermill wrote must be nothing
but assignments of literals.
"""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass

from jupyter_client.kernelspec import NoSuchKernel
from nbformat import NotebookNode
from papermill.execute import prepare_notebook_metadata, remove_error_markers
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from ..jobs import Job, Outcome, failure
from ..kernels import specifications

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True)
class Loaded:
    """A notebook that can run."""

    notebook: NotebookNode
    kernel: str
    cells: int
    """Code cells of its author."""


def load(job: Job) -> Loaded | Outcome:
    """The notebook with its parameters, or why there is none."""
    try:
        # A copy with a name of ours: papermill formats braces and fetches URLs in names.
        job.notebook.write_bytes(job.source.read_bytes())
        notebook = load_notebook_node(str(job.notebook))
    except OSError:
        raise
    except Exception as error:
        return failure(
            "not-a-notebook",
            f"{job.path} is no notebook that can be read: {first_line(error)}",
            "Open and save it in JupyterLab.",
        )
    kernel = job.kernel or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    try:
        language = specifications().get_kernel_spec(kernel).language
    except NoSuchKernel:
        return failure(
            "unknown-kernel", f"There is no kernel {kernel} here.", "Install it, or choose another one for the node."
        )
    notebook = remove_error_markers(notebook)
    cells = sum(1 for cell in notebook.cells if cell.cell_type == "code" and not is_injected(cell))
    if job.parameters:
        parameterized = _parameterize(job, notebook, kernel, language)
        if isinstance(parameterized, Outcome):
            return parameterized
        notebook = parameterized
    return Loaded(prepare_notebook_metadata(notebook, job.path, "notebook.ipynb"), kernel, cells)


def is_injected(cell: NotebookNode) -> bool:
    """Whether papermill put the cell in."""
    return "injected-parameters" in cell.metadata.get("tags", [])


def first_line(error: BaseException) -> str:
    """What an error says, short enough for a sentence."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:500]


def _parameterize(job: Job, notebook: NotebookNode, kernel: str, language: str) -> NotebookNode | Outcome:
    for name in job.parameters:
        if not _NAME.fullmatch(name) or keyword.iskeyword(name):
            return failure("bad-parameter", f"{name!r} cannot be the name of a parameter.")
    try:
        notebook = parameterize_notebook(notebook, dict(job.parameters), kernel_name=kernel, language=language)
    except Exception as error:
        return failure(
            "bad-parameter", f"The parameters cannot be written for the kernel {kernel}: {first_line(error)}"
        )
    added = next(cell for cell in notebook.cells if is_injected(cell))
    if language.lower() == "python" and not _only_literals(added.source, set(job.parameters)):
        return failure("bad-parameter", "The parameters cannot be written as plain assignments.")
    return notebook


def _only_literals(source: str, names: set[str]) -> bool:
    """Whether Python code is nothing but assignments of literals to these names."""
    try:
        tree = ast.parse(source)
        assigned = set()
        for statement in tree.body:
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                return False
            assigned.add(statement.targets[0].id)
            ast.literal_eval(statement.value)
    except (ValueError, SyntaxError, RecursionError):
        return False
    return assigned <= names
