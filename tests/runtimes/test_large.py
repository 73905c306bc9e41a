"""What a node prints or shows, however much: the node succeeds, all that is kept is bounded, and a note says so."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_ext.handlers.files import LOG_PART, node_log
from mlops_ext.runtimes.local import messages
from mlops_ext.runtimes.local.messages import LARGEST
from mlops_ext.runtimes.local.nodelog import LIMIT

from .lab import Lab, command

MEGABYTE = 1024 * 1024
AT_ONCE = "import sys\nfor _ in range({size}): sys.stdout.write('x' * 1_000_000)\nsys.stdout.flush()"
MANY = "for number in range({size} * 10_000): print('line', number, 'x' * 80)"
SHOWN = "from IPython.display import HTML\nHTML('<b>' + 'y' * ({size} * 1_000_000) + '</b>')"
RETURNED = "'z' * ({size} * 1_000_000)"


class Worker:
    """The most memory that the worker of a run took."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.megabytes = 0.0

    def __enter__(self) -> Worker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            for process in self._lab.processes():
                if b"mlops_ext.runtimes.local.worker" in command(process.pid):
                    self.megabytes = max(self.megabytes, _peak(process.pid))


def _peak(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0.0)


def show(lab: Lab, source: str, size: int, seconds: float = 120.0) -> float:
    """Runs a cell that shows so many megabytes; the megabytes that its worker took."""
    folder = lab.folder()
    folder.notebook("big.ipynb", source.format(size=size), ("after = 1", "results"))
    folder.pipeline({"big": {"type": "notebook", "path": "big.ipynb"}})
    with Worker(lab) as worker:
        run = folder.run(reuse=False, seconds=seconds)
    node = run["nodes"]["big"]
    assert (node["state"], node["results"]) == ("succeeded", {"after": 1}), node["error"]
    assert lab.file(run["id"], "big", "1", "notebook.ipynb").stat().st_size < 20 * MEGABYTE
    assert lab.file(run["id"], "big", "1", "log.txt").stat().st_size < LIMIT + MEGABYTE
    shown = str(lab.notebook(run["id"], "big")["cells"][0]["outputs"])[-3000:]
    assert "left out" in shown and "[mlops]" in shown
    _read_in_parts(lab, run["id"])
    return worker.megabytes


def _read_in_parts(lab: Lab, run_id: str) -> None:
    """What the route of a log answers: never more than a part, all of it in the end."""
    offset = parts = 0
    with lab.store() as store:
        while True:
            part = node_log(store, run_id, "big", offset)
            assert len(part["text"].encode()) <= LOG_PART <= MEGABYTE
            offset, parts = part["next"], parts + 1
            if part["complete"]:
                break
    assert offset == lab.file(run_id, "big", "1", "log.txt").stat().st_size and parts <= 2 + offset // LOG_PART


@pytest.mark.parametrize("source", [AT_ONCE, SHOWN, RETURNED])
def test_more_than_is_kept(lab: Lab, source: str) -> None:
    assert show(lab, source, 20) < 300


def test_a_message_that_is_too_large_to_be_read(lab: Lab) -> None:
    """It is not taken apart: a note stands for it."""
    megabytes = show(lab, RETURNED, LARGEST // 1_000_000 + 5)
    assert megabytes < 250, "what arrived, and once more"


def test_a_script_that_prints_more_than_is_kept(lab: Lab) -> None:
    folder = lab.folder()
    folder.write("big.sh", "yes 0123456789abcdef | head -c 40000000\n")
    folder.pipeline({"big": {"type": "script", "path": "big.sh"}})
    run = folder.run()
    assert run["nodes"]["big"]["state"] == "succeeded"
    text = lab.node_log(run["id"], "big")
    assert len(text) < LIMIT + MEGABYTE and text.rstrip().endswith("the rest is left out.")


@given(st.text(alphabet=st.characters(), min_size=30), st.booleans(), st.integers(12, 40))
def test_the_beginning_of_what_was_printed(text: str, ascii: bool, size: int) -> None:
    """Wherever it is cut: what is kept is what was there, and at most one character is lost."""
    content = json.dumps({"name": "stdout", "text": text}, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "BEGINNING", size)
        found = messages.beginning(content)
    assert found is not None and found["name"] == "stdout"
    kept = found["text"].rstrip("".join(map(chr, range(0xD800, 0xDC00))))
    assert text.startswith(kept) and len(found["text"]) >= size // 6 - 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "size", "most"), [(AT_ONCE, 2000, 2500), (MANY, 100, 300), (SHOWN, 500, 1400), (RETURNED, 500, 1400)]
)
def test_so_much_that_it_would_sink_a_ship(lab: Lab, source: str, size: int, most: int) -> None:
    """Two gigabytes printed, half a one returned; the worker takes what the kernel sends at once, and once more."""
    begin = time.monotonic()
    assert show(lab, source, size, seconds=600.0) < most
    assert time.monotonic() - begin < 600
