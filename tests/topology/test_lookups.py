"""Lookups by name and role: the same answers as a walk through the file, also on copies and after a pickle."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from vbtui.topology import Topology, addresses_of, load, resolve, shipped
from vbtui.vocabulary import Role

KINDS: list[tuple[str, Callable[[Topology, str], Any]]] = [
    ("nodes", Topology.node),
    ("vms", Topology.vm),
    ("zones", Topology.zone),
    ("datastores", Topology.datastore),
    ("firewalls", Topology.firewall),
    ("jobs", Topology.job),
]


def fresh(name: str = "classroom") -> Topology:
    return load(resolve(name)).topology


def asked(topology: Topology) -> Topology:
    """The topology after every kind of question."""
    for section, lookup in KINDS:
        for part in getattr(topology, section):
            assert lookup(topology, part.name) is part
    for role in Role:
        found = tuple(node for node in topology.nodes if role in node.roles)
        assert topology.with_role(role) == found
        assert topology.first(role) is (found[0] if found else None)
    for node in topology.nodes:
        addresses_of(node)
    for vm in topology.vms:
        addresses_of(vm)
    return topology


@pytest.mark.parametrize("name", shipped())
def test_every_part_is_found_by_its_name(name: str) -> None:
    asked(fresh(name))


@pytest.mark.parametrize("lookup", [lookup for _, lookup in KINDS])
def test_an_unknown_name_is_a_key_error(lookup: Callable[[Topology, str], Any]) -> None:
    with pytest.raises(KeyError, match="nobody"):
        lookup(fresh(), "nobody")


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("section", "lookup"), KINDS)
def test_a_changed_copy_knows_its_own_parts(section: str, lookup: Callable[[Topology, str], Any], deep: bool) -> None:
    original = asked(fresh())
    first, *rest = getattr(original, section)
    changed = first.model_copy(update={"name": "changed"})
    copy = original.model_copy(update={section: (changed, *rest)}, deep=deep)
    assert lookup(copy, "changed") is changed
    with pytest.raises(KeyError):
        lookup(copy, first.name)
    assert lookup(original, first.name) is first


def test_a_moved_machine_has_its_new_address() -> None:
    first, second, *_ = asked(fresh()).nodes
    moved = first.model_copy(update={"zone": second.zone, "address": second.address})
    assert addresses_of(moved) == addresses_of(second)


def test_what_was_asked_leaves_no_trace() -> None:
    one, other = asked(fresh()), fresh()
    assert one == other
    assert repr(one) == repr(other)
    assert one.model_dump() == other.model_dump()
    assert pickle.loads(pickle.dumps(one)) == other
    assert len(pickle.dumps(one)) == len(pickle.dumps(other))
    assert asked(pickle.loads(pickle.dumps(one))) == other


def test_of_two_parts_of_one_name_the_first_is_found() -> None:
    topology = fresh()
    first, second, *rest = topology.zones
    twice = topology.model_copy(update={"zones": (first, second.model_copy(update={"name": first.name}), *rest)})
    assert twice.zone(first.name) is first
