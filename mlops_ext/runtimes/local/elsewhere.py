"""What lies outside of the workspace, and whether code or a command speaks of it.

A node whose inputs lie elsewhere cannot be proved to be unchanged. What goes through
Python itself is seen when it happens; what a compiled library or another program
opens out there is not, so what it is told to open is looked at instead: whole texts
in the code, parameters and words of commands that are paths or addresses.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr", "/var/cache")
_OWN = (".ipython", ".jupyter", ".config/matplotlib", ".cache/matplotlib", ".cache/fontconfig", ".local/share/jupyter")
"""Below the home folder: what tools keep for themselves."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S")
_NETWORK = frozenset(
    "aws az curl ftp gcloud git gsutil hdfs http kubectl mc mongo mysql nc ncat psql rclone rsync scp sftp ssh "
    "telnet wget".split()
)
_LISTS = re.compile(r"list\.(files|dirs)|\bdir\(|\bglob|\bls\b|\bfind\b|\*")
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""", re.DOTALL)
_CODE_LIMIT = 4 * 1024 * 1024


def is_foreign(path: str, inside: Iterable[str]) -> bool:
    """Whether a path (absolute, links resolved) lies outside of the given folders, the system's and the tools' own."""
    home = os.path.expanduser("~")
    places = (*inside, *SYSTEM, *(os.path.join(home, own) for own in _OWN), *interpreter())
    return not any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)


def interpreter() -> tuple[str, ...]:
    """Where our interpreter lies."""
    return tuple({sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/"})


def temporary() -> str:
    """Where files lie that nobody keeps."""
    return os.path.realpath(tempfile.gettempdir())


def spoken_of(texts: Iterable[str], root: Path, folder: Path) -> str | None:
    """The first of the texts that is an address, or names something outside of `root`, seen from `folder`."""
    top = os.path.realpath(root)
    for text in texts:
        if not text or len(text) > 1024 or "\0" in text or "\n" in text:
            continue
        if _ADDRESS.match(text) and not text.startswith("file://"):
            return text
        path = os.path.expanduser(text.removeprefix("file://"))
        try:
            real = os.path.realpath(os.path.join(folder, path))
            if real != "/" and is_foreign(real, (top,)) and os.path.lexists(real):
                return text
        except (OSError, ValueError):
            continue
    return None


def of_command(words: list[str], root: Path, folder: Path) -> str | None:
    """What a command is told to use that lies elsewhere, or its name where it exists to speak with other machines."""
    parts: list[str] = []
    for word in words:
        try:
            # What is given to a shell is a line of words itself.
            parts += shlex.split(word, comments=True) if re.search(r"\s", word) else [word]
        except ValueError:
            parts += word.split()
    for part in parts:
        if os.path.basename(part) in _NETWORK:
            return os.path.basename(part)
    split = [piece for part in parts for piece in (part, part.partition("=")[2]) if piece]
    return spoken_of(split, root, folder)


def texts_of(code: str, language: str) -> Iterator[str]:
    """Texts that code holds, as far as it can be read."""
    if len(code) > _CODE_LIMIT:
        return
    if language == "python":
        try:
            tree = ast.parse(
                "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines())
            )
        except (SyntaxError, ValueError, RecursionError):
            yield from (match["text"] for match in _QUOTED.finditer(code))
            return
        yield from (one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str))
    elif language == "shell":
        with_words = (line for line in code.splitlines() if not line.lstrip().startswith("#"))
        for line in with_words:
            try:
                words = shlex.split(line, comments=True)
            except ValueError:
                words = line.split()
            yield from (piece for word in words for piece in (word, word.partition("=")[2]) if piece)
    else:
        yield from (match["text"] for match in _QUOTED.finditer(code))


def _plain(line: str) -> str:
    """A line without the magic of IPython, whose commands are seen when they start."""
    words = line.lstrip()
    return line[: len(line) - len(words)] + "pass" if words.startswith(("%", "!")) else line


def lists_folders(texts: Iterable[str]) -> bool:
    """Whether code or commands look for files by their folder."""
    return any(_LISTS.search(text) for text in texts)
