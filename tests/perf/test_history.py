"""A long history stays quick: what is asked of it reads what it answers, and no more."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from benchmarks import history
from benchmarks.measure import percentile
from mlops_ext.paths import workspace_at
from mlops_ext.store import Store


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"before": "2026-01-02T00:00:00.000Z~" + "0" * 32},
        {"state": "failed"},
        {"pipeline": "folder1/p1.pipeline"},
        {"runtime": "local"},
    ],
)
def test_lists_look_at_as_many_runs_as_they_answer(tmp_path: Path, filters: dict[str, str]) -> None:
    """Whatever the length of the history; counted in steps of SQLite's machine, which no other load changes."""
    steps = []
    for runs in (400, 4000):
        folder = tmp_path / str(runs)
        (folder / ".mlops").mkdir(parents=True)
        history.fill(workspace_at(folder), runs, nodes=2)
        with Store.open(workspace_at(folder)) as store:
            count = 0

            def step() -> int:
                nonlocal count
                count += 1
                return 0

            store._connection.set_progress_handler(step, 10)
            page, _ = store.runs(limit=20, **filters)
            store._connection.set_progress_handler(None, 0)
            assert page
            steps.append(count / len(page))
    assert steps[1] < 1.5 * steps[0] + 10


def test_a_server_over_a_thousand_runs() -> None:
    for what, seconds in history.measured(1_000, 5).items():
        assert statistics.median(seconds) < 10 * history.LIMIT, what


def test_the_loop_of_a_server_is_free_while_runs_are_active() -> None:
    delays = history.loop_delays(4, 1.5)
    assert len(delays) > 10 and statistics.median(delays) < history.LIMIT


@pytest.mark.slow
def test_a_server_over_ten_thousand_runs() -> None:
    for what, seconds in history.measured(history.RUNS, history.ASKED).items():
        assert percentile(seconds, 0.95) < history.LIMIT, what


@pytest.mark.slow
def test_the_loop_of_a_server_with_twenty_active_runs() -> None:
    assert percentile(history.loop_delays(history.ACTIVE, 10.0), 0.99) < history.LIMIT
