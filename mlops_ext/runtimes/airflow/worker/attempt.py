"""One attempt of one node on a worker of Airflow, from its job to its outcome.

This process prepares the folder, watches the worker that runs the node, and looks
at the outputs when that is over. The worker is a fork made before anything else
was imported: the same program as on the user's own machine (runtimes/local), so
that states, reasons and sentences are the same. When the input of this process
ends or it is asked to end, the node is ended with all that it started.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ...local import outputs, reap, verdicts
from ...local.jobs import Job, Outcome, failure
from .sources import PackageError, lay_out
from .stores import Store, StoreError, run_folder

HIDDEN = ("JUPYTER", "JPY", "MLOPS_", "AIRFLOW", "_AIRFLOW", "__AIRFLOW")
"""Variables that are none of a node's business begin so."""
STOP_SECONDS = 7.0
READY_SECONDS = 120.0
LOOK_SECONDS = 0.25
CELL_SECONDS = 1.0
LAST_LIMIT = 64 * 1024 * 1024


def main(job: Mapping[str, Any]) -> int:
    """Does the job; the outcome lies in outcome.json of its scratch folder afterwards."""
    attempt = Attempt(job)
    parent = os.getppid()
    try:
        outcome = attempt.recall() if job["action"] == "recall" else attempt.run()
    except StoreError as error:
        outcome = attempt.document(_no_store(error), {})
    _write(attempt.scratch / "outcome.json", outcome)
    if os.getppid() != parent:
        # Who would read it, and remove the folder, is gone.
        shutil.rmtree(attempt.scratch, ignore_errors=True)
    return 0 if outcome["state"] != "failed" else 1


