"""kill -9 of anything at any moment, drawn from seeds: nothing committed is lost or repeated, nothing is left over."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.chaos.campaign import campaign

FEW = 40
MANY = 1000


@pytest.mark.timeout(300)
def test_some_kills(surroundings: Path) -> None:
    strikes = list(campaign(surroundings, 0, FEW))
    print(*(asdict(strike) for strike in strikes), sep="\n")
    assert [strike for strike in strikes if strike.wrong] == []
    struck = [strike for strike in strikes if not strike.what.startswith("nothing")]
    assert len(struck) >= FEW * 0.9, "there was something to kill"
    assert sum("-commit" in strike.what for strike in struck) >= FEW / 5


@pytest.mark.slow
@pytest.mark.timeout(3 * 3600)
def test_many_kills(surroundings: Path, pytestconfig: pytest.Config) -> None:
    """Goes on where an earlier session was ended; MLOPS_CHAOS_SEED is the first of the thousand seeds."""
    first = int(os.environ.get("MLOPS_CHAOS_SEED", str(FEW)))
    record = Path(pytestconfig.cache.mkdir("chaos")) / f"{first}.jsonl"  # type: ignore[union-attr]  # there is a cache
    done = [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []
    begin = max((entry["seed"] for entry in done), default=first - 1) + 1
    with record.open("a", encoding="utf-8") as file:
        for strike in campaign(surroundings, begin, first + MANY - begin):
            print(strike.seed, strike.what, *strike.wrong, flush=True)
            file.write(json.dumps(asdict(strike)) + "\n")
            file.flush()
            assert strike.wrong == [], strike
    record.unlink()
