"""What Python makes of shared documents, for the browser's half to compare with.

One JSON text a line on standard input: `{"update": base64 of a document's state, "source": text}`; one a line
on standard output: `{"text": the file that the first would be written as, "update": base64 of the state of
a document that took in the second}`. src/document/__tests__/sharing.spec.ts asks.
"""

from __future__ import annotations

import base64
import json
import sys

from jupyter_ydoc import ydocs


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        question = json.loads(line)
        received, taken_in = ydocs["mlopspipeline"](), ydocs["mlopspipeline"]()
        received.ydoc.apply_update(base64.b64decode(question["update"]))
        taken_in.set(question["source"])
        update = base64.b64encode(taken_in.ydoc.get_update()).decode("ascii")
        sys.stdout.write(json.dumps({"text": received.get(), "update": update}) + "\n")


if __name__ == "__main__":
    main()
