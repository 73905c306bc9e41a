"""`mlops run`: starts a pipeline and follows it to its end.

What it prints is what the events of the run say; the run itself is the engine's,
and goes on when this command is interrupted or killed.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import jsontext
from .cli import DONE, FAILED, INTERRUPTED
from .cli_find import find_run
from .cli_output import Output, harmless, pause, print_json, seconds, shown
from .errors import BadRequest, InvalidPipeline, NotFound
from .handlers.files import inside, read_log
from .model import Json, Parameter
from .parameters import has_type, known_names, type_words
from .parse import parse
from .paths import Workspace, find_workspace
from .store import Store, fold

ENDED = ("succeeded", "failed", "cancelled")
LOOK_SECONDS = 0.02
WAKE_SECONDS = 3.0
TAIL_LINES = 12


def run(options: argparse.Namespace) -> int:
    """Starts a run and, unless told not to, waits for its end."""
    from .submit import submit

    path = Path(options.file)
    keywords = what_to_run(options)
    run_id = None
    try:
        run_id = submit(None, path, max_parallel=options.max_parallel, **keywords)
        return _after(options, path, run_id)
    except KeyboardInterrupt:
        if run_id is None:
            raise
        print(f"\n{_interrupted(path, run_id)}\nmlops cancel {run_id[:8]} ends it.", file=sys.stderr)
        return INTERRUPTED


def _interrupted(path: Path, run_id: str) -> str:
    remote = read(find_workspace(path), run_id)["remote"]
    if remote is None or remote["step"] in ("following", "ended"):
        return f"Interrupted. The run goes on: {run_id}"
    return (
        f"Interrupted before Airflow had the run: {run_id}\n"
        f"It is brought there as soon as JupyterLab runs, or with mlops show {run_id[:8]}."
    )


def what_to_run(options: argparse.Namespace) -> dict[str, Any]:
    """The keywords of `submit` that say what to run, from the arguments."""
    selected = {"only": options.only, "from": options.from_, "to": options.to, "failed": options.failed}
    select = {name: chosen for name, chosen in selected.items() if chosen is not None}
    mode = "isolated" if options.isolated else "in-place"
    if "failed" in select:
        place, select["failed"] = find_run(select["failed"])
        # It goes on from there, with what is there.
        mode = read(place, select["failed"])["mode"] if not options.isolated else mode
    return {
        "runtime": options.runtime,
        "parameters": parameters(Path(options.file), options.parameters),
        "mode": mode,
        "reuse": not options.no_reuse,
        "select": select or None,
    }


def parameters(path: Path, texts: list[str]) -> dict[str, Json]:
    """Values given as NAME=VALUE, read by the types that the pipeline declares."""
    if not texts:
        return {}
    try:
        parsed = parse(path.read_bytes())
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}.", code="missing-file") from None
    if parsed.pipeline is None:
        raise InvalidPipeline(parsed.issues)
    declared = parsed.pipeline.parameters
    given: dict[str, Json] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadRequest(f"-p {shown(text)} gives no value.", "Write -p NAME=VALUE.")
        if name not in declared:
            raise BadRequest(
                f"The pipeline has no parameter {shown(name)}.", known_names(declared), code="unknown-parameter"
            )
        given[name] = _typed(declared[name], value)
    return given


def _typed(parameter: Parameter, text: str) -> Json:
    """The value that a text on the command line means."""
    if parameter.type == "string":
        return text
    try:
        value = jsontext.read(text.encode("utf-8", "surrogatepass"))
    except jsontext.Unreadable:
        value = text
    if not has_type(value, parameter.type) and not (value is None and parameter.default is None):
        raise BadRequest(
            f"Parameter {parameter.name} must be {type_words(parameter.type)}, not {shown(text[:80])!r}.",
            f"Write it as JSON, for example -p {parameter.name}={_EXAMPLES[parameter.type]}",
            code="parameter-type",
        )
    return value


_EXAMPLES = {"integer": "3", "number": "0.5", "boolean": "true", "list": "'[1, 2]'", "object": "'{\"a\": 1}'"}


def _after(options: argparse.Namespace, path: Path, run_id: str) -> int:
    workspace = find_workspace(path)
    output = Output(sys.stderr if options.json or options.detach else sys.stdout)
    if options.detach:
        run = read(workspace, run_id)
        if run["remote"] is not None:
            # It is safe elsewhere once it was started there; until then somebody has to bring it.
            run = follow(workspace, run_id, Progress(output, workspace), until=_is_there)
        if options.json:
            print_json(run)
        else:
            print(run_id)
        return FAILED if run["state"] in ("failed", "cancelled") else DONE
    output.line(f"Run {run_id[:8]} of {shown(options.file)}")
    finished = follow(workspace, run_id, Progress(output, workspace))
    if options.json:
        print_json(finished)
    return DONE if finished["state"] == "succeeded" else FAILED


def read(workspace: Workspace, run_id: str) -> dict[str, Any]:
    """The run's document."""
    with Store.open(workspace, create=False) as store:
        return store.run(run_id)


