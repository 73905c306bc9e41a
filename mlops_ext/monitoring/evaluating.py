"""Evaluates the batches of a monitor: what is known already is not computed again, the rest is recorded.

One at a time for a monitor, whoever asks: the lock is that of engines, so it is
free when its holder is dead. Details for charts lie in a file beside the store,
written before the evaluation is committed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import MlopsError, NotFound, Unavailable
from ..issues import show
from ..paths import Workspace, register
from ..store import Store
from ..store.documents import timestamp
from ..store.evaluations import new_id
from . import webhook
from .batches import batches
from .files import Monitor, state_folder
from .keys import Inputs, evaluation_key, known_digest
from .locks import held
from .records import recalled, record
from .values import Batch

LOCK = "evaluating.lock"
WAIT_SECONDS = 3600.0
TRIES = 3
"""How often an evaluation begins anew when its data changes under it."""
FIELDS = ("rows", "labelled", "status", "metrics", "error")


def evaluate(monitor: Monitor, *, batch: str | None = None, every: bool = False) -> Iterator[dict[str, Any]]:
    """Evaluates the newest batch, a certain one or every one, oldest first; answers documents as they come."""
    chosen = _chosen(monitor, batch, every)
    with Store.open(monitor.workspace) as store, held(monitor.state / LOCK, WAIT_SECONDS):
        register(monitor.workspace)
        for one in chosen:
            yield _evaluated(monitor, store, one)
        for problem in webhook.tell(monitor, store):
            print(f"mlops: {problem}", file=sys.stderr)


def preview(monitor: Monitor) -> dict[str, Any]:
    """What the newest batch would be judged like; nothing is kept."""
    chosen = _chosen(monitor, None, False)[0]
    inputs = _inputs(monitor, chosen)
    found = _computed(monitor, chosen)
    return {**_document(monitor, chosen, inputs, found), "detail": found["detail"]}


def detail_of(workspace: Workspace, monitor: str, evaluation: str) -> dict[str, Any] | None:
    """What charts need of an evaluation; None where nothing was kept."""
    try:
        found = json.loads((state_folder(workspace, monitor) / f"{evaluation}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _chosen(monitor: Monitor, batch: str | None, every: bool) -> list[Batch]:
    found = batches(monitor.workspace, monitor.folder, monitor.document)
    if batch is not None:
        found = [one for one in found if one.id == batch]
        if not found:
            raise NotFound(
                f"The monitor has no batch {show(batch)}.", "mlops monitor status lists them.", code="unknown-batch"
            )
    if not found:
        pattern = monitor.document["batches"]["path"]
        raise NotFound(
            f"There is no batch yet: {show(pattern)} finds nothing.", "Score some data first.", code="no-batches"
        )
    return found if every else found[-1:]


def _evaluated(monitor: Monitor, store: Store, batch: Batch) -> dict[str, Any]:
    """One evaluation: the one that is known, or a new one."""
    for _ in range(TRIES):
        inputs = _inputs(monitor, batch)
        if inputs.batch is not None:
            known = recalled(store, monitor.path, evaluation_key(monitor.document, inputs))
            if known is not None:
                return known
        found = _computed(monitor, batch)
        if _inputs(monitor, batch) == inputs:
            break
    document = _document(monitor, batch, inputs, found)
    _keep(monitor, document["id"], found["detail"])
    return {**record(store, monitor.document, document), "reused": False}


def _inputs(monitor: Monitor, batch: Batch) -> Inputs:
    from .data import fingerprint

    model = known_digest(monitor.folder / monitor.document["model"]["path"])
    try:
        found = fingerprint(monitor.workspace, monitor.folder, monitor.document, batch)
    except MlopsError:
        # What is wrong with the data is said by the evaluation.
        return Inputs(None, None, None, model)
    return Inputs(found["batch"], found["labels"], found["baseline"], model)


def _computed(monitor: Monitor, batch: Batch) -> dict[str, Any]:
    from .evaluate import evaluate as compute

    try:
        return compute(monitor.workspace, monitor.folder, monitor.document, batch)
    except MlopsError as error:
        wrong = error
    except MemoryError:
        wrong = Unavailable("The evaluation needs more memory than there is.", code="memory")
    except Exception as error:
        # An error of ours is a status too: never a red alert, never green.
        wrong = MlopsError(f"The evaluation met an error that it does not know: {type(error).__name__}: {error}")
    failed = {"code": wrong.code, "message": wrong.message, "hint": wrong.hint}
    return {"rows": None, "labelled": None, "status": "error", "metrics": [], "error": failed, "detail": None}


def _document(monitor: Monitor, batch: Batch, inputs: Inputs, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "monitor": monitor.path,
        "id": new_id(),
        "key": evaluation_key(monitor.document, inputs),
        "reused": False,
        "batch": batch.id,
        "model": inputs.version,
        "baseline": inputs.baseline_version,
        **{name: found[name] for name in FIELDS[:4]},
        "alert": None,
        "error": found["error"],
        "created": timestamp(),
    }


def _keep(monitor: Monitor, evaluation: str, detail: dict[str, Any] | None) -> None:
    if detail is not None:
        text = json.dumps(detail, ensure_ascii=False, allow_nan=False)
        write_whole(monitor.state / f"{evaluation}.json", text.encode("utf-8"))


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that it is there whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=".", suffix=".partial", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(partial)
        raise
