"""A pipeline of notebooks and scripts as a DAG of Airflow.

This program is the same for every pipeline. What differs is one constant, a JSON
text: nothing in it is ever rendered by Jinja, evaluated or imported. It needs
Airflow 3 and nothing else; nodes run in a process of their own, by the runner in
the package beside this file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, BaseOperator, Connection, CronTriggerTimetable, Param, Variable

try:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowNotFoundException,
        AirflowSkipException,
        AirflowTaskTimeout,
    )
except ImportError:  # before 3.2 they lie here
    from airflow.exceptions import (
        AirflowException,
        AirflowNotFoundException,
        AirflowSkipException,
        AirflowTaskTimeout,
    )
try:
    from airflow.sdk.log import mask_secret
except ImportError:  # before 3.1
    from airflow.sdk.execution_time.secrets_masker import mask_secret

DOCUMENT = "{}"
PIPELINE = json.loads(DOCUMENT)
KEY = "mlops"
"""Of the XCom that holds the outcome of a node, as JSON text."""
MARK = "mlops-ext outcome "
"""Begins the line of the log that holds the outcome of an attempt that failed."""
HIDDEN = ("JUPYTER", "JPY", "MLOPS_", "AIRFLOW", "_AIRFLOW", "__AIRFLOW")
UPLOAD_SECONDS = 300
"""The runner ends a node at its timeout; Airflow ends the task if the runner then takes longer than this."""
ENDING_SECONDS = 10


class Problem(Exception):
    """A node cannot run, for a reason that a person can be told."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


