"""Everything that is known about one machine or datastore: what it is, what it opens and accepts, which rules touch it.

In: a topology, the policy, a job, a name; for the moment a state. Out: `MachineFacts`, which hold whatever the playhead
does, and `MachineNow`, which do not. What a job asks of a machine comes from `planning`, for all assignments that could
be; machines on the other side that get the same answer for the same reason stand together, so that a server with
thousands of partners is told in some lines.
Never here: text, a screen, an event (`inspection`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from vbtui.catalogue import Row
from vbtui.firewall import Policy, Verdict
from vbtui.firewall.selectors import EVERYWHERE, Directory
from vbtui.planning import RequiredConnection, required_of
from vbtui.topology import Datastore, Job, LoadedTopology, Node, Topology, Vm, ZoneAddress, addresses_of
from vbtui.trace import OpenConnection, State, TaskState, Trace
from vbtui.vocabulary import Action, Component, Level, Profile, Role, Service, StepId
from vbtui.walk.inspection import rule_line


class ThingKind(StrEnum):
    """What can be inspected besides events."""

    NODE = "node"
    VM = "vm"
    DATASTORE = "datastore"


@dataclass(frozen=True, slots=True)
class Partner:
    """One connection of a machine, with everybody who gets the same answer on the other side."""

    row: Row
    services: tuple[Service, ...]
    """Those of the row that get the same answer."""
    own: Component
    other: Component
    steps: tuple[StepId, ...]
    partners: tuple[str, ...]
    """Names, in the order of the steps and the file; the machine itself where it calls itself."""
    verdict: Verdict
    """Of the first partner and service."""
    level: Level
    way: int
    """Which way to what is needed it is, from 1."""
    ways: int


@dataclass(frozen=True, slots=True)
class TouchingRule:
    """A rule that has an address of the machine on one of its sides."""

    firewall: str
    number: int
    name: str
    action: Action
    enabled: bool
    as_source: bool
    as_destination: bool
    by_any: bool
    """Only because that side is `any`."""
    line: int | None
    """Line of the file."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """A node, VM or datastore as the file and a job have it."""

    name: str
    kind: ThingKind
    thing: Node | Vm | Datastore
    roles: tuple[Role, ...]
    addresses: tuple[ZoneAddress, ...]
    components: tuple[Component, ...]
    """Those that take part in the job's connections."""
    opens: tuple[Partner, ...]
    accepts: tuple[Partner, ...]
    rules: tuple[TouchingRule, ...]
    """Of network firewalls and of the machine's own, in the file's order."""
    hosts: tuple[str, ...] = ()
    """Of a datastore: the ESXi hosts that mount it."""
    proxies: tuple[str, ...] = ()
    """Of a datastore: the proxies that reach its storage themselves."""
    disks: tuple[str, ...] = ()
    """Of a datastore: the job's disks on it, as `VM/DISK`."""
    vms: tuple[str, ...] = ()
    """Of a host: the job's VMs on it."""


@dataclass(frozen=True, slots=True)
class MachineNow:
    """Where a machine is in the run."""

    tasks: tuple[TaskState, ...]
    """That it has a part in: as the VM, as proxy, as repository, as the datastore of the disk."""
    connections: tuple[OpenConnection, ...]
    """Open ones at either of whose ends it stands."""
    snapshot: bool
    """Of a VM: it has the job's snapshot."""
    snapshot_left: bool
    frozen: bool
    attached: tuple[str, ...]
    """Of a proxy: the disks that are attached to it, as `VM/DISK`."""


def machine_facts(
    policy: Policy, job: Job, name: str, *, profile: Profile | None = None, loaded: LoadedTopology | None = None
) -> MachineFacts:
    """What is known about a node, VM or datastore of the policy's topology. Raises KeyError for another name.

    `loaded` gives the lines of rules; without it none are told.
    """
    topology = policy.topology
    machine = _machine(topology, name)
    if machine is None:
        return _datastore_facts(topology, job, name)
    asked = required_of(topology, job, name, profile, policy=policy)
    opens, accepts = _partners(policy, asked[0], source=True), _partners(policy, asked[1], source=False)
    components = {one.own for one in (*opens, *accepts)}
    return MachineFacts(
        name=name,
        kind=ThingKind.VM if isinstance(machine, Vm) else ThingKind.NODE,
        thing=machine,
        roles=(Role.GUEST,) if isinstance(machine, Vm) else machine.roles,
        addresses=addresses_of(machine),
        components=tuple(component for component in Component if component in components),
        opens=opens,
        accepts=accepts,
        rules=tuple(_rules(topology, machine, loaded)),
        vms=tuple(one.name for one in job.vms if topology.vm(one.name).host == name),
    )


