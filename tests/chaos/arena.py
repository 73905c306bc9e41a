"""A workspace in which things are killed: a pipeline that keeps a ledger, and an engine that can be armed."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from mlops_ext import submit as starting
from mlops_ext.failpoints import VARIABLE
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.local.lock import Lock
from tests.chaos.world import LEDGER, check_world
from tests.runtimes.lab import OVER, Folder, Lab, command

RUN_SECONDS = 60.0
NAP = 7_000_000
"""How long the children sleep that nodes leave behind."""

_SCRIPT = f"""
note() {{ echo "$MLOPS_RUN_ID $MLOPS_NODE $MLOPS_ATTEMPT $1 $2" >> ../{LEDGER}; }}
note start $$
setsid sleep {NAP} > /dev/null 2>&1 &
note child $!
echo "$MLOPS_RUN_ID $MLOPS_ATTEMPT" > "$MLOPS_NODE.txt"
note end $$
"""
_NOTEBOOK = f"""
import os, subprocess
def note(what, pid):
    names = [os.environ[name] for name in ("MLOPS_RUN_ID", "MLOPS_NODE", "MLOPS_ATTEMPT")]
    with open("../{LEDGER}", "a") as file:
        file.write(" ".join([*names, what, str(pid)]) + chr(10))
note("start", os.getpid())
note("child", subprocess.Popen(["sleep", "{NAP}"], start_new_session=True).pid)
with open(os.environ["MLOPS_NODE"] + ".txt", "w") as file:
    file.write(os.environ["MLOPS_RUN_ID"] + os.environ["MLOPS_ATTEMPT"])
