"""DAGs and files in an object store: brought there, read by Airflow, written by its workers, opened here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_ext.runtimes.airflow.files import FileStore
from mlops_ext.runtimes.airflow.probe import probe
from mlops_ext.runtimes.airflow.worker.stores import Store
from mlops_ext.runtimes.registry import Registry
from tests.airflow.conftest import Yard, below
from tests.airflow.fixture import Objects, RealAirflow
from tests.runtimes.lab import Folder

pytestmark = pytest.mark.timeout(240)
COUNT = 'wc -c < made/out.txt > count.txt\necho \'{"name": "done", "value": true}\' >> "$MLOPS_RESULTS"\n'


@pytest.fixture(scope="module")
def remote(yard: Yard, airflow: RealAirflow, objects: Objects) -> Iterator[Store]:
    """A runtime `objects` whose DAGs and files lie in the store; the store itself."""
    airflow.set_connection(
        "store",
        conn_type="aws",
        login=objects.key,
        password=objects.secret,
        extra=json.dumps({"endpoint_url": objects.endpoint, "region_name": "us-east-1"}),
    )
    told = {"url": f"{objects.url}/dags", "options": objects.options}
    (airflow.home / "objects.json").write_text(json.dumps(told), encoding="utf-8")
    document = airflow.runtime(
        delivery={"kind": "object", "url": f"{objects.url}/dags", "connection": None},
        files={"url": f"{objects.url}/files", "connection": "store"},
    )
    Registry().save("objects", document)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in objects.environment.items():
            patch.setenv(name, value)
        yard.follow("objects")
        yield Store(objects.url)
    (airflow.home / "objects.json").unlink()


def pipeline(folder: Folder, text: str) -> None:
    made = f"import os\nprint({text!r})\nos.makedirs('made')\nopen('made/out.txt', 'w').write('x' * n)"
    folder.notebook("load.ipynb", ("n = 1", "parameters"), made, ("rows = n * 2", "results"))
    folder.write("count.sh", COUNT)
    folder.notebook("bad.ipynb", "print('so far')", "raise ValueError('no such luck')")
    folder.pipeline(
        {
            "load": {"type": "notebook", "path": "load.ipynb", "outputs": ["made"], "parameters": {"n": {"value": 5}}},
            "count": {"type": "script", "path": "count.sh", "outputs": ["count.txt"]},
            "bad": {"type": "notebook", "path": "bad.ipynb"},
        },
        [("load", "count")],
        "stored.pipeline",
    )


def test_there_and_back(yard: Yard, airflow: RealAirflow, objects: Objects, remote: Store) -> None:
    lines = {line["step"]: line for line in probe(Registry().get("objects"))}
    assert {line["state"] for line in lines.values()} == {"ok"}, lines
    folder = yard.folder()
    pipeline(folder, "größer")
    there, here = folder.submit("stored.pipeline", runtime="objects"), folder.submit("stored.pipeline", mode="isolated")
    away, local = yard.wait(there, 120), yard.wait(here, 60)
    for name in ("load", "count", "bad"):
        for key in ("state", "reason", "results", "outputs", "attempts", "notebook", "log", "cells"):
            assert away["nodes"][name][key] == local["nodes"][name][key], (name, key)
    assert away["nodes"]["bad"]["error"]["message"] == local["nodes"]["bad"]["error"]["message"]
    for name in ("load", "count"):
        assert below(yard.file(there, name, "1", "outputs")) == below(yard.file(here, name, "1", "outputs"))
    assert "größer" in yard.node_log(there, "load")
    assert "so far" in yard.node_log(there, "bad"), "also when a node fails"
    assert "no such luck" in json.dumps(yard.notebook(there, "bad"))
    dag_id, run = away["remote"]["dag_id"], f"mlops__{there}"
    kept = {name.removeprefix(f"{run}/") for name in remote.names(f"files/{dag_id}") if name.startswith(run)}
    assert {"load/1/notebook.ipynb", "load/1/log.txt", "load/1/outputs/t1/made/out.txt", "bad/1/node.json"} <= kept, (
        kept
    )
    assert _in_airflow(airflow, dag_id)["bundle_name"] == "objects"
    for name in remote.names(""):
        assert objects.secret.encode() not in (remote.read(name, 1 << 24) or b""), name
    for path in (airflow.dags, airflow.files, airflow.home / "logs", yard.workspace.folder):
        for file, data in below(path).items():
            assert objects.secret.encode() not in data, file


def test_what_no_run_needs_goes(yard: Yard, remote: Store) -> None:
    folder = yard.folder()
    packages = []
    for text in ("one", "two"):
        folder.write("s.sh", f"echo {text}\n")
        folder.pipeline({"s": {"type": "script", "path": "s.sh"}}, name="pruned.pipeline")
        run = yard.wait(folder.submit("pruned.pipeline", runtime="objects"), 120)
        packages.append(run["remote"]["package"][:12])
        assert run["state"] == "succeeded"
        with yard.store() as store:
            store.delete(run["id"])
    kept = {name.partition("/")[0] for name in remote.names(f"dags/{run['remote']['dag_id']}/pkg")}
    assert kept == {packages[1]}


def test_what_is_opened_is_what_lies_there(remote: Store) -> None:
    """The client of this side, on the store that the workers wrote."""
    files = FileStore(Registry().get("objects"))
    notebooks = [name for name in remote.names("files") if name.endswith("load/1/notebook.ipynb")]
    assert notebooks
    executed = json.loads(files.read(notebooks[0], 1 << 20) or b"{}")
    assert executed["metadata"]["papermill"]["exception"] is None


def _in_airflow(airflow: RealAirflow, dag_id: str) -> dict[str, Any]:
    status, answer = airflow.call("GET", f"dags/{dag_id}/details")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found
