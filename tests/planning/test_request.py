"""What a change request promises, on random topologies that need one: closure, exactness, nothing to spare.

The oracles are the obvious evaluator (`firewall.evaluation.traverse`, every rule against every packet) and the check
itself. Packets are asked at the points where an answer can change: addresses of machines and the ones beside them,
ports at the edges of services and beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ZONES, document_of, documents, examples

from vbtui.firewall import Flow, Policy
from vbtui.firewall.evaluation import REPLY_PORTS, Checkpoint, traverse
from vbtui.firewall.rules import CompiledFirewall, compile_firewalls
from vbtui.planning import CheckReport, check
from vbtui.planning.proposals import Change, applied
from vbtui.planning.request import ChangeRequest, request, required_rules
from vbtui.topology import Address, Node, Topology, Vm, addresses_of, load, resolve
from vbtui.topology.fields import NAME_PATTERN
from vbtui.topology.graph import zone_paths
from vbtui.vocabulary import Action, GoalVerdict, Protocol, Service

Document = dict[str, Any]


@st.composite
def strict(draw: Any) -> Topology:
    """Random topologies in which much is refused: two network firewalls, host firewalls, opaque rules, two networks."""
    document: Document = draw(documents())
    zones = [zone["name"] for zone in document["zones"]]
    core = next(one for one in document["firewalls"] if one["kind"] == "network")
    core["default"] = draw(st.sampled_from(("deny", "deny", "reject", "allow")))
    core["evaluation"] = draw(st.sampled_from(("first-match", "deny-overrides", "deny-overrides", "allow-list")))
    if len(zones) > 2 and draw(st.booleans()):
        core["connects"] = zones[:-1]
        more = draw(documents())
        edge = next(one for one in more["firewalls"] if one["kind"] == "network")
        edge |= {"name": "edge", "connects": zones[-2:], "default": draw(st.sampled_from(("deny", "allow")))}
        edge["rules"] = [rule for rule in edge["rules"] if _known(rule, document)]
        document["firewalls"].append(edge)
    for rule in (rule for firewall in document["firewalls"] for rule in firewall["rules"]):
        if draw(st.integers(0, 9)) == 0:
            rule["action"] = "unknown"
    hosts = [one for one in document["firewalls"] if one["kind"] == "host"]
    for host in hosts:
        host["default"] = {"inbound": "deny", "outbound": draw(st.sampled_from(("allow", "deny")))}
        host["stateful"] = draw(st.booleans())
        host["rules"][0]["direction"] = draw(st.sampled_from(("inbound", "outbound", "both")))
    for machine in (*document["nodes"], *document["vms"]):
        if hosts and draw(st.integers(0, 3)) == 0:
            machine["firewall"] = "endpoint"
        if "zone" in machine and draw(st.integers(0, 3)) == 0:
            zone = draw(st.sampled_from(zones))
            second = {"zone": zone, "address": f"10.{ZONES.index(zone)}.1.{machine['address'].rpartition('.')[2]}"}
            document["zones"][zones.index(zone)]["cidrs"] = [f"10.{ZONES.index(zone)}.0.0/16"]
            machine["addresses"] = [{"zone": machine.pop("zone"), "address": machine.pop("address")}]
            if zone != machine["addresses"][0]["zone"]:
                machine["addresses"].append(second)
    return Topology.model_validate(document)


def _known(rule: Document, document: Document) -> bool:
    names = {one["name"] for one in (*document["nodes"], *document["zones"])}
    return all(side.get("node", side.get("zone")) in {None, *names} for side in (rule["source"], rule["destination"]))


def machines(topology: Topology) -> list[Node | Vm]:
    return [*topology.nodes, *topology.vms]


def reports(topology: Topology) -> tuple[CheckReport, ...]:
    return tuple(check(topology, job) for job in topology.jobs)


def outcomes(found: tuple[CheckReport, ...]) -> set[tuple[object, ...]]:
    """What every need comes to for every VM, host and proxy, one by one."""
    return {
        (report.job, goal.need, goal.steps == (), kind, name, goal.effect)
        for report in found
        for goal in report.goals
        for kind, names in (
            ("vm", goal.subject.tasks or goal.subject.vms),
            ("proxy", goal.subject.proxies),
            ("job", ("",)),
        )
        for name in names
    }


@given(strict(), st.booleans())
@examples(20)
def test_a_request_closes(topology: Topology, allow_fallback: bool) -> None:
    found = request(topology, topology.jobs, allow_fallback=allow_fallback)
    assert found.settled
    assert found.before == reports(topology)
    assert found.after == reports(found.proposed)
    assert found.proposed == applied(topology, found.proposals)
    reasons = {(one.job, one.need, one.effect) for one in found.unsolved}
    for report in found.after:
        for goal in report.goals:
            covered = allow_fallback and goal.verdict is GoalVerdict.FALLBACK
            assert goal.verdict is GoalVerdict.OK or covered or (report.job, goal.need, goal.effect) in reasons
    again = request(found.proposed, topology.jobs, allow_fallback=allow_fallback)
    assert again.proposals == ()


@given(strict(), st.booleans())
@examples(15)
def test_no_proposal_can_be_left_out(topology: Topology, allow_fallback: bool) -> None:
    found = request(topology, topology.jobs, allow_fallback=allow_fallback)
    closed = outcomes(found.after)
    for one in found.proposals:
        rest = applied(topology, [other for other in found.proposals if other is not one])
        assert outcomes(reports(rest)) - closed, f"{one.firewall} {one.name} is not needed"


# ---- exactness -----------------------------------------------------------------------------------------------------

Packet = tuple[str, str, Address, Address, Protocol, int]
"""Firewall, direction, source, destination, protocol, destination port."""


def packets(topology: Topology, found: ChangeRequest) -> Iterator[Packet]:
    """Points at which some firewall's answer can change, for each firewall and direction."""
    used = {end.address for one in found.proposals for end in (*one.source_ends, *one.destination_ends)}
    others = [entry.address for machine in machines(topology) for entry in addresses_of(machine)][:3]
    addresses = sorted({*others, *(address + off for address in used for off in (-1, 0, 1))}, key=int)
    ports = {
        edge + off for one in found.proposals for s in one.services for edge in (s.low, s.high) for off in (-1, 0, 1)
    }
    asked = {1, 443, 1023, 65535} | {port for port in ports if 1 <= port <= 65535}
    for firewall in topology.firewalls:
        for direction in ("inbound", "outbound") if firewall.kind == "host" else ("inbound",):
            for source in addresses:
                for destination in addresses:
                    for protocol in Protocol:
                        for port in sorted(asked):
                            yield firewall.name, direction, source, destination, protocol, port


