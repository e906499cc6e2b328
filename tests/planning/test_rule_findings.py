"""Findings that need to know what the jobs need: against every flow asked one by one, and in cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from strategies import examples, topologies

from vbtui.firewall import FindingKind, Policy, Reason, RuleFinding
from vbtui.planning import RUN_LEVELS, required_connections
from vbtui.planning.findings import findings
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.vocabulary import Action

Document = dict[str, Any]
Built = Callable[..., Topology]

ANY = {"any": True}


def with_rules(*rules: Document, **firewall: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["firewalls"][0] |= {"rules": list(rules), "default": "deny"} | firewall

    return change


def rule(name: str, source: Document, destination: Document, *services: str, **more: Any) -> Document:
    return {
        "name": name,
        "source": source,
        "destination": destination,
        "services": list(services or ("any",)),
        "action": "allow",
    } | more


def of_kind(found: tuple[RuleFinding, ...], kind: FindingKind) -> list[str]:
    return [one.rule for one in found if one.kind is kind]


def test_a_rule_that_no_job_needs_is_unused(build: Built) -> None:
    change = with_rules(
        rule("nfc", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/902"),
        rule("mail", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/25"),
        rule("blocked", {"role": "proxy"}, {"role": "repository"}, "tcp/26", action="deny"),
    )
    topology = build(change=change)
    found = findings(topology, topology.jobs)
    assert of_kind(found, FindingKind.UNUSED) == ["mail"]


def test_a_rule_for_installation_or_a_feature_is_not_unused(build: Built) -> None:
    change = with_rules(rule("install", {"role": "backup_server"}, {"role": "proxy"}, "tcp/6160"))
    topology = build(change=change)
    assert of_kind(findings(topology, topology.jobs), FindingKind.UNUSED) == []


def test_a_rule_behind_a_closed_firewall_is_not_unused(build: Built) -> None:
    """The proxy's own firewall lets nothing out, so no verdict ever names a rule of the other one."""

    def change(document: Document) -> None:
        with_rules(rule("nfc", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/902"))(document)
        closed = {"inbound": "deny", "outbound": "deny"}
        document["firewalls"].append({"name": "own", "kind": "host", "default": closed})
        for node in document["nodes"]:
            if "proxy" in node["roles"]:
                node["firewall"] = "own"

    topology = build(change=change)
    assert of_kind(findings(topology, topology.jobs), FindingKind.UNUSED) == []


def test_no_rule_on_a_path_that_translates_addresses_is_called_unused(build: Built) -> None:
    def change(document: Document) -> None:
        with_rules(rule("mail", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/25"))(document)
        name = document["firewalls"][0]["name"]
        document["paths"] = [{"from": "backup", "to": "esx", "via": [name], "nat": True}]

    topology = build(change=change)
    assert of_kind(findings(topology, topology.jobs), FindingKind.UNUSED) == []


def test_a_rule_that_only_replies_use_is_not_unused(build: Built) -> None:
    change = with_rules(
        rule("forth", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/902"),
        rule("back", {"role": "esxi_host"}, {"role": "proxy"}, "tcp/1024-65535"),
        stateful=False,
    )
    topology = build(change=change)
    found = findings(topology, topology.jobs)
    assert of_kind(found, FindingKind.UNUSED) == []
    assert of_kind(found, FindingKind.OVER_PERMISSIVE) == []


def test_over_permissive_says_how_many_are_allowed_and_how_many_needed(build: Built) -> None:
    change = with_rules(rule("nfc", {"zone": "backup"}, {"role": "esxi_host"}, "tcp/900-909", "udp/902"))
    topology = build(change=change)
    (found,) = (one for one in findings(topology, topology.jobs) if one.kind is FindingKind.OVER_PERMISSIVE)
    assert dict(found.params) == {
        "allowed_ports": 11,
        "needed_ports": 1,
        "allowed_sources": 256,
        "needed_sources": 2,
        "allowed_destinations": 2,
        "needed_destinations": 2,
    }


def test_a_rule_that_is_just_right_has_no_finding(build: Built) -> None:
    topology = build(change=with_rules(rule("nfc", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/902")))
    assert findings(topology, topology.jobs) == ()


def test_a_host_firewall_is_not_blamed_for_naming_itself_any(build: Built) -> None:
    def change(document: Document) -> None:
        document["firewalls"].append(
            {
                "name": "own",
                "kind": "host",
                "rules": [rule("nfc", {"role": "proxy"}, ANY, "tcp/902", direction="inbound")],
            }
        )
        document["nodes"][3]["firewall"] = document["nodes"][4]["firewall"] = "own"

    topology = build(change=change)
    assert {node.name for node in topology.nodes if node.firewall} == {"host1", "host2"}
    assert findings(topology, topology.jobs) == ()


def test_what_never_decides_is_not_called_unused_as_well(build: Built) -> None:
    change = with_rules(
        rule("all", {"role": "proxy"}, {"role": "esxi_host"}),
        rule("again", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/25"),
        rule("nobody", {"role": "gateway"}, {"role": "esxi_host"}, "tcp/26"),
    )
    topology = build(change=change)
    found = findings(topology, topology.jobs)
    assert of_kind(found, FindingKind.UNUSED) == []
    assert of_kind(found, FindingKind.REDUNDANT) == ["again"]
    assert of_kind(found, FindingKind.INOPERATIVE) == ["nobody"]


def test_a_switched_rule_counts_as_it_is(build: Built) -> None:
    change = with_rules(
        rule("all", {"role": "proxy"}, {"role": "esxi_host"}),
        rule("nfc", {"role": "proxy"}, {"role": "esxi_host"}, "tcp/902"),
    )
    topology = build(change=change)
    assert of_kind(findings(topology, topology.jobs), FindingKind.REDUNDANT) == ["nfc"]
    switched = Policy(topology).with_rule("core", "all", False)
    assert findings(topology, topology.jobs, policy=switched) == ()


def test_findings_come_by_firewall_number_and_kind() -> None:
    for name in shipped():
        topology = load(resolve(name)).topology
        found = findings(topology, topology.jobs)
        firewalls = [firewall.name for firewall in topology.firewalls]
        keys = [(firewalls.index(one.firewall), one.number, list(FindingKind).index(one.kind)) for one in found]
        assert keys == sorted(keys)
        assert len(set(keys)) == len(keys)
        for one in found:
            assert topology.firewall(one.firewall).rules[one.number - 1].name == one.rule


@examples(30)
@given(topologies())
def test_a_rule_that_decides_an_allowed_flow_is_used_and_has_what_it_needs(topology: Topology) -> None:
    """Every flow of every job, asked alone, without any folding: the least that each rule must be granted."""
    job = topology.jobs[0]
    policy = Policy(topology)
    found = {(one.firewall, one.number, one.kind): one for one in findings(topology, topology.jobs)}
    needed: dict[tuple[str, int], tuple[set[int], set[object], set[object]]] = {}
    for one in required_connections(topology, job, levels=RUN_LEVELS):
        source, destination = one.asked.source.node, one.asked.destination.node
        for hop in policy.evaluate(source, destination, one.asked.service).hops:
            for segment in hop.segments:
                if segment.reason is Reason.RULE and segment.rule_number is not None:
                    need = needed.setdefault((hop.name, segment.rule_number), (set(), set(), set()))
                    need[0].update((segment.low, segment.high))
                    sides = (one.source_address, one.destination_address)
                    need[1].add(sides[hop.where == "reply"])
                    need[2].add(sides[hop.where != "reply"])
    for (firewall, number), need in needed.items():
        assert (firewall, number, FindingKind.UNUSED) not in found
        wide = found.get((firewall, number, FindingKind.OVER_PERMISSIVE))
        if wide is not None:
            for name, least in zip(
                ("ports", "sources", "destinations"), (len(need[0]), len(need[1]), len(need[2])), strict=True
            ):
                granted = wide.param(f"needed_{name}")
                assert isinstance(granted, int)
                assert granted >= least


@examples(25)
@given(topologies())
def test_without_the_unused_rules_every_connection_gets_through_as_before(topology: Topology) -> None:
    unused = [one for one in findings(topology, topology.jobs) if one.kind is FindingKind.UNUSED]
    before = after = Policy(topology)
    for one in unused:
        after = after.with_rule(one.firewall, one.rule, False)
        assert topology.firewall(one.firewall).rules[one.number - 1].action is Action.ALLOW
    for connection in required_connections(topology, topology.jobs[0], levels=RUN_LEVELS):
        question = (connection.asked.source.node, connection.asked.destination.node, connection.asked.service)
        ours, theirs = before.evaluate(*question), after.evaluate(*question)
        assert (ours.action, ours.missing, ours.hop) == (theirs.action, theirs.missing, theirs.hop)


@pytest.mark.parametrize("name", shipped())
def test_findings_are_the_same_in_every_run(name: str) -> None:
    topology = load(resolve(name)).topology
    assert findings(topology, topology.jobs) == findings(topology, topology.jobs)
