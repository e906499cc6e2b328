"""The obvious check: every VM, disk, host and proxy on its own, every connection asked for by name.

An oracle for `planning.check`, which never lists an assignment. It follows `workflow` by itself, knows no class of
machines and joins nothing. In: a topology, a job. Out: an `Ended` for every need of every assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vbtui.catalogue import Catalogue, Need, load_catalogue
from vbtui.firewall import Policy, Verdict
from vbtui.planning import Effect
from vbtui.topology import Disk, GuestProcessing, Job, Node, Topology, Vm
from vbtui.vocabulary import Action, GoalVerdict, Role, Service, StepId, TransportMode, Trigger
from vbtui.workflow import Asked, Cast, Way, performers, proxies_of, vms_of
from vbtui.workflow.guest import attempts, refused, script_fails, wanted
from vbtui.workflow.parties import TRIGGERS, trigger_node
from vbtui.workflow.transfer import storage_need
from vbtui.workflow.transport import choose, objection

Flow = tuple[str, str, str, Service]
"""Row, source, destination, service."""


@dataclass(frozen=True)
class Who:
    """One assignment."""

    vm: str = ""
    task: str = ""
    host: str = ""
    proxy: str = ""


@dataclass(frozen=True)
class Option:
    name: str
    step: StepId
    asked: tuple[Asked, ...]
    performer: str | None = None
    obstacle: str | None = None
    shortfall: str | None = None


@dataclass(frozen=True)
class TriedWay:
    """What a report tells of one way: everything but the places of machines in it."""

    name: str
    step: StepId
    performer: str | None
    obstacle: str | None
    shortfall: str | None
    answers: frozenset[tuple[Flow, Verdict]]


@dataclass(frozen=True)
class Ended:
    """How one need of one assignment ends."""

    need: Need | None
    who: Who
    steps: tuple[StepId, ...]
    verdict: GoalVerdict
    effect: Effect | None
    chosen: int | None
    ways: tuple[TriedWay, ...]


@dataclass(frozen=True)
class Asking:
    need: Need | None
    who: Who
    options: tuple[Option, ...]
    stakes: Effect
    shortfall_stakes: Effect | None = None
    refused: bool = False
    moves_to: StepId | None = None


def every_assignment(
    topology: Topology, job: Job, policy: Policy | None = None, assumed: TransportMode | None = None
) -> tuple[Ended, ...]:
    """The end of every need of every assignment of the job, without its surroundings."""
    rules = policy or Policy(topology)
    ended: list[Ended] = []
    storage: dict[Who, Ended] = {}
    helper: dict[Who, tuple[Ended, str]] = {}
    for asking in _everything(topology, job, load_catalogue(topology.profile), assumed):
        found = _end(asking, rules)
        if asking.need in (Need.STORAGE_ISCSI, Need.STORAGE_NFS):
            storage[asking.who] = found
        if asking.need is Need.GUEST_INTERACTION_PROXY:
            helper[asking.who] = (found, asking.options[0].asked[0].destination.node)
        if asking.moves_to is not None and asking.who in storage:
            moved = replace(asking, options=tuple(replace(one, step=asking.moves_to) for one in asking.options))
            found = _after(storage[asking.who], found, _end(moved, rules))
        if asking.need in (Need.GUEST_WINDOWS, Need.GUEST_LINUX) and asking.who in helper:
            before, performer = helper[asking.who]
            options = tuple(
                replace(one, obstacle=one.obstacle or "guest.proxy-unreachable") if one.performer == performer else one
                for one in asking.options
            )
            found = _after(before, found, _end(replace(asking, options=options), rules))
        ended.append(found)
    return tuple(ended)


def _after(before: Ended, as_meant: Ended, otherwise: Ended) -> Ended:
    if before.verdict is GoalVerdict.FALLBACK:
        return otherwise
    if before.verdict is not GoalVerdict.UNKNOWN:
        return as_meant
    steps = tuple(dict.fromkeys((*as_meant.steps, *otherwise.steps)))
    if (as_meant.verdict, as_meant.effect, as_meant.chosen) == (otherwise.verdict, otherwise.effect, otherwise.chosen):
        return replace(as_meant, steps=steps)
    return replace(as_meant, steps=steps, verdict=GoalVerdict.UNKNOWN, effect=None, chosen=None)


def _end(asking: Asking, policy: Policy) -> Ended:
    passing: list[bool | None] = []
    ways = []
    for option in asking.options:
        answers = {
            (one.row.id, one.source.node, one.destination.node, one.service): policy.evaluate(
                one.source.node, one.destination.node, one.service
            )
            for one in option.asked
        }
        actions = {verdict.action for verdict in answers.values()}
        if option.obstacle is not None or actions & {Action.DENY, Action.REJECT}:
            passing.append(False)
        else:
            passing.append(None if Action.UNKNOWN in actions else True)
        told = (option.name, option.step, option.performer, option.obstacle, option.shortfall)
        ways.append(TriedWay(*told, frozenset(answers.items())))
    chosen = passing.index(True) if True in passing else None
    tried = asking.options[:1] if asking.refused else asking.options[: None if chosen is None else chosen + 1]
    steps = tuple(dict.fromkeys(option.step for option in tried))
    effect: Effect | None = None
    if None in passing[:chosen]:
        return Ended(asking.need, asking.who, steps, GoalVerdict.UNKNOWN, None, None, tuple(ways))
    if chosen is None:
        effect = asking.stakes
    elif asking.options[chosen].shortfall is not None:
        effect = asking.shortfall_stakes or asking.stakes
    elif chosen > 0:
        effect = Effect.NEXT_WAY
    verdict = GoalVerdict.OK if effect is None else effect.verdict
    return Ended(asking.need, asking.who, steps, verdict, effect, chosen, tuple(ways))


def hosts_of(topology: Topology, vm: Vm) -> tuple[Node, ...]:
    """The VM's host, then the other hosts of its cluster that mount all of its datastores."""
    host = topology.node(vm.host)
    if host.cluster is None or host.managed_by is None:
        return (host,)
    cluster = (host.managed_by, host.datacenter, host.cluster)
    stores = {disk.datastore for disk in vm.disks}
    others = (
        node
        for node in topology.with_role(Role.ESXI_HOST)
        if node.name != host.name
        and (node.managed_by, node.datacenter, node.cluster) == cluster
        and stores <= set(node.datastores)
    )
    return (host, *others)


