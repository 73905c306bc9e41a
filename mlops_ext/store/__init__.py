"""What is remembered: one SQLite database a workspace, and the only SQL of the project.

The database is the only thing that the server, the command line and the engine
share, so that any of them may be killed at any time.
"""

from __future__ import annotations

from .fold import fold
from .runs import Store, new_run_id

__all__ = ["Store", "fold", "new_run_id"]
