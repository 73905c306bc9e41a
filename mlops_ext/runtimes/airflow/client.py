"""All that is asked of Airflow, by its public API.

Answers are raw JSON, so that what this version does not know (a state, a field) is
passed on and never an error. Lists are read page by page. Every failure is an
MlopsError with a code: airflow-unreachable, airflow-tls, airflow-not-airflow,
airflow-version, airflow-sign-in, airflow-forbidden, airflow-refused,
airflow-not-found or airflow-answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ...errors import BadRequest, MlopsError, Refused
from ...issues import show
from ...secrets import SecretStore
from ..registry import Runtime
from .logs import text_of
from .session import Session, entries_of
from .transport import Answer

PAGE = 100
XCOM_KEY = "mlops"
MOST_NAMED = 30
"""So many DAGs are named in the address of a request; of more, Airflow is asked for all."""
_ID = re.compile(r"[A-Za-z0-9_.:+-][A-Za-z0-9_.~:+-]{0,249}")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogPage:
    """A part of a log; `token` asks for what comes after it."""

    text: str
    token: str | None
    ended: bool


class Airflow:
    """The Airflow of a runtime."""

    def __init__(self, runtime: Runtime, secrets: SecretStore | None = None, *, timeout: float = 15.0) -> None:
        from airflow_client.client.api.dag_api import DAGApi
        from airflow_client.client.api.dag_run_api import DagRunApi
        from airflow_client.client.api.import_error_api import ImportErrorApi
        from airflow_client.client.api.pool_api import PoolApi
        from airflow_client.client.api.task_instance_api import TaskInstanceApi
        from airflow_client.client.api.x_com_api import XComApi

        self.runtime = runtime
        self._session = Session(runtime, secrets or SecretStore(), timeout)
        self._plain = self._session.transport.plain
        api = self._session.transport.api
        self._dags, self._runs, self._errors = DAGApi(api), DagRunApi(api), ImportErrorApi(api)
        self._tasks, self._xcoms, self._pools = TaskInstanceApi(api), XComApi(api), PoolApi(api)

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        return self._session.transport.requests

    def sign_in(self) -> None:
        """Gets a token, or raises what is wrong."""
        self._session.sign_in.token()

    def reach(self) -> None:
        """Raises where nothing answers; what it is that answers, `version` tells."""
        self._plain("GET", "/api/v2/version", None)

    def version(self) -> str:
        """The version of Airflow; raises where it is not 3, or no Airflow."""
        status, answer = self._plain("GET", "/api/v2/version", None)
        version = answer.get("version") if status == 200 and isinstance(answer, dict) else None
        if not isinstance(version, str):
            version = self._older_version()
        if not re.match(r"3\.", version):
            raise Refused(
                f"This is Airflow {show(version)}; version 3 is needed.",
                "Use an Airflow 3, whose API this program speaks.",
                code="airflow-version",
            )
        return version[:40]

    def health(self) -> Json:
        """How its parts are; needs no sign-in."""
        return self._session.object(self._plain("GET", "/api/v2/monitor/health", None))

    def dag(self, dag_id: str) -> Json | None:
        """A DAG with its details; None: Airflow does not know it (yet)."""
        return self._session.found(self._dags.get_dag_details_without_preload_content, dag_id=_id(dag_id))

    def dags(self, dag_ids: Iterable[str]) -> list[Json]:
        """The DAGs that Airflow knows of these."""
        wanted = {_id(dag_id) for dag_id in dag_ids}
        if not wanted:
            return []
        named = {"dag_id_pattern": "|".join(sorted(wanted))} if len(wanted) <= MOST_NAMED else {}
        ask = self._dags.get_dags_without_preload_content
        pages = self._session.pages(
            "dags", lambda offset: {"limit": PAGE, "offset": offset, "order_by": ["dag_id"], **named}, ask
        )
        return [dag for dag in pages if dag.get("dag_id") in wanted]

    def import_errors(self) -> list[Json]:
        """What Airflow could not read, of all files."""
        ask = self._errors.get_import_errors_without_preload_content
        return list(self._session.pages("import_errors", lambda offset: {"limit": PAGE, "offset": offset}, ask))

    def pools(self) -> set[str]:
        """The names of its pools."""
        ask = self._pools.get_pools_without_preload_content
        found = self._session.pages("pools", lambda offset: {"limit": PAGE, "offset": offset}, ask)
        return {str(pool.get("name")) for pool in found}

    def set_paused(self, dag_id: str, paused: bool) -> None:
        """Pauses a DAG or lets it run."""
        from airflow_client.client import DAGPatchBody

        body = DAGPatchBody(is_paused=paused)
        self._session.object(
            self._session.call(self._dags.patch_dag_without_preload_content, dag_id=_id(dag_id), dag_patch_body=body)
        )

    def trigger(self, dag_id: str, run_id: str, conf: Json, note: str | None = None) -> Json:
        """Starts a run; one that exists under this id is answered as it is."""
        from airflow_client.client import TriggerDAGRunPostBody

        body = TriggerDAGRunPostBody(dag_run_id=_id(run_id), logical_date=None, conf=conf, note=note)
        status, answer = self._session.call(
            self._runs.trigger_dag_run_without_preload_content, dag_id=_id(dag_id), trigger_dag_run_post_body=body
        )
        if status == 409 and (existing := self.dag_run(dag_id, run_id)) is not None:
            return existing
        return self._session.object((status, answer))

    def dag_run(self, dag_id: str, run_id: str) -> Json | None:
        """A run; None where there is none."""
        return self._session.found(
            self._runs.get_dag_run_without_preload_content, dag_id=_id(dag_id), dag_run_id=_id(run_id)
        )

    def dag_runs(self, dag_ids: Iterable[str], *, since: str | None = None) -> list[Json]:
        """The runs of several DAGs, all together a page a request; `since`: those due from a time on."""
        from airflow_client.client import DAGRunsBatchBody

        wanted = sorted({_id(dag_id) for dag_id in dag_ids})
        if not wanted:
            return []
        due = None if since is None else datetime.fromisoformat(since)

        def page(offset: int) -> Json:
            body = DAGRunsBatchBody(
                dag_ids=wanted, run_after_gte=due, page_limit=PAGE, page_offset=offset, order_by="id"
            )
            return {"dag_id": "~", "dag_runs_batch_body": body}

        return list(self._session.pages("dag_runs", page, self._runs.get_list_dag_runs_batch_without_preload_content))

    def task_instances(self, dag_ids: Iterable[str], run_ids: Iterable[str]) -> list[Json]:
        """The tasks of several runs, all together a page a request."""
        from airflow_client.client import TaskInstancesBatchBody

        dags, runs = sorted({_id(one) for one in dag_ids}), sorted({_id(one) for one in run_ids})
        if not dags or not runs:
            return []

        def page(offset: int) -> Json:
            body = TaskInstancesBatchBody(
                dag_ids=dags, dag_run_ids=runs, page_limit=PAGE, page_offset=offset, order_by="id"
            )
            return {"dag_id": "~", "dag_run_id": "~", "task_instances_batch_body": body}

        return list(
            self._session.pages("task_instances", page, self._tasks.get_task_instances_batch_without_preload_content)
        )

    def tasks_changed(self, dag_ids: Iterable[str], run_ids: Iterable[str], since: str) -> list[Json]:
        """Of the tasks of several runs those that changed since a time: mostly one page, however many there are."""
        dags, runs = {_id(one) for one in dag_ids}, {_id(one) for one in run_ids}
        if not dags or not runs:
            return []
        named = {"dag_id_pattern": "|".join(sorted(dags))} if len(dags) <= MOST_NAMED else {}
        moment = datetime.fromisoformat(since)

        def page(offset: int) -> Json:
            fields = {"limit": PAGE, "offset": offset, "order_by": ["id"], "updated_at_gte": moment}
            return {"dag_id": "~", "dag_run_id": "~", **fields, **named}

        pages = self._session.pages("task_instances", page, self._tasks.get_task_instances_without_preload_content)
        return [task for task in pages if task.get("dag_id") in dags and task.get("dag_run_id") in runs]

    def tries(self, dag_id: str, run_id: str, task_id: str) -> list[Json]:
        """The attempts of a task, the current one too."""
        found = self._session.found(
            self._tasks.get_task_instance_tries_without_preload_content, **_task(dag_id, run_id, task_id)
        )
        return entries_of(found or {}, "task_instances")

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int, token: str | None = None) -> LogPage:
        """The log of an attempt as text: whole, or what came since a page."""
        page = self._session.found(
            self._tasks.get_log_without_preload_content,
            **_task(dag_id, run_id, task_id),
            try_number=attempt,
            token=token,
            accept="application/json",
        )
        if page is None:
            return LogPage("", token, False)
        following = page.get("continuation_token")
        following = following if isinstance(following, str) else None
        return LogPage(text_of(page.get("content")), following, following is None)

    def outcome(self, dag_id: str, run_id: str, task_id: str) -> Json | None:
        """What a task pushed under our key; None where it did not."""
        entry = self._session.found(
            self._xcoms.get_xcom_entry_without_preload_content,
            **_task(dag_id, run_id, task_id),
            xcom_key=XCOM_KEY,
        )
        value = None if entry is None else entry.get("value")
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
        return value if isinstance(value, dict) else None

    def stop(self, dag_id: str, run_id: str) -> None:
        """Ends a run that has not ended; its tasks are told to end."""
        from airflow_client.client import DagRunMutableStates, DAGRunPatchBody

        run = self.dag_run(dag_id, run_id)
        if run is None or run.get("state") in ("success", "failed"):
            return
        self._session.object(
            self._session.call(
                self._runs.patch_dag_run_without_preload_content,
                dag_id=_id(dag_id),
                dag_run_id=_id(run_id),
                dag_run_patch_body=DAGRunPatchBody(state=DagRunMutableStates.FAILED),
            )
        )

    def clear_failed(self, dag_id: str, run_id: str) -> None:
        """Lets run again what failed in a run, and what did not run because of it."""
        from airflow_client.client import ClearTaskInstancesBody

        body = ClearTaskInstancesBody(dag_run_id=_id(run_id), only_failed=True, dry_run=False, reset_dag_runs=True)
        self._session.object(
            self._session.call(
                self._tasks.post_clear_task_instances_without_preload_content,
                dag_id=_id(dag_id),
                clear_task_instances_body=body,
            )
        )

    def may_trigger(self) -> None:
        """Raises where the user may not start runs: asked for a DAG that cannot be there, so that nothing starts."""
        from airflow_client.client import TriggerDAGRunPostBody

        body = TriggerDAGRunPostBody(logical_date=None, conf={})
        answer = self._session.call(
            self._runs.trigger_dag_run_without_preload_content,
            dag_id="mlops-ext.test.no-such-dag",
            trigger_dag_run_post_body=body,
        )
        self._allowed(answer, "start runs")

    def may_pause(self) -> None:
        """Raises where the user may not pause and unpause DAGs; asked in the same way."""
        from airflow_client.client import DAGPatchBody

        answer = self._session.call(
            self._dags.patch_dag_without_preload_content,
            dag_id="mlops-ext.test.no-such-dag",
            dag_patch_body=DAGPatchBody(is_paused=True),
        )
        self._allowed(answer, "pause DAGs")

    def may_read(self) -> None:
        """Raises where the user may not read DAGs."""
        self._session.object(self._session.call(self._dags.get_dags_without_preload_content, limit=1))

    def link(self, dag_id: str, run_id: str | None = None) -> str:
        """The page of a DAG or run in Airflow itself."""
        page = f"{self.runtime.url}/dags/{quote(dag_id, safe='')}"
        return page if run_id is None else f"{page}/runs/{quote(run_id, safe='')}"

    def _allowed(self, answer: Answer, what: str) -> None:
        if answer[0] == 403:
            raise Refused(
                f"The user may not {what}.",
                "Ask Airflow's administrator for a role that may, such as User.",
                code="airflow-forbidden",
            )
        if answer[0] != 404:
            raise self._session.failure(answer)

    def _older_version(self) -> str:
        """What an Airflow 2 calls itself; raises where it is none."""
        found: Any = None
        try:
            found = self._plain("GET", "/api/v1/version", None)[1]
        except MlopsError as error:
            if error.code == "airflow-unreachable":
                raise
        version = found.get("version") if isinstance(found, dict) else None
        if isinstance(version, str):
            return version
        raise Refused(
            f"What answers at {self.runtime.url} is not Airflow.",
            "Give the address of Airflow's own page, without /api/v2.",
            code="airflow-not-airflow",
        )


def _task(dag_id: str, run_id: str, task_id: str) -> Json:
    return {"dag_id": _id(dag_id), "dag_run_id": _id(run_id), "task_id": _id(task_id)}


def _id(text: str) -> str:
    """An id as Airflow has them; the dots of a path and the wildcard are none."""
    if not _ID.fullmatch(text) or text in (".", ".."):
        raise BadRequest(f"{show(text)} is no id of Airflow.")
    return text
