"""Order, conditions, skips, retries, timeouts, limits: what runs when, and why not."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from mlops_ext import submit as recipe
from mlops_ext.paths import workspace_at
from mlops_ext.runtimes.local import largefiles, snapshot
from mlops_ext.runtimes.local.claims import cores
from mlops_ext.runtimes.local.nursery import can_fork
from mlops_ext.runtimes.local.tracing import Tracing

from .lab import Lab

RESULT = """echo '{"name": "auc", "value": %s}' >> "$MLOPS_RESULTS"\n"""


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def script(path: str, **fields: Any) -> dict[str, Any]:
    return {"type": "script", "path": path, **fields}


@pytest.mark.parametrize(
    ("op", "value", "live"),
    [("<", 0.8, False), ("<=", 0.8, True), (">", 0.8, False), (">=", 0.8, True), ("==", 0.8, True), ("!=", 0.8, False)],
)
def test_conditions_on_edges(lab: Lab, op: str, value: float, live: bool) -> None:
    folder = lab.folder()
    folder.write("source.sh", RESULT % 0.8)
    folder.write("ok.sh", "true\n")
    folder.pipeline(
        {"source": script("source.sh"), "then": script("ok.sh"), "after": script("ok.sh"), "both": script("ok.sh")},
        [
            {"from": "source", "to": "then", "when": {"result": "auc", "op": op, "value": value}},
            ("then", "after"),
            ("source", "both"),
            ("then", "both"),
        ],
    )
    run = folder.run()
    states = {name: (node["state"], node["reason"]) for name, node in run["nodes"].items()}
    skipped, ran = ("skipped", "condition"), ("succeeded", None)
    expected = ran if live else skipped
    assert states == {"source": ran, "then": expected, "after": expected, "both": ran}
    assert run["state"] == "succeeded"


def test_failures_skips_and_disabled_nodes(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("bad.sh", "exit 1\n")
    folder.write("ok.sh", "true\n")
    folder.pipeline(
        {
            "bad": script("bad.sh"),
            "below": script("ok.sh"),
            "further": script("ok.sh"),
            "apart": script("ok.sh"),
            "off": script("gone.sh", disabled=True),
            "past": script("ok.sh"),
        },
        [("bad", "below"), ("below", "further"), ("apart", "off"), ("off", "past")],
    )
    run = folder.run()
    states = {name: (node["state"], node["reason"]) for name, node in run["nodes"].items()}
    assert states == {
        "bad": ("failed", "error"),
        "below": ("skipped", "upstream"),
        "further": ("skipped", "upstream"),
        "apart": ("succeeded", None),
        "off": ("skipped", "disabled"),
        "past": ("succeeded", None),
    }
    assert (run["state"], run["reason"], run["error"]["exit_code"]) == ("failed", "error", 1)


def test_a_disabled_node_passes_its_last_results_on(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("source.sh", RESULT % 0.8)
    folder.write("use.sh", 'echo "{\\"name\\": \\"got\\", \\"value\\": $MLOPS_PARAM_AUC}" >> "$MLOPS_RESULTS"\n')
    use = script("use.sh", parameters={"auc": {"from": "nodes.source.results.auc"}})
    folder.pipeline({"source": script("source.sh", disabled=True), "use": use}, [("source", "use")])
    run = folder.run()
    assert run["nodes"]["use"]["error"]["code"] == "unknown-result"
    folder.pipeline({"source": script("source.sh"), "use": use}, [("source", "use")])
    assert folder.run()["nodes"]["use"]["results"] == {"got": 0.8}
    folder.pipeline({"source": script("source.sh", disabled=True), "use": use}, [("source", "use")])
    run = folder.run()
    assert run["nodes"]["source"]["reason"] == "disabled"
    assert run["nodes"]["use"]["results"] == {"got": 0.8}


def test_retries(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("flaky.sh", 'echo "$MLOPS_ATTEMPT" >> tries\n[ "$MLOPS_ATTEMPT" = 3 ]\n')
    folder.write("never.sh", 'echo "$MLOPS_ATTEMPT" >> never-tries\nexit 1\n')
    folder.pipeline({"flaky": script("flaky.sh", retries=3, retry_delay="1s"), "never": script("never.sh", retries=1)})
    run = folder.run()
    flaky, never = run["nodes"]["flaky"], run["nodes"]["never"]
    assert (flaky["state"], flaky["attempts"], flaky["error"]) == ("succeeded", 3, None)
    assert (never["state"], never["attempts"], never["reason"]) == ("failed", 2, "error")
    assert (folder.path / "tries").read_text() == "1\n2\n3\n"
    assert (folder.path / "never-tries").read_text() == "1\n2\n"
    with lab.store() as store:
        attempts = store.attempts(run["id"], "flaky")
        assert [attempt["state"] for attempt in attempts] == ["failed", "failed", "succeeded"]
        assert seconds(attempts[1]["started"]) - seconds(attempts[0]["finished"]) >= 0.99
        reasons = [event["data"].get("reason") for event in store.events(run["id"]) if event["node"] == "flaky"]
    assert reasons.count("retry") == 2
    assert flaky["log"] == "flaky/3/log.txt"


def test_timeout(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook("n.ipynb", "print('begun')", "import time; time.sleep(60)")
    folder.write("s.sh", "trap '' INT TERM\nsleep 60 & wait; sleep 60\n")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb", "timeout": "8s"}, "s": script("s.sh", timeout="1s")})
    run = folder.run()
    for node in run["nodes"].values():
        assert (node["state"], node["reason"], node["error"]["code"]) == ("failed", "timeout", "timeout")
        assert "took longer than" in node["error"]["message"]
    assert run["nodes"]["s"]["seconds"] < 12
    assert lab.notebook(run["id"], "n")["cells"][0]["outputs"], "what it did so far is kept"
    assert not lab.processes(run["id"])


def test_ready_nodes_run_at_the_same_time_and_not_more_than_asked(lab: Lab) -> None:
    folder = lab.folder()
    folder.write(
        "meet.sh",
        'touch "here-$MLOPS_NODE"\nfor _ in $(seq 300); do [ $(ls here-* | wc -l) -ge 4 ] && exit 0; sleep 0.1; done\n'
        "exit 1\n",
    )
    folder.write("count.sh", "mkdir busy || exit 1\nsleep 0.3\nrmdir busy\n")
    folder.pipeline({f"m{number}": script("meet.sh") for number in range(4)})
    assert folder.run()["state"] == "succeeded", "four nodes wait for each other"
    folder.pipeline({f"c{number}": script("count.sh") for number in range(3)})
    run = folder.run(max_parallel=1)
    assert (run["state"], run["max_parallel"]) == ("succeeded", 1), "one at a time"


def test_a_node_comes_after_all_its_sources(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", 'echo "$MLOPS_NODE" >> order\n')
    folder.pipeline(
        {name: script("s.sh") for name in ("d", "c", "b", "a")}, [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    )
    run = folder.run()
    order = (folder.path / "order").read_text().split()
    assert (order[0], order[-1], len(order)) == ("a", "d", 4)
    assert list(run["nodes"]) == ["a", "b", "c", "d"]


def test_declared_resources(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "mkdir busy || exit 1\nsleep 0.5\nrmdir busy\n")
    whole = {"cpu": cores()}
    folder.pipeline({"a": script("s.sh", resources=whole), "b": script("s.sh", resources=whole)})
    run = folder.run()
    assert run["state"] == "succeeded", "they take turns"
    with lab.store() as store:
        assert "resources" in [event["data"].get("reason") for event in store.events(run["id"])]
    folder.pipeline({"c": script("s.sh", resources={"gpu": 900, "memory": "1M"})})
    node = folder.run()["nodes"]["c"]
    assert (node["state"], node["error"]["code"], node["attempts"]) == ("failed", "resources", 0)
    assert "It wants 900 graphics cards" in node["error"]["message"]


def test_two_runs_that_make_the_same_file_take_turns(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "mkdir busy || exit 1\nsleep 0.5\necho $MLOPS_RUN_ID >> out.txt\nrmdir busy\n")
    folder.write("t.sh", "sleep 0.3\n")
    folder.pipeline({"a": script("s.sh", outputs=["out.txt"]), "z": script("t.sh")}, [("a", "z")])
    first, second, third = (folder.submit() for _ in range(3))
    waiting = lab.until(second, lambda run: run["reason"] is not None or run["state"] != "queued")
    assert (waiting["state"], waiting["reason"], waiting["nodes"]["a"]["reason"]) == (
        "queued",
        "output-busy",
        "output-busy",
    )
    runs = [lab.wait(run_id) for run_id in (first, second, third)]
    assert [run["state"] for run in runs] == ["succeeded"] * 3
    assert (folder.path / "out.txt").read_text().split() == [first, second, third]
    for earlier, later in pairwise(runs):
        assert earlier["finished"] <= later["started"], "for the whole life of a run"


def test_two_pipelines_at_once_in_place(lab: Lab) -> None:
    folders = [lab.folder(), lab.folder()]
    for mine, other in (folders, folders[::-1]):
        mine.notebook(
            "n.ipynb",
            f"open('here', 'w').close()\nimport os, time\n"
            f"while not os.path.exists({str(other.path / 'here')!r}): time.sleep(0.05)",
            ("x = 1", "results"),
        )
        mine.pipeline({"n": {"type": "notebook", "path": "n.ipynb", "timeout": "60s"}})
    runs = [folder.submit() for folder in folders]
    assert [lab.wait(run_id)["state"] for run_id in runs] == ["succeeded", "succeeded"]


def test_a_chain_of_many_and_a_wide_one(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "true\n")
    count = 30
    folder.pipeline({f"n{i}": script("s.sh") for i in range(count)}, [(f"n{i}", f"n{i + 1}") for i in range(count - 1)])
    began = time.monotonic()
    run = folder.run(seconds=100)
    assert run["state"] == "succeeded"
    assert json.dumps(run["nodes"], sort_keys=False).count('"succeeded"') == count
    assert time.monotonic() - began < (30 if can_fork() else 90)


def test_large_declared_files_are_read_while_the_nodes_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is accepted before they are; their hashes come later."""
    monkeypatch.setattr(recipe, "HASH_LIMIT", 10)
    folder = lab.folder()
    folder.write("small.txt", "0123456789")
    folder.write("large.txt", "0123456789" * 1000)
    folder.write("a.sh", "true\n")
    folder.pipeline({"a": {"type": "script", "path": "a.sh", "files": ["small.txt", "large.txt"]}})
    run_id = folder.submit()
    small, large = (f"{folder.path.name}/{name}.txt" for name in ("small", "large"))

    def told(run: dict[str, Any]) -> bool:
        return run["provenance"]["files"][large]["sha256"] is not None

    files = lab.until(run_id, told)["provenance"]["files"]
    for name in (small, large):
        data = (lab.workspace.folder / name).read_bytes()
        assert files[name] == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert lab.wait(run_id)["provenance"]["sources"], "what was recorded before stays"


def test_a_large_file_that_changes_while_it_is_read_has_no_hash(lab: Lab, tmp_path: Path) -> None:
    folder = lab.folder()
    folder.write("growing.txt", "x" * 100)
    path = folder.path / "growing.txt"
    relative = path.relative_to(lab.workspace.folder).as_posix()
    known = {"sha256": None, "bytes": 100}
    tracing = Tracing(workspace_at(tmp_path))
    found = largefiles.read(lab.workspace, relative, known, tracing)
    assert found == {"sha256": hashlib.sha256(b"x" * 100).hexdigest(), "bytes": 100}

    def slow(source: BinaryIO, target: BinaryIO | None) -> tuple[str, int]:
        digest = snapshot.copy_hashed(source, target)
        path.write_text("y" * 101)
        return digest

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(largefiles, "copy_hashed", slow)
        assert largefiles.read(lab.workspace, relative, known, tracing) is known
    path.unlink()
    assert largefiles.read(lab.workspace, relative, known, tracing) is known
    tracing.hashes.close()
