"""A server with the extension starts as quickly as without, wakes what waits, and stops cleanly."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlops_ext import submit
from mlops_ext.paths import find_workspace
from mlops_ext.store import Store
from tests.handlers.served import end_engine, write_pipeline

HEAVY = (
    "pandas sklearn scipy numpy papermill nbclient airflow_client mlflow keyring fsspec matplotlib "
    "mlops_ext.export_html mlops_ext.runtimes.local.worker mlops_ext.runtimes.local.notebook"
).split()
IMPORT = """
import json, sys, time
import jupyter_server.serverapp, jupyter_server.extension.application
before, seconds = set(sys.modules), []
for _ in range(7):
    begin = time.process_time()
    import mlops_ext.app
    seconds.append(time.process_time() - begin)
    new = [name for name in sys.modules if name not in before]
    for name in new:
        del sys.modules[name]
print(json.dumps([seconds, new]))
"""
SERVE = """
import json, sys
from jupyter_server.serverapp import ServerApp
app = ServerApp.instance()
app.initialize(sys.argv[1:])
def report():
    print(json.dumps([sorted(sys.modules), sorted(app.extension_manager.extensions)]), flush=True)
    app.stop()
app.io_loop.call_later(3.0, report)
app.start()
"""


def test_importing_the_extension_costs_little() -> None:
    """Over jupyter_server itself, in time of this process, whatever else the machine does."""
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, check=True, text=True)
    seconds, new = json.loads(done.stdout)
    assert statistics.median(seconds) < 0.15, seconds
    assert {name.partition(".")[0] for name in new} <= {"mlops_ext", "secrets"}


def test_a_server_from_start_to_stop(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = own_state / "root"
    pipeline = write_pipeline(root / "project")
    with monkeypatch.context() as patched:
        # As if the machine went down between the commit of the run and the start of the engine.
        patched.setattr(submit, "wake", lambda _: False)
        run_id = submit.submit(root, pipeline)
    for name in ("pandas", "jupyter_server", "mlops_ext"):
        (root / f"{name}.py").write_text("raise SystemExit('imported from the folder that is served')")
    arguments = [
        f"--ServerApp.root_dir={root}",
        "--ServerApp.jpserver_extensions=mlops_ext=True",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
        "--ServerApp.port=0",
        "--IdentityProvider.token=t",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY"))}
    environment |= {"JUPYTER_CONFIG_DIR": str(own_state / "config"), "JUPYTER_RUNTIME_DIR": str(own_state / "runtime")}
    begin = time.monotonic()
    server = subprocess.run(
        [sys.executable, "-P", "-c", SERVE, *arguments],
        capture_output=True,
        text=True,
        cwd=root,
        env=environment,
        timeout=60,
    )
    assert server.returncode == 0, server.stderr
    assert time.monotonic() - begin < 50
    modules, extensions = json.loads(server.stdout.splitlines()[-1])
    assert "mlops_ext" in extensions
    assert "mlops_ext.handlers.live" in modules
    assert not set(HEAVY) & set(modules)
    for word in ("Traceback", "never awaited", "was destroyed", "ResourceWarning", "failed"):
        assert word not in server.stderr, server.stderr

    # The run was taken up when the server came, and goes on without it.
    workspace = find_workspace(pipeline, root)
    end_engine(workspace)
    with Store.open(workspace) as store:
        assert store.run(run_id)["state"] == "succeeded"
