"""The program git, called so that it asks nobody, shows no secret and ends in time.

It leads a session of its own, without a terminal, so that neither git nor ssh can wait
for somebody to type. A password is asked for by git itself, of a program in a folder
that only its owner can read; it is never an argument, a variable or a setting.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import MlopsError, Unavailable
from ...issues import show
from ...redaction import redact

SECONDS = 120.0
_KEPT = re.compile(r"GIT_(AUTHOR|COMMITTER)_|GIT_SSH|GIT_SSL_CA")
"""Variables of git that say who somebody is and whom they trust; what leads it elsewhere is not passed on."""
_ASKING = ("SSH_ASKPASS", "DISPLAY", "WAYLAND_DISPLAY")
"""By these a window would be opened to ask for a password."""
_ASKPASS = """#!/bin/sh
case "$1" in
[Uu]sername*) exec cat "${0%/*}/user" ;;
*) exec cat "${0%/*}/secret" ;;
esac
"""


class GitError(Unavailable):
    """git, or the remote, did not do it."""

    code = "git"
    title = "git did not do it"


class Behind(Exception):
    """Somebody else pushed meanwhile."""


class Git:
    """git in a bare clone, for one remote."""

    def __init__(self, clone: Path, url: str, branch: str) -> None:
        self.clone = clone
        self._url, self._branch = url, branch
        self._asked: Path | None = None
        self._authorities: Path | None = None
        self._hidden: list[str] = []

    @contextmanager
    def trusted(self, secret: str | None, ca: str | None) -> Iterator[None]:
        """While this lasts, git finds the password and the certificates of an authority."""
        with tempfile.TemporaryDirectory(prefix="mlops-") as folder:
            try:
                if secret is not None:
                    self._asked, self._hidden = _answers(Path(folder), self._url, secret), [secret]
                if ca is not None:
                    self._authorities = _with_authority(Path(folder), ca)
                yield
            finally:
                self._asked, self._authorities, self._hidden = None, None, []

    def __call__(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> bytes:
        """What git prints; GitError, Behind, or nothing at all where failing is an answer."""
        git = shutil.which("git")
        if git is None:
            raise GitError("git is not installed here.", "Install it to deliver by git.")
        options = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"]
        if self._asked is not None:
            # Whoever the remote sends us on to is not whom the secret is for.
            options += ["-c", "credential.helper=", "-c", "http.followRedirects=false"]
        code, printed, said = self._run([git, "--git-dir=.", *options, *arguments], stdin)
        if code != 0 and check:
            raise self._failed(arguments[0], said.decode("utf-8", "replace"))
        return printed if code == 0 else b""

    def _run(self, command: list[str], stdin: bytes) -> tuple[int, bytes, bytes]:
        process = subprocess.Popen(  # noqa: S603 - git, with arguments that are no options
            command,
            cwd=self.clone,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
        )
        try:
            printed, said = process.communicate(stdin, SECONDS)
        except BaseException as error:
            # With what it started: ssh would wait for the server by itself.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if isinstance(error, subprocess.TimeoutExpired):
                raise GitError(
                    f"The git repository {self._url} did not answer within {SECONDS:g} s.", "Try again later."
                ) from None
            raise
        return process.returncode, printed, said

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in _ASKING and (not name.startswith("GIT_") or _KEPT.match(name))
        }
        for role in ("AUTHOR", "COMMITTER"):
            kept.setdefault(f"GIT_{role}_NAME", "mlops-ext")
            kept.setdefault(f"GIT_{role}_EMAIL", "mlops-ext@localhost")
        kept |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "" if self._asked is None else str(self._asked),
            "GCM_INTERACTIVE": "never",
            "GIT_ALLOW_PROTOCOL": "https:ssh:file",
            "LC_ALL": "C",
        }
        if self._authorities is not None:
            kept["GIT_SSL_CAINFO"] = str(self._authorities)
        return kept

    def _failed(self, what: str, said: str) -> Exception:
        lines = [line.strip() for line in redact(said, self._hidden).splitlines()]
        if what == "push" and any(_BEHIND.search(line) for line in lines):
            return Behind()
        if what not in ("push", "fetch", "ls-remote"):
            return MlopsError(f"git {what} failed: {_told(lines)}", code="git")
        own = "\n".join(line for line in lines if not line.startswith("remote:"))
        for pattern, why, hint in _REASONS:
            if re.search(pattern, own):
                return GitError(f"The git repository {self._url} cannot be used: {why}.", hint)
        if what == "push":
            return GitError(
                f"The git repository {self._url} refused a push to {self._branch}: {_told(lines)}",
                "Check your rights on the branch; the remote may have rules of its own for it.",
            )
        return GitError(
            f"The git repository {self._url} cannot be read: {_told(lines)}", "Check its address and your rights."
        )


_BEHIND = re.compile(
    r"^(! |remote: error: |error: ).*"
    r"(non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value|failed to update ref)"
)
_REASONS = (
    (
        "HOST IDENTIFICATION HAS CHANGED",
        "its server shows another host key than the one that is known here",
        "Somebody may stand between. If its owner says that the key was changed, forget the old one with "
        "ssh-keygen -R HOST, then connect once with ssh in a terminal.",
    ),
    (
        "Host key verification failed",
        "the host key of its server is not known here",
        "Connect once with ssh in a terminal, and compare the key with the one that its owner names.",
    ),
    (
        r"Permission denied \([a-z,-]+\)|Too many authentication failures",
        "its server takes none of your ssh keys",
        "Load the key into your agent, or name it in ~/.ssh/config. A key with a passphrase needs the agent.",
    ),
    (
        "could not read (Username|Password)",
        "its server asks for a password, and there is none",
        "Give the runtime's delivery a secret with a token that may push.",
    ),
    (
        "Authentication failed",
        "its server refuses the password or token",
        "Enter it again. Some servers want a certain user, too: https://USER@host/path.",
    ),
    (
        "(?i)certificate (verification|problem|subject)|alternative certificate",
        "the certificate of its server is not trusted",
        "Name the file of its certificate authority as tls.ca of the runtime.",
    ),
    (
        "cannot run .*ssh.*: No such file",
        "ssh is not installed here",
        "Install it, or use the repository's https address.",
    ),
    (
        "(?i)could not resolve host",
        "the name of its server is not known",
        "Check the address.",
    ),
    (
        "(?i)failed to connect|connect to host .* port|connection (refused|closed|reset|timed out)",
        "its server cannot be reached",
        "Check the address, and that the server runs.",
    ),
    (
        # The last is all that git knows when the server's own words come too late.
        "(?i)repository .*not found|not appear to be a git repository|could not read from remote repository",
        "there is none at this address, or not for you",
        "Check the address, and your rights.",
    ),
)
"""What git and ssh say of their own, for people who see neither."""


def _told(lines: list[str]) -> str:
    """What git tells, and of that what the remote told if it told anything."""
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    chosen = [line for line in remote if line] or [line for line in lines if line and not line.startswith("hint:")]
    return " ".join(chosen)[:500] or "it said nothing."


def _answers(folder: Path, url: str, secret: str) -> Path:
    """The program that git asks for user and password."""
    for name, text in (("user", urlsplit(url).username or "git"), ("secret", secret)):
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    program = folder / "answer"
    program.write_text(_ASKPASS, encoding="ascii")
    program.chmod(0o700)
    return program


def _with_authority(folder: Path, ca: str) -> Path:
    """The authorities that are trusted anyway, and this one: the repository may lie elsewhere than Airflow."""
    known = ssl.get_default_verify_paths().cafile
    try:
        own = Path(ca).read_bytes()
    except OSError as error:
        raise GitError(
            f"The file with certificates {show(ca)} cannot be read: {error.strerror}.", "Check tls.ca."
        ) from None
    path = folder / "authorities.pem"
    path.write_bytes((Path(known).read_bytes() + b"\n" if known else b"") + own)
    return path
