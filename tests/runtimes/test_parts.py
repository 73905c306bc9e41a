"""The small parts, each on its own."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.errors import NotFound
from mlops_ext.model import Secret
from mlops_ext.runtimes.local import outputs, reap, results
from mlops_ext.runtimes.local.claims import Amount, Machine, OutputClaims, at_once, cores, measure
from mlops_ext.runtimes.local.environment import node_environment
from mlops_ext.runtimes.local.nodelog import NodeLog
from mlops_ext.secrets import SecretStore


def collect(**namespace: Any) -> dict[str, Any]:
    """What the kernel's side answers, read by our side."""
    expression = results.kernel_expression(list(namespace))
    code = f"import __main__\n__main__.__dict__.update(namespace)\nanswer = eval({expression!r})"
    before = dict(sys.modules["__main__"].__dict__)
    space: dict[str, Any] = {"namespace": namespace}
    exec(code, space)  # noqa: S102 - as the kernel does
    for name in set(sys.modules["__main__"].__dict__) - set(before):
        del sys.modules["__main__"].__dict__[name]
    values, problems = results.read_reply({"status": "ok", "data": {"text/plain": repr(space["answer"])}})
    return {**values, **{f"!{name}": text for name, text in problems}}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_comes_through_as_it_is(value: Any) -> None:
    assert collect(x=value) == {"x": value}


def test_what_is_converted_and_what_is_refused() -> None:
    numpy = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    found = collect(
        a=numpy.float64(0.5), b=numpy.int8(3), c=numpy.bool_(False), d=numpy.str_("x"), e=(1, {2: 3}),
        f=numpy.datetime64("2026-01-02"), g=math.nan, h=numpy.array([1, 2]), i=pandas.NA, j=pandas.NaT, k=object(),
        m={(1, 2): 3}, n=b"x", o={1, 2}, p=numpy.float32("inf"), q="x" * 70_000, r=pandas.Timedelta("1D"), s=1 + 2j,
    )  # fmt: skip
    assert {name: value for name, value in found.items() if not name.startswith("!")} == {
        "a": 0.5, "b": 3, "c": False, "d": "x", "e": [1, {"2": 3}], "f": "2026-01-02",
    }  # fmt: skip
    assert "nan" in found["!g"] and "tolist" in found["!h"] and "missing" in found["!i"] and "inf" in found["!p"]
    assert "bytes, and 65536 is the limit" in found["!q"] and "keys must be texts" in found["!m"]
    loop: list[Any] = []
    loop.append(loop)
    assert "nested too deep" in collect(x=loop)["!x"]


def test_what_the_kernel_is_sent_stands_alone(tmp_path: Path) -> None:
    script = tmp_path / "kernel.py"
    script.write_text(
        f"value = 1\nprint(eval({results.kernel_expression(['value', 'gone'])!r}))\n"
        "assert 'collect_values' not in globals()\n"
    )
    answer = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == '{"value": {"value": 1}}'