class Attempt:
    """The job, its folders and its worker."""

    def __init__(self, job: Mapping[str, Any]) -> None:
        self.job = job
        self.step: Mapping[str, Any] = job["step"]
        self.scratch = Path(job["scratch"])
        self.store = Store(job["files"]["url"], job["files"]["connection"])
        self.place = f"{run_folder(job['run'])}/{job['node']}/{job['attempt']}"
        self.top: str = job["dag"]
        self.began = time.monotonic()
        self.cell: tuple[int, int] | None = None
        self._told = 0.0
        self._shown = 0
        local = self.store.folder
        self.folder = local / self.top / self.place if local is not None else self.scratch / "attempt"

    def recall(self) -> dict[str, Any]:
        """What the node gave the last time that it ran, for those behind it."""
        data = self.store.read(f"{self.top}/.last/{self.job['node']}.json", LAST_LIMIT)
        last = json.loads(data) if data else {}
        outcome = self.document(
            Outcome("skipped", "disabled", results=last.get("results", {})), last.get("outputs", {})
        )
        return {**outcome, "notebook": None, "store": last.get("store")}

    def run(self) -> dict[str, Any]:
        """Prepares, runs, looks at the outputs, keeps what there is to keep."""
        try:
            self._make_folder()
            outcome, made = self._outcome()
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            outcome, made = verdicts.disk_full(), {}
        try:
            document = self.document(outcome, made)
            self._keep(document)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            document = self.document(verdicts.disk_full(), {})
        except StoreError as error:
            self._say(str(error))
            if outcome.state == "succeeded":
                document = self.document(_no_store(error), {})
        return document

    def document(self, outcome: Outcome, made: Mapping[str, Any]) -> dict[str, Any]:
        """The outcome as XCom and node.json have it."""
        cell, cells = self.cell or (None, None)
        return {
            "version": 1,
            "state": outcome.state,
            "reason": outcome.reason,
            "results": dict(outcome.results),
            "outputs": dict(made),
            "error": outcome.error,
            "cell": cell,
            "cells": cells,
            "notebook": "notebook.ipynb" if (self.folder / "notebook.ipynb").is_file() else None,
            "package": self.job["package"],
            "attempt": self.job["attempt"],
            "seconds": round(time.monotonic() - self.began, 3),
            "store": self.place,
        }

    def _make_folder(self) -> None:
        if self.store.folder is None:
            self.folder.mkdir(parents=True)
            # Better to hear now than after hours that nothing can be kept.
            self.store.write(f"{self.top}/{self.place}/cell.json", b"{}")
            return
        self.store.check()
        try:
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise StoreError(f"The file store {self.store.url} cannot be written: {error.strerror}.") from None

    def _outcome(self) -> tuple[Outcome, dict[str, Any]]:
        if importlib.util.find_spec("papermill") is None:
            hint = "Install it there, or name another interpreter as `python` of the runtime."
            return failure("no-papermill", f"papermill is not installed in {sys.executable}; nodes need it.", hint), {}
        stop = _Stop()
        worker = Worker()
        work = self.scratch / "work"
        try:
            try:
                lay_out(self.job, self.store, self.scratch)
            except PackageError as error:
                return failure("package", str(error), "Deliver the pipeline again."), {}
            outcome = self._watch(worker, stop, work)
        finally:
            worker.end()
            reap.end_below(os.getpid(), [self._marks], grace=0.3)
            self._show()
        if outcome.state != "succeeded":
            return outcome, {}
        absent = outputs.missing(work, self.step["outputs"])
        if absent:
            outcome = verdicts.output_missing(self.job["pipeline"], absent, outcome.results)
            self._say(f"[mlops] {outcome.error['message']}" if outcome.error else "")
            return outcome, {}
        found = outputs.record(work, self.step["outputs"], self.folder / "outputs", limit=None)
        return outcome, {outputs.shown_name(self.job["pipeline"], name): entry for name, entry in found.items()}

    def _watch(self, worker: Worker, stop: _Stop, work: Path) -> Outcome:
        """Follows the worker's reports until it has ended, or has to."""
        timeout = self.step["timeout"]
        deadline, began, ending = None, False, None
        while True:
            readable, _, _ = select.select([worker.reports, *stop.descriptors], [], [], LOOK_SECONDS)
            self._show()
            now = time.monotonic()
            for report in worker.read() if worker.reports in readable else ():
                if "ready" in report:
                    worker.send(self._worker_job(work).line())
                    began, deadline = True, None if timeout is None else now + timeout
                elif "cell" in report:
                    self._progress(report["cell"], report["cells"])
                elif "done" in report and ending is None:
                    worker.outcome = Outcome.read(report["done"])
            if worker.gone:
                return ending or worker.outcome or verdicts.died()
            if ending is None and stop.asked(readable):
                ending = failure("stopped", "The node was stopped.", reason="killed")
            elif ending is None and deadline is not None and now > deadline:
                ending = verdicts.timed_out(timeout)
            elif ending is None and not began and now - self.began > READY_SECONDS:
                ending = failure("not-started", "The worker's modules could not be imported in time.")
            elif ending is not None and now > worker.end_by:
                return ending
            if ending is not None:
                worker.stop()

    def _worker_job(self, work: Path) -> Job:
        step, secrets = self.step, set(self.job["secrets"])
        base = {
            name: value for name, value in os.environ.items() if not name.startswith(HIDDEN) and value not in secrets
        }
        path = step["path"] or ""
        return Job(
            run=self._marks["MLOPS_RUN_ID"],
            node=self.job["node"],
            attempt=self.job["attempt"],
            type=step["type"],
            path=path,
            folder=self.folder,
            source=self.scratch / "source" / path,
            original=work / path,
            cwd=work / step["cwd"],
            scratch=self.scratch / "k",
            kernel=step["kernel"],
            parameters=self.job["parameters"],
            env={**base, **self.job["env"], **self._marks, "MLOPS_RESULTS": str(self.folder / "results.jsonl")},
            own_env=sorted(self.job["env"]),
            secrets=sorted(secrets),
        )

    @property
    def _marks(self) -> dict[str, str]:
        run = self.job["run"].removeprefix("mlops__")
        return {"MLOPS_RUN_ID": run, "MLOPS_NODE": self.job["node"], "MLOPS_ATTEMPT": str(self.job["attempt"])}

    def _progress(self, cell: int, cells: int) -> None:
        self.cell = (cell, cells)
        if self.store.folder is None or time.monotonic() - self._told < CELL_SECONDS:
            return
        self._told = time.monotonic()
        _write(self.folder / "cell.json", {"cell": cell, "cells": cells})

    def _show(self) -> None:
        """Brings what is new in the log to whoever started this process."""
        try:
            with (self.folder / "log.txt").open("rb") as file:
                file.seek(self._shown)
                data = file.read()
        except OSError:
            return
        self._shown += len(data)
        self._print(data)

    def _print(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(1, data) :]
        except OSError:
            return  # nobody listens any more; the log has it

    def _say(self, text: str) -> None:
        """A line of ours, in the log too."""
        data = text.encode("utf-8", "replace") + b"\n"
        try:
            with (self.folder / "log.txt").open("ab") as file:
                file.write(data)
        except OSError:
            pass
        self._shown += len(data)
        self._print(data)

    def _keep(self, document: Mapping[str, Any]) -> None:
        """What there is, to the store; the outcome last, for it says that the rest is there."""
        error = document["error"]
        if not (self.folder / "log.txt").exists():
            self._say(f"[mlops] {error['message']}" if error else "")
        if self._shown == 0:
            self._show()
        for leftover in ("results.jsonl", "parameters.json"):
            (self.folder / leftover).unlink(missing_ok=True)
        top = f"{self.top}/{self.place}"
        if self.store.folder is None:
            for name in ("notebook.ipynb", "log.txt", "outputs"):
                if (self.folder / name).exists():
                    self.store.put(self.folder / name, f"{top}/{name}")
        data = _bytes(document)
        self.store.write(f"{top}/node.json", data)
        if document["state"] == "succeeded":
            self.store.write(f"{self.top}/.last/{self.job['node']}.json", data)


