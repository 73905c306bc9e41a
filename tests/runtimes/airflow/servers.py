"""Servers that are not Airflow, or are and misbehave; each listens on loopback while a test lasts."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CANARY = "canary-7f3a9c/ß+x'q"


@dataclass(frozen=True)
class Seen:
    """A request that came."""

    command: str
    path: str
    token: str | None


class Asked(BaseHTTPRequestHandler):
    """One request; what is answered, the test says."""

    protocol_version = "HTTP/1.1"
    answer: Callable[[Asked], None]
    seen: list[Seen]
    body = b""

    def handle_one(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append(Seen(self.command, self.path, self.headers.get("Authorization")))
        type(self).answer(self)

    do_GET = do_POST = do_PATCH = handle_one

    def log_message(self, *_: Any) -> None:
        """Nothing."""

    def reply(self, status: int, document: Any, **headers: str) -> None:
        """A whole answer."""
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server:
    """Its address, and what it was asked."""

    def __init__(self, url: str, seen: list[Seen]) -> None:
        self.url = url
        self.seen = seen

    def paths(self) -> list[str]:
        return [f"{asked.command} {asked.path}" for asked in self.seen]


@contextmanager
def serving(answer: Callable[[Asked], None], certificate: tuple[Path, Path] | None = None) -> Iterator[Server]:
    """A server that gives this answer to everything."""
    seen: list[Seen] = []
    handler = type("Handler", (Asked,), {"answer": staticmethod(answer), "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who asked may hang up
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Server(f"{scheme}://127.0.0.1:{server.server_address[1]}", seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Certificate and key for 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "airflow.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def jwt(seconds: float, number: int = 0) -> str:
    """A token that says that it lives so long."""
    payload = json.dumps({"exp": time.time() + seconds, "n": number}).encode()
    return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.c2ln"


class LikeAirflow:
    """As much of Airflow 3 as signing in takes; tokens live as long as it is told."""

    def __init__(self, password: str = CANARY, lifetime: float = 3600.0) -> None:
        self.password = password
        self.lifetime = lifetime
        self.given: list[str] = []
        self.valid: set[str] = set()

    def __call__(self, asked: Asked) -> None:
        path = asked.path.partition("?")[0]
        if path == "/api/v2/version":
            asked.reply(200, {"version": "3.3.2"})
        elif path == "/api/v2/monitor/health":
            asked.reply(200, {"scheduler": {"status": "healthy"}})
        elif path == "/auth/token":
            self._sign_in(asked)
        elif (asked.headers.get("Authorization") or "").removeprefix("Bearer ") not in self.valid:
            asked.reply(401, {"detail": f"Token Expired {asked.headers.get('Authorization')}"})
        else:
            asked.reply(200, {"dags": [], "import_errors": [], "total_entries": 0})

    def _sign_in(self, asked: Asked) -> None:
        if asked.command != "POST" or json.loads(asked.body)["password"] != self.password:
            asked.reply(401, {"detail": f"Invalid credentials: {asked.body.decode()}"})
            return
        token = jwt(self.lifetime, len(self.given))
        self.given.append(token)
        self.valid = {token}
        asked.reply(201, {"access_token": token})
