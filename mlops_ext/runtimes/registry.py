"""The runtimes that this user has configured: one JSON document each, for its owner only.

A document (schemas/runtime.v1.json) says where an Airflow is and how to reach it.
Secrets are named in it, never written: an address that carries one is refused.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .. import jsontext, schema
from ..errors import BadRequest, MlopsError, NotFound, Unavailable
from ..issues import listed, show
from ..model import Json
from ..secrets import config_folder, origin_of

LOCAL = "local"
POLL_SECONDS = 2.0
LIMIT = 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_SECRET_ARGUMENT = re.compile(r"(?i)passw|secret|token|api_?key|access_?key|credential|signature|^sig$|^auth")


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in: `none`, `password`, `token` or `command`."""

    kind: str
    user: str | None = None
    secret: str | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """How DAGs reach Airflow: by `folder`, `git` or `object`."""

    kind: str
    path: str | None = None
    url: str | None = None
    branch: str | None = None
    folder: str | None = None
    secret: str | None = None
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """An Airflow, as its document describes it."""

    name: str
    description: str
    url: str
    auth: Auth
    verify: bool
    ca: str | None
    delivery: Delivery
    files_url: str
    files_connection: str | None = None
    python: str | None = None
    queue: str | None = None
    pool: str | None = None
    retries: int | None = None
    poll_seconds: float = POLL_SECONDS

    @property
    def origin(self) -> str:
        """Scheme, host and port: to whom secrets are given."""
        return origin_of(self.url)

    def document(self) -> dict[str, Json]:
        """The whole document, with what was left out filled in."""
        return {
            "version": 1,
            "kind": "airflow",
            "description": self.description,
            "url": self.url,
            "auth": _auth_document(self.auth),
            "tls": {"verify": self.verify, "ca": self.ca},
            "delivery": _delivery_document(self.delivery),
            "files": {"url": self.files_url, "connection": self.files_connection},
            "python": self.python,
            "queue": self.queue,
            "pool": self.pool,
            "retries": self.retries,
            "poll_seconds": self.poll_seconds,
        }


def check_name(name: str) -> None:
    """A runtime may have this name, or BadRequest."""
    if name == LOCAL:
        raise BadRequest("The name local means this machine.", "Choose another name.", pointer="/name")
    if not _NAME.fullmatch(name):
        raise BadRequest(
            "The name of a runtime has at most 63 small letters, digits, _ and -, and begins with a letter or digit.",
            pointer="/name",
        )


def read_runtime(name: str, document: Json) -> Runtime:
    """The runtime that a document describes; BadRequest says what is wrong with it, and where."""
    check_name(name)
    for issue in schema.check(document, "runtime.v1"):
        hint = issue.hint.removeprefix("The node is kept as it is. ")
        raise BadRequest(issue.message, hint, code="invalid-runtime", pointer=issue.pointer)
    whole: Any = document
    tls, files = whole.get("tls", {}), whole["files"]
    runtime = Runtime(
        name=name,
        description=whole.get("description", ""),
        url=_web_address(whole["url"]),
        auth=_auth(whole["auth"]),
        verify=tls.get("verify", True),
        ca=tls.get("ca"),
        delivery=Delivery(**whole["delivery"]),
        files_url=files["url"],
        files_connection=files.get("connection"),
        python=whole.get("python"),
        queue=whole.get("queue"),
        pool=whole.get("pool"),
        retries=whole.get("retries"),
        poll_seconds=whole.get("poll_seconds", POLL_SECONDS),
    )
    _without_secrets(runtime.files_url, "/files/url")
    if runtime.delivery.url is not None:
        # Beside a secret the user of a git address is a name; without one it may be a token.
        _without_secrets(runtime.delivery.url, "/delivery/url", user_allowed=runtime.delivery.secret is not None)
    if runtime.delivery.secret is not None and origin_of(runtime.delivery.url or "").startswith("ssh:"):
        raise BadRequest(
            "A git repository over ssh takes no password.",
            "Leave the secret out: ssh signs in with your own keys, from its agent or ~/.ssh/config.",
            pointer="/delivery/secret",
        )
    return runtime


