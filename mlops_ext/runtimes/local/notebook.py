"""Runs a notebook: papermill's parameters and client, our own eyes on what happens.

papermill's output is no evidence: a killed kernel's cell reads "completed" there.
So the loop over the cells is ours, and its verdict comes from the kernel's
replies, the kernel's process and the results. The executed notebook is written
whole or not at all, again and again while it runs, so that it can be opened at
the cell that fails.
"""

from __future__ import annotations

import ast
import asyncio
import keyword
import logging
import os
import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode, from_dict
from nbformat.v4 import nbjson, new_output
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager
from papermill.execute import prepare_notebook_metadata, remove_error_markers
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from traitlets import Any as AnyTrait

from . import results
from .jobs import Job, Outcome, Reports, failure
from .kernels import QuickManager, specifications
from .nodelog import NodeLog

SAVE_SECONDS = 1.0
PRINTED_LIMIT = 2 * 1024 * 1024
"""Bytes of printed text kept of one cell."""
SHOWN_LIMIT = 16 * 1024 * 1024
"""Bytes of pictures, tables and the like kept of one cell."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_FOREVER = 7 * 24 * 3600


class Record(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no types
    """papermill's bookkeeping of a notebook, written whole and without secrets."""

    def __init__(self, nb: NotebookNode, path: Path, log: NodeLog) -> None:
        self._log = log
        self._saved = 0.0
        super().__init__(nb, output_path=str(path), progress_bar=False, autosave_cell_every=5)

    def save(self, *, now: bool = False, **_: Any) -> None:
        """Writes the notebook, unless that was done a moment ago."""
        if not now and time.monotonic() - self._saved < SAVE_SECONDS:
            return
        self.last_save_time = self.now()
        shown = self._log.redactor.redact_json(self.nb)
        if shown is not self.nb:
            shown = from_dict(shown)  # type: ignore[no-untyped-call]  # nbformat has no types
        write_notebook(shown, Path(self.output_path), durable=now)
        self._saved = time.monotonic()


