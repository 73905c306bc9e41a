"""How a notebook can end, as sentences.

Cells are counted as their author counts them: code cells of the source, from 1.
None is the cell that papermill put in for the parameters.
"""

from __future__ import annotations

import signal

from nbclient.exceptions import CellExecutionError

from .. import results
from ..jobs import Outcome, failure

NO_EARLY_END = "A notebook ends with its last cell. Raise an exception to make the node fail."


def cell_failed(cell: int | None, error: CellExecutionError) -> Outcome:
    """A cell raised."""
    name, text = str(error.ename), str(error.evalue)
    if name == "SystemExit":
        return ended_early(cell, f"sys.exit({text})")
    if name == "OSError" and text.startswith("[Errno 28]"):
        hint = "Free some space and run again."
        return failure("disk-full", f"{name}: {text}", hint, cell=cell, reason="disk-full")
    hint = f"{_place(cell)} raised it; the log has the traceback."
    return failure("cell-error", f"{name}: {text}" if text else name, hint, cell=cell)


def ended_early(cell: int | None, how: str) -> Outcome:
    """A cell asked the kernel to exit."""
    message = f"{_place(cell)} ended the notebook with {how}; the cells after it did not run."
    return failure("cell-exit", message, NO_EARLY_END, cell=cell)


def kernel_died(cell: int | None, status: int | None) -> Outcome:
    """The kernel's process ended while a cell ran; `status` as of a process, None if nobody knows."""
    if status is not None and status < 0:
        how, hint = f"signal {_signal_name(-status)}", "It may have needed more memory than there is."
    elif status is not None:
        how, hint = f"its process ended with exit code {status}", "Code in the cell ended it."
    else:
        how, hint = "its process is gone", ""
    place = _place(cell)
    message = f"The kernel was killed in {place[0].lower()}{place[1:]} ({how})."
    return failure("kernel-died", message, hint, cell=cell, exit_code=status, reason="killed")


def bad_results(problems: results.Problems) -> Outcome:
    """A result that cannot be kept."""
    name, text = problems[0]
    return failure(
        "result-not-json",
        f"The result {name} {text}." if name else f"The results {text}.",
        "Report numbers, texts, lists and objects; begin other names in the cell with _ to keep them out.",
    )


def _place(cell: int | None) -> str:
    return "The parameters" if cell is None else f"Cell {cell}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
