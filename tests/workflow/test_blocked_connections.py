"""Closing the flow of any connection that a shipped topology opens, from that moment on, ends as the catalogue says.

The prediction is made here a second time, from the catalogue's rows and the rules alone: another alternative that is
open lets the work go on; without one the need says what is lost: the job, a proxy's tasks, a task, a VM, the guest
processing, or the removal of the snapshot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from strategies import document_of

from vbtui.catalogue import Need, Party, Row, load_catalogue
from vbtui.firewall import Policy
from vbtui.topology import Job, Topology, load, resolve
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Action, Outcome, Result, Role, Service, TransportMode
from vbtui.workflow import Change, RuleSet, simulate

Named = Callable[[str], Topology]
SHIPPED = ("classroom", "small-office", "two-site", "locked-down")
CLOSED = "closed-by-test"

Flow = tuple[str, str, Service]

JOB_NEEDS = {
    *(Need.TRIGGER_CONSOLE, Need.TRIGGER_ENTERPRISE_MANAGER, Need.TRIGGER_POWERSHELL, Need.TRIGGER_REST),
    *(Need.CONFIG_DATABASE, Need.TRANSPORT_REPOSITORY, Need.RULES_REPOSITORY, Need.METADATA),
}
PROXY_NEEDS = {Need.TRANSPORT_PROXY, Need.APPLIANCE_CALLBACK, Need.RULES_PROXY}
TASK_NEEDS = {Need.DATA_MOVERS, Need.DATA_MOVERS_REVERSE, Need.PROXY_VSPHERE, Need.NFC, Need.SHARE}
GUEST_NEEDS = {Need.GUEST_WINDOWS, Need.GUEST_LINUX, Need.GUEST_INTERACTION_PROXY}
STORAGE_NEEDS = {Need.STORAGE_ISCSI, Need.STORAGE_NFS}


def flow_of(event: Event) -> Flow:
    assert event.source is not None and event.destination is not None
    return event.source.node, event.destination.node, event.services[0]


def opened(trace: Trace) -> list[Event]:
    """Connections between two machines that stand."""
    return [event for event in trace if event.code == "connect.open"]


@cache
def shipped(name: str) -> Topology:
    return load(resolve(name)).topology


CASES = [(name, event.id) for name in SHIPPED for event in opened(simulate(shipped(name), shipped(name).jobs[0]))]


@dataclass(frozen=True)
class Cut:
    """A topology with one flow closed from one event on, its run, and the run without."""

    topology: Topology
    event: Event
    before: Trace
    after: Trace
    row: Row
    closed: Policy

    @property
    def job(self) -> Job:
        return self.topology.jobs[0]

    @property
    def hit(self) -> Event:
        return self.after.by_id[self.event.id]

    def passes(self, source: str, destination: str, service: Service) -> bool:
        return self.closed.evaluate(source, destination, service).allowed


def closable(topology: Topology, flow: Flow) -> tuple[Topology, str]:
    """The topology with a disabled rule, first in its firewall, that drops exactly this flow; and the firewall.

    The rule stands in a host firewall, at the destination, or at the source where an allow-list ignores it.
    """
    source, destination, service = flow
    document = document_of(topology)
    firewalls = {one["name"]: one for one in document["firewalls"]}
    machines = {one["name"]: one for one in (*document["nodes"], *document["vms"])}
    rule = {
        "name": CLOSED,
        "source": {"node": source},
        "destination": {"node": destination},
        "services": [str(service)],
        "action": "deny",
        "enabled": False,
    }
    for machine in (machines[destination], machines[source]):
        if machine["firewall"] is None:
            machine["firewall"] = CLOSED
            default = {"inbound": "allow", "outbound": "allow"}
            document["firewalls"].append({"name": CLOSED, "kind": "host", "default": default, "rules": [rule]})
        elif firewalls[machine["firewall"]]["evaluation"] != "allow-list":
            firewalls[machine["firewall"]]["rules"].insert(0, rule)
        else:
            continue
        return Topology.model_validate(document), machine["firewall"]
    raise AssertionError("both ends have an allow-list")


def cut(name: str, event_id: str) -> Cut:
    event = next(one for one in simulate(shipped(name), shipped(name).jobs[0]) if one.id == event_id)
    topology, firewall = closable(shipped(name), flow_of(event))
    before = simulate(topology, topology.jobs[0])
    after = simulate(topology, topology.jobs[0], changes=[Change(event_id, RuleSet(firewall, CLOSED, enabled=True))])
    row = load_catalogue(topology.profile).row(str(event.row))
    return Cut(topology, event, before, after, row, Policy(topology).with_rule(firewall, CLOSED, enabled=True))


def later_alternative_is_open(case: Cut) -> bool | None:
    """Whether another alternative of the need between the same two machines passes; None if it has none."""
    source, destination, _ = flow_of(case.event)
    later = [
        one
        for one in load_catalogue(case.topology.profile).alternatives(case.row.need, case.row.when)
        if one.order > case.row.order
    ]
    if not later:
        return None
    return any(all(case.passes(source, destination, s) for row in one.rows for s in row.services) for one in later)


def guest_ways(case: Cut) -> list[bool]:
    """Whether each way into the event's guest is open, in the order of the process."""
    vm = case.topology.vm(str(case.event.vm))
    host = case.topology.node(vm.host)
    server = case.topology.first(Role.BACKUP_SERVER)
    assert server is not None
    calls = [one for one in case.before if one.vm == vm.name and "/guest-interaction-proxy/" in one.id]
    helpers = [one.destination.node for one in calls if one.destination]
    if any(one.id == case.event.id for one in calls):
        helpers = []  # it cannot be called any more
    need = Need.GUEST_WINDOWS if vm.os == "windows" else Need.GUEST_LINUX
    found = []
    for alternative in load_catalogue(case.topology.profile).alternatives(need, frozenset(case.row.when) | ALL_WHEN):
        for performer in dict.fromkeys([*helpers, server.name]):
            who = {
                Party.GUEST_INTERACTION_PROXY: performer,
                Party.BACKUP_SERVER: server.name,
                Party.GUEST: vm.name,
                Party.VCENTER: host.managed_by,
                Party.ESXI_HOST: host.name,
            }
            legs = [
                (who[row.source], who[row.destination], service) for row in alternative.rows for service in row.services
            ]
            found.append(all(case.passes(a, b, service) for a, b, service in legs if a and b))
    return found