def test_lines_of_results(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    assert results.read_lines(file) == ({}, [])
    file.write_text(
        '{"name": "a", "value": 1}\n\n{"name": "a", "value": [1, null]}\nnot json\n{"name": "b"}\n'
        '{"name": "class", "value": 1}\n{"name": "c", "value": NaN}\n{"name": "d", "value": 1e999}\n[]\n'
        '{"name": "x y", "value": 1}\n{"name": "last", "value": "☃"}'
    )
    values, problems = results.read_lines(file)
    assert values == {"a": [1, None], "last": "☃"}
    assert [name for name, _ in problems] == ["", "", "class", "", "", "", "x y"]
    assert "line 4" in problems[0][1]


def test_the_log_is_cut_and_still_tells_how_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    log = NodeLog(path, limit=1000)
    log.write("☃" * 1000)
    log.write("more")
    log.note("KeyError: 'age'")
    log.close()
    text = path.read_text(encoding="utf-8")
    assert text.startswith("☃" * 333 + "\n[mlops] More than 0 MB were printed")
    assert text.endswith("KeyError: 'age'\n") and "more" not in text.split("\n")[0]


def test_the_log_holds_back_what_may_be_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    log = NodeLog(path, ["canary-secret"])
    log.write("before can")
    assert path.read_text() == "before "
    log.write("ary-secret after")
    log.write(" can")
    log.note("the end")
    log.close()
    assert path.read_text().startswith("before *** after can")
    assert "printed a secret" in path.read_text()


def test_claims_of_outputs() -> None:
    claims = OutputClaims()
    assert claims.claim("one", ["a", "b"])
    assert claims.claim("one", ["a", "b"]), "again is the same"
    assert claims.claim("two", ["c"])
    assert not claims.claim("three", ["b", "d"])
    assert not claims.claim("four", ["d"]), "who came first goes first"
    assert claims.claim("five", ["e"])
    claims.release("one")
    assert not claims.claim("four", ["d"])
    assert claims.claim("three", ["b", "d"])
    claims.release("three")
    assert claims.claim("four", ["d"])
    assert claims.claim("six", [])
    assert not claims.claim("seven", ["d/below"]) and not claims.claim("eight", ["d/below/x"])
    assert claims.claim("nine", ["d-other"])


def test_the_machine() -> None:
    machine = Machine(Amount(4.0, 1000, 1))
    assert machine.lacks(Amount(4.0, 1000, 1)) is None
    assert "5 cores" in (machine.lacks(Amount(5.0)) or "")
    assert "memory" in (machine.lacks(Amount(memory=2000)) or "") and "cards" in (machine.lacks(Amount(gpu=2)) or "")
    assert machine.take(("r", "a"), Amount(3.0, 500, 1))
    assert not machine.take(("r", "b"), Amount(gpu=1)) and not machine.take(("r", "b"), Amount(1.5))
    assert machine.take(("r", "b"), Amount(1.0, 500)) and machine.take(("r", "c"), Amount())
    machine.release(("r", "a"))
    assert machine.take(("r", "d"), Amount(3.0, 500, 1))
    whole = measure()
    assert whole.cpu >= 1 and whole.memory > 1 << 20


def test_variables_of_a_node(tmp_path: Path) -> None:
    secrets = SecretStore(tmp_path)
    secrets.set("s", "canary-value")
    base = {
        "PATH": "/bin",
        "JUPYTER_TOKEN": "t",
        "JPY_API_TOKEN": "t",
        "MLOPS_X": "x",
        "COPY": "canary-value",
        "A": "1",
    }
    env, hidden = node_environment(
        base,
        {"A": "2", "KEY": Secret("s"), "JUPYTER_OWN": "asked for"},
        {"MLOPS_RUN_ID": "r"},
        tmp_path / "r",
        lambda: secrets,
    )
    assert env == {
        "PATH": "/bin", "A": "2", "KEY": "canary-value", "JUPYTER_OWN": "asked for", "MLOPS_RUN_ID": "r",
        "MLOPS_RESULTS": str(tmp_path / "r"),
    }  # fmt: skip
    assert hidden == ["canary-value"]
    with pytest.raises(NotFound, match="KEY wants the secret gone"):
        node_environment(base, {"KEY": Secret("gone")}, {}, tmp_path / "r", lambda: secrets)


def test_nobody_looks_for_a_keyring_where_no_secret_is_wanted(tmp_path: Path) -> None:
    env, hidden = node_environment({"A": "1"}, {"B": "2"}, {}, tmp_path / "r", lambda: pytest.fail("looked"))
    assert (env["A"], env["B"], hidden) == ("1", "2", [])


def test_outputs(tmp_path: Path) -> None:
    root, store = tmp_path / "root", tmp_path / "store"
    (root / "model").mkdir(parents=True)
    (root / "a.txt").write_text("abc")
    (root / "model" / "w").write_text("12")
    (root / "out").symlink_to("/etc/passwd")
    (root / "gone").symlink_to("nowhere")
    assert outputs.missing(root, ["a.txt", "model", "none", "out", "gone", "../x"]) == ["none", "out", "gone", "../x"]
    found = outputs.record(root, ["a.txt", "model"], store, limit=None)
    assert found["a.txt"]["bytes"] == 3 and found["model"]["bytes"] == 2
    assert (store / "model" / "w").read_text() == "12"
    again = outputs.record(root, ["a.txt"], tmp_path / "other", limit=2)
    assert again["a.txt"] == found["a.txt"] and not (tmp_path / "other").exists(), "large ones: the hash alone"
    outputs.restore(store, tmp_path / "fresh")
    assert (tmp_path / "fresh" / "a.txt").read_text() == "abc"
    assert outputs.shown_name("a/b.pipeline", "a/out/x.txt") == "out/x.txt"
    assert outputs.shown_name("a/b.pipeline", "x.txt") == "../x.txt"


def test_processes_are_found_and_ended() -> None:
    mark = {"MLOPS_RUN_ID": f"test-{os.getpid()}", "MLOPS_NODE": "n"}
    code = textwrap.dedent(
        """
        import os, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(['sleep', '60'], start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
        print('ready', flush=True)
        time.sleep(60)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, **mark}, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    found = reap.marked([mark], reap.table())
    assert len(found) == 3
    assert reap.marked([{**mark, "MLOPS_NODE": "other"}], reap.table()) == []
    assert {p.pid for p in reap.descendants(process.pid, reap.table())} < {p.pid for p in found}
    began = time.monotonic()
    ended = reap.end(found, grace=0.2)
    assert time.monotonic() - began < 2 and len(ended) == 3
    assert process.wait() == -9
    process.stdout.close()
    assert reap.end(found) == [] and not any(reap.alive(p) for p in found)


def test_a_number_that_was_used_again_is_not_hit() -> None:
    process = subprocess.Popen(["sleep", "60"])
    real = reap.read_process(process.pid)
    assert real is not None
    other = reap.Process(real.pid, real.parent, real.session, real.start_time + 1, False)
    assert not reap.alive(other)
    assert reap.end([other]) == []
    assert process.poll() is None
    reap.end([real])
    process.wait()


def test_how_many_nodes_go_on_at_once() -> None:
    gib = 1 << 30
    assert at_once(Amount(memory=256 * gib)) == max(16, 4 * cores()), "many more than there are cores"
    assert at_once(Amount(memory=4 * gib)) == max(8, cores()), "as many as find room"
    assert at_once(Amount(memory=0)) == max(2, cores())