class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """papermill's client, with what a cell may show bounded and told to the log."""

    node_log = AnyTrait()

    def __init__(self, record: Record, node_log: NodeLog, **keywords: Any) -> None:
        super().__init__(record, on_cell_executed=self._executed, **keywords)
        self.node_log = node_log
        self.asked_to_exit = False
        self.begin_cell()

    def _executed(self, *, execute_reply: dict[str, Any], **_: Any) -> None:
        payload = execute_reply["content"].get("payload") or []
        self.asked_to_exit = any(entry.get("source") == "ask_exit" for entry in payload)

    def begin_cell(self) -> None:
        """Counts from zero what the next cell shows."""
        self._printed = 0
        self._shown = 0
        self._noted = False

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Keeps what is within bounds, and joins what was printed in pieces."""
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            self.node_log.write(content["text"])
            content = self._bounded_text(content)
            if content is None or _joined(cell, content):
                return None
            msg = {**msg, "content": content}
        elif kind in ("display_data", "execute_result", "update_display_data"):
            data = content.get("data", {})
            if kind != "update_display_data" and isinstance(data.get("text/plain"), str):
                self.node_log.write(data["text/plain"].rstrip("\n") + "\n")
            self._shown += sum(len(value) if isinstance(value, str) else len(str(value)) for value in data.values())
            if self._shown > SHOWN_LIMIT:
                self._note(cell, SHOWN_LIMIT)
                return None
        elif kind == "error":
            self.node_log.note("\n".join(content.get("traceback") or [f"{content['ename']}: {content['evalue']}"]))
        elif kind == "clear_output":
            self.begin_cell()
        shown: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return shown

    def _bounded_text(self, content: dict[str, Any]) -> dict[str, Any] | None:
        room = PRINTED_LIMIT - self._printed
        self._printed += len(content["text"])
        if self._printed <= PRINTED_LIMIT:
            return content
        return {**content, "text": content["text"][:room] + self._cut_note(PRINTED_LIMIT)} if room > 0 else None

    def _note(self, cell: NotebookNode, limit: int) -> None:
        if not self._noted:
            self._noted = True
            note = new_output("stream", name="stderr", text=self._cut_note(limit).lstrip("\n"))  # type: ignore[no-untyped-call]  # nbformat has none
            cell.outputs.append(note)

    def _cut_note(self, limit: int) -> str:
        return f"\n[mlops] This cell showed more than {limit // 1024 // 1024} MB; the rest is left out.\n"


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
        loaded = self._load()
        if isinstance(loaded, Outcome):
            return loaded
        notebook, kernel_name = loaded
        record = Record(notebook, self.job.notebook, self.log)
        record.notebook_start()
        self.client = Client(
            record,
            self.log,
            kernel_name=kernel_name,
            kernel_manager_class=QuickManager,
            timeout=None,
            iopub_timeout=_FOREVER,
            startup_timeout=120,
            raise_on_iopub_timeout=True,
            log=_quiet(),
        )
        try:
            outcome = await self._run_cells(self.client, notebook, output)
        finally:
            record.notebook_complete()
            record.save(now=True)
        return outcome

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

    # -- before --------------------------------------------------------------------------

    def _load(self) -> tuple[NotebookNode, str] | Outcome:
        """The notebook with its parameters, and the kernel's name."""
        try:
            # A copy with a name of ours: papermill formats braces and fetches URLs in names.
            self.job.notebook.write_bytes(self.job.source.read_bytes())
            notebook = load_notebook_node(str(self.job.notebook))
        except OSError:
            raise
        except Exception as error:
            return failure(
                "not-a-notebook",
                f"{self.job.path} is no notebook that can be read: {_first_line(error)}",
                "Open and save it in JupyterLab.",
            )
        metadata = notebook.metadata.get("kernelspec", {})
        kernel_name = self.job.kernel or metadata.get("name") or "python3"
        try:
            language = specifications().get_kernel_spec(kernel_name).language
        except NoSuchKernel:
            return failure(
                "unknown-kernel",
                f"There is no kernel {kernel_name} here.",
                "Install it, or choose another one for the node.",
            )
        notebook = remove_error_markers(notebook)
        self.cells = sum(1 for cell in notebook.cells if cell.cell_type == "code" and not _is_injected(cell))
        if self.job.parameters:
            problem, notebook = self._parameterize(notebook, kernel_name, language)
            if problem is not None:
                return problem
        notebook = prepare_notebook_metadata(notebook, self.job.path, "notebook.ipynb")
        return notebook, kernel_name

    def _parameterize(
        self, notebook: NotebookNode, kernel_name: str, language: str
    ) -> tuple[Outcome | None, NotebookNode]:
        for name in self.job.parameters:
            if not _NAME.fullmatch(name) or keyword.iskeyword(name):
                return failure("bad-parameter", f"{name!r} cannot be the name of a parameter."), notebook
        try:
            notebook = parameterize_notebook(
                notebook, dict(self.job.parameters), kernel_name=kernel_name, language=language
            )
        except Exception as error:
            return failure(
                "bad-parameter", f"The parameters cannot be written for the kernel {kernel_name}: {_first_line(error)}"
            ), notebook
        added = next(cell for cell in notebook.cells if _is_injected(cell))
        if language.lower() == "python" and not _only_literals(added.source, set(self.job.parameters)):
            return failure("bad-parameter", "The parameters cannot be written as plain assignments."), notebook
        return None, notebook

    # -- while it runs -------------------------------------------------------------------

    async def _run_cells(self, client: Client, notebook: NotebookNode, output: int) -> Outcome:
        try:
            manager = client.create_kernel_manager()
            if self.keeper is not None:
                manager.use(self.keeper, self.job.warm, self.job.own_env)
            await client.async_start_new_kernel(
                env=dict(self.job.env), cwd=str(self.job.cwd), stdout=output, stderr=output
            )
            self.reports.send(kernel=_pid(client))
            await client.async_start_new_kernel_client()
        except Exception as error:
            await self._close(client, graceful=False)
            return _not_started(client.kernel_name, error)
        graceful = False
        try:
            ended = await self._each_cell(client, notebook)
            if ended is None:
                graceful = True
                await self._language(client, notebook)
        finally:
            await self._close(client, graceful=graceful)
        return ended or self._verdict()

    async def _each_cell(self, client: Client, notebook: NotebookNode) -> Outcome | None:
        """Runs the cells one after the other; the outcome if one of them ends it."""
        number = 0
        for index, cell in enumerate(notebook.cells):
            code = cell.cell_type == "code"
            own = code and not _is_injected(cell)
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
                    return self._exited("exit()")
            except CellExecutionError as error:
                record.cell_exception(cell, index, exception=error)
                return self._cell_failed(error)
            except DeadKernelError as error:
                record.cell_exception(cell, index, exception=error)
                return await self._kernel_died(client)
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

    async def _language(self, client: Client, notebook: NotebookNode) -> None:
        """What kernel it was, for whoever shows the notebook."""
        reply = await asyncio.wait_for(client.async_wait_for_reply(client.kc.kernel_info()), 10)
        if reply is not None and "language_info" in reply["content"]:
            notebook.metadata["language_info"] = reply["content"]["language_info"]
        client.set_widgets_metadata()

    # -- how it ended --------------------------------------------------------------------

    def _verdict(self) -> Outcome:
        values, problems = results.read_lines(self.job.results_file)
        self.values.update(values)
        self.problems += problems
        if self.problems:
            name, text = self.problems[0]
            subject = f"The result {name}" if name else "The results"
            return failure(
                "result-not-json",
                f"{subject} {text}.",
                "Report numbers, texts, lists and objects; begin other names in the cell with _ to keep them out.",
                results=self.values,
            )
        return Outcome("succeeded", results=self.values)

    def _cell_failed(self, error: CellExecutionError) -> Outcome:
        name, text = str(error.ename), str(error.evalue)
        if name == "SystemExit":
            return self._exited(f"sys.exit({text})")
        full = name == "OSError" and text.startswith("[Errno 28]")
        return failure(
            "disk-full" if full else "cell-error",
            f"{name}: {text}" if text else name,
            "Free some space and run again." if full else f"{self._place()} raised it; the log has the traceback.",
            cell=self.cell,
            reason="disk-full" if full else "error",
            results=self.values,
        )

    def _exited(self, how: str) -> Outcome:
        message = f"{self._place()} ended the notebook with {how}; the cells after it did not run."
        self.log.note(f"[mlops] {message}")
        return failure(
            "cell-exit",
            message,
            "A notebook ends with its last cell. Raise an exception to make the node fail.",
            cell=self.cell,
            results=self.values,
        )

    async def _kernel_died(self, client: Client) -> Outcome:
        status = await _exit_status(client)
        if status is not None and status < 0:
            how, hint = f"signal {_signal_name(-status)}", "It may have needed more memory than there is."
        elif status is not None:
            how, hint = f"its process ended with exit code {status}", "Code in the cell ended it."
        else:
            how, hint = "its process is gone", ""
        self.log.note(f"[mlops] The kernel was killed in {self._place('cell')} ({how}).")
        return failure(
            "kernel-died",
            f"The kernel was killed in {self._place('cell')} ({how}).",
            hint,
            cell=self.cell,
            exit_code=status,
            reason="killed",
            results=self.values,
        )

    def _place(self, word: str = "Cell") -> str:
        return f"{word} {self.cell}" if self.cell is not None else f"{'The' if word == 'Cell' else 'the'} parameters"

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


