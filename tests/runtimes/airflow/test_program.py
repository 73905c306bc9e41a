"""The DAG's program: imported by a real Airflow, and in agreement with the rules of this side."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given

import mlops_ext
from mlops_ext.compile import Plan
from mlops_ext.model import Condition
from mlops_ext.runtimes.airflow.program import dag_text, runner_text
from mlops_ext.states import edge_live
from tests.airflow.fixture import VENV
from tests.strategies import CONDITIONS, NAMES, SCALARS, fewer
from tests.strategies import st as strategies

from . import hostile


@pytest.fixture(scope="module")
def program() -> Iterator[dict[str, Any]]:
    """The names of the program, with an Airflow that does nothing."""
    made = {name: ModuleType(name) for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions", "airflow.sdk.log")}
    for name in ("BaseOperator", "Connection", "CronTriggerTimetable", "Param", "Variable"):
        setattr(made["airflow.sdk"], name, type(name, (), {"__init__": lambda *_, **__: None}))
    made["airflow.sdk"].DAG = SimpleNamespace  # type: ignore[attr-defined]
    errors = ("AirflowException", "AirflowNotFoundException", "AirflowSkipException")
    for name in (*errors, "AirflowTaskTimeout"):
        setattr(made["airflow.sdk.exceptions"], name, type(name, (Exception,), {}))
    made["airflow.sdk.log"].mask_secret = lambda *_: None  # type: ignore[attr-defined]
    about = {**dict.fromkeys(("description", "schedule")), "id": "x", "name": "x", "doc": "", "tags": [], "params": {}}
    about |= {"settings": {}, "labels": {}}
    text = dag_text({"package": "0" * 64, "dag": about, "plan": {"steps": {}, "edges": []}})
    space: dict[str, Any] = {"__name__": "program", "__file__": __file__}
    with pytest.MonkeyPatch.context() as patch:
        for name, module in made.items():
            patch.setitem(sys.modules, name, module)
        exec(compile(text, "dag.py", "exec"), space)  # noqa: S102 - the program under test
    yield space


@fewer
@given(CONDITIONS, strategies.dictionaries(NAMES, SCALARS, max_size=3), SCALARS, strategies.booleans())
def test_conditions_hold_as_they_do_here(
    program: dict[str, Any], when: dict[str, Any], results: dict[str, Any], value: Any, named: bool
) -> None:
    if named:
        results = {**results, when["result"]: value}
    assert program["holds"](when, results) == edge_live(Condition(**when), results)


def test_sources_that_were_skipped_are_not_live(program: dict[str, Any]) -> None:
    edge = {"from": "a", "to": "b"}
    live = program["live"]
    assert live(edge, {"reason": None, "results": {}})
    assert live(edge, {"reason": "disabled", "results": {}})
    assert not live(edge, {"reason": "condition", "results": {}})
    assert not live(edge, None)
    assert not live({**edge, "when": {"result": "r", "op": "==", "value": 1}}, {"reason": None, "results": {}})


def test_values_of_a_run(program: dict[str, Any]) -> None:
    step = {"parameters": {name: {"name": name} for name in ("a", "b", "c")}}
    plan, manifest = {"parameters": {"a": 1, "b": 1}}, {"scheduled": {"b": 2, "c": 2}, "parameters": ["a", "b", "c"]}

    def values(kind: str, conf: dict[str, Any]) -> Any:
        run = SimpleNamespace(run_type=kind, conf=conf)
        return program["parameters"](step, plan, manifest, run, {})

    assert values("scheduled", {}) == {"a": 1, "b": 2, "c": 2}
    assert values("manual", {"c": 3, "mlops_package": "x", "b": None}) == {"a": 1, "b": None, "c": 3}
    with pytest.raises(program["Problem"], match="needs a value"):
        values("manual", {})


def test_what_pins_a_run_must_be_a_package(program: dict[str, Any]) -> None:
    for wrong in ("../../etc", "0" * 63, "0" * 64 + "\n", None, 5, "0" * 64):
        with pytest.raises(program["Problem"]) as caught:
            program["Package"](wrong)
        assert caught.value.code == "package"


def test_the_file_is_noticed_by_airflow_and_the_runner_carries_what_is_run_here() -> None:
    text = dag_text({}).lower()
    assert "dag" in text
    assert "airflow" in text
    names: dict[str, Any] = {"__name__": "runner"}
    exec(compile(runner_text(), "runner.py", "exec"), names)  # noqa: S102 - the program under test
    top = Path(__file__).parents[3]
    for name, carried in names["SOURCES"].items():
        assert not carried or carried == (top / name).read_text(encoding="utf-8")
    assert names["SOURCES"]["mlops_ext/runtimes/local/results.py"]


@pytest.mark.skipif(not VENV.is_dir(), reason="scripts/setup.sh has installed no Airflow")
def test_fifty_hostile_pipelines_in_a_real_airflow(tmp_path: Path) -> None:
    place, dags = hostile.workspace(tmp_path / "w"), tmp_path / "dags"
    plans: dict[str, tuple[Plan, dict[str, Any]]] = {}
    for seed in range(50):
        made = hostile.document(seed)
        package, plan = hostile.packed(place, made, f"x{seed}.pipeline")
        plans[package.dag_id] = (plan, made)
        for name, content in package.files.items():
            (dags / name).parent.mkdir(parents=True, exist_ok=True)
            (dags / name).write_bytes(content)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    script = Path(__file__).with_name("imported.py")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "AIRFLOW_HOME": str(tmp_path / "home" / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    (tmp_path / "home").mkdir()
    done = subprocess.run(
        [str(VENV / "bin" / "python"), str(script), str(dags)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])  # what comes before is Airflow's log
    assert told["errors"] == {}
    assert set(told["dags"]) == set(plans)
    for name, (plan, made) in plans.items():
        _check(told["dags"][name], plan, made)
    after = {
        file: file.read_bytes()
        for file in tmp_path.rglob("*")
        if file.is_file() and tmp_path / "home" not in file.parents
    }
    assert after == before


def _check(dag: dict[str, Any], plan: Plan, made: dict[str, Any]) -> None:
    """Airflow has every text as it was typed, but for NUL, which its database may not know."""

    def seen(text: str) -> str:
        return text.replace("\0", "\ufffd")

    assert Plan.from_json(dag["plan"]) == plan
    assert (dag["description"] or "") == seen(made["description"])
    assert dag["doc"].startswith(seen(made["description"]))
    assert dag["cron"] == (made["schedule"]["cron"] if "schedule" in made else None)
    own = made["runtimes"]["prod"]
    assert dag["tags"] == sorted({seen(tag) for tag in own["tags"] if tag})
    assert set(dag["params"]) == set(made["parameters"])
    for name, parameter in made["parameters"].items():
        assert (dag["params"][name]["description"] or "") == seen(parameter["description"])
    assert set(dag["tasks"]) == set(made["nodes"])
    for name, node in made["nodes"].items():
        task = dag["tasks"][name]
        assert task["fields"] == []
        assert task["name"] == (seen(node["label"]) or name)
        assert (task["retries"], task["timeout"]) == (node["retries"], 3600 + 300)
        assert task["rule"] == "none_failed_min_one_success"
        assert task["owner"] == (seen(own["owner"]) or "airflow")
        for key, usual in (("queue", "default"), ("pool", "default_pool")):
            assert task[key] == (seen(node.get(key, "")) or seen(own[key]) or usual)
        assert task["before"] == sorted(edge["from"] for edge in made["edges"] if edge["to"] == name)


def test_the_runner_carries_all_that_it_imports() -> None:
    """Also what is imported inside of functions: on a worker nothing else of ours is there."""
    names: dict[str, Any] = {"__name__": "runner"}
    exec(compile(runner_text(), "runner.py", "exec"), names)  # noqa: S102 - the program under test
    carried = {name for name in names["SOURCES"] if not name.endswith("__init__.py")}
    wanted, waiting = set(), ["mlops_ext.runtimes.airflow.worker.attempt", "mlops_ext.runtimes.local.kernel_main"]
    while waiting:
        module = waiting.pop()
        path = Path(str(importlib.util.find_spec(module).origin))  # type: ignore[union-attr]
        name = path.relative_to(Path(mlops_ext.__file__).parents[1]).as_posix()
        if name in wanted:
            continue
        wanted.add(name)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        waiting += _imported(ast.parse(path.read_text(encoding="utf-8")), package)
    assert carried >= {name for name in wanted if not name.endswith("__init__.py")}


def _imported(tree: ast.Module, package: str) -> list[str]:
    """The modules of ours that a module imports by relative names."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            inside = [f"{base}.{alias.name}" for alias in node.names]
            found += [base, *(one for one in inside if _exists(one))]
    return found


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
