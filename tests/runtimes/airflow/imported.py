"""Run by Airflow's own Python: imports DAGs as Airflow does, and tells what it made of them. Prints one JSON document.

python imported.py FOLDER
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def tasks(dag: Any) -> dict[str, Any]:
    """What a task of the DAG would be rendered from, after rendering."""
    told = {}
    for task in dag.tasks:
        task.render_template_fields({"params": dag.params, "dag": dag, "task": task})
        told[task.task_id] = {
            "fields": list(task.template_fields),
            "node": task.node,
            "name": task.task_display_name,
            "retries": task.retries,
            "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
            "owner": task.owner,
            "queue": task.queue,
            "pool": task.pool,
            "rule": str(task.trigger_rule.value),
            "before": sorted(task.upstream_task_ids),
        }
    return told


def main() -> None:
    """Imports and tells."""
    began = time.perf_counter()
    bag = DagBag(sys.argv[1], bundle_path=Path(sys.argv[1]), bundle_name="tests")
    seconds = time.perf_counter() - began
    told = {}
    for name, dag in bag.dags.items():
        program = sys.modules[type(dag.tasks[0]).__module__]
        told[name] = {
            "description": dag.description,
            "doc": dag.doc_md,
            "tags": sorted(dag.tags),
            "cron": getattr(dag.timetable, "expression", None),
            "params": {key: dag.params.get_param(key).serialize() for key in dag.params},
            "tasks": tasks(dag),
            "plan": program.PIPELINE["plan"],
        }
    # A parameter that is required has no value.
    json.dump({"seconds": seconds, "errors": bag.import_errors, "dags": told}, sys.stdout, default=lambda _: None)


main()
