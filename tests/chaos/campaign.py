"""kill -9, seed after seed: what, where and when is drawn from the seed alone.

Every fourth strikes inside a commit (just before SQLite's COMMIT, or just after), every
eighth at another named place, every tenth the Jupyter server, to which the run is
submitted; the rest a process at a moment. Run by hand with

    python -m tests.chaos.campaign --from 0 --count 1000 --record FILE

which appends a line of JSON for each seed and, started again, does those that are missing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.chaos.arena import RUN_SECONDS, Arena
from tests.chaos.server import strike_server
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
        struck = (
            self._at_server if seed % 10 == 5 else self._at_place if seed % 4 == 0 or seed % 8 == 2 else self._at_once
        )
        what, run, wrong = struck(seed, chance)
        wrong += check_world(self.arena.workspace)
        if run["state"] != "succeeded":
            wrong.append(f"run {run['id']} is {run['state']}: {run['error']}")
        attempts = sum(node["attempts"] for node in run["nodes"].values())
        return Strike(seed, what, run["state"], attempts, round(time.monotonic() - began, 2), wrong)

    def _at_place(self, seed: int, chance: random.Random) -> tuple[str, dict[str, Any], list[str]]:
        """Whoever comes by a named place."""
        place = chance.choice(COMMITS) if seed % 4 == 0 else chance.choice(PLACES)
        passes = chance.randrange(self._passes[place])
        armed, what = self.arena.arm(place, passes), f"{place} after {passes}"
        self.arena.ready()
        run = self.arena.over(self.arena.submit())
        if armed.exists():
            armed.unlink()
            what = f"nothing ({what})"
        return what, run, []

    def _at_once(self, _: int, chance: random.Random) -> tuple[str, dict[str, Any], list[str]]:
        """A process at a moment."""
        self.arena.ready()
        run_id = self.arena.submit()
        moment = chance.uniform(0.0, 0.8)
        time.sleep(moment)
        return f"{self.arena.strike(chance)} after {moment:.2f} s", self.arena.over(run_id), []

    def _at_server(self, _: int, chance: random.Random) -> tuple[str, dict[str, Any], list[str]]:
        """The Jupyter server, and now and then an engine or what is below it."""
        return strike_server(self.arena, chance)


def campaign(folder: Path, seeds: Iterable[int]) -> Iterator[Strike]:
    """The seeds, in workspaces below `folder`."""
    left = list(seeds)
    while left:
        arena = Arena(folder / f"w{left[0]}")
        try:
            strikes = Campaign(arena)
            for _ in range(min(WORKSPACE_SEEDS, len(left))):
                yield strikes.strike(left[0])
                del left[0]
        except AssertionError as error:
            # It hangs: what is left of the workspace is of no use to the next.
            yield Strike(left[0], "", "hangs", 0, RUN_SECONDS, [str(error)])
            del left[0]
        finally:
            arena.close()


def missing(record: Path, first: int, count: int) -> list[int]:
    """The seeds that a record does not have yet."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    done = {json.loads(line)["seed"] for line in lines}
    return [seed for seed in range(first, first + count) if seed not in done]


def main() -> int:
    """Does what a record lacks."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.campaign")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--record", type=Path, required=True)
    given = parser.parse_args()
    seeds = missing(given.record, given.first, given.count)
    bad = 0
    with tempfile.TemporaryDirectory() as name, given.record.open("a", encoding="utf-8") as record:
        os.environ |= {"XDG_STATE_HOME": f"{name}/xdg", "MLOPS_IDLE_SECONDS": "30"}
        for strike in campaign(Path(name), seeds):
            record.write(json.dumps(asdict(strike)) + "\n")
            record.flush()
            bad += bool(strike.wrong)
            print(strike.seed, strike.what, strike.state, strike.seconds, *strike.wrong, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
