"""What a change request has to name, and what it must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from strategies import examples, topologies

from vbtui.catalogue import Need
from vbtui.firewall import Policy
from vbtui.planning import RequiredConnection, check, required_connections
from vbtui.topology import Job, Topology, load, resolve
from vbtui.vocabulary import Component, Level, StepId

Document = dict[str, Any]
Built = Callable[..., Topology]
Flow = tuple[str, str, str]


def flow(one: RequiredConnection) -> Flow:
    return (one.asked.source.node, one.asked.destination.node, str(one.asked.service))


def listed(topology: Topology, *levels: Level) -> list[RequiredConnection]:
    job = topology.jobs[0]
    return list(required_connections(topology, job, levels=levels) if levels else required_connections(topology, job))


def test_the_small_topology_needs_exactly_this(build: Built) -> None:
    """Against the minimal rule sets per phase, for two proxies, two hosts and a Windows guest, without surroundings."""

    def bare(document: Document) -> None:
        document["nodes"] = [one for one in document["nodes"] if one["name"] != "names"]

    proxies, hosts = ("better", "spare"), ("host1", "host2")
    expected = {
        ("server", "server", "tcp/9392"),
        ("server", "center", "tcp/443"),
        *(("server", host, "tcp/443") for host in hosts),  # VIX
        *(("server", "guest", service) for service in ("tcp/445", "tcp/135", "tcp/6173")),
        *(("server", peer, service) for peer in (*proxies, "target") for service in ("tcp/6162", "tcp/2500-3300")),
        *((proxy, "target", service) for proxy in proxies for service in ("tcp/6162", "tcp/2500-3300")),
        *((proxy, "center", "tcp/443") for proxy in proxies),
        *((proxy, host, "tcp/902") for proxy in proxies for host in hosts),
    }
    assert {flow(one) for one in listed(build(change=bare))} == expected


def test_each_row_flow_and_service_stands_once_in_the_order_of_the_process(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    found = required_connections(topology, job, levels=Level)
    keys = [(one.asked.row.id, *flow(one)) for one in found]
    assert len(set(keys)) == len(keys)
    order = list(StepId)
    places = [order.index(one.steps[0]) for one in found]
    assert places == sorted(places)
    assert all(list(one.steps) == sorted(one.steps, key=order.index) for one in found)


def test_every_connection_carries_purpose_and_source(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    for one in required_connections(topology, job, levels=Level):
        assert one.asked.row.citations
        assert all(one.asked.row.purpose[language] for language in ("en", "de"))


def test_levels_filter_and_default_to_what_a_run_needs(build: Built) -> None:
    topology = build()
    assert {one.level for one in listed(topology)} == {Level.REQUIRED, Level.INFRASTRUCTURE, Level.LOCAL}
    for level in Level:
        assert {one.level for one in listed(topology, level)} == {level}
    deployment = {flow(one) for one in listed(topology, Level.DEPLOYMENT)}
    assert ("server", "better", "tcp/6160") in deployment


def test_a_connection_inside_one_machine_is_local() -> None:
    topology = load(resolve("small-office")).topology
    for one in listed(topology, *Level):
        assert (one.level is Level.LOCAL) == (one.asked.source.node == one.asked.destination.node)


def test_without_guest_processing_nothing_is_asked_of_a_guest(build: Built) -> None:
    """No step 2 by configuration, whatever the level; and never anything to a guest in phase 1."""

    def disabled(document: Document) -> None:
        document["jobs"][0]["guest_processing"]["on_failure"] = "disable"

    for one in listed(build(change=disabled), *Level):
        assert "guest" not in flow(one)[:2]
        assert not {StepId.GUEST_WINDOWS, StepId.GUEST_WINDOWS_VIX, StepId.GUEST_LINUX} & set(one.steps)
    for one in listed(build(), *Level):
        assert one.asked.destination.node != "guest" or one.steps[0].phase == 2


def test_the_storage_network_is_asked_of_proxies_that_read_directly_only() -> None:
    topology = load(resolve("two-site")).topology
    storage = [one for one in listed(topology) if one.need is Need.STORAGE_ISCSI]
    assert {one.proxies for one in storage} == {("px-hq",)}
    assert {one.steps for one in storage} == {(StepId.DIRECT_STORAGE,)}


def test_network_mode_counts_where_a_failover_can_lead_to_it() -> None:
    topology = load(resolve("two-site")).topology
    (nfc,) = (one for one in listed(topology) if flow(one) == ("px-hq", "esx-hq", "tcp/902"))
    assert nfc.steps == (StepId.DIRECT_STORAGE, StepId.NETWORK)
    strict = topology.jobs[0].model_copy(update={"failover_to_network": False})
    (nfc,) = (one for one in required_connections(topology, strict) if flow(one) == ("px-hq", "esx-hq", "tcp/902"))
    assert nfc.steps == (StepId.DIRECT_STORAGE,)


def test_the_negative_matrix_holds(shipped_job: tuple[Topology, Job]) -> None:
    """Connections that no published table asks for: none of them is ever required."""
    topology, job = shipped_job
    proxies = {node.name for node in topology.nodes if set(node.roles) == {"proxy"}}
    repositories = {node.name for node in topology.nodes if set(node.roles) == {"repository"}}
    hosts = {node.name for node in topology.nodes if "esxi_host" in node.roles}
    centers = {node.name for node in topology.nodes if "vcenter" in node.roles}
    guests = {vm.name for vm in topology.vms}
    for one in required_connections(topology, job, levels=Level):
        source, destination, _ = flow(one)
        assert not (source in proxies and destination in guests)
        assert not (source in repositories and destination in guests | hosts | centers)
        assert source not in hosts


@examples(25)
@given(topologies())
def test_the_list_and_the_check_name_the_same_connections(topology: Topology) -> None:
    job = topology.jobs[0]
    judged = {
        (one.asked.row.id, source, destination, one.asked.service)
        for one in check(topology, job).connections
        for source in one.sources
        for destination in one.destinations
    }
    asked = {(one.asked.row.id, *flow(one)[:2], one.asked.service) for one in required_connections(topology, job)}
    assert judged == asked


def test_what_data_movers_open_carries_the_data_of_the_modes_that_their_proxy_can_take() -> None:
    topology = load(resolve("two-site")).topology
    steps = {one.proxies: one.steps for one in listed(topology) if one.need is Need.DATA_MOVERS}
    assert steps == {("px-hq",): (StepId.DATA_MOVERS, StepId.DIRECT_STORAGE, StepId.NETWORK)}


def test_addresses_are_those_that_the_firewalls_are_asked_about(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    policy = Policy(topology)
    for one in required_connections(topology, job):
        verdict = policy.evaluate(one.asked.source.node, one.asked.destination.node, one.asked.service)
        assert (one.source_address, one.destination_address) == (verdict.source_address, verdict.destination_address)


def test_ways_are_counted_where_one_can_stand_in_for_another(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    connections = required_connections(topology, job)
    assert all(1 <= one.place <= one.ways for one in connections)
    assert all((one.ways > 1) == (one.way != "standard") or one.ways == 1 for one in connections)
    for one in connections:
        if one.need in (Need.GUEST_WINDOWS, Need.GUEST_LINUX):
            assert (one.place, one.ways) == ({"network": 1, "vix": 2}[one.way], 2)


def test_what_a_machine_rests_on_is_asked_for_by_its_system_and_by_no_service_that_it_lacks(
    shipped_job: tuple[Topology, Job],
) -> None:
    topology, job = shipped_job
    around = [one for one in required_connections(topology, job) if one.level is Level.INFRASTRUCTURE]
    assert {one.asked.source.component for one in around} <= {Component.OPERATING_SYSTEM}
