"""Runs a script: a plain process, its parameters in a file and in variables."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
from pathlib import Path

from jupyter_client.kernelspec import NoSuchKernel

from . import results
from .jobs import Job, Outcome, Reports, failure
from .kernels import python_of, specifications
from .nodelog import NodeLog, Tail, follow

LAUNCH = Path(__file__).with_name("launch.py")
LAST_LINES = 5
VARIABLE_LIMIT = 64 * 1024


class ScriptRun:
    """One attempt at a script, in the loop of its worker."""

    def __init__(self, job: Job, log: NodeLog, reports: Reports) -> None:
        self.job = job
        self.log = log
        self.reports = reports
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, output: int) -> Outcome:
        """From the snapshot to the outcome; `output` is where the process prints."""
        command = self._command()
        if isinstance(command, Outcome):
            return command
        # Not asyncio's own pipes: with them it waits for whoever holds the other end, not for the process.
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self.job.cwd,
                env=script_environment(self.job),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=writing,
                start_new_session=True,
            )
        except OSError as error:
            os.close(reading)
            return failure("not-started", f"{command[0]} could not be started: {error.strerror}.")
        finally:
            os.close(writing)
        self._process = process
        last = Tail()
        tail = asyncio.ensure_future(follow(reading, self.log, last))
        code = await process.wait()
        # A child that was left behind may hold the other end for as long as it lives.
        await asyncio.wait({tail}, timeout=0.3)
        tail.cancel()
        return self._verdict(code, last.text)

    async def interrupt(self) -> None:
        """Asks the script to stop, as Ctrl+C does."""
        await self.signal(signal.SIGINT)

    async def signal(self, signum: int) -> None:
        """Signals the script and its group."""
        if self._process is not None and self._process.returncode is None:
            try:
                os.killpg(self._process.pid, signum)
            except ProcessLookupError:
                return

    def _command(self) -> list[str] | Outcome:
        suffix = self.job.original.suffix
        if suffix == ".py":
            return [self._python(), str(LAUNCH), str(self.job.source), str(self.job.original)]
        program = {".R": "Rscript", ".sh": "bash"}.get(suffix)
        if program is None:
            return failure("bad-script", f"Scripts end in .py, .R or .sh; {self.job.path} does not.")
        found = shutil.which(program, path=self.job.env.get("PATH", os.defpath))
        if found is None:
            return failure("not-started", f"{program} is not installed here.", f"Install it to run {self.job.path}.")
        return [found, str(self.job.source)]

    def _python(self) -> str:
        if self.job.kernel is None:
            return python_of(None)
        try:
            return python_of(specifications().get_kernel_spec(self.job.kernel))
        except NoSuchKernel:
            return python_of(None)

    def _verdict(self, code: int, last: str) -> Outcome:
        values, problems = results.read_lines(self.job.results_file)
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return failure(
                "script-killed",
                f"{self.job.path} was killed (signal {name}).",
                "It may have needed more memory than there is." if -code == signal.SIGKILL else "",
                exit_code=code,
                reason="killed",
                results=values,
            )
        if code > 0:
            lines = [line for line in last.splitlines() if line.strip()]
            words = _of_r(lines) if self.job.original.suffix == ".R" else lines[-1].strip() if lines else ""
            said = f": {words}" if words else "."
            lines = lines[-LAST_LINES:]
            full = "No space left on device" in said
            return failure(
                "disk-full" if full else "script-error",
                f"{self.job.path} ended with exit code {code}{said}",
                "\n".join(lines) if len(lines) > 1 else "",
                exit_code=code,
                reason="disk-full" if full else "error",
                results=values,
            )
        if problems:
            name, text = problems[0]
            subject = f"The result {name}" if name else "The results"
            return failure("result-not-json", f"{subject} {text}.", exit_code=0, results=values)
        return Outcome("succeeded", results=values)


def _of_r(lines: list[str]) -> str:
    """What went wrong, in one line. R tells it over several, then who called whom, and last that it halted."""
    error = next((n for n in reversed(range(len(lines))) if lines[n].startswith("Error")), len(lines))
    told = itertools.takewhile(
        lambda line: not line.startswith(("Calls: ", "In addition: ", "Execution halted")), lines[error:]
    )
    return " ".join(line.strip() for line in told)


def script_environment(job: Job) -> dict[str, str]:
    """The node's variables and its parameters as variables, and the file with them."""
    job.parameters_file.write_text(json.dumps(dict(job.parameters), ensure_ascii=False), encoding="utf-8")
    named: dict[str, str] = {}
    for name, value in job.parameters.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        # What a variable cannot hold is in the file.
        if "\0" not in text and len(text.encode("utf-8", "replace")) <= VARIABLE_LIMIT:
            named.setdefault(f"MLOPS_PARAM_{name.upper()}", text)
            named[f"MLOPS_PARAM_{name}"] = text
    return {**job.env, **named, "MLOPS_PARAMETERS": str(job.parameters_file)}
