"""Secrets over HTTP: set, removed, listed by name. A value goes in and never comes out."""

from __future__ import annotations

from typing import Any

from ..secrets import SecretStore
from .base import Handler, allowed


class SecretsHandler(Handler):
    """GET secrets"""

    @allowed("read")
    async def get(self) -> None:
        """Where secrets are kept, their names, and when each was set."""
        await self.reply(self._list)

    def _list(self) -> dict[str, Any]:
        store = SecretStore()
        return {"where": store.where(), "names": store.list()}


class SecretHandler(Handler):
    """PUT, DELETE secrets/<name>"""

    @allowed("write")
    async def put(self, name: str) -> None:
        """Sets a secret, in place of an earlier value."""
        body = self.body()
        value = body.take("value", str)
        body.end()
        await self.work(lambda: SecretStore().set(name, value))
        self.empty()

    @allowed("write")
    async def delete(self, name: str) -> None:
        """Forgets a secret."""
        await self.work(lambda: SecretStore().remove(name))
        self.empty()