Place = tuple[Vm, Node, GuestProcessing, dict[str, list[tuple[Node, TransportMode]]], dict[str, tuple[str, ...]]]
"""A VM on a host, with its guest processing, its proxies by disk, and what is against the assumed mode by disk."""


def _places(topology: Topology, job: Job, assumed: TransportMode | None) -> Iterator[Place]:
    for vm, processing in vms_of(topology, job):
        for host in hosts_of(topology, vm):
            here = vm.model_copy(update={"host": host.name})
            proxies: dict[str, list[tuple[Node, TransportMode]]] = {disk.name: [] for disk in vm.disks}
            against: dict[str, tuple[str, ...]] = {}
            for disk in vm.disks:
                codes = []
                for node in proxies_of(topology, job):
                    mode: TransportMode | None
                    if assumed is None:
                        mode = choose(topology, here, disk, node, failover=job.failover_to_network).mode
                    else:
                        reason = objection(topology, here, disk, node, assumed)
                        mode = assumed if reason is None else None
                        codes += [] if reason is None else [reason.code]
                    if mode is not None:
                        proxies[disk.name].append((node, mode))
                against[disk.name] = tuple(sorted(set(codes))) or ("task.no-proxy",)
            yield here, host, processing, proxies, against


def _everything(topology: Topology, job: Job, catalogue: Catalogue, assumed: TransportMode | None) -> Iterator[Asking]:
    """Every need of every assignment. What depends on another comes after it."""
    whole, cast = Who(), Cast(topology, job)
    if job.trigger is not Trigger.SCHEDULE and trigger_node(topology, job) is not None:
        yield from _simple(cast, catalogue, TRIGGERS[job.trigger][0], StepId.TRIGGER, whole, Effect.JOB_FAILS)
    for need, step in (
        (Need.CONFIG_DATABASE, StepId.READ_JOB),
        (Need.BACKUP_SERVICE, StepId.SCHEDULE),
        (Need.TRANSPORT_REPOSITORY, StepId.TRANSPORT_SERVICES),
        (Need.APPLIANCE_CALLBACK, StepId.TRANSPORT_SERVICES),
        (Need.RULES_REPOSITORY, StepId.RULES),
    ):
        yield from _simple(cast, catalogue, need, step, whole, Effect.JOB_FAILS)
    places = tuple(_places(topology, job, assumed))
    servers = {host.managed_by or host.name for _, host, *_ in places}
    for vm, host, processing, proxies, against in places:
        at, who = replace(cast, vm=vm), Who(vm=vm.name, host=host.name)
        stakes = Effect.JOB_FAILS if len(servers) == 1 else Effect.VM_FAILS
        yield from _simple(at, catalogue, Need.METADATA, StepId.METADATA, who, stakes)
        yield from _simple(at, catalogue, Need.SNAPSHOT_CREATE, StepId.SNAPSHOT, who, Effect.VM_FAILS)
        yield from _simple(at, catalogue, Need.SNAPSHOT_COMMIT, StepId.COMMIT, who, Effect.SNAPSHOT_LEFT)
        yield from _guest(cast, catalogue, vm, processing, who)
        for disk in vm.disks:
            task = replace(who, task=f"{vm.name}/{disk.name}")
            if not proxies[disk.name]:
                name = "proxy" if assumed is None else str(assumed)
                yield Asking(
                    None,
                    task,
                    tuple(Option(name, StepId.SCHEDULE, (), obstacle=code) for code in against[disk.name]),
                    Effect.TASK_FAILS,
                )
            for proxy, mode in proxies[disk.name]:
                yield from _task(cast, catalogue, vm, disk, proxy, mode, replace(task, proxy=proxy.name))


