"""Runs a Python script from its snapshot as if the original ran.

Started with the interpreter of the node's kernel, which need not be ours:
standard library only, any Python 3.8 or later.

    python launch.py SNAPSHOT ORIGINAL

The script sees its own name and folder in `__file__`, `sys.argv` and `sys.path`,
and tracebacks show the lines that ran, whatever the file holds by now.
"""

import importlib
import io
import linecache
import os
import sys
import tokenize


def main() -> None:
    """Becomes the script."""
    snapshot, original = sys.argv[1:3]
    with open(snapshot, "rb") as file:
        data = file.read()
    with tokenize.open(snapshot) as text_file:
        lines = text_file.read().splitlines(keepends=True)
    sys.argv[:] = [original]
    if "MLOPS_TRACE" in os.environ:
        # It lies beside this file, whose folder still stands first.
        importlib.import_module("tracehook").install_from_environment()
        del sys.modules["tracehook"]
    # Where this file lies stands first; where the script lies should.
    sys.path[0] = os.path.dirname(original)
    # A pipe would keep what is printed for long; who follows the log wants it now.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)
    linecache.cache[original] = (len(data), None, lines, original)
    namespace = sys.modules["__main__"].__dict__
    for name in ("main", "importlib", "io", "linecache", "os", "tokenize"):
        namespace.pop(name, None)
    namespace.update(__file__=original, __doc__=None, __cached__=None)
    try:
        # To run the script is what this program is for.
        exec(compile(data, original, "exec"), namespace)  # noqa: S102
    except SystemExit:
        raise
    except BaseException as error:
        # As if the script had been started itself: our own frame says nothing to its author.
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(130 if isinstance(error, KeyboardInterrupt) else 1)


main()
