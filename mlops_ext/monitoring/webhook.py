"""Tells an address of a new alert.

The address is a secret, as those of chat rooms are: a monitor names it, and its
value is used for the server that it names and no other. Link-local addresses, where
clouds keep credentials, are refused, also when a name leads there: what was checked
is what is connected to. No redirect is followed, and what is answered is not read
beyond its status. An alert that could not be told is told at the next evaluation.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ..errors import BadRequest, MlopsError, Refused, Unavailable
from ..secrets import SecretStore, origin_of
from ..store import Store
from ..store.documents import timestamp
from .files import Monitor

SECONDS = 10.0
SETTLED_BEFORE = "settled"


def tell(monitor: Monitor, store: Store) -> Iterator[str]:
    """Sends the alerts that nobody was told of; answers what went wrong, as sentences."""
    addresses = [notice["webhook"]["secret"] for notice in monitor.document.get("notify", ())]
    for alert in store.untold_alerts(monitor.path):
        if not addresses or alert["state"] not in ("open", "snoozed", "retraining"):
            store.change_alert(alert["id"], told=SETTLED_BEFORE if addresses else "")
            continue
        body = json.dumps(_message(monitor, alert), ensure_ascii=False).encode("utf-8")
        problems = [problem for name in addresses if (problem := _sent(name, body)) is not None]
        yield from problems
        now = timestamp()
        if problems:
            store.change_alert(alert["id"], delivery=_delivery("failed", now, " ".join(problems)))
        else:
            store.change_alert(alert["id"], told=now, delivery=_delivery("told", now, None))


def _delivery(state: str, at: str, message: str | None) -> dict[str, Any]:
    """How an attempt ended, for those who look at the alert."""
    return {"state": state, "at": at, "message": message}


def _message(monitor: Monitor, alert: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent; `text` is what chat rooms show."""
    name = monitor.document["model"]["name"]
    return {
        "version": 1,
        "text": f"{name}: {alert['summary']}",
        "monitor": monitor.path,
        "name": name,
        "alert": {key: alert[key] for key in ("id", "state", "opened", "summary", "checks")},
    }


def _sent(name: str, body: bytes) -> str | None:
    """Sends to the address that a secret holds; answers what went wrong."""
    try:
        post(name, body)
    except MlopsError as error:
        return f"The webhook {name} was not told of the alert: {error.message}"
    return None


def post(name: str, body: bytes) -> None:
    """Posts JSON to the address that a secret holds; errors never show the address."""
    secrets = SecretStore()
    url = secrets.get(name).reveal().strip()
    parts = _checked(name, url)
    secrets.get_for(name, url)
    place = _place(parts, origin_of(url))
    connection = _connection(parts, place)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/json", "User-Agent": "mlops-ext", "Connection": "close"}
    try:
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable(f"{origin_of(url)} cannot be reached ({type(error).__name__}).") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise Refused(f"{origin_of(url)} answered with status {status}.", code="webhook-refused")


def _checked(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        sound = sound and parts.username is None and url.isascii() and not any(ord(one) <= 32 for one in url)
    except ValueError:
        sound = False
    if not sound:
        raise BadRequest(f"The secret {name} holds no address of a webhook.", "It begins with https://.")
    return parts


def _place(parts: SplitResult, origin: str) -> tuple[str, int]:
    """The address and port to connect to: the first that the name leads to, if none of them is forbidden."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable(f"The name of {origin} is not known.") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or any(is_forbidden(address) for address in addresses):
        raise Refused(f"{origin} leads to an address that is not for webhooks.", code="webhook-address")
    return addresses[0], port


def is_forbidden(text: str) -> bool:
    """Whether an address is link-local, for many, for none or reserved, also when it is written as another kind."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None and is_forbidden(str(inner)):
            return True
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.is_reserved and not address.is_loopback)
        or text == "fd00:ec2::254"
    )


class _Plain(http.client.HTTPConnection):
    """A connection to a place that was checked."""

    def __init__(self, host: str, place: tuple[str, int]) -> None:
        super().__init__(host, place[1], timeout=SECONDS)
        self._place = place

    def connect(self) -> None:
        self.sock = socket.create_connection(self._place, SECONDS)


class _Secure(http.client.HTTPSConnection):
    """The same with TLS, whose certificate must be that of the name."""

    def __init__(self, host: str, place: tuple[str, int]) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, place[1], timeout=SECONDS, context=self._tls)
        self._place = place

    def connect(self) -> None:
        plain = socket.create_connection(self._place, SECONDS)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _connection(parts: SplitResult, place: tuple[str, int]) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    return _Secure(host, place) if parts.scheme == "https" else _Plain(host, place)