class MlopsNode(BaseOperator):  # type: ignore[misc]  # Airflow is not installed where this is checked
    """Runs one node. No field is a template, so no text of the pipeline is ever rendered."""

    template_fields = ()
    ui_color = "#e8f0fe"
    _process: subprocess.Popen[bytes] | None = None

    def __init__(self, *, node: str, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.node = node

    def execute(self, context: Any) -> None:
        """Runs the node, and pushes what became of it."""
        ti = context["ti"]
        try:
            outcome = self._outcome(context)
        except Problem as problem:
            outcome = failed(ti, problem.code, problem.message, problem.hint)
        except AirflowTaskTimeout:
            outcome = failed(ti, "timeout", "The task took longer than its timeout, and was ended.", reason="timeout")
            self._tell(ti, outcome)
            raise
        if outcome["state"] == "failed":
            raise AirflowException(self._tell(ti, outcome))
        ti.xcom_push(KEY, json.dumps(outcome))
        if outcome["reason"] == "condition":
            raise AirflowSkipException("No condition of the edges to this node holds.")

    def _tell(self, ti: Any, outcome: dict[str, Any]) -> str:
        """Leaves a failure where who follows the run finds it: the next attempt clears the XCom, and not the log."""
        sentence = " ".join(text for text in (outcome["error"]["message"], outcome["error"]["hint"]) if text)
        self.log.error("[mlops] %s", sentence)
        self.log.info("%s%s", MARK, json.dumps({**outcome, "results": {}, "outputs": {}}))
        with suppress(Exception):  # what went wrong first is what counts
            ti.xcom_push(KEY, json.dumps(outcome))
        return sentence

    def on_kill(self) -> None:
        """Asks the runner to end the node and all that it started."""
        if self._process is not None and self._process.poll() is None:
            with suppress(OSError):
                os.kill(self._process.pid, signal.SIGTERM)

    def _outcome(self, context: Any) -> dict[str, Any]:
        ti, run = context["ti"], context["dag_run"]
        package = Package((run.conf or {}).get("mlops_package", PIPELINE["package"]))
        plan = package.plan
        step = plan["steps"].get(self.node)
        if step is None:
            self.log.info("This node is not part of the version of the pipeline that this run began with.")
            return skipped(ti, "condition")
        incoming = [edge for edge in plan["edges"] if edge["to"] == self.node]
        before = upstream(self.node, plan["edges"])
        wanted = {edge["from"] for edge in incoming} | {node for node in before if plan["steps"][node]["outputs"]}
        wanted |= {value["node"] for value in step["parameters"].values() if "node" in value}
        outcomes = {node: pulled(ti, node) for node in plan["steps"] if node in wanted}
        if incoming and not any(live(edge, outcomes[edge["from"]]) for edge in incoming):
            return skipped(ti, "condition")
        env, secrets = {}, []
        for name, value in ({} if step["disabled"] else step["env"]).items():
            env[name] = value if isinstance(value, str) else secret(name, value["secret"])
            if not isinstance(value, str):
                secrets.append(env[name])
        inherited = [found["store"] for node, found in outcomes.items() if node in before and found and kept(found)]
        job = {
            "action": "recall" if step["disabled"] else "run",
            "dag": PIPELINE["dag"]["id"],
            "run": run.run_id,
            "node": self.node,
            "attempt": ti.try_number,
            "package": package.digest,
            "folder": str(package.folder),
            "pipeline": plan["pipeline"],
            "step": step,
            "brings": package.manifest["nodes"].get(self.node, []),
            "parameters": {} if step["disabled"] else parameters(step, plan, package.manifest, run, outcomes),
            "env": env,
            "secrets": secrets,
            "inherited": inherited,
            "files": {"url": package.manifest["files_url"], "connection": connection(package.manifest)},
        }
        return self._run(ti, job, package, step)

    def _run(self, ti: Any, job: dict[str, Any], package: Package, step: dict[str, Any]) -> dict[str, Any]:
        """Starts the runner, hands it the job, brings what it prints to the log."""
        python = package.manifest["python"] or sys.executable
        visible = {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}
        with tempfile.TemporaryDirectory(prefix="mlops-", ignore_cleanup_errors=True) as scratch:
            command = [python, str(package.runner())]
            try:
                process = subprocess.Popen(  # noqa: S603 - the package's own program
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    cwd=scratch,
                    env=visible,
                )
            except OSError as error:
                hint = "Set `python` of the runtime to an interpreter on the worker that has papermill."
                raise Problem("no-python", f"{python} cannot be started here: {error.strerror}.", hint) from None
            self._process = process
            orders, printed = process.stdin, process.stdout
            assert orders is not None and printed is not None  # noqa: S101 - both are pipes
            try:
                with suppress(BrokenPipeError):
                    orders.write(json.dumps({**job, "scratch": scratch}).encode("ascii") + b"\n")
                    orders.flush()
                for line in printed:
                    self.log.info("%s", line.decode("utf-8", "replace").rstrip("\r\n"))
                code = process.wait()
            except AirflowTaskTimeout:
                self.on_kill()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(ENDING_SECONDS)
                raise
            finally:
                with suppress(OSError):
                    orders.close()  # its end is an order to end
                if process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                self._process = None
            try:
                found: dict[str, Any] = json.loads((Path(scratch) / "outcome.json").read_bytes())
            except (OSError, ValueError):
                return failed(
                    ti,
                    "worker-died",
                    f"The process that ran the node ended with exit code {code} and said nothing.",
                    "It may have needed more memory than there is; its output is in the log.",
                    reason="killed" if code < 0 else "error",
                    exit_code=code,
                )
            return found


class Package:
    """The folder with what the nodes run, named by the hash of its manifest."""

    def __init__(self, digest: Any) -> None:
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise Problem("package", "mlops_package in the run's conf is no package.", "Start the run without it.")
        self.digest = digest
        self.folder = Path(__file__).resolve().parent / "pkg" / digest[:12]
        try:
            data = (self.folder / "manifest.json").read_bytes()
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != digest:
            message = f"The package {digest[:12]} of this run is not where its DAG is, or was changed."
            raise Problem("package", message, "Deliver the pipeline again.")
        self.manifest: dict[str, Any] = json.loads(data)
        self.plan: dict[str, Any] = self.manifest["plan"]

    def runner(self) -> Path:
        """The runner, if it is the one that was delivered."""
        path = self.folder / "runner.py"
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != self.manifest["runner"]:
            message = f"The runner of the package {self.digest[:12]} is missing or was changed."
            raise Problem("package", message, "Deliver the pipeline again.")
        return path


def parameters(
    step: dict[str, Any], plan: dict[str, Any], manifest: dict[str, Any], run: Any, outcomes: dict[str, Any]
) -> dict[str, Any]:
    """The values for a node; a value that is missing is a failure of this node."""
    given = dict(plan["parameters"])
    kind = getattr(run.run_type, "value", run.run_type)
    if kind in ("scheduled", "backfill"):
        given.update(manifest["scheduled"])
    given.update({name: value for name, value in (run.conf or {}).items() if name in manifest["parameters"]})
    values = {}
    for key, value in step["parameters"].items():
        if "value" in value:
            values[key] = value["value"]
        elif "node" in value:
            results = (outcomes.get(value["node"]) or {}).get("results", {})
            if value["name"] not in results:
                raise Problem(
                    "unknown-result",
                    f"The parameter {key} is the result {value['name']} of {value['node']}, which did not report it.",
                    f"Assign {value['name']} in the cell tagged results of {value['node']}.",
                )
            values[key] = results[value["name"]]
        elif value["name"] in given:
            values[key] = given[value["name"]]
        else:
            raise Problem("parameter-type", f"The parameter {value['name']} needs a value, and the run gives none.")
    return values


def secret(variable: str, name: str) -> str:
    """The value of a secret: the variable of Airflow with this name, else the password of the connection."""
    value = Variable.get(name, default=None)
    if value is None:
        with suppress(AirflowNotFoundException):
            value = Connection.get(name).password
    if not value:
        raise Problem(
            "unknown-secret",
            f"The variable {variable} wants the secret {name}, and this Airflow has neither a variable {name}"
            f" nor a connection {name} with a password.",
            "Make one of them in Airflow.",
        )
    mask_secret(str(value))
    return str(value)


def connection(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """What opens the file store, from the connection that the runtime names."""
    name = manifest["files_connection"]
    if name is None:
        return None
    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        message = f"The connection {name}, which opens the file store, does not exist in this Airflow."
        raise Problem("file-store", message, "Make it, or take it off `files` of the runtime.") from None
    fields = ("conn_type", "host", "port", "schema", "login", "password")
    return {**{field: getattr(found, field) for field in fields}, "extra": found.extra_dejson}


def pulled(ti: Any, node: str) -> dict[str, Any] | None:
    """The outcome of a node before; None if it was skipped. Whoever marked it as succeeded has the last word."""
    text = ti.xcom_pull(task_ids=node, key=KEY, map_indexes=-1)
    if text is not None:
        outcome: dict[str, Any] = json.loads(text) if isinstance(text, str) else text
        return outcome
    states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[node], run_ids=[ti.run_id]).get(ti.run_id, {})
    return (
        {"state": "succeeded", "reason": None, "results": {}, "store": None} if states.get(node) == "success" else None
    )


def kept(outcome: dict[str, Any]) -> bool:
    """Whether its outputs lie in the file store."""
    return bool(outcome["store"]) and (outcome["state"] == "succeeded" or outcome["reason"] == "disabled")


def live(edge: dict[str, Any], outcome: dict[str, Any] | None) -> bool:
    """Whether an edge is live, given the outcome of its source."""
    if outcome is None or outcome["reason"] == "condition":
        return False
    when = edge.get("when")
    return True if when is None else holds(when, outcome["results"])


def holds(when: dict[str, Any], results: dict[str, Any]) -> bool:
    """A condition; without the result none holds, and what cannot be compared is neither less nor more."""
    if when["result"] not in results:
        return False
    left, op, right = results[when["result"]], when["op"], when["value"]
    if op in ("==", "!="):
        return bool((left == right and isinstance(left, bool) == isinstance(right, bool)) == (op == "=="))
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        return False
    less, equal = bool(left < right), bool(left == right)
    return {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[op]


def upstream(node: str, edges: list[dict[str, Any]]) -> set[str]:
    """All nodes before a node."""
    sources: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge["to"], []).append(edge["from"])
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in found:
                found.add(source)
                waiting.append(source)
    return found


def failed(
    ti: Any, code: str, message: str, hint: str = "", *, reason: str = "error", exit_code: int | None = None
) -> dict[str, Any]:
    """The outcome of a node that failed outside of the runner."""
    error = {"code": code, "message": message, "hint": hint, "cell": None, "exit_code": exit_code}
    return {**skipped(ti, reason), "state": "failed", "error": error}


def skipped(ti: Any, reason: str) -> dict[str, Any]:
    """The outcome of a node that need not run."""
    return {
        "version": 1,
        "state": "skipped",
        "reason": reason,
        "results": {},
        "outputs": {},
        "error": None,
        "cell": None,
        "cells": None,
        "notebook": None,
        "package": PIPELINE["package"],
        "attempt": ti.try_number,
        "seconds": 0.0,
        "store": None,
    }


def build() -> DAG:
    """The DAG: one task a node, its id the node's."""
    about = PIPELINE["dag"]
    schedule = about["schedule"]
    made = DAG(
        dag_id=about["id"],
        dag_display_name=about["name"],
        description=about["description"],
        doc_md=about["doc"],
        schedule=None if schedule is None else CronTriggerTimetable(schedule["cron"], timezone=schedule["timezone"]),
        start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - any Python of Airflow 3
        catchup=False,
        tags=about["tags"],
        params={name: Param(**content) for name, content in about["params"].items()},
    )
    tasks: dict[str, MlopsNode] = {}
    sources: dict[str, list[MlopsNode]] = {}
    for node, step in PIPELINE["plan"]["steps"].items():
        timeout = step["timeout"]
        tasks[node] = MlopsNode(
            dag=made,
            task_id=node,
            node=node,
            task_display_name=about["labels"].get(node, node),
            retries=step["retries"],
            retry_delay=timedelta(seconds=step["retry_delay"]),
            execution_timeout=None if timeout is None else timedelta(seconds=timeout + UPLOAD_SECONDS),
            trigger_rule="none_failed_min_one_success",
            do_xcom_push=False,
            **{**about["settings"], **about["apart"].get(node, {})},
        )
    for edge in PIPELINE["plan"]["edges"]:
        sources.setdefault(edge["to"], []).append(tasks[edge["from"]])
    for node, before in sources.items():
        tasks[node].set_upstream(before)
    return made


dag = build()
