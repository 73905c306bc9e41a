"""Files become columns, whatever wrote them; labels join by id; a key changes only with what it stands for."""

from __future__ import annotations

import builtins
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.errors import OutsideWorkspace
from mlops_ext.monitoring import data, places
from mlops_ext.monitoring.batches import batches
from mlops_ext.monitoring.places import label_files, natural
from mlops_ext.monitoring.roles import Roles, word
from mlops_ext.paths import Workspace, expand, workspace_at

FRAME = pd.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "age": [31.0, None, 50.5, 1e9],
        "channel": ["web", None, 'Ünïcödé, "quoted"', "1"],
        "label": [1, 0, None, 1],
        "unused": [[1], {"a": 2}, None, "x"],
    }
)


def _document(path: str = "data.csv", **batches_: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "model": {"name": "m", "path": "m.joblib"},
        "problem": "binary",
        "columns": {"features": {"age": "numeric", "channel": "category"}, "id": "id", "target": "label"},
        "baseline": {"path": path},
        "batches": {"path": path, **batches_},
    }


def _write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in json.loads(frame.to_json(orient="records"))))
    else:
        frame.drop(columns="unused", errors="ignore").to_parquet(path)
    return path


def _load(folder: Path, document: dict[str, Any], place: int = -1) -> data.Sides:
    workspace = workspace_at(folder)
    return data.load(workspace, folder, document, batches(workspace, folder, document)[place])


def _texts(table: data.Table, column: str) -> list[str | None]:
    words = table.words[column]
    return [None if code < 0 else words.names[code] for code in words.codes]


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl", "data.parquet"])
def test_all_formats_read_alike(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name, FRAME)
    for table in (_load(tmp_path, _document(name)).baseline, _load(tmp_path, _document(name)).current):
        assert table.rows == 4 and not table.has("unused")
        assert table.numbers["age"] == pytest.approx(FRAME["age"].to_numpy(), nan_ok=True)
        assert _texts(table, "channel") == ["web", None, 'Ünïcödé, "quoted"', "1"]
        assert _texts(table, "label") == ["1", "0", None, "1"]
        assert _texts(table, "id") == ["1", "2", "3", "4"]


def test_parquet_without_pyarrow_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "data.parquet", FRAME)
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(data.Unreadable, match="needs pyarrow") as caught:
        data.read(tmp_path / "data.parquet", None)
    assert "pip install pyarrow" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        ("1.0", "1"),
        ("1.50", "1.50"),
        (-2.0, "-2"),
        ("007", "007"),
        (True, "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("yes", "yes"),
        (0.5, "0.5"),
        ("1.0.0", "1.0.0"),
        ("", ""),
    ],
)
def test_the_same_class_is_the_same_text_whoever_wrote_it(value: Any, text: str) -> None:
    assert word(value) == text


@given(st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), st.text()))
def test_words_are_words_of_themselves(value: Any) -> None:
    assert word(word(value)) == word(value)


@given(
    st.lists(st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=3), st.lists(st.integers(), max_size=2)))
)
def test_any_column_can_be_numbers_and_words(values: list[Any]) -> None:
    series = pd.Series(values, dtype=object)
    numbers, foreign = data.as_numbers(series)
    words = data.as_words(series)
    assert numbers.shape == words.codes.shape == (len(values),)
    assert foreign is None or (foreign <= np.isnan(numbers)).all()
    assert words.codes.max(initial=-1) < len(words.names)
    assert (words.present == series.notna().to_numpy()).all()


def test_labels_that_come_apart_join_by_id_and_win(tmp_path: Path) -> None:
    _write(tmp_path, "data.csv", FRAME)
    _write(tmp_path, "labels/2.csv", pd.DataFrame({"id": ["1.0", "3"], "label": [0, 1], "other": [1, 2]}))
    _write(tmp_path, "labels/10.csv", pd.DataFrame({"id": [3, 99], "label": [0, 1]}))
    document = _document(labels={"path": "labels/*.csv"})
    assert [path.name for path in label_files(workspace_at(tmp_path), tmp_path, document)] == ["2.csv", "10.csv"]
    sides = _load(tmp_path, document)
    # 1 and 3 from the files, the later one for 3; 2 and 4 from the batch.
    assert _texts(sides.current, "label") == ["0", "0", "0", "1"]
    assert _texts(sides.baseline, "label") == ["1", "0", None, "1"]
    _write(tmp_path, "labels/11.csv", pd.DataFrame({"key": [3], "label": [0]}))
    sides = _load(tmp_path, document)
    assert sides.no_labels is not None and sides.no_labels.message == "The file of labels 11.csv has no column id."
    assert _texts(sides.current, "label") == ["1", "0", None, "1"], "those of the batch itself"


def test_a_folder_of_labels_is_looked_through_again_when_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "FRESH_NANOSECONDS", 0)
    looked: list[str] = []
    monkeypatch.setattr(places, "expand", lambda *given: looked.append(given[2]) or expand(*given))
    workspace = workspace_at(tmp_path)

    def names(pattern: str) -> list[str]:
        document = {"batches": {"path": "scored/*.csv", "labels": {"path": pattern}}}
        return [path.name for path in label_files(workspace, tmp_path, document)]

    (tmp_path / "labels").mkdir()
    assert names("labels/*.csv") == []
    for name in ("1.csv", "2.csv"):
        time.sleep(0.02)  # a tick of the file system's clock
        (tmp_path / "labels" / name).write_text("id,label\n")
        assert names("labels/*.csv")[-1] == name
    count = len(looked)
    assert names("labels/*.csv") == ["1.csv", "2.csv"] and len(looked) == count
    (tmp_path / "labels" / "deep").mkdir()
    (tmp_path / "labels" / "deep" / "3.csv").write_text("id,label\n")
    for pattern in ("labels/**/*.csv", "labels", "*/*.csv"):
        count = len(looked)
        assert names(pattern) == names(pattern) and len(looked) == count + 2, pattern
    monkeypatch.setattr(places, "FRESH_NANOSECONDS", 10**12)
    count = len(looked)
    assert names("labels/*.csv") == names("labels/*.csv") and len(looked) == count + 2, "too young to be believed"


