"""Alerts are told in words, for every measure, and names of columns stay names."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.wording import said, sentence


def beyond(measure: str, **fields: Any) -> dict[str, Any]:
    per = MEASURES[measure].per
    return {
        "check": measure,
        "measure": measure,
        "column": "age" if per in ("feature", "group") else None,
        "group": None,
        "value": 0.3412,
        "baseline": 0.86,
        "q": 1e-12,
        "threshold": 0.5,
        **fields,
    }


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_has_words(measure: str) -> None:
    words = said(beyond(measure))
    assert "_" not in words and "None" not in words and "q =" not in words
    assert ("0.341" in words) or ("34.1 %" in words)
    assert "0.3412" not in words and said(beyond(measure, value=None))


def test_the_worst_first_and_not_too_much() -> None:
    found = [
        beyond("out_of_range", value=0.11),
        beyond("ks"),
        beyond("roc_auc", value=0.71),
        beyond("disparate_impact", value=0.62, group="f"),
        beyond("missing"),
    ]
    assert sentence("scored/05.csv", found) == (
        "In scored/05.csv: ROC AUC is 0.71, 0.86 in the baseline, disparate impact of f is 0.62, "
        "age has drifted (KS 0.341), and 2 more."
    )
    assert sentence("a", found[:1]) == "In a: 11 % of age is out of the baseline's range."


def test_names_that_turn_text_around_are_made_visible() -> None:
    assert "\u202e" not in sentence("a\u202eb", [beyond("ks", column="\u202egpj")])