ALL_WHEN = frozenset(
    when for row in load_catalogue(shipped("classroom").profile).rows if row.need in GUEST_NEEDS for when in row.when
)


def outcome_of(trace: Trace, vm: str) -> Result:
    return next(one.result for one in trace.vms if one.vm == vm)


@pytest.mark.parametrize(("name", "event_id"), CASES)
def test_closing_one_flow_ends_as_the_catalogue_predicts(name: str, event_id: str) -> None:
    case = cut(name, event_id)
    assert case.after.events[: case.event.position] == case.before.events[: case.event.position]
    assert case.hit.code in ("connect.dropped", "connect.partial")
    assert case.hit.verdict is not None and case.hit.verdict.segment is not None
    assert (case.hit.verdict.action, case.hit.verdict.segment.rule) == (Action.DENY, CLOSED)
    nothing_worse_than_before_elsewhere(case)
    need = case.row.need
    if need in GUEST_NEEDS:
        guest_processing_finds_another_way_or_fails(case)
    elif need is Need.SNAPSHOT_CREATE:
        the_vm_fails_without_a_snapshot(case)
    elif need is Need.SNAPSHOT_COMMIT:
        the_snapshot_is_left_with_a_warning(case)
    elif need in STORAGE_NEEDS:
        network_mode_stands_in(case)
    else:
        assert need in JOB_NEEDS | PROXY_NEEDS | TASK_NEEDS
        another = later_alternative_is_open(case)
        assert case.hit.outcome is (Outcome.FAIL if another is None else Outcome.FALLBACK)
        if another:
            the_work_goes_on(case)
        elif need in JOB_NEEDS:
            the_job_fails_before_any_snapshot(case)
        else:
            the_tasks_fail_and_their_vms_are_cleaned_up(case)


