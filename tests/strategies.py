"""Made-up documents for property tests: valid pipelines, mutations of them, any JSON.

`pipelines()` obeys the schema and, unless `sound` is False, all rules of
validate; so it can be compiled when it has nodes that this version runs.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# For tests that draw whole documents: a quarter of the examples, and no complaint about a busy machine.
fewer = settings(
    max_examples=max(20, settings().max_examples // 4),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

CHARACTERS = st.characters(exclude_categories=("Cs",))
TEXT = st.sampled_from(["", "text", "Ünïcödé 🚀\n", "__proto__", "\0\x7f\u2028", "\uffff", "10", "9"]) | st.text(
    CHARACTERS, max_size=5
)
NO_NUL = TEXT.filter(lambda text: "\0" not in text)
# From lists, as made by pattern they would take most of the time of a test.
IDS = st.sampled_from(
    [*"abcdefgh", "load", "train", "a-b", "a_b", "n1", "n10", "n9", "constructor", "tostring", "z" * 63]
)
NAMES = st.sampled_from([*"abcxyzA_", "auc", "rows", "__proto__", "constructor", "None_", "x1", "Z" * 63])
DURATIONS = st.sampled_from(["1s", "90s", "30m", "2h", "9999999h"])
INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
# What is written as a whole number beyond 2^53 cannot be read again, and is refused at the door.
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: abs(x) < 2**53 or abs(x) >= 1e21)
SCALARS = st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXT)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
PARAMETER_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT,
    "integer": INTEGERS,
    "number": INTEGERS | FLOATS,
    "boolean": st.booleans(),
    "list": st.lists(JSON, max_size=3),
    "object": st.dictionaries(TEXT, JSON, max_size=3),
}
SUFFIXES = {"notebook": ".ipynb", "script": ".py", "pipeline": ".pipeline", "monitor": ".monitor"}
RUNNABLE = ("notebook", "script")
TYPES = (*RUNNABLE, "pipeline", "monitor", "approval", "operator", "kfp")
ENV = st.dictionaries(NAMES, NO_NUL | st.builds(lambda name: {"secret": name}, IDS), max_size=2)
RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.integers(0, 8) | st.just(0.5),
        "memory": st.sampled_from(["1K", "512M", "4G", "2T"]),
        "gpu": st.integers(0, 2),
    },
)
SETTINGS: dict[str, st.SearchStrategy[Any]] = {
    "retries": st.integers(0, 100),
    "retry_delay": DURATIONS,
    "timeout": DURATIONS,
    "env": ENV,
    "reuse": st.sampled_from(["auto", "always", "never"]),
    "resources": RESOURCES,
}
CONDITIONS = st.fixed_dictionaries(
    {
        "result": NAMES,
        "op": st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        "value": SCALARS,
    }
)


@st.composite
def pipelines(
    draw: st.DrawFn, *, types: tuple[str, ...] = TYPES, max_nodes: int = 5, min_nodes: int = 0, sound: bool = True
) -> dict[str, Any]:
    """A valid document; with `sound` also one without errors of validate."""
    parameters = draw(st.dictionaries(NAMES, _parameters(), max_size=3))
    ids = draw(st.lists(IDS, unique=True, min_size=min_nodes, max_size=max_nodes))
    pairs = [(one, other) for index, one in enumerate(ids) for other in ids[index + 1 :]]
    drawn = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=8)) if pairs else []
    edges = [{"from": one, "to": other} for one, other in drawn]
    for edge in edges:
        if draw(st.booleans()):
            edge["when"] = draw(CONDITIONS)
    if not sound and ids:
        edges += draw(st.lists(st.fixed_dictionaries({"from": IDS, "to": st.sampled_from(ids)}), max_size=2))
    nodes = {node: draw(_nodes(node, types, list(parameters), _upstream(node, drawn))) for node in ids}
    document: dict[str, Any] = {"version": 1, "nodes": nodes, "edges": edges, "parameters": parameters}
    extras = {
        "description": TEXT,
        "defaults": st.fixed_dictionaries({}, optional={**SETTINGS, "kernel": IDS}),
        "schedule": st.just({"cron": "0 6 * * *", "timezone": "UTC"}),
        "runtimes": st.dictionaries(TEXT, st.builds(lambda tags: {"tags": tags}, st.lists(TEXT)), max_size=2),
        "comments": st.dictionaries(IDS, st.fixed_dictionaries({"text": TEXT}), max_size=2),
        "extra": JSON,
        "layout": st.just({node: [240 * place, 0] for place, node in enumerate(ids)}),
    }
    document |= _some(draw, extras)
    for key in draw(st.sets(st.sampled_from(["edges", "parameters"]))):
        if not document[key]:
            del document[key]
    return _shuffled(draw, document)


@st.composite
def mutations(draw: st.DrawFn, documents: st.SearchStrategy[dict[str, Any]] | None = None) -> Any:
    """A document that was valid before something in it was deleted, replaced, added or swapped."""
    document: Any = copy.deepcopy(draw(documents or pipelines(sound=False)))
    for _ in range(draw(st.integers(1, 3))):
        holders = list(_holders(document))
        if not holders:
            return draw(JSON)
        holder = draw(st.sampled_from(holders))
        keys: list[Any] = list(range(len(holder))) if isinstance(holder, list) else sorted(holder)
        action = draw(st.sampled_from(["delete", "replace", "add", "swap"]))
        if action == "add" or not keys:
            value = draw(JSON)
            if isinstance(holder, list):
                holder.append(value)
            else:
                holder[draw(TEXT | NAMES | st.sampled_from(["type", "from", "version", "when", "extra"]))] = value
        elif action == "delete":
            del holder[draw(st.sampled_from(keys))]
        elif action == "replace":
            holder[draw(st.sampled_from(keys))] = draw(JSON)
        else:
            one, other = draw(st.sampled_from(keys)), draw(st.sampled_from(keys))
            holder[one], holder[other] = holder[other], holder[one]
    return document


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 8, acyclic: bool = False) -> tuple[list[str], list[tuple[str, str]]]:
    """Nodes and edges between them."""
    nodes = draw(st.lists(IDS, unique=True, max_size=max_nodes))
    pairs = [(a, b) for i, a in enumerate(nodes) for j, b in enumerate(nodes) if i < j or not acyclic]
    return nodes, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []


def _parameters() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries({"type": st.just(kind)}, optional={"default": st.none() | values, "description": TEXT})
        for kind, values in PARAMETER_VALUES.items()
    )


def _some(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Values of a few of the fields: drawing whether each of many is there takes long."""
    chosen = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=4))
    return {field: draw(fields[field]) for field in chosen}


