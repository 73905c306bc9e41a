"""What has not changed does not run again; what was changed behind our back does, and nobody's bytes are lost."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.errors import InvalidPipeline
from mlops_ext.runtimes.local.objects import Objects
from mlops_ext.secrets import SecretStore
from mlops_ext.submit import delete, preview

from .lab import Folder, Lab


def _chain(lab: Lab, **train: Any) -> Folder:
    """load makes data, train reads it and makes a model; with a parameter and a result that is passed on."""
    folder = lab.folder()
    folder.write("raw.csv", "a\n1\n2\n")
    folder.notebook("load.ipynb", "import shutil\nshutil.copy('raw.csv', 'clean.csv')", ("rows = 2", "results"))
    folder.notebook(
        "train.ipynb",
        ("cutoff = 0.1\nrows = 0", "parameters"),
        "open('model.txt', 'w').write(open('clean.csv').read() + str(cutoff))",
        ("auc = cutoff * 2", "results"),
    )
    document(folder, **train)
    return folder


def document(folder: Folder, **train: Any) -> None:
    folder.pipeline(
        {
            "load": {"type": "notebook", "path": "load.ipynb", "outputs": ["clean.csv"]},
            "train": {
                "type": "notebook",
                "path": "train.ipynb",
                "outputs": ["model.txt"],
                "parameters": {"cutoff": {"from": "parameters.cutoff"}, "rows": {"from": "nodes.load.results.rows"}},
                **train,
            },
        },
        [("load", "train")],
        parameters={"cutoff": {"type": "number", "default": 0.5}},
    )


def reused(run: dict[str, Any]) -> set[str]:
    assert run["state"] == "succeeded", run["error"]
    return {name for name, node in run["nodes"].items() if node["reused"]}


def expected(folder: Folder, **options: Any) -> dict[str, tuple[Any, Any]]:
    """What a run would do, as its screen and command say it."""
    return {
        str(node["id"]): (node["action"], node["code"]) for node in preview(None, folder.path / "p.pipeline", **options)
    }


def test_an_unchanged_run_is_reused_whole(lab: Lab) -> None:
    folder = _chain(lab)
    assert expected(folder) == {"load": ("run", "first-run"), "train": ("run", "upstream")}
    first = folder.run()
    assert reused(first) == set()
    assert expected(folder) == {"load": ("reuse", None), "train": ("reuse", None)}
    second = folder.run()
    assert reused(second) == {"load", "train"}
    for name, node in second["nodes"].items():
        before = first["nodes"][name]
        assert node["reused_from"] == first["id"] and node["attempts"] == 0
        assert (node["results"], node["outputs"]) == (before["results"], before["outputs"])
        # Notebook and log are at hand in the run itself.
        assert node["notebook"] == f"{name}/0/notebook.ipynb"
        assert lab.file(second["id"], node["notebook"]).read_bytes() == lab.notebook_bytes(first["id"], name)
        assert lab.file(second["id"], node["log"]).is_file()
    assert second["seconds"] is not None
    # The earlier runs may go; what they gave stays.
    delete(lab.workspace, first["id"])
    third = folder.run()
    assert reused(third) == {"load", "train"} and third["nodes"]["load"]["reused_from"] == first["id"]
    assert json.loads(lab.file(third["id"], "load/0/trace.json").read_text())["provable"]


def test_only_what_a_change_touches_runs(lab: Lab) -> None:
    folder = _chain(lab)
    folder.run()
    assert expected(folder, parameters={"cutoff": 0.7}) == {
        "load": ("reuse", None),
        "train": ("run", "changed-parameters"),
    }
    run = folder.run(parameters={"cutoff": 0.7})
    assert reused(run) == {"load"} and run["nodes"]["train"]["results"] == {"auc": 1.4}
    because = {"code": "changed-parameters", "reason": "The parameter cutoff has changed.", "detail": "cutoff"}
    assert json.loads(lab.file(run["id"], "train/1/trace.json").read_text())["because"] == because
    # Back to the first value: that success is known still, and its model is put back.
    run = folder.run()
    assert reused(run) == {"load", "train"} and run["nodes"]["train"]["results"] == {"auc": 1.0}
    assert (folder.path / "model.txt").read_text().endswith("0.5")
    folder.notebook("load.ipynb", "open('clean.csv', 'w').write('a\\n1\\n2\\n')", ("rows = 2", "results"))
    assert expected(folder) == {"load": ("run", "changed-code"), "train": ("run", "upstream")}
    run = folder.run()
    assert reused(run) == {"train"}, "load made the same bytes and results again"
    folder.write("raw.csv", "a\n9\n")
    assert reused(folder.run()) == {"load", "train"}, "nobody reads it any more"


def test_what_a_person_asked_for(lab: Lab) -> None:
    folder = _chain(lab)
    folder.run()
    assert expected(folder, reuse=False) == {"load": ("run", "no-reuse"), "train": ("run", "upstream")}
    assert reused(folder.run(reuse=False)) == set()
    document(folder, reuse="never")
    assert expected(folder)["train"] == ("run", "reuse-never")
    assert reused(folder.run()) == {"load"}


def test_a_label_or_a_place_changes_nothing(lab: Lab) -> None:
    folder = _chain(lab)
    folder.run()
    document(folder, label="Train it", description="…", retries=3, timeout="5m", resources={"cpu": 1})
    assert reused(folder.run()) == {"load", "train"}
    notebook = json.loads((folder.path / "train.ipynb").read_text())
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    notebook["cells"][1]["execution_count"] = 7
    notebook["metadata"]["language_info"] = {"name": "python"}
    folder.write("train.ipynb", json.dumps(notebook))
    assert reused(folder.run()) == {"load", "train"}, "outputs and metadata are no code"


def test_a_secret_counts_by_its_version(lab: Lab) -> None:
    folder = lab.folder()
    SecretStore().set("reuse-key", "one-value-of-a-secret")
    folder.notebook("n.ipynb", "import os\nassert os.environ['KEY']")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb", "env": {"KEY": {"secret": "reuse-key"}}}})
    folder.run()
    assert reused(folder.run()) == {"n"}
    SecretStore().set("reuse-key", "one-value-of-a-secret")
    assert expected(folder)["n"] == ("run", "changed-environment")
    assert reused(folder.run()) == set()
    assert b"one-value-of-a-secret" not in lab.workspace.database.read_bytes()


def test_an_output_that_was_deleted_is_put_back(lab: Lab) -> None:
    folder = _chain(lab)
    first = folder.run()
    text = (folder.path / "clean.csv").read_text()
    (folder.path / "clean.csv").unlink()
    assert expected(folder) == {"load": ("reuse", None), "train": ("reuse", None)}
    assert not (folder.path / "clean.csv").exists(), "asking puts nothing back"
    run = folder.run()
    assert reused(run) == {"load", "train"}
    assert (folder.path / "clean.csv").read_text() == text
    assert run["nodes"]["load"]["outputs"] == first["nodes"]["load"]["outputs"]
    assert (folder.path / "clean.csv").stat().st_nlink == 1, "what is kept is never linked to what is used"


def test_bytes_that_nobody_knows_are_not_written_over(lab: Lab) -> None:
    folder = _chain(lab)
    folder.run()
    (folder.path / "model.txt").write_text("edited by hand")
    assert expected(folder)["train"] == ("run", "outputs-lost")
    run = folder.run()
    assert reused(run) == {"load"}, "the node itself makes it anew, as its author wants"
    assert (folder.path / "model.txt").read_text().endswith("0.5")


@pytest.mark.parametrize("damage", ["emptied", "changed", "gone"])
def test_a_damaged_capture_is_noticed(lab: Lab, damage: str) -> None:
    folder = _chain(lab)
    run = folder.run()
    sha256 = run["nodes"]["train"]["outputs"]["model.txt"]["sha256"]
    place = Objects(lab.workspace.state).place(sha256)
    if damage == "gone":
        place.unlink()
        lab.file(run["id"], "train/1/outputs", folder.path.name, "model.txt").unlink()
    else:
        place.chmod(0o600)
        place.write_bytes(b"" if damage == "emptied" else b"x" * place.stat().st_size)
    (folder.path / "model.txt").unlink()
    again = folder.run()
    assert reused(again) == {"load"}
    assert again["nodes"]["train"]["outputs"]["model.txt"]["sha256"] == sha256
    (folder.path / "model.txt").unlink()
    assert reused(folder.run()) == {"load", "train"}, "and is whole again"


@pytest.mark.parametrize("what", ["hashes", "{}", "no json", "[1]"])
def test_damaged_memory_costs_time_only(fresh: Lab, what: str) -> None:
    folder = _chain(fresh)
    folder.run()
    if what == "hashes":
        fresh.kill_engine()
        for path in fresh.workspace.state.glob("hashes.sqlite*"):
            path.write_bytes(b"no database at all" * 100)
        assert reused(folder.run()) == {"load", "train"}
        return
    with fresh.store() as store:
        store._connection.execute("UPDATE evidence SET inputs = ?", (what,))
    assert {action for action, _ in expected(folder).values()} == {"run"}
    assert reused(folder.run()) == set()
    assert reused(folder.run()) == {"load", "train"}


def test_a_restore_stays_inside(lab: Lab, tmp_path: Path) -> None:
    """A folder that became a link to elsewhere gets nothing."""
    folder = lab.folder()
    folder.notebook("n.ipynb", "import os\nos.makedirs('out', exist_ok=True)\nopen('out/x.txt', 'w').write('made')")
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb", "outputs": ["out/x.txt"]}})
    folder.run()
    (folder.path / "out" / "x.txt").unlink()
    (folder.path / "out").rmdir()
    (folder.path / "out").symlink_to(tmp_path)
    with pytest.raises(InvalidPipeline, match="leads out of the workspace"):
        folder.run()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_as_output(lab: Lab) -> None:
    folder = lab.folder()
    folder.notebook(
        "n.ipynb",
        "import os\nos.makedirs('model', exist_ok=True)\nfor i in range(3):\n    open(f'model/{i}', 'w').write(str(i))",
    )
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb", "outputs": ["model"]}})
    folder.run()
    assert reused(folder.run()) == {"n"}
    (folder.path / "model" / "1").write_text("other")
    assert reused(folder.run()) == set()


def test_isolated_nodes_are_reused_by_what_they_declare(lab: Lab) -> None:
    folder = _chain(lab)
    document(folder)
    text = json.loads((folder.path / "p.pipeline").read_text())
    text["nodes"]["load"]["files"] = ["raw.csv"]
    folder.write("p.pipeline", json.dumps(text))
    folder.run(mode="isolated")
    assert expected(folder, mode="isolated") == {"load": ("reuse", None), "train": ("reuse", None)}
    run = folder.run(mode="isolated")
    assert reused(run) == {"load", "train"}
    assert lab.file(run["id"], "load/0/outputs", folder.path.name, "clean.csv").is_file()
    assert not (folder.path / "clean.csv").exists(), "the workspace is not touched"
    run = folder.run(mode="isolated", parameters={"cutoff": 0.9})
    assert reused(run) == {"load"}, "train gets what load made, from where it was reused"
    folder.write("raw.csv", "a\n3\n")
    assert reused(folder.run(mode="isolated")) == set()


def test_always_is_for_what_cannot_be_proved(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("in.txt", "1")
    folder.notebook("n.ipynb", "import socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\nopen('in.txt').read()")
    node = {"type": "notebook", "path": "n.ipynb"}
    folder.pipeline({"n": node})
    folder.run()
    assert expected(folder)["n"] == ("run", "not-provable")
    folder.pipeline({"n": {**node, "reuse": "always"}})
    assert reused(folder.run()) == {"n"}
    folder.write("in.txt", "2")
    assert reused(folder.run()) == set()


@pytest.mark.parametrize("megabytes", [100, pytest.param(1024, marks=pytest.mark.slow)])
def test_inputs_that_have_not_changed_are_not_read_again(lab: Lab, megabytes: int) -> None:
    """Neither by who submits nor by the engine, also where a node runs that declares them; counted by the system."""
    folder = lab.folder()
    large, size = folder.path / "large.bin", megabytes << 20
    with large.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))
    time.sleep(2.1)  # who was changed a moment ago is not believed
    for name in ("same", "other"):
        folder.write(f"{name}.py", "print(1)\n")
    node = {"type": "script", "files": ["large.bin"]}
    folder.pipeline({name: {**node, "path": f"{name}.py"} for name in ("same", "other")})
    folder.run()
    before = bytes_read(lab)
    assert {action for action, _ in expected(folder).values()} == {"reuse"}
    assert reused(folder.run()) == {"same", "other"}
    folder.write("other.py", "print(2)\n")
    run = folder.run()
    assert reused(run) == {"same"}
    with large.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    assert run["provenance"]["files"][f"{folder.path.name}/large.bin"] == {"sha256": digest, "bytes": size}
    assert bytes_read(lab) - before < size * 1.5, "but for this test itself nobody has read it"
    status = large.stat()
    with large.open("r+b") as file:
        byte = file.read(1)
        file.seek(0)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(large, ns=(status.st_atime_ns, status.st_mtime_ns))
    before = bytes_read(lab)
    assert reused(folder.run()) == set()
    assert bytes_read(lab) - before > size


def bytes_read(lab: Lab) -> int:
    """What this process and the engine have read, with their children that have ended."""
    texts = [Path(f"/proc/{pid}/io").read_text() for pid in (os.getpid(), lab.engine().pid)]
    return sum(int(text.split()[1]) for text in texts)


def test_packages_that_ask_for_versions_look_at_no_files(lab: Lab) -> None:
    """As scikit-learn and others do on import: a file that is new beside the notebook is none of their business."""
    folder = lab.folder()
    folder.notebook("n.ipynb", "import sklearn.utils, joblib, matplotlib.pyplot, pandas\nx = 1", ("x = 1", "results"))
    folder.pipeline({"n": {"type": "notebook", "path": "n.ipynb"}})
    folder.run()
    folder.write("new.csv", "1")
    assert expected(folder)["n"] == ("reuse", None)
