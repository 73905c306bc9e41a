"""Fixtures of the server's tests."""

from tests.handlers.served import own_state, served

__all__ = ["own_state", "served"]
