"""kill -9 of anything, seed after seed, and what was lost: the long form of the tests' campaign."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Row

ROOT = Path(__file__).resolve().parent.parent
KILLS = 1000


def kills() -> list[Row]:
    """A thousand; takes more than half an hour, and goes on where the record (MLOPS_KILLS) of an earlier time ends."""
    record = Path(os.environ.get("MLOPS_KILLS", Path(tempfile.gettempdir()) / "mlops-kills.jsonl"))
    command = [sys.executable, "-m", "tests.chaos.campaign", "--from", "0", "--count", str(KILLS), "--record", record]
    subprocess.run(command, cwd=ROOT, stdout=sys.stderr)
    strikes = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    struck = [strike for strike in strikes if not strike["what"].startswith("nothing")]
    committing = sum("-commit" in strike["what"] for strike in struck)
    servers = sum(strike["what"].startswith("server") for strike in struck)
    wrong = [strike["seed"] for strike in strikes if strike["wrong"]]
    return [
        Row(
            f"{len(struck)} seeded kill -9 in turn, {committing} within a commit, {servers} of the Jupyter server: "
            "lost, repeated, left over, untrue",
            f"{len(wrong)}" + (f" (seeds {', '.join(map(str, wrong))})" if wrong else ""),
            "",
            "",
            f"0 of {KILLS}",
            not wrong and len(strikes) >= KILLS and committing >= KILLS / 5,
        )
    ]
