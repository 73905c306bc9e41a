"""The door for monitor files: bytes become a document or issues, never an exception.

RULES beyond the schema (all errors, code `schema` unless said otherwise):
- paths that are not relative to the file: `outside-workspace` at the path; data in
  another format than .csv, .parquet and .jsonl, or a refresh that is no pipeline: at the path
- labels without the columns that join and hold them: at /batches/labels
- scores that do not fit the problem: at /columns/score
- a measure that is not for the problem, or for which columns are not told: at its place in the check
- `p_value` for a measure without one, `delta` for one that compares already: at the mode
- columns that drift is looked for in and that are no features, or of the other kind: at the column
- a threshold without a bound, a range from high to low, more of the last n than n: at its place
- the check `status`: the name of what an evaluation says as a whole
- a gate that asks for nothing: at the gate
- a schedule that is none, a time zone that does not exist: at its place
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .. import jsontext, schema, textpath, timetable
from ..canonical import dumps
from ..issues import issue, listed, show, tidy
from ..model import Issue, Json
from .catalogue import MEASURES

SCHEMA = "monitor.v1"
FORMAT = "mlops-1"
UNKNOWN = "unknown"
SUFFIX = ".monitor"
DATA_SUFFIXES = (".csv", ".parquet", ".jsonl")
STATUS = "status"
"""The result of a monitor node that holds the status of the evaluation; so no check may have the name."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a monitor file turned out to be."""

    document: dict[str, Any] | None
    """The document, if it may be used: None iff there is an error."""
    raw: Json
    """What was read, also if it is none; None if nothing could be read."""
    issues: tuple[Issue, ...]

    @property
    def format(self) -> str:
        """ "mlops-1" or "unknown"."""
        version = self.raw.get("version") if isinstance(self.raw, dict) else None
        return FORMAT if schema.is_number(version) and version == 1 else UNKNOWN


def parse(data: bytes) -> Parsed:
    """Reads a monitor file."""
    try:
        raw = jsontext.read(data)
    except jsontext.Unreadable as error:
        return Parsed(None, None, (issue("error", error.code, (), error.message, error.hint),))
    return judge(raw)


def judge(raw: Json) -> Parsed:
    """The same of a document that was read already."""
    issues = schema.check(raw, SCHEMA)
    if not issues and isinstance(raw, dict):
        issues = tidy(one for rule in RULES for one in rule(raw))
    sound = isinstance(raw, dict) and not any(one.severity == "error" for one in issues)
    return Parsed(raw if sound and isinstance(raw, dict) else None, raw, tuple(issues))


def written(document: Json) -> bytes:
    """The canonical bytes of a monitor."""
    return dumps(document, SCHEMA).encode("utf-8")


