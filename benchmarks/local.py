"""The local runtime against the `papermill` command and against what a pipeline needs at least."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row, alternate, median, seconds
from benchmarks.notebooks import chain, sleepers

BIN = Path(sys.executable).parent


def quietly(*command: str, folder: Path) -> None:
    """Run a command to its end; what it prints is shown only if it fails."""
    environment = os.environ | {"NO_COLOR": "1"}
    # What pip installs has its bytecode; a checkout shall not be compiled by every process anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")


def run_pipeline(pipeline: Path, *options: str) -> None:
    """`mlops run` of a pipeline, from the shell's view: start of the command to its end."""
    quietly(str(BIN / "mlops"), "run", pipeline.name, *options, folder=pipeline.parent)


def chain_of_ten() -> list[Row]:
    """Ten one-cell notebooks one after the other: one `mlops run`, or ten `papermill` commands."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pipeline = chain(folder)

        def ten_commands() -> None:
            for number in range(10):
                quietly(
                    str(BIN / "papermill"), "--no-progress-bar", f"n{number}.ipynb", f"out{number}.ipynb", folder=folder
                )

        times = alternate(lambda: run_pipeline(pipeline), ten_commands)
    return [
        Row(
            "Chain of ten one-cell notebooks (`mlops run`, engine included) against ten `papermill` commands",
            f"{median(times.ours):.2f} s",
            f"{median(times.rival):.2f} s",
            f"{times.ratio:.2f}",
            "≤ 1",
            times.ratio <= 1,
        )
    ]


def ten_sleepers() -> list[Row]:
    """Ten notebooks that sleep 2 s, all at once; ideally that takes 2 s."""
    ideal = 2.0

    def run(folder: Path) -> float:
        pipeline = sleepers(folder, sleep=ideal)
        return seconds(lambda: run_pipeline(pipeline, "--max-parallel", "10"))

    def first() -> float:
        with tempfile.TemporaryDirectory() as name:
            return run(Path(name))

    alone = [first() for _ in range(7)]
    with tempfile.TemporaryDirectory() as name:
        run(Path(name))
        again = [run(Path(name)) for _ in range(7)]
    return [
        Row(
            f"Ten notebooks that sleep 2 s, `--max-parallel 10`, against the ideal: {what}",
            f"{median(times):.2f} s",
            f"{ideal:.2f} s",
            f"{median(times) / ideal:.2f}",
            "≤ 1.5",
            median(times) <= 1.5 * ideal,
        )
        for what, times in (("run again", again), ("the first run of a workspace", alone))
    ]