def _simple(
    cast: Cast, catalogue: Catalogue, need: Need, step: StepId, who: Who, stakes: Effect, moves_to: StepId | None = None
) -> Iterator[Asking]:
    yield from _of_ways(cast.ways(catalogue, need), need, step, who, stakes, moves_to)


def _of_ways(
    ways: tuple[Way, ...], need: Need, step: StepId, who: Who, stakes: Effect, moves_to: StepId | None = None
) -> Iterator[Asking]:
    if ways:
        options = tuple(Option(way.name, step, way.asked) for way in ways)
        yield Asking(need, who, options, stakes, moves_to=moves_to)


def _guest(cast: Cast, catalogue: Catalogue, vm: Vm, processing: GuestProcessing, who: Who) -> Iterator[Asking]:
    if not wanted(processing):
        return
    windows = vm.os == "windows"
    first = StepId.GUEST_WINDOWS if windows else StepId.GUEST_LINUX
    node = performers(cast.topology, vm, processing)[0]
    if node.name != cast.backup_server.name:
        at = replace(cast, vm=vm, performer=node)
        yield from _simple(at, catalogue, Need.GUEST_INTERACTION_PROXY, first, who, Effect.SERVER_INSTEAD)
    options = tuple(
        Option(
            one.way.name,
            one.step,
            one.way.asked,
            one.performer.name,
            refused(vm) or one.objection,
            "script.not-elevated" if script_fails(vm, processing, one.way.name) else None,
        )
        for one in attempts(cast.topology, cast.job, catalogue, vm, processing)
    )
    stakes = Effect.VM_FAILS if processing.on_failure == "require" else Effect.CRASH_CONSISTENT
    scripts = processing.scripts
    shortfall = Effect.SCRIPT_FAILS if scripts is not None and scripts.pre_freeze is None else stakes
    need = Need.GUEST_WINDOWS if windows else Need.GUEST_LINUX
    yield Asking(need, who, options, stakes, shortfall, refused(vm) is not None)


def _task(
    cast: Cast, catalogue: Catalogue, vm: Vm, disk: Disk, proxy: Node, mode: TransportMode, who: Who
) -> Iterator[Asking]:
    fails, at_proxy = Effect.TASK_FAILS, replace(cast, proxy=proxy)
    services = StepId.TRANSPORT_SERVICES
    yield from _simple(at_proxy, catalogue, Need.TRANSPORT_PROXY, services, who, fails)
    yield from _of_ways(at_proxy.proxy_callbacks(catalogue), Need.APPLIANCE_CALLBACK, services, who, fails)
    yield from _simple(at_proxy, catalogue, Need.RULES_PROXY, StepId.RULES, who, fails)
    movers = Need.DATA_MOVERS_REVERSE if proxy.run_server_on_this_side else Need.DATA_MOVERS
    yield from _simple(at_proxy, catalogue, movers, StepId.DATA_MOVERS, who, fails)
    at = replace(cast, vm=vm, disk=disk, proxy=proxy)
    for need in (Need.PROXY_VSPHERE, Need.NFC):
        yield from _simple(at, catalogue, need, mode.step, who, fails)
    storage = storage_need(cast.topology, disk, mode)
    fails_over = storage is not None and cast.job.failover_to_network
    if storage is not None:
        yield from _simple(
            at, catalogue, storage, mode.step, who, Effect.NETWORK_MODE if fails_over else Effect.TASK_FAILS
        )
    if cast.topology.node(cast.job.repository).share:
        moves_to = TransportMode.NBD.step if fails_over else None
        yield from _simple(at, catalogue, Need.SHARE, mode.step, who, fails, moves_to)
