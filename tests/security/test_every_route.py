"""Every route and method: strangers, users without permission, and other web pages get nothing.

The routes are taken from the running server, so that a new one is tested or the
test fails.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

from mlops_ext.handlers import base
from mlops_ext.paths import find_workspace
from mlops_ext.runtimes.registry import Registry
from mlops_ext.store import Store
from tests.handlers.served import JSON, conforms, record_run, write_pipeline
from tests.monitoring.watched import document, evaluation, write_monitor

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")
RUN = {"pipeline": "p.pipeline"}
# Nothing listens there, and there is no such folder.
RUNTIME = {
    "version": 1,
    "kind": "airflow",
    "url": "http://127.0.0.1:9",
    "auth": {"kind": "none"},
    "delivery": {"kind": "folder", "path": "/proc/nonexistent/dags"},
    "files": {"url": "file:///proc/nonexistent/files"},
}
EVALUATION, ALERT = "e" * 32, "a" * 32
# Address below mlops/ (RUN stands for a run's id), method: what is needed for it, and a body.
TABLE: dict[tuple[str, str], tuple[str, Any]] = {
    ("runs", "GET"): ("read", None),
    ("runs", "POST"): ("execute", RUN),
    ("runs/pipelines", "GET"): ("read", None),
    ("runs/RUN", "GET"): ("read", None),
    ("runs/RUN", "DELETE"): ("write", None),
    ("runs/RUN/events", "GET"): ("read", None),
    ("runs/RUN/cancel", "POST"): ("execute", {}),
    ("runs/RUN/retry", "POST"): ("execute", {}),
    ("runs/RUN/pipeline", "GET"): ("read", None),
    ("runs/RUN/nodes/train/log", "GET"): ("read", None),
    ("runs/RUN/nodes/train/html", "GET"): ("read", None),
    ("runs/RUN/nodes/train/trace", "GET"): ("read", None),
    ("drive/RUN/train/1/log.txt", "GET"): ("read", None),
    ("validate", "POST"): ("read", {"path": "p.pipeline"}),
    ("plan", "POST"): ("read", RUN),
    ("trace", "GET"): ("read", None),
    ("lineage", "GET"): ("read", None),
    ("inspect", "GET"): ("read", None),
    ("kernels", "GET"): ("read", None),
    ("runtimes", "GET"): ("read", None),
    ("runtimes/lab", "GET"): ("read", None),
    ("runtimes/lab", "PUT"): ("write", RUNTIME),
    ("runtimes/lab/test", "POST"): ("execute", {}),
    ("runtimes/lab/pipelines", "GET"): ("read", None),
    ("runtimes/lab/pipelines/dag", "PUT"): ("execute", {"paused": True}),
    ("runtimes/lab/pipelines/dag", "DELETE"): ("execute", None),
    ("runtimes/lab/schedule", "POST"): ("execute", {"pipeline": "p.pipeline"}),
    ("timetable", "GET"): ("read", None),
    ("runtimes/lab", "DELETE"): ("write", None),
    ("secrets", "GET"): ("read", None),
    ("secrets/key", "PUT"): ("write", {"value": "v"}),
    ("secrets/key", "DELETE"): ("write", None),
    ("monitors", "GET"): ("read", None),
    ("monitors/preview", "POST"): ("execute", {"path": "m.monitor", "document": document()}),
    ("monitors/propose", "POST"): ("execute", {"path": "reference.csv"}),
    ("monitors/m.monitor", "GET"): ("read", None),
    ("monitors/m.monitor", "PUT"): ("write", {"document": document()}),
    ("monitors/m.monitor/evaluations", "GET"): ("read", None),
    (f"monitors/m.monitor/evaluations/{EVALUATION}", "GET"): ("read", None),
    ("monitors/m.monitor/series", "GET"): ("read", None),
    ("monitors/m.monitor/evaluate", "POST"): ("execute", {}),
    ("monitors/m.monitor/schedule", "PUT"): ("execute", {"active": False}),
    ("monitors/m.monitor/batches", "GET"): ("read", None),
    ("monitors/m.monitor/batches", "POST"): ("write", {"rows": [{"id": 1, "age": 30, "pred": 1}]}),
    ("monitors/m.monitor/labels", "POST"): ("write", {"rows": [{"id": 1, "label": 1}]}),
    ("alerts", "GET"): ("read", None),
    (f"alerts/{ALERT}/decisions", "POST"): ("execute", {"action": "dismiss", "comment": "known"}),
    ("examples", "GET"): ("read", None),
    ("examples/wine", "POST"): ("write", {"folder": ""}),
}
QUERIES = {
    "inspect": {"pipeline": "p.pipeline", "path": "first.sh"},
    "timetable": {"cron": "0 6 * * *"},
    "trace": {"pipeline": "p.pipeline"},
    "lineage": {"path": "first.sh"},
}
OWN_TESTS = {
    ("runs", "POST"),
    ("runs/RUN", "DELETE"),
    ("runs/RUN/retry", "POST"),
    ("runs/RUN/nodes/train/html", "GET"),
    ("runtimes/lab/pipelines/dag", "DELETE"),
    ("runtimes/lab/schedule", "POST"),
    ("monitors/preview", "POST"),
    ("monitors/propose", "POST"),
    ("monitors/m.monitor", "PUT"),
    ("monitors/m.monitor/evaluate", "POST"),
}
NOWHERE = "nowhere"


class Judge:
    """An authoriser that grants what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.granted: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        self.asked.append((action, resource))
        return action in self.granted


