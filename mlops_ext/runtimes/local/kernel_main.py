"""Starts IPython kernels: one at once, or, as a nursery, forks of a process that has the imports done.

Run with the kernel's own interpreter: standard library and ipykernel only, any
Python 3.9 or later.

    python kernel_main.py -f CONNECTION_FILE …     a kernel, as `python -m ipykernel_launcher` starts it
    python kernel_main.py --nursery FD             a nursery that is told by the engine over FD

For each kernel the nursery forks a keeper, and the keeper the kernel. The keeper
talks to the worker over a socket of theirs: it waits for the request, tells the
kernel's number and how it ended. If asked to, it is a subreaper, so that whatever the
kernel starts stays below it; when the worker closes the socket, or is gone, all of that
is killed. Else it is the kernel alone that is, as if it had been started.

A fork must find nothing but imports: no thread, no zmq context, no event loop. When
what is installed has changed the nursery ends: what it imported may be old.
"""

import gc
import importlib
import os
import signal
import socket
import sys

MESSAGE = 1 << 20
HIDDEN = ("JPY_PARENT_PID", "JPY_SESSION_NAME")
"""Who started a kernel for a node is not what code of the user's should see in its environment."""
_QUIET = "PYDEVD_DISABLE_FILE_VALIDATION"
"""Keeps the debugger from telling how to run it better."""


def main() -> None:
    """Becomes a kernel or a nursery."""
    del sys.path[0]  # the folder of this file; the kernel puts "" there itself
    if sys.argv[1:2] == ["--nursery"]:
        nurse(socket.socket(fileno=int(sys.argv[2])))
    else:
        sys.argv[0] = _launcher()
        run_kernel(None)


def run_kernel(arguments: "list[str] | None", hidden: "tuple[str, ...]" = HIDDEN) -> None:
    """Runs a kernel until it is asked to end."""
    from ipykernel.kernelapp import IPKernelApp

    for name in hidden:
        os.environ.pop(name, None)
    _trace()
    app = IPKernelApp.instance()
    app.initialize(arguments)  # type: ignore[no-untyped-call]  # ipykernel has no types
    app.start()  # type: ignore[no-untyped-call]  # as above
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
    before = dict(os.environ)
    preload()
    # What is imported sets variables, which a started kernel has, too.
    own = {name: value for name, value in os.environ.items() if name not in before and name != _QUIET}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers vanish by themselves
    # What is frozen the collector doesn't touch, so the forks go on sharing it.
    gc.freeze()
    gc.enable()
    folders = _imported_from()
    installed = _installed(folders)
    while True:
        message, descriptors, _, _ = socket.recv_fds(engine, 16, 1)
        if not message or _installed(folders) != installed:
            return
        # With a second thread a fork could deadlock; the worker then starts its kernel itself.
        if len(os.listdir("/proc/self/task")) == 1 and os.fork() == 0:
            engine.close()
            keep(socket.socket(fileno=descriptors[0]), own)
        os.close(descriptors[0])


def _imported_from() -> "list[str]":
    """The folders of `sys.path` that hold what is imported; in others people work, and files come and go."""
    tops = [module for name, module in list(sys.modules.items()) if "." not in name]
    files = [file for file in (getattr(module, "__file__", None) for module in tops) if file]
    # A package is a folder in such a folder, a module a file in it.
    found = {folder for file in files for folder in (os.path.dirname(file), os.path.dirname(os.path.dirname(file)))}
    return [folder for folder in sys.path if folder in found]


def _installed(folders: "list[str]") -> "list[int]":
    """Another list when something was installed, updated or removed since."""
    found = []
    for folder in folders:
        try:
            found.append(os.stat(folder).st_mtime_ns)
        except OSError:
            continue
    return found


def preload() -> None:
    """Imports what every kernel imports. Not numpy and the like: it starts threads, seeds, picks back ends."""
    import ctypes  # noqa: F401
    import json  # noqa: F401

    os.environ.setdefault(_QUIET, "1")
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


def keep(worker: socket.socket, own: "dict[str, str]") -> None:
    """Waits for the request, forks the kernel, and stays until the worker is done with it. Never returns."""
    import json

    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        data, outputs = _request(worker)
        if not data:
            os._exit(0)
        request = json.loads(data)
        if request["reaps"]:
            _become_subreaper()
        born, bear = os.pipe()
        kernel = os.fork()
        if kernel == 0:
            worker.close()
            os.close(born)
            _become_kernel({**request, "env": {**own, **request["env"]}}, outputs, bear)
        os.close(bear)
        for descriptor in outputs:
            os.close(descriptor)
        # It leads its own session by the time that anybody knows its number.
        os.read(born, 1)
        os.close(born)
        _watch(worker, kernel, request["reaps"])
    finally:
        os._exit(1)


def _request(worker: socket.socket) -> "tuple[bytes, list[int]]":
    """Length and text of the request, and where the kernel shall print."""
    head, descriptors, _, _ = socket.recv_fds(worker, 8, 2)
    data = b""
    size = int.from_bytes(head, "big")
    while len(data) < size:
        part = worker.recv(min(MESSAGE, size - len(data)))
        if not part:
            return b"", []
        data += part
    return data, list(descriptors)


def _watch(worker: socket.socket, kernel: int, reaps: bool) -> None:
    """Tells how the kernel ends; kills it, or all below, when the worker closes the socket."""
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
    if reaps:
        _kill_all()
    else:
        _kill(kernel)
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


def _kill(kernel: int) -> None:
    """Kills the kernel, if its exit status was not taken yet."""
    try:
        if os.waitpid(kernel, os.WNOHANG) == (0, 0):
            os.kill(kernel, signal.SIGKILL)
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
    import time

    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(dict(request["env"]))  # type: ignore[call-overload]  # texts, as the worker sends them
        time.tzset()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(outputs[0], 1)
        os.dup2(outputs[-1], 2)
        for descriptor in (nothing, *outputs):
            os.close(descriptor)
        os.write(born, b"!")
        os.close(born)
        os.chdir(str(request["cwd"]))
        arguments = [str(word) for word in request["arguments"]]  # type: ignore[attr-defined]  # a list
        sys.argv[:] = [_launcher(), *arguments]
        hidden = HIDDEN if request["reaps"] else ()
        run_kernel([*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"], hidden)
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


def _launcher() -> str:
    """The program that a started kernel sees as its own."""
    import importlib.util

    found = importlib.util.find_spec("ipykernel_launcher")
    return str(found.origin) if found is not None else sys.argv[0]


def _become_subreaper() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
