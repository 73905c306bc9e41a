"""Signing in to Airflow: a token, fetched and renewed as the runtime says.

A password becomes a token at POST /auth/token, again before the token's end and
once more when Airflow refuses it. A command prints a token: a list of arguments,
never a shell. No token, password or output of the command is ever told.
"""

from __future__ import annotations

import base64
import json
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ...errors import MlopsError, Refused
from ...secrets import Hidden, SecretStore
from ..registry import Runtime

COMMAND_SECONDS = 30.0
TOKEN_LIMIT = 64 * 1024
EARLY_SECONDS = 60.0
"""A token is renewed so long before its end, or after half its life if that is sooner."""
_TOKEN = re.compile(r"[\x21-\x7e]+")

Send = Callable[[str, str, dict[str, Any] | None], tuple[int, Any]]
"""Method, path below the server's address and body to status and JSON; without a token."""


class SignIn:
    """The token of a runtime."""

    def __init__(self, runtime: Runtime, secrets: SecretStore, send: Send) -> None:
        self._runtime = runtime
        self._secrets = secrets
        self._send = send
        self._token: Hidden | None = None
        self._renew_at = 0.0
        self._known: dict[str, None] = {}

    def token(self) -> Hidden | None:
        """The token to send; None: Airflow lets everybody in without one."""
        if time.time() >= self._renew_at:
            begin = time.time()
            self._token = self._fetch()
            self._renew_at = float("inf") if self._token is None else _renewal(self._token.reveal(), begin)
        return self._token

    def forget(self) -> bool:
        """Airflow refused the token; whether there is a way to get another one."""
        self._token, self._renew_at = None, 0.0
        return self._runtime.auth.kind != "token"

    def values(self) -> list[str]:
        """What must not be told: what was sent so far."""
        return list(self._known)

    def _fetch(self) -> Hidden | None:
        auth = self._runtime.auth
        if auth.kind == "password":
            return self._remember(self._by_password(auth.user or "", auth.secret or ""))
        if auth.kind == "token":
            return self._remember(_checked(self._secret(auth.secret or "")))
        if auth.kind == "command":
            return self._remember(_checked(_printed(auth.command)))
        status, answer = self._send("GET", "/auth/token", None)
        return self._remember(_from_answer(answer)) if status == 201 else None

    def _secret(self, name: str) -> str:
        value = self._secrets.get_for(name, self._runtime.url).reveal()
        self._known[value] = None
        return value

    def _remember(self, token: str) -> Hidden:
        self._known[token] = None
        return Hidden(token)

    def _by_password(self, user: str, secret: str) -> str:
        status, answer = self._send("POST", "/auth/token", {"username": user, "password": self._secret(secret)})
        if status in (400, 401, 403, 422):
            raise refused(
                f"Airflow refused the password of {user!r}.",
                f"Check the user's name, and set the password again: mlops secret set {secret}",
            )
        if status not in (200, 201):
            raise refused(
                f"Airflow's sign-in with user and password answered {status}.",
                "Its auth manager may want a token instead.",
            )
        return _from_answer(answer)


def refused(message: str, hint: str) -> MlopsError:
    """Airflow, or what should sign in to it, does not let us in."""
    return Refused(message, hint, code="airflow-sign-in")


def _from_answer(answer: Any) -> str:
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str):
        raise refused("Airflow's sign-in answered without a token.", "Check that the URL is that of an Airflow 3.")
    return _checked(token)


def _checked(text: str) -> str:
    """A token that can stand in a header."""
    token = text.strip()
    if not _TOKEN.fullmatch(token) or len(token) > TOKEN_LIMIT:
        raise refused("What should be a token is none.", "A token is one line of visible characters, without blanks.")
    return token


def _renewal(token: str, begin: float) -> float:
    """When to fetch the next one: the payload of a JWT says when it ends; of others nothing is known."""
    try:
        payload = token.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        left = float(end) - begin
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        return float("inf")
    return begin + max(left - EARLY_SECONDS, left / 2)


def _printed(command: tuple[str, ...]) -> str:
    """What the command prints; it is ended with all that it started when it takes too long or says too much."""
    hint = "Run it in a terminal to see what it does."
    try:
        process = subprocess.Popen(  # noqa: S603 - a list of arguments that this user configured
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it cannot be started"
        raise refused(f"The command that prints a token did not start: {reason}.", hint) from None
    try:
        data = _read(process, time.monotonic() + COMMAND_SECONDS)
        if data is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(COMMAND_SECONDS)
        code = process.poll()
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if data is None or code is None:
        raise refused(f"The command that prints a token gave none within {COMMAND_SECONDS:.0f} seconds.", hint)
    if code != 0:
        raise refused(f"The command that prints a token ended with exit code {code}.", hint)
    return data.decode("utf-8", "replace")


def _read(process: subprocess.Popen[bytes], deadline: float) -> bytes | None:
    """All of its output; None: it did not end in time or is too much for a token."""
    data = b""
    with selectors.DefaultSelector() as selector:
        assert process.stdout is not None  # noqa: S101 - it was started with a pipe
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and len(data) <= TOKEN_LIMIT:
            if selector.select(left):
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    return data
                data += piece
    return None