@pytest.fixture
def judge(jp_serverapp: Any) -> Judge:
    judge = Judge()
    jp_serverapp.web_app.settings["authorizer"] = judge
    return judge


@pytest.fixture
def run_id(served: Path) -> str:
    write_pipeline(served)
    Registry().save("lab", RUNTIME)
    run_id = record_run(served)
    with Store.open(find_workspace(served / "p.pipeline", served)) as store:
        text = (served / "p.pipeline").read_text()
        store.put_deployment(
            "lab", "dag", pipeline="p.pipeline", pipeline_sha256="0" * 64, document=text, step="ready", message=""
        )
        write_monitor(served)
        with store.transaction():
            made = evaluation("scored/01.csv", {"many": "alert"}, id=EVALUATION)
            store.add_evaluation(made, alert=ALERT)
            told = {"opened": made["created"], "opened_by": EVALUATION, "checks": [], "summary": "Something is beyond."}
            store.open_alert({"id": ALERT, "monitor": "m.monitor", **told})
    return run_id


@pytest.fixture
def ask(http_server_client: Any, jp_base_url: str, run_id: str) -> Any:
    """Sends a request as it is; answers the response, whatever its status."""

    async def ask(
        path: str, method: str, /, *, headers: dict[str, str] | None = None, body: Any = None, **query: str
    ) -> HTTPResponse:
        url = f"{jp_base_url}mlops/{path.replace('RUN', run_id)}?{urlencode(query)}"
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        try:
            response: HTTPResponse = await http_server_client.fetch(
                url, method=method, headers=headers or {}, body=data, allow_nonstandard_methods=True, request_timeout=30
            )
        except HTTPClientError as error:
            assert error.response is not None
            return error.response
        return response

    return ask


def registered(app: Any, base_url: str) -> Iterator[tuple[re.Pattern[str], type[web.RequestHandler]]]:
    """Pattern and handler of each route of the server below mlops/."""
    for outer in app.web_app.default_router.rules:
        for rule in getattr(outer.target, "rules", []):
            pattern = getattr(rule.matcher, "regex", None)
            if pattern is not None and pattern.pattern.startswith(base_url + "mlops"):
                yield pattern, rule.target
    for rule in app.web_app.wildcard_router.rules:
        pattern = getattr(rule.matcher, "regex", None)
        if pattern is not None and pattern.pattern.startswith(base_url + "mlops"):
            yield pattern, rule.target


