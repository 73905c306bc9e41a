"""How often Airflow is asked: few requests a second in the long run, more of them after a rest.

A bucket of requests that fills as time passes. One run that was just started is looked
at often, for as long as the bucket lasts; twenty runs are looked at as often as it fills.
"""

from __future__ import annotations

import time
from collections.abc import Callable

RATE = 1.7
"""Requests a second in the long run."""
SAVED = 40.0
"""So many requests are saved up in a rest."""
OWED = -2.0
"""More than this is not made up for: a change is to be seen soon, whatever was asked before."""


class Pace:
    """Counts what was asked, and tells when to ask again."""

    def __init__(self, asked: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        """`asked`: how many requests were sent so far, by whomever."""
        self._asked = asked
        self._clock = clock
        self._counted = asked()
        self._then = clock()
        self._left = SAVED

    def pause(self, requests: int) -> float:
        """Seconds until so many requests may be sent without being more than there should be."""
        now, asked = self._clock(), self._asked()
        filled = min(SAVED, self._left + max(0.0, now - self._then) * RATE)
        self._left = max(OWED, filled - (asked - self._counted))
        self._counted, self._then = asked, now
        return max(0.0, (requests - self._left) / RATE)
