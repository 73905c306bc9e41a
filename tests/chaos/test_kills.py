"""kill -9 of anything at any moment, drawn from seeds: nothing committed is lost or repeated, nothing is left over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.chaos.campaign import campaign, missing

ROOT = Path(__file__).resolve().parent.parent.parent
FEW = 40
MANY = 1000


@pytest.mark.timeout(600)
def test_some_kills(tmp_path: Path) -> None:
    """Two workspaces side by side, each with its own engine: most of the time is spent waiting."""
    half = FEW // 2
    campaigns = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.chaos.campaign",
                "--from",
                f"{first}",
                "--count",
                f"{half}",
                "--record",
                path,
            ],
            cwd=ROOT,
        )
        for first, path in ((0, tmp_path / "first"), (half, tmp_path / "second"))
    ]
    try:
        assert [campaign.wait() for campaign in campaigns] == [0, 0]
    finally:
        for campaign in campaigns:
            campaign.kill()
    strikes = [json.loads(line) for name in ("first", "second") for line in (tmp_path / name).read_text().splitlines()]
    assert [strike["seed"] for strike in strikes] == list(range(FEW))
    struck = [strike["what"] for strike in strikes if not strike["what"].startswith("nothing")]
    assert len(struck) >= FEW * 0.9, "there was something to kill"
    assert sum("-commit" in what for what in struck) >= FEW / 5
    assert sum(what.startswith("server") for what in struck) == FEW / 10


@pytest.mark.slow
@pytest.mark.timeout(3 * 3600)
def test_many_kills(surroundings: Path, pytestconfig: pytest.Config) -> None:
    """Goes on where an earlier session was ended; MLOPS_CHAOS_SEED is the first of the thousand seeds."""
    first = int(os.environ.get("MLOPS_CHAOS_SEED", str(FEW)))
    record = Path(pytestconfig.cache.mkdir("chaos")) / f"{first}.jsonl"  # type: ignore[union-attr]  # there is a cache
    seeds = missing(record, first, MANY)
    with record.open("a", encoding="utf-8") as file:
        for strike in campaign(surroundings, seeds):
            print(strike.seed, strike.what, *strike.wrong, flush=True)
            file.write(json.dumps(asdict(strike)) + "\n")
            file.flush()
            assert strike.wrong == [], strike
    record.unlink()