def _is_there(run: dict[str, Any]) -> bool:
    return run["remote"]["step"] in ("following", "ended")


def _has_ended(run: dict[str, Any]) -> bool:
    return run["state"] in ENDED


def follow(
    workspace: Workspace,
    run_id: str,
    progress: Progress | None,
    limit: float | None = None,
    until: Callable[[dict[str, Any]], bool] = _has_ended,
    *,
    ended: bool = True,
) -> dict[str, Any]:
    """The run when it has ended (or after `limit` seconds); keeps awake meanwhile who runs or follows it.

    `until`: what to wait for instead. `ended`: whether the end of the run ends the waiting for that too.
    """
    from .runtimes.airflow.keeping import Followers
    from .submit import wake

    deadline = None if limit is None else time.monotonic() + limit
    next_wake, version = time.monotonic() + WAKE_SECONDS, -1
    with Store.open(workspace, create=False) as store, Followers() as followers:
        document: dict[str, Any] = {}
        while True:
            seen, version = version, store.data_version()
            if version != seen:
                while events := store.events(run_id, document.get("seq", 0)):
                    document = fold(events, document)
                    if progress is not None:
                        progress.take(document, events)
            if until(document) or (ended and document["state"] in ENDED):
                if progress is not None and document["state"] in ENDED:
                    progress.end(document)
                return store.run(run_id)
            now = time.monotonic()
            if document["remote"] is not None:
                followers.keep({document["runtime"]})
            if deadline is not None and now > deadline:
                return store.run(run_id)
            if now > next_wake:
                wake(workspace)
                next_wake = now + WAKE_SECONDS
            if progress is not None:
                progress.tick(document)
            pause(LOOK_SECONDS)


