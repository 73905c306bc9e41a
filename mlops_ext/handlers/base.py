"""What every route has in common: who may ask, what a body is, how an error is told.

Nobody unknown and no other web page gets further than `prepare`; a body is JSON or
refused; whatever goes wrong is answered as a problem document, never as a
traceback. Methods say with `allowed` what a user must be permitted to do.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from ..errors import BadRequest, MlopsError, TooLarge, UnsupportedMedia, of_disk
from ..issues import listed
from ..model import Json
from .body import Body
from .catalogue import Catalogue

RESOURCE = "mlops"
BODY_LIMIT = 16 * 1024 * 1024
PROBLEM = "application/problem+json"
# What runs made is shown as a document without scripts, forms or an origin, whatever it holds.
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"

Action: TypeAlias = Literal["read", "write", "execute"]
Method = TypeVar("Method", bound=Callable[..., Awaitable[None]])
P = ParamSpec("P")
T = TypeVar("T")


def allowed(action: Action) -> Callable[[Method], Method]:
    """The method is for users who are known and whom the authoriser lets do this.

    The resource is always given: jupyter_server's decorator would otherwise
    remember that of the first handler which uses an inherited method.
    """

    def decorate(method: Method) -> Method:
        return cast(Method, web.authenticated(authorized(action, resource=RESOURCE)(method)))

    return decorate


class Handler(APIHandler):
    """A route of ours."""

    catalogue: Catalogue
    nudge: Callable[[], None]
    media: tuple[str, ...] = ("application/json",)
    """What a body may be marked as."""

    def initialize(self, catalogue: Catalogue, nudge: Callable[[], None]) -> None:
        """Tornado hands over what the route was registered with."""
        self.catalogue = catalogue
        self.nudge = nudge

    @property
    def root(self) -> Path:
        """The folder that the server serves."""
        return self.catalogue.root

    async def prepare(self, **options: Any) -> None:
        """Refuses who is not known, and bodies that are no JSON, before a method runs."""
        await super().prepare()
        if not self.current_user:
            raise web.HTTPError(403)
        if len(self.request.body) > BODY_LIMIT:
            raise TooLarge(f"The request is larger than {BODY_LIMIT // 1024**2} MB.")
        if self.request.method in ("POST", "PUT", "PATCH"):
            kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind not in self.media:
                words = "JSON" if len(self.media) == 1 else listed(self.media)
                raise UnsupportedMedia(
                    f"The body of the request is not marked as {words}.",
                    f"Send it with Content-Type: {listed(self.media)}.",
                )

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs what waits for files or the database beside the event loop."""
        return await asyncio.to_thread(function, *args, **kwargs)

    def body(self) -> Body:
        """The body of the request, to be taken apart field by field."""
        return Body.read(self.request.body)

    def query(self, name: str) -> str | None:
        """An argument of the address, as it is; None where it is absent or empty."""
        value = self.get_query_argument(name, None, strip=False)
        return value or None

    def number(self, name: str, default: int) -> int:
        """An argument of the address that is a whole number, not negative."""
        text = self.query(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise BadRequest(f'The argument "{name}" must be a whole number.')
        return int(text)

    async def reply(self, function: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Ends the request with what a function answers, as JSON; both made beside the event loop."""

        def text() -> str:
            return json.dumps(function(*args, **kwargs), ensure_ascii=False, allow_nan=False)

        answer = await asyncio.to_thread(text)
        self.set_header("Cache-Control", "no-store")
        self.finish(answer)

    def empty(self) -> None:
        """Ends the request with nothing but its success."""
        self.set_status(204)
        # `finish` of the base class would set a type for a body that is not there.
        web.RequestHandler.finish(self)

    def attach(self, name: str, kind: str) -> None:
        """The answer is a file to keep, in which nothing runs even if a browser shows it."""
        self.set_header("Content-Type", kind)
        self.set_header("Content-Security-Policy", SANDBOX)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_attachment_header(name)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Errors that people are told need no traceback; of others they get the number of the log entry."""
        value = of_disk(value) or value
        if isinstance(value, MlopsError):
            level = logging.WARNING if value.status >= 500 else logging.DEBUG
            self.log.log(level, "mlops %s in %s %s", value.code, self.request.method, self.request.path)
        elif isinstance(value, web.HTTPError):
            super().log_exception(typ, value, tb)
        else:
            self._entry = secrets.token_hex(4)
            self.log.error(
                "mlops error %s in %s %s", self._entry, self.request.method, self.request.path, exc_info=value
            )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answers a problem document (schemas/problem.v1.json)."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        error = of_disk(error) or error
        if isinstance(error, MlopsError):
            self.set_status(error.status)
            problem = error.problem()
        else:
            problem = self._problem(status_code, error)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(json.dumps(problem, ensure_ascii=False), set_content_type=PROBLEM)

    def _problem(self, status: int, error: BaseException | None) -> dict[str, Json]:
        """The problem of an error that is not ours: the server's, or a fault."""
        title, detail, hint = _SENTENCES.get(status, ("The request failed", "The request failed.", ""))
        if status == 500 and not isinstance(error, web.HTTPError):
            detail = f"The server met an error that it does not know (number {self._entry})."
            hint = "The log of the Jupyter server has the details under this number."
        code = "internal" if status == 500 else f"http-{status}"
        fault = MlopsError(detail, hint, code=code)
        return {**fault.problem(), "status": status, "title": title}

    _entry = ""


_SENTENCES = {
    400: ("The request is not valid", "The request is not valid.", ""),
    403: ("Not allowed", "You are not signed in, or not allowed to do this.", "Reload the page to sign in again."),
    404: ("Not found", "There is nothing at this address.", ""),
    405: ("Not possible here", "This address has no such method.", ""),
    500: ("Something went wrong", "The server met an error.", ""),
}
