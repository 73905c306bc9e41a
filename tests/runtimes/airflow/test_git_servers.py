"""Delivery to real git servers: over TLS with a password, over SSH with a key; and all that is wrong on the way."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import MlopsError
from mlops_ext.runtimes.airflow import git, gitprogram
from mlops_ext.runtimes.airflow.deliver import deliver, probe, prune
from mlops_ext.runtimes.airflow.package import Package
from mlops_ext.runtimes.local import reap
from mlops_ext.runtimes.registry import Runtime
from mlops_ext.secrets import SecretStore

from . import hostile
from .documents import Make, document
from .gitservers import Shell, bare, new_key, over_ssh, over_tls, public
from .servers import CANARY, Asked, Server, self_signed, serving

USER = "pipelines"


@pytest.fixture
def package(tmp_path: Path) -> Package:
    place = hostile.workspace(tmp_path / "w")
    return hostile.packed(place, {"version": 1, "nodes": {"n": {"type": "notebook", "path": "a.ipynb"}}})[0]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clones of this test alone, and git without what this machine's user has set."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "hosted").mkdir()
    return bare(tmp_path / "hosted" / "dags.git")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return self_signed(tmp_path)


@pytest.fixture
def https(repository: Path, certificate: tuple[Path, Path]) -> Iterator[Server]:
    with over_tls(repository.parent, certificate, USER, CANARY) as server:
        yield server


@dataclass(frozen=True)
class Shelled:
    """An SSH server, and the settings of the one who signs in there."""

    server: Shell
    url: str
    known: Path
    key: Path


@pytest.fixture
def ssh(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelled]:
    key, known, settings = tmp_path / "id", tmp_path / "known", tmp_path / "ssh_config"
    client = new_key()
    key.write_bytes(client.export_private_key())
    key.chmod(0o600)
    settings.write_text(
        f"Host *\n IdentityFile {key}\n IdentitiesOnly yes\n IdentityAgent none\n"
        f" UserKnownHostsFile {known}\n GlobalKnownHostsFile /dev/null\n"
    )
    # In place of ~/.ssh/config: ssh looks for that in the user's home, whatever HOME is.
    monkeypatch.setenv("GIT_SSH_COMMAND", f"ssh -F {shlex.quote(str(settings))}")
    with over_ssh(client) as server:
        known.write_text(server.known())
        yield Shelled(server, f"ssh://git@127.0.0.1:{server.port}{repository}", known, key)


def by_https(make: Make, server: Server, certificate: tuple[Path, Path], **fields: Any) -> Runtime:
    delivery = {
        "kind": "git",
        "url": f"{server.url.replace('://', f'://{USER}@')}/dags.git",
        "branch": "main",
        "secret": "pass",
        **fields,
    }
    return make("http://127.0.0.1:9", delivery=delivery, tls={"ca": str(certificate[0])})


def by_ssh(make: Make, url: str) -> Runtime:
    return make("http://127.0.0.1:9", delivery={"kind": "git", "url": url, "branch": "main", "folder": "dags"})


@pytest.fixture(params=["https", "ssh"])
def runtime(request: pytest.FixtureRequest, make: Make, secrets: SecretStore) -> Runtime:
    """A runtime that delivers to the repository, by each of the two."""
    if request.param == "ssh":
        return by_ssh(make, request.getfixturevalue("ssh").url)
    server, certificate = request.getfixturevalue("https"), request.getfixturevalue("certificate")
    return by_https(make, server, certificate, folder="dags")


def run_git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def tree(repository: Path) -> dict[str, str]:
    names = run_git(repository, "ls-tree", "-r", "-z", "--name-only", "main").split("\0")
    return {name: run_git(repository, "show", f"main:{name}") for name in names if name}


def refused(action: Callable[[], object]) -> MlopsError:
    """Why it is refused: one sentence without a secret, and what to do."""
    with pytest.raises(MlopsError) as caught:
        action()
    error = caught.value
    assert error.code == "git" and error.hint
    assert "\n" not in error.message and CANARY not in error.message + error.hint
    return error


def test_a_package_arrives_once_and_old_ones_go(
    repository: Path, runtime: Runtime, package: Package, secrets: SecretStore
) -> None:
    assert "trial push" in probe(runtime, secrets)
    old = {name.replace(package.digest[:12], "a" * 12): data for name, data in package.files.items()}
    deliver(replace(package, files={**old, package.dag_file: b"old"}), runtime, secrets)
    delivered = deliver(package, runtime, secrets)
    assert delivered.version == run_git(repository, "rev-parse", "main")
    assert deliver(package, runtime, secrets) == delivered
    prune(runtime, secrets, package.dag_id, set())
    assert tree(repository) == {f"dags/{name}": data.decode().strip() for name, data in package.files.items()}
    assert run_git(repository, "rev-list", "--count", "main") == "3"


def test_somebody_else_is_faster(
    repository: Path, tmp_path: Path, runtime: Runtime, package: Package, secrets: SecretStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    push, late = git.Repository._push, []

    def after_them(self: git.Repository, commit: str, *options: str) -> None:
        if len(late) < 2:
            late.append(commit)
            theirs(repository, tmp_path / f"other{len(late)}", f"theirs{len(late)}.txt")
        push(self, commit, *options)

    monkeypatch.setattr(git.Repository, "_push", after_them)
    deliver(package, runtime, secrets)
    assert set(tree(repository)) == {f"dags/{name}" for name in package.files} | {"theirs1.txt", "theirs2.txt"}


def theirs(repository: Path, work: Path, name: str) -> None:
    run_git(repository, "clone", "--quiet", str(repository), str(work))
    (work / name).write_text("theirs")
    run_git(work, "add", "-A")
    run_git(work, "-c", "user.name=o", "-c", "user.email=o@o", "commit", "--quiet", "-m", "theirs")
    run_git(work, "push", "--quiet", "origin", "HEAD:main")


def test_a_remote_that_refuses(repository: Path, runtime: Runtime, package: Package, secrets: SecretStore) -> None:
    hook = repository / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'only by merge request' >&2\nexit 1\n")
    hook.chmod(0o755)
    error = refused(lambda: deliver(package, runtime, secrets))
    assert error.message.endswith("refused a push to main: only by merge request")


def test_a_repository_that_is_not_there(
    repository: Path, runtime: Runtime, package: Package, secrets: SecretStore
) -> None:
    repository.rename(repository.with_name("moved.git"))
    error = refused(lambda: deliver(package, runtime, secrets))
    assert error.message.endswith(" cannot be used: there is none at this address, or not for you.")


def test_a_server_that_is_not_there(runtime: Runtime, package: Package, secrets: SecretStore) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = (runtime.delivery.url or "").replace(port_of(runtime), str(unused.getsockname()[1]))
        gone = replace(runtime, delivery=replace(runtime.delivery, url=url))
        secrets.set("pass", CANARY)
        assert refused(lambda: deliver(package, gone, secrets)).message.endswith("its server cannot be reached.")


def port_of(runtime: Runtime) -> str:
    return (runtime.delivery.url or "").split(":")[2].split("/")[0]


def test_a_server_that_says_nothing_leaves_no_process(
    runtime: Runtime, package: Package, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gitprogram, "SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        url = (runtime.delivery.url or "").replace(port_of(runtime), port)
        secrets.set("pass", CANARY)
        mute = replace(runtime, delivery=replace(runtime.delivery, url=url))
        began = time.monotonic()
        assert "did not answer within 1 s" in refused(lambda: deliver(package, mute, secrets)).message
        assert time.monotonic() - began < 5
        assert not [one for one in reap.table().values() if port in reap_command(one.pid)]


def reap_command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


class TestHttps:
    def test_more_than_git_sends_in_one_piece(
        self, https: Server, certificate: tuple[Path, Path], make: Make, package: Package, secrets: SecretStore,
        repository: Path,
    ) -> None:  # fmt: skip
        large = replace(package, files={"large/x.bin": os.urandom(3 * 1024 * 1024), **package.files})
        deliver(large, by_https(make, https, certificate), secrets)
        assert run_git(repository, "cat-file", "-s", "main:large/x.bin") == str(3 * 1024 * 1024)

    def test_the_secret_is_shown_nowhere(
        self, https: Server, certificate: tuple[Path, Path], make: Make, package: Package, secrets: SecretStore,
        cache: Path, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        started: list[str] = []
        real = subprocess.Popen

        def watched(command: list[str], *arguments: Any, **keywords: Any) -> Any:
            started.append(repr(command) + repr(keywords.get("env")))
            return real(command, *arguments, **keywords)

        monkeypatch.setattr(gitprogram.subprocess, "Popen", watched)
        monkeypatch.setenv("GIT_TRACE", str(cache.parent / "trace"))
        deliver(package, by_https(make, https, certificate), secrets)
        assert started and any(asked.token for asked in https.seen)
        kept = [file.read_text(errors="replace") for file in cache.rglob("*") if file.is_file()]
        assert kept and not any(CANARY in text for text in [*started, *kept])
        assert not (cache.parent / "trace").exists()

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("wrong password", "its server refuses the password or token."),
            ("wrong user", "its server refuses the password or token."),
            ("no password", "its server asks for a password, and there is none."),
            ("unknown authority", "the certificate of its server is not trusted."),
            ("another authority", "the certificate of its server is not trusted."),
        ],
    )
    def test_what_is_wrong(
        self, https: Server, certificate: tuple[Path, Path], make: Make, package: Package, secrets: SecretStore,
        tmp_path: Path, name: str, why: str,
    ) -> None:  # fmt: skip
        runtime = by_https(make, https, certificate)
        if name == "wrong password":
            secrets.set("pass", CANARY + "x")
        elif name == "wrong user":
            runtime = by_https(make, https, certificate, url=f"{https.url}/dags.git")
        elif name == "no password":
            runtime = by_https(make, https, certificate, url=f"{https.url}/dags.git", secret=None)
        elif name == "unknown authority":
            runtime = replace(runtime, ca=None)
        else:
            (tmp_path / "other").mkdir()
            runtime = replace(runtime, ca=str(self_signed(tmp_path / "other")[0]))
        for action in (lambda: probe(runtime, secrets), lambda: deliver(package, runtime, secrets)):
            assert refused(action).message.endswith(f" cannot be used: {why}")

    def test_a_file_of_certificates_that_is_not_there(
        self, https: Server, certificate: tuple[Path, Path], make: Make, secrets: SecretStore
    ) -> None:
        runtime = replace(by_https(make, https, certificate), ca="/nowhere/ca.pem")
        assert "'/nowhere/ca.pem' cannot be read: No such file" in refused(lambda: probe(runtime, secrets)).message

    def test_the_password_is_not_sent_on(
        self, certificate: tuple[Path, Path], make: Make, secrets: SecretStore, repository: Path
    ) -> None:
        with over_tls(repository.parent, certificate, USER, CANARY) as elsewhere:

            def send_on(asked: Asked) -> None:
                asked.reply(302, b"", Location=elsewhere.url + asked.path)

            with serving(send_on, certificate) as first:
                refused(lambda: probe(by_https(make, first, certificate), secrets))
        assert not elsewhere.seen

    def test_a_password_for_another_server(
        self, https: Server, certificate: tuple[Path, Path], make: Make, secrets: SecretStore
    ) -> None:
        secrets.get_for("pass", "https://elsewhere.example.org")
        with pytest.raises(MlopsError) as caught:
            probe(by_https(make, https, certificate), secrets)
        assert caught.value.code == "secret-bound" and not https.seen


class TestSsh:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("unknown host", "the host key of its server is not known here."),
            ("changed host", "its server shows another host key than the one that is known here."),
            ("unknown key", "its server takes none of your ssh keys."),
        ],
    )
    def test_what_is_wrong(
        self, ssh: Shelled, make: Make, package: Package, secrets: SecretStore, name: str, why: str
    ) -> None:
        if name == "unknown host":
            ssh.known.write_text("")
        elif name == "changed host":
            ssh.known.write_text(ssh.server.known(public(new_key())))
        else:
            ssh.key.write_bytes(new_key().export_private_key())
        runtime = by_ssh(make, ssh.url)
        for action in (lambda: probe(runtime, secrets), lambda: deliver(package, runtime, secrets)):
            assert refused(action).message.endswith(f" cannot be used: {why}")

    def test_without_ssh(
        self, ssh: Shelled, make: Make, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        found = shutil.which("git")
        assert found
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "git").symlink_to(found)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.delenv("GIT_SSH_COMMAND")
        assert "ssh is not installed here" in refused(lambda: probe(by_ssh(make, ssh.url), secrets)).message

    def test_a_secret_is_refused(self, make: Make) -> None:
        for url in ("ssh://git@git.example.org/a.git", "git@git.example.org:a.git"):
            with pytest.raises(MlopsError, match="takes no password") as caught:
                make("http://127.0.0.1:9", delivery={"kind": "git", "url": url, "branch": "main", "secret": "pass"})
            assert caught.value.pointer == "/delivery/secret"


@pytest.mark.parametrize("name", ["no password", "unknown host", "locked key"])
def test_nobody_is_asked_at_a_terminal(
    repository: Path, certificate: tuple[Path, Path], request: pytest.FixtureRequest, secrets: SecretStore, name: str
) -> None:
    delivery: dict[str, Any] = {"kind": "git", "branch": "main"}
    if name == "no password":
        delivery["url"] = f"{request.getfixturevalue('https').url}/dags.git"
    else:
        ssh: Shelled = request.getfixturevalue("ssh")
        delivery["url"] = ssh.url
        if name == "unknown host":
            ssh.known.write_text("")
        else:
            subprocess.run(["ssh-keygen", "-q", "-p", "-f", ssh.key, "-P", "", "-N", "a passphrase"], check=True)
    told, shown = at_a_terminal(document(delivery=delivery, tls={"ca": str(certificate[0])}))
    assert (told["state"], shown) == ("failed", b""), told
    assert "cannot be used: " in told["message"]


def at_a_terminal(whole: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the Test says of delivery when somebody sits before it, and what the terminal shows."""
    master, slave = os.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlops_ext.runtimes.airflow.probe"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=slave,
            start_new_session=True,
            # The first terminal that the leader of a session opens is that of the session.
            preexec_fn=lambda: os.close(os.open(os.ttyname(slave), os.O_RDWR)),
        )
        printed, _ = process.communicate(json.dumps({"name": "lab", "document": whole}).encode(), 60)
        os.set_blocking(master, False)
        try:
            shown = os.read(master, 4096)
        except OSError:
            shown = b""
    finally:
        os.close(slave)
        os.close(master)
    lines = [json.loads(line) for line in printed.splitlines()]
    return next(line for line in reversed(lines) if line["step"] == "delivery"), shown
