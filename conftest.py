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


def _is_about_airflow(nodeid: str) -> bool:
    """As the names of its folder and file say."""
    return "airflow" in nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With pytest -n 2 files stay whole, and those about Airflow share one process, and with it one Airflow."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "airflow" if _is_about_airflow(nodeid) else nodeid.split("::", 1)[0]

    return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Those about Airflow mostly wait, so they begin, and all others run beside them.
    items.sort(key=lambda item: not _is_about_airflow(item.nodeid))
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
