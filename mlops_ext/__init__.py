"""Pipelines of notebooks and scripts, their runs and their monitoring in JupyterLab."""

try:
    from ._version import __version__
except ImportError:  # a checkout that was never built
    __version__ = "dev"

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "mlops-ext"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from .app import MlopsExtension

    return [{"module": "mlops_ext", "app": MlopsExtension}]
