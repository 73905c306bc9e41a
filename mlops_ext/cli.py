"""The `mlops` command: its arguments, its exit codes, its errors.

Everything that the screen does can be done from here. What a command does is in
cli_*.py and imported when it is asked for: `mlops --help` is there at once.

Exit codes: 0 done, 1 failed or cancelled, 2 invalid input or usage, 130
interrupted. With --json, standard output carries exactly one JSON document, also
when the command is refused (then a problem document); people read standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from . import __version__

DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130


class Usage(Exception):
    """The arguments make no sense."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.message = message
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """Reports wrong usage as an exception, so that it is told in one place."""

    def error(self, message: str) -> NoReturn:
        raise Usage(message, self.format_usage())


if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[Parser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and answers its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    options = argparse.Namespace()
    try:
        options = parser().parse_args(given)
        code = _command(options.command)(options)
        sys.stdout.flush()
        return code
    except Usage as error:
        return _refuse_usage(error, as_json)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone (`mlops runs | head`); nothing is left to be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        from .cli_output import refuse

        return refuse(error, as_json, getattr(options, "file", ""))


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    """The function of a command; its module is imported now."""
    from importlib import import_module

    module, function = _COMMANDS[name]
    command: Callable[[argparse.Namespace], int] = getattr(import_module(f".{module}", __package__), function)
    return command


_COMMANDS = {
    "run": ("cli_run", "run"),
    "show": ("cli_runs", "show"),
    "runs": ("cli_runs", "runs"),
    "log": ("cli_runs", "log"),
    "cancel": ("cli_runs", "cancel"),
    "retry": ("cli_runs", "retry"),
    "schedule": ("cli_schedule", "schedule"),
    "delete": ("cli_runs", "delete"),
    "gc": ("cli_gc", "gc"),
    "validate": ("cli_check", "validate"),
    "plan": ("cli_check", "plan"),
    "trace": ("cli_trace", "trace"),
    "lineage": ("cli_trace", "lineage"),
    "runtime": ("cli_runtime", "runtime"),
    "secret": ("cli_secret", "secret"),
    "export": ("cli_export", "export"),
    "monitor": ("cli_monitor", "monitor"),
}


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    top = Parser(
        prog="mlops",
        description="Run pipelines of notebooks and scripts, and look after their runs.",
        epilog="A run's id may be shortened to what is unique of it.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"mlops {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    _add_run(commands)
    _add_runs(commands)
    _add_schedule(commands)
    _add_checks(commands)
    _add_monitor(commands)
    _add_runtime(commands)
    _add_export(commands)
    _add_secret(commands)
    return top


def _new(commands: Commands, name: str, about: str, *, json: bool = True) -> Parser:
    made = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
    if json:
        made.add_argument("--json", action="store_true", help="answer with one JSON document")
    return made


def _add_run(commands: Commands) -> None:
    made = _new(commands, "run", "Run a pipeline and wait for its end.")
    _add_what_to_run(made)
    made.add_argument("--max-parallel", type=int, metavar="K", help="run at most K nodes at once")
    made.add_argument("--detach", action="store_true", help="print the run's id and don't wait")


def _add_what_to_run(made: Parser) -> None:
    made.add_argument("file", metavar="FILE", help="the pipeline")
    made.add_argument(
        "-p",
        dest="parameters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter; a text as it is, everything else as JSON",
    )
    made.add_argument("--runtime", default="local", metavar="R", help="where to run (local)")
    made.add_argument("--isolated", action="store_true", help="give nodes only the files that they declare")
    made.add_argument("--no-reuse", action="store_true", help="run also what nothing has changed for")
    part = made.add_mutually_exclusive_group()
    part.add_argument("--only", metavar="NODE", help="run just this node")
    part.add_argument("--from", dest="from_", metavar="NODE", help="run this node and what comes after it")
    part.add_argument("--to", metavar="NODE", help="run this node and what it needs")
    part.add_argument("--failed", metavar="RUN", help="run what failed in a run, and what comes after it")


def _add_runs(commands: Commands) -> None:
    made = _new(commands, "show", "Show a run.")
    made.add_argument("run", metavar="RUN")
    made = _new(commands, "runs", "List runs, newest first.")
    made.add_argument("--pipeline", metavar="FILE", help="of this pipeline only")
    made.add_argument("--state", metavar="STATE", help="in this state only")
    made.add_argument("--runtime", metavar="R", help="on this runtime only")
    made.add_argument("--limit", type=int, default=20, metavar="N", help="at most so many (20)")
    made = _new(commands, "log", "Print the log of a node.", json=False)
    made.add_argument("run", metavar="RUN")
    made.add_argument("node", metavar="NODE")
    made.add_argument("--follow", action="store_true", help="go on until the node has ended")
    made = _new(commands, "cancel", "End a run, and everything that it started.")
    made.add_argument("run", metavar="RUN")
    made = _new(commands, "retry", "Run again what failed in a run on Airflow, in the same run.")
    made.add_argument("run", metavar="RUN")
    made = _new(commands, "delete", "Delete a run that has ended, with its files.")
    made.add_argument("run", metavar="RUN")
    made = _new(commands, "gc", "Delete old runs, and what lies about; never what somebody still builds on.")
    made.add_argument("--keep-runs", type=int, metavar="N", help="keep the newest N runs of each pipeline")
    made.add_argument("--older-than", metavar="AGE", help="delete runs that are older, such as 30d or 12h")
    made.add_argument("--max-size", metavar="SIZE", help="delete the oldest until runs take no more, such as 5G")
    made.add_argument("--dry-run", action="store_true", help="only tell what would go")


def _add_schedule(commands: Commands) -> None:
    made = _new(commands, "schedule", "Let the schedule of a pipeline start it on a runtime; pause and resume it.")
    made.add_argument("file", metavar="FILE", help="the pipeline")
    made.add_argument("--runtime", default="local", metavar="R", help="where (local)")
    chosen = made.add_mutually_exclusive_group()
    chosen.add_argument("--pause", action="store_true", help="start nothing more until it is resumed")
    chosen.add_argument("--resume", action="store_true", help="go on after a pause")
    chosen.add_argument("--remove", action="store_true", help="start nothing more; on this machine only")


def _add_checks(commands: Commands) -> None:
    made = _new(commands, "validate", "Check pipelines and monitors without running anything.")
    made.add_argument("files", metavar="FILE", nargs="+")
    made = _new(commands, "plan", "Tell what a run would do, what it would reuse, and why.")
    _add_what_to_run(made)
    made = _new(commands, "trace", "Tell what nodes read and made that their pipeline does not declare.")
    made.add_argument("file", metavar="FILE", help="the pipeline")
    made.add_argument("--apply", action="store_true", help="put it into the pipeline")
    made = _new(commands, "lineage", "Tell which runs made a file, and which read it.")
    made.add_argument("path", metavar="PATH", help="the file")


def _add_monitor(commands: Commands) -> None:
    made = commands.add_parser("monitor", help="Watch models in production, and judge alerts.", allow_abbrev=False)
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    chosen = _new(actions, "evaluate", "Evaluate the newest batch of a monitor; what is known is not computed again.")
    chosen.add_argument("file", metavar="FILE", help="the monitor")
    which = chosen.add_mutually_exclusive_group()
    which.add_argument("--batch", metavar="ID", help="this batch")
    which.add_argument("--all", action="store_true", help="all batches; with --json one document a line")
    chosen.add_argument("--fail-on", choices=("warn", "alert"), help="exit with 1 when it is so bad, or worse")
    chosen = _new(actions, "status", "Tell how monitors are: those named, or all below the current folder.")
    chosen.add_argument("files", metavar="FILE", nargs="*")
    chosen = _new(actions, "alerts", "List alerts, newest first; without --state those that wait for somebody.")
    chosen.add_argument("--monitor", metavar="FILE", help="of this monitor only")
    chosen.add_argument("--state", metavar="STATE", help="in this state only; all: in any")
    chosen = _new(actions, "decide", "Decide about an alert.")
    chosen.add_argument("alert", metavar="ALERT", help="its id, or how it begins")
    chosen.add_argument(
        "--action", dest="decision", required=True, metavar="ACTION", help="retrain, accept, dismiss or snooze"
    )
    chosen.add_argument("--comment", required=True, metavar="TEXT", help="why")
    chosen.add_argument("--until", metavar="TIME", help="the end of a snooze (a week from now)")
    _new(actions, "validate", "Check monitors without computing anything.").add_argument(
        "files", metavar="FILE", nargs="+"
    )


def _add_runtime(commands: Commands) -> None:
    made = commands.add_parser("runtime", help="Add, list, show, test and remove runtimes.", allow_abbrev=False)
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    chosen = _new(actions, "add", "Add a runtime, or change one; without --from, by questions.")
    chosen.add_argument("name", metavar="NAME")
    chosen.add_argument("--from", dest="from_", metavar="FILE", help="its document; - is standard input")
    _new(actions, "list", "List the runtimes.")
    for action, about in (
        ("show", "Show the document of a runtime."),
        ("test", "Test a runtime step by step."),
        ("remove", "Remove a runtime; its secrets stay."),
    ):
        _new(actions, action, about).add_argument("name", metavar="NAME")


def _add_export(commands: Commands) -> None:
    made = _new(commands, "export", "Write the DAG of a pipeline, and all that goes with it, to a folder.")
    made.add_argument("file", metavar="FILE", help="the pipeline")
    made.add_argument("--runtime", required=True, metavar="R", help="the Airflow for which it is")
    made.add_argument("-o", dest="folder", required=True, metavar="DIR", help="the folder, which is made if need be")


def _add_secret(commands: Commands) -> None:
    made = commands.add_parser("secret", help="Set, list and remove secrets.", allow_abbrev=False)
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    chosen = _new(actions, "set", "Set a secret; its value is asked for, or read from standard input.", json=False)
    chosen.add_argument("name", metavar="NAME")
    _new(actions, "list", "List the names of secrets.")
    chosen = _new(actions, "remove", "Remove a secret.", json=False)
    chosen.add_argument("name", metavar="NAME")


def _refuse_usage(error: Usage, as_json: bool) -> int:
    print(f"{error.usage}mlops: {error.message}", file=sys.stderr)
    if as_json:
        from .cli_output import print_json
        from .errors import BadRequest

        print_json(BadRequest(error.message, error.usage.strip(), code="usage").problem())
    return INVALID


if __name__ == "__main__":
    sys.exit(main())
