"""Writes down which files the code of a node opens: an audit hook in the node's own process.

Installed by kernel_main.py and launch.py, which need not run on our interpreter:
standard library only, any Python 3.8 or later. What it writes is read as anybody's
data (trace.py): one line of JSON an event, [moment, kind, text].

It sees what goes through Python itself. What compiled libraries and other programs
open is seen by the watch on the workspace (watch.py), which in turn cannot tell who
it was; together they tell who read what.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "MLOPS_TRACE"
"""Names the file to write to; taken out of the environment before code of the user's runs."""
LINES = 100_000
TIMES = 50
"""So often is one file named: who opens it in a loop shall not pay for it."""
TEXT = 4096
SEARCHING = ("importlib", "pkg_resources", "pkgutil")


def install_from_environment() -> None:
    """Begins to write down, if somebody wants it."""
    target = os.environ.pop(VARIABLE, "")
    if target:
        install(target)


def install(target: str) -> None:
    """Begins to write down into the file; there is no way to end it."""
    import json
    import time

    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(target, flags, 0o600)
    interpreter = _interpreter()
    own = (os.path.join(os.path.dirname(target), ""), *interpreter)
    counts = {}  # type: dict[tuple[str, str], int]
    state = {"lines": 0}
    encode, now, write = json.JSONEncoder().encode, time.monotonic, os.write

    def note(kind: str, text: str) -> None:
        key = (kind, text)
        times = counts.get(key, 0)
        if times >= TIMES or state["lines"] > LINES:
            return
        counts[key] = times + 1
        state["lines"] += 1
        if state["lines"] > LINES:
            kind, text = "cut", ""
        line = (encode([round(now(), 6), kind, text[:TEXT]]) + "\n").encode("ascii")
        try:
            write(descriptor, line)
        except OSError:
            # A fork may have closed all that it did not know, before it becomes another program.
            again = os.open(target, flags, 0o600)
            write(again, line)
            os.close(again)

    def place(path: "Any") -> "str | None":
        if isinstance(path, int) or path is None:
            return None
        text = os.fsdecode(path)
        if not text.startswith("/"):
            text = os.path.join(os.getcwd(), text)
        # Not `normpath`: a link before `..` leads elsewhere.
        return None if text.startswith(own) else text

    def opened(arguments: "tuple[Any, ...]") -> None:
        path = place(arguments[0])
        if path is not None:
            note(_kind(arguments[1], arguments[2]), path)

    def listed(arguments: "tuple[Any, ...]") -> None:
        path = place(arguments[0] if arguments[0] is not None else ".")
        if path is not None:
            caller = sys._getframe(2).f_code.co_filename
            # Who imports, or asks for the version of a package, looks through all places of modules.
            searches = caller.startswith("<frozen importlib") or (
                caller.startswith(interpreter) and any(name in caller for name in SEARCHING)
            )
            note("search" if searches else "list", path)

    modules = set()  # type: set[str]

    def imported(arguments: "tuple[Any, ...]") -> None:
        module = str(arguments[0]).partition(".")[0]
        if module not in modules:
            modules.add(module)
            note("import", module)

    def moved(arguments: "tuple[Any, ...]") -> None:
        for path, kind in ((arguments[0], "remove"), (arguments[1], "write")):
            named = place(path)
            if named is not None:
                note(kind, named)

    def removed(arguments: "tuple[Any, ...]") -> None:
        path = place(arguments[0])
        if path is not None:
            note("remove", path)

    def database(arguments: "tuple[Any, ...]") -> None:
        path = None if arguments[0] in (":memory:", "", b"") else place(arguments[0])
        if path is not None:
            note("change", path)

    def connected(arguments: "tuple[Any, ...]") -> None:
        note("socket", repr(arguments[1])[:200] if len(arguments) > 1 else "")

    def started(arguments: "tuple[Any, ...]") -> None:
        words = arguments[1] if len(arguments) > 1 else arguments[0]
        if isinstance(words, (str, bytes)):
            words = [words]
        elif words is None:
            words = [arguments[0]]
        note("start", "\0".join(os.fsdecode(word) for word in words))

    handlers = {
        "open": opened,
        "os.listdir": listed,
        "os.scandir": listed,
        "import": imported,
        "os.rename": moved,
        "os.remove": removed,
        "sqlite3.connect": database,
        "socket.connect": connected,
        "socket.sendto": connected,
        "socket.getaddrinfo": lambda arguments: note("socket", repr(arguments[0])[:200]),
        "subprocess.Popen": started,
        "os.system": started,
        "os.exec": started,
        "os.posix_spawn": started,
    }
    find = handlers.get

    def hook(event: str, arguments: "tuple[Any, ...]") -> None:
        handler = find(event)
        if handler is not None:
            try:
                handler(arguments)
            except Exception:
                # Code of the user's must never fail for our sake; what could not be told is not proved.
                state["lines"] = max(state["lines"], LINES)
                note("cut", "")

    note("begin", sys.executable)
    sys.addaudithook(hook)


def _kind(mode: "Any", flags: "Any") -> str:
    """read, write (what was there is gone) or change (it matters, too)."""
    if isinstance(mode, str):
        if "w" in mode or "x" in mode:
            return "write"
        return "change" if "+" in mode or "a" in mode else "read"
    given = flags if isinstance(flags, int) else 0
    if given & (os.O_WRONLY | os.O_RDWR) == 0:
        return "read"
    return "write" if given & (os.O_TRUNC | os.O_EXCL) else "change"


def _interpreter() -> "tuple[str, ...]":
    """Where the interpreter and what is installed for it lie: told by version elsewhere."""
    found = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)}
    found.update(path for path in sys.path if path.endswith(("site-packages", "dist-packages")))
    return tuple(sorted(os.path.join(path, "") for path in found if path and path != "/"))