def nothing_worse_than_before_elsewhere(case: Cut) -> None:
    """A VM whose run never asks for this flow again, and whose proxies are not lost, ends as it did."""
    touched = {one.vm for one in case.before.events[case.event.position :] if is_flow(one, case)}
    if None in touched:
        return
    for vm in case.before.vms:
        proxies = {task.proxy for task in case.before.tasks if task.vm == vm.vm}
        if vm.vm not in touched and not (case.row.need in PROXY_NEEDS and set(flow_of(case.event)[:2]) & proxies):
            assert outcome_of(case.after, vm.vm) is vm.result, vm.vm


def the_work_goes_on(case: Cut) -> None:
    """Whoever asked gets what it asked for; those who need this very flow for something else later are not judged."""
    later = {one.vm for one in case.before.events[case.event.position + 1 :] if is_flow(one, case)}
    for vm in case.before.vms:
        assert vm.vm in later or outcome_of(case.after, vm.vm) is vm.result


def is_flow(event: Event, case: Cut) -> bool:
    return event.kind is EventKind.CONNECT and flow_of(event) == flow_of(case.event)


def the_job_fails_before_any_snapshot(case: Cut) -> None:
    assert case.after.result is Result.ERROR
    assert {one.result for one in case.after.vms} == {Result.ERROR}
    assert not any(one.kind in (EventKind.SNAPSHOT, EventKind.TRANSFER, EventKind.FREEZE) for one in case.after)


def the_tasks_fail_and_their_vms_are_cleaned_up(case: Cut) -> None:
    if case.event.task is not None:
        lost = {case.event.task}
    else:
        first = {one.task: one.param("proxy") for one in case.before if one.id.endswith("/1.3/assign")}
        lost = {str(task) for task, proxy in first.items() if proxy in flow_of(case.event)[:2]}
    assert lost
    for task in case.after.tasks:
        if task.id in lost:
            assert task.result is Result.ERROR and outcome_of(case.after, task.vm) is Result.ERROR
    same_way = any(is_flow(one, case) for one in case.before if one.row and "snapshot-commit" in one.row)
    for vm in case.after.vms:
        assert same_way or not vm.snapshot_left
        assert (f"{vm.vm}/3/snapshot" in case.after.by_id) == (f"{vm.vm}/6/commit" in case.after.by_id)


def the_vm_fails_without_a_snapshot(case: Cut) -> None:
    vm = str(case.event.vm)
    assert case.hit.outcome is Outcome.FAIL and outcome_of(case.after, vm) is Result.ERROR
    mine = [one for one in case.after if one.vm == vm]
    assert not any(one.kind in (EventKind.SNAPSHOT, EventKind.TRANSFER, EventKind.COMMIT) for one in mine)
    assert sum(one.kind is EventKind.FREEZE for one in mine) == sum(one.kind is EventKind.THAW for one in mine)


def the_snapshot_is_left_with_a_warning(case: Cut) -> None:
    vm = next(one for one in case.after.vms if one.vm == case.event.vm)
    assert case.hit.outcome is Outcome.WARNING and vm.snapshot_left
    assert vm.result is Result.WARNING or outcome_of(case.before, vm.vm) is Result.ERROR
    assert case.after.by_id[f"{vm.vm}/6/commit"].code == "snapshot.left"
    after, before = ([one for one in trace.tasks if one.vm == vm.vm] for trace in (case.after, case.before))
    assert after == before


def network_mode_stands_in(case: Cut) -> None:
    assert case.job.failover_to_network
    assert case.hit.outcome is Outcome.FALLBACK
    task = next(one for one in case.after.tasks if one.id == case.event.task)
    assert (task.mode, task.result) == (TransportMode.NBD, Result.SUCCESS)
    assert task.rejected[-1].code == "mode.storage-blocked"


