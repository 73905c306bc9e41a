"""Who goes first: the longest expected way, the run that has least, and after a while whoever waited."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_ext.compile import Plan, Step
from mlops_ext.model import Edge
from mlops_ext.paths import workspace_at
from mlops_ext.runtimes.local.claims import PATIENCE_SECONDS, Amount, Machine
from mlops_ext.runtimes.local.priority import UNKNOWN_SECONDS, by_priority, remaining
from mlops_ext.store import Store

from .lab import Lab

Graphs = tuple[list[str], list[Edge], dict[str, float]]


@st.composite
def graphs(draw: st.DrawFn) -> Graphs:
    """Nodes so that each comes after its sources, edges, and how long some of them took."""
    count = draw(st.integers(1, 8))
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    nodes = [f"n{i}" for i in range(count)]
    took = draw(st.dictionaries(st.sampled_from(nodes), st.floats(0.01, 1e6)))
    return nodes, [Edge(f"n{i}", f"n{j}") for i, j in edges], took


def ways(node: str, edges: list[Edge]) -> list[list[str]]:
    """All chains that begin with a node."""
    following = [edge.target for edge in edges if edge.source == node]
    return [[node]] + [[node, *way] for target in following for way in ways(target, edges)]


@given(graphs())
def test_what_remains_is_the_longest_of_all_ways(graph: Graphs) -> None:
    nodes, edges, took = graph
    known = sorted(took.values())
    middle = (known[len(known) // 2] + known[(len(known) - 1) // 2]) / 2 if known else UNKNOWN_SECONDS
    for node, seconds in remaining(nodes, edges, took).items():
        longest = max(sum(took.get(one, middle) for one in way) for way in ways(node, edges))
        assert abs(seconds - longest) <= 1e-9 * longest


@given(graphs())
def test_a_node_never_goes_before_its_sources(graph: Graphs) -> None:
    nodes, edges, took = graph
    order = by_priority(nodes, edges, took)
    assert sorted(order) == sorted(nodes)
    place = {node: number for number, node in enumerate(order)}
    assert all(place[edge.source] < place[edge.target] for edge in edges)


amounts = st.builds(
    Amount,
    st.integers(0, 4).map(float),
    st.integers(0, 8),
    st.integers(0, 1),
)


class World:
    """A machine on which nodes come, take, and go, and a clock."""

    def __init__(self, whole: Amount) -> None:
        self.now = 0.0
        self.machine = Machine(whole, lambda: self.now)
        self.machine._most = 1000
        self.running: dict[tuple[str, str], tuple[Amount, float]] = {}

    def end(self) -> None:
        for key in [key for key, (_, until) in self.running.items() if until <= self.now]:
            self.machine.release(key)
            del self.running[key]

    def take(self, key: tuple[str, str], wanted: Amount, seconds: float) -> bool:
        if not self.machine.take(key, wanted):
            return False
        self.running[key] = (wanted, self.now + seconds)
        return True


@given(st.lists(st.tuples(amounts, st.integers(1, 20)), max_size=40))
def test_never_more_than_there_is(nodes: list[tuple[Amount, int]]) -> None:
    whole = Amount(4.0, 8, 1)
    world, waiting = World(whole), {(f"r{number}", "n"): node for number, node in enumerate(nodes)}
    for _ in range(2000):
        world.end()
        for key, (wanted, seconds) in list(waiting.items()):
            if world.take(key, wanted, seconds):
                del waiting[key]
        total = Amount()
        for taken, _ in world.running.values():
            total = total + taken
        assert total <= whole
        if not waiting:
            break
        world.now += 1
    assert not waiting, "everybody has a turn"


@settings(max_examples=30)
@given(amounts.filter(lambda amount: amount != Amount()), st.integers(1, 20), st.randoms())
def test_a_large_node_is_let_through_though_small_ones_never_cease(large: Amount, seconds: int, dice: Any) -> None:
    whole = Amount(4.0, 8, 1)
    world, number = World(whole), 0
    for _ in range(round(PATIENCE_SECONDS) + 3 * seconds + 10):
        world.end()
        for _ in range(6):  # newcomers are asked first, each time
            number += 1
            world.take(("small", str(number)), Amount(1.0, 1, dice.randint(0, 1)), dice.randint(1, seconds))
        if world.take(("large", "n"), large, 1):
            return
        world.now += 1
    raise AssertionError(f"{large} never had its turn")


def test_two_that_need_most_of_the_memory_never_meet() -> None:
    world = World(Amount(8.0, 12, 0))
    assert world.take(("a", "n"), Amount(memory=8), 1)
    assert not world.take(("b", "n"), Amount(memory=8), 1)
    assert world.take(("b", "small"), Amount(memory=4), 1)


def test_who_was_cancelled_holds_nobody_up() -> None:
    world = World(Amount(4.0, 8, 0))
    world.take(("a", "n"), Amount(2.0), 1000)
    assert not world.take(("b", "n"), Amount(4.0), 1)
    world.now += PATIENCE_SECONDS + 1
    assert not world.take(("c", "n"), Amount(1.0), 1), "b has waited for long"
    world.machine.forget("b")
    assert world.take(("c", "n"), Amount(1.0), 1)


def test_how_long_nodes_usually_take(lab: Lab, tmp_path_factory: Any) -> None:
    """Of the runs of this pipeline in which they ran; what was reused took no time that counts."""
    folder = tmp_path_factory.mktemp("usual")
    (folder / ".mlops").mkdir()
    plan = Plan("p.pipeline", "0" * 64, steps={name: Step(name, "script") for name in ("a", "b", "c")})
    with Store.open(workspace_at(folder)) as store:
        for took in (1.0, 9.0, 2.0):
            run_id = store.create_run(plan)
            store.advance_node(run_id, "a", state="running")
            store.advance_node(run_id, "a", state="succeeded", seconds=took)
            store.advance_node(run_id, "b", state="running")
            store.advance_node(run_id, "b", state="failed", seconds=50.0)
            store.advance_node(run_id, "c", state="succeeded", seconds=0.0, reused=True)
        assert store.usual_seconds("p.pipeline") == {"a": 2.0}
        assert store.usual_seconds("q.pipeline") == {}


def test_the_longest_way_goes_first(lab: Lab) -> None:
    """Known from the run before: of two that could start, the one with the slow node behind it."""
    folder = lab.folder()
    folder.write("quick.sh", "echo $MLOPS_NODE >> order\n")
    folder.write("slow.sh", "echo $MLOPS_NODE >> order; sleep 0.7\n")
    folder.pipeline(
        {
            "a-alone": {"type": "script", "path": "quick.sh"},
            "b-first": {"type": "script", "path": "quick.sh"},
            "c-slow": {"type": "script", "path": "slow.sh"},
        },
        [("b-first", "c-slow")],
    )
    folder.run(max_parallel=1, reuse=False)
    (folder.path / "order").unlink()
    folder.run(max_parallel=1, reuse=False)
    assert (folder.path / "order").read_text().split() == ["b-first", "c-slow", "a-alone"]


def test_a_run_that_comes_later_gets_its_share(lab: Lab) -> None:
    """Runs with many nodes do not keep the machine to themselves."""
    folder = lab.folder()
    folder.write("nap.sh", "sleep 1\n")
    folder.write("quick.sh", "true\n")
    many = {f"n{number:02}": {"type": "script", "path": "nap.sh"} for number in range(99)}
    folder.pipeline(many, name="many.pipeline")
    folder.pipeline({"one": {"type": "script", "path": "quick.sh"}}, name="one.pipeline")
    long = [folder.submit("many.pipeline", reuse=False, max_parallel=16) for _ in range(2)]
    lab.node_running(long[0], "n00")
    late = lab.wait(folder.submit("one.pipeline", reuse=False))
    states = [node["state"] for run_id in long for node in lab.run(run_id)["nodes"].values()]
    assert late["state"] == "succeeded" and states.count("queued") > 5
    for run_id in long:
        lab.cancel(run_id)
        lab.wait(run_id)
