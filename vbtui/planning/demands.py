"""What a job could ask of the network, for every proxy and host that it could be assigned to: no verdicts yet.

Decided here: which needs come up at which step, for which assignments, by which ways, and what is at stake if no way
gets through. It follows `workflow` step by step and asks it for every choice (`Cast.ways`, `attempts`, `choose`,
`candidates`), so that a check and a simulation cannot differ.
In: a topology, a job, a catalogue. Out: `Demand`s in the order of the process.
Never here: firewall rules, load and task slots (any candidate may be the one), what a trace would take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vbtui.catalogue import Catalogue, Need
from vbtui.planning.placement import Placement, possible_proxies
from vbtui.planning.report import Effect, Subject
from vbtui.topology import Disk, Job, Node, Topology
from vbtui.vocabulary import StepId, TransportMode, Trigger
from vbtui.workflow import Asked, Cast, Way, performers
from vbtui.workflow.guest import attempts, refused, script_fails, wanted
from vbtui.workflow.parties import TRIGGERS, trigger_node
from vbtui.workflow.transfer import storage_need
from vbtui.workflow.transport import choose


@dataclass(frozen=True, slots=True)
class Option:
    """One way, with what is in it besides firewalls. Fields as in `WayVerdict`."""

    name: str
    order: int
    step: StepId | None
    asked: tuple[Asked, ...]
    performer: str | None = None
    obstacle: str | None = None
    shortfall: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """One need of one assignment."""

    need: Need | None
    step: StepId | None
    """Where it is opened first; None for surroundings."""
    options: tuple[Option, ...]
    subject: Subject
    stakes: Effect
    """What happens where no way stands."""
    shortfall_stakes: Effect | None = None
    """What happens where the way that stands falls short; by default what is at stake anyway."""
    refused: bool = False
    """No option is tried at all, for a reason that all of them carry."""
    failover_step: StepId | None = None
    """Where it is opened instead, or relied on, once network mode stands in for a direct mode."""
    rests: frozenset[StepId] = frozenset()
    """Of surroundings: the steps that rest on it here."""


def process_demands(
    topology: Topology, job: Job, catalogue: Catalogue, places: tuple[Placement, ...]
) -> Iterator[Demand]:
    """Everything that the steps of the job open, for all assignments, in the order of the process."""
    cast = Cast(topology, job)
    yield from _job_level(cast, catalogue)
    for place in places:
        for disk in place.vm.disks:
            if not place.proxies[disk.name]:
                yield _no_proxy(place, disk)
    for proxy in possible_proxies(topology, job, places):
        yield from _proxy_level(cast, catalogue, proxy, places)
    yield from _metadata(cast, catalogue, places)
    for place in places:
        yield from _guest(cast, catalogue, place)
    for need, step, stakes in (
        (Need.SNAPSHOT_CREATE, StepId.SNAPSHOT, Effect.VM_FAILS),
        (Need.SNAPSHOT_COMMIT, StepId.COMMIT, Effect.SNAPSHOT_LEFT),
    ):
        for place in places:
            yield from _simple(replace(cast, vm=place.vm), catalogue, need, step, place.subject(), stakes)
    for place in places:
        for disk in place.vm.disks:
            for proxy in place.proxies[disk.name]:
                yield from _transfer(cast, catalogue, place, disk, proxy)


def _simple(
    cast: Cast,
    catalogue: Catalogue,
    need: Need,
    step: StepId,
    subject: Subject,
    stakes: Effect,
    failover_step: StepId | None = None,
) -> Iterator[Demand]:
    """A need whose ways differ in nothing but their connections; nothing if it asks for no connection here."""
    yield from _of_ways(cast.ways(catalogue, need), need, step, subject, stakes, failover_step)


def _of_ways(
    ways: tuple[Way, ...],
    need: Need,
    step: StepId,
    subject: Subject,
    stakes: Effect,
    failover_step: StepId | None = None,
) -> Iterator[Demand]:
    if ways:
        options = tuple(Option(way.name, way.order, step, way.asked) for way in ways)
        yield Demand(need, step, options, subject, stakes, failover_step=failover_step)


def _job_level(cast: Cast, catalogue: Catalogue) -> Iterator[Demand]:
    """What blocks the job as a whole: the trigger, the configuration database, the repository server."""
    job, everyone = cast.job, Subject()
    if job.trigger is not Trigger.SCHEDULE and trigger_node(cast.topology, job) is not None:
        need = TRIGGERS[job.trigger][0]
        yield from _simple(cast, catalogue, need, StepId.TRIGGER, everyone, Effect.JOB_FAILS)
    for need, step in (
        (Need.CONFIG_DATABASE, StepId.READ_JOB),
        (Need.BACKUP_SERVICE, StepId.SCHEDULE),
        (Need.TRANSPORT_REPOSITORY, StepId.TRANSPORT_SERVICES),
        (Need.APPLIANCE_CALLBACK, StepId.TRANSPORT_SERVICES),
        (Need.RULES_REPOSITORY, StepId.RULES),
    ):
        yield from _simple(cast, catalogue, need, step, everyone, Effect.JOB_FAILS)


def _no_proxy(place: Placement, disk: Disk) -> Demand:
    """No proxy has a transport mode for the disk, so its task never gets one (`task.no-proxy` in a trace)."""
    nothing = Option("proxy", 1, StepId.SCHEDULE, (), obstacle="task.no-proxy")
    return Demand(None, StepId.SCHEDULE, (nothing,), place.subject(disk), Effect.TASK_FAILS)


def _proxy_level(cast: Cast, catalogue: Catalogue, proxy: Node, places: tuple[Placement, ...]) -> Iterator[Demand]:
    """Steps 1.4 to 1.6 for one proxy, with the tasks that it could get."""
    cast = replace(cast, proxy=proxy)
    mine = [(place, disk) for place in places for disk in place.vm.disks if proxy in place.proxies[disk.name]]
    subjects = [place.subject(disk, proxy) for place, disk in mine]
    calls = cast.proxy_callbacks(catalogue)
    reverse = proxy.run_server_on_this_side
    for subject in subjects:
        services, rules = StepId.TRANSPORT_SERVICES, StepId.RULES
        yield from _simple(cast, catalogue, Need.TRANSPORT_PROXY, services, subject, Effect.TASK_FAILS)
        yield from _of_ways(calls, Need.APPLIANCE_CALLBACK, services, subject, Effect.TASK_FAILS)
        yield from _simple(cast, catalogue, Need.RULES_PROXY, rules, subject, Effect.TASK_FAILS)
        movers = Need.DATA_MOVERS_REVERSE if reverse else Need.DATA_MOVERS
        yield from _simple(cast, catalogue, movers, StepId.DATA_MOVERS, subject, Effect.TASK_FAILS)


def _metadata(cast: Cast, catalogue: Catalogue, places: tuple[Placement, ...]) -> Iterator[Demand]:
    """Step 1.7 for every vCenter or standalone host; with all of them unreachable the job itself ends."""
    servers = {place.host.managed_by or place.host.name for place in places}
    stakes = Effect.JOB_FAILS if len(servers) == 1 else Effect.VM_FAILS
    for place in places:
        at = replace(cast, vm=place.vm)
        yield from _simple(at, catalogue, Need.METADATA, StepId.METADATA, place.subject(), stakes)


def _guest(cast: Cast, catalogue: Catalogue, place: Placement) -> Iterator[Demand]:
    """Step 2: the server to its guest interaction proxy, then the ways into the guest."""
    vm, processing = place.vm, place.processing
    if not wanted(processing):
        return
    first = place.guest_step
    node = performers(cast.topology, vm, processing)[0]
    refusal = refused(vm)
    if node.name != cast.backup_server.name:
        at = replace(cast, vm=vm, performer=node)
        # Without it the backup server takes its place, and what that cannot do shows in the guest's own goal.
        yield from _simple(at, catalogue, Need.GUEST_INTERACTION_PROXY, first, place.subject(), Effect.SERVER_INSTEAD)
    options = tuple(
        Option(
            name=one.way.name,
            order=one.way.order,
            step=one.step,
            asked=one.way.asked,
            performer=one.performer.name,
            obstacle=refusal or one.objection,
            shortfall="script.not-elevated" if script_fails(vm, processing, one.way.name) else None,
        )
        for one in attempts(cast.topology, cast.job, catalogue, vm, processing)
    )
    need = Need.GUEST_WINDOWS if vm.os == "windows" else Need.GUEST_LINUX
    stakes = Effect.VM_FAILS if processing.on_failure == "require" else Effect.CRASH_CONSISTENT
    scripts = processing.scripts
    # A pre-freeze script that fails spoils the freeze; one that only follows the thaw is worth a warning.
    shortfall = Effect.SCRIPT_FAILS if scripts is not None and scripts.pre_freeze is None else stakes
    subject = place.subject()
    yield Demand(need, first, options, subject, stakes, shortfall_stakes=shortfall, refused=refusal is not None)


def _transfer(cast: Cast, catalogue: Catalogue, place: Placement, disk: Disk, proxy: Node) -> Iterator[Demand]:
    """Phase 5 of one disk on one proxy."""
    topology, job, vm = cast.topology, cast.job, place.vm
    mode = choose(topology, vm, disk, proxy, failover=job.failover_to_network).mode
    if mode is None:
        raise ValueError(f"{proxy.name} is no candidate for {vm.name}/{disk.name}")
    cast = replace(cast, vm=vm, disk=disk, proxy=proxy)
    subject = place.subject(disk, proxy)
    storage = storage_need(topology, disk, mode)
    fails_over = storage is not None and job.failover_to_network
    network = TransportMode.NBD.step if fails_over else None
    for need in (Need.PROXY_VSPHERE, Need.NFC):
        yield from _simple(cast, catalogue, need, mode.step, subject, Effect.TASK_FAILS, network)
    if storage is not None:
        stakes = Effect.NETWORK_MODE if fails_over else Effect.TASK_FAILS
        yield from _simple(cast, catalogue, storage, mode.step, subject, stakes)
    if topology.node(job.repository).share:
        yield from _simple(cast, catalogue, Need.SHARE, mode.step, subject, Effect.TASK_FAILS, network)
