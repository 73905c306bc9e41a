"""The catalogue, the schema, the functions and the guide know the same measures."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_ext import schema
from mlops_ext.monitoring import defaults
from mlops_ext.monitoring.catalogue import MEASURES
from mlops_ext.monitoring.document import judge

ROOT = Path(__file__).parents[2]
FEATURES: list[dict[str, str]] = [{}, {"a": "numeric"}, {"a": "category"}, {"a": "numeric", "b": "category"}]


def test_all_know_the_same_measures() -> None:
    assert list(MEASURES) == schema.load("monitor.v1")["$defs"]["measure"]["enum"]
    guide = (ROOT / "docs" / "guide" / "monitoring.md").read_text(encoding="utf-8")
    assert [name for name in MEASURES if f"`{name}`" not in guide] == []


def test_measures_have_their_formula_and_source_with_them() -> None:
    for path in (ROOT / "mlops_ext" / "monitoring" / "measures").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("features", FEATURES)
def test_default_checks_are_valid_for_any_columns(problem: str, features: dict[str, str]) -> None:
    score: Any = {"x": "p_x", "y": "p_y"} if problem == "multiclass" else "p"
    optional: dict[str, Any] = {
        "id": "id",
        "target": "y",
        "prediction": "said",
        "favourable": [1],
        "sensitive": [{"column": "s", "monitored": ["f"], "reference": ["m"]}],
    }
    if problem != "regression":
        optional["score"] = score
    for chosen in range(2 ** len(optional)):
        columns = {name: value for place, (name, value) in enumerate(optional.items()) if chosen >> place & 1}
        document: dict[str, Any] = {
            "version": 1,
            "model": {"name": "m", "path": "m"},
            "problem": problem,
            "columns": {"features": features, **columns},
            "baseline": {"path": "b.csv"},
            "batches": {"path": "*.csv"},
        }
        document["checks"] = defaults.checks(document)
        assert judge(document).issues == (), document


def test_what_the_server_may_import_is_light() -> None:
    names = ("values", "catalogue", "places", "batches", "defaults", "series", "verdict", "roles")
    program = (
        "import sys\n"
        f"from mlops_ext.monitoring import {', '.join(names)}\n"
        "print([one for one in ('numpy', 'pandas', 'scipy', 'sklearn') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
