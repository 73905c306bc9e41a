"""Monitors: how often the default checks cry wolf, how often they see a shift, and what a million rows cost.

A small part of the first two is a test (tests/monitoring/test_false_alarms.py).
`python -m benchmarks.monitoring FOLDER` is the process whose time and memory are measured.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from benchmarks.measure import Row
from mlops_ext.monitoring.batches import batches
from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.data import Sides, Table, load
from mlops_ext.monitoring.evaluate import compare
from mlops_ext.monitoring.measures.arrays import Words
from mlops_ext.paths import workspace_at

SEEDS, BATCHES, ROWS, BASELINE = 200, 40, 500, 2_000
SHIFTED = 5
"""Batches with a shift: a tenth of the evaluations says as much of nine in ten as all of them of one in a hundred."""
LEVELS = (2, 4, 8)
"""The categories of the three features that are no numbers; seven are numbers."""
PLANS = {0.0: BATCHES, 0.5: SHIFTED}
"""How many batches each seed has by the shift of a feature, in standard deviations."""
MILLION, FEATURES = 1_000_000, 50

DOCUMENT: dict[str, Any] = {
    "version": 1,
    "model": {"name": "made-up", "path": "model.joblib"},
    "problem": "binary",
    "columns": {
        "features": {
            **{f"n{place}": "numeric" for place in range(7)},
            **{f"c{place}": "category" for place in range(3)},
        },
        "id": "id",
        "target": "label",
        "prediction": "said",
        "score": "score",
        "positive": 1,
        "favourable": [1],
        "sensitive": [{"column": "c0", "monitored": ["0"], "reference": ["1"]}],
    },
    "baseline": {"path": "reference.csv"},
    "batches": {"path": "scored/*.csv"},
}


@dataclass(frozen=True)
class Counted:
    """Evaluations, and how many of them are `alert`; by which checks."""

    evaluations: int
    alerts: int
    checks: dict[str, int]

    @property
    def share(self) -> float:
        """The share of evaluations that are `alert`."""
        return self.alerts / self.evaluations

    @staticmethod
    def sum(parts: Iterable[Counted]) -> Counted:
        """All of them together."""
        whole = Counted(0, 0, {})
        for part in parts:
            names = whole.checks.keys() | part.checks.keys()
            checks = {name: whole.checks.get(name, 0) + part.checks.get(name, 0) for name in names}
            whole = Counted(whole.evaluations + part.evaluations, whole.alerts + part.alerts, checks)
        return whole


def people(random: np.random.Generator, rows: int, shift: float = 0.0) -> Table:
    """Rows of ten features, some of which say whether the label is 1, and a model that knows; the first may shift."""
    numbers = {
        "n0": random.normal(shift, 1, rows),
        "n1": random.gamma(2, 1, rows),
        "n2": random.uniform(-1, 1, rows),
        "n3": random.standard_t(3, rows),
        "n4": random.integers(0, 30, rows).astype(np.float64),
        "n5": np.where(random.random(rows) < 0.1, np.nan, random.normal(5, 2, rows)),
        "n6": random.lognormal(0, 1, rows),
    }
    words = {f"c{place}": _category(random, rows, levels) for place, levels in enumerate(LEVELS)}
    chance = 1 / (1 + np.exp(-(1.2 * numbers["n1"] - 2.4 + numbers["n2"] + 0.1 * numbers["n4"] - 1.5)))
    numbers["score"] = chance
    words["label"] = _flags(random.random(rows) < chance)
    words["said"] = _flags(chance >= 0.5)
    words["id"] = Words(np.arange(rows), tuple(str(place) for place in range(rows)))
    return Table(rows, numbers, words)


def watched(
    seed: int, number: int = BATCHES, rows: int = ROWS, shift: float = 0.0, baseline: int = BASELINE
) -> Counted:
    """One monitor over its batches, under the default checks."""
    random = np.random.default_rng(seed)
    normal = people(random, baseline)
    found = [compare(DOCUMENT, Sides(normal, people(random, rows, shift))) for _ in range(number)]
    checks: dict[str, int] = {}
    for evaluation in found:
        metrics = cast(list[dict[str, Any]], evaluation["metrics"])
        for name in {metric["check"] for metric in metrics if metric["verdict"] == "alert"}:
            checks[name] = checks.get(name, 0) + 1
    return Counted(len(found), sum(one["status"] == "alert" for one in found), checks)


def alarms() -> list[Row]:
    """False alarms without drift, and alarms at a shift of half a standard deviation.

    Takes an hour of one core, and goes on where the record (MLOPS_ALARMS) of an earlier time ends.
    """
    record = Path(os.environ.get("MLOPS_ALARMS", Path(tempfile.gettempdir()) / "mlops-alarms.jsonl"))
    _watch_all_seeds(record)
    quiet, shifted = (Counted.sum(_recorded(record)[shift].values()) for shift in PLANS)
    print(f"alerts without drift by check: {quiet.checks}", file=sys.stderr)
    size = f"{SEEDS} seeds by {{}} batches by {ROWS} rows by 10 features"
    return [
        Row(
            f"Evaluations that are `alert` without drift, {size.format(BATCHES)}",
            f"{quiet.share:.2%} ({quiet.alerts})",
            "1 %",
            f"{quiet.share / 0.01:.2f}",
            "≤ 1",
            quiet.share <= 0.01,
        ),
        Row(
            f"… with one feature shifted by 0.5 standard deviations, {size.format(SHIFTED)}",
            f"{shifted.share:.1%}",
            "90 %",
            f"{shifted.share / 0.9:.2f}",
            "≥ 1",
            shifted.share >= 0.9,
        ),
    ]


def million() -> list[Row]:
    """A million rows of 50 features against a baseline of as many: time and memory of a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("reference", "batch"):
            many(Path(folder) / f"{name}.parquet")
        found = subprocess.run(
            [sys.executable, "-m", "benchmarks.monitoring", folder],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=Path(__file__).parent.parent,
        )
    reading, computing, memory = (float(part) for part in found.stdout.split())
    return [
        Row(
            "All measures of 1,000,000 rows by 50 features, against a baseline of as many",
            f"{computing:.1f} s",
            "30 s",
            f"{computing / 30:.2f}",
            "≤ 1",
            computing <= 30,
        ),
        Row(
            f"… memory, with reading both from Parquet, which takes {reading:.1f} s",
            f"{memory:.1f} GB",
            "4 GB",
            f"{memory / 4:.2f}",
            "≤ 1",
            memory <= 4,
        ),
    ]