def paths_of(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The paths that a monitor names, each with its place in the document."""
    yield ("model", "path"), document["model"]["path"]
    yield ("baseline", "path"), document["baseline"]["path"]
    yield ("batches", "path"), document["batches"]["path"]
    if document["batches"].get("labels") is not None:
        yield ("batches", "labels", "path"), document["batches"]["labels"]["path"]
    if "refresh" in document:
        yield ("refresh", "pipeline"), document["refresh"]["pipeline"]


def _error(place: tuple[str | int, ...], message: str, hint: str = "", code: str = "schema") -> Issue:
    return issue("error", code, place, message, hint)


def _unfit_paths(document: dict[str, Any]) -> Iterator[Issue]:
    for place, text in paths_of(document):
        where = f"The monitor: {'.'.join(place)}"
        if not textpath.is_relative(text):
            hint = "Files must lie in the workspace, and be named as seen from the monitor."
            yield _error(place, f"{where} is {show(text)}, which is no relative path.", hint, "outside-workspace")
        elif place == ("refresh", "pipeline"):
            if not text.endswith(".pipeline"):
                yield _error(place, f"{where} must end in .pipeline, not be {show(text)}.")
        elif place != ("model", "path") and not text.endswith(DATA_SUFFIXES):
            yield _error(place, f"{where} must end in {listed(DATA_SUFFIXES)}, not be {show(text)}.")


def _unjoined_labels(document: dict[str, Any]) -> Iterator[Issue]:
    if document["batches"].get("labels") is None:
        return
    absent = [f"columns.{name}" for name in ("id", "target") if name not in document["columns"]]
    if absent:
        message = f"The monitor: labels that come apart from the batches need {listed(absent, 'and')}."
        hint = "The id says which row a label belongs to; the target is the label's column."
        yield _error(("batches", "labels"), message, hint)


def _unfit_score(document: dict[str, Any]) -> Iterator[Issue]:
    score, problem = document["columns"].get("score"), document["problem"]
    if score is None:
        return
    if problem == "regression":
        message = "The monitor: a regression has no score; what it says is its prediction."
        yield _error(("columns", "score"), message, "Name the column under columns.prediction.")
    elif isinstance(score, dict) != (problem == "multiclass"):
        wanted = "a column for each class" if problem == "multiclass" else "one column"
        yield _error(("columns", "score"), f"The monitor: the score of a {problem} model is {wanted}.")


def _unfit_measures(document: dict[str, Any]) -> Iterator[Issue]:
    for name, check in document.get("checks", {}).items():
        measure, place = MEASURES[check["measure"]], ("checks", name, "measure")
        what = f"Check {name}: {check['measure']}"
        if document["problem"] not in measure.problems:
            fit = [one for one, other in MEASURES.items() if document["problem"] in other.problems]
            same = [one for one in fit if MEASURES[one].kind == measure.kind]
            hint = f"For it there are {listed(same, 'and')}." if same else ""
            yield _error(place, f"{what} is not for a model of the kind {document['problem']}.", hint)
            continue
        absent = [f"columns.{need}" for need in measure.columns if need not in document["columns"]]
        if absent:
            yield _error(place, f"{what} needs {listed(absent, 'and')}.", "Say which columns of the data these are.")
        mode = check.get("mode", "absolute")
        if mode == "p_value" and not measure.p_value:
            able = [one for one, other in MEASURES.items() if other.p_value]
            yield _error(("checks", name, "mode"), f"{what} has no probability.", f"{listed(able, 'and')} have one.")
        elif mode == "delta" and not measure.delta:
            message = f"{what} compares with the baseline already."
            yield _error(("checks", name, "mode"), message, "Write the mode absolute.")


def _unfit_columns(document: dict[str, Any]) -> Iterator[Issue]:
    features = document["columns"]["features"]
    for name, check in document.get("checks", {}).items():
        measure = MEASURES[check["measure"]]
        for index, column in enumerate(check.get("columns", ())):
            place = ("checks", name, "columns", index)
            if column not in features and (measure.kind == "drift" or measure.of is not None):
                known = f"There are {listed([show(one) for one in list(features)[:20]], 'and')}." if features else ""
                yield _error(place, f"Check {name}: {show(column)} is no feature of the monitor.", known)
            elif measure.of not in (None, features.get(column)):
                kind = "numbers" if measure.of == "numeric" else "categories"
                yield _error(place, f"Check {name}: {check['measure']} is for {kind}, which {show(column)} has not.")


def _thresholds(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    for name, check in document.get("checks", {}).items():
        for field in ("effect", "warn", "alert"):
            if field in check:
                yield ("checks", name, field), check[field]


def _empty_thresholds(document: dict[str, Any]) -> Iterator[Issue]:
    for place, threshold in _thresholds(document):
        if not threshold:
            yield _error(place, f"Check {place[1]}: {place[2]} says no bound.", "Write below, above or outside.")
    for name, gate in document.get("refresh", {}).get("gates", {}).items():
        if "min_gain" not in gate and "within" not in gate:
            message = f"The monitor: the gate {name} asks for nothing."
            yield _error(("refresh", "gates", name), message, "Write min_gain or within.")


def _turned_ranges(document: dict[str, Any]) -> Iterator[Issue]:
    ranges = [((*place, "outside"), one["outside"]) for place, one in _thresholds(document) if "outside" in one]
    for name, gate in document.get("refresh", {}).get("gates", {}).items():
        if "within" in gate:
            ranges.append((("refresh", "gates", name, "within"), gate["within"]))
    for place, (low, high) in ranges:
        if low > high:
            message = f"The range from {show(low)} to {show(high)} is turned around."
            yield _error(place, message, "The smaller number comes first.")


def _impossible_counts(document: dict[str, Any]) -> Iterator[Issue]:
    for name, check in document.get("checks", {}).items():
        needed, last = check.get("of", (1, 1))
        if needed > last:
            message = f"Check {name}: {needed} of the last {last} evaluations can never be."
            yield _error(("checks", name, "of"), message, f"Write [{last}, {needed}]?")


def _taken_names(document: dict[str, Any]) -> Iterator[Issue]:
    if STATUS in document.get("checks", {}):
        message = f"The monitor: no check may be called {STATUS}, which is what an evaluation says as a whole."
        yield _error(("checks", STATUS), message, "Choose another name.")


def _impossible_schedule(document: dict[str, Any]) -> Iterator[Issue]:
    schedule = document.get("schedule")
    if schedule is not None:
        wrong = timetable.problem(schedule["cron"], schedule.get("timezone", "UTC"))
        if wrong is not None:
            yield _error(("schedule", wrong[0]), wrong[1], "Such as 0 6 * * 1 for Mondays at six.")


RULES: tuple[Callable[[dict[str, Any]], Iterator[Issue]], ...] = (
    _unfit_paths,
    _unjoined_labels,
    _unfit_score,
    _unfit_measures,
    _unfit_columns,
    _empty_thresholds,
    _turned_ranges,
    _impossible_counts,
    _taken_names,
    _impossible_schedule,
)
