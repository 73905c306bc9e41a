"""Writes small pipelines of real notebooks and scripts, and runs them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlops_ext.paths import Workspace, workspace_at
from mlops_ext.runtimes.local import reap, scratch
from mlops_ext.runtimes.local.lock import MARK, Lock, mark_of
from mlops_ext.store import Store, fold
from mlops_ext.submit import cancel, submit

OVER = ("succeeded", "failed", "cancelled")
Cell = str | tuple[str, str]


def notebook_document(*cells: Cell, kernel: str | None = "python3") -> dict[str, Any]:
    """A notebook; a cell is its text, or its text and a tag."""
    metadata: dict[str, Any] = {}
    if kernel is not None:
        metadata["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": metadata,
        "cells": [
            {
                "id": f"c{number}",
                "cell_type": "code",
                "execution_count": None,
                "metadata": {} if isinstance(cell, str) else {"tags": [cell[1]]},
                "outputs": [],
                "source": cell if isinstance(cell, str) else cell[0],
            }
            for number, cell in enumerate(cells)
        ],
    }


class Lab:
    """A workspace, and folders in it for one test each."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / ".mlops").mkdir()
        self.workspace: Workspace = workspace_at(folder)
        self._count = 0

    def folder(self) -> Folder:
        """A fresh folder for the files of a pipeline."""
        self._count += 1
        path = self.workspace.folder / f"t{self._count}"
        path.mkdir()
        return Folder(self, path)

    def store(self) -> Store:
        return Store.open(self.workspace)

    def run(self, run_id: str) -> dict[str, Any]:
        with self.store() as store:
            return store.run(run_id)

    def until(self, run_id: str, holds: Callable[[dict[str, Any]], bool], seconds: float = 60.0) -> dict[str, Any]:
        """The run once something holds of it."""
        deadline = time.monotonic() + seconds
        with self.store() as store:
            while True:
                document = store.run(run_id)
                if holds(document):
                    return document
                if time.monotonic() > deadline:
                    raise AssertionError(f"not within {seconds} s: {json.dumps(document, indent=1)}\n{self.log()}")
                time.sleep(0.02)

    def wait(self, run_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """The run after its end; its events tell the same."""
        document = self.until(run_id, lambda run: run["state"] in OVER, seconds)
        with self.store() as store:
            events = store.events(run_id, limit=100_000)
            assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
            assert fold(events) == document
        return document

    def node_running(self, run_id: str, node: str, cell: int | None = None) -> dict[str, Any]:
        """The run once the node runs, and is in the cell."""

        def holds(run: dict[str, Any]) -> bool:
            entry = run["nodes"][node]
            return entry["state"] == "running" and (cell is None or (entry["cell"] or 0) >= cell)

        return self.until(run_id, holds)

    def file(self, run_id: str, *parts: str) -> Path:
        return self.workspace.run_folder(run_id).joinpath(*parts)

    def node_log(self, run_id: str, node: str, attempt: int = 1) -> str:
        return self.file(run_id, node, str(attempt), "log.txt").read_text(encoding="utf-8")

    def notebook(self, run_id: str, node: str, attempt: int = 1) -> dict[str, Any]:
        text = self.file(run_id, node, str(attempt), "notebook.ipynb").read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
        return document

    def notebook_bytes(self, run_id: str, node: str, attempt: int = 1) -> bytes:
        return self.file(run_id, node, str(attempt), "notebook.ipynb").read_bytes()

    def cancel(self, run_id: str) -> None:
        cancel(self.workspace, run_id)

    def log(self) -> str:
        log = self.workspace.engine_log
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def processes(self, run_id: str | None = None) -> list[reap.Process]:
        """What lives of the engine, or of one run."""
        mark = {MARK: mark_of(self.workspace.state)} if run_id is None else {"MLOPS_RUN_ID": run_id}
        return reap.marked([mark], reap.table())

    def engine(self) -> reap.Process:
        """The engine's own process."""
        for process in self.processes():
            command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
            if b"mlops_ext.runtimes.local.engine" in command:
                return process
        raise AssertionError("no engine")

    def leftovers(self, seconds: float = 2.0) -> list[reap.Process]:
        """What lives below the engine beside its nurseries, after a moment to go."""
        deadline = time.monotonic() + seconds
        while True:
            engine, processes = self.engine(), reap.table()
            nurseries = {
                process.pid
                for process in processes.values()
                if process.parent == engine.pid and b"--nursery" in command(process.pid)
            }
            below = reap.descendants(engine.pid, processes)
            left = [process for process in below if process.pid not in nurseries and not process.zombie]
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.05)

    def kill_engine(self) -> None:
        engine = self.engine()
        os.kill(engine.pid, signal.SIGKILL)
        # Its last thread takes the lock with it, a moment after its first is gone.
        while reap.alive(engine) or not Lock.is_free(self.workspace.lock):
            time.sleep(0.01)

    def close(self) -> None:
        """Ends the engine, all below it, and what its runs may have left elsewhere."""
        with self.store() as store:
            marks = [{"MLOPS_RUN_ID": run["id"]} for run in store.runs(limit=1000)[0]]
        processes = reap.table()
        roots = reap.marked([*marks, {MARK: mark_of(self.workspace.state)}], processes)
        below = [child for root in roots for child in reap.descendants(root.pid, processes)]
        reap.end([*roots, *below], grace=1.0)
        scratch.remove(self.workspace.state)


def command(pid: int) -> bytes:
    """The words of a process's command, each ended by a NUL; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def napping(number: int) -> str:
    """How long a child of a test sleeps: a number that no other session of tests uses."""
    return str(100_000_000 + os.getpid() * 10 + number)


def asleep(*numbers: int) -> list[int]:
    """The processes that sleep for so long."""
    commands = {f"sleep\0{napping(number)}\0".encode() for number in numbers}
    return [p.pid for p in reap.table().values() if not p.zombie and command(p.pid) in commands]


class Folder:
    """The files of one pipeline."""

    def __init__(self, lab: Lab, path: Path) -> None:
        self.lab = lab
        self.path = path

    def notebook(self, name: str, *cells: Cell, kernel: str | None = "python3") -> None:
        self.write(name, json.dumps(notebook_document(*cells, kernel=kernel), ensure_ascii=False, indent=1))

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def pipeline(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        edges: list[tuple[str, str] | dict[str, Any]] | None = None,
        name: str = "p.pipeline",
        **fields: Any,
    ) -> Path:
        document = {
            "version": 1,
            **fields,
            "nodes": nodes,
            "edges": [edge if isinstance(edge, dict) else {"from": edge[0], "to": edge[1]} for edge in edges or []],
        }
        self.write(name, json.dumps(document))
        return self.path / name

    def submit(self, name: str = "p.pipeline", **options: Any) -> str:
        return submit(None, self.path / name, **options)

    def run(self, name: str = "p.pipeline", seconds: float = 60.0, **options: Any) -> dict[str, Any]:
        """Runs the pipeline to its end."""
        return self.lab.wait(self.submit(name, **options), seconds)
