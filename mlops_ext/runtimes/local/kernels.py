"""Kernels that start without needless waiting.

papermill and nbclient stay as they are; what is ours comes in by jupyter_client's
own extension points (a manager and its client). Three waits go: the client's
fixed silence of 0.2 s before a kernel counts as ready, zmq's 0.1 s between two
tries to connect, and the manager's looks every 0.1 s whether the kernel has gone.
An IPython kernel listens on Unix sockets in a folder of its own, which no other
user can open; other kernels are started exactly as their specification says.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_path
from traitlets import default

from .messages import BoundedSession
from .nursery import KERNEL_MAIN
from .warm import WarmProvisioner, is_plain_ipykernel, may_fork

SOCKET_PATH = 100
"""Bytes of a folder's path with which those of sockets in it are short enough."""
_LOOK_SECONDS = 0.05
_RECONNECT_MILLISECONDS = 10


def specifications() -> KernelSpecManager:
    """The kernels that are installed here; as jupyter_client finds them, without importing IPython for one folder."""
    own = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    return KernelSpecManager(kernel_dirs=[*jupyter_path("kernels"), os.path.join(own, "kernels")])


def python_of(spec: KernelSpec | None) -> str:
    """The interpreter of a Python kernel; ours where the specification names none."""
    if spec is None or spec.language.lower() != "python" or not spec.argv:
        return sys.executable
    program = str(spec.argv[0])
    own = {"python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}"}
    return sys.executable if program in own else program


class QuickClient(AsyncKernelClient):
    """A client that knows from the kernel's own answers when it is ready."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.language: dict[str, Any] = {}
        """What the kernel told of its language when it was ready."""

    def start_channels(self, *_: Any, **__: Any) -> None:
        """Those that a notebook without anybody before it needs; each of the others costs a thread or a socket."""
        super().start_channels(True, True, False, False, False)  # shell, iopub, not stdin, hb, control

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Waits until requests are answered and what they print arrives here."""
        deadline = time.monotonic() + (timeout if timeout is not None else 60.0)
        if not await self._answered(deadline):
            raise RuntimeError(f"it was not ready within {timeout:g} s." if timeout else "it does not answer.")

    async def _answered(self, deadline: float) -> bool:
        """One kernel_info whose reply and whose `idle` both arrived: the subscription works, too.

        What is published before the subscription stands is lost; then the reply comes
        without an `idle`, and it is asked again.
        """
        poller = zmq.asyncio.Poller()
        poller.register(self.shell_channel.socket, zmq.POLLIN)
        poller.register(self.iopub_channel.socket, zmq.POLLIN)
        asked, replied, idle = self.kernel_info(), 0.0, False
        while time.monotonic() < deadline:
            await poller.poll(_LOOK_SECONDS * 1000)
            while (message := await _next(self.shell_channel)) is not None:
                if message["parent_header"].get("msg_id") == asked:
                    self._handle_kernel_info_reply(message)
                    self.language = message["content"].get("language_info") or {}
                    replied = time.monotonic()
            while (message := await _next(self.iopub_channel)) is not None:
                if message["parent_header"].get("msg_id") == asked and message["header"]["msg_type"] == "status":
                    idle = idle or message["content"].get("execution_state") == "idle"
            if replied and idle:
                return True
            if replied and time.monotonic() - replied > _LOOK_SECONDS:
                asked, replied = self.kernel_info(), 0.0
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        return False


class QuickManager(AsyncKernelManager):
    """Starts a kernel for a worker: own sockets, own way to start and to wait."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.client_factory = QuickClient
        self.autorestart = False
        # The kernel binds its sockets after the first try to connect, also that of the socket by which it is told
        # to end; the next comes soon. The client has its sockets from the same context.
        self.context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS)
        self.keeper: socket.socket | None = None
        self.connections: Path | None = None
        """Where its sockets and their description lie; removed after it."""

    @default("session")
    def _session_default(self) -> BoundedSession:
        return BoundedSession(parent=self)

    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return specifications()

    @property
    def ipykernel(self) -> bool:
        """Whether it takes the options of IPython."""
        spec = self.kernel_spec
        return spec is not None and is_plain_ipykernel(spec.argv)

    def use(self, keeper: socket.socket, python: str, environment: Mapping[str, str]) -> None:
        """Takes the kernel from a keeper whose nursery runs on `python`, where that changes nothing but the time."""
        spec = self.kernel_spec
        if spec is not None and self.ipykernel and python_of(spec) == python and may_fork(spec, environment):
            self.keeper = keeper

    async def _async_pre_start_kernel(self, **keywords: Any) -> tuple[list[str], dict[str, Any]]:
        if self.connections is None:
            self.connections = Path(tempfile.mkdtemp(prefix="mlops-"))
        self.connections.mkdir(mode=0o700, exist_ok=True)
        self.connection_file = str(self.connections / "kernel.json")
        if self.ipykernel and hasattr(os, "fork") and len(os.fsencode(self.connections)) < SOCKET_PATH:
            self.transport = "ipc"
            self.ip = str(self.connections / "k")
        if self.keeper is not None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
            self.provisioner.keeper = self.keeper
        command, keywords = await super()._async_pre_start_kernel(**keywords)
        if self.ipykernel:
            # [python, -m, ipykernel_launcher, -f, …]: the same, by our way to start it.
            command = [command[0], str(KERNEL_MAIN), *command[3:]]
        return command, keywords

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        """Until the kernel's process is gone, noticed at once where the system can tell."""
        process = getattr(self.provisioner, "process", None)
        if process is not None and hasattr(os, "pidfd_open"):
            try:
                descriptor = os.pidfd_open(process.pid)
            except OSError:
                pass  # it is gone, or the system cannot tell
            else:
                await _readable(descriptor)
        await super()._async_wait(pollinterval=min(pollinterval, 0.02))

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart=restart)
        if self.connections is not None and not restart:
            shutil.rmtree(self.connections, ignore_errors=True)

    # The base class binds its public names to its own methods.
    wait = _async_wait
    cleanup_resources = _async_cleanup_resources
    pre_start_kernel = _async_pre_start_kernel


async def _readable(descriptor: int) -> None:
    """Until the descriptor can be read; closes it."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _next(channel: Any) -> dict[str, Any] | None:
    """A message that is there already."""
    try:
        message: dict[str, Any] = await channel.get_msg(timeout=0)
    except Empty:
        return None
    return message
