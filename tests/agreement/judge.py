"""What Python says of documents, for the browser's half to compare with.

One JSON text a line on standard input, `{"data": base64 of a file's bytes}`; one
a line on standard output: `{"format", "issues": [[severity, code, pointer, node,
message, hint, nodes]…], "open": whether it is a pipeline, "canonical": text of what
was read, or null}`. src/model/__tests__/agreement.spec.ts asks.
"""

from __future__ import annotations

import base64
import json
import sys

from mlops_ext import canonical
from mlops_ext.issues import tidy
from mlops_ext.model import Issue, Json
from mlops_ext.parse import parse
from mlops_ext.validate import validate


def judge(data: bytes) -> dict[str, Json]:
    """All that is compared of one file."""
    parsed = parse(data)
    issues = list(parsed.issues)
    if parsed.pipeline is not None:
        issues = tidy([*issues, *validate(parsed.pipeline)])
    return {
        "format": parsed.format,
        "issues": [row(one) for one in issues],
        "open": parsed.pipeline is not None,
        "canonical": None if parsed.document is None else canonical.dumps(parsed.document),
    }


def row(issue: Issue) -> list[Json]:
    """An issue as a short list."""
    nodes: Json = None if issue.nodes is None else [*issue.nodes]
    return [issue.severity, issue.code, issue.pointer, issue.node, issue.message, issue.hint, nodes]


def main() -> None:
    """Answer line by line."""
    for line in sys.stdin:
        answer = judge(base64.b64decode(json.loads(line)["data"]))
        sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
