"""Notebooks run as in Jupyter, and what happens in them is told truly."""

from __future__ import annotations

import ast
import hashlib
from typing import Any

import pytest

from .lab import Cell, Lab


def one(lab: Lab, *cells: Cell, **fields: Any) -> dict[str, Any]:
    """Runs a pipeline of one notebook."""
    folder = lab.folder()
    folder.notebook("n.ipynb", *cells)
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb", **fields}})
    return folder.run()


def test_a_notebook_runs_and_reports(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "sub/n.ipynb",
        "print('hello'); import os\nopen('made.txt', 'w').write(os.getcwd())",
        ("auc = 0.75\nrows: int = 3\nfirst, *rest = [1, 2, 3]\n_hidden = 1", "results"),
        "import json\nwith open(os.environ['MLOPS_RESULTS'], 'a') as f:\n"
        "    print(json.dumps({'name': 'later', 'value': {'a': [1, None]}}), file=f)",
    )
    folder.pipeline({"n": {"type": "notebook", "path": "sub/n.ipynb", "outputs": ["sub/made.txt"]}})
    before = {path: path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}
    run = folder.run()
    node = run["nodes"]["n"]
    assert (run["state"], node["state"], node["error"]) == ("succeeded", "succeeded", None)
    assert node["results"] == {"auc": 0.75, "rows": 3, "first": 1, "rest": [2, 3], "later": {"a": [1, None]}}
    made = (folder.path / "sub" / "made.txt").read_bytes()
    assert made.decode() == str(folder.path / "sub")
    assert node["outputs"] == {"sub/made.txt": {"sha256": hashlib.sha256(made).hexdigest(), "bytes": len(made)}}
    assert lab.file(run["id"], "n", "1", "outputs", folder.path.name, "sub", "made.txt").read_bytes() == made
    assert (node["notebook"], node["log"]) == ("n/1/notebook.ipynb", "n/1/log.txt")
    assert "hello\n" in lab.node_log(run["id"], "n")
    executed = lab.notebook(run["id"], "n")
    assert executed["cells"][0]["outputs"][0]["text"] == ["hello\n"]
    assert executed["metadata"]["language_info"]["name"] == "python"
    assert {path: path.read_bytes() for path in before} == before, "sources are never written"
    assert (node["attempts"], node["cell"], node["cells"]) == (1, 3, 3)


def test_the_order_of_edges_and_results_that_become_parameters(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook("a.ipynb", ("number = 41\nname = 'x'", "results"))
    folder.notebook("b.ipynb", ("number = 0\nfixed = None", "parameters"), ("number += 1\nseen = fixed", "results"))
    folder.pipeline(
        {
            "a": {"type": "notebook", "path": "a.ipynb"},
            "b": {
                "type": "notebook",
                "path": "b.ipynb",
                "parameters": {"number": {"from": "nodes.a.results.number"}, "fixed": {"from": "parameters.given"}},
            },
        },
        [("a", "b")],
        parameters={"given": {"type": "string", "default": "d"}},
    )
    run = folder.run(parameters={"given": 'it\'s "quoted" {braces} ☃ \\n'})
    assert run["nodes"]["b"]["results"] == {"number": 42, "seen": 'it\'s "quoted" {braces} ☃ \\n'}
    assert run["nodes"]["a"]["finished"] <= run["nodes"]["b"]["started"]
    assert run["parameters"] == {"given": 'it\'s "quoted" {braces} ☃ \\n'}


VALUES: list[Any] = [
    "", "a'b\"c", "tab\t newline\n null? \\0", "{x} {{y}} %s $HOME `id`", "☃ \U0001f600 \u202e", "\u2028\x7f\x01",
    0, -1, 2**53 - 1, -2.25, 1.5, 1e-300, 123456789.125, True, False, None,
    [], [1, "two", [3.0, None, True]], {}, {"a b": {"c": ["'", '"', "\\"]}, "": 1}, "'''", '"""', "# no comment", "\\",
]  # fmt: skip


def test_parameter_values_arrive_as_they_are(lab: Lab) -> None:
    names = [f"p{number}" for number in range(len(VALUES))]
    assign = "\n".join(f"r{name} = {name}" for name in names)
    run = one(
        lab,
        ("pass", "parameters"),
        (assign, "results"),
        parameters={name: {"value": value} for name, value in zip(names, VALUES, strict=True)},
    )
    assert run["state"] == "succeeded", run["error"]
    results = run["nodes"]["n"]["results"]
    for name, value in zip(names, VALUES, strict=True):
        # 3.0 is 3 in a pipeline; true is not 1.
        assert results[f"r{name}"] == value and isinstance(results[f"r{name}"], bool) == isinstance(value, bool)
    injected = lab.notebook(run["id"], "n")["cells"][1]
    assert injected["metadata"]["tags"] == ["injected-parameters"]
    assert all(isinstance(statement, ast.Assign) for statement in ast.parse("".join(injected["source"])).body)


def test_numpy_and_pandas_scalars_are_converted(lab: Lab) -> None:
    run = one(
        lab,
        "import numpy as np, pandas as pd",
        (
            "a = np.float32(0.5)\nb = np.int64(7)\nc = np.bool_(True)\nd = pd.Series([1, 2]).sum()\n"
            "e = [np.float64(1.0), {'k': np.int8(3)}]\nf = np.array(2.5)\ng = {1: 'one', np.int64(2): 'two'}\n"
            "h = pd.Timestamp('2026-01-02')\ni = (1, 2)",
            "results",
        ),
    )
    assert run["nodes"]["n"]["results"] == {
        "a": 0.5, "b": 7, "c": True, "d": 3, "e": [1.0, {"k": 3}], "f": 2.5, "g": {"1": "one", "2": "two"},
        "h": "2026-01-02T00:00:00", "i": [1, 2],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("auc = float('nan')", "auc is nan"),
        ("auc = [1.0, float('-inf')]", "auc is -inf"),
        ("model = object()", "model is a object"),
        ("big = 'x' * 70_000", "big takes 70002 bytes"),
    ],
)
def test_what_json_has_no_word_for_is_an_error(lab: Lab, cell: str, words: str) -> None:
    run = one(lab, (f"fine = 1\n{cell}", "results"))
    error = run["nodes"]["n"]["error"]
    assert (run["state"], error["code"]) == ("failed", "result-not-json")
    assert words in error["message"]
    assert run["nodes"]["n"]["results"] == {"fine": 1}


