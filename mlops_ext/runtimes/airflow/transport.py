"""One request to Airflow: bounded in time and size, and every failure a sentence.

apache-airflow-client does the talking, but its models do not read the answers:
a state that it does not know would be an exception. Nothing follows a redirect,
so that a token reaches nobody but the server it is for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ...errors import BadRequest, MlopsError, NotFound, Refused, Unavailable
from ...issues import show
from ...redaction import redact
from ..registry import Runtime

ANSWER_LIMIT = 64 * 1024 * 1024
DETAIL_LIMIT = 400
Answer = tuple[int, Any]


class Transport:
    """The connection to the server of a runtime."""

    def __init__(self, runtime: Runtime, timeout: float) -> None:
        from airflow_client.client import ApiClient, Configuration

        self._runtime = runtime
        self.timeout = timeout
        self.requests = 0
        configuration = Configuration(
            host=runtime.url, verify_ssl=runtime.verify, ssl_ca_cert=runtime.ca, retries=False, debug=False
        )
        if not runtime.verify:
            _quiet()
        try:
            self.api = ApiClient(configuration)
        except (OSError, ValueError):
            raise _tls(f"The file with certificates {show(runtime.ca)} cannot be read.", "Check tls.ca.") from None

    def plain(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        """A request without a token."""
        headers = {"Accept": "application/json", "User-Agent": "mlops-ext"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = self._runtime.url + path
        return self.exchange(lambda: self.api.call_api(method, url, headers, body, None, _request_timeout=self.timeout))

    def exchange(self, ask: Callable[[], Any]) -> Answer:
        """Status and JSON of what a call answers; JSON is None where there is none."""
        import urllib3
        from airflow_client.client import ApiException

        self.requests += 1
        deadline = time.monotonic() + self.timeout
        try:
            response = ask()
            response = getattr(response, "response", response)
            try:
                status, data = response.status, self._body(response, deadline)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        except (urllib3.exceptions.HTTPError, ApiException, OSError) as error:
            raise self._unreachable(error) from None
        if 300 <= status < 400:
            raise self._redirected(response.headers.get("Location", ""))
        return status, _parsed(data)

    def _body(self, response: Any, deadline: float) -> bytes:
        pieces, size = [], 0
        while piece := response.read1(256 * 1024):
            size += len(piece)
            if size > ANSWER_LIMIT:
                raise unusable(f"Airflow's answer is larger than {ANSWER_LIMIT // 1024**2} MB.")
            if time.monotonic() > deadline:
                raise self._slow()
            pieces.append(piece)
        return b"".join(pieces)

    def _slow(self) -> MlopsError:
        return Unavailable(
            f"Airflow at {self._runtime.url} did not answer within {self.timeout:.0f} seconds.",
            "It may be busy; try again later.",
            code="airflow-unreachable",
        )

    def _unreachable(self, error: Exception) -> MlopsError:
        import urllib3

        kinds = urllib3.exceptions
        text = str(error)
        if isinstance(error, kinds.SSLError) or "CERTIFICATE" in text or "SSLError" in text:
            if "record layer" in text or "WRONG_VERSION" in text or "packet length" in text:
                return _tls(f"{self._runtime.url} does not speak TLS.", "Try http:// in place of https://.")
            if "certificate" in text.lower():
                return _tls(
                    f"The certificate of {self._runtime.url} is not trusted{_why(text)}.",
                    "Name the file of its certificate authority under tls.ca, or switch tls.verify off for a test.",
                )
            return _tls(f"TLS with {self._runtime.url} failed.", "Check the URL and the server's certificate.")
        if isinstance(error, kinds.NameResolutionError):
            reason = "its name is not known"
        elif isinstance(error, kinds.NewConnectionError):
            reason = "nothing listens there" if "refused" in text else "no connection"
        elif isinstance(error, (kinds.ConnectTimeoutError, kinds.ReadTimeoutError, TimeoutError)):
            return self._slow()
        elif isinstance(error, kinds.ProxyError):
            reason = "the proxy did not let us through"
        else:
            reason = "the connection broke"
        return Unavailable(
            f"Airflow at {self._runtime.url} cannot be reached: {reason}.",
            "Check the URL, and that Airflow's API server runs.",
            code="airflow-unreachable",
        )

    def _redirected(self, location: str) -> MlopsError:
        try:
            parts = urlsplit(location)
            target = f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another page"
        except ValueError:
            target = "another page"
        return Refused(
            f"{self._runtime.url} sends requests on to {show(target)}, which is not followed.",
            "Use the address that Airflow itself answers at; a sign-in page before it needs a token.",
            code="airflow-not-airflow",
        )


def failure(status: int, answer: Any, hidden: list[str]) -> MlopsError:
    """What a status that is no success means, with Airflow's own words where it has some."""
    detail = _detail(answer, hidden)
    if status == 401:
        return Refused(
            f"Airflow refused the token{detail}.",
            "It may have ended: sign in with user and password, or set a new token.",
            code="airflow-sign-in",
        )
    if status == 403:
        return Refused(
            f"Airflow does not allow this to the user{detail}.",
            "Ask Airflow's administrator for a role that may read and run DAGs.",
            code="airflow-forbidden",
        )
    if status == 404:
        return NotFound(f"Airflow knows nothing of this{detail}.", code="airflow-not-found")
    if status in (400, 409, 422):
        return BadRequest(f"Airflow did not accept this{detail}.", code="airflow-refused")
    if status in (429, 502, 503, 504):
        return Unavailable(f"Airflow is not available now (status {status}).", code="airflow-unreachable")
    return unusable(f"Airflow failed with status {status}{detail}.", "The log of its API server may say more.")


def unusable(message: str, hint: str = "") -> MlopsError:
    """An answer that cannot be used."""
    return Unavailable(message, hint or "Check that the URL is that of Airflow's API server.", code="airflow-answer")


def _tls(message: str, hint: str) -> MlopsError:
    return Unavailable(message, hint, code="airflow-tls")


def _why(text: str) -> str:
    for mark, words in (
        ("self-signed", ": it is self-signed"),
        ("self signed", ": it is self-signed"),
        ("expired", ": it has expired"),
        ("match", ": it is for another name"),
    ):
        if mark in text.lower():
            return words
    return ""


def _detail(answer: Any, hidden: list[str]) -> str:
    """Airflow's reason as the end of a sentence; without what we sent, should it come back."""
    detail = answer.get("detail") if isinstance(answer, dict) else None
    if isinstance(detail, list):
        detail = "; ".join(str(one.get("msg")) for one in detail if isinstance(one, dict))
    if isinstance(detail, dict):
        detail = detail.get("message") or detail.get("reason")
    if not isinstance(detail, str) or not detail.strip():
        return ""
    line = " ".join(redact(detail, hidden).split())
    return ": " + line[:DETAIL_LIMIT].rstrip(".")


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _quiet() -> None:
    """The user chose not to check the certificate; a warning at each request tells nothing new."""
    import urllib3

    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
