"""Vendors' configurations, read back by readers of our own, are the policy that was exported."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from vendor_readers import READERS

from vbtui.firewall import Policy
from vbtui.firewall.exporters import Vendor, ruleset, vendor
from vbtui.topology import Firewall, Rule, Selector, Topology
from vbtui.vocabulary import Action, Protocol, Service

Paths = dict[tuple[str, str], tuple[str, ...] | None]
Scene = tuple[Topology, Paths]

STATEFUL = (Vendor.CISCO_ASA, Vendor.JUNIPER_SRX, Vendor.PALO_ALTO, Vendor.FORTINET, Vendor.NSX_T)
IPV4_ONLY = (Vendor.CISCO_ASA, Vendor.CISCO_IOS)
WITHOUT_REJECT = (Vendor.CISCO_ASA, Vendor.CISCO_IOS, Vendor.CISCO_NXOS, Vendor.CISCO_XR, Vendor.FORTINET)
"""Of these a configuration does not tell a reject from a drop."""

PREFIXES = ["10.1.0.0/25", "10.1.0.64/26", "10.1.0.0/24", "10.200.0.0/29", "10.200.0.8/29", "0.0.0.0/0"]


def suited(rng: Random, topology: Topology, target: Vendor) -> Topology:
    """The topology with a firewall that the vendor can say: its state, its families, its refusals."""

    def selector(one: Selector) -> Selector:
        return Selector.model_validate({"cidr": rng.choice(PREFIXES)}) if target in IPV4_ONLY else one

    def action(one: Action) -> Action:
        return Action.DENY if one is Action.REJECT and target in WITHOUT_REJECT else one

    def rule(one: Rule) -> Rule:
        sides = {"source": tuple(map(selector, one.source)), "destination": tuple(map(selector, one.destination))}
        return one.model_copy(update={**sides, "action": action(one.action)})

    def firewall(one: Firewall) -> Firewall:
        assert isinstance(one.default, Action)
        update = {"rules": tuple(map(rule, one.rules)), "default": action(one.default), "stateful": target in STATEFUL}
        return one.model_copy(update=update)

    return topology.model_copy(update={"firewalls": tuple(map(firewall, topology.firewalls))})


def with_rules_of(topology: Topology, rules: list[dict[str, Any]]) -> Topology:
    """The topology with its firewall as a first-match list of those rules, whose default must never be asked."""
    (old,) = topology.firewalls
    new = Firewall.model_validate(
        {"name": old.name, "connects": old.connects, "stateful": old.stateful, "default": "unknown", "rules": rules}
    )
    return topology.model_copy(update={"firewalls": (new,)})


def answers(
    topology: Topology, paths: Paths, machines: int
) -> dict[tuple[str, str, str], list[tuple[int, int, Action]]]:
    policy = Policy(topology, paths=paths)
    found = {}
    for left in range(machines):
        for right in range(machines):
            for protocol in Protocol:
                asked = (f"left{left}", f"right{right}", Service(protocol, 1, 65535))
                verdict = policy.evaluate(*asked)
                parts: list[tuple[int, int, Action]] = []
                for one in (segment for hop in verdict.hops if hop.where == "path" for segment in hop.segments):
                    if parts and parts[-1][1] + 1 == one.low and parts[-1][2] is one.action:
                        parts[-1] = (parts[-1][0], one.high, one.action)
                    else:
                        parts.append((one.low, one.high, one.action))
                found[asked[0], asked[1], protocol.value] = parts
    return found


@pytest.mark.parametrize("target", Vendor)
def test_a_configuration_read_back_is_the_policy(target: Vendor, random_scene: Callable[..., Scene]) -> None:
    machines = 5 if target in IPV4_ONLY else 7  # the last two speak IPv6
    told_apart = 0
    for seed in range(8):
        rng = Random(4000 + seed)
        topology, paths = random_scene(rng, boxes=1, hosts=False)
        topology = suited(rng, topology, target)
        text = vendor(ruleset(topology, "core"), target)
        rules = list(READERS[target](text))
        expected = answers(topology, paths, machines)
        assert answers(with_rules_of(topology, rules), paths, machines) == expected, (seed, text)
        turned = [*reversed(rules[:-1]), rules[-1]]
        told_apart += answers(with_rules_of(topology, turned), paths, machines) != expected
    assert told_apart  # the comparison sees an order that is wrong


def test_every_vendor_has_a_reader() -> None:
    assert set(READERS) == set(Vendor)