def many(path: Path) -> None:
    """Writes a million rows of fifty features, of which ten are categories, with label, prediction and score."""
    random = np.random.default_rng(len(path.name))
    columns: dict[str, Any] = {f"n{place}": random.normal(size=MILLION).round(4) for place in range(FEATURES - 10)}
    for place in range(10):
        columns[f"c{place}"] = random.choice(["web", "shop", "phone", "letter"], MILLION)
    score = 1 / (1 + np.exp(-columns["n0"]))
    columns["id"] = np.arange(MILLION)
    columns["score"] = score.round(4)
    columns["said"] = (score >= 0.5).astype(int)
    columns["label"] = (random.random(MILLION) < score).astype(int)
    pd.DataFrame(columns).to_parquet(path, index=False)


def everything() -> dict[str, Any]:
    """A monitor of `many` with a check for each measure of a binary model."""
    features = {f"n{place}": "numeric" for place in range(FEATURES - 10)} | {f"c{n}": "category" for n in range(10)}
    columns = DOCUMENT["columns"] | {
        "features": features,
        "sensitive": [{"column": "c0", "monitored": ["web"], "reference": ["shop"]}],
    }
    checks = {
        name: {"measure": name, "mode": "absolute", "alert": {"above": 0.1}}
        for name, measure in MEASURES.items()
        if "binary" in measure.problems
    }
    return (
        DOCUMENT
        | {"columns": columns, "checks": checks, "baseline": {"path": "reference.parquet"}}
        | {"batches": {"path": "batch.parquet"}}
    )


def main(folder: Path) -> None:
    """Seconds for reading, seconds for all measures, and gigabytes at the most, of this process."""
    document, workspace = everything(), workspace_at(folder)
    start = time.perf_counter()
    sides = load(workspace, folder, document, batches(workspace, folder, document)[0])
    read = time.perf_counter()
    found = compare(document, sides)
    done = time.perf_counter()
    values = [metric["value"] for metric in cast(list[dict[str, Any]], found["metrics"])]
    assert all(value is not None for value in values), found["metrics"]
    print(read - start, done - read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def _watch_all_seeds(record: Path) -> None:
    """Watches what the record doesn't have yet, a line for each seed and shift; tells how it stands."""
    # One thread for each process: there are as many processes as cores that may be used.
    os.environ["OMP_NUM_THREADS"] = "1"
    known = _recorded(record)
    left = [(seed, shift) for seed in range(SEEDS) for shift in PLANS if seed not in known[shift]]
    cores = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context) as pool, record.open("a", encoding="utf-8") as file:
        for (seed, shift), found in zip(left, pool.map(_watched, left), strict=True):
            file.write(json.dumps({"seed": seed, "shift": shift, **asdict(found)}) + "\n")
            file.flush()
            known[shift][seed] = found
            sums = {shift: Counted.sum(seeds.values()) for shift, seeds in known.items()}
            told = (f"shift {shift}: {one.alerts} of {one.evaluations} are alert" for shift, one in sums.items())
            print(f"seed {seed}: {'; '.join(told)}", file=sys.stderr, flush=True)


def _watched(job: tuple[int, float]) -> Counted:
    seed, shift = job
    return watched(seed, PLANS[shift], shift=shift)


def _recorded(record: Path) -> dict[float, dict[int, Counted]]:
    """What a record has, by shift and seed."""
    found: dict[float, dict[int, Counted]] = {shift: {} for shift in PLANS}
    for line in record.read_text(encoding="utf-8").splitlines() if record.exists() else ():
        one = json.loads(line)
        found[one["shift"]][one["seed"]] = Counted(one["evaluations"], one["alerts"], one["checks"])
    return found


def _category(random: np.random.Generator, rows: int, levels: int) -> Words:
    weights = 1 / np.arange(1, levels + 1)
    codes = random.choice(levels, rows, p=weights / weights.sum())
    return Words(codes.astype(np.int64), tuple(str(level) for level in range(levels)))


def _flags(flags: Any) -> Words:
    return Words(flags.astype(np.int64), ("0", "1"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