class Progress:
    """A calm picture of a run: one line a node when it has ended, and on a terminal what runs now."""

    def __init__(self, output: Output, workspace: Workspace, after: int = 0) -> None:
        self._output = output
        self._workspace = workspace
        self._begun: dict[str, float] = {}
        self._after = after
        """What happened up to then is not told."""
        self._width = 0
        self._told_remote: tuple[str, str | None] | None = None

    def take(self, run: dict[str, Any], events: list[dict[str, Any]]) -> None:
        """Tells what events changed."""
        self._width = max([self._width, *(len(node) for node in run["nodes"])])
        for event in events:
            node, state = event["node"], event["data"].get("state")
            if event["seq"] <= self._after:
                continue
            if node is None:
                if "remote" in event["data"] and event["data"]["remote"] is not None:
                    self._tell_remote(event["data"]["remote"])
                if event["seq"] == 1:
                    for name, entry in event["data"]["nodes"].items():
                        if entry["state"] in (*ENDED, "skipped"):
                            self._tell(name, entry)
            elif state == "running":
                self._begun[node] = time.monotonic()
            elif state in (*ENDED, "skipped"):
                self._tell(node, run["nodes"][node])
            elif state == "queued" and event["data"].get("reason") == "retry":
                self._line("queued", node, "tries again")

    def tick(self, run: dict[str, Any]) -> None:
        """What runs now."""
        running = [name for name, entry in run["nodes"].items() if entry["state"] == "running"]
        self._output.live(", ".join(self._doing(name, run["nodes"][name]) for name in running))

    def end(self, run: dict[str, Any]) -> None:
        """How the run ended, and why."""
        for name, entry in run["nodes"].items():
            if entry["state"] == "failed":
                self._explain(run, name, entry)
        output, state = self._output, run["state"]
        output.line(f"{output.sign(state)} {state.capitalize()} in {seconds(run['seconds'])}")
        error = run["error"]
        if error is not None and not any(entry["error"] for entry in run["nodes"].values()):
            output.line(f"  {shown(error['message'])}")

    def _tell_remote(self, remote: dict[str, Any]) -> None:
        """Each step on the way to a runtime elsewhere, and what stands in the way, once."""
        problem = remote["problem"]
        told = (remote["step"], None if problem is None else problem["message"])
        if told == self._told_remote or remote["step"] == "ended":
            return
        self._told_remote = told
        if problem is None:
            link = f" {shown(remote['url'])}" if remote["step"] == "following" and remote["url"] else ""
            self._output.line(f"{self._output.sign('queued')} {shown(remote['message'])}{link}")
        else:
            self._output.line(f"{self._output.sign('waiting')} {shown(problem['message'])}")
            if problem["hint"]:
                self._output.line(f"  {shown(problem['hint'])}")

    def _tell(self, name: str, entry: dict[str, Any]) -> None:
        if entry["reused"]:
            words = f"reused from {entry['reused_from'][:8]}" if entry["reused_from"] else "reused"
        elif entry["state"] == "skipped":
            words = _SKIPPED.get(entry["reason"], "skipped")
        elif entry["state"] == "succeeded":
            words = seconds(entry["seconds"])
        else:
            words = f"{entry['state']} {'after ' + seconds(entry['seconds']) if entry['seconds'] is not None else ''}"
        self._line(entry["state"], name, words.rstrip())

    def _line(self, state: str, name: str, words: str) -> None:
        self._output.line(f"{self._output.sign(state)} {shown(name).ljust(self._width)}  {words}")

    def _doing(self, name: str, entry: dict[str, Any]) -> str:
        cell = f" {entry['cell']}/{entry['cells']}" if entry["cell"] and entry["cells"] else ""
        since = f"{time.monotonic() - self._begun[name]:.0f} s" if name in self._begun else ""
        return f"{shown(name)}{cell} {since}"

    def _explain(self, run: dict[str, Any], name: str, entry: dict[str, Any]) -> None:
        """The sentence, the cell, the end of the log, and how to see all of it."""
        error, output = entry["error"], self._output
        if error is None:
            return
        cell = f" (cell {error['cell']})" if error["cell"] is not None else ""
        output.line()
        output.line(f"{output.paint(shown(name), '1')} failed{cell}: {shown(error['message'])}")
        if error["hint"]:
            output.line(f"  {shown(error['hint'])}")
        for line in self._log_end(run, entry):
            output.line(f"  | {line}")
        output.line(f"  mlops log {run['id'][:8]} {shown(name)}")
        output.line()

    def _log_end(self, run: dict[str, Any], entry: dict[str, Any]) -> list[str]:
        if entry["log"] is None:
            return []
        try:
            path = inside(self._workspace.run_folder(run["id"]), entry["log"])
            part = read_log(path, max(0, path.stat().st_size - 16_384), ended=True)
        except (OSError, NotFound):
            return []
        lines = [line.rstrip() for line in part["text"].splitlines() if line.strip() and not _MARK.fullmatch(line)]
        text = [harmless(line) for line in lines[-TAIL_LINES:]]
        return text if self._output.terminal else [_COLOUR.sub("", line) for line in text]


_MARK = re.compile(r"\[cell \d+ of \d+\]")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SKIPPED = {
    "upstream": "skipped: a node before it did not succeed",
    "condition": "skipped: its condition does not hold",
    "disabled": "skipped: it is disabled",
    "not-selected": "skipped: not chosen for this run",
}
