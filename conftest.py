"""Shared fixtures; pytest wants plugins to be named in the root conftest."""

import os
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ["pytest_jupyter.jupyter_server", "tests.airflow.fixture"]


# No deadline: the machine that runs the tests may be busy with something else.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("all", deadline=None, max_examples=1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also run the tests marked slow, with more examples")


def pytest_configure(config: pytest.Config) -> None:
    chosen = config.getoption("--hypothesis-profile", default=None)
    if not chosen:
        everything = config.getoption("--all")
        settings.load_profile("all" if everything else "ci" if os.environ.get("CI") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # With pytest -n 2 --dist loadgroup files stay whole, and those that need the Airflow share one: it mostly
    # waits, so it begins, and all others run beside it.
    airflow = {item.path for item in items if "airflow" in getattr(item, "fixturenames", ())}
    for item in items:
        item.add_marker(pytest.mark.xdist_group("airflow" if item.path in airflow else str(item.path)))
    items.sort(key=lambda item: item.path not in airflow)
    if config.getoption("--all"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    """A server with the extension on, which asks for authentication everywhere."""
    config = dict(jp_server_config)
    server = dict(config.get("ServerApp", {}))
    server["jpserver_extensions"] = {"mlops_ext": True}
    server["allow_unauthenticated_access"] = False
    config["ServerApp"] = server
    return config