def test_the_table_has_every_route_and_method(jp_serverapp: Any, jp_base_url: str) -> None:
    found = list(registered(jp_serverapp, jp_base_url))
    assert len(found) > 15
    handled: set[tuple[str, str]] = set()
    used = set()
    for path, method in TABLE:
        url = f"{jp_base_url}mlops/{path}"
        pattern, handler = next((pattern, handler) for pattern, handler in found if pattern.fullmatch(url))
        used.add(pattern.pattern)
        handled.add((pattern.pattern, method))
        assert getattr(handler, method.lower()) is not web.RequestHandler._unimplemented_method, (path, method)
    for pattern, handler in found:
        if issubclass(handler, base.Handler) and handler.__name__ == "NowhereHandler":
            continue
        assert issubclass(handler, base.Handler)
        for method in METHODS:
            if getattr(handler, method.lower()) is not web.RequestHandler._unimplemented_method:
                assert (pattern.pattern, method) in handled, f"{pattern.pattern} {method} is not in TABLE"
    assert len(used) == len({pattern.pattern for pattern, _ in found}) - 1


async def test_strangers_get_nothing(ask: Any, run_id: str) -> None:
    paths = sorted({path for path, _ in TABLE} | {NOWHERE})
    for path in paths:
        for method in METHODS:
            for headers in ({}, {"Authorization": "token wrong"}):
                response = await ask(
                    path, method, headers={**JSON, **headers}, body=TABLE.get((path, method), ("", {}))[1]
                )
                assert response.code == 403, (path, method, response.code)
                assert run_id.encode() not in (response.body or b"")
                if response.body:
                    assert json.loads(response.body)["code"] == "http-403"
                    conforms(json.loads(response.body), "problem.v1")
                    assert response.headers["Content-Type"] == "application/problem+json"


async def test_each_needs_its_permission(ask: Any, judge: Judge, jp_auth_header: dict[str, str], served: Path) -> None:
    before = {path for path in served.rglob("*") if ".mlops" not in path.parts}
    for (path, method), (action, body) in TABLE.items():
        judge.granted = {"read", "write", "execute"} - {action}
        judge.asked.clear()
        response = await ask(path, method, headers={**jp_auth_header, **JSON}, body=body)
        assert response.code == 403, (path, method)
        assert judge.asked == [(action, "mlops")], (path, method)
        assert json.loads(response.body)["status"] == 403
    assert {path for path in served.rglob("*") if ".mlops" not in path.parts} == before


async def test_permission_is_enough(ask: Any, judge: Judge, jp_auth_header: dict[str, str]) -> None:
    for (path, method), (action, body) in TABLE.items():
        if (path, method) in OWN_TESTS:
            continue
        judge.granted = {action}
        response = await ask(path, method, headers={**jp_auth_header, **JSON}, body=body, **QUERIES.get(path, {}))
        assert response.code < 300, (path, method, response.body)


