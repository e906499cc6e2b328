"""There and back: an export, loaded and listed by the real programs or read as it is, imports as the same policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_boxes import SingleBox, loading
from powershell_scripts import commands_of
from strategies import examples

from vbtui.firewall import Policy
from vbtui.firewall.exporters import (
    Obstacle,
    RuleNotExportableError,
    csv_sheet,
    iptables,
    nftables,
    powershell,
    ruleset,
)
from vbtui.firewall.importers.imported import Hook, ImportedRules, RulesFormat
from vbtui.firewall.importers.iptables import read_iptables
from vbtui.firewall.importers.nft import read_nft
from vbtui.firewall.importers.sheet import read_sheet
from vbtui.firewall.importers.windows import read_windows
from vbtui.topology import AddressRange, Firewall, HostDefault, Rule, Selector, Topology
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


@given(st.integers(0, 10_000))
@examples(12)
def test_a_sheet_gives_back_the_rules_that_it_got(random_scene: Callable[..., Scene], seed: int) -> None:
    topology, paths = random_scene(Random(seed), boxes=2, hosts=True)
    expected = answers(topology, paths)
    for old in topology.firewalls:
        text = csv_sheet(ruleset(topology, old.name))
        if "\n" not in text.strip():
            continue  # an importer refuses a sheet without rules, and so it should
        imported = read_sheet(text.encode(), file="rules.csv", format=RulesFormat.CSV, kind=old.kind)
        assert imported.opaque == ()
        topology = with_rules(topology, old.name, imported)
    assert answers(topology, paths) == expected


def with_rules(topology: Topology, firewall: str, imported: ImportedRules) -> Topology:
    """The topology with that firewall's rules as they came back; how they are evaluated is not in a sheet."""
    firewalls = tuple(
        one.model_copy(update={"rules": imported.rules}) if one.name == firewall else one for one in topology.firewalls
    )
    return topology.model_copy(update={"firewalls": firewalls, "networks": {**topology.networks, **imported.networks}})


def for_windows(topology: Topology) -> Topology:
    """The topology with host firewalls that remember connections and drop what they refuse, as Windows does."""

    def dropped(action: Action) -> Action:
        return Action.DENY if action is Action.REJECT else action

    def changed(one: Firewall) -> Firewall:
        default = one.default
        if not isinstance(default, HostDefault):
            return one
        return one.model_copy(
            update={
                "stateful": True,
                "rules": tuple(rule.model_copy(update={"action": dropped(rule.action)}) for rule in one.rules),
                "default": HostDefault(inbound=dropped(default.inbound), outbound=dropped(default.outbound)),
            }
        )

    return topology.model_copy(update={"firewalls": tuple(map(changed, topology.firewalls))})


def collected(script: str, default: HostDefault) -> bytes:
    """What our collector would find on a machine on which that script has run and nothing else."""

    def action(one: Action) -> str:
        return "Allow" if one is Action.ALLOW else "Block"

    rules = [
        {
            "name": options["-DisplayName"][0],
            "enabled": "True",
            "profile": "Any",
            "protocol": "Any",
            **{word: ["Any"] for word in ("localPort", "remotePort", "localAddress", "remoteAddress")},
            **{
                option[1].lower() + option[2:]: values if option[1] in "LR" else values[0]
                for option, values in options.items()
                if option in ("-Direction", "-Action", "-Protocol") or option[1] in "LR"
            },
        }
        for options in commands_of(script)
    ]
    profile = {"name": "Domain", "enabled": "True", "allowInboundRules": "NotConfigured"}
    profile |= {"defaultInbound": action(default.inbound), "defaultOutbound": action(default.outbound)}
    document = {"format": "vbtui-windows-firewall", "version": 1, "active": ["DomainAuthenticated"]}
    return json.dumps(document | {"profiles": [profile], "rules": rules}).encode()


def test_a_windows_machine_would_give_back_the_rules_that_it_got(random_scene: Callable[..., Scene]) -> None:
    exported = 0
    for seed in range(40):
        topology, paths = random_scene(Random(3000 + seed), boxes=1, hosts=True)
        topology = for_windows(topology)
        for old in topology.firewalls:
            if not isinstance(old.default, HostDefault):
                continue
            try:
                script = powershell(ruleset(topology, old.name))
            except RuleNotExportableError as error:
                assert error.obstacle in (Obstacle.ORDER_MATTERS, Obstacle.BLOCKS_EVERYTHING)
                continue
            exported += 1
            imported = read_windows(collected(script, old.default), file="windows.json")
            assert imported.opaque == ()
            back = with_imported(topology, old.name, imported)
            assert answers(back, paths) == answers(topology, paths), (seed, old.name)
    assert exported >= 40


@pytest.mark.parametrize(
    "text", ["=1+1", "@team", "-", 'say "yes", twice', "it's; 'so'", "ends with a backslash\\", "grün €"]
)
def test_what_people_wrote_comes_back_from_a_sheet(
    text: str, rule: Callable[..., dict[str, Any]], topology_of: Callable[..., Topology]
) -> None:
    written = rule("r", "10.0.0.0/8", "any", "tcp/80", "allow", owner=text, ticket=text, comment=text)
    sheet = csv_sheet(ruleset(topology_of([written]), "core"))
    (back,) = read_sheet(sheet.encode(), file="rules.csv", format=RulesFormat.CSV).rules
    assert (back.name, back.owner, back.ticket, back.comment) == ("r", text, text, text)