def test_a_table_is_split_by_a_column(tmp_path: Path) -> None:
    frame = FRAME.assign(month=["2026-9", "2026-10", "2026-9", None])
    _write(tmp_path, "data.csv", frame)
    document = _document(by="month")
    workspace = workspace_at(tmp_path)
    found = batches(workspace, tmp_path, document)
    assert [(batch.id, batch.value, batch.path) for batch in found] == [
        ("2026-9", "2026-9", "data.csv"),
        ("2026-10", "2026-10", "data.csv"),
    ]
    assert _texts(_load(tmp_path, document, 0).current, "id") == ["1", "3"]
    with pytest.raises(data.Unreadable, match="no column week"):
        batches(workspace, tmp_path, _document(by="week"))


def test_batches_are_ordered_as_people_do_and_stay_inside(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "inside", tmp_path / "state")
    for name in ("inside/scored/10.csv", "inside/scored/9.csv", "inside/scored/9.txt", "secret.csv"):
        _write(tmp_path, name if name.endswith(".csv") else "inside/scored/x.csv", FRAME)
    (tmp_path / "inside/scored/link.csv").symlink_to(tmp_path / "secret.csv")
    found = batches(workspace, tmp_path / "inside", _document("scored/*.csv"))
    assert [batch.id for batch in found] == ["scored/9.csv", "scored/10.csv", "scored/x.csv"]
    with pytest.raises(OutsideWorkspace):
        batches(workspace, tmp_path / "inside", _document("../*.csv"))


@given(st.lists(st.text("ab019-./", max_size=8), max_size=6))
def test_the_natural_order_is_an_order(names: list[str]) -> None:
    assert sorted(names, key=natural) == sorted(reversed(names), key=natural) or len(set(names)) < len(names)


def test_a_key_changes_with_what_it_stands_for_and_nothing_else(tmp_path: Path) -> None:
    _write(tmp_path, "reference.csv", FRAME)
    for name in ("1", "2"):
        _write(
            tmp_path, f"scored/{name}.csv", FRAME.assign(id=[f"{name}{row}" for row in range(4)]).drop(columns="label")
        )
    document = {**_document("scored/*.csv", labels={"path": "labels/*.csv"}), "baseline": {"path": "reference.csv"}}
    workspace = workspace_at(tmp_path)
    one, two = batches(workspace, tmp_path, document)

    def prints() -> tuple[dict[str, str], dict[str, str]]:
        return tuple(data.fingerprint(workspace, tmp_path, document, batch) for batch in (one, two))  # type: ignore[return-value]

    first = prints()
    assert first[0]["batch"] != first[1]["batch"] and first[0]["labels"] == first[1]["labels"]
    _write(tmp_path, "labels/1.csv", pd.DataFrame({"id": ["10"], "label": [1]}))
    second = prints()
    assert second[0]["labels"] != first[0]["labels"] and second[1] == first[1]
    _write(tmp_path, "reference.csv", FRAME.head(3))
    assert prints()[0]["baseline"] != second[0]["baseline"]


def test_a_row_of_another_part_changes_no_key(tmp_path: Path) -> None:
    frame = FRAME.drop(columns="unused").assign(month=["9", "10", "9", "10"])
    document = _document(by="month")
    workspace = workspace_at(tmp_path)
    _write(tmp_path, "data.csv", frame)
    nine = batches(workspace, tmp_path, document)[0]
    before = data.fingerprint(workspace, tmp_path, document, nine)
    _write(tmp_path, "data.csv", pd.concat([frame, frame.tail(1).assign(id=5)]))
    assert data.fingerprint(workspace, tmp_path, document, nine)["batch"] == before["batch"]
    _write(tmp_path, "data.csv", pd.concat([frame, frame.head(1).assign(id=5)]))
    assert data.fingerprint(workspace, tmp_path, document, nine)["batch"] != before["batch"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_an_accepted_batch_is_a_baseline_with_its_labels(tmp_path: Path, suffix: str) -> None:
    _write(tmp_path, "data.csv", FRAME.drop(columns="label"))
    _write(tmp_path, "labels/1.csv", pd.DataFrame({"id": [1, 2, 3], "label": [1, 0, 1]}))
    document = _document(labels={"path": "labels/*.csv"})
    workspace = workspace_at(tmp_path)
    (batch,) = batches(workspace, tmp_path, document)
    target = tmp_path / f"accepted{suffix}"
    assert data.write_baseline(workspace, tmp_path, document, batch, target) == 4
    frame = data.read(target, None)
    assert "unused" in frame.columns
    accepted = data.table(frame, Roles.read(document))
    assert _texts(accepted, "label") == ["1", "0", "1", None]
    assert accepted.numbers["age"] == pytest.approx(FRAME["age"].to_numpy(), nan_ok=True)


@pytest.mark.parametrize("name", ["bad.csv", "bad.jsonl", "bad.parquet", "bad.xlsx", "folder.csv"])
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, name: str) -> None:
    if name.startswith("folder"):
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(b'\xff\xfe{"a": [1, "\n\x00')
    with pytest.raises(data.Unreadable) as caught:
        data.read(tmp_path / name, None)
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message