def allows(firewall: CompiledFirewall, packet: Packet) -> bool:
    _, direction, source, destination, protocol, port = packet
    flow = Flow("a", source, "zone", "b", destination, "zone", Service(protocol, port, port))
    hop = Checkpoint(replace(firewall, stateful=True), "path", "inbound" if direction == "inbound" else "outbound")
    passage = traverse(flow, [hop])
    return not passage.missing and not passage.unknown


def needed(topology: Topology, found: ChangeRequest) -> Iterator[tuple[str, str, Address, Address, Service]]:
    """Every packet of a connection of a way that stands in the end, at every firewall on its way."""
    paths, policy = zone_paths(topology), Policy(topology)
    by_name = {machine.name: machine for machine in machines(topology)}
    firewalls = {one.name: one for one in topology.firewalls}
    flows = {
        (source, destination, one.asked.service)
        for report in found.after
        for goal in report.goals
        if goal.way is not None and (goal.verdict is GoalVerdict.OK or goal.effect is not None)
        for one in goal.way.connections
        for source in one.sources
        for destination in one.destinations
        if source != destination
    }
    for source, destination, service in flows:
        verdict = policy.evaluate(source, destination, service)
        ours, theirs = verdict.source_address, verdict.destination_address
        assert ours is not None and theirs is not None
        zones = [
            next(one.zone for one in addresses_of(by_name[name]) if one.address == address)
            for name, address in ((source, ours), (destination, theirs))
        ]
        own, far = by_name[source].firewall, by_name[destination].firewall
        between = () if zones[0] == zones[1] else paths[zones[0], zones[1]] or ()
        hops = [(own, "outbound"), *((name, "inbound") for name in between), (far, "inbound")]
        for name, direction in hops:
            if name is None:
                continue
            yield name, direction, ours, theirs, service
            if not firewalls[name].stateful:
                back = "inbound" if direction == "outbound" or firewalls[name].kind == "network" else "outbound"
                yield name, back, theirs, ours, Service(service.protocol, *REPLY_PORTS)


