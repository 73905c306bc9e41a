"""A plan becomes a package: the DAG, and beside it all that its nodes need, named by its content.

The same pipeline gives the same bytes on any machine. What travels are notebooks
(their cells, not what they showed), scripts and declared files, kept under their
hashes: names that Airflow, git or a file system could trip over stay in the manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ... import timetable
from ...compile import Plan, Step
from ...errors import InvalidPipeline, TooLarge
from ...issues import issue
from ...model import Issue, Json, Parameter, Pipeline
from ...paths import Workspace
from ..local import snapshot
from ..registry import Runtime
from .program import dag_text, runner_text

FILE_LIMIT = 64 * 1024 * 1024
TOTAL_LIMIT = 512 * 1024 * 1024
PACKAGE_MARK = "mlops-ext package "
"""The last line of a DAG's documentation begins so; its digest follows."""
_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "list": "array",
    "object": "object",
}
_TAG_LENGTH = 100
_CELL_DRIFT = ("ExecuteTime", "collapsed", "execution", "papermill", "scrolled", "trusted")
_NOTEBOOK_DRIFT = ("language_info", "papermill", "signature", "widgets")


@dataclass(frozen=True)
class Package:
    """What is delivered; paths are relative to the folder of delivery."""

    dag_id: str
    digest: str
    files: Mapping[str, bytes]

    @property
    def dag_file(self) -> str:
        """The file that goes last: with it the rest is there."""
        return f"{self.dag_id}/dag.py"


