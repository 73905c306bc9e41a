"""`mlops secret`: values go in by standard input or a hidden question, never as an argument."""

from __future__ import annotations

import argparse
import sys

from .cli import DONE
from .cli_output import Output, moment, print_json, shown, table
from .errors import BadRequest
from .secrets import SecretStore


def secret(options: argparse.Namespace) -> int:
    """Sets, lists or removes."""
    store = SecretStore()
    if options.action == "set":
        store.set(options.name, _value(options.name))
        print(f"The secret {shown(options.name)} is set. {store.where()}")
    elif options.action == "remove":
        store.remove(options.name)
        print(f"The secret {shown(options.name)} is removed.")
    elif options.json:
        print_json({"version": 1, "where": store.where(), "names": store.list()})
    else:
        output = Output(sys.stdout)
        for line in table([(shown(entry["name"]), moment(entry["changed"])) for entry in store.list()]):
            output.line(line)
        output.line(store.where())
    return DONE


def _value(name: str) -> str:
    """From a person, or all of standard input without the newline at its end."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(f"Value of {name}: ")
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        # Without the error: it quotes the value.
        raise BadRequest("The value on standard input is not text in UTF-8.") from None
    return text.removesuffix("\n").removesuffix("\r")
