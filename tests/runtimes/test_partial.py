"""Runs of a part of a pipeline: what is chosen runs, and the last success of the others stands for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import BadRequest, Conflict, MlopsError
from mlops_ext.submit import preview

from .lab import Folder, Lab

LOAD = """
from pathlib import Path
rows = len(Path("raw.txt").read_text().split())
Path("clean.txt").write_text("clean " * rows)
"""
TRAIN = """
from pathlib import Path
score = rows * 10
Path("model.txt").write_text(Path("clean.txt").read_text() + str(score))
"""


def chain(lab: Lab, **fields: Any) -> Folder:
    """load → train → report, of notebooks; train takes a result and a file of load."""
    folder = lab.folder()
    folder.write("raw.txt", "a b c")
    folder.notebook("load.ipynb", (LOAD, "results"))
    folder.notebook("train.ipynb", ("rows = 0", "parameters"), (TRAIN, "results"))
    folder.notebook("report.ipynb", ("score = 0", "parameters"), ("told = score", "results"))
    nodes = {
        "load": notebook("load", files=["raw.txt"], outputs=["clean.txt"]),
        "train": notebook("train", parameters={"rows": {"from": "nodes.load.results.rows"}}, outputs=["model.txt"]),
        "report": notebook("report", parameters={"score": {"from": "nodes.train.results.score"}}),
    }
    folder.pipeline(nodes, [("load", "train"), ("train", "report")], **fields)
    return folder


def notebook(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": "notebook", "path": f"{name}.ipynb", **fields}


def states(run: dict[str, Any]) -> dict[str, str]:
    return {name: node["reason"] or node["state"] for name, node in run["nodes"].items()}


def refused(folder: Folder, kind: type[MlopsError] = BadRequest, **options: Any) -> MlopsError:
    """The error is the same when only asked what would run, and no run begins."""
    with folder.lab.store() as store:
        before = len(store.runs(limit=1000)[0])
    with pytest.raises(kind) as caught:
        preview(None, folder.path / "p.pipeline", **options)
    with pytest.raises(kind) as again:
        folder.submit(**options)
    assert (caught.value.code, caught.value.message) == (again.value.code, again.value.message)
    with folder.lab.store() as store:
        assert len(store.runs(limit=1000)[0]) == before
    return again.value


@pytest.mark.parametrize("mode", ["in-place", "isolated"])
def test_each_way_to_choose(lab: Lab, mode: str) -> None:
    folder = chain(lab)
    whole = folder.run(mode=mode, reuse=False)
    assert whole["select"] is None and whole["state"] == "succeeded"
    assert whole["nodes"]["report"]["results"] == {"told": 30}

    only = folder.run(mode=mode, select={"only": "train"}, reuse=False)
    assert only["select"] == {"only": "train"} and only["state"] == "succeeded"
    assert states(only) == {"load": "not-selected", "train": "succeeded", "report": "not-selected"}
    assert only["nodes"]["train"]["results"] == {"score": 30}
    assert only["nodes"]["train"]["outputs"] == whole["nodes"]["train"]["outputs"]

    after = folder.run(mode=mode, select={"from": "train"}, reuse=False)
    assert states(after) == {"load": "not-selected", "train": "succeeded", "report": "succeeded"}
    assert after["nodes"]["report"]["results"] == {"told": 30}

    until = folder.run(mode=mode, select={"to": "train"}, reuse=False)
    assert states(until) == {"load": "succeeded", "train": "succeeded", "report": "not-selected"}
    nodes = preview(None, folder.path / "p.pipeline", mode=mode, select={"to": "train"}, reuse=False)
    assert [(node["id"], node["action"]) for node in nodes] == [("load", "run"), ("train", "run"), ("report", "skip")]


def test_what_failed_goes_on_from_its_own_run(lab: Lab) -> None:
    """Not from what ran since; with the parameters that it had."""
    folder = lab.folder()
    folder.write("load.sh", """echo "{\\"name\\": \\"rows\\", \\"value\\": $MLOPS_PARAM_SIZE}" >> "$MLOPS_RESULTS"\n""")
    folder.write("train.sh", 'echo "$MLOPS_PARAM_ROWS $MLOPS_PARAM_SIZE" >> trained\n[ ! -e broken ]\n')
    folder.write("end.sh", "true\n")
    folder.write("broken", "")
    size = {"from": "parameters.size"}
    folder.pipeline(
        {
            "load": {"type": "script", "path": "load.sh", "parameters": {"size": size}},
            "train": {
                "type": "script",
                "path": "train.sh",
                "parameters": {"rows": {"from": "nodes.load.results.rows"}, "size": size},
            },
            "end": {"type": "script", "path": "end.sh"},
        },
        [("load", "train"), ("train", "end")],
        parameters={"size": {"type": "integer", "default": 1}},
    )
    failed = folder.run(parameters={"size": 5})
    assert states(failed) == {"load": "succeeded", "train": "error", "end": "upstream"}
    folder.run(select={"only": "load"}, parameters={"size": 7})
    (folder.path / "broken").unlink()
    again = folder.run(select={"failed": failed["id"]})
    assert again["select"] == {"failed": failed["id"]} and again["parameters"] == {"size": 5}
    assert states(again) == {"load": "not-selected", "train": "succeeded", "end": "succeeded"}
    assert (folder.path / "trained").read_text().split("\n") == ["5 5", "5 5", ""]
    assert refused(folder, select={"failed": again["id"]}).code == "nothing-failed"


def test_a_run_that_goes_on_is_not_run_again(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("wait.sh", "while [ ! -e go ]; do sleep 0.05; done\n")
    folder.pipeline({"wait": {"type": "script", "path": "wait.sh"}})
    run_id = folder.submit()
    lab.node_running(run_id, "wait")
    assert refused(folder, Conflict, select={"failed": run_id}).code == "run-active"
    (folder.path / "go").touch()
    lab.wait(run_id)
    folder.pipeline({"wait": {"type": "script", "path": "wait.sh"}}, name="other.pipeline")
    with pytest.raises(BadRequest) as caught:
        folder.submit("other.pipeline", select={"failed": run_id})
    assert caught.value.code == "other-pipeline"


def test_what_is_lacking_is_told_before_anything_runs(lab: Lab) -> None:
    folder = chain(lab)
    error = refused(folder, select={"only": "train"})
    assert (error.code, error.node) == ("no-earlier-run", "load")
    assert error.message == "There is no result rows of load yet, and train takes it as rows."
    folder.run(select={"to": "load"})
    folder.run(select={"only": "train"})
    (folder.path / "clean.txt").unlink()
    error = refused(folder, select={"only": "train"}, reuse=False)
    assert (error.code, error.message) == (
        "no-earlier-run",
        "There is no clean.txt, which load makes and train comes after.",
    )
    error = refused(folder, select={"only": "train"}, mode="isolated", reuse=False)
    assert error.code == "no-earlier-run" and error.node == "load"
    assert refused(folder, select={"only": "nobody"}).code == "unknown-node"


def test_a_result_that_is_gone_is_lacking(lab: Lab) -> None:
    """Also where only a condition depends on it."""
    folder = lab.folder()
    folder.write("ok.sh", "true\n")
    when = {"result": "auc", "op": ">", "value": 0.5}
    nodes = {name: {"type": "script", "path": "ok.sh"} for name in ("first", "then")}
    folder.pipeline(nodes, [{"from": "first", "to": "then", "when": when}])
    folder.run()
    error = refused(folder, select={"only": "then"})
    assert error.message == "There is no result auc of first yet, and whether then runs depends on it."


def test_what_is_wrong_elsewhere_does_not_matter(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("ok.sh", "true\n")
    folder.pipeline(
        {"ok": {"type": "script", "path": "ok.sh"}, "bad": {"type": "notebook", "path": "gone.ipynb"}},
        [("ok", "bad")],
    )
    with pytest.raises(MlopsError):
        folder.submit()
    assert states(folder.run(select={"only": "ok"})) == {"ok": "succeeded", "bad": "not-selected"}


def test_only_what_runs_is_waited_for(lab: Lab) -> None:
    """A part that makes nothing does not wait for a run that makes what the whole would."""
    folder = lab.folder()
    folder.write("make.sh", "while [ ! -e go ]; do sleep 0.05; done\necho x > out\n")
    folder.write("ok.sh", "true\n")
    nodes = {
        "make": {"type": "script", "path": "make.sh", "outputs": ["out"]},
        "ok": {"type": "script", "path": "ok.sh"},
    }
    folder.pipeline(nodes)
    first = folder.submit()
    lab.node_running(first, "make")
    assert folder.run(select={"only": "ok"})["state"] == "succeeded"
    second = folder.submit(select={"only": "make"})
    waiting = lab.until(second, lambda run: run["reason"] == "output-busy")
    assert (waiting["state"], waiting["started"]) == ("queued", None)
    Path(folder.path / "go").touch()
    assert lab.wait(first)["state"] == lab.wait(second)["state"] == "succeeded"