class Registry:
    """The runtimes of this user; each is a file, read when it is asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        named = os.environ.get("MLOPS_RUNTIMES_DIR", "")
        self.folder = folder or (Path(named) if named else config_folder() / "runtimes")

    def names(self) -> list[str]:
        """The names for which there is a file, readable or not."""
        try:
            found = [path.stem for path in self.folder.iterdir() if path.suffix == ".json"]
        except OSError:
            return []
        return sorted(name for name in found if _NAME.fullmatch(name) and name != LOCAL)

    def load(self) -> dict[str, Runtime | MlopsError]:
        """Every runtime by name, or why its file cannot be read."""
        found: dict[str, Runtime | MlopsError] = {}
        for name in self.names():
            try:
                found[name] = self.get(name)
            except NotFound:
                continue  # removed since it was listed
            except MlopsError as error:
                found[name] = error
        return found

    def list(self) -> list[Runtime]:
        """The runtimes that can be read, by name."""
        return [found for found in self.load().values() if isinstance(found, Runtime)]

    def get(self, name: str) -> Runtime:
        """The runtime of a name; NotFound when there is none."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                data = file.read(LIMIT + 1)
        except FileNotFoundError:
            raise _unknown(name, self.names()) from None
        except OSError as error:
            raise Unavailable(f"The file {path} cannot be read: {error.strerror}.", "Check its permissions.") from None
        if len(data) > LIMIT:
            raise BadRequest(f"The file {path} is too large to be a runtime.", "Remove the runtime and add it again.")
        try:
            return read_runtime(name, jsontext.read(data))
        except (jsontext.Unreadable, BadRequest) as error:
            raise BadRequest(
                f"The file {path} is damaged: {error.message}",
                error.hint or "Correct it, or remove the runtime and add it again.",
                code="damaged-runtime",
            ) from None

    def save(self, name: str, document: Json) -> Runtime:
        """Keeps a document under a name, in place of an earlier one."""
        runtime = read_runtime(name, document)
        text = json.dumps(runtime.document(), indent=2, ensure_ascii=False) + "\n"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=self.folder)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, self._path(name))
            except BaseException:
                with suppress(OSError):
                    os.unlink(partial)
                raise
        except OSError as error:
            raise Unavailable(f"The runtime cannot be kept in {self.folder}: {error.strerror}.") from None
        return runtime

    def remove(self, name: str) -> None:
        """Forgets a runtime; NotFound when there is none. Its secrets stay."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise _unknown(name, self.names()) from None
        except OSError as error:
            raise Unavailable(f"The runtime {name} cannot be removed: {error.strerror}.") from None

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name == LOCAL:
            raise _unknown(name, self.names())
        return self.folder / f"{name}.json"


def _unknown(name: str, known: list[str]) -> NotFound:
    return NotFound(
        f"There is no runtime {show(name)} here.",
        f"Known: {listed([LOCAL, *known], 'and')}. Add one with: mlops runtime add",
        code="unknown-runtime",
    )


def _auth(document: dict[str, Any]) -> Auth:
    if document["kind"] == "command" and not document["command"][0]:
        raise BadRequest("The command that prints a token has no program.", pointer="/auth/command/0")
    return Auth(**{**document, "command": tuple(document.get("command", ()))})


def _auth_document(auth: Auth) -> dict[str, Json]:
    fields: dict[str, dict[str, Json]] = {
        "none": {},
        "password": {"user": auth.user, "secret": auth.secret},
        "token": {"secret": auth.secret},
        "command": {"command": list(auth.command)},
    }
    return {"kind": auth.kind, **fields[auth.kind]}


def _delivery_document(delivery: Delivery) -> dict[str, Json]:
    fields: dict[str, dict[str, Json]] = {
        "folder": {"path": delivery.path},
        "git": {
            "url": delivery.url,
            "branch": delivery.branch,
            "folder": delivery.folder,
            "secret": delivery.secret,
        },
        "object": {"url": delivery.url, "connection": delivery.connection},
    }
    return {"kind": delivery.kind, **fields[delivery.kind]}


def _web_address(text: str) -> str:
    """The address without a slash or /api/v2 at its end."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not text.isascii():
        raise BadRequest("The URL of the runtime names no host.", "Write it as https://host/path.", pointer="/url")
    if "@" in parts.netloc:
        raise BadRequest(
            "The URL of the runtime holds a user or a password.",
            "Put the user under auth, and the password into a secret.",
            pointer="/url",
        )
    if parts.query or parts.fragment or "?" in text or "#" in text or "\\" in text:
        raise BadRequest("The URL of the runtime has more than a host and a path.", pointer="/url")
    path = re.sub(r"/api/v[12]$", "", parts.path.rstrip("/")).rstrip("/")
    if any(segment in (".", "..") for segment in path.split("/")):
        raise BadRequest("The path of the URL has . or .. in it.", pointer="/url")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _without_secrets(text: str, pointer: str, *, user_allowed: bool = False) -> None:
    """An address may name a user where that is how one writes it, never a password."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise BadRequest("The address cannot be read.", pointer=pointer) from None
    user, at, _ = parts.netloc.rpartition("@")
    named = [key for key, value in parse_qsl(parts.query) if value and _SECRET_ARGUMENT.search(key)]
    if named or (at and (":" in user or not (user_allowed or parts.scheme == "ssh"))):
        raise BadRequest(
            "The address holds a user, a password or a key.",
            "Documents hold no secrets: name a secret or an Airflow connection instead.",
            pointer=pointer,
        )
