"""Isolated runs see what is declared and nothing else, and keep apart."""

from __future__ import annotations

import pytest

from mlops_ext.errors import InvalidPipeline

from .lab import Lab


def test_only_what_is_declared_is_there(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("data/in.csv", "1,2\n")
    folder.write("data/other.csv", "3\n")
    folder.write("pkg/helper.py", "VALUE = 7\n")
    folder.write("undeclared.txt", "x\n")
    folder.notebook(
        "make.ipynb",
        "import os\nfrom pkg import helper\nopen('out/made.txt', 'w').write(open('data/in.csv').read() * helper.VALUE)",
        (
            "found = sorted(os.path.join(d, f) for d, _, fs in os.walk('.') for f in fs if '__pycache__' not in d)",
            "results",
        ),
    )
    folder.notebook(
        "use.ipynb", ("size = len(open('out/made.txt').read())\nimport os\nhere = os.listdir('.')", "results")
    )
    folder.pipeline(
        {
            "make": {
                "type": "notebook",
                "path": "make.ipynb",
                "files": ["data/in*.csv", "pkg"],
                "outputs": ["out/made.txt"],
            },
            "middle": {"type": "script", "path": "ok.sh"},
            "use": {"type": "notebook", "path": "use.ipynb"},
        },
        [("make", "middle"), ("middle", "use")],
    )
    folder.write("ok.sh", "[ ! -e undeclared.txt ]\n")
    run = folder.run(mode="isolated")
    nodes = run["nodes"]
    assert run["state"] == "succeeded", run["error"]
    assert nodes["make"]["results"]["found"] == ["./data/in.csv", "./make.ipynb", "./out/made.txt", "./pkg/helper.py"]
    assert nodes["use"]["results"] == {"size": 28, "here": ["out", "use.ipynb"]}, "outputs of all ancestors"
    assert not (folder.path / "out").exists(), "the workspace is not touched"
    assert run["mode"] == "isolated"
    assert lab.file(run["id"], "make", "1", "outputs", folder.path.name, "out", "made.txt").read_text() == "1,2\n" * 7
    assert set(run["provenance"]["files"]) == {f"{folder.path.name}/data/in.csv", f"{folder.path.name}/pkg/helper.py"}


def test_eight_at_once_keep_apart(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", 'echo "$MLOPS_RUN_ID" > out.csv\nsleep 0.5\necho "$MLOPS_RUN_ID" >> out.csv\n')
    folder.write("t.sh", 'cat out.csv | while read id; do [ "$id" = "$MLOPS_RUN_ID" ] || exit 1; done\n')
    folder.pipeline(
        {"s": {"type": "script", "path": "s.sh", "outputs": ["out.csv"]}, "t": {"type": "script", "path": "t.sh"}},
        [("s", "t")],
    )
    ids = [folder.submit(mode="isolated") for _ in range(8)]
    runs = [lab.wait(run_id) for run_id in ids]
    assert [run["state"] for run in runs] == ["succeeded"] * 8
    for run in runs:
        made = lab.file(run["id"], "s", "1", "outputs", folder.path.name, "out.csv")
        assert made.read_text().split() == [run["id"]] * 2
    spans = sorted((run["started"], run["finished"]) for run in runs)
    assert spans[1][0] < spans[0][1], "at the same time"


def test_each_attempt_begins_afresh(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", '[ ! -e left ] || exit 9\ntouch left\n[ "$MLOPS_ATTEMPT" = 2 ]\n')
    folder.pipeline({"s": {"type": "script", "path": "s.sh", "retries": 1}})
    node = folder.run(mode="isolated")["nodes"]["s"]
    assert (node["state"], node["attempts"]) == ("succeeded", 2)


def test_a_file_that_another_node_makes_need_not_be_there_yet(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "echo made > made.txt\n")
    folder.write("t.sh", "cat made.txt\n")
    folder.pipeline(
        {
            "s": {"type": "script", "path": "s.sh", "outputs": ["made.txt"]},
            "t": {"type": "script", "path": "t.sh", "files": ["made.txt"]},
        },
        [("s", "t")],
    )
    assert folder.run(mode="isolated")["state"] == "succeeded"
    folder.pipeline({"t": {"type": "script", "path": "t.sh", "files": ["gone.txt"]}})
    with pytest.raises(InvalidPipeline, match=r"gone\.txt"):
        folder.submit(mode="isolated")


def test_an_output_that_is_a_folder_and_one_that_is_a_link_out(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("s.sh", "mkdir -p model/sub\necho 1 > model/a\necho 2 > model/sub/b\n")
    folder.write("l.sh", "ln -s /etc/passwd link.txt\n")
    folder.pipeline({"s": {"type": "script", "path": "s.sh", "outputs": ["model"]}})
    run = folder.run(mode="isolated")
    assert run["nodes"]["s"]["outputs"]["model"]["bytes"] == 4
    assert lab.file(run["id"], "s", "1", "outputs", folder.path.name, "model", "sub", "b").read_text() == "2\n"
    folder.pipeline({"l": {"type": "script", "path": "l.sh", "outputs": ["link.txt"]}})
    node = folder.run(mode="isolated")["nodes"]["l"]
    assert (node["state"], node["reason"]) == ("failed", "output-missing"), "what leads out is no output"