async def test_writing_without_the_cookie_of_the_page_is_refused(
    ask: Any, jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    """A page of another site can make the browser send the login cookie, not read our `_xsrf`."""
    token = jp_serverapp.identity_provider.token
    client: AsyncHTTPClient = http_server_client
    login = await client.fetch(f"{jp_base_url}login?token={token}", follow_redirects=False, raise_error=False)
    cookies = "; ".join(value.split(";")[0] for value in login.headers.get_list("Set-Cookie"))
    assert "username" in cookies
    signed_in = await ask("runtimes", "GET", headers={"Cookie": cookies})
    assert signed_in.code == 200
    for (path, method), (_, body) in TABLE.items():
        if method != "GET":
            response = await ask(path, method, headers={"Cookie": cookies, **JSON}, body=body)
            assert response.code == 403, (path, method)


async def test_other_origins_are_refused(
    ask: Any, jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    token = jp_serverapp.identity_provider.token
    login = await http_server_client.fetch(
        f"{jp_base_url}login?token={token}", follow_redirects=False, raise_error=False
    )
    cookies = "; ".join(value.split(";")[0] for value in login.headers.get_list("Set-Cookie"))
    response = await ask("runs", "GET", headers={"Cookie": cookies, "Origin": "http://elsewhere.example"})
    assert response.code == 404
    assert "runs" not in json.loads(response.body)


async def test_bodies_must_be_json(ask: Any, jp_auth_header: dict[str, str]) -> None:
    for (path, method), (_, body) in TABLE.items():
        if method in ("POST", "PUT"):
            for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
                response = await ask(path, method, headers={**jp_auth_header, "Content-Type": kind}, body=body)
                assert response.code == 415, (path, method, kind)
                assert json.loads(response.body)["code"] == "unsupported-media-type"


BAD_BODIES = ("", "{", "[]", "null", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, '{"unknown": 1}', '"\\ud800"')


async def test_bad_bodies_are_told(ask: Any, jp_auth_header: dict[str, str]) -> None:
    for body in BAD_BODIES:
        for path, method in TABLE:
            if method in ("POST", "PUT") and path not in ("runs/RUN/cancel", "runs/RUN/retry"):
                response = await ask(path, method, headers={**jp_auth_header, **JSON}, body=body)
                assert response.code == 400, (path, method, response.body)
                assert json.loads(response.body)["detail"]


async def test_a_large_body_is_refused(ask: Any, jp_auth_header: dict[str, str]) -> None:
    body = json.dumps({"path": "p.pipeline", "content": "x" * (base.BODY_LIMIT + 1)})
    response = await ask("validate", "POST", headers={**jp_auth_header, **JSON}, body=body)
    assert response.code == 413


async def test_reading_changes_nothing(ask: Any, jp_auth_header: dict[str, str], served: Path, own_state: Path) -> None:
    def world() -> dict[str, tuple[int, bytes]]:
        return {
            str(path): (path.stat().st_mtime_ns, path.read_bytes())
            for path in own_state.rglob("*")
            if path.is_file()
            and not path.name.endswith(("-wal", "-shm"))
            and ("root_dir" in path.parts or "xdg" in str(path) or "secrets" in path.parts)
        }

    before = await asyncio.to_thread(world)
    assert any(name.endswith("state.sqlite") for name in before)
    for path, method in TABLE:
        if method == "GET":
            response = await ask(path, method, headers=jp_auth_header, **QUERIES.get(path, {}))
            assert response.code == 200, (path, response.body)
    assert await asyncio.to_thread(world) == before


async def test_methods_that_are_not_there(ask: Any, jp_auth_header: dict[str, str]) -> None:
    response = await ask("runs", "PATCH", headers={**jp_auth_header, **JSON}, body={})
    assert response.code == 405
    assert json.loads(response.body)["code"] == "http-405"
    response = await ask("nowhere/at/all", "GET", headers=jp_auth_header)
    assert response.code == 404
    assert json.loads(response.body)["title"] == "Not found"


async def test_every_answer_forbids_sniffing(ask: Any, jp_auth_header: dict[str, str]) -> None:
    for path in ("runs", "nowhere", "drive/RUN/train/1/log.txt"):
        response = await ask(path, "GET", headers=jp_auth_header)
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_unknown_faults_are_a_number_and_no_traceback(
    ask: Any, jp_auth_header: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr("mlops_ext.handlers.pipelines.kernel_specs", broken)
    response = await ask("kernels", "GET", headers=jp_auth_header)
    assert response.code == 500
    problem = json.loads(response.body)
    assert problem["code"] == "internal"
    conforms(problem, "problem.v1")
    assert b"inside" not in response.body and b"Traceback" not in response.body
    number = re.search(r"number ([0-9a-f]{8})", problem["detail"])
    assert number is not None and number[1] in caplog.text
