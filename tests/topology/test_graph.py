"""The graph of a topology and the ways between its zones."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise, product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import PATIENCE

from vbtui.topology import Firewall, Topology, Zone, load, resolve, shipped
from vbtui.topology.graph import ambiguous_paths, graph, zone_paths


def world(
    firewalls: dict[str, list[str]], zones: str = "abcdef", paths: tuple[tuple[str, str, list[str]], ...] = ()
) -> Topology:
    return Topology.model_validate(
        {
            "version": 1,
            "name": "world",
            "zones": [{"name": zone, "cidrs": [f"10.{number}.0.0/16"]} for number, zone in enumerate(zones)],
            "nodes": [{"name": "n", "roles": ["backup_server"]}],
            "firewalls": [{"name": name, "connects": connects} for name, connects in firewalls.items()],
            "paths": [{"from": source, "to": destination, "via": via} for source, destination, via in paths],
            "jobs": [{"name": "j", "vms": ["v"], "repository": "n"}],
        }
    )


LINE = {"f": ["a", "b"], "g": ["b", "c"], "h": ["c", "d"]}


@pytest.mark.parametrize(
    ("source", "destination", "crossed"),
    [
        ("a", "a", ()),
        ("a", "b", ("f",)),
        ("a", "d", ("f", "g", "h")),
        ("d", "a", ("h", "g", "f")),
        ("a", "e", None),
        ("e", "f", None),
    ],
)
def test_the_shortest_way(source: str, destination: str, crossed: tuple[str, ...] | None) -> None:
    assert zone_paths(world(LINE))[source, destination] == crossed


def test_a_named_path_holds_in_its_direction_and_reversed() -> None:
    paths = zone_paths(world(LINE, paths=(("a", "b", ["h", "f"]), ("e", "a", ["g"]))))
    assert paths["a", "b"] == ("h", "f")
    assert paths["b", "a"] == ("f", "h")
    assert (paths["e", "a"], paths["a", "e"]) == (("g",), ("g",))
    assert paths["a", "c"] == ("f", "g")


def test_an_unknown_zone_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        zone_paths(world(LINE))["a", "z"]
    assert zone_paths(world(LINE)).get(("z", "a")) is None


def test_two_parallel_firewalls_are_ambiguous_until_named() -> None:
    twice = {"f": ["a", "b"], "g": ["b", "a"]}
    (found,) = ambiguous_paths(world(twice))
    assert (found.source, found.destination, found.first, found.second) == ("a", "b", ("f",), ("g",))
    assert not list(ambiguous_paths(world(twice, paths=(("b", "a", ["g"]),))))


def test_two_zones_between_the_same_firewalls_are_one_way() -> None:
    found = [
        (way.source, way.destination) for way in ambiguous_paths(world({"f": ["a", "b", "c"], "g": ["b", "c", "d"]}))
    ]
    assert ("a", "d") not in found
    assert ("b", "c") in found, "both firewalls join b and c directly"


def test_a_ring_of_four_is_ambiguous_across() -> None:
    ring = {"f": ["a", "b"], "g": ["b", "c"], "h": ["c", "d"], "i": ["d", "a"]}
    found = {(way.source, way.destination): (way.first, way.second) for way in ambiguous_paths(world(ring))}
    assert found == {("a", "c"): (("f", "g"), ("i", "h")), ("b", "d"): (("f", "i"), ("g", "h"))}


def slow_ways(firewalls: dict[str, list[str]], source: str, destination: str) -> list[tuple[str, ...]]:
    """Every shortest sequence of firewalls, by trying all sequences of growing length."""
    if source == destination:
        return [()]
    for length in range(1, len(firewalls) + 1):
        found = [
            way
            for way in product(firewalls, repeat=length)
            if source in firewalls[way[0]]
            and destination in firewalls[way[-1]]
            and all(set(firewalls[x]) & set(firewalls[y]) and x != y for x, y in pairwise(way))
        ]
        if found:
            return found
    return []


connections = st.dictionaries(
    st.sampled_from("uvwxyz"), st.lists(st.sampled_from("abcd"), min_size=2, max_size=3, unique=True), max_size=4
)


@given(connections)
@settings(max_examples=60, deadline=None)
def test_ways_agree_with_trying_everything(firewalls: dict[str, list[str]]) -> None:
    topology = world(firewalls, "abcd")
    paths = zone_paths(topology)
    reported = {(way.source, way.destination) for way in ambiguous_paths(topology)}
    exists = False
    for source, destination in product("abcd", repeat=2):
        ways = slow_ways(firewalls, source, destination)
        found = paths[source, destination]
        assert found in ways if ways else found is None
        exists = exists or len(ways) > 1
        if (source, destination) in reported:
            assert len(ways) > 1
    assert bool(reported) == exists


@pytest.mark.parametrize("name", shipped())
def test_the_graph_of_a_shipped_topology_holds_every_part(name: str) -> None:
    topology = load(resolve(name)).topology
    drawn = graph(topology)
    expected = {
        "node": [part.name for part in topology.nodes],
        "vm": [part.name for part in topology.vms],
        "zone": [part.name for part in topology.zones],
        "firewall": [part.name for part in topology.firewalls],
        "datastore": [part.name for part in topology.datastores],
    }
    for kind, names in expected.items():
        assert [data["name"] for _, data in drawn.nodes(data=True) if data["kind"] == kind] == names
    for vm in topology.vms:
        assert drawn.edges[("vm", vm.name), ("node", vm.host)]["kind"] == "runs"
        assert drawn.edges[("vm", vm.name), ("zone", str(vm.zone))]["kind"] == "address"
    for firewall in topology.firewalls:
        for zone in firewall.connects:
            assert drawn.edges[("firewall", firewall.name), ("zone", zone)]["kind"] == "connects"


def test_reading_a_file_and_asking_for_ways_loads_no_networkx() -> None:
    code = (
        "import sys; from vbtui.topology import load, resolve; from vbtui.topology.graph import zone_paths; "
        "dict(zone_paths(load(resolve('two-site')).topology)); "
        "assert 'networkx' not in sys.modules; assert 'textual' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4), max_size=6))
@settings(max_examples=200, deadline=None)
def test_ways_are_those_of_networkx(connects: list[list[str]]) -> None:
    topology = world({f"f{number}": zones for number, zones in enumerate(connects)})
    joined: nx.Graph[str] = nx.Graph()
    joined.add_nodes_from("abcdef")
    for number, zones in enumerate(connects):
        joined.add_edges_from((f"f{number}", zone) for zone in zones)
        # two firewalls at one zone are neighbours, whichever zone it is
        joined.add_edges_from(
            (f"f{number}", f"f{other}") for other in range(number) if set(zones) & set(connects[other])
        )
    ways = {
        (source, destination): {
            tuple(step for step in way if step.startswith("f") and len(step) > 1)
            for way in nx.all_shortest_paths(joined, source, destination)
        }
        if nx.has_path(joined, source, destination)
        else {None}
        for source, destination in product("abcdef", repeat=2)
    }
    paths = zone_paths(topology)
    assert all(paths[pair] in ways[pair] for pair in ways)
    unclear = {(one.source, one.destination): (one.first, one.second) for one in ambiguous_paths(topology)}
    assert all({first, second} <= ways[pair] and first != second for pair, (first, second) in unclear.items())
    assert bool(unclear) == any(len(ways[pair]) > 1 for pair in ways)


def test_a_chain_of_thousands_of_firewalls() -> None:
    topology = world({}).model_copy(
        update={
            "zones": tuple(Zone.model_construct(name=f"z{number}", cidrs=()) for number in range(3_001)),
            "firewalls": tuple(
                Firewall(name=f"f{number}", connects=(f"z{number}", f"z{number + 1}")) for number in range(3_000)
            ),
        }
    )
    assert zone_paths(topology)["z3000", "z0"] == tuple(f"f{number}" for number in reversed(range(3_000)))
