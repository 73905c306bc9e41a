"""The package is what Jupyter takes it for."""

import json
from typing import Any

import mlops_ext


async def test_the_server_starts_with_the_extension(jp_serverapp: Any, jp_fetch: Any) -> None:
    assert "mlops_ext" in jp_serverapp.extension_manager.extensions
    response = await jp_fetch("api", "status")
    assert "started" in json.loads(response.body)


def test_the_labextension_is_named_as_npm_names_it() -> None:
    assert mlops_ext._jupyter_labextension_paths() == [{"src": "labextension", "dest": "mlops-ext"}]
