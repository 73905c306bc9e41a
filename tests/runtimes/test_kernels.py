"""What a worker's kernel is not waited for."""

from __future__ import annotations

import time
from pathlib import Path

import zmq

from mlops_ext.runtimes.local.kernels import QuickManager

ZMQ_USUAL_SECONDS = 0.1
"""After which zmq tries again to connect, unless told otherwise."""


def test_sockets_that_connect_before_the_kernel_listens_are_through_soon(tmp_path: Path) -> None:
    """The socket by which a kernel is told to end is one of them: it cost a tenth of a second of each node."""
    assert min(_seconds_until_heard(tmp_path / str(number)) for number in range(5)) < ZMQ_USUAL_SECONDS / 2


def _seconds_until_heard(path: Path) -> float:
    """From when the kernel listens until it has what the manager sent before."""
    manager, kernel = QuickManager(kernel_name="python3"), zmq.Context()
    sender = manager.context.socket(zmq.DEALER, socket_class=zmq.Socket)
    try:
        with sender, kernel.socket(zmq.ROUTER) as listener:
            sender.connect(f"ipc://{path}")
            sender.send(b"end")
            time.sleep(0.02)
            listener.bind(f"ipc://{path}")
            began = time.monotonic()
            assert listener.poll(10_000)
            return time.monotonic() - began
    finally:
        manager.context.destroy(linger=0)
        kernel.destroy(linger=0)
