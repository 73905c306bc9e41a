"""Secrets: kept outside of pipelines, plans and runs, given to a node at the last moment.

In the keyring of the system where there is one, else in a file that only its
owner can read, which is *not* encrypted; `SecretStore.where` says plainly which.
Values go in and come out to nodes; nothing shows them. What may have printed one
is passed through a Redactor (redaction.py) before it is kept.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from .errors import BadRequest, NotFound, Refused, Unavailable
from .redaction import STARS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
SERVICE = "mlops-ext"
VALUE_LIMIT = 64 * 1024


Listing = list[dict[str, str]]


class Hidden:
    """A value that prints, pickles and converts to `***`; `.reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return STARS

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return STARS

    def __reduce__(self) -> tuple[type[Hidden], tuple[str]]:
        return (Hidden, (STARS,))


class SecretStore:
    """The secrets of this user."""

    def __init__(self, folder: Path | None = None, *, keyring: bool | None = None) -> None:
        override = os.environ.get("MLOPS_SECRETS_DIR", "")
        own = folder is not None or bool(override)
        self._folder = folder or (Path(override) if override else config_folder())
        # Who names a folder wants the file there.
        self._keyring = _usable_keyring() if (keyring if keyring is not None else not own) else None

    def where(self) -> str:
        """Where values are kept, as a sentence."""
        if self._keyring is not None:
            return f"Secrets are kept in the keyring of the system ({self._keyring.get_keyring().name})."
        return f"Secrets are kept in {self._values}, which only you can read. They are not encrypted."

    def set(self, name: str, value: str) -> None:
        """Keeps a value under a name, in place of an earlier one."""
        _check_name(name)
        if not value or "\0" in value:
            raise BadRequest("The value of a secret cannot be empty or hold a NUL character.")
        if len(value.encode("utf-8", "surrogatepass")) > VALUE_LIMIT:
            raise BadRequest(f"The value of a secret may take {VALUE_LIMIT} bytes.")
        if self._keyring is not None:
            try:
                self._keyring.set_password(SERVICE, name, value)
            except Exception as error:
                raise _keyring_failed(error) from None
        else:
            self._write(self._values, {**self._read(self._values), name: value})
        changed = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._unbind(name)
        self._write(self._names, {**self._read(self._names), name: changed})

    def get(self, name: str) -> Hidden:
        """The value of a name; NotFound when there is none."""
        _check_name(name)
        if self._keyring is not None:
            try:
                value = self._keyring.get_password(SERVICE, name)
            except Exception as error:
                raise _keyring_failed(error) from None
        else:
            value = self._read(self._values).get(name)
        if not isinstance(value, str):
            raise NotFound(
                f"There is no secret {name!r} here.", f"Set it with: mlops secret set {name}", code="unknown-secret"
            )
        return Hidden(value)

    def get_for(self, name: str, url: str) -> Hidden:
        """The value for the server of an address: the first that asks, and from then on no other one."""
        value = self.get(name)
        origin = origin_of(url)
        bound = self._read(self._origins)
        if bound.setdefault(name, origin) != origin:
            raise Refused(
                f"The secret {name!r} was used for {bound[name]} and is not given to {origin}.",
                f"If that is right, set it again: mlops secret set {name}",
                code="secret-bound",
            )
        if self._read(self._origins).get(name) != origin:
            self._write(self._origins, bound)
        return value

    def get_for_node(self, name: str) -> Hidden:
        """The value for a node's environment; what signs in to a server is not for the code of pipelines."""
        origin = self._read(self._origins).get(name)
        if origin is not None:
            raise Refused(
                f"The secret {name!r} is for {origin} and is not given to nodes.",
                "Keep what the node needs under another name.",
                code="secret-bound",
            )
        return self.get(name)

    def list(self) -> Listing:
        """Name and time of the last change of each secret; never a value."""
        known = self._read(self._names)
        return [{"name": name, "changed": str(known[name])} for name in sorted(known)]

    def remove(self, name: str) -> None:
        """Forgets a secret; NotFound when there is none."""
        _check_name(name)
        names = self._read(self._names)
        if name not in names:
            raise NotFound(f"There is no secret {name!r} here.", code="unknown-secret")
        if self._keyring is not None:
            # Someone may have removed it in the keyring's own program; then only our list is behind.
            with suppress(Exception):
                self._keyring.delete_password(SERVICE, name)
        else:
            self._write(self._values, {key: value for key, value in self._read(self._values).items() if key != name})
        self._unbind(name)
        self._write(self._names, {key: value for key, value in names.items() if key != name})

    def _unbind(self, name: str) -> None:
        bound = self._read(self._origins)
        if name in bound:
            self._write(self._origins, {key: origin for key, origin in bound.items() if key != name})

    @property
    def _values(self) -> Path:
        return self._folder / "secrets.json"

    @property
    def _names(self) -> Path:
        return self._folder / "secret-names.json"

    @property
    def _origins(self) -> Path:
        return self._folder / "secret-origins.json"

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise Unavailable(f"The file {path} cannot be read.", "Check its permissions, or move it away.") from None
        return document if isinstance(document, dict) else {}

    def _write(self, path: Path, document: dict[str, Any]) -> None:
        """For its owner only from the first byte on, whatever the umask, and never half."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=self._folder)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(document, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, path)
            except BaseException:
                os.unlink(partial)
                raise
        except OSError as error:
            raise Unavailable(f"The secret cannot be kept in {self._folder}: {error.strerror}.") from None


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; git's short form host:path is ssh."""
    try:
        parts = urlsplit(url if "://" in url else "ssh://" + url.partition(":")[0])
        port = parts.port or {"http": 80, "https": 443, "ssh": 22}.get(parts.scheme)
    except ValueError:
        raise BadRequest("The address names no server.") from None
    return f"{parts.scheme}://{parts.hostname or ''}" + (f":{port}" if port else "")


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadRequest(
            "The name of a secret begins with a letter or digit and has at most 100 letters, digits, _ . and -."
        )


def _keyring_failed(error: Exception) -> Unavailable:
    # The message of a backend may quote what it was given; its type is enough.
    return Unavailable(
        f"The keyring of the system did not answer ({type(error).__name__}).",
        "Unlock it, or set MLOPS_SECRETS_DIR to a folder to keep secrets in a file.",
    )


def config_folder() -> Path:
    """Where what this user has configured lies."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".config") / "mlops-ext"


def _usable_keyring() -> ModuleType | None:
    """The keyring module if some backend works here."""
    try:
        import keyring
        from keyring.backends import chainer, fail, null

        backend = keyring.get_keyring()
        if isinstance(backend, (fail.Keyring, null.Keyring)) or (
            isinstance(backend, chainer.ChainerBackend) and not backend.backends
        ):
            return None
        keyring.get_password(SERVICE, "probe")
    except Exception:
        return None
    return keyring
