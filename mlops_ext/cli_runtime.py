"""`mlops runtime`: the Airflows that this user has configured."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import jsontext
from .cli import DONE, FAILED
from .cli_output import Output, print_json, seconds, shown, table
from .errors import BadRequest, MlopsError, NotFound
from .model import Json
from .runtimes.registry import LOCAL, Registry, Runtime, check_name, read_runtime
from .secrets import SecretStore

_WORDS = {"ok": "succeeded", "failed": "failed", "skipped": "skipped", "running": "running"}


def runtime(options: argparse.Namespace) -> int:
    """Adds, lists, shows, tests or removes."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "add": _add,
        "list": _list,
        "show": _show,
        "test": _test,
        "remove": _remove,
    }
    return actions[options.action](options)


def _add(options: argparse.Namespace) -> int:
    check_name(options.name)
    document = _ask(options.name) if options.from_ is None else _read(options.from_)
    kept = Registry().save(options.name, document)
    if options.json:
        print_json(kept.document())
    else:
        Output(sys.stdout).line(
            f"The runtime {shown(options.name)} is kept. Test it with: mlops runtime test {options.name}"
        )
    return DONE


def _list(options: argparse.Namespace) -> int:
    found = Registry().load()
    if options.json:
        entries: list[dict[str, Any]] = [{"name": LOCAL, "kind": LOCAL, "url": None, "description": "", "error": None}]
        for name, one in found.items():
            entry: dict[str, Any] = {"name": name, "kind": "airflow", "url": None, "description": "", "error": None}
            if isinstance(one, Runtime):
                entry |= {"url": one.url, "description": one.description}
            else:
                entry["error"] = one.problem()
            entries.append(entry)
        print_json({"version": 1, "runtimes": entries})
        return DONE
    rows = [(LOCAL, "this machine", "")]
    for name, one in found.items():
        rows.append(_row(name, one))
    output = Output(sys.stdout)
    for line in table(rows):
        output.line(line)
    return DONE


def _row(name: str, found: Runtime | MlopsError) -> tuple[str, str, str]:
    if isinstance(found, Runtime):
        return name, shown(found.url), shown(found.description)
    return name, "damaged", shown(found)


def _show(options: argparse.Namespace) -> int:
    # A document is JSON for people too.
    print_json(_get(options.name).document())
    return DONE


def _test(options: argparse.Namespace) -> int:
    from .runtimes.airflow.probe import probe

    output = Output(sys.stderr if options.json else sys.stdout)
    ended: list[dict[str, Any]] = []
    for line in probe(_get(options.name)):
        if line["state"] == "running":
            output.live(f"{output.sign('running')} {line['step']}")
            continue
        ended.append(line)
        took = f" ({seconds(line['seconds'])})" if line["state"] != "skipped" else ""
        output.line(f"{output.sign(_WORDS[line['state']])} {line['step']:<8}  {shown(line['message'])}{took}")
        if line["hint"]:
            output.line(f"            {shown(line['hint'])}")
    passed = all(line["state"] == "ok" for line in ended)
    if options.json:
        print_json({"version": 1, "name": options.name, "ok": passed, "steps": ended})
    return DONE if passed else FAILED


def _remove(options: argparse.Namespace) -> int:
    _refuse_local(options.name)
    Registry().remove(options.name)
    if options.json:
        print_json({"version": 1, "name": options.name, "removed": True})
    else:
        Output(sys.stdout).line(f"The runtime {shown(options.name)} is removed; its secrets stay.")
    return DONE


def _get(name: str) -> Runtime:
    _refuse_local(name)
    return Registry().get(name)


def _refuse_local(name: str) -> None:
    if name == LOCAL:
        raise BadRequest("The runtime local is this machine; there is nothing to show, test or remove.")


def _read(file: str) -> Json:
    """The document of a file or of standard input."""
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except FileNotFoundError:
        raise NotFound(f"There is no file {file}.", code="missing-file") from None
    except OSError as error:
        raise BadRequest(f"The file {file} cannot be read: {error.strerror}.") from None
    try:
        return jsontext.read(data)
    except jsontext.Unreadable as error:
        raise BadRequest(error.message, error.hint, code=error.code) from None


def _ask(name: str) -> Json:
    """The document by questions; a password goes to the secrets at once and not into the document."""
    if not sys.stdin.isatty():
        raise BadRequest("There is no terminal to ask questions on.", "Give the document with --from FILE or --from -.")
    url = _question("URL of Airflow")
    kind = _choice("Sign in with", ("password", "token", "command", "none"))
    secret = name
    auth: dict[str, Json] = {"kind": kind}
    if kind == "password":
        auth |= {"user": _question("User"), "secret": secret}
    elif kind == "token":
        auth |= {"secret": secret}
    elif kind == "command":
        auth |= {"command": _words(_question("Command that prints a token"))}
    document: dict[str, Json] = {
        "version": 1,
        "kind": "airflow",
        "url": url,
        "auth": auth,
        "delivery": _ask_delivery(),
        "files": {"url": _question("Where files pass, as Airflow's workers see it (file:///…, s3://…)")},
    }
    read_runtime(name, document)
    if kind in ("password", "token"):
        from getpass import getpass

        store = SecretStore()
        store.set(secret, getpass("Password: " if kind == "password" else "Token: "))
        print(f"Kept as the secret {secret}. {store.where()}", file=sys.stderr)
    return document


def _ask_delivery() -> Json:
    kind = _choice("Deliver DAGs by", ("folder", "git", "object"))
    if kind == "folder":
        return {"kind": kind, "path": _question("Folder that Airflow reads DAGs from")}
    if kind == "git":
        return {
            "kind": kind,
            "url": _question("URL of the repository"),
            "branch": _question("Branch", "main"),
            "folder": _question("Folder in it", "dags"),
        }
    return {"kind": kind, "url": _question("URL of the object store (s3://…)")}


def _question(text: str, default: str = "") -> str:
    """An answer that is not empty; questions go to standard error, which people read."""
    while True:
        print(f"{text} [{default}]: " if default else f"{text}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise BadRequest("The questions were not answered.", "Nothing was kept.")
        if answer := line.strip() or default:
            return answer


def _words(text: str) -> list[Json]:
    """A command line as a list of arguments."""
    import shlex

    try:
        return [*shlex.split(text)]
    except ValueError:
        raise BadRequest("The command has a quote that is not closed.") from None


def _choice(text: str, words: tuple[str, ...]) -> str:
    while True:
        answer = _question(f"{text} ({', '.join(words)})", words[0])
        if answer in words:
            return answer
