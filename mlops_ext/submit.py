"""The recipe of a run: a draft, a snapshot of the sources, a record, an engine.

Command line, routes and tests come through here. A run that `submit` answered
exists until its owner deletes it: it is committed before the answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from . import provenance
from .compile import Plan, compile_plan
from .drafting import Options, changed, check_options, checked, draft, locate, read
from .errors import BadRequest, Conflict, MlopsError, of_disk
from .failpoints import failpoint
from .model import Issue, Json
from .monitoring import files as monitors
from .parse import parse
from .paths import Workspace, collect_facts, known_workspaces, register
from .runtimes.local import outlook, snapshot
from .runtimes.local.lending import lend
from .runtimes.local.lock import MARK, Lock, mark_of
from .runtimes.local.lock import RUNTIME as LOCAL
from .store import Store, new_run_id
from .store.documents import timestamp
from .store.hashes import Hashes
from .validate import validate

CALM_RUNS = 4
HASH_LIMIT = 64 * 1024 * 1024
"""Bytes of a declared file up to which its hash is there when a run in place is accepted; else the engine reads it."""


def submit(
    root: Path | Workspace | None,
    pipeline: Path | str,
    *,
    expected_sha256: str | None = None,
    runtime: str = LOCAL,
    parameters: Mapping[str, Json] | None = None,
    mode: str = "in-place",
    reuse: bool = True,
    max_parallel: int | None = None,
    select: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> str:
    """Starts a run of a pipeline file and answers its id, which may be chosen before; raises MlopsError."""
    options = Options(expected_sha256, runtime, parameters, mode, reuse, max_parallel, select)
    made = draft(root, pipeline, options)
    workspace, plan = made.workspace, made.plan
    run_id = run_id or new_run_id()
    remote = None if runtime == LOCAL else _accepted(plan, run_id)
    with Store.open(workspace) as store:
        # Before anything is recorded: where nobody looks, nobody would find it if this process ended then.
        register(workspace)
        try:
            files = _take_snapshot(workspace, workspace.run_folder(run_id), plan, made.path)
            failpoint("snapshot-taken")
            kernels = provenance.kernels(plan, workspace.run_folder(run_id) / ".source")
            if remote is None:
                lend(workspace.state, run_id, os.environ)
            store.create_run(
                plan,
                run_id=run_id,
                source=provenance.source_of(made.path.parent),
                provenance={**provenance.interpreter(), **kernels, **files},
                max_parallel=max_parallel,
                reuse=made.reuse,
                select=select,
                remote=remote,
            )
        except BaseException as error:
            shutil.rmtree(workspace.run_folder(run_id), ignore_errors=True)
            told = of_disk(error)
            if told is not None:
                raise told from error
            raise
    failpoint("run-recorded")
    wake(workspace)
    return run_id


def preview(root: Path | Workspace | None, pipeline: Path | str, **options: Any) -> list[dict[str, Json]]:
    """What would become of each node if `submit` were called so; refuses what it refuses, and writes nothing."""
    made = draft(root, pipeline, Options(**options))
    asked = options.get("select")
    return outlook.told(outlook.foresee(made.workspace, made.plan, os.environ, reuse=made.reuse, select=asked))


def schedule(root: Path | Workspace | None, pipeline: Path | str, runtime: str, *, sha256: str | None = None) -> str:
    """Brings a pipeline to a runtime elsewhere so that its schedule starts it there; answers its name there."""
    check_options(Options(runtime=runtime, mode="isolated"))
    workspace, path = locate(root, pipeline)
    data = read(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and sha256 != found:
        raise changed(path)
    document = checked(workspace, path, data)
    if not document.document.get("schedule"):
        raise BadRequest("The pipeline has no schedule.", "Give it one in its properties.", code="no-schedule")
    relative = path.relative_to(workspace.folder).as_posix()
    plan = compile_plan(document, path=relative, sha256=found, runtime=runtime, mode="isolated", bind=False)
    from .runtimes.airflow.package import dag_id_of

    dag_id, kept = dag_id_of(plan.pipeline), new_run_id()
    with Store.open(workspace) as store:
        register(workspace)
        folder = workspace.state / "deployments" / kept
        try:
            _take_snapshot(workspace, folder, plan, path)
            store.put_deployment(
                runtime,
                dag_id,
                pipeline=plan.pipeline,
                pipeline_sha256=found,
                document=data.decode("utf-8"),
                sources=kept,
                scheduled=True,
                schedule=document.document["schedule"],
                wanted_paused=False,
                step="accepted",
                message="Accepted; it is going to be brought to Airflow.",
                problem=None,
                asked=timestamp(),
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _remove_old_snapshots(store, workspace)
    return dag_id


def pause(workspace: Workspace, runtime: str, dag_id: str, paused: bool) -> None:
    """Asks for a pipeline on a runtime to be paused, or to go on."""
    with Store.open(workspace, create=False) as store:
        store.deployment(runtime, dag_id)
        store.put_deployment(runtime, dag_id, wanted_paused=paused, asked=timestamp())


def retry(workspace: Workspace, run_id: str) -> None:
    """Asks for what failed in a run elsewhere to run again in the same run."""
    with Store.open(workspace, create=False) as store:
        store.request(run_id, "retry")


def check(root: Path | None, pipeline: Path | str, content: bytes | None = None) -> dict[str, Any]:
    """What is wrong with a pipeline file, or with text that is not saved yet, as `mlops validate` answers it."""
    path = Path(pipeline)
    if path.suffix == monitors.SUFFIX:
        return monitors.check(root, path, content)
    report: dict[str, Any] = {"path": str(pipeline), "format": "unknown", "valid": False, "issues": []}
    try:
        workspace, path = locate(root, path, must_exist=content is None)
        data = content if content is not None else read(path)
    except MlopsError as error:
        code = error.code if error.code in ("outside-workspace", "too-large") else "missing-file"
        report["issues"] = [Issue("error", code, "", None, error.message, error.hint).json()]
        return report
    parsed = parse(data)
    issues = list(parsed.issues)
    if parsed.pipeline is not None:
        issues += validate(parsed.pipeline, collect_facts(workspace, path, parsed.pipeline))
    report["format"] = parsed.format
    report["valid"] = not any(issue.severity == "error" for issue in issues)
    report["issues"] = [issue.json() for issue in issues]
    return report


def cancel(workspace: Workspace, run_id: str) -> None:
    """Asks for the end of a run; a second time, or after its end, does nothing."""
    with Store.open(workspace, create=False) as store:
        store.request(run_id, "cancel")
    wake(workspace)


def delete(workspace: Workspace, run_id: str) -> None:
    """Removes a run that is over, with its files."""
    with Store.open(workspace, create=False) as store:
        store.delete(run_id)


def wake(workspace: Workspace) -> bool:
    """Starts the engine if something is to do, or will be by its clock, and none lives; whether it was started."""
    _take_exits()
    if not Store.exists(workspace) or not Lock.is_free(workspace.lock):
        return False
    with Store.open(workspace, create=False) as store:
        active = store.active_runs(LOCAL)
        if store.read_only or not (active or store.is_scheduled()):
            return False
        # What likely need not run needs no warm processes, which would take their time from it.
        calm = len(active) < CALM_RUNS and all(store.seems_unchanged(run_id) for run_id in active)
    _start_engine(workspace, calm)
    return True


def ensure_engines(root: Path | None) -> list[Workspace]:
    """Starts the engines of all known workspaces below `root` where runs wait for one; answers those."""
    return [workspace for workspace in known_workspaces(root) if wake(workspace)]


def _accepted(plan: Plan, run_id: str) -> dict[str, Any]:
    """What a run says of its way elsewhere when it was just accepted."""
    from .runtimes.airflow.package import dag_id_of
    from .runtimes.airflow.remoterun import new_remote

    return new_remote(dag_id_of(plan.pipeline), f"mlops__{run_id}")


def _remove_old_snapshots(store: Store, workspace: Workspace) -> None:
    """Snapshots that no deployment needs any more go."""
    needed = {one["sources"] for one in store.deployments()}
    for folder in (workspace.state / "deployments").iterdir():
        if folder.name not in needed:
            shutil.rmtree(folder, ignore_errors=True)


def _take_snapshot(workspace: Workspace, folder: Path, plan: Plan, path: Path) -> dict[str, Any]:
    """Copies the sources of a run to `.source` in a folder; answers the hashes of what it will use."""
    folder.mkdir(mode=0o700, parents=True)
    kept = folder / ".source"
    if snapshot.take(workspace, plan.pipeline, kept / plan.pipeline)[0] != plan.pipeline_sha256:
        raise Conflict(f"{path.name} changed while the run was started.", "Try again.", code="changed-on-disk")
    # What a node that is not chosen makes is there already, in place; captured, where nodes are isolated.
    makes = [step for step in plan.steps.values() if step.selected or plan.mode == "isolated"]
    made = {output for step in makes for output in step.outputs}
    sources: dict[str, str] = {}
    files: dict[str, dict[str, Any]] = {}
    listed: dict[str, list[str]] = {}
    with closing(Hashes(workspace.state, write=False)) as hashes:
        for step in plan.steps.values():
            if not step.runs:
                continue
            if step.path is not None and step.path not in sources:
                sources[step.path] = snapshot.take(workspace, step.path, kept / step.path)[0]
            listed[step.id] = []
            for text in step.files:
                for relative in snapshot.declared(workspace, text, step.id, made):
                    listed[step.id].append(relative)
                    if relative not in files:
                        files[relative] = _keep(workspace, relative, kept if plan.mode == "isolated" else None, hashes)
    (folder / ".files.json").write_text(json.dumps(listed), encoding="utf-8")
    return {"sources": sources, "files": files}


def _keep(workspace: Workspace, relative: str, kept: Path | None, hashes: Hashes) -> dict[str, Any]:
    if kept is not None:
        digest, size = snapshot.take(workspace, relative, kept / relative)
        return {"sha256": digest, "bytes": size}
    status = (workspace.folder / relative).stat()
    known = hashes.find(relative, status)
    if known is not None or status.st_size > HASH_LIMIT:
        return {"sha256": known, "bytes": status.st_size}
    digest, size = snapshot.digest_of(workspace, relative)
    return {"sha256": digest, "bytes": size}


def _start_engine(workspace: Workspace, calm: bool = False) -> None:
    """Starts the engine of a workspace, detached from this process; `calm`: it need not make ready to run at once."""
    # A node that submits a run of its own must not lend it its marks.
    environment = {name: value for name, value in os.environ.items() if not _is_mark(name)}
    environment[MARK] = mark_of(workspace.state)
    engine = [sys.executable, "-P", "-m", "mlops_ext.runtimes.local.engine"]
    given = ["--workspace", str(workspace.folder), "--state", str(workspace.state), *(["--calm"] if calm else [])]
    with workspace.engine_log.open("ab") as log:
        pid = os.posix_spawn(
            sys.executable,
            [*engine, *given],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ],
            setsid=True,
        )
    _engines.append(pid)


def _is_mark(name: str) -> bool:
    return name in ("MLOPS_RUN_ID", "MLOPS_NODE", "MLOPS_ATTEMPT", "MLOPS_RESULTS", "MLOPS_PARAMETERS") or (
        name.startswith("MLOPS_PARAM_")
    )


# The engine lives on without us; if it ends before us, its exit status waits to be taken.
_engines: list[int] = []


def _take_exits() -> None:
    _engines[:] = [pid for pid in _engines if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False
