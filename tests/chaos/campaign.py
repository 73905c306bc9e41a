"""kill -9, seed after seed: what, where and when is drawn from the seed alone.

Every fourth strikes inside a commit (just before SQLite's COMMIT, or just after), every
eighth at another named place, the rest a process at a moment. Run by hand with

    python -m tests.chaos.campaign --from 0 --count 1000 --record FILE

which appends a line of JSON for each seed and, started again, goes on after the last.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.chaos.arena import RUN_SECONDS, Arena
from tests.chaos.world import check_world

COMMITS = ("before-commit", "after-commit")
PLACES = ("attempt-committed", "job-given", "job-taken", "node-over", "notebook-written", "outputs-captured")
"""Others that every run passes."""
WORKSPACE_SEEDS = 40
"""So many seeds share a workspace: each check then looks at all that went before."""


@dataclass(frozen=True)
class Strike:
    """What became of one seed."""

    seed: int
    what: str
    state: str
    """That of the run after its end."""
    attempts: int
    seconds: float
    wrong: list[str]


class Campaign:
    """Strikes a workspace again and again."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self._passes = arena.passes((*COMMITS, *PLACES))

    def strike(self, seed: int) -> Strike:
        """One run in which one process is killed."""
        chance, began = random.Random(seed), time.monotonic()
        place = chance.choice(COMMITS) if seed % 4 == 0 else chance.choice(PLACES) if seed % 8 == 2 else None
        armed, what = None, ""
        if place is not None:
            passes = chance.randrange(self._passes[place])
            armed, what = self.arena.arm(place, passes), f"{place} after {passes}"
        self.arena.ready()
        run_id = self.arena.submit()
        if place is None:
            moment = chance.uniform(0.0, 0.8)
            time.sleep(moment)
            what = f"{self.arena.strike(chance)} after {moment:.2f} s"
        run = self.arena.over(run_id)
        wrong = check_world(self.arena.workspace)
        if armed is not None and armed.exists():
            armed.unlink()
            what = f"nothing ({what})"
        if run["state"] != "succeeded":
            wrong.append(f"run {run_id} is {run['state']}: {run['error']}")
        attempts = sum(node["attempts"] for node in run["nodes"].values())
        return Strike(seed, what, run["state"], attempts, round(time.monotonic() - began, 2), wrong)


def campaign(folder: Path, first: int, count: int) -> Iterator[Strike]:
    """The seeds from `first` on, in workspaces below `folder`."""
    seed = first
    while seed < first + count:
        arena = Arena(folder / f"w{seed}")
        try:
            strikes = Campaign(arena)
            last = min(seed + WORKSPACE_SEEDS, first + count)
            while seed < last:
                yield strikes.strike(seed)
                seed += 1
        except AssertionError as error:
            # It hangs: what is left of the workspace is of no use to the next.
            yield Strike(seed, "", "hangs", 0, RUN_SECONDS, [str(error)])
            seed += 1
        finally:
            arena.close()


def main() -> int:
    """Goes on where the record ends."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.campaign")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--record", type=Path, required=True)
    given = parser.parse_args()
    done = [json.loads(line)["seed"] for line in given.record.read_text().splitlines()] if given.record.exists() else []
    first = max(done, default=given.first - 1) + 1
    bad = 0
    with tempfile.TemporaryDirectory() as name, given.record.open("a", encoding="utf-8") as record:
        os.environ |= {"XDG_STATE_HOME": f"{name}/xdg", "MLOPS_IDLE_SECONDS": "30"}
        for strike in campaign(Path(name), first, given.first + given.count - first):
            record.write(json.dumps(asdict(strike)) + "\n")
            record.flush()
            bad += bool(strike.wrong)
            print(strike.seed, strike.what, strike.state, strike.seconds, *strike.wrong, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