def guest_processing_finds_another_way_or_fails(case: Cut) -> None:
    vm = str(case.event.vm)
    processing = next(one.guest_processing for one in case.job.vms if one.name == vm) or case.job.guest_processing
    log_on = [one for one in case.after if one.vm == vm and one.code in ("guest.network", "guest.vix")]
    ways = guest_ways(case)
    assert bool(log_on) == any(ways)
    if any(ways):
        assert case.hit.outcome is Outcome.FALLBACK
        assert f"{vm}/3/snapshot" in case.after.by_id
    elif any(is_flow(one, case) and one.row and "snapshot" in one.row for one in case.before):
        assert outcome_of(case.after, vm) is Result.ERROR, "the same flow asks for the snapshot"
    elif processing.on_failure == "require":
        assert outcome_of(case.after, vm) is Result.ERROR
        assert f"{vm}/3/snapshot" not in case.after.by_id
    else:
        end = next(one for one in case.after.vms if one.vm == vm)
        assert (end.result, end.consistent) == (Result.WARNING, "crash")
        assert f"{vm}/6/commit" in case.after.by_id


def test_every_need_that_a_step_has_is_closed_at_least_once() -> None:
    """So that a need without a prediction, or one that no shipped topology shows, is noticed."""
    rows = {
        load_catalogue(shipped(name).profile).row(str(event.row)).need
        for name in SHIPPED
        for event in opened(simulate(shipped(name), shipped(name).jobs[0]))
    }
    never = {Need.TRIGGER_POWERSHELL, Need.TRIGGER_REST, Need.SHARE, Need.STORAGE_NFS}
    assert rows | never >= JOB_NEEDS | PROXY_NEEDS | TASK_NEEDS | GUEST_NEEDS | STORAGE_NEEDS


# The price of being blocked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "code", "least", "most"),
    [
        ("deny", "connect.dropped", 10_000, 60_000),
        ("reject", "connect.rejected", 1, 10),
        # taken for the worst, and never for allowed
        ("unknown", "connect.unknown", 10_000, 60_000),
    ],
)
def test_a_dropped_packet_costs_a_timeout_and_a_rejected_one_nothing(
    action: str, code: str, least: int, most: int, named: Named
) -> None:
    document = document_of(named("classroom"))
    rule = {"name": "no-smb", "source": {"any": True}, "destination": {"node": "sql01"}, "services": ["tcp/445"]}
    document["firewalls"][0]["rules"].insert(0, rule | {"action": action})
    topology = Topology.model_validate(document)
    tried = simulate(topology, topology.jobs[0]).by_id["sql01/2.1/guest-windows/vbr01/sql01/tcp-445"]
    assert tried.code == code
    assert least <= tried.duration_ms <= most


@pytest.mark.parametrize(("profile", "goes_on"), [("v12", False), ("v13", True)])
def test_a_range_of_which_a_part_is_blocked_is_blocked_and_says_which_part(
    profile: str, goes_on: bool, named: Named
) -> None:
    """In version 12 the range is the only way; in 13 it is the fallback of 6162, and not even asked for."""
    document = document_of(named("classroom"))
    rule = {"name": "no", "source": {"any": True}, "destination": {"any": True}, "services": ["tcp/2600-2700"]}
    default = {"inbound": "allow", "outbound": "allow"}
    document["firewalls"].append(
        {"name": "own", "kind": "host", "default": default, "rules": [rule | {"action": "deny"}]}
    )
    next(node for node in document["nodes"] if node["name"] == "repo01")["firewall"] = "own"
    topology = Topology.model_validate(document | {"profile": profile})
    trace = simulate(topology, topology.jobs[0])
    partial = [event for event in trace if event.code == "connect.partial"]
    assert bool(partial) != goes_on
    for event in partial:
        assert event.verdict is not None and event.verdict.missing == ((2600, 2700),)
        assert (event.id, event.outcome) == ("job/1.5/rules-repository/vbr01/repo01/tcp-2500-3300", Outcome.FAIL)
