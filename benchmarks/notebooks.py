"""The notebooks and pipelines that are timed, made in a folder of their own."""

from __future__ import annotations

import itertools
from pathlib import Path

import nbformat

from mlops_ext.canonical import dumps


def write_notebook(path: Path, *cells: str) -> None:
    """A Python notebook with these code cells."""
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(book, path)


def write_pipeline(path: Path, nodes: dict[str, str], edges: list[tuple[str, str]], columns: int = 10) -> None:
    """A pipeline of notebook nodes (id → file), laid out in rows."""
    path.write_text(
        dumps(
            {
                "version": 1,
                "nodes": {name: {"type": "notebook", "path": file} for name, file in nodes.items()},
                "edges": [{"from": source, "to": target} for source, target in edges],
                "layout": {
                    name: [280 * (place % columns), 100 * (place // columns)] for place, name in enumerate(nodes)
                },
            }
        )
    )


def chain(folder: Path, length: int = 10) -> Path:
    """One-cell notebooks, each after the one before."""
    for number in range(length):
        write_notebook(folder / f"n{number}.ipynb", f"print({number})")
    ids = [f"n{number}" for number in range(length)]
    pipeline = folder / "chain.pipeline"
    write_pipeline(pipeline, {name: f"{name}.ipynb" for name in ids}, list(itertools.pairwise(ids)))
    return pipeline


def sleepers(folder: Path, count: int = 10, sleep: float = 2.0) -> Path:
    """A notebook, others that only wait, and one after all of those."""
    write_notebook(folder / "sleep.ipynb", f"import time\ntime.sleep({sleep})")
    write_notebook(folder / "quick.ipynb", "print(1)")
    waiting = [f"s{number}" for number in range(count)]
    nodes = {"root": "quick.ipynb", **dict.fromkeys(waiting, "sleep.ipynb"), "join": "quick.ipynb"}
    pipeline = folder / "sleepers.pipeline"
    write_pipeline(pipeline, nodes, [edge for name in waiting for edge in (("root", name), (name, "join"))])
    return pipeline


def burners(folder: Path, count: int = 8, cpu: float = 2.0) -> Path:
    """Notebooks that need a core for so long, with no edges."""
    write_notebook(folder / "burn.ipynb", f"import time\nwhile time.process_time() < {cpu}: pass")
    pipeline = folder / "burners.pipeline"
    write_pipeline(pipeline, {f"b{number}": "burn.ipynb" for number in range(count)}, [])
    return pipeline


def layers(folder: Path) -> Path:
    """A hundred trivial notebooks in layers of ten, with one and a half edges a node."""
    write_notebook(folder / "step.ipynb", "pass")
    ids = [f"n{number}" for number in range(100)]
    edges = {(ids[n - 10], ids[n]) for n in range(10, 100)} | {(ids[n - 9], ids[n]) for n in range(10, 100, 2)}
    pipeline = folder / "layers.pipeline"
    write_pipeline(pipeline, dict.fromkeys(ids, "step.ipynb"), sorted(edges))
    return pipeline


def hundred(folder: Path) -> Path:
    """A hundred nodes in layers of ten, each after one or two of the layer before."""
    write_notebook(folder / "step.ipynb", "pass")
    ids = [f"n{number}" for number in range(100)]
    edges = {(ids[n - 10], ids[n]) for n in range(10, 100)} | {
        (ids[n - 9], ids[n]) for n in range(10, 100) if n % 10 != 9
    }
    pipeline = folder / "hundred.pipeline"
    write_pipeline(pipeline, dict.fromkeys(ids, "step.ipynb"), sorted(edges))
    return pipeline
