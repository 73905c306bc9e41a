"""The Jupyter server extension: hooks the routes and the live news into a server.

Nothing heavy is imported here or by what is imported here: it would make every
start of JupyterLab slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.extension.application import ExtensionApp
from jupyter_server.services.contents.filemanager import FileContentsManager

from .handlers.catalogue import Catalogue
from .handlers.live import EVENT_SCHEMA_ID, MONITOR_SCHEMA_ID, SCHEMAS, News, Watcher
from .handlers.routes import routes
from .runtimes.airflow.keeping import Followers

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from .paths import Workspace


class MlopsExtension(ExtensionApp):
    """Hooks mlops_ext into a Jupyter server."""

    name = "mlops_ext"

    _watcher: Watcher | None = None
    _followers: Followers | None = None

    def initialize_settings(self) -> None:
        """Browsers that connect to the event stream hear of the schemas that are there by then."""
        events = self._server().event_logger
        if events is not None:
            for schema in SCHEMAS:
                events.register_event_schema(schema)

    def initialize_handlers(self) -> None:
        """Adds the routes."""
        self._catalogue = Catalogue(served_folder(self._server()))
        self.handlers.extend(routes(self._catalogue, self._nudge))

    async def _start_jupyter_server_extension(self, serverapp: ServerApp) -> None:
        """Begins to announce news, once the event loop runs."""
        self._followers = Followers()
        self._watcher = Watcher(
            self._catalogue,
            announcer(serverapp),
            _wake,
            serverapp.log,
            follow=self._followers.keep,
            settle=_settle,
        )
        self._watcher.start()

    async def stop_extension(self) -> None:
        """Stops announcing; runs go on in their engines, and on Airflow without us."""
        if self._watcher is not None:
            await asyncio.to_thread(self._watcher.stop)
            self._watcher = None
        if self._followers is not None:
            await asyncio.to_thread(self._followers.stop)
            self._followers = None

    def _server(self) -> ServerApp:
        if self.serverapp is None:
            raise RuntimeError("the extension is not linked to a server")
        return self.serverapp

    def _nudge(self) -> None:
        if self._watcher is not None:
            self._watcher.nudge()


def served_folder(serverapp: ServerApp) -> Path:
    """The folder that the file browser shows; where files are elsewhere, the one the server was started for."""
    contents = serverapp.contents_manager
    return Path(contents.root_dir if isinstance(contents, FileContentsManager) else serverapp.root_dir)


def announcer(serverapp: ServerApp) -> Callable[[list[News]], None]:
    """A function that emits news as events; other threads may call it."""
    loop = asyncio.get_running_loop()
    events = serverapp.event_logger

    def emit(news: list[News]) -> None:
        for one in news:
            if events is not None:
                events.emit(schema_id=MONITOR_SCHEMA_ID if "kind" in one else EVENT_SCHEMA_ID, data=dict(one))

    def announce(news: list[News]) -> None:
        # A loop that is closed has nobody left to tell.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(emit, news)

    return announce


def _wake(workspace: Workspace) -> None:
    from .submit import wake

    wake(workspace)


def _settle(workspace: Workspace) -> None:
    from .refresh import settle

    settle(workspace)
