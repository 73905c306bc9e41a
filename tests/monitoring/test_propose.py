"""A draft of a monitor from data: valid, and right for what columns are commonly called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext.monitoring import data
from mlops_ext.monitoring.document import judge
from mlops_ext.monitoring.propose import propose
from tests.monitoring import scenarios


def _proposed(folder: Path, frame: pd.DataFrame, name: str = "data.csv") -> dict[str, Any]:
    frame.to_csv(folder / name, index=False)
    found: dict[str, Any] = propose(folder / name, folder)
    assert judge(found["document"]).issues == ()
    assert [column["name"] for column in found["columns"]] == [str(name) for name in frame.columns]
    return found


def test_a_story_is_recognised(tmp_path: Path) -> None:
    scenarios.make("relation", tmp_path)
    frame = pd.read_csv(tmp_path / "reference.csv").rename(columns={"buys": "label", "said": "prediction"})
    columns = _proposed(tmp_path, frame)["document"]["columns"]
    wanted = scenarios.monitor("relation")["columns"] | {"target": "label", "prediction": "prediction"}
    wanted["features"] = {
        "age": "numeric",
        "income": "numeric",
        "visits": "numeric",
        "channel": "category",
        "sex": "category",
    }
    # Which of two groups of nearly the same size is the larger one is chance.
    columns.pop("sensitive"), wanted.pop("sensitive")
    assert columns == wanted


def test_files_that_are_named_alike_become_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "scored").mkdir()
    (tmp_path / "churn_model.pkl").write_bytes(b"")
    frame = pd.DataFrame({"id": [1, 2, 3], "x": [0.1, 0.2, 0.4]})
    frame.to_csv(tmp_path / "scored" / "2026-11-03.csv", index=False)
    document: Any = propose(tmp_path / "scored" / "2026-11-03.csv", tmp_path)["document"]
    assert document["batches"] == {"path": "scored/*.csv"}
    assert document["baseline"] == {"path": "scored/2026-11-03.csv"}
    assert document["model"] == {"name": "churn_model", "path": "churn_model.pkl"}
    beside: Any = propose(tmp_path / "scored" / "2026-11-03.csv", tmp_path / "scored")["document"]
    assert beside["batches"] == {"path": "*.csv"} and beside["baseline"] == {"path": "2026-11-03.csv"}
    frame.to_csv(tmp_path / "reference.csv", index=False)
    alone: Any = propose(tmp_path / "reference.csv", tmp_path)["document"]
    assert alone["batches"] == {"path": "scored/*.csv"}, "a file without a number is the past, and batches lie apart"


@pytest.mark.parametrize(
    ("labels", "problem", "positive"),
    [
        (["yes", "no"], "binary", "yes"),
        ([0, 1], "binary", 1),
        (["a", "b", "c"], "multiclass", None),
        ([1.5, 2.5, 9.25, 3.125], "regression", None),
    ],
)
def test_the_problem_is_told_by_the_labels(tmp_path: Path, labels: list[Any], problem: str, positive: Any) -> None:
    frame = pd.DataFrame({"x": np.arange(24) / 7, "target": [labels[row % len(labels)] for row in range(24)]})
    document = _proposed(tmp_path, frame)["document"]
    assert document["problem"] == problem and document["columns"].get("positive") == positive


def test_scores_of_classes_are_found_by_their_names(tmp_path: Path) -> None:
    frame = pd.DataFrame({"class": ["red", "green", "blue"] * 9, "x": np.arange(27) / 7})
    for name in ("red", "green", "blue"):
        frame[f"proba_{name}"] = 1 / 3
    document = _proposed(tmp_path, frame)["document"]
    assert document["columns"]["score"] == {name: f"proba_{name}" for name in ("blue", "green", "red")}


def test_what_is_left_open_is_told(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "constant": 1, "text": ["a b", "c d", "e f"]})
    found = _proposed(tmp_path, frame)
    assert [column["role"] for column in found["columns"]] == ["feature", "ignored", "feature"]
    notes = " ".join(found["notes"])
    for word in ("constant", "labels", "predictions", "id", "model.joblib"):
        assert word in notes
    with pytest.raises(data.Unreadable):
        propose(tmp_path / "gone.csv", tmp_path)


NAMES = st.sampled_from(["id", "label", "score", "pred", "time", "sex", "x", "y", "p_a", "p_b", "__proto__", "a,b"])
VALUES = st.one_of(st.none(), st.integers(-3, 3), st.floats(0, 1), st.sampled_from(["a", "b", "", "2026-01-01"]))


@settings(max_examples=max(15, settings().max_examples // 4))
@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=6, max_size=6), min_size=1, max_size=6))
def test_any_table_gives_a_valid_draft(tmp_path_factory: pytest.TempPathFactory, columns: dict[str, list[Any]]) -> None:
    _proposed(tmp_path_factory.mktemp("any"), pd.DataFrame(columns))