def test_a_cell_that_raises(lab: Lab) -> None:
    run = one(lab, "# a heading\nx = 1", "d = {}", "print('before')\nd['age']", "print('never')")
    node = run["nodes"]["n"]
    assert (run["state"], run["reason"], node["state"], node["reason"]) == ("failed", "error", "failed", "error")
    assert node["error"]["code"] == "cell-error"
    assert node["error"]["message"] == "KeyError: 'age'"
    assert (node["error"]["cell"], node["error"]["exit_code"]) == (3, None)
    assert run["error"] == node["error"]
    log = lab.node_log(run["id"], "n")
    assert "before" in log and "KeyError" in log and "never" not in log
    executed = lab.notebook(run["id"], "n")
    assert len(executed["cells"]) == 4
    assert executed["cells"][2]["outputs"][-1]["ename"] == "KeyError"


def test_a_cell_that_may_raise_and_one_that_is_skipped(lab: Lab) -> None:
    run = one(lab, ("1 / 0", "raises-exception"), ("1 / 0", "skip-execution"), ("ok = 1", "results"))
    assert run["nodes"]["n"]["results"] == {"ok": 1}


@pytest.mark.parametrize(("cell", "how"), [("exit()", "exit()"), ("import sys; sys.exit(3)", "sys.exit(3)")])
def test_a_cell_that_ends_the_notebook(lab: Lab, cell: str, how: str) -> None:
    run = one(lab, "x = 1", cell, "print('never')")
    error = run["nodes"]["n"]["error"]
    assert (run["state"], error["code"], error["cell"]) == ("failed", "cell-exit", 2)
    assert error["message"] == f"Cell 2 ended the notebook with {how}; the cells after it did not run."


@pytest.mark.parametrize(
    ("cell", "status", "how"),
    [
        ("import os; os._exit(3)", 3, "exit code 3"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "SIGKILL"),
    ],
)
def test_a_kernel_that_is_killed(lab: Lab, cell: str, status: int, how: str) -> None:
    run = one(lab, "x = 1", "print('hello')", cell, "y = 1")
    node = run["nodes"]["n"]
    assert (run["state"], node["reason"], node["error"]["code"]) == ("failed", "killed", "kernel-died")
    assert node["error"]["message"].startswith("The kernel was killed in cell 3")
    assert how in node["error"]["message"]
    assert (node["error"]["cell"], node["error"]["exit_code"]) == (3, status)
    assert lab.notebook(run["id"], "n")["cells"][1]["outputs"]


def test_a_missing_output(lab: Lab) -> None:
    run = one(lab, "x = 1", outputs=["model.bin"])
    node = run["nodes"]["n"]
    assert (node["state"], node["reason"], node["error"]["code"]) == ("failed", "output-missing", "output-missing")
    assert "model.bin" in node["error"]["message"]


