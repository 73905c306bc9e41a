"""Evaluations in the store: what supersedes what, which alert they open or join, and nothing half recorded."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mlops_ext.errors import Conflict, NotFound
from mlops_ext.monitoring import decisions
from mlops_ext.monitoring.alerts import ACTIVE, BECOMES
from mlops_ext.monitoring.records import recalled, record
from mlops_ext.monitoring.series import series
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.monitoring.watched import document, evaluation, loaded, write_monitor

CHECKS = {
    "acc": {"measure": "accuracy", "alert": {"below": 0.6}, "of": [2, 3]},
    "many": {"measure": "rows", "alert": {"below": 5}},
}
DOCUMENT = document(checks=CHECKS)


@pytest.fixture
def store(tmp_path: Path) -> Any:
    (tmp_path / ".mlops").mkdir()
    with Store.open(find_workspace(tmp_path / "m.monitor")) as store:
        yield store


def test_an_evaluation_is_answered_as_it_was_recorded(store: Store) -> None:
    made = evaluation("01", {"acc": "ok", "many": "warn"})
    answered = record(store, DOCUMENT, made)
    assert {**answered, "superseded_by": None} == {**made, "superseded_by": None}
    assert store.evaluation("m.monitor", made["id"]) == answered
    with pytest.raises(NotFound):
        store.evaluation("other.monitor", made["id"])


def test_a_later_evaluation_of_a_batch_supersedes_and_takes_its_place(store: Store) -> None:
    first = record(store, DOCUMENT, evaluation("01", {"acc": "ok"}))
    other = record(store, DOCUMENT, evaluation("02", {"acc": "ok"}))
    second = record(store, DOCUMENT, evaluation("01", {"acc": "warn"}))
    found, more = store.evaluations("m.monitor")
    assert [one["id"] for one in found] == [second["id"], other["id"], first["id"]] and not more
    assert found[2]["superseded_by"] == second["id"]
    shown = series("m.monitor", store, DOCUMENT, 100)
    assert [one["batch"] for one in shown["evaluations"]] == ["01", "02"]
    assert shown["series"][0]["verdicts"] == "wo"
    assert store.evaluated_batches("m.monitor")["01"] == (second["id"], "warn")


def test_a_key_that_comes_back_brings_its_evaluation_back(store: Store) -> None:
    first = record(store, DOCUMENT, evaluation("01", {"acc": "ok"}, key="k1"))
    second = record(store, DOCUMENT, evaluation("01", {"acc": "warn"}, key="k2"))
    back = recalled(store, "m.monitor", "k1")
    assert back is not None and back["id"] == first["id"] and back["reused"] and back["superseded_by"] is None
    assert store.evaluation("m.monitor", second["id"])["superseded_by"] == first["id"]
    assert recalled(store, "m.monitor", "k3") is None


def test_what_could_not_be_computed_is_no_answer_for_its_key(store: Store) -> None:
    failed = record(store, DOCUMENT, evaluation("01", {}, key="k", status="error"))
    assert recalled(store, "m.monitor", "k") is None
    record(store, DOCUMENT, evaluation("01", {"acc": "ok"}, key="k"))
    assert store.evaluation("m.monitor", failed["id"])["superseded_by"] is not None


def test_an_alert_needs_k_of_the_last_n_of_the_same_baseline_and_model(store: Store) -> None:
    assert record(store, DOCUMENT, evaluation("01", {"acc": "alert"}))["alert"] is None
    assert record(store, DOCUMENT, evaluation("02", {"acc": "ok"}))["alert"] is None
    assert record(store, DOCUMENT, evaluation("03", {"acc": "alert"}, model="c" * 12))["alert"] is None
    opened = record(store, DOCUMENT, evaluation("04", {"acc": "alert"}, model="c" * 12))["alert"]
    assert opened is not None and opened["opened_now"] and opened["state"] == "open"
    joined = record(store, DOCUMENT, evaluation("05", {"many": "alert"}, model="c" * 12))["alert"]
    assert joined == {"id": opened["id"], "state": "open", "opened_now": False}
    alert = store.alert(opened["id"])
    assert len(alert["evaluations"]) == 2 and alert["checks"][0]["check"] == "many"
    assert alert["summary"].endswith(".")


def test_too_few_rows_raise_no_alert(store: Store) -> None:
    made = record(store, DOCUMENT, evaluation("01", {"many": "alert"}, status="too_few_rows"))
    assert made["alert"] is None


@pytest.mark.parametrize("broken", ["open_alert", "add_evaluation"])
def test_nothing_is_half_recorded(store: Store, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    first = record(store, DOCUMENT, evaluation("01", {"many": "ok"}))
    real = getattr(store, broken)

    def cut(*given: Any, **named: Any) -> None:
        real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, broken, cut)
        with pytest.raises(KeyboardInterrupt):
            record(store, DOCUMENT, evaluation("01", {"many": "alert"}))
    assert store.active_alert("m.monitor") is None
    assert store.evaluation_of_batch("m.monitor", "01") == first
    assert record(store, DOCUMENT, evaluation("01", {"many": "alert"}))["alert"] is not None


def test_final_decisions_cannot_be_changed_or_removed(tmp_path: Path) -> None:
    monitor = loaded(write_monitor(tmp_path))
    with Store.open(monitor.workspace) as store:
        alert = record(store, DOCUMENT, evaluation("01", {"many": "alert"}))["alert"]["id"]
        made = _decided(store, monitor, alert, "dismiss", 0)
        for sql in ("UPDATE decisions SET comment = 'other'", "DELETE FROM decisions"):
            with pytest.raises(Exception, match="stays"):
                store._connection.execute(sql)
        assert [one["id"] for one in store.decisions("m.monitor")] == [made["id"]]


def test_evaluations_are_paged_newest_first(store: Store) -> None:
    with store.transaction():
        for number in range(30):
            store.add_evaluation(evaluation(f"{number:02}", {"acc": "ok"}), alert=None)
    page, more = store.evaluations("m.monitor", limit=20)
    assert len(page) == 20 and more and page[0]["batch"] == "29"
    following, more = store.evaluations("m.monitor", limit=20, before=page[-1]["id"])
    assert [one["batch"] for one in following] == [f"{number:02}" for number in range(9, -1, -1)] and not more
    with pytest.raises(NotFound):
        store.evaluations("m.monitor", before="0" * 32)


def test_series_of_other_checks_stand_in_the_same_columns(store: Store) -> None:
    record(store, DOCUMENT, evaluation("01", {"acc": "ok"}))
    record(store, DOCUMENT, evaluation("02", {"many": "warn", "acc": "alert"}))
    record(store, DOCUMENT, evaluation("03", {"acc": "not_computed"}))
    shown = series("m.monitor", store, DOCUMENT, 100)
    assert {one["check"]: (one["values"], one["verdicts"]) for one in shown["series"]} == {
        "acc": ([0.9, 0.5, None], "oan"),
        "many": ([None, 0.7, None], "nwn"),
    }
    assert [one["alert"] for one in shown["series"]] == [{"below": 0.6}, {"below": 5}]
    assert len(series("m.monitor", store, DOCUMENT, 2)["evaluations"]) == 2


def _decided(store: Store, monitor: Any, alert: str, action: str, seen: int | None) -> dict[str, Any]:
    decision = decisions.begin(
        store, monitor, alert, action, "because", user="eva", origin="test", until=None, seen=seen
    )
    decisions.finish(store, monitor, decision)
    return decision


class Alerts(RuleBasedStateMachine):
    """The store against a model of twenty lines: batches with what was beyond, alerts with who joined."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.monitor = loaded(write_monitor(self.folder))
        self.store = Store.open(self.monitor.workspace)
        self.batches: list[tuple[bool, bool]] = []
        self.alerts: list[dict[str, Any]] = []

    @rule(acc=st.booleans(), many=st.booleans())
    def evaluate(self, acc: bool, many: bool) -> None:
        self.batches.append((acc, many))
        self._evaluate(len(self.batches) - 1)

    @precondition(lambda self: self.batches)
    @rule(data=st.data(), acc=st.booleans(), many=st.booleans())
    def evaluate_again(self, data: st.DataObject, acc: bool, many: bool) -> None:
        place = data.draw(st.integers(0, len(self.batches) - 1))
        self.batches[place] = (acc, many)
        self._evaluate(place)

    def _evaluate(self, place: int) -> None:
        acc, many = self.batches[place]
        words = {True: "alert", False: "ok"}
        made = record(self.store, DOCUMENT, evaluation(f"b{place}", {"acc": words[acc], "many": words[many]}))
        fires = many or (acc and sum(one[0] for one in self.batches[max(0, place - 2) : place + 1]) >= 2)
        active = self.active
        expected = None
        if active is None and fires:
            self.alerts.append({"state": "open", "places": [place], "decisions": 0})
            expected = len(self.alerts) - 1
        elif active is not None and (acc or many):
            active["places"].append(place)
            expected = len(self.alerts) - 1
        elif active is not None and active["state"] == "retraining" and place > max(active["places"]):
            active["state"] = "resolved"
        assert (made["alert"] is None) == (expected is None)
        if made["alert"] is not None:
            assert made["alert"]["opened_now"] == (active is None)

    @property
    def active(self) -> dict[str, Any] | None:
        return next((one for one in self.alerts if one["state"] in ACTIVE), None)

    @precondition(lambda self: self.alerts)
    @rule(data=st.data(), action=st.sampled_from(sorted(BECOMES)), look=st.sampled_from(["now", "before", "never"]))
    def decide(self, data: st.DataObject, action: str, look: str) -> None:
        place = data.draw(st.integers(0, len(self.alerts) - 1))
        model = self.alerts[place]
        alert = self.store.alerts()[::-1][place]
        seen = {"now": model["decisions"], "before": model["decisions"] - 1, "never": None}[look]
        allowed = model["state"] in ("open", "snoozed") and look != "before"
        allowed |= model["state"] == "retraining" and look == "now" and action != "snooze"
        if allowed:
            _decided(self.store, self.monitor, alert["id"], action, seen)
            model["state"] = BECOMES[action]
            model["decisions"] += 1
        else:
            with pytest.raises(Conflict) as caught:
                _decided(self.store, self.monitor, alert["id"], action, seen)
            assert caught.value.code == "decided-already"

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "store"):
            return
        found = self.store.alerts()[::-1]
        assert [one["state"] for one in found] == [one["state"] for one in self.alerts]
        assert [len(one["evaluations"]) for one in found] == [len(one["places"]) for one in self.alerts]
        assert [len(one["decisions"]) for one in found] == [one["decisions"] for one in self.alerts]
        assert sum(one["state"] in ACTIVE for one in found) <= 1
        written = self.monitor.file.with_name("m.decisions.jsonl")
        lines = written.read_text().splitlines() if written.exists() else []
        assert len(lines) == sum(one["decisions"] for one in self.alerts)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


TestAlerts = Alerts.TestCase
TestAlerts.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