"""


def _left(path: Path) -> int:
    """How often an armed place may still be passed; whoever passes it just now holds the file."""
    with path.open(encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        return int(file.read())


class Arena:
    """One workspace, run after run."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.lab = Lab(folder)
        self.workspace = self.lab.workspace
        self.armed = folder.parent / f"{folder.name}-armed"
        self.armed.mkdir()
        self._variables = {VARIABLE: str(self.armed), **(variables or {})}
        """Those that its engines are started with; this process itself has none of them."""
        self.folder = self._pipeline()

    def _pipeline(self) -> Folder:
        """Scripts and notebooks in a diamond. A worker or kernel that is killed is a failure, so all may try again."""
        folder = self.lab.folder()
        folder.write("s.sh", _SCRIPT)
        folder.notebook("n.ipynb", _NOTEBOOK, ("value = 1", "results"), "note('end', os.getpid())")
        common = {"retries": 50}
        script, notebook = {"type": "script", "path": "s.sh"}, {"type": "notebook", "path": "n.ipynb"}
        kinds = {"a": script, "b": notebook, "c": script, "d": notebook}
        nodes = {name: {**kind, **common, "outputs": [f"{name}.txt"]} for name, kind in kinds.items()}
        folder.pipeline(nodes, [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
        folder.pipeline({name: nodes[name] for name in ("a", "b")}, [("a", "b")], name="small.pipeline")
        return folder

    # -- the engine -----------------------------------------------------------------------

    def ready(self) -> None:
        """An engine that lives and can be armed."""
        engine = self._living()
        if engine is None:
            self.start()
        elif VARIABLE.encode() not in environment(engine.pid):
            self.end_engine(signal.SIGTERM)
            self.start()

    def armable(self) -> AbstractContextManager[None]:
        """What is started within can be armed."""
        return _given(self._variables)

    def _living(self) -> reap.Process | None:
        """The engine; while one that was killed goes, its lock is held by what is no engine any more."""
        deadline = time.monotonic() + 20
        while not Lock.is_free(self.workspace.lock):
            with suppress(AssertionError, OSError):
                return self.lab.engine()
            assert time.monotonic() < deadline, self.lab.log()
            time.sleep(0.01)
        return None

    def start(self, *, until_over: bool = False) -> None:
        """Starts an engine that can be armed."""
        with self.armable():
            starting._start_engine(self.workspace, calm=False)
        engine = reap.read_process(starting._engines[-1])
        deadline = time.monotonic() + 20
        while engine is not None and reap.alive(engine) and (until_over or Lock.is_free(self.workspace.lock)):
            assert time.monotonic() < deadline, self.lab.log()
            time.sleep(0.01)

    def end_engine(self, signum: int) -> None:
        """Ends the engine and waits until its lock is free."""
        os.kill(self.lab.engine().pid, signum)
        self.until_free()

    def until_free(self) -> None:
        """Waits until no engine lives."""
        deadline = time.monotonic() + 20
        while not Lock.is_free(self.workspace.lock):
            assert time.monotonic() < deadline, self.lab.log()
            time.sleep(0.01)

    def arm(self, place: str, passes: int = 0) -> Path:
        """Lets the next process that comes by a place be killed, after so many that are let pass."""
        path = self.armed / place
        path.write_text(str(passes), encoding="ascii")
        return path

    def passes(self, places: Iterable[str]) -> dict[str, int]:
        """How often each place is passed during one run in which nothing is struck."""
        many = 1_000_000
        armed = {place: self.arm(place, many) for place in places}
        self.ready()
        self.over(self.submit())
        passed = {place: many - _left(path) for place, path in armed.items()}
        for path in armed.values():
            path.unlink()
        return passed

    # -- runs -----------------------------------------------------------------------------

    def submit(self, name: str = "p.pipeline", *, reuse: bool = False) -> str:
        """Starts a run of whoever has the engine's variables, but for the one that arms."""
        with _given({key: value for key, value in self._variables.items() if key != VARIABLE}):
            return self.folder.submit(name, reuse=reuse)

    def over(self, run_id: str) -> dict[str, Any]:
        """The run after its end; an engine is started whenever none lives, as servers and commands do."""
        deadline = time.monotonic() + RUN_SECONDS
        with self.lab.store() as store:
            while (run := store.run(run_id))["state"] not in OVER:
                assert time.monotonic() < deadline, f"{run}\n{self.lab.log()}"
                with self.armable():
                    starting.wake(self.workspace)
                time.sleep(0.02)
        return run

    def check(self) -> None:
        """All promises hold."""
        assert check_world(self.workspace) == []

    def victims(self) -> dict[str, list[reap.Process]]:
        """What lives of the engine and below it, by what it is."""
        processes = reap.table()
        roots = self.lab.processes()
        below = [child for root in roots for child in reap.descendants(root.pid, processes)]
        found: dict[str, list[reap.Process]] = {}
        for process in sorted({one.pid: one for one in (*roots, *below)}.values(), key=lambda one: one.pid):
            if not process.zombie:
                found.setdefault(self._kind(process, processes), []).append(process)
        return found

    def _kind(self, process: reap.Process, processes: dict[int, reap.Process]) -> str:
        words = command(process.pid)
        if b"local.engine" in words:
            return "engine"
        if b"--nursery" in words:
            # A fork shows the words of the process that it came from.
            parent = processes.get(process.parent)
            first = parent is None or b"--nursery" not in command(parent.pid)
            kernel = b"kernel_main" in words
            return ("kernel nursery" if kernel else "worker nursery") if first else "kernel" if kernel else "worker"
        started = {b"local.worker": "worker", b"ipykernel_launcher": "kernel"}
        return next((kind for word, kind in started.items() if word in words), "user code")

    def strike(self, chance: random.Random) -> str:
        """kill -9 of one kind of process, whichever there are; says what it was."""
        victims = self.victims()
        if not victims:
            return "nothing"
        kind = chance.choice(sorted(victims))
        reap.send(chance.choice(victims[kind]), signal.SIGKILL)
        return kind

    def close(self) -> None:
        self.lab.close()


def environment(pid: int) -> bytes:
    """The variables that a process was started with."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


@contextmanager
def _given(variables: Mapping[str, str]) -> Iterator[None]:
    """What is started within has these variables."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]
