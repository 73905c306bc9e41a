"""What is told of many evaluations: nothing that a line would show is left out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext.monitoring.overview import WORDS
from mlops_ext.monitoring.series import GRAVEST_FIRST, series
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.monitoring.watched import document, evaluation

COLUMNS = ("age", "income")
VALUES = st.one_of(st.none(), st.integers(-3, 3))
CELLS = st.tuples(VALUES, st.sampled_from("aawon"))
"""Of a column: its value and how it is judged."""
EVALUATIONS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from(COLUMNS), CELLS), st.sampled_from("mmn"), st.sampled_from("bbc")),
    max_size=25,
)


def _evaluation(number: int, cells: dict[str, tuple[Any, str]], model: str, baseline: str) -> dict[str, Any]:
    made = evaluation(f"{number:02}", dict.fromkeys(cells, "ok"), model=model * 12, baseline=baseline * 12)
    for metric, (column, (value, letter)) in zip(made["metrics"], cells.items(), strict=True):
        metric |= {"check": "ks", "column": column, "value": value, "verdict": WORDS[letter]}
    return made


@settings(max_examples=max(25, settings().max_examples // 4))
@given(given_=EVALUATIONS, exact=st.integers(1, 8), stretches=st.integers(1, 6))
def test_stretches_are_between_what_their_values_lie(given_: list[Any], exact: int, stretches: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / ".mlops").mkdir()
        with Store.open(find_workspace(Path(name) / "m.monitor")) as store:
            with store.transaction():
                for number, one in enumerate(given_):
                    store.add_evaluation(_evaluation(number, *one), alert=None)
            told = series("m.monitor", store, document(), 100, exact=exact, stretches=stretches)
            whole = series("m.monitor", store, document(), 100)
    assert told["total"] == len(given_) == len(whole["evaluations"]) and whole["before"] is None
    first = max(0, len(given_) - exact)
    assert [one["batch"] for one in told["evaluations"]] == [f"{number:02}" for number in range(first, len(given_))]
    for one, all_of_it in zip(told["series"], whole["series"], strict=True):
        assert one["values"] == all_of_it["values"][first:] and one["verdicts"] == all_of_it["verdicts"][first:]
        assert (one["before"] is None) == (first == 0)
    if first:
        _compare(told["before"], told["series"], whole, first, stretches)


def _compare(before: dict[str, Any], lines: list[Any], whole: dict[str, Any], first: int, stretches: int) -> None:
    ends = [*before["starts"][1:], first]
    assert before["starts"][0] == 0 and len(ends) == min(stretches, first)
    assert before["batches"] == [whole["evaluations"][start]["batch"] for start in before["starts"]]
    for line, all_of_it in zip(lines, whole["series"], strict=True):
        for place, (begin, end) in enumerate(zip(before["starts"], ends, strict=True)):
            assert end > begin
            known = [value for value in all_of_it["values"][begin:end] if value is not None]
            letters = all_of_it["verdicts"][begin:end]
            assert line["before"]["low"][place] == min(known, default=None)
            assert line["before"]["high"][place] == max(known, default=None)
            assert line["before"]["verdicts"][place] == min(letters, key=GRAVEST_FIRST.index)
    expected = []
    for at, (earlier, later) in enumerate(zip(whole["evaluations"], whole["evaluations"][1:], strict=False), 1):
        expected += [(at, kind, later[kind]) for kind in ("model", "baseline") if earlier[kind] != later[kind]]
    assert [(one["at"], one["kind"], one["what"]) for one in before["changes"]] == [
        one for one in expected if one[0] <= first
    ]
    _compare_since(before["since"], whole, first)


def _compare_since(since: dict[str, Any], whole: dict[str, Any], first: int) -> None:
    """The worst of the columns, evaluation by evaluation, without those that have no value."""
    worst = ["".join(letters) for letters in zip(*(line["verdicts"] for line in whole["series"]), strict=True)]
    judged = [(at, "a" in letters) for at, letters in enumerate(worst) if set(letters) != {"n"}]
    calm = max((at for at, is_beyond in judged if not is_beyond), default=-1)
    begun = min((at for at, is_beyond in judged if is_beyond and at > calm), default=first)
    assert since == ({"ks": {"at": begun, "batch": f"{begun:02}"}} if begun < first else {})
