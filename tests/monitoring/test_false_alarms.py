"""The default checks keep quiet where nothing happens and speak where something does: a small part of the benchmark.

The whole of it, with its figures, is benchmarks/monitoring.py and docs/benchmarks.md.
"""

from __future__ import annotations

import pytest

from benchmarks.monitoring import Counted, watched


def test_nothing_happens() -> None:
    found = Counted.sum(watched(seed, number=8) for seed in range(4))
    assert found.evaluations == 32
    # At the promised share of one in a hundred, three or more of 32 are seen in four of a thousand such tests.
    assert found.alerts <= 2, found.checks


def test_small_batches_against_a_small_baseline_cry_no_wolf_either() -> None:
    found = Counted.sum(watched(seed, number=8, rows=120, baseline=300) for seed in range(4))
    assert found.alerts <= 2, found.checks


def test_half_a_standard_deviation_is_seen() -> None:
    found = Counted.sum(watched(seed, number=4, shift=0.5) for seed in range(3))
    assert found.checks["ks"] / found.evaluations >= 0.9 and found.share >= 0.9


@pytest.mark.slow
def test_nothing_happens_for_longer() -> None:
    found = Counted.sum(watched(seed, number=20) for seed in range(1000, 1020))
    assert found.share <= 0.02, found.checks