def dag_id_of(pipeline: str) -> str:
    """The id of a pipeline's DAG, from its path in the workspace."""
    stem = pipeline.rpartition("/")[2].removesuffix(".pipeline")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return f"{slug or 'pipeline'}-{hashlib.sha256(pipeline.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def build(
    workspace: Workspace, plan: Plan, pipeline: Pipeline, runtime: Runtime, sources: Path | None = None
) -> Package:
    """The package of a plan that is not bound to values; raises MlopsError.

    Files come from `sources`, the folder with the snapshot of a run, else from the workspace.
    """
    _refuse_what_airflow_cannot(pipeline)
    plan = _with_retries(plan, pipeline, runtime)
    listed = _listed(workspace, plan, sources)
    files, entries = _contents(workspace, plan, listed, sources)
    runner = runner_text().encode("utf-8")
    about = _about(plan, pipeline, runtime)
    schedule = _dict(pipeline.document.get("schedule"))
    manifest = {
        "version": 1,
        "plan": plan.to_json(),
        "dag": about,
        "program": hashlib.sha256(dag_text({}).encode("utf-8")).hexdigest(),
        "runner": hashlib.sha256(runner).hexdigest(),
        "files": entries,
        "nodes": listed,
        "parameters": sorted(pipeline.parameters),
        "scheduled": _dict(schedule.get("parameters")),
        "python": runtime.python,
        "files_url": runtime.files_url.rstrip("/"),
        "files_connection": runtime.files_connection,
    }
    data = json.dumps(manifest, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    digest = hashlib.sha256(data).hexdigest()
    about["doc"] = "\n\n".join(text for text in (str(about["doc"]), f"{PACKAGE_MARK}{digest}") if text)
    folder = f"{about['id']}/pkg/{digest[:12]}"
    document: dict[str, Json] = {"package": digest, "dag": about, "plan": plan.to_json()}
    return Package(
        str(about["id"]),
        digest,
        {
            **{f"{folder}/files/{name}": content for name, content in sorted(files.items())},
            f"{folder}/runner.py": runner,
            f"{folder}/manifest.json": data,
            # A pattern that means the same in both syntaxes that Airflow knows.
            f"{about['id']}/.airflowignore": b"pkg/\n",
            f"{about['id']}/dag.py": dag_text(document).encode("utf-8"),
        },
    )


def _refuse_what_airflow_cannot(pipeline: Pipeline) -> None:
    issues: list[Issue] = []
    if "mlops_package" in pipeline.parameters:
        message = "The parameter mlops_package cannot be used on Airflow: the name says there what a run began with."
        issues.append(issue("error", "parameter-type", ("parameters", "mlops_package"), message, "Rename it."))
    schedule = _dict(pipeline.document.get("schedule"))
    if schedule:
        given = _dict(schedule.get("parameters"))
        for name, parameter in pipeline.parameters.items():
            if parameter.required and name not in given:
                message = f"The schedule gives no value for the parameter {name}, which needs one."
                issues.append(issue("error", "parameter-type", ("schedule", "parameters", name), message))
        wrong = timetable.problem(str(schedule["cron"]), str(schedule.get("timezone", "UTC")))
        if wrong is not None:
            issues.append(issue("error", "schema", ("schedule", wrong[0]), wrong[1]))
    if issues:
        raise InvalidPipeline(issues)


def _with_retries(plan: Plan, pipeline: Pipeline, runtime: Runtime) -> Plan:
    """The plan with the runtime's retries for nodes that say nothing about them."""
    if runtime.retries is None or "retries" in _dict(pipeline.document.get("defaults")):
        return plan
    nodes = _dict(pipeline.document.get("nodes"))
    steps = {
        name: step if "retries" in _dict(nodes.get(name)) else replace(step, retries=runtime.retries)
        for name, step in plan.steps.items()
    }
    return replace(plan, steps=steps)


def _about(plan: Plan, pipeline: Pipeline, runtime: Runtime) -> dict[str, Json]:
    """What Airflow is told of the DAG as a whole."""
    own = _dict(_dict(pipeline.document.get("runtimes")).get(runtime.name))
    schedule = _dict(pipeline.document.get("schedule"))
    tags = own.get("tags")
    settings = {
        "owner": str(own.get("owner") or ""),
        "queue": own.get("queue") or runtime.queue,
        "pool": own.get("pool") or runtime.pool,
    }
    nodes = _dict(pipeline.document.get("nodes"))
    apart = {
        name: _settings({key: _dict(nodes.get(name)).get(key) for key in ("queue", "pool")}) for name in plan.steps
    }
    labels = {name: _storable(step.label) for name, step in plan.steps.items() if step.label}
    scheduled = _dict(schedule.get("parameters"))
    name = plan.pipeline.rpartition("/")[2].removesuffix(".pipeline")
    return {
        "id": dag_id_of(plan.pipeline),
        "name": _storable(name)[:250] or dag_id_of(plan.pipeline),
        "description": _storable(pipeline.description) or None,
        "doc": _storable(pipeline.description),
        "schedule": {"cron": schedule["cron"], "timezone": schedule.get("timezone", "UTC")} if schedule else None,
        "tags": sorted({_storable(str(tag)) for tag in tags if 0 < len(str(tag)) <= _TAG_LENGTH})
        if isinstance(tags, list)
        else [],
        "params": {name: _param(parameter, scheduled) for name, parameter in sorted(pipeline.parameters.items())},
        "settings": _settings(settings),
        "apart": {name: chosen for name, chosen in apart.items() if chosen},
        "labels": dict[str, Json](labels),
    }


def _settings(values: Mapping[str, Json]) -> dict[str, Json]:
    """Those of the arguments of a task that are given."""
    return {key: _storable(value) for key, value in values.items() if isinstance(value, str) and value}


def _param(parameter: Parameter, scheduled: Mapping[str, Json]) -> Json:
    """A parameter as Airflow checks and asks for it."""
    kind: Json = _TYPES[parameter.type]
    content: dict[str, Json] = {"description": _storable(parameter.description) or None}
    if not parameter.required:
        content["default"] = _storable(parameter.default)
        kind = ["null", kind] if parameter.default is None else kind
    elif parameter.name in scheduled:
        # Airflow takes no schedule with a parameter that has no value.
        content["default"] = _storable(scheduled[parameter.name])
    return {**content, "schema": {"type": kind}}


def _listed(workspace: Workspace, plan: Plan, sources: Path | None) -> dict[str, list[str]]:
    """The declared files of each node, in order."""
    steps = [step for step in plan.steps.values() if not step.disabled]
    if sources is not None:
        known = json.loads((sources.parent / ".files.json").read_text(encoding="utf-8"))
        return {step.id: sorted(known.get(step.id, [])) for step in steps}
    made = {output for step in plan.steps.values() for output in step.outputs}
    return {
        step.id: sorted({path for text in step.files for path in snapshot.declared(workspace, text, step.id, made)})
        for step in steps
    }


def _contents(
    workspace: Workspace, plan: Plan, listed: Mapping[str, list[str]], sources: Path | None
) -> tuple[dict[str, bytes], dict[str, Json]]:
    """The bytes of all files by their hash, and what the manifest says of each by its path."""
    files: dict[str, bytes] = {}
    entries: dict[str, Json] = {}
    for path, is_notebook in _travelling(plan, listed):
        data, executable = _read(workspace, path, sources)
        data = without_outputs(data) if is_notebook else data
        digest = hashlib.sha256(data).hexdigest()
        files[digest] = data
        entries[path] = {"sha256": digest, "bytes": len(data), "executable": executable}
        if sum(map(len, files.values())) > TOTAL_LIMIT:
            raise TooLarge(
                f"The files of the pipeline take more than {TOTAL_LIMIT // 1024**2} MB together.", _TOO_LARGE_HINT
            )
    return files, entries


_TOO_LARGE_HINT = "Put large data where Airflow's workers can read it, or let a node make it as an output."


def _travelling(plan: Plan, listed: Mapping[str, list[str]]) -> Iterator[tuple[str, bool]]:
    """The paths of all files that travel, each once, sorted; and whether it is the notebook of a node."""
    steps: list[Step] = [step for step in plan.steps.values() if not step.disabled]
    own = {step.path: step.type == "notebook" for step in steps if step.path is not None}
    for path in sorted({*own, *(path for paths in listed.values() for path in paths)}):
        yield path, own.get(path, False)


def _read(workspace: Workspace, path: str, sources: Path | None) -> tuple[bytes, bool]:
    file: BinaryIO
    if sources is not None:
        file = (sources / path).open("rb")
    else:
        file = snapshot.open_inside(workspace, path)
    with file:
        status = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        data = file.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise TooLarge(
            f"The file {path} takes more than {FILE_LIMIT // 1024**2} MB; it cannot travel with the pipeline.",
            _TOO_LARGE_HINT,
        )
    return data, bool(status & stat.S_IXUSR)


def without_outputs(data: bytes) -> bytes:
    """A notebook's cells without what running them left, so that an executed notebook is the same as a fresh one."""
    try:
        notebook = json.loads(data.decode("utf-8"))
        cells = [_fresh(cell) for cell in notebook["cells"]]
        metadata = {key: value for key, value in notebook["metadata"].items() if key not in _NOTEBOOK_DRIFT}
        fresh = {**notebook, "cells": cells, "metadata": metadata}
        return json.dumps(fresh, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return data  # it runs into the same error there as here


def _fresh(cell: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key not in _CELL_DRIFT}
    source = cell.get("source", "")
    fresh = {**cell, "metadata": metadata, "source": "".join(source) if isinstance(source, list) else source}
    return {**fresh, "outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else fresh


def _storable(value: Any) -> Any:
    """A value as Airflow's database can keep it for people to see: PostgreSQL knows no NUL in texts."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_storable(key): _storable(entry) for key, entry in value.items()}
    return [_storable(entry) for entry in value] if isinstance(value, list) else value


def _dict(value: object) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
