"""An alert in a reader's words: what is wrong, in one sentence; the numbers behind it stand with the checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..issues import show
from .catalogue import MEASURES

SHOWN = 3
_PLAIN = re.compile(r"[\w./ -]{1,100}")
_SHORT = {"ks": "KS", "psi": "PSI", "js": "JS distance", "chi2": "chi²", "wasserstein": "Wasserstein distance"}
_ORDER = ("quality", "estimate", "fairness", "prediction_drift", "drift", "data_quality")
"""What a reader wants to know first."""

Beyond = Mapping[str, Any]


def sentence(batch: str, found: Sequence[Beyond]) -> str:
    """What is beyond its limits in a batch."""
    ordered = sorted(found, key=lambda one: _ORDER.index(MEASURES[one["measure"]].kind))
    parts = [said(one) for one in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        parts.append(f"and {len(ordered) - SHOWN} more")
    return f"In {shown(batch)}: {', '.join(parts)}."


def said(one: Beyond) -> str:
    """One metric that is beyond its limit."""
    if one["value"] is None:
        return f"{shown(one['check'])} is beyond its limit"
    words = _WORDS.get(one["measure"]) or _OF_KIND[MEASURES[one["measure"]].kind]
    return words(one)


def shown(text: str) -> str:
    """A name or path in a sentence: as it is if it looks like one, else quoted, with what is hidden made visible."""
    return text if _PLAIN.fullmatch(text) else show(text)


def _title(measure: str) -> str:
    """The title of a measure within a sentence: accuracy, but ROC AUC."""
    title = MEASURES[measure].title
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _number(value: float) -> str:
    return f"{value:.3g}"


def _share(what: str) -> Callable[[Beyond], str]:
    return lambda one: f"{100 * one['value']:.3g} % of {shown(one['column'] or 'the rows')} {what}"


def _quality(one: Beyond) -> str:
    before = "" if one["baseline"] is None else f", {_number(one['baseline'])} in the baseline"
    return f"{_title(one['measure'])} is {_number(one['value'])}{before}"


def _drift(one: Beyond) -> str:
    what = "the data as a whole" if one["column"] is None else shown(one["column"])
    return f"{what} has drifted ({_SHORT.get(one['measure'], _title(one['measure']))} {_number(one['value'])})"


def _fairness(one: Beyond) -> str:
    groups = one["group"] or one["column"]
    of = "" if groups is None else f" of {shown(groups)}"
    return f"{_title(one['measure'])}{of} is {_number(one['value'])}"


def _output(one: Beyond) -> str:
    return f"what the model says has changed ({_title(one['measure'])} {_number(one['value'])})"


_OF_KIND: Mapping[str, Callable[[Beyond], str]] = {
    "quality": _quality,
    "estimate": _quality,
    "drift": _drift,
    "prediction_drift": _output,
    "fairness": _fairness,
    "data_quality": lambda one: f"{_title(one['measure'])}: {_number(one['value'])}",
}
_WORDS: Mapping[str, Callable[[Beyond], str]] = {
    "predicted_accuracy_drop": lambda one: f"accuracy is probably {_number(one['value'])} lower than it was",
    "missing": _share("is missing"),
    "out_of_range": _share("is out of the baseline's range"),
    "new_category": _share("is of categories that the baseline has not"),
    "type_change": _share("is of another type"),
    "duplicates": _share("are duplicates"),
    "rows": lambda one: f"there are {_number(one['value'])} rows",
}
