"""What is known of events and machines, held against the trace, the file and the planner."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import examples, topologies

from vbtui.firewall import Policy
from vbtui.planning import required_connections
from vbtui.topology import Topology, load, resolve, shipped
from vbtui.trace import States
from vbtui.vocabulary import Result, Service
from vbtui.walk.inspection import can_differ, event_facts, otherwise
from vbtui.walk.machine_facts import MachineNow, Partner, ThingKind, machine_facts, machine_now
from vbtui.workflow import Change, simulate


@pytest.mark.parametrize("name", shipped())
def test_the_causes_of_any_event_lead_back_to_the_start_of_the_job(name: str) -> None:
    loaded = load(resolve(name))
    trace = simulate(loaded.topology, loaded.topology.jobs[0])
    for event in trace:
        facts = event_facts(trace, event, loaded)
        assert [one.id for one in facts.causes[:1]] == ([] if event.cause is None else [event.cause])
        assert (facts.causes[-1] if facts.causes else event).position == 0
        assert all(effect.cause == event.id for effect in facts.effects)


@pytest.mark.parametrize("name", shipped())
def test_every_hop_is_told_in_order_with_the_line_of_its_rule(name: str) -> None:
    loaded = load(resolve(name))
    lines = loaded.file.read_text(encoding="utf-8").splitlines()
    trace = simulate(loaded.topology, loaded.topology.jobs[0])
    for event in trace:
        facts = event_facts(trace, event, loaded)
        hops = () if event.verdict is None else event.verdict.hops
        assert tuple(one.hop for one in facts.hops) == hops
        for fact in facts.hops:
            if fact.segment.rule is None:
                assert fact.line is None
            else:
                assert fact.line is not None
                assert fact.segment.rule in lines[fact.line - 1]


def test_without_the_file_no_line_is_told() -> None:
    topology = load(resolve("classroom")).topology
    trace = simulate(topology, topology.jobs[0])
    assert all(fact.line is None for event in trace for fact in event_facts(trace, event).hops)


def test_what_would_have_happened_otherwise_is_what_a_simulation_says() -> None:
    topology = load(resolve("classroom")).topology
    trace = simulate(topology, topology.jobs[0])
    for event in trace:
        found = otherwise(topology, trace, event)
        assert (found is not None) == can_differ(event)
        if found is None:
            continue
        assert event.verdict is not None
        assert found.change.allowed is not event.verdict.allowed
        fork = simulate(topology, topology.jobs[0], changes=(Change(event.id, found.change),))
        assert found.job == (trace.result, fork.result)
        if found.vm is not None:
            results = {one.vm: one.result for one in fork.vms}
            assert found.vm[1] is results[str(found.vm_name)]
        if found.first is not None:
            assert found.first.event.id != event.id


def test_what_was_changed_at_an_event_that_would_not_have_come_does_not_hinder_the_answer() -> None:
    topology = load(resolve("classroom")).topology
    late = "legacy01/legacy01.vmdk/5.3/nfc/px-vm/esx02/tcp-902"
    trace = simulate(topology, topology.jobs[0], changes=(Change.parse(f"{late}:block=px-vm,esx02,tcp/902"),))
    for event in trace:
        found = otherwise(topology, trace, event)
        assert (found is not None) == can_differ(event)
    early = trace.by_id["job/1.4/transport-service-repository/vbr01/repo01/tcp-6162"]
    found = otherwise(topology, trace, early)
    assert found is not None and found.job == (Result.ERROR, Result.ERROR)
    assert found.change.source == "vbr01" and found.first is not None


def test_blocking_nfc_fails_the_vm_and_the_first_difference_is_what_it_led_to() -> None:
    topology = load(resolve("classroom")).topology
    trace = simulate(topology, topology.jobs[0])
    found = otherwise(topology, trace, trace.by_id["sql01/sql01_1.vmdk/5.1/nfc/px-san/esx01/tcp-902"])
    assert found is not None and found.first is not None
    assert found.first.event.id == "sql01/sql01_1.vmdk/5.1/vmx"
    assert found.vm == (Result.SUCCESS, Result.ERROR)


def flows(partner: Partner) -> list[tuple[str, str, Service]]:
    """Name, row and service of everything that is told together."""
    return [(name, partner.row.id, service) for name in partner.partners for service in partner.services]


def holds(topology: Topology) -> None:
    """What machines open and accept is what the planner requires, each connection once."""
    job, policy = topology.jobs[0], Policy(topology)
    required = {
        (one.asked.source.node, one.asked.destination.node, one.asked.row.id, one.asked.service)
        for one in required_connections(topology, job)
    }
    opened, accepted = set(), set()
    for name in topology.placed_names:
        facts = machine_facts(policy, job, name)
        opened |= {(name, *flow) for one in facts.opens for flow in flows(one)}
        accepted |= {(flow[0], name, *flow[1:]) for one in facts.accepts for flow in flows(one)}
        for partner in (*facts.opens, *facts.accepts):
            for other, _, service in flows(partner):
                ends = (name, other) if partner in facts.opens else (other, name)
                assert policy.evaluate(*ends, service).action is partner.verdict.action
    assert opened == required
    assert accepted == required


@pytest.mark.parametrize("name", shipped())
def test_what_machines_open_and_accept_is_what_the_planner_requires(name: str) -> None:
    holds(load(resolve(name)).topology)


@examples(25)
@given(topologies())
def test_it_is_so_in_any_topology(topology: Topology) -> None:
    holds(topology)


def test_a_machine_has_its_rules_with_their_lines() -> None:
    loaded = load(resolve("classroom"))
    facts = machine_facts(Policy(loaded.topology), loaded.topology.jobs[0], "px-san", loaded=loaded)
    assert facts.kind is ThingKind.NODE
    nfc = next(one for one in facts.rules if one.name == "proxy-nfc")
    assert (nfc.firewall, nfc.as_source, nfc.as_destination, nfc.by_any) == ("core", True, False, False)
    assert nfc.line is not None
    assert "proxy-nfc" in loaded.file.read_text(encoding="utf-8").splitlines()[nfc.line - 1]
    assert all(one.by_any for one in facts.rules if one.name == "dmz-no-ssh")


def test_a_datastore_knows_who_mounts_it_and_what_lies_on_it() -> None:
    topology = load(resolve("classroom")).topology
    facts = machine_facts(Policy(topology), topology.jobs[0], "san-lun-1")
    assert facts.kind is ThingKind.DATASTORE
    assert facts.hosts == ("esx01", "esx02")
    assert facts.proxies == ("px-san",)
    assert facts.disks == ("sql01/sql01.vmdk", "sql01/sql01_1.vmdk")


def test_a_host_knows_which_vms_of_the_job_run_on_it() -> None:
    topology = load(resolve("classroom")).topology
    facts = machine_facts(Policy(topology), topology.jobs[0], "esx02")
    assert (facts.kind, facts.vms, facts.disks) == (ThingKind.NODE, ("web01", "legacy01", "app01"), ())


def test_a_name_that_is_not_in_the_file_is_refused() -> None:
    topology = load(resolve("classroom")).topology
    with pytest.raises(KeyError):
        machine_facts(Policy(topology), topology.jobs[0], "nobody")


def test_where_a_machine_is_in_the_run_changes_with_the_moment() -> None:
    topology = load(resolve("classroom")).topology
    trace = simulate(topology, topology.jobs[0])
    states = States(trace)

    def now(event: str, name: str) -> MachineNow:
        return machine_now(states.at(trace.by_id[event].position), trace, topology, name)

    frozen = now("sql01/2.1/freeze", "sql01")
    assert frozen.frozen and not frozen.snapshot
    reading = now("sql01/sql01.vmdk/5.1/vmx", "sql01")
    assert reading.snapshot and not reading.frozen
    attached = now("web01/web01.vmdk/5.2/attach", "px-vm")
    assert attached.attached == ("web01/web01.vmdk",)
    assert [task.vm for task in attached.tasks] == ["web01", "legacy01", "app01"]
    end = machine_now(states.at(len(trace) - 1), trace, topology, "px-vm")
    assert not end.connections and not end.attached