class Worker:
    """The fork that runs the node, as this process sees it."""

    def __init__(self) -> None:
        reap.become_subreaper()
        orders, self._orders = os.pipe()
        self.reports, reports = os.pipe()
        self.outcome: Outcome | None = None
        self.gone = False
        self.end_by = float("inf")
        self._rest = b""
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            _become_worker(orders, reports, [self._orders, self.reports])
        os.close(orders)
        os.close(reports)

    def send(self, data: bytes) -> None:
        """Gives it its job."""
        try:
            while data:
                data = data[os.write(self._orders, data) :]
        except OSError:
            return  # the end of its reports says the same

    def read(self) -> list[dict[str, Any]]:
        """What it reports now; `gone` when there will be no more."""
        data = os.read(self.reports, 1 << 20)
        self.gone = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def stop(self) -> None:
        """Asks it to end the node; asked twice is asked once."""
        if self._orders >= 0:
            os.close(self._orders)
            self._orders = -1
            self.end_by = time.monotonic() + STOP_SECONDS

    def end(self) -> None:
        """It is gone afterwards."""
        self.stop()
        if not self.gone:
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            pass


def _become_worker(orders: int, reports: int, others: list[int]) -> NoReturn:
    """Never returns."""
    code = 1
    try:
        for descriptor in others:
            os.close(descriptor)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        from ...local import worker
        from ...local.jobs import Reports

        told = Reports(reports)
        worker.settle()
        worker.preheat()
        told.send(ready=True)
        code = worker.work(worker.Orders(orders), told)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


class _Stop:
    """Whether this process was asked to end: by a signal, or by the end of its input."""

    def __init__(self) -> None:
        signalled, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: None)
        self.descriptors = [signalled, 0]

    def asked(self, readable: list[int]) -> bool:
        """Looks at what can be read."""
        found = [descriptor for descriptor in self.descriptors if descriptor in readable]
        self.descriptors = [descriptor for descriptor in self.descriptors if descriptor not in found]
        return bool(found)


def _no_store(error: StoreError) -> Outcome:
    hint = "Check `files` of the runtime, its connection, and the rights of Airflow's workers. A folder must be there."
    return failure("file-store", str(error), hint)


def _bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _write(path: Path, document: Mapping[str, Any]) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(_bytes(document))
    partial.replace(path)
