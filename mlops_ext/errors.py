"""What can go wrong, as sentences for people.

    MlopsError 500
      BadRequest 400            what was asked makes no sense
        OutsideWorkspace 400    a path that leads out of the workspace
      Refused 403               understood, and not done
      NotFound 404
      Conflict 409              the world is another than the caller thinks
      TooLarge 413
      UnsupportedMedia 415
      InvalidPipeline 422       with the issues of the pipeline
        InvalidMonitor 422      with those of the monitor
      Unavailable 503           cannot be done now

Whoever raises one says what is wrong (`message`) and what to do about it
(`hint`); commands print both, routes answer `problem()`.
"""

from __future__ import annotations

import errno
from collections.abc import Sequence

from .model import Issue, Json

_SQLITE_FULL = 13
_SQLITE_BROKEN = (8, 10, 14)
"""SQLite's numbers, which need not be imported for it: not writable, an error of the disk, cannot be opened."""


class MlopsError(Exception):
    """An error that a person may read; its subclasses say of which kind it is."""

    status = 500
    code = "internal"
    title = "Something went wrong"

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        code: str | None = None,
        pointer: str | None = None,
        node: str | None = None,
        issues: Sequence[Issue] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.pointer = pointer
        self.node = node
        self.issues = None if issues is None else tuple(issues)

    def problem(self) -> dict[str, Json]:
        """The error as a problem document (schemas/problem.v1.json)."""
        return {
            "type": "about:blank",
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.message,
            "hint": self.hint,
            "pointer": self.pointer,
            "node": self.node,
            "issues": None if self.issues is None else [issue.json() for issue in self.issues],
        }


class BadRequest(MlopsError):
    """What was asked makes no sense."""

    status = 400
    code = "bad-request"
    title = "The request is not valid"


class OutsideWorkspace(BadRequest):
    """A path leads out of the workspace."""

    code = "outside-workspace"
    title = "The path leads out of the workspace"


class Refused(MlopsError):
    """The request was understood and is not done."""

    status = 403
    code = "refused"
    title = "Not done"


class NotFound(MlopsError):
    """There is no such thing."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(MlopsError):
    """The world is another than the caller thinks."""

    status = 409
    code = "conflict"
    title = "Not possible as things are"


class TooLarge(MlopsError):
    """More than is accepted."""

    status = 413
    code = "too-large"
    title = "Too large"


class UnsupportedMedia(MlopsError):
    """The body of a request is of a type that is not read."""

    status = 415
    code = "unsupported-media-type"
    title = "The content type is not supported"


class InvalidPipeline(MlopsError):
    """A pipeline, or what was given to it, has errors; `issues` lists them."""

    status = 422
    code = "invalid-pipeline"
    title = "The pipeline has errors"

    def __init__(self, issues: Sequence[Issue], message: str = "", hint: str = "") -> None:
        errors = [issue for issue in issues if issue.severity == "error"] or list(issues)
        first = errors[0] if errors else None
        others = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(
            message or (first.message + others if first else f"{self.title}."),
            hint or (first.hint if first else ""),
            pointer=first.pointer if first else None,
            node=first.node if first else None,
            issues=issues,
        )


class InvalidMonitor(InvalidPipeline):
    """A monitor has errors; `issues` lists them."""

    code = "invalid-monitor"
    title = "The monitor has errors"


class Unavailable(MlopsError):
    """It cannot be done now; later it may."""

    status = 503
    code = "unavailable"
    title = "Not possible at the moment"


def of_disk(error: BaseException | None) -> Unavailable | None:
    """What a full or broken disk means for people, as files and SQLite tell it; None if that is not what happened."""
    number, code = getattr(error, "errno", None), getattr(error, "sqlite_errorcode", 0) & 0xFF
    if number in (errno.ENOSPC, errno.EDQUOT) or code == _SQLITE_FULL:
        return Unavailable("The disk is full.", "Free some space and run again.", code="disk-full")
    if number in (errno.EIO, errno.EROFS) or code in _SQLITE_BROKEN:
        return Unavailable(
            "The disk did not take what was written to it.",
            f"It may be broken, or not writable any more ({getattr(error, 'strerror', None) or error}).",
            code="disk-error",
        )
    return None
