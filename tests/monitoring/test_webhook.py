"""Webhooks: a new alert is told once, to the right place and to no other, and the address is shown to nobody."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import BadRequest, MlopsError, Refused
from mlops_ext.monitoring import webhook
from mlops_ext.monitoring.files import Monitor
from mlops_ext.monitoring.records import record
from mlops_ext.secrets import SecretStore
from mlops_ext.store import Store
from tests.monitoring.watched import document, evaluation, loaded, write_monitor


class Room:
    """A server that takes messages, and answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[tuple[str, dict[str, Any]]] = []
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                room.heard.append((self.path, json.loads(body)))
                self.send_response(room.status)
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/T0KEN?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.server.shutdown()
    room.server.server_close()


@pytest.fixture
def monitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monkeypatch.setenv("MLOPS_SECRETS_DIR", str(tmp_path / "secrets"))
    return loaded(write_monitor(tmp_path / "project", notify=[{"webhook": {"secret": "ops-hook"}}]))


def alerted(store: Store, batch: str = "01") -> str:
    made = record(store, document(), evaluation(batch, {"many": "alert"}))
    return str(made["alert"]["id"])


def told(monitor: Monitor, store: Store) -> list[str]:
    return list(webhook.tell(monitor, store))


def test_a_new_alert_is_told_once(monitor: Monitor, room: Room) -> None:
    SecretStore().set("ops-hook", room.url)
    with Store.open(monitor.workspace) as store:
        alert = alerted(store)
        assert told(monitor, store) == [] == told(monitor, store)
        delivery = store.alert(alert)["delivery"]
        assert delivery["state"] == "told" and delivery["at"] and delivery["message"] is None
        alerted(store, "02")
        assert told(monitor, store) == []
    [(path, message)] = room.heard
    assert path == "/hooks/T0KEN?x=1"
    assert message["alert"]["id"] == alert and message["monitor"] == "m.monitor"
    assert message["text"].startswith("churn: In 01: accuracy is 0.5, 0.9 in the baseline.")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_was_not_taken_is_told_again_and_no_redirect_followed(monitor: Monitor, room: Room, status: int) -> None:
    SecretStore().set("ops-hook", room.url)
    room.status = status
    with Store.open(monitor.workspace) as store:
        alert = alerted(store)
        assert store.alert(alert)["delivery"] is None
        [problem] = told(monitor, store)
        assert str(status) in problem and "T0KEN" not in problem and "/hooks" not in problem
        delivery = store.alert(alert)["delivery"]
        assert (delivery["state"], delivery["message"]) == ("failed", problem)
        room.status = 204
        assert told(monitor, store) == []
        assert store.alert(alert)["delivery"]["state"] == "told"
    assert [path for path, _ in room.heard] == ["/hooks/T0KEN?x=1"] * 2


def test_nobody_is_told_of_what_is_settled(monitor: Monitor, room: Room) -> None:
    with Store.open(monitor.workspace) as store:
        alert = alerted(store)
        [problem] = told(monitor, store)
        assert "ops-hook" in problem
        store.change_alert(alert, state="dismissed")
        SecretStore().set("ops-hook", room.url)
        assert told(monitor, store) == []
    assert room.heard == []


def test_a_server_that_is_not_there_is_a_sentence(monitor: Monitor, room: Room) -> None:
    room.server.shutdown()
    room.server.server_close()
    SecretStore().set("ops-hook", room.url)
    with Store.open(monitor.workspace) as store:
        alerted(store)
        [problem] = told(monitor, store)
    assert "cannot be reached" in problem and "T0KEN" not in problem


def test_the_secret_is_for_this_server_and_not_for_nodes(monitor: Monitor, room: Room) -> None:
    SecretStore().set("ops-hook", room.url)
    webhook.post("ops-hook", b"{}")
    with pytest.raises(Refused):
        SecretStore().get_for_node("ops-hook")
    with pytest.raises(Refused):
        SecretStore().get_for("ops-hook", "https://elsewhere.example/hook")


@pytest.mark.parametrize(
    "value",
    [
        "a chat room",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://",
        "http://user:pass@example.org/",
        "https://example.org/\nX-Header: 1",
        "https://exämple.org/",
        "http://example.org:0/",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(monitor: Monitor, value: str) -> None:
    SecretStore().set("bad", value)
    with pytest.raises(BadRequest) as caught:
        webhook.post("bad", b"{}")
    assert value not in caught.value.message


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "2852039166",
        "0xa9.0xfe.0xa9.0xfe",
        "[fe80::1]",
        "0.0.0.0",  # noqa: S104 - refused
        "[::]",
        "224.0.0.1",
        "[fd00:ec2::254]",
        "[2002:a9fe:a9fe::1]",
    ],
)
def test_addresses_where_clouds_keep_credentials_are_refused(monitor: Monitor, host: str) -> None:
    SecretStore().set("inside", f"http://{host}/latest/meta-data")
    with pytest.raises(MlopsError) as caught:
        webhook.post("inside", b"{}")
    assert caught.value.code == "webhook-address" or "not known" in caught.value.message


def test_what_was_checked_is_what_is_connected_to(
    monitor: Monitor, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere when it is asked again is asked once only."""
    port = room.server.server_address[1]
    answers = [[(2, 1, 6, "", ("127.0.0.1", port))], [(2, 1, 6, "", ("169.254.169.254", port))]]
    monkeypatch.setattr("mlops_ext.monitoring.webhook.socket.getaddrinfo", lambda *_, **__: answers.pop(0))
    SecretStore().set("name", f"http://rebinding.example:{port}/hook")
    real = webhook.socket.create_connection
    monkeypatch.setattr(
        "mlops_ext.monitoring.webhook.socket.create_connection", lambda place, seconds: _plain(real, place, seconds)
    )
    webhook.post("name", b"{}")
    assert len(answers) == 1 and len(room.heard) == 1


def _plain(_: Any, place: tuple[str, int], seconds: float) -> Any:
    import socket

    connection = socket.socket()
    connection.settimeout(seconds)
    connection.connect(place)
    return connection
