"""Does beside the loop what waits for others; the answers are taken in the loop.

So one thread alone decides and commits, and neither a slow Airflow nor a large file
holds up what it can do meanwhile. Calls to Airflow go one after another: nobody is
asked more often than agreed.
"""

from __future__ import annotations

import queue
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Desk:
    """Two in-trays, and one tray for answers."""

    def __init__(self, files: int = 4) -> None:
        self._calls = ThreadPoolExecutor(1, "mlops-calls")
        self._files = ThreadPoolExecutor(files, "mlops-files")
        self._answers: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._open = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is being done."""
        return self._open == 0

    def call(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        """Something to ask Airflow."""
        self._give(self._calls, work, then, failed)

    def file(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]) -> None:
        """Something to do with files, which may take long."""
        self._give(self._files, work, then, failed)

    def take(self, seconds: float) -> None:
        """Takes the answers that are there; waits a little for the first."""
        try:
            answer = self._answers.get(timeout=seconds)
            while True:
                self._open -= 1
                try:
                    answer()
                except Exception:
                    # What could not be committed is seen again and tried again; the others go on.
                    traceback.print_exc()
                answer = self._answers.get_nowait()
        except queue.Empty:
            return

    def close(self) -> None:
        """What was not begun is left."""
        for pool in (self._calls, self._files):
            pool.shutdown(wait=False, cancel_futures=True)

    def _give(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._open += 1

        def done(future: Future[Any]) -> None:
            if future.cancelled():
                return
            error = future.exception()
            if error is None:
                self._answers.put(lambda: then(future.result()))
            elif isinstance(error, Exception):
                self._answers.put(lambda: failed(error))

        pool.submit(work).add_done_callback(done)
