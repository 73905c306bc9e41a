"""Starts IPython kernels: one at once, or, as a nursery, forks of a process that has the imports done.

Run with the kernel's own interpreter: standard library and ipykernel only, any
Python 3.9 or later.

    python kernel_main.py -f CONNECTION_FILE …     a kernel, as `python -m ipykernel_launcher` starts it
    python kernel_main.py --nursery FD             a nursery that is told by the engine over FD

For each kernel the nursery forks a keeper, and the keeper the kernel. The keeper
talks to the worker over a socket of theirs: it waits for the request, tells the
kernel's number and how it ended. It is a subreaper, so whatever the kernel starts
stays below it; when the worker closes the socket, or is gone, all of that is killed.

A fork must find nothing but imports: no thread, no zmq context, no event loop.
"""

import gc
import importlib
import os
import signal
import socket
import sys

MESSAGE = 1 << 20


def main() -> None:
    """Becomes a kernel or a nursery."""
    del sys.path[0]  # the folder of this file; the kernel puts "" there itself
    if sys.argv[1:2] == ["--nursery"]:
        nurse(socket.socket(fileno=int(sys.argv[2])))
    else:
        run_kernel(None)


def run_kernel(arguments: "list[str] | None") -> None:
    """Runs a kernel until it is asked to end."""
    from ipykernel.kernelapp import IPKernelApp

    # Who started it is not what code of the user's should see in its environment.
    for name in ("JPY_PARENT_PID", "JPY_SESSION_NAME"):
        os.environ.pop(name, None)
    _trace()
    app = IPKernelApp.instance()
    app.initialize(arguments)  # type: ignore[no-untyped-call]  # ipykernel has no types
    app.start()  # type: ignore[no-untyped-call]
    # The control thread flushes while the exit handlers stop what it flushes through; in about one
    # kernel of ten (ipykernel 7) each waits for the other for seconds, unless this one is let finish.
    thread = getattr(app, "control_thread", None)
    if thread is not None and getattr(app.kernel, "_shutdown_message", None) is not None:
        thread.join(2)


def _trace() -> None:
    """Has written down what the code opens, if somebody wants it; tracehook.py lies beside this file."""
    if "MLOPS_TRACE" in os.environ:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        try:
            hook = importlib.import_module("tracehook")
        finally:
            del sys.path[0]
        hook.install_from_environment()
        del sys.modules["tracehook"]


def nurse(engine: socket.socket) -> None:
    """Forks a keeper for each socket that the engine hands over, until the engine is gone."""
    # The collector finds next to nothing in what is imported, and takes a tenth of the time.
    gc.disable()
    preload()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers vanish by themselves
    # What is frozen the collector doesn't touch, so the forks go on sharing it.
    gc.freeze()
    gc.enable()
    while True:
        message, descriptors, _, _ = socket.recv_fds(engine, 16, 1)
        if not message:
            return
        # With a second thread a fork could deadlock; the worker then starts its kernel itself.
        if len(os.listdir("/proc/self/task")) == 1 and os.fork() == 0:
            engine.close()
            keep(socket.socket(fileno=descriptors[0]))
        os.close(descriptors[0])


def preload() -> None:
    """Imports what every kernel imports. Not numpy and the like: it starts threads, seeds, picks back ends."""
    import ctypes  # noqa: F401
    import json  # noqa: F401

    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    names = """
        ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell ipykernel.debugger ipykernel.displayhook
        ipykernel.comm.manager ipykernel.parentpoller ipykernel.subshell_manager
        IPython.core.completer IPython.core.completerlib IPython.core.debugger IPython.core.logger
        IPython.core.oinspect IPython.extensions.storemagic IPython.utils.wildcard
        bdb cmd faulthandler pdb psutil sqlite3 tornado.platform.asyncio
    """
    for name in names.split():
        try:
            importlib.import_module(name)
        except ImportError:
            continue


def keep(worker: socket.socket) -> None:
    """Waits for the request, forks the kernel, and stays until the worker is done with it. Never returns."""
    import json

    try:
        os.setsid()
        _become_subreaper()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        data, outputs = _request(worker)
        if not data:
            os._exit(0)
        request = json.loads(data)
        born, bear = os.pipe()
        kernel = os.fork()
        if kernel == 0:
            worker.close()
            os.close(born)
            _become_kernel(request, outputs, bear)
        os.close(bear)
        for descriptor in outputs:
            os.close(descriptor)
        # It leads its own session by the time that anybody knows its number.
        os.read(born, 1)
        os.close(born)
        _watch(worker, kernel)
    finally:
        os._exit(1)


def _request(worker: socket.socket) -> "tuple[bytes, list[int]]":
    """Length and text of the request, and where the kernel shall print."""
    head, descriptors, _, _ = socket.recv_fds(worker, 8, 1)
    data = b""
    size = int.from_bytes(head, "big")
    while len(data) < size:
        part = worker.recv(min(MESSAGE, size - len(data)))
        if not part:
            return b"", []
        data += part
    return data, list(descriptors)


def _watch(worker: socket.socket, kernel: int) -> None:
    """Tells how the kernel ends; kills all below when the worker closes the socket."""
    import select

    wake, awake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(awake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(awake, warn_on_full_buffer=False)
    worker.sendall(b"%d\n" % kernel)
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    poll.register(worker.fileno(), select.POLLIN | select.POLLHUP)
    over = False
    while not over:
        _collect(worker, kernel)
        for descriptor, _ in poll.poll():
            if descriptor == wake:
                os.read(wake, 4096)
            else:
                over = not worker.recv(16)
    _kill_all()
    os._exit(0)


def _collect(worker: socket.socket, kernel: int) -> None:
    """Takes the exit status of whoever ended below, and tells the kernel's."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == kernel:
            code = os.waitstatus_to_exitcode(status)
            try:
                worker.sendall(b"%d\n" % code)
            except OSError:
                return


def _kill_all() -> None:
    """Kills all that is below this process, until nothing is."""
    for _ in range(100):
        for pid in _below(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _below(root: int) -> "list[int]":
    """Numbers of all processes below."""
    children = {}  # type: dict[int, list[int]]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rsplit(b")", 1)[1].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(name))
    found, waiting = [], [root]  # type: list[int], list[int]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _become_kernel(request: "dict[str, object]", outputs: "list[int]", born: int) -> None:
    """Makes the fork what a started kernel is, and runs it. Never returns."""
    import atexit
    import threading

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(dict(request["env"]))  # type: ignore[call-overload]  # texts, as the worker sends them
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(outputs[0], 1)
        os.dup2(outputs[0], 2)
        for descriptor in (nothing, *outputs):
            os.close(descriptor)
        os.write(born, b"!")
        os.close(born)
        os.chdir(str(request["cwd"]))
        arguments = [str(word) for word in request["arguments"]]  # type: ignore[attr-defined]  # a list
        sys.argv[1:] = arguments
        run_kernel([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        # As an interpreter ends, without going back to where the nursery forked.
        try:
            threading._shutdown()  # type: ignore[attr-defined]  # waits for threads that are no daemons
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _become_subreaper() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
