"""Evaluates a monitor as a node: a plain process, whose results are what the evaluation says."""

from __future__ import annotations

import sys

from . import results
from .jobs import Outcome, failure
from .script import ScriptRun

PROGRAM = "mlops_ext.monitoring.node"


class MonitorRun(ScriptRun):
    """One attempt at a monitor; the file is the one that was there when the run was started."""

    def _command(self) -> list[str] | Outcome:
        job = self.job
        places = ["--folder", str(job.workspace), "--state", str(job.state), "--source", str(job.source)]
        return [sys.executable, "-P", "-m", PROGRAM, *places, "--", job.path]

    def _verdict(self, code: int, last: str) -> Outcome:
        if code <= 0:
            return super()._verdict(code, last)
        values, _ = results.read_lines(self.job.results_file)
        lines = [line.strip() for line in last.splitlines() if line.strip()]
        message = lines[-1] if lines else f"{self.job.path} could not be evaluated."
        return failure("not-evaluated", message, exit_code=code, results=values)