@st.composite
def _nodes(
    draw: st.DrawFn, node: str, types: tuple[str, ...], parameters: list[str], upstream: list[str]
) -> dict[str, Any]:
    kind = draw(st.sampled_from(types))
    fields: dict[str, Any] = {"type": kind}
    if kind in SUFFIXES:
        fields["path"] = draw(st.sampled_from(["", "sub/", "a b/ü/"])) + node + SUFFIXES[kind]
    if kind == "operator":
        fields["operator"] = "a.b.C"
    own: dict[str, st.SearchStrategy[Any]] = {
        **SETTINGS,
        "label": TEXT,
        "description": TEXT,
        "disabled": st.booleans(),
        "files": st.lists(st.sampled_from(["a.csv", "lib/b.py", "x/../c.txt"]), max_size=2),
        "outputs": st.lists(st.sampled_from([f"{node}.csv", f"out/{node}.bin", f"out/{node}"]), max_size=2),
        "extra": JSON,
    }
    if kind in RUNNABLE:
        own |= {"kernel": IDS, "queue": TEXT, "pool": TEXT}
    if kind in (*RUNNABLE, "pipeline"):
        own["parameters"] = st.dictionaries(NAMES, _values(parameters, upstream), max_size=3)
    if kind == "operator":
        own["fields"] = st.dictionaries(NAMES, JSON, max_size=2)
    if kind == "kfp":
        own["component"] = JSON
    return fields | _some(draw, own)


def _values(parameters: list[str], upstream: list[str]) -> st.SearchStrategy[Any]:
    choices: list[st.SearchStrategy[Any]] = [
        JSON.filter(lambda value: not isinstance(value, dict) or set(value) != {"from"}),
        st.builds(lambda value: {"value": value}, JSON),
    ]
    if parameters:
        choices.append(st.sampled_from([{"from": f"parameters.{name}"} for name in parameters]))
    if upstream:
        choices.append(st.builds(lambda n, r: {"from": f"nodes.{n}.results.{r}"}, st.sampled_from(upstream), NAMES))
    return st.one_of(choices)


def _upstream(node: str, edges: list[tuple[str, str]]) -> list[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        last = waiting.pop()
        new = {one for one, other in edges if other == last} - found
        found |= new
        waiting += new
    return sorted(found)


def _holders(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _holders(inner)


def _shuffled(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    keys = draw(st.permutations(list(document)))
    return {key: document[key] for key in keys}
