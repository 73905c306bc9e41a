"""What a follower does: takes in runs and requests, brings runs to Airflow, keeps them as they are there."""

from __future__ import annotations

import sqlite3
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import MlopsError, NotFound
from ...paths import Workspace, known_mark, known_workspaces
from ...secrets import SecretStore
from ...states import SETTLED
from ...store import Store, new_run_id
from ...store.documents import timestamp
from ..registry import Registry, Runtime
from .deploying import Deployments, plan_of
from .desk import Desk
from .evidence import Evidence
from .mapping import error_document
from .polling import MISSES, Poller, is_active
from .remoterun import RemoteRun, new_remote
from .submission import BEFORE, Means, Submission, told

LOOK_SECONDS = 0.05
SEARCH_SECONDS = 2.0
IDLE_SECONDS = 600.0


class Follower:
    """All runs of one runtime, in all workspaces of this user."""

    def __init__(self, means: Means, evidence: Evidence) -> None:
        self._means = means
        self._name = means.runtime.name
        self._poller = Poller(
            means.airflow, means.desk, evidence, max(0.5, means.runtime.poll_seconds), self._discovered
        )
        self._stores: dict[Workspace, Store] = {}
        self._versions: dict[Workspace, int] = {}
        self._deployments: dict[Workspace, Deployments] = {}
        self._runs: dict[str, RemoteRun] = {}
        self._submissions: dict[str, Submission] = {}
        self._busy: set[str] = set()
        self._again: dict[str, int] = {}
        self._known = -1.0
        self._next_search = 0.0

    def serve(self, seconds: float | None = None) -> None:
        """Until nothing was to do for long, or for so many seconds at most, or until nothing more is to be told."""
        begin = idle_since = time.monotonic()
        while True:
            try:
                self.turn()
            except sqlite3.OperationalError as error:
                # The disk is full, or someone holds the database: what was committed stands.
                say(f"{error}; trying again")
                for workspace, store in self._stores.items():
                    if store.renew(error):
                        self._versions[workspace] = -1
                time.sleep(1.0)
            now = time.monotonic()
            if self._runs or not self._means.desk.idle or any(self._needed()):
                idle_since = now
            if seconds is not None and (now - begin > seconds or self._is_told(now - begin)):
                return
            if now - idle_since > IDLE_SECONDS:
                return

    def _is_told(self, seconds: float) -> bool:
        """Whether what happened in Airflow is known here."""
        if not self._runs:
            return seconds > 1.0
        return self._poller.calm > 1 and self._means.desk.idle and not self._submissions

    def turn(self) -> None:
        """Takes in what others wrote, lets everything go on, takes in answers."""
        self._search()
        for workspace, store in self._stores.items():
            version = store.data_version()
            if version != self._versions[workspace]:
                self._versions[workspace] = version
                self._take_in(store)
        for run_id in list(self._submissions):
            submission = self._submissions[run_id]
            submission.advance(self._runs.values())
            if submission.run.step == "following":
                del self._submissions[run_id]
                self._poller.soon()
        for run_id in [run_id for run_id, run in self._runs.items() if run.over]:
            self._runs.pop(run_id)
            self._submissions.pop(run_id, None)
        stalled = [run.store for run in self._runs.values() if run.stalled]
        for workspace, deployments in self._deployments.items():
            deployments.advance(stalled=self._stores[workspace] in stalled)
        self._poller.advance(self._runs, *self._of_interest())
        self._means.desk.take(LOOK_SECONDS)

    def close(self) -> None:
        """Closes the stores."""
        self._means.desk.close()
        for store in self._stores.values():
            store.close()

    def _needed(self) -> Iterator[bool]:
        return (self._name in store.remote_needs() for store in self._stores.values())

    def _search(self) -> None:
        """Takes in workspaces that are new."""
        mark, now = known_mark(), time.monotonic()
        if mark == self._known and now < self._next_search:
            return
        self._known, self._next_search = mark, now + SEARCH_SECONDS
        found = known_workspaces()
        for workspace in set(self._stores) - set(found):
            self._drop(workspace)
        for workspace in found:
            if workspace not in self._stores:
                try:
                    store = Store.open(workspace, create=False)
                except MlopsError as error:
                    say(f"{workspace.folder}: {error.message}")
                    continue
                self._stores[workspace], self._versions[workspace] = store, -1
                self._deployments[workspace] = Deployments(self._means, store)

    def _drop(self, workspace: Workspace) -> None:
        store = self._stores.pop(workspace)
        del self._versions[workspace], self._deployments[workspace]
        for run_id in [run_id for run_id, run in self._runs.items() if run.store is store]:
            del self._runs[run_id]
            self._submissions.pop(run_id, None)
        store.close()

    def _take_in(self, store: Store) -> None:
        for run_id in store.active_runs(self._name):
            if run_id not in self._runs:
                self._adopt(store, run_id)
        for run_id in store.asked(self._name, "cancel"):
            run = self._runs.get(run_id)
            if run is not None and not run.cancelling:
                self._cancel(run)
        for run_id in store.asked(self._name, "retry"):
            if run_id not in self._busy:
                self._retry(store, run_id)

    def _adopt(self, store: Store, run_id: str) -> None:
        run = RemoteRun(store, run_id)
        self._runs[run_id] = run
        if run.step == "following":
            self._poller.soon()
        else:
            self._submissions[run_id] = Submission(self._means, run)

    def _cancel(self, run: RemoteRun) -> None:
        submission = self._submissions.get(run.run_id)
        if submission is not None:
            submission.cancel()
        if run.over or run.step in BEFORE:
            return
        run.cancelling = True
        run.say(message="Airflow is asked to stop the run.")
        self._stop(run)

    def _stop(self, run: RemoteRun) -> None:
        def failed(error: Exception) -> None:
            if not run.over:
                run.trouble(told(error))
                # The request stays in the store: with the next change it is asked again.
                run.cancelling = False

        self._means.desk.call(
            lambda: self._means.airflow.stop(run.dag_id, run.airflow_id), lambda _: self._poller.soon(), failed
        )

    def _retry(self, store: Store, run_id: str) -> None:
        """Clears in Airflow what failed, then opens the run again here."""
        run = RemoteRun(store, run_id)
        if run.state != "failed" or run.remote["url"] is None:
            store.answered(run_id, "retry")
            return
        self._busy.add(run_id)

        def work() -> bool:
            if self._means.airflow.dag_run(run.dag_id, run.airflow_id) is None:
                return False
            self._means.airflow.clear_failed(run.dag_id, run.airflow_id)
            return True

        def then(found: bool) -> None:
            self._busy.discard(run_id)
            if not found:
                store.answered(run_id, "retry")
                run.trouble(
                    MlopsError("The run is not in Airflow any more.", "Start a new one.", code="remote-deleted")
                )
                return
            self._open_again(store, run_id, "What failed runs again.")

        def failed(error: Exception) -> None:
            self._busy.discard(run_id)
            store.answered(run_id, "retry")
            run.trouble(told(error))

        self._means.desk.call(work, then, failed)

    def _open_again(self, store: Store, run_id: str, message: str) -> None:
        run = RemoteRun(store, run_id)
        nodes = [
            name
            for name, node in run.nodes.items()
            if node.state in ("failed", "cancelled") or (node.state == "skipped" and node.reason == "upstream")
        ]
        run.reopen(nodes, message)
        self._runs[run_id] = run
        self._poller.soon()

    def _of_interest(self) -> tuple[list[str], str | None]:
        """The DAGs whose new runs are taken up, and since when."""
        known = [one for store in self._stores.values() for one in store.deployments(self._name) if one["delivered"]]
        return [one["dag_id"] for one in known], min((one["delivered"] for one in known), default=None)

    def _discovered(self, shown: Mapping[str, Any]) -> None:
        """A run of one of our DAGs that is not followed: a schedule or a person started it, or it goes on."""
        dag_id, run_id = str(shown.get("dag_id")), str(shown.get("dag_run_id"))
        for store in self._stores.values():
            known = store.known_remote(self._name, dag_id, run_id)
            if known is not None:
                self._goes_on(store, known, shown)
                return
        for store in self._stores.values():
            deployment = next((one for one in store.deployments(self._name) if one["dag_id"] == dag_id), None)
            if deployment is not None and deployment["delivered"] is not None:
                self._take_up(store, deployment, run_id, shown)
                return

    def _take_up(self, store: Store, deployment: dict[str, Any], run_id: str, shown: Mapping[str, Any]) -> None:
        conf = shown.get("conf")
        conf = dict(conf) if isinstance(conf, Mapping) else {}
        try:
            plan = self._bound(deployment, conf)
        except MlopsError as error:
            say(f"{run_id}: {error.message}")
            return
        ours = new_run_id()
        remote = new_remote(
            str(deployment["dag_id"]),
            run_id,
            step="following",
            message="Airflow runs it.",
            url=self._means.airflow.link(str(deployment["dag_id"]), run_id),
            package=conf.get("mlops_package") or deployment["package"],
            version=deployment["version"],
            pinned=deployment["pinned"],
            scheduled=shown.get("run_type") == "scheduled",
        )
        kept = store.workspace.run_folder(ours) / ".source" / plan.pipeline
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.write_text(deployment["document"], encoding="utf-8")
        store.create_run(plan, run_id=ours, remote=remote)
        self._adopt(store, ours)

    def _bound(self, deployment: dict[str, Any], conf: dict[str, Any]) -> Any:
        """The plan with the values that the run was given, as far as they are parameters of the pipeline."""
        unbound = plan_of(deployment)
        scheduled = (deployment["schedule"] or {}).get("parameters") or {}
        names = set(unbound.parameters) | set(scheduled)
        values = {name: value for name, value in {**scheduled, **conf}.items() if name in names or name in conf}
        values.pop("mlops_package", None)
        try:
            return plan_of(deployment, values)
        except MlopsError:
            return unbound

    def _goes_on(self, store: Store, run_id: str, shown: Mapping[str, Any]) -> None:
        """A run that had ended here and is under way in Airflow: somebody cleared it there."""
        if run_id in self._runs or not is_active(shown):
            self._again.pop(run_id, None)
            return
        try:
            run = store.run(run_id)
        except NotFound:
            return  # it was deleted here
        if run["state"] not in SETTLED or run["remote"]["url"] is None:
            return
        self._again[run_id] = self._again.get(run_id, 0) + 1
        if self._again[run_id] >= MISSES:
            del self._again[run_id]
            self._open_again(store, run_id, "A person or Airflow runs it again.")


