"""Calls to Airflow as the user of a runtime: signed in, once more where a token was refused, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...errors import MlopsError
from ...secrets import SecretStore
from ..registry import Runtime
from .auth import SignIn
from .transport import Answer, Transport, failure, unusable

MOST_PAGES = 1000

Json = dict[str, Any]


class Session:
    """A transport with a token; `method` is always one of the client's that leave the answer unread."""

    def __init__(self, runtime: Runtime, secrets: SecretStore, timeout: float) -> None:
        self.transport = Transport(runtime, timeout)
        self.sign_in = SignIn(runtime, secrets, self.transport.plain)

    def call(self, method: Callable[..., Any], **arguments: Any) -> Answer:
        """Status and JSON of a call with the token; once more with a new one where Airflow refuses it."""
        answer = self._once(method, arguments)
        if answer[0] == 401 and self.sign_in.forget():
            answer = self._once(method, arguments)
        if answer[0] == 401:
            raise self.failure(answer)
        return answer

    def _once(self, method: Callable[..., Any], arguments: Json) -> Answer:
        token = self.sign_in.token()
        headers = {"User-Agent": "mlops-ext"} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
        timeout = self.transport.timeout
        return self.transport.exchange(lambda: method(**arguments, _request_timeout=timeout, _headers=headers))

    def object(self, answer: Answer) -> Json:
        """The JSON object of an answer that is a success; raises otherwise."""
        status, document = answer
        if not 200 <= status < 300:
            raise self.failure(answer)
        if not isinstance(document, dict):
            raise unusable("Airflow answered with something that is not a JSON object.")
        return document

    def found(self, method: Callable[..., Any], **arguments: Any) -> Json | None:
        """The JSON object of a call; None where Airflow says that there is no such thing."""
        answer = self.call(method, **arguments)
        return None if answer[0] == 404 and _is_detail(answer[1]) else self.object(answer)

    def pages(self, key: str, page: Callable[[int], Json], ask: Callable[..., Any]) -> Iterator[Json]:
        """The entries of all pages; `page` makes the arguments for an offset."""
        offset = 0
        for _ in range(MOST_PAGES):
            document = self.object(self.call(ask, **page(offset)))
            entries = entries_of(document, key)
            yield from entries
            offset += len(entries)
            total = document.get("total_entries")
            if not entries or (isinstance(total, int) and offset >= total):
                return
        raise unusable("Airflow's list has no end.")

    def failure(self, answer: Answer) -> MlopsError:
        """What an answer that is no success means; nothing that was sent comes back in it."""
        return failure(*answer, self.sign_in.values())


def entries_of(document: Json, key: str) -> list[Json]:
    """The objects of a list in an answer."""
    entries = document.get(key)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise unusable(f"Airflow answered without {key.replace('_', ' ')}.")
    return entries


def _is_detail(document: Any) -> bool:
    return isinstance(document, dict) and "detail" in document
