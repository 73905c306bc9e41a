"""Data that is not as a monitor expects it: a status and a sentence, all else computed, nothing red or green for it."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_ext.monitoring import defaults
from tests.monitoring import scenarios

Called = Callable[..., Any]
Rows = list[dict[str, str]]

BATCH = "scored/01.csv"
SLOW = ("domain_auc", "predicted_accuracy_drop")
"""Two checks of the defaults that train a model; what they say of bad data is tested beside them."""


@pytest.fixture
def watched(project: Path) -> Path:
    """A monitor of a batch in order, with the quick ones of the default checks."""
    scenarios.make("relation", project, 1)
    write(project, {})
    return project


def write(folder: Path, changed: dict[str, Any]) -> None:
    document = scenarios.monitor("relation")
    document["checks"] = {name: check for name, check in defaults.checks(document).items() if name not in SLOW}
    (folder / "relation.monitor").write_text(json.dumps(document | changed))


def change(path: Path, how: Callable[[Rows], Rows]) -> None:
    """Rewrites a file with other rows."""
    with path.open(newline="") as file:
        rows = how(list(csv.DictReader(file)))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def without(column: str) -> Callable[[Rows], Rows]:
    return lambda rows: [{name: value for name, value in row.items() if name != column} for row in rows]


def filled(column: str, value: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row | {column: value} for row in rows]


def evaluated(called: Called) -> dict[str, Any]:
    """The evaluation, which fails where it could not be computed, and nowhere else."""
    done = called("monitor", "evaluate", "relation.monitor", "--json")
    answer: dict[str, Any] = done.json
    assert done.code == (1 if answer["status"] == "error" else 0), done.err
    assert "Traceback" not in done.out + done.err
    red = {metric["check"] for metric in answer["metrics"] if metric["verdict"] == "alert"}
    assert (answer["status"] == "alert") == bool(red) == (answer["alert"] is not None)
    return answer


def by_place(answer: dict[str, Any]) -> dict[tuple[str, str | None], dict[str, Any]]:
    return {(metric["check"], metric["column"]): metric for metric in answer["metrics"]}


def unsaid(answer: dict[str, Any]) -> set[str]:
    """The checks of which some value could not be computed; each of those says why."""
    lacking = [metric for metric in answer["metrics"] if metric["value"] is None]
    assert all(metric["verdict"] in ("error", "not_computed") and metric["reason"][-1] == "." for metric in lacking)
    return {metric["check"] for metric in lacking}


def test_in_order_all_is_computed_and_well(watched: Path, called: Called) -> None:
    answer = evaluated(called)
    assert answer["status"] == "ok" and unsaid(answer) == set()


def test_a_missing_column(watched: Path, called: Called) -> None:
    change(watched / BATCH, without("income"))
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["error"] is None
    assert by_place(answer)["ks", "income"]["reason"] == "The batch has no column income."
    assert {metric["column"] for metric in answer["metrics"] if metric["value"] is None} == {"income"}
    told = called("monitor", "evaluate", "relation.monitor")
    assert "The batch has no column income." in told.out and told.code == 1


def test_a_missing_label_prediction_or_group(watched: Path, called: Called) -> None:
    change(watched / BATCH, without("said"))
    answer = evaluated(called)
    assert answer["status"] == "error" and by_place(answer)["ks", "age"]["verdict"] == "ok"
    assert {"accuracy", "f1", "disparate_impact", "equal_opportunity"} <= unsaid(answer)
    assert by_place(answer)["roc_auc", None]["verdict"] == "ok"


def test_a_batch_of_other_types(watched: Path, called: Called) -> None:
    change(watched / BATCH, filled("income", "unknown"))
    answer = evaluated(called)
    places = by_place(answer)
    assert places["ks", "income"]["verdict"] == "error" and "no numbers" in places["ks", "income"]["reason"]
    assert {place for place, one in places.items() if one["verdict"] == "alert"} == {("type_change", "income")}
    assert places["accuracy", None]["verdict"] == "ok" and places["ks", "age"]["verdict"] == "ok"


def test_no_labels_yet(watched: Path, called: Called) -> None:
    change(watched / BATCH, without("buys"))
    answer = evaluated(called)
    assert (answer["status"], answer["labelled"]) == ("no_labels", 0)
    assert unsaid(answer) == {"roc_auc", "accuracy", "f1", "equal_opportunity"}
    assert by_place(answer)["estimated_accuracy", None]["value"] is not None


def test_rows_of_one_class_only(watched: Path, called: Called) -> None:
    change(watched / BATCH, lambda rows: [row for row in rows if row["buys"] == row["said"] == "0"])
    answer = evaluated(called)
    roc = by_place(answer)["roc_auc", None]
    assert roc["verdict"] == "not_computed" and "class" in roc["reason"]
    assert by_place(answer)["accuracy", None]["value"] == 1.0 and by_place(answer)["ks", "income"]["value"] is not None


def test_a_sensitive_group_that_is_absent(watched: Path, called: Called) -> None:
    change(watched / BATCH, filled("sex", "m"))
    answer = evaluated(called)
    assert answer["status"] == "ok" and unsaid(answer) == {"disparate_impact", "equal_opportunity"}
    assert by_place(answer)["disparate_impact", "sex"]["reason"] == "No row of the batch has sex f."


def test_duplicate_ids(watched: Path, called: Called) -> None:
    change(watched / BATCH, lambda rows: [row | {"id": str(number % 250)} for number, row in enumerate(rows)])
    answer = evaluated(called)
    assert by_place(answer)["duplicates", None]["value"] == 0.5 and unsaid(answer) == set()
    assert {metric["check"] for metric in answer["metrics"] if metric["verdict"] == "alert"} == {"duplicates"}


def test_no_rows(watched: Path, called: Called) -> None:
    head = (watched / BATCH).read_text().splitlines()[0]
    (watched / BATCH).write_text(head + "\n")
    answer = evaluated(called)
    assert (answer["status"], answer["rows"]) == ("too_few_rows", 0)


BYTES = {
    "empty": b"",
    "of another alphabet": b"id,age,channel\n1,30,caf\xe9\n",
    "torn": b'id,age\n1,"30\n',
}


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_batch_that_cannot_be_read(watched: Path, called: Called, content: bytes) -> None:
    (watched / BATCH).write_bytes(content)
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["metrics"] == []
    message = answer["error"]["message"]
    assert message.startswith("The batch 01.csv ") and message.endswith(".") and str(watched) not in message


@pytest.mark.parametrize("content", BYTES.values(), ids=BYTES)
def test_a_baseline_that_cannot_be_read(watched: Path, called: Called, content: bytes) -> None:
    (watched / "reference.csv").write_bytes(content)
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["error"]["message"].startswith("The baseline reference.csv ")
    places = by_place(answer)
    assert places["accuracy", None]["value"] > 0.5 and places["disparate_impact", "sex"]["verdict"] == "ok"
    assert places["accuracy", None]["verdict"] == "not_computed", "there is nothing to judge it by"
    assert places["ks", "age"]["verdict"] == "error" and answer["error"]["message"] == places["ks", "age"]["reason"]
    assert unsaid(answer).isdisjoint({"accuracy", "roc_auc", "f1", "duplicates", "equal_opportunity"})


@pytest.mark.parametrize("content", [*BYTES.values(), b"id,other\n1,2\n"], ids=[*BYTES, "without labels"])
def test_labels_that_cannot_be_read(watched: Path, called: Called, content: bytes) -> None:
    (watched / "labels").mkdir()
    (watched / "labels/01.csv").write_text("id,buys\n10000,1\n")
    (watched / "labels/02.csv").write_bytes(content)
    write(watched, {"batches": {"path": "scored/*.csv", "labels": {"path": "labels/*.csv"}, "min_rows": 100}})
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["error"]["message"].startswith("The file of labels 02.csv ")
    assert by_place(answer)["accuracy", None]["reason"] == answer["error"]["message"]
    assert unsaid(answer) == {"roc_auc", "accuracy", "f1", "equal_opportunity"}, (
        "no label is believed, all else is told"
    )
    (watched / "labels/02.csv").unlink()
    assert evaluated(called)["status"] == "ok"


@pytest.mark.parametrize("path", [BATCH, "reference.csv"])
def test_a_file_that_reads_as_something_else(watched: Path, called: Called, path: str) -> None:
    (watched / path).write_bytes(b"\0" * 300)
    answer = evaluated(called)
    assert answer["status"] == "error" and "ks" in unsaid(answer)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 200 + b"PAR1", b"no Parquet at all"])
def test_a_damaged_parquet_file(watched: Path, called: Called, content: bytes) -> None:
    pytest.importorskip("pyarrow")
    (watched / BATCH).unlink()
    (watched / "scored/01.parquet").write_bytes(content)
    write(watched, {"batches": {"path": "scored/*.parquet"}})
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["metrics"] == []
    assert answer["error"]["message"].startswith("The batch 01.parquet ") and answer["error"]["message"].endswith(".")


def test_a_folder_in_place_of_a_file(watched: Path, called: Called) -> None:
    (watched / "reference.csv").unlink()
    (watched / "reference.csv").mkdir()
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["error"]["message"].startswith("The baseline reference.csv ")
    (watched / BATCH).unlink()
    (watched / BATCH).mkdir()
    done = called("monitor", "evaluate", "relation.monitor", "--json")
    assert done.code == 2 and done.json["code"] == "no-batches"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_nobody_may_read(watched: Path, called: Called) -> None:
    (watched / BATCH).chmod(0)
    answer = evaluated(called)
    assert answer["status"] == "error" and answer["error"]["message"].startswith("The batch 01.csv cannot be read")


@pytest.mark.parametrize(
    "schedule",
    [{"cron": "99 * * * *"}, {"cron": "every day"}, {"cron": "0 6 * * *", "timezone": "Mars"}],
)
def test_a_schedule_that_cannot_be(watched: Path, called: Called, schedule: dict[str, str]) -> None:
    write(watched, {"schedule": schedule})
    for command in ("evaluate", "validate"):
        done = called("monitor", command, "relation.monitor", "--json")
        assert done.code == 2
        [issue] = done.json["issues"] if command == "evaluate" else done.json["files"][0]["issues"]
        assert issue["pointer"].startswith("/schedule") and issue["message"].endswith(".")
    assert not (watched / ".mlops/state.sqlite").exists(), "nothing is evaluated by a file that has errors"
