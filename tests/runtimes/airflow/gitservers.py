"""Real git servers on loopback: git's own programs behind TLS with a password, and behind SSH with keys."""

from __future__ import annotations

import asyncio
import base64
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

from tests.runtimes.airflow.servers import Asked, Server, serving


def bare(folder: Path) -> Path:
    """A repository that takes pushes over HTTP, too."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    subprocess.run(["git", "config", "http.receivepack", "true"], cwd=folder, check=True)
    return folder


class Backend:
    """`git http-backend` for a folder of repositories, for who knows user and password."""

    def __init__(self, folder: Path, user: str, password: str) -> None:
        self._folder = folder
        self._token = base64.b64encode(f"{user}:{password}".encode()).decode()

    def __call__(self, asked: Asked) -> None:
        body = self._body(asked)
        if asked.headers.get("Authorization") != f"Basic {self._token}":
            asked.reply(401, b"who are you?", **{"WWW-Authenticate": 'Basic realm="git"'})
            return
        path, _, query = asked.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "pusher",
            "REQUEST_METHOD": asked.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        asked.reply(int(headers.pop("Status", "200").split()[0]), content, **headers)

    def _body(self, asked: Asked) -> bytes:
        """What came with the request; git sends it in pieces when it is large."""
        if asked.headers.get("Transfer-Encoding") != "chunked":
            return asked.body
        pieces = []
        while size := int(asked.rfile.readline(), 16):
            pieces.append(asked.rfile.read(size))
            asked.rfile.readline()
        asked.rfile.readline()
        return b"".join(pieces)


@contextmanager
def over_tls(folder: Path, certificate: tuple[Path, Path], user: str, password: str) -> Iterator[Server]:
    """The repositories of a folder, over https."""
    with serving(Backend(folder, user, password), certificate) as server:
        yield server


@dataclass(frozen=True)
class Shell:
    """An SSH server, and what its clients need to know."""

    port: int
    host_key: str

    def known(self, key: str | None = None) -> str:
        """A line of known_hosts; with another key, one that does not fit."""
        return f"[127.0.0.1]:{self.port} {key or self.host_key}\n"


def new_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


@contextmanager
def over_ssh(client: asyncssh.SSHKey) -> Iterator[Shell]:
    """git's own programs for who has the key, in a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    host = new_key()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host],
            authorized_client_keys=asyncssh.import_authorized_keys(public(client)),
            process_factory=_serve,
            encoding=None,
        )

    async def close(server: asyncssh.SSHAcceptor) -> None:
        server.close()
        await server.wait_closed()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        try:
            yield Shell(server.get_port(), public(host))
        finally:
            asyncio.run_coroutine_threadsafe(close(server), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _serve(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """As a git host does: the two programs, nothing else, and no shell."""
    program, *arguments = shlex.split(process.command or "")
    if program not in ("git-upload-pack", "git-receive-pack"):
        process.exit(127)
        return
    pipe = asyncio.subprocess.PIPE
    git = await asyncio.create_subprocess_exec(
        "git", program.removeprefix("git-"), *arguments, stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert git.stdin and git.stdout and git.stderr
    asked = asyncio.ensure_future(_carry(process.stdin, git.stdin))
    # All that git says goes out before the end of it does.
    await asyncio.gather(_carry(git.stdout, process.stdout), _carry(git.stderr, process.stderr))
    process.exit(await git.wait())
    await process.wait_closed()
    asked.cancel()


async def _carry(source: Any, target: Any) -> None:
    """Brings what is said on one side to the other until that ends."""
    with suppress(OSError, asyncssh.Error):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.write_eof()