def test_a_hundred_megabytes_of_print(lab: Lab) -> None:
    run = one(lab, "for _ in range(100):\n    print('x' * 1_000_000)", ("done = 1", "results"))
    assert (run["state"], run["nodes"]["n"]["results"]) == ("succeeded", {"done": 1})
    log = lab.file(run["id"], "n", "1", "log.txt")
    assert log.stat().st_size < 11 * 1024 * 1024
    assert "More than 10 MB were printed" in log.read_text(encoding="utf-8")
    assert lab.file(run["id"], "n", "1", "notebook.ipynb").stat().st_size < 3 * 1024 * 1024
    text = "".join(lab.notebook(run["id"], "n")["cells"][0]["outputs"][0]["text"])
    assert "This cell showed more than 2 MB" in text


def test_names_of_files_that_mean_something_elsewhere(lab: Lab) -> None:
    folder = lab.folder()
    names = ["a{b}.ipynb", "it's $(id) `x`.ipynb", "-rf.ipynb", "ä ☃.ipynb"]
    for name in names:
        folder.notebook(name, ("x = 1", "results"), "y = x")
    folder.pipeline({f"n{i}": {"type": "notebook", "path": name} for i, name in enumerate(names)})
    run = folder.run()
    assert [node["state"] for node in run["nodes"].values()] == ["succeeded"] * len(names), run["error"]


def test_our_own_process_imports_nothing_of_the_users(lab: Lab) -> None:
    folder = lab.folder()
    for module in ("nbformat", "papermill", "nbclient", "zmq", "json", "mlops_ext", "asyncio", "tornado"):
        folder.write(f"{module}.py", "open('sentinel', 'w').write(__name__)\nraise ImportError('shadowed')")
    folder.notebook("n.ipynb", ("x = 1", "results"))
    folder.write("s.sh", "echo hello\n")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}, "s": {"type": "script", "path": "s.sh"}})
    run = folder.run()
    assert run["nodes"]["s"]["state"] == "succeeded", run["error"]
    assert run["nodes"]["n"]["state"] == "succeeded", run["error"]
    assert not (folder.path / "sentinel").exists()


def test_the_environment_of_a_node(lab: Lab) -> None:
    run = one(
        lab,
        ("import os\nnames = sorted(os.environ)\nmine = os.environ['MINE']\n"
         "own = {k: v for k, v in os.environ.items() if k.startswith('MLOPS_')}", "results"),
        env={"MINE": "☃ text"},
    )  # fmt: skip
    results = run["nodes"]["n"]["results"]
    assert results["mine"] == "☃ text"
    assert not [name for name in results["names"] if name.startswith(("JUPYTER", "JPY"))]
    assert "PATH" in results["names"]
    assert set(results["own"]) == {"MLOPS_RUN_ID", "MLOPS_NODE", "MLOPS_ATTEMPT", "MLOPS_RESULTS"}
    assert results["own"]["MLOPS_RUN_ID"] == run["id"]


def test_the_variables_are_those_of_who_submitted_not_of_who_started_the_engine(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lab.folder()
    folder.notebook("n.ipynb", ("import os, sys\nseen = [os.environ.get('LENT'), sys.flags.no_user_site]", "results"))
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    assert folder.run()["nodes"]["n"]["results"] == {"seen": [None, 0]}
    monkeypatch.setenv("LENT", "canary-that-was-lent")
    monkeypatch.setenv("PYTHONNOUSERSITE", "1")
    assert folder.run()["nodes"]["n"]["results"] == {"seen": ["canary-that-was-lent", 1]}
    monkeypatch.undo()
    assert folder.run()["nodes"]["n"]["results"] == {"seen": [None, 0]}
    state = [path for path in lab.workspace.state.iterdir() if path.is_file()]
    run_files = lab.workspace.runs.rglob("job.json")
    assert not [path for path in (*state, *run_files) if b"PYTHONNOUSERSITE" in path.read_bytes()]


def test_a_notebook_that_is_none_by_the_time_it_runs(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook("n.ipynb", "import time; time.sleep(1)", ("x = 1", "results"))
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    run_id = folder.submit()
    folder.write("n.ipynb", "{not json")
    assert lab.wait(run_id)["nodes"]["n"]["results"] == {"x": 1}, "a run uses the file as it was at submit"


def test_a_long_cell_after_a_quick_one_is_told(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook("n.ipynb", "quick = 1", "quick = 2", "import time; time.sleep(4)")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    run_id = folder.submit()
    lab.until(run_id, lambda run: (run["nodes"]["n"]["state"], run["nodes"]["n"]["cell"]) == ("running", 3), 20)
    assert lab.wait(run_id)["state"] == "succeeded"
