"""There and back: an export, loaded and listed by the real programs or read as it is, imports as the same policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from kernel_boxes import SingleBox, loading

from vbtui.firewall import Policy
from vbtui.firewall.exporters import iptables, nftables, ruleset
from vbtui.firewall.importers.imported import Hook, ImportedRules
from vbtui.firewall.importers.iptables import read_iptables
from vbtui.firewall.importers.nft import read_nft
from vbtui.topology import AddressRange, Rule, Selector, Topology
from vbtui.vocabulary import Action, Protocol, Service

Paths = dict[tuple[str, str], tuple[str, ...] | None]
Scene = tuple[Topology, Paths]

SEEDS = range(12)
LONG_SEEDS = range(400)


@pytest.fixture
def seeds(pytestconfig: pytest.Config) -> range:
    return LONG_SEEDS if pytestconfig.getoption("--long") else SEEDS


def through_nftables(box: SingleBox, topology: Topology, firewall: str) -> ImportedRules:
    script = "nft flush ruleset\n" + loading("nft -f -", nftables(ruleset(topology, firewall)))
    listed = box.run(script + "nft -j list ruleset\n")
    return read_nft(listed.encode(), file="back.json", hook=_hook(topology, firewall), topology=topology)


def through_iptables(box: SingleBox, topology: Topology, firewall: str) -> ImportedRules:
    rules = ruleset(topology, firewall)
    script = "nft flush ruleset\n"
    script += loading("iptables-restore", iptables(rules, 4)) + loading("ip6tables-restore", iptables(rules, 6))
    listed = box.run(script + "iptables-save\nip6tables-save\n")
    return read_iptables(listed.encode(), file="back.rules", hook=_hook(topology, firewall), topology=topology)


def _hook(topology: Topology, firewall: str) -> Hook:
    return Hook.HOST if topology.firewall(firewall).kind == "host" else Hook.FORWARD


def with_imported(topology: Topology, firewall: str, imported: ImportedRules) -> Topology:
    """The topology with that firewall as it came back."""
    old = topology.firewall(firewall)
    new = imported.firewall(firewall, connects=old.connects)
    firewalls = tuple(new if one is old else one for one in topology.firewalls)
    return topology.model_copy(update={"firewalls": firewalls, "networks": {**topology.networks, **imported.networks}})


def answers(topology: Topology, paths: Paths) -> dict[tuple[str, str, str], Any]:
    """What every hop makes of every port between the two sides, in both directions, rules' names left out.

    Replies are in what is missing: where all of them pass anyway, a firewall may come back as one that implies them.
    """
    policy = Policy(topology, paths=paths)
    lefts, rights = ([f"{side}{number}" for number in range(7)] for side in ("left", "right"))
    asked = [(ours, theirs) for ours in lefts for theirs in rights]
    found = {}
    for source, destination in asked + [(theirs, ours) for ours, theirs in asked]:
        for protocol in Protocol:
            verdict = policy.evaluate(source, destination, Service(protocol, 1, 65535))
            hops = [
                (hop.name, hop.where, _merged((s.low, s.high, s.action) for s in hop.segments))
                for hop in verdict.hops
                if hop.where != "reply"
            ]
            found[source, destination, protocol.value] = verdict.action, verdict.missing, hops
    return found


def _merged(segments: Iterator[tuple[int, int, Action]]) -> list[tuple[int, int, Action]]:
    merged: list[tuple[int, int, Action]] = []
    for low, high, action in segments:
        if merged and merged[-1][1] + 1 == low and merged[-1][2] is action:
            merged[-1] = (merged[-1][0], high, action)
        else:
            merged.append((low, high, action))
    return merged


def crowded(rng: Random, topology: Topology) -> Topology:
    """The topology with each prefix of its rules as a dozen addresses and ranges: a named set, a chain of its own."""
    networks: dict[str, tuple[AddressRange, ...]] = {}

    def change(selector: Selector) -> Selector:
        if selector.cidr is None:
            return selector
        name = f"crowd{len(networks)}"
        first, size = selector.cidr.network_address, min(selector.cidr.num_addresses, 300)
        starts = sorted(rng.sample(range(size), min(size, 12)))
        networks[name] = tuple(AddressRange(first + start, first + start + rng.randint(0, 1)) for start in starts)
        return selector.model_copy(update={"cidr": None, "network": name})

    def changed(rule: Rule) -> Rule:
        sides = {"source": tuple(map(change, rule.source)), "destination": tuple(map(change, rule.destination))}
        return rule.model_copy(update=sides)

    firewalls = tuple(one.model_copy(update={"rules": tuple(map(changed, one.rules))}) for one in topology.firewalls)
    return topology.model_copy(update={"firewalls": firewalls, "networks": networks})


Back = Callable[[SingleBox, Topology, str], ImportedRules]


@pytest.mark.parametrize("back", [through_nftables, through_iptables])
def test_the_kernel_gives_back_the_policy_that_it_got(
    back: Back, box: SingleBox, random_scene: Callable[..., Scene], seeds: range
) -> None:
    for seed in seeds:
        rng = Random(2000 + seed)
        topology, paths = random_scene(rng, boxes=2, hosts=True)
        if seed % 2:
            topology = crowded(rng, topology)
        expected = answers(topology, paths)
        for name in [firewall.name for firewall in topology.firewalls]:
            imported = back(box, topology, name)
            assert imported.opaque == ()
            assert imported.stateful or not topology.firewall(name).stateful
            topology = with_imported(topology, name, imported)
        assert answers(topology, paths) == expected, seed
