"""Runs a notebook: papermill's parameters and client, our own eyes on what happens."""

from __future__ import annotations

from .run import NotebookRun

__all__ = ["NotebookRun"]