def write_notebook(notebook: NotebookNode, path: Path, *, durable: bool = False) -> None:
    """Writes a notebook so that whoever opens it finds a whole one."""
    text = nbjson.writes(notebook)  # type: ignore[no-untyped-call]  # nbformat has no types
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    partial.replace(path)


def _joined(cell: NotebookNode, content: dict[str, Any]) -> bool:
    """Adds printed text to what the same stream printed just before."""
    last = cell.outputs[-1] if cell.outputs else None
    if last is None or last.output_type != "stream" or last.name != content["name"]:
        return False
    last.text += content["text"]
    return True


def _is_injected(cell: NotebookNode) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", [])


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


def _not_started(kernel_name: str, error: Exception) -> Outcome:
    return failure("kernel-not-started", f"The kernel {kernel_name} did not start: {_first_line(error)}")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:500]


def _pid(client: Client) -> int | None:
    process = getattr(client.km.provisioner, "process", None)
    return process.pid if process is not None else None


async def _exit_status(client: Client) -> int | None:
    """How the kernel's process ended, as soon as that is known."""
    provisioner = client.km.provisioner
    for _ in range(50):
        status = await provisioner.poll() if provisioner is not None and provisioner.has_process else None
        if status is not None:
            return int(status)
        await asyncio.sleep(0.01)
    return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _quiet() -> logging.Logger:
    """What the libraries tell goes nowhere: it would quote what cells print."""
    logger = logging.getLogger("mlops_ext.quiet")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
