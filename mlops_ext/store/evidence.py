"""What nodes depended on when they ran, and which files runs read and made.

Written with the success that it belongs to, in one transaction, and gone with its
run: nothing is ever reused of a run that does not exist any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .documents import dumps, loads
from .remote import Remote

CANDIDATES = 20

_COLUMNS = """
SELECT evidence.*, node_runs.results AS results, node_runs.outputs AS outputs, node_runs.notebook AS notebook,
       node_runs.log AS log, node_runs.reused_from AS reused_from
FROM evidence JOIN node_runs ON node_runs.run = evidence.run AND node_runs.node = evidence.node
WHERE node_runs.state = 'succeeded' AND
"""
_BY_KEY = _COLUMNS + "evidence.key = ? ORDER BY evidence.created DESC LIMIT ?"
_BY_NODE = _COLUMNS + "evidence.pipeline = ? AND evidence.node = ? ORDER BY evidence.created DESC LIMIT 1"
_SAME_PLAN = """
SELECT provenance FROM runs
WHERE pipeline = :pipeline AND created < :created AND state = 'succeeded' AND plan = :plan
ORDER BY created DESC LIMIT 1
"""
_TOUCHED = """
SELECT touched.*, runs.pipeline AS pipeline, node_runs.label AS label
FROM touched JOIN runs ON runs.id = touched.run
JOIN node_runs ON node_runs.run = touched.run AND node_runs.node = touched.node
WHERE touched.path = ? AND touched.kind = ? ORDER BY touched.created DESC LIMIT ?
"""


@dataclass(frozen=True)
class Evidence:
    """What a node that succeeded depended on."""

    run: str
    node: str
    pipeline: str
    attempt: int
    key: str
    """Of all that is known before a file is looked at."""
    parts: Mapping[str, Any]
    """What the key is made of, each part hashed by itself, so that one can tell what has changed."""
    inputs: Mapping[str, Any]
    """Files and folders, with their hashes."""
    why: str | None
    """Why it proves nothing, as a sentence; None when it does."""
    created: str


@dataclass(frozen=True)
class Success:
    """Evidence together with what the node made."""

    evidence: Evidence
    results: Mapping[str, Any]
    outputs: Mapping[str, Mapping[str, Any]]
    notebook: str | None
    log: str | None
    origin: str
    """The run in which the node really ran."""


@dataclass(frozen=True)
class Touch:
    """A file that a node read or made; the path is relative to the workspace."""

    path: str
    kind: str
    sha256: str | None
    declared: bool


class EvidenceStore(Remote):
    """Evidence, and who touched which file."""

    def record_evidence(self, evidence: Evidence, touches: Iterable[Touch] = ()) -> None:
        """Keeps what a node depended on, and what it read and made."""
        with self.transaction():
            self._connection.execute(
                "INSERT OR REPLACE INTO evidence (run, node, pipeline, attempt, key, parts, inputs, why, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    evidence.run,
                    evidence.node,
                    evidence.pipeline,
                    evidence.attempt,
                    evidence.key,
                    dumps(dict(evidence.parts)),
                    dumps(dict(evidence.inputs)),
                    evidence.why,
                    evidence.created,
                ),
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO touched (path, kind, created, run, node, sha256, declared) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (one.path, one.kind, evidence.created, evidence.run, evidence.node, one.sha256, int(one.declared))
                    for one in touches
                ],
            )

    def has_evidence(self, pipeline: str) -> bool:
        """Whether anything of a pipeline might be reused."""
        row = self._connection.execute("SELECT 1 FROM evidence WHERE pipeline = ? LIMIT 1", (pipeline,)).fetchone()
        return row is not None

    def successes(self, key: str) -> Iterator[Success]:
        """The successes of a node with this key, newest first."""
        rows = self._connection.execute(_BY_KEY, (key, CANDIDATES)).fetchall()
        return (success for row in rows if (success := _success(row)) is not None)

    def newest_success(self, pipeline: str, node: str) -> Success | None:
        """The newest success of a node of which it is known what it depended on."""
        row = self._connection.execute(_BY_NODE, (pipeline, node)).fetchone()
        return None if row is None else _success(row)

    def seems_unchanged(self, run_id: str) -> bool:
        """Whether a run is, by its plan and sources, the same as one before it: then it may be that nothing runs."""
        row = self._run_row(run_id)
        before = self._connection.execute(_SAME_PLAN, dict(row)).fetchone()
        if before is None or not row["reuse"]:
            return False
        sources = loads(row["provenance"]).get("sources")
        return sources is not None and sources == loads(before["provenance"]).get("sources")

    def touches(self, path: str, kind: str, limit: int = 100) -> list[dict[str, Any]]:
        """Who made, or read, a file: run, node, label, pipeline, time and hash, newest first."""
        rows = self._connection.execute(_TOUCHED, (path, kind, limit))
        return [
            {
                "run": row["run"],
                "node": row["node"],
                "label": row["label"],
                "pipeline": row["pipeline"],
                "time": row["created"],
                "sha256": row["sha256"],
            }
            for row in rows
        ]

    def was_made(self, path: str, sha256: str) -> bool:
        """Whether a run made the file as it is."""
        row = self._connection.execute(
            "SELECT 1 FROM touched WHERE path = ? AND kind = 'made' AND sha256 = ? LIMIT 1", (path, sha256)
        ).fetchone()
        return row is not None


def _success(row: Any) -> Success | None:
    """The success of a row; None if it is damaged."""
    try:
        parts, inputs = loads(row["parts"]), loads(row["inputs"])
    except ValueError:
        return None
    evidence = Evidence(
        run=row["run"],
        node=row["node"],
        pipeline=row["pipeline"],
        attempt=row["attempt"],
        key=row["key"],
        parts=parts,
        inputs=inputs,
        why=row["why"],
        created=row["created"],
    )
    return Success(
        evidence,
        loads(row["results"]),
        loads(row["outputs"]),
        row["notebook"],
        row["log"],
        row["reused_from"] or row["run"],
    )
