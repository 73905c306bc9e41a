"""One pipeline, two runtimes, the same: states, reasons, results, errors, notebooks, output bytes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.airflow import everything
from tests.airflow.conftest import SECRET, Yard, below
from tests.airflow.fixture import ROOT, RealAirflow
from tests.runtimes.lab import Folder

SAME = ("type", "state", "reason", "reused", "attempts", "results", "outputs")
RUNTIMES = ("local", "airflow")


@dataclass(frozen=True)
class Pair:
    """The same pipeline, run here and there."""

    yard: Yard
    local: dict[str, Any]
    airflow: dict[str, Any]

    def __getitem__(self, runtime: str) -> dict[str, Any]:
        run: dict[str, Any] = getattr(self, runtime)
        return run


@pytest.fixture(scope="module")
def pairs(yard: Yard) -> Mapping[str, Pair]:
    """Both pipelines on both runtimes, all four at once."""
    wine, all_of_it = yard.folder(), yard.folder()
    shutil.copytree(
        ROOT / "examples" / "wine", wine.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".mlops", ".ipynb_*")
    )
    everything.write(all_of_it)
    text = {"text": everything.NASTY}
    started = {
        "wine": _both(wine, "wine.pipeline", "science", {"seed": 11}),
        "everything": _both(all_of_it, "everything.pipeline", "bare", text),
    }
    yard.follow("bare", "science")
    return {
        name: Pair(yard, yard.wait(local, 100), yard.wait(remote, 100)) for name, (local, remote) in started.items()
    }


def _both(folder: Folder, name: str, runtime: str, parameters: Mapping[str, Any]) -> tuple[str, str]:
    remote = folder.submit(name, runtime=runtime, parameters=parameters)
    local = folder.submit(name, mode="isolated", reuse=False, parameters=parameters)
    return local, remote


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["wine", "everything"])
def test_both_runtimes_tell_the_same(pairs: Mapping[str, Pair], name: str) -> None:
    here, there = pairs[name].local, pairs[name].airflow
    assert {key: here[key] for key in ("state", "reason", "mode", "parameters")} == {
        key: there[key] for key in ("state", "reason", "mode", "parameters")
    }
    assert list(here["nodes"]) == list(there["nodes"])
    for node, mine in here["nodes"].items():
        yours = there["nodes"][node]
        assert {key: mine[key] for key in SAME} == {key: yours[key] for key in SAME}, node
        assert _error(mine) == _error(yours), node
        for file in ("notebook", "log"):
            assert mine[file] == yours[file], (node, file)


def _error(node: Mapping[str, Any]) -> Any:
    return (
        None if node["error"] is None else {key: node["error"][key] for key in ("code", "message", "cell", "exit_code")}
    )


@pytest.mark.parametrize("name", ["wine", "everything"])
def test_the_same_bytes_come_out(pairs: Mapping[str, Pair], name: str) -> None:
    pair = pairs[name]
    compared = 0
    for node, entry in pair.local["nodes"].items():
        folders = [
            pair.yard.file(pair[runtime]["id"], node, str(max(entry["attempts"], 1)), "outputs") for runtime in RUNTIMES
        ]
        here, there = (below(folder) if folder.exists() else {} for folder in folders)
        assert here == there, node
        compared += len(here)
    assert compared == {"wine": 7, "everything": 3}[name]


@pytest.mark.parametrize("name", ["wine", "everything"])
def test_the_executed_notebooks_show_the_same(pairs: Mapping[str, Pair], name: str) -> None:
    pair = pairs[name]
    notebooks = [node for node, entry in pair.local["nodes"].items() if entry["notebook"]]
    assert len(notebooks) == {"wine": 5, "everything": 3}[name]
    for node in notebooks:
        here, there = (_shown(pair.yard, pair[runtime]["id"], node) for runtime in RUNTIMES)
        assert here == there, node


def _shown(yard: Yard, run_id: str, node: str) -> list[tuple[str, list[Any]]]:
    """Source and outputs of each cell; addresses in memory, paths and colours differ from process to process."""
    cells = yard.notebook(run_id, node)["cells"]
    return [(cell["source"], [_output(output) for output in cell.get("outputs", ())]) for cell in cells]


def _output(output: Mapping[str, Any]) -> tuple[Any, ...]:
    if output["output_type"] == "error":
        return ("error", output["ename"], output["evalue"])
    shown = output.get("text") or output.get("data", {}).get("text/plain")
    return (output["output_type"], re.sub(r"0x[0-9a-f]+", "0x", "".join(shown or "")))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_feature_did_what_it_says(pairs: Mapping[str, Pair], runtime: str) -> None:
    run = pairs["everything"][runtime]
    nodes = run["nodes"]
    assert run["state"] == "failed"
    assert {name: (node["state"], node["reason"], node["attempts"]) for name, node in nodes.items()} == {
        "bad": ("failed", "error", 1),
        "below": ("skipped", "upstream", 0),
        "flaky": ("succeeded", None, 2),
        "join": ("succeeded", None, 1),
        "no": ("skipped", "condition", 0),
        "off": ("skipped", "disabled", 0),
        "past": ("succeeded", None, 1),
        "score": ("succeeded", None, 1),
        "shell": ("succeeded", None, 1),
        "slow": ("failed", "timeout", 1),
        "types": ("succeeded", None, 1),
        "yes": ("succeeded", None, 1),
    }
    results = nodes["types"]["results"]
    assert results["echoed"] == everything.VALUES
    assert results["kinds"] == {
        "text": "str",
        "whole": "int",
        "share": "float",
        "flag": "bool",
        "names": "list",
        "table": "dict",
    }
    assert (results["twice"], results["plain"]) == (42, everything.NASTY)
    assert results["seen"] == ["made", "parts", "types.ipynb"], "what is not declared is not there"
    assert nodes["score"]["results"]["same"] is True
    assert nodes["join"]["results"] == {"total": 1.85}
    assert (nodes["bad"]["error"]["code"], nodes["bad"]["error"]["cell"]) == ("cell-error", 2)
    yard = pairs["everything"].yard
    assert "so far" in yard.node_log(run["id"], "bad")
    assert "attempt 1" in yard.node_log(run["id"], "flaky", 1)
    assert "attempt 2" in yard.node_log(run["id"], "flaky", 2)
    assert "{{ var.value.get('contract-token') }}" in yard.node_log(run["id"], "shell"), "text is text"


def test_the_secret_is_nowhere(pairs: Mapping[str, Pair], airflow: RealAirflow) -> None:
    """In no file of the workspace, of the DAGs, of the store, of Airflow's logs and database; nor in its answers."""
    run = pairs["everything"].airflow
    remote = run["remote"]
    places = [pairs["everything"].yard.workspace.folder, airflow.dags, airflow.files, airflow.home]
    needles = [SECRET.encode(), airflow.password.encode()]
    known = {airflow.home / "passwords.json"}
    read = 0
    for place in places:
        for path in place.rglob("*"):
            if path.is_file() and path not in known:
                data = path.read_bytes()
                read += 1
                assert not any(needle in data for needle in needles), path
    assert read > 100
    dag, dag_run = remote["dag_id"], remote["run_id"]
    for path in (f"dags/{dag}/details", f"dags/{dag}/dagRuns/{dag_run}/taskInstances", f"dagSources/{dag}"):
        status, answer = airflow.call("GET", path)
        assert (status, SECRET in repr(answer)) == (200, False), path


def test_a_run_says_where_it_is(pairs: Mapping[str, Pair], airflow: RealAirflow) -> None:
    remote = pairs["wine"].airflow["remote"]
    assert (remote["step"], remote["problem"], remote["scheduled"]) == ("ended", None, False)
    assert remote["pinned"] is False, "a folder pins nothing"
    assert remote["url"].startswith(airflow.url)
    assert Path(airflow.dags, remote["dag_id"], "dag.py").exists()
    assert pairs["wine"].local["remote"] is None