def serve(name: str, seconds: float | None = None) -> int:
    """Follows a runtime until nothing is to do."""
    try:
        runtime = Registry().get(name)
    except MlopsError as error:
        _refuse_all(name, error)
        return 3
    try:
        follower = _follower(runtime)
    except ImportError:
        _refuse_all(
            name,
            MlopsError(
                "Airflow's client is not installed here.",
                "Install it with: pip install 'mlops_ext[airflow]'",
                code="no-client",
            ),
        )
        return 3
    try:
        follower.serve(seconds)
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        follower.close()
    return 0


def _follower(runtime: Runtime) -> Follower:
    from .client import Airflow
    from .deliver import deliver, prune
    from .files import FileStore

    secrets = SecretStore()
    airflow = Airflow(runtime, secrets)
    means = Means(
        runtime,
        airflow,
        Desk(),
        lambda package, origin: deliver(package, runtime, secrets, origin),
        lambda dag_id, keep: prune(runtime, secrets, dag_id, keep),
    )
    return Follower(means, Evidence(FileStore(runtime), airflow))


def _refuse_all(name: str, error: MlopsError) -> None:
    """Tells each run why nobody follows it; those that were not started and are not wanted any more end."""
    for workspace in known_workspaces():
        try:
            store = Store.open(workspace, create=False)
        except MlopsError:
            continue
        with store:
            cancelled = store.asked(name, "cancel")
            for run_id in store.active_runs(name):
                run = RemoteRun(store, run_id)
                if run_id in cancelled:
                    run.cancelling = True
                    run.end("Cancelled here; what runs in Airflow was not stopped.")
                elif run.step in ("accepted", "delivering", "waiting"):
                    failure = error_document(error.code, error.message, error.hint or None)
                    run.end(f"It was not started in Airflow. {error.message}", error=failure)
                else:
                    run.trouble(error)


def say(text: str) -> None:
    """A line in the follower's log."""
    print(f"{timestamp()} {text}", file=sys.stderr, flush=True)
