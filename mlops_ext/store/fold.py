"""Events become the run again.

Whoever follows a run (a page, the command line, a test) folds the same events
and sees the same run: there is no second truth.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

Run = dict[str, Any]


def fold(events: Iterable[dict[str, Any]], run: Run | None = None) -> Run:
    """The run after these events; `run` is what was known before them.

    The first event of a run has the whole document; each later one the fields
    that changed, of the run or of one node, and replaces them.
    """
    result: Run = copy.deepcopy(run) if run is not None else {}
    for event in events:
        data = copy.deepcopy(event["data"])
        if event["node"] is None:
            result.update(data)
        else:
            result["nodes"][event["node"]].update(data)
        result["seq"] = event["seq"]
    return result
