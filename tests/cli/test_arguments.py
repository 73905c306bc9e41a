"""What the command line says to what makes no sense, and what runs nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mlops_ext
from tests.cli.conftest import Done
from tests.handlers.served import conforms, record_run

Mlops = Callable[..., Done]


def test_help_and_version_are_there_at_once(mlops: Mlops) -> None:
    assert mlops("--version").out == f"mlops {mlops_ext.__version__}\n"
    code = (
        "import sys, time; begin = time.process_time()\n"
        "from mlops_ext import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(time.process_time() - begin, *[name for name in sys.modules if name.startswith('mlops_ext')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    seconds, *modules = done.stdout.splitlines()[-1].split()
    assert float(seconds) < 0.1
    assert set(modules) == {"mlops_ext", "mlops_ext._version", "mlops_ext.cli"}
    for command in (
        "run",
        "show",
        "runs",
        "log",
        "cancel",
        "retry",
        "delete",
        "schedule",
        "gc",
        "validate",
        "plan",
        "runtime",
        "secret",
    ):
        assert f"    {command} " in done.stdout


def test_commands_bring_no_heavy_modules(project: Path) -> None:
    record_run(project)
    code = (
        "import sys\nfrom mlops_ext import cli\n"
        "assert cli.main(['runs']) == 0 and cli.main(['validate', 'p.pipeline']) == 0\n"
        "heavy = {'tornado', 'jupyter_server', 'pandas', 'sklearn', 'papermill', 'nbclient', 'nbconvert', 'numpy'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_wrong_usage(project: Path, called: Mlops) -> None:
    for arguments in (
        (),
        ("frobnicate",),
        ("run",),
        ("run", "p.pipeline", "--frobnicate"),
        ("run", "p.pipeline", "--only", "a", "--to", "b"),
        ("run", "p.pipeline", "--max-parallel", "many"),
        ("run", "p.pipeline", "--max-parallel", "0"),
        ("run", "p.pipeline", "--runtime", "mars"),
        ("run", "none.pipeline"),
        ("run", "."),
        ("log", "0000"),
        ("runs", "--state", "excited"),
        ("secret",),
    ):
        done = called(*arguments)
        assert done.code == 2, arguments
        assert done.out == "" and done.err.strip(), arguments
    assert not (project / ".mlops").exists()


def test_refusals_are_one_document_with_json(project: Path, called: Mlops) -> None:
    (project / "bad.pipeline").write_text('{"version": 1, "nodes": {"a": {"type": "script", "path": "none.sh"}}}')
    for arguments, code in (
        (("run", "bad.pipeline", "--json"), "invalid-pipeline"),
        (("plan", "bad.pipeline", "--json"), "invalid-pipeline"),
        (("run", "none.pipeline", "--json"), "missing-file"),
        (("run", "p.pipeline", "-p", "none=1", "--json"), "unknown-parameter"),
        (("run", "p.pipeline", "--runtime", "mars", "--json"), "unknown-runtime"),
        (("show", "0" * 32, "--json"), "unknown-run"),
        (("run", "--json"), "usage"),
    ):
        done = called(*arguments)
        assert (done.code, done.json["code"]) == (2, code), arguments
        assert done.json["detail"] and done.err
        conforms(done.json, "problem.v1")
    issues = called("run", "bad.pipeline")
    assert issues.err.startswith("bad.pipeline:/nodes/a/path: error: ")
    assert not (project / ".mlops").exists()


def test_parameters_are_read_by_their_type(project: Path, called: Mlops) -> None:
    for text, sentence in (
        ("count=many", "Parameter count must be a whole number, not 'many'."),
        ("count=1.5", "Parameter count must be a whole number, not '1.5'."),
        ("count=", "Parameter count must be a whole number, not ''."),
        ("count", "-p count gives no value."),
        ("cuont=1", "The pipeline has no parameter cuont."),
    ):
        done = called("plan", "p.pipeline", "-p", text)
        assert done.code == 2 and done.err.startswith(f"mlops: {sentence}"), done.err
    assert "count and word" in called("plan", "p.pipeline", "-p", "x=1").err
    assert called("plan", "p.pipeline", "-p", "word=1", "-p", "count=2", "-p", "word={").code == 0


def test_validating(project: Path, called: Mlops) -> None:
    cycle = {
        "version": 1,
        "nodes": {name: {"type": "script", "path": "first.sh"} for name in ("a", "b")},
        "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "a"}],
    }
    (project / "cycle.pipeline").write_text(json.dumps(cycle))
    (project / "broken.pipeline").write_text("{")
    good = called("validate", "p.pipeline", "--json")
    entry = {"path": "p.pipeline", "format": "mlops-1", "valid": True, "issues": []}
    assert (good.code, good.json) == (0, {"version": 1, "files": [entry]})
    bad = called("validate", "p.pipeline", "cycle.pipeline", "broken.pipeline", "none.pipeline", "--json")
    assert bad.code == 2 and bad.err == ""
    conforms(bad.json, "problem.v1", "validation")
    files = {file["path"]: file for file in bad.json["files"]}
    assert [file["valid"] for file in files.values()] == [True, False, False, False]
    assert files["cycle.pipeline"]["issues"][0]["code"] == "cycle"
    assert set(files["cycle.pipeline"]["issues"][0]["nodes"]) == {"a", "b"}
    assert files["broken.pipeline"]["issues"][0]["code"] == "bad-json"
    assert files["none.pipeline"]["issues"][0]["code"] == "missing-file"
    people = called("validate", "p.pipeline", "broken.pipeline")
    assert people.code == 2
    assert people.out.startswith("✓ p.pipeline is valid\nbroken.pipeline: error: Line 1")
    assert "✗ broken.pipeline has 1 error" in people.out
    assert not (project / ".mlops").exists()


def test_planning(project: Path, called: Mlops) -> None:
    planned = called("plan", "p.pipeline", "--json")
    run = {"action": "run", "reused_from": None}
    first = {"id": "first", **run, "code": "first-run", "reason": "It runs for the first time.", "detail": None}
    second = {"id": "second", **run, "code": "upstream", "reason": "first runs before it.", "detail": "first"}
    assert planned.json == {"version": 1, "pipeline": "p.pipeline", "nodes": [first, second]}
    lines = ["run  first   It runs for the first time.", "run  second  first runs before it."]
    assert called("plan", "p.pipeline").out.splitlines() == lines
    assert not (project / ".mlops").exists()


def test_secrets(project: Path, called: Mlops, own_state: Path) -> None:
    canary = "canary ß\nwith two lines"
    done = called("secret", "set", "key", stdin=canary + "\n")
    assert done.code == 0 and "canary" not in done.out + done.err
    assert json.loads((own_state / "secrets" / "secrets.json").read_text())["key"] == canary
    listed = called("secret", "list", "--json")
    assert [entry["name"] for entry in listed.json["names"]] == ["key"]
    assert "canary" not in listed.out
    assert called("secret", "list").out.startswith("key  20")
    assert called("secret", "remove", "key").code == 0
    assert called("secret", "list", "--json").json["names"] == []
    again = called("secret", "remove", "key")
    assert again.code == 2 and "There is no secret" in again.err
    for name, value in (("a b", "v"), ("key", ""), ("key", "a\0b")):
        assert called("secret", "set", name, stdin=value).code == 2


def test_names_of_others_steer_no_terminal(project: Path, called: Mlops) -> None:
    name = "evil\x1b[2J\u202egpj.pipeline"
    (project / name).write_text("{")
    done = called("validate", name)
    assert "\x1b" not in done.out and "\u202e" not in done.out
    assert "evil\\u001b[2J\\u202egpj.pipeline" in done.out


def test_a_plain_locale_is_enough(project: Path, mlops: Mlops) -> None:
    done = mlops("validate", "p.pipeline", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.out == "+ p.pipeline is valid\n"
    document = mlops("plan", "p.pipeline", "--json", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert document.code == 0 and document.json


def test_a_reader_that_leaves_is_no_error(project: Path) -> None:
    for _ in range(30):
        record_run(project)
    reader, writer = os.pipe()
    os.close(reader)
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mlops_ext.cli", "runs"], stdout=writer, stderr=subprocess.PIPE, timeout=30, text=True
    )
    os.close(writer)
    assert done.returncode == 1 and done.stderr == ""
    assert time.monotonic() - begin < 30
