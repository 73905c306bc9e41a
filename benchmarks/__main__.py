"""`python -m benchmarks [name…]`: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from pathlib import Path

from benchmarks import airflow, airflow_follow, browser, evaluations, history, kills, local, monitoring, startup
from benchmarks.measure import PAIRS, Row

BENCHMARKS = {
    "chain": local.chain_of_ten,
    "sleepers": local.ten_sleepers,
    "burners": local.eight_burners,
    "layers": local.hundred_layered,
    "cost": local.cost,
    "unchanged": local.unchanged,
    "gigabyte": local.gigabyte,
    "import": startup.import_time,
    "bundle": startup.bundle_size,
    "paint": browser.painted,
    "latency": browser.latency,
    "evaluations-drawn": browser.evaluations_drawn,
    "packages": airflow.packages,
    "runner": airflow.runner,
    "first-change": airflow_follow.first_change,
    "followed": airflow_follow.twenty_runs,
    "history": history.ten_thousand_runs,
    "loop": history.event_loop,
    "evaluations": evaluations.ten_thousand_evaluations,
    "kills": kills.kills,
    "alarms": monitoring.alarms,
    "million": monitoring.million,
}
LONG = "kills"
REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | ours | rival or limit | ratio | target | met |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {r.what} | {r.ours} | {r.rival} | {r.ratio} | {r.target} | {'yes' if r.met else '**no**'} |" for r in rows
    ]
    return "\n".join(lines)


def report(rows: list[Row], left_out: list[str]) -> str:
    """The whole page; what was not measured this time is named."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}"
    )
    return f"""# Benchmarks

Measured on {datetime.datetime.now(datetime.UTC):%Y-%m-%d} on {machine},
by `python -m benchmarks` from a checkout after `./scripts/test`. Where there is a rival, the two were run in turn,
{PAIRS} pairs; given are medians and the median of the ratios. Machines are noisy: trust the ratios.

{table(rows)}
{f"{chr(10)}Not measured this time: {', '.join(left_out)}.{chr(10)}" if left_out else ""}"""


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which ones (default: all but {LONG})")
    names = parser.parse_args().names or [name for name in BENCHMARKS if name != LONG]
    rows: list[Row] = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name]()
        print(table(rows[-6:]), file=sys.stderr, flush=True)
        REPORT.write_text(report(rows, [other for other in BENCHMARKS if other not in names[: names.index(name) + 1]]))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