def _machine(topology: Topology, name: str) -> Node | Vm | None:
    """The node or VM of that name; None for a datastore. Raises KeyError for any other name."""
    try:
        return topology.node(name)
    except KeyError:
        pass
    try:
        return topology.vm(name)
    except KeyError:
        topology.datastore(name)
        return None


def _datastore_facts(topology: Topology, job: Job, name: str) -> MachineFacts:
    return MachineFacts(
        name=name,
        kind=ThingKind.DATASTORE,
        thing=topology.datastore(name),
        roles=(),
        addresses=(),
        components=(),
        opens=(),
        accepts=(),
        rules=(),
        hosts=tuple(node.name for node in topology.with_role(Role.ESXI_HOST) if name in node.datastores),
        proxies=tuple(node.name for node in topology.with_role(Role.PROXY) if name in node.storage_access),
        disks=tuple(
            f"{one.name}/{disk.name}"
            for one in job.vms
            for disk in topology.vm(one.name).disks
            if disk.datastore == name
        ),
    )


def machine_now(state: State, trace: Trace, topology: Topology, name: str) -> MachineNow:
    """Where a node, VM or datastore is in the run at a state of `trace`."""
    repositories = {task.id: task.repository for task in trace.tasks}
    stores = {f"{vm.name}/{disk.name}": disk.datastore for vm in topology.vms for disk in vm.disks}
    return MachineNow(
        tasks=tuple(
            task
            for task in state.tasks.values()
            if name in (task.vm, task.proxy, stores.get(task.id)) or (task.proxy and repositories[task.id] == name)
        ),
        connections=tuple(one for one in state.connections if name in (one.source, one.destination)),
        snapshot=name in state.snapshots,
        snapshot_left=name in state.left,
        frozen=name in state.frozen,
        attached=tuple(sorted(task for proxy, task in state.attached if proxy == name)),
    )


def _partners(policy: Policy, found: Iterable[RequiredConnection], *, source: bool) -> tuple[Partner, ...]:
    """Connections by what is alike in them; `source` tells on which side the machine stands."""
    together: dict[tuple[object, ...], list[tuple[RequiredConnection, Verdict]]] = {}
    for one in found:
        asked = one.asked
        verdict = policy.evaluate(asked.source.node, asked.destination.node, asked.service)
        together.setdefault((asked.service, *_alike(one, verdict)), []).append((one, verdict))
    partners: dict[tuple[object, ...], Partner] = {}
    for members in together.values():
        partner = _partner(members, source=source)
        key = (*_alike(*members[0]), partner.partners)
        before = partners.get(key)
        partners[key] = partner if before is None else replace(before, services=(*before.services, *partner.services))
    return tuple(partners.values())


def _alike(one: RequiredConnection, verdict: Verdict) -> tuple[object, ...]:
    """What connections that are told together have in common: what they are for, and who answers what."""
    segment = verdict.segment
    decided = None if segment is None else (segment.reason, segment.rule, segment.rule_number)
    firewall = None if verdict.hop is None else verdict.hop.name
    local = verdict.is_local
    return (one.asked.row.id, one.steps, verdict.action, firewall, decided, local)


def _partner(members: list[tuple[RequiredConnection, Verdict]], *, source: bool) -> Partner:
    one, verdict = members[0]
    own, other = (one.asked.source, one.asked.destination) if source else (one.asked.destination, one.asked.source)
    others = (member.asked.destination if source else member.asked.source for member, _ in members)
    return Partner(
        row=one.asked.row,
        services=(one.asked.service,),
        own=own.component,
        other=other.component,
        steps=one.steps,
        partners=tuple(dict.fromkeys(end.node for end in others)),
        verdict=verdict,
        level=one.level,
        way=one.place,
        ways=one.ways,
    )


def _rules(topology: Topology, machine: Node | Vm, loaded: LoadedTopology | None) -> Iterable[TouchingRule]:
    addresses = [entry.address for entry in addresses_of(machine)]
    directory = Directory(topology)
    for firewall in topology.firewalls:
        if firewall.kind == "host" and firewall.name != machine.firewall:
            continue
        for number, rule in enumerate(firewall.rules, start=1):
            sides = directory.of(rule.source), directory.of(rule.destination)
            within = [any(address in side for address in addresses) for side in sides]
            if any(within):
                by_any = all(side == EVERYWHERE for side, inside in zip(sides, within, strict=True) if inside)
                line = rule_line(loaded, firewall.name, number)
                yield TouchingRule(
                    firewall.name, number, rule.name, rule.action, rule.enabled, within[0], within[1], by_any, line
                )
