"""Server configuration for the integration tests.

!! Never use this configuration in production: it opens the server without a
password and gives access to JupyterLab's objects through the window.
"""

import os
import shutil
import tempfile
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)

c.ServerApp.port = int(os.environ.get("MLOPS_UI_PORT", "8899"))
c.ServerApp.port_retries = 0
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.base_url = os.environ.get("MLOPS_UI_BASE_URL", "/")
c.ServerApp.allow_root = True
c.ServerApp.open_browser = False
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None

# What the tests make lies in a folder of its own, with the examples in it.
root = Path(tempfile.mkdtemp(prefix="mlops-ui-tests-"))
examples = Path(__file__).resolve().parent.parent / "examples"
if examples.is_dir():
    shutil.copytree(examples, root / "examples", ignore=shutil.ignore_patterns(".mlops", ".ipynb_checkpoints"))
c.ServerApp.root_dir = str(root)