@given(strict())
@examples(10)
def test_every_firewall_allows_exactly_the_missing_packets_more(topology: Topology) -> None:
    found = request(topology, topology.jobs)
    if not found.proposals:
        return
    before, after = compile_firewalls(topology), compile_firewalls(found.proposed)
    concerned = {one.firewall for one in found.proposals}
    wanted: dict[tuple[object, ...], list[Service]] = {}
    for *where, service in needed(topology, found):
        wanted.setdefault((*where, service.protocol), []).append(service)
    for packet in packets(topology, found):
        name, *where, port = packet
        if name not in concerned:
            assert before[name] == after[name]
            continue
        was, is_now = allows(before[name], packet), allows(after[name], packet)
        asked = any(service.low <= port <= service.high for service in wanted.get((name, *where), ()))
        assert is_now == (was or asked), packet


@given(strict())
@examples(20)
def test_from_end_to_end_exactly_what_is_listed_becomes_allowed(topology: Topology) -> None:
    if not all(firewall.stateful for firewall in topology.firewalls):
        return  # a stateless firewall cannot tell an answer from a new connection
    found = request(topology, topology.jobs)
    before, after = Policy(topology), Policy(found.proposed)
    names = [machine.name for machine in machines(topology)]
    listed = {
        (source.machine, destination.machine, service)
        for product in found.opened
        for source in product.sources
        for destination in product.destinations
        for service in product.services
    }
    edges = {edge for _, _, service in listed for edge in (service.low, service.high)}
    ports = sorted({port for edge in edges for port in (edge - 1, edge, edge + 1) if 1 <= port <= 65535})
    for source in names:
        for destination in names:
            mine = [one for *pair, one in listed if pair == [source, destination]]
            for protocol in Protocol:
                for port in ports:
                    asked = Service(protocol, port, port)
                    new = not before.evaluate(source, destination, asked).allowed
                    new = new and after.evaluate(source, destination, asked).allowed
                    assert new == any(s.protocol is protocol and s.low <= port <= s.high for s in mine)


@given(strict(), st.booleans())
@examples(20)
def test_proposals_are_exact_and_readable(topology: Topology, allow_fallback: bool) -> None:
    found = request(topology, topology.jobs, allow_fallback=allow_fallback)
    for firewall in found.proposed.firewalls:
        names = [rule.name for rule in firewall.rules]
        assert len(names) == len(set(names))
    single = {machine.name for machine in machines(topology) if len(addresses_of(machine)) == 1}
    for one in found.proposals:
        assert one.source_ends and one.destination_ends and one.services and one.rows and one.jobs
        if one.change is Change.MODIFY:
            assert topology.firewall(one.firewall).evaluation == "deny-overrides"
            continue
        rule = one.rule
        assert rule is not None
        assert re.fullmatch(NAME_PATTERN, rule.name)
        assert rule.action is Action.ALLOW
        assert "any" not in rule.services
        for selector in (*rule.source, *rule.destination):
            assert selector.node in single if selector.cidr is None else selector.cidr.num_addresses == 1
            assert selector.model_fields_set in ({"node"}, {"cidr"})


@given(strict())
@examples(8)
def test_the_same_request_comes_out_every_time(topology: Topology) -> None:
    first, second = (request(topology, topology.jobs) for _ in range(2))
    assert first.proposals == second.proposals
    assert first.opened == second.opened


# ---- the shipped example -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked_down() -> Topology:
    return load(resolve("locked-down")).topology


def test_locked_down_needs_three_changes(locked_down: Topology) -> None:
    found = request(locked_down, locked_down.jobs)
    told = [
        (o.change.value, o.firewall, o.sources, o.destinations, [str(s) for s in o.services]) for o in found.proposals
    ]
    assert told == [
        ("add", "main", ("px11", "px12"), ("esx12",), ["tcp/902"]),
        ("add", "secure-filter", ("db11",), ("bk11",), ["tcp/1024-65535"]),
        ("modify", "px11-windows", ("px11",), ("repo11",), ["tcp/2601-3300"]),
    ]
    assert [one.reply for one in found.proposals] == [False, True, False]
    assert [report.verdict for report in found.before] == [GoalVerdict.FAIL, GoalVerdict.FAIL]
    assert [report.verdict for report in found.after] == [GoalVerdict.OK, GoalVerdict.OK]
    assert found.unsolved == ()
    pieces = found.proposed.firewall("px11-windows").rules
    assert [rule.name for rule in pieces] == ["transport-in", "block-old-range", "block-old-range-2"]


