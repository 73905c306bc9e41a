"""The variables that a node's processes see.

Those the engine was started with, less what belongs to Jupyter, to us, or is a
secret of the run; then the node's own; then the marks by which it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from ...errors import MlopsError
from ...model import Secret
from ...secrets import SecretStore
from .nursery import HIDDEN


def node_environment(
    base: Mapping[str, str],
    own: Mapping[str, str | Secret],
    marks: Mapping[str, str],
    results: Path,
    secrets: Callable[[], SecretStore],
) -> tuple[dict[str, str], list[str]]:
    """Variables and the values among them that must not be shown; raises what a secret that is missing raises.

    `secrets` is called only where a node wants one: to look for a keyring takes longer than many a node runs.
    """
    store = cache(secrets)
    values: dict[str, str] = {}
    environment: dict[str, str] = {}
    for name, value in own.items():
        if isinstance(value, Secret):
            try:
                values[name] = store().get_for_node(value.name).reveal()
            except MlopsError as error:
                raise type(error)(
                    f"The variable {name} wants the secret {value.name}: {error.message}", error.hint, code=error.code
                ) from None
            environment[name] = values[name]
        else:
            environment[name] = value
    hidden = set(values.values())
    inherited = {name: value for name, value in base.items() if not name.startswith(HIDDEN) and value not in hidden}
    return {**inherited, **environment, **marks, "MLOPS_RESULTS": str(results)}, sorted(hidden)
