"""One attempt at a notebook.

papermill's output is no evidence: a killed kernel's cell reads "completed" there.
So the loop over the cells is ours, and its verdict comes from the kernel's
replies, the kernel's process and the results.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from dataclasses import replace
from typing import Any

from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from .. import results
from ..jobs import Job, Outcome, Reports, failure
from ..kernels import QuickManager
from ..nodelog import NodeLog
from .client import Client, Record
from .endings import bad_results, cell_failed, ended_early, kernel_died
from .loading import first_line, is_injected, load

_FOREVER = 7 * 24 * 3600
START_SECONDS = 120.0
"""How long a kernel may take until it is ready; MLOPS_KERNEL_SECONDS is another."""


class NotebookRun:
    """One attempt at a notebook, in the loop of its worker."""

    def __init__(self, job: Job, log: NodeLog, reports: Reports, keeper: socket.socket | None = None) -> None:
        self.job = job
        self.keeper = keeper
        self.log = log
        self.reports = reports
        self.client: Client | None = None
        self.cell: int | None = None
        self.cells = 0
        self.values: dict[str, Any] = {}
        self.problems: results.Problems = []

    async def run(self, output: int) -> Outcome:
        """From the snapshot to the outcome; `output` is where the kernel's process prints."""
        loaded = load(self.job)
        if isinstance(loaded, Outcome):
            return loaded
        self.cells = loaded.cells
        record = Record(loaded.notebook, self.job.notebook, self.log)
        record.notebook_start()
        self.client = Client(
            record,
            self.log,
            kernel_name=loaded.kernel,
            kernel_manager_class=QuickManager,
            timeout=None,
            iopub_timeout=_FOREVER,
            startup_timeout=start_seconds(),
            raise_on_iopub_timeout=True,
            log=_quiet(),
        )
        try:
            outcome = await self._run_cells(self.client, loaded.notebook, output)
        finally:
            record.notebook_complete()
            record.save(now=True)
        return self._with_results(outcome)

    async def interrupt(self) -> None:
        """Asks the kernel to stop what it does."""
        manager = self.client.km if self.client is not None else None
        if manager is not None and manager.has_kernel:
            await manager.interrupt_kernel()

    async def signal(self, signum: int) -> None:
        """Signals the kernel and its group."""
        manager = self.client.km if self.client is not None else None
        if manager is not None and manager.has_kernel:
            await manager.signal_kernel(signum)

    async def _run_cells(self, client: Client, notebook: NotebookNode, output: int) -> Outcome:
        try:
            manager = client.create_kernel_manager()
            manager.connections = self.job.scratch
            if self.keeper is not None:
                manager.use(self.keeper, self.job.warm, self.job.env)
            await client.async_start_new_kernel(
                env=dict(self.job.env), cwd=str(self.job.cwd), stdout=output, stderr=output
            )
            await client.async_start_new_kernel_client()
            if client.kc.language:
                # For whoever opens the notebook, also while it runs.
                notebook.metadata["language_info"] = client.kc.language
        except Exception as error:
            await self._close(client, graceful=False)
            message = f"The kernel {client.kernel_name} did not start: {first_line(error)}"
            return failure("kernel-not-started", message)
        graceful = False
        try:
            ended = await self._each_cell(client, notebook)
            if ended is None:
                graceful = True
                client.set_widgets_metadata()
        finally:
            await self._close(client, graceful=graceful)
        return ended or Outcome("succeeded")

    async def _each_cell(self, client: Client, notebook: NotebookNode) -> Outcome | None:
        """Runs the cells one after the other; the outcome if one of them ends it."""
        number = 0
        for index, cell in enumerate(notebook.cells):
            code = cell.cell_type == "code"
            own = code and not is_injected(cell)
            number += own
            self.cell = number if own else None
            if own:
                self.reports.progress(number, self.cells)
                if self.cells > 1:
                    self.log.write(f"[cell {number} of {self.cells}]\n")
            client.begin_cell()
            record = client.nb_man
            try:
                record.cell_start(cell, index)
                await client.async_execute_cell(cell, index)
                if code and "results" in cell.metadata.get("tags", []):
                    await self._read_results(client, cell.source)
                if client.asked_to_exit:
                    record.cell_exception(cell, index)
                    return ended_early(self.cell, "exit()")
            except CellExecutionError as error:
                record.cell_exception(cell, index, exception=error)
                return cell_failed(self.cell, error)
            except DeadKernelError as error:
                record.cell_exception(cell, index, exception=error)
                return kernel_died(self.cell, await _exit_status(client))
            finally:
                record.cell_complete(cell, index)
        return None

    async def _read_results(self, client: Client, source: str) -> None:
        """What a cell tagged `results` assigned, read without a trace in the kernel."""
        language = (client.km.kernel_spec.language if client.km.kernel_spec else "").lower()
        names = results.assigned_names(source)
        if language != "python" or not names:
            return
        message = client.kc.execute(
            "",
            silent=True,
            store_history=False,
            user_expressions={"results": results.kernel_expression(names)},
            allow_stdin=False,
        )
        reply = await client.async_wait_for_reply(message)
        expression = (reply or {}).get("content", {}).get("user_expressions", {}).get("results", {})
        values, problems = results.read_reply(expression)
        self.values.update(values)
        self.problems += problems

    def _with_results(self, outcome: Outcome) -> Outcome:
        """The outcome with what was reported; what cannot be kept makes a success a failure."""
        values, problems = results.read_lines(self.job.results_file)
        self.values.update(values)
        self.problems += problems
        if outcome.state == "succeeded" and self.problems:
            outcome = bad_results(self.problems)
        return replace(outcome, results=self.values)

    async def _close(self, client: Client, *, graceful: bool) -> None:
        """Ends the kernel: with time for its exit handlers after success, at once otherwise."""
        manager, channel = client.km, client.kc
        if manager is None:
            return
        try:
            if manager.has_kernel and await manager.is_alive():
                await manager.shutdown_kernel(now=not graceful)
            elif manager.has_kernel:
                await manager.provisioner.wait()
        except RuntimeError as error:
            logging.getLogger(__name__).debug("shutdown: %s", error)
        finally:
            await manager.cleanup_resources()
            if channel is not None:
                channel.stop_channels()


def start_seconds() -> float:
    """How long a kernel may take until it is ready."""
    try:
        return float(os.environ.get("MLOPS_KERNEL_SECONDS", ""))
    except ValueError:
        return START_SECONDS


async def _exit_status(client: Client) -> int | None:
    """How the kernel's process ended, as soon as that is known."""
    provisioner = client.km.provisioner
    for _ in range(50):
        status = await provisioner.poll() if provisioner is not None and provisioner.has_process else None
        if status is not None:
            return int(status)
        await asyncio.sleep(0.01)
    return None


def _quiet() -> logging.Logger:
    """What the libraries tell goes nowhere: it would quote what cells print."""
    logger = logging.getLogger("mlops_ext.quiet")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