def test_an_opaque_rule_in_the_way_is_overruled_from_above_and_named(locked_down: Topology) -> None:
    document = document_of(locked_down)
    main = document["firewalls"][0]
    main["rules"].insert(0, dict(main["rules"][0]) | {"name": "riddle", "services": ["tcp/902"], "action": "unknown"})
    main["rules"][0] |= {"source": [{"role": "proxy"}], "destination": [{"role": "esxi_host"}]}
    topology = Topology.model_validate(document)
    found = request(topology, topology.jobs)
    first = found.proposals[0]
    assert (first.present, first.opaque) == (("riddle",), ("riddle",))
    assert (first.sources, first.destinations) == (("px11", "px12"), ("esx11", "esx12"))
    assert found.proposed.firewall("main").rules[0].name == first.name
    assert found.verdict is GoalVerdict.OK


def test_an_opaque_block_that_beats_every_allow_is_not_solved(locked_down: Topology) -> None:
    document = document_of(locked_down)
    windows = document["firewalls"][2]
    windows["rules"][1]["action"] = "unknown"
    topology = Topology.model_validate(document)
    found = request(topology, topology.jobs)
    assert [one.firewall for one in found.proposals] == ["main", "secure-filter"]
    assert {(one.code, one.flow and str(one.flow[2])) for one in found.unsolved} == {
        ("request.opaque", "tcp/2500-3300")
    }
    assert found.verdict in (GoalVerdict.UNKNOWN, GoalVerdict.FAIL)


def test_where_addresses_are_translated_no_rule_is_proposed(locked_down: Topology) -> None:
    document = document_of(locked_down)
    document["paths"] = [{"from": "backup", "to": "esx", "via": ["main"], "nat": True}]
    topology = Topology.model_validate(document)
    found = request(topology, topology.jobs)
    assert "tcp/902" not in {str(service) for one in found.proposals for service in one.services}
    assert {(one.code, one.flow and str(one.flow[2])) for one in found.unsolved} == {("request.translated", "tcp/902")}
    assert found.verdict is GoalVerdict.UNKNOWN


def test_a_rule_switched_on_in_the_policy_is_not_asked_for_again(locked_down: Topology) -> None:
    policy = Policy(locked_down).with_rule("main", "nfc-esx12", True)
    found = request(locked_down, locked_down.jobs, policy=policy)
    assert [one.firewall for one in found.proposals] == ["secure-filter", "px11-windows"]


def test_an_empty_firewall_gets_all_that_the_jobs_need_of_it(locked_down: Topology) -> None:
    for firewall in locked_down.firewalls:
        rules = required_rules(locked_down, locked_down.jobs, firewall.name)
        emptied = firewall.model_copy(update={"rules": rules})
        others = request(locked_down, locked_down.jobs).proposed
        merged = others.model_copy(
            update={"firewalls": tuple(emptied if one.name == firewall.name else one for one in others.firewalls)}
        )
        assert all(report.verdict is GoalVerdict.OK for report in reports(merged)), firewall.name
        assert all(rule.action is Action.ALLOW for rule in rules)


# ---- what nobody should ask for ------------------------------------------------------------------------------------

Built = Callable[..., Topology]


def test_a_way_that_would_not_help_is_not_opened(build: Built) -> None:
    """Over VIX the script fails for want of rights, and the VM with it, open or not."""

    def change(document: Document) -> None:
        guest = document["vms"][0]
        guest |= {"os": "linux", "credentials": {"account": "sudo"}}
        del guest["zone"], guest["address"]
        scripts = {"pre_freeze": "/opt/pre.sh", "needs_root": True}
        document["jobs"][0]["guest_processing"]["scripts"] = scripts

    topology = build(({"node": "server"}, {"role": "esxi_host"}, "tcp/443"), change=change)
    found = request(topology, topology.jobs)
    assert found.proposals == ()
    assert {one.code for one in found.unsolved} == {"request.no-address", "script.not-elevated"}
    assert found.verdict is GoalVerdict.FAIL


@pytest.mark.parametrize("proxy", ["better", "spare"])
def test_only_the_machine_that_a_block_names_is_let_go(proxy: str, build: Built) -> None:
    """With the block gone the two proxies are alike to every rule, but only one of them was ever refused."""

    def change(document: Document) -> None:
        document["firewalls"][0]["evaluation"] = "deny-overrides"

    topology = build(({"node": proxy}, {"role": "esxi_host"}, "tcp/902"), change=change)
    (only,) = request(topology, topology.jobs).proposals
    assert (only.change, only.sources, only.destinations) == (Change.MODIFY, (proxy,), ("host1", "host2"))
