"""Phase 2 and the end of phase 4: what happens inside the guest.

Decided here: whether a guest is touched at all, by whom, over which channel, with which account, and what a failure
means for the VM. The ways are tried in order: network by the guest interaction proxy, network by the backup server in
its place, then VIX through VMware Tools (SEED, section 2; Help Center, guest interaction proxy).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vbtui.catalogue import Catalogue, Need
from vbtui.topology import GuestCredentials, GuestProcessing, Job, Node, Topology, Vm
from vbtui.trace import Endpoint, Event, EventKind
from vbtui.vocabulary import Component, Outcome, Service, StepId
from vbtui.workflow import timing
from vbtui.workflow.parties import Asked, Cast, Way, backup_server, performers
from vbtui.workflow.simulation import Draft, Made, Part, World, happen
from vbtui.workflow.stage import Stage, VmRun, always, connect, connection_id, reached, simple

NETWORK, VIX = "network", "vix"
NO_TOOLS = "guest.no-tools"


@dataclass(frozen=True, slots=True)
class Channel:
    """A way into the guest that stands."""

    performer: str
    kind: str
    step: StepId


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way that may be tried, before anything is known of firewalls."""

    performer: Node
    way: Way
    step: StepId
    objection: str | None
    """Code of the reason why the account cannot do it, None if it can."""


def wanted(processing: GuestProcessing) -> bool:
    """Guest processing is on: application-aware or with scripts, and not disabled."""
    return processing.on_failure != "disable" and (processing.application_aware or processing.scripts is not None)


_ADMINISTRATOR: Final = GuestCredentials(account="administrator")
_ROOT: Final = GuestCredentials(account="root")


def credentials_of(vm: Vm) -> GuestCredentials:
    """The account of the file, else the built-in one that has the fewest obstacles."""
    return vm.credentials or (_ADMINISTRATOR if vm.os == "windows" else _ROOT)


def guest_need(vm: Vm) -> Need:
    """What is reached inside a guest: rows of the other system's need are not about it."""
    return Need.GUEST_WINDOWS if vm.os == "windows" else Need.GUEST_LINUX


def attempts(
    topology: Topology, job: Job, catalogue: Catalogue, vm: Vm, processing: GuestProcessing
) -> Iterator[Attempt]:
    """All ways into a guest in the order in which they are tried. The policy check walks the same list."""
    need = guest_need(vm)
    by_kind: dict[str, list[tuple[Node, Way]]] = {}
    for node in performers(topology, vm, processing):
        for way in Cast(topology, job, vm=vm, performer=node).ways(catalogue, need):
            by_kind.setdefault(way.name, []).append((node, way))
    seen: set[frozenset[Leg]] = set()
    for kind, found in by_kind.items():
        for node, way in found:
            legs = frozenset(_leg(asked) for asked in way.asked)
            # Where the rows name the backup server itself, it acts, and another performer changes nothing.
            actor = node if any(asked.source.node == node.name for asked in way.asked) else backup_server(topology)
            if legs not in seen:
                seen.add(legs)
                yield Attempt(actor, way, way.asked[0].row.steps[0], _objection(vm, kind))


Leg = tuple[str, str, Service]
"""Two machines and a service: what makes two connections the same, whatever row asks for them."""


def _leg(asked: Asked) -> Leg:
    return (asked.source.node, asked.destination.node, asked.service)


def refused(vm: Vm) -> str | None:
    """Code of the reason why a guest is not even tried, None if it is."""
    if vm.tools != "running":
        return NO_TOOLS
    account = credentials_of(vm)
    if account.account == "none":
        return "guest.no-credentials"
    return None if account.valid else "guest.bad-credentials"


def _objection(vm: Vm, kind: str) -> str | None:
    """Why an account cannot work over a channel (Help Center, required permissions; best-practice guide)."""
    account = credentials_of(vm).account
    if vm.os == "windows" and account == "local_administrator":
        # Remote User Account Control filters the rights of any local account but the built-in one.
        if kind == NETWORK:
            return "guest.remote-filter"
        return "guest.vix-uac" if vm.uac else None
    return None


def process_guest(stage: Stage, run: VmRun, processing: GuestProcessing) -> Part[Channel | None]:
    """Step 2. Answers with the channel that stands; sets `run.given_up` if the VM must fail for it."""
    vm = run.vm
    first = StepId.GUEST_WINDOWS if vm.os == "windows" else StepId.GUEST_LINUX
    server = stage.cast(run).backup_server.name
    manager = Endpoint(server, Component.BACKUP_MANAGER)
    if not wanted(processing):
        yield from simple(
            f"{vm.name}/{first}/off",
            first,
            EventKind.DECISION,
            "guest.off",
            timing.LOCAL_MS,
            outcome=Outcome.SKIPPED,
            vm=vm.name,
            source=manager,
            destination=manager,
        )
        return None
    refusal = refused(vm)

    def ask(world: World) -> Made:
        if refusal == NO_TOOLS or _tools_stopped(vm, world):
            return Made(NO_TOOLS, _severity(processing), timing.REQUEST_MS)
        return Made("guest.address", Outcome.OK, timing.REQUEST_MS)

    api = Cast(stage.topology, stage.job, vm=vm)
    vsphere = Endpoint(api.host.managed_by or api.host.name if api.host else server, Component.VSPHERE_API)
    event_id = f"{vm.name}/{first}/guest-address"
    asked = Draft(event_id, first, EventKind.REQUEST, ask, vm=vm.name, source=manager, destination=vsphere)
    if (yield from happen(asked)).code == NO_TOOLS:
        refusal = NO_TOOLS
    if refusal is not None:
        yield from _refuse(run, processing, first, refusal, manager)
        return None
    return (yield from _try_all(stage, run, processing, first))


def _severity(processing: GuestProcessing) -> Outcome:
    """Require success: the VM fails. Try, ignore failures: a warning and a crash-consistent image."""
    return Outcome.FAIL if processing.on_failure == "require" else Outcome.WARNING


def _refuse(run: VmRun, processing: GuestProcessing, step: StepId, code: str, manager: Endpoint) -> Part[None]:
    event = yield from simple(
        f"{run.vm.name}/{step}/refused",
        step,
        EventKind.RESULT,
        code if code != NO_TOOLS else "guest.skipped",
        timing.LOCAL_MS,
        outcome=_severity(processing),
        vm=run.vm.name,
        source=manager,
        destination=Endpoint(run.vm.name, Component.GUEST_OS),
    )
    run.note(event)
    run.given_up = processing.on_failure == "require"


def _try_all(stage: Stage, run: VmRun, processing: GuestProcessing, first: StepId) -> Part[Channel | None]:
    vm = run.vm
    unreachable = yield from _interaction_proxy(stage, run, processing, first)
    left = [
        attempt
        for attempt in attempts(stage.topology, stage.job, stage.catalogue, vm, processing)
        if attempt.performer.name != unreachable
    ]
    open_legs: set[Leg] = set()
    last: Event | None = None
    while left:
        attempt, *left = left
        otherwise = Outcome.FALLBACK if left else _severity(processing)
        for asked in attempt.way.asked:
            leg = _leg(asked)
            if leg in open_legs:
                continue
            # A way that needs the same connection fails with this one.
            others = [one for one in left if leg not in map(_leg, one.way.asked)]
            blocked = Outcome.FALLBACK if others else _severity(processing)
            event_id = connection_id(vm.name, attempt.step, asked)
            last = yield from connect(asked, event_id, attempt.step, always(blocked), vm=vm.name)
            if not reached(last):
                left = others
                break
            open_legs.add(leg)
        else:
            last = yield from _log_on(vm, attempt, otherwise)
            if last.outcome is Outcome.OK:
                return Channel(attempt.performer.name, attempt.way.name, attempt.step)
    if last is not None:
        run.note(last)
    run.given_up = processing.on_failure == "require"
    return None


def _log_on(vm: Vm, attempt: Attempt, otherwise: Outcome) -> Part[Event]:
    over_vix = attempt.way.name == VIX

    def make(world: World) -> Made:
        objection = NO_TOOLS if over_vix and _tools_stopped(vm, world) else attempt.objection
        outcome = Outcome.OK if objection is None else otherwise
        params = (("account", credentials_of(vm).account),)
        return Made(objection or f"guest.{attempt.way.name}", outcome, timing.REQUEST_MS, params)

    return happen(
        Draft(
            f"{vm.name}/{attempt.step}/{attempt.way.name}/{attempt.performer.name}/log-on",
            attempt.step,
            EventKind.REQUEST,
            make,
            vm=vm.name,
            source=Endpoint(attempt.performer.name, Component.GUEST_INTERACTION_PROXY),
            destination=Endpoint(vm.name, Component.VMWARE_TOOLS if over_vix else Component.GUEST_OS),
        )
    )


def _tools_stopped(vm: Vm, world: World) -> bool:
    """VMware Tools of the file's running guest were stopped in mid-run: no addresses, no VIX."""
    return (vm.name, Component.VMWARE_TOOLS) in world.stopped


def _interaction_proxy(stage: Stage, run: VmRun, processing: GuestProcessing, step: StepId) -> Part[str | None]:
    """The backup server calls the guest interaction proxy, if that is another machine.

    Answers with the proxy's name if it cannot be reached: the backup server then takes its place.
    """
    node = performers(stage.topology, run.vm, processing)[0]
    cast = Cast(stage.topology, stage.job, vm=run.vm, performer=node)
    if node.name == cast.backup_server.name:
        return None
    for way in stage.ways(cast, Need.GUEST_INTERACTION_PROXY):
        for asked in way.asked:
            event_id = connection_id(run.vm.name, step, asked)
            event = yield from connect(asked, event_id, step, always(Outcome.FALLBACK), vm=run.vm.name)
            if not reached(event):
                return node.name
    return None


def freeze(run: VmRun, processing: GuestProcessing, channel: Channel) -> Part[bool]:
    """Pre-freeze script, then the application freeze. Answers whether the guest is frozen."""
    vm = run.vm
    source = Endpoint(channel.performer, Component.GUEST_INTERACTION_PROXY)
    guest = Endpoint(vm.name, Component.GUEST_OS)
    if processing.scripts is not None and processing.scripts.pre_freeze is not None:
        fails = script_fails(vm, processing, channel.kind)
        event = yield from simple(
            f"{vm.name}/{channel.step}/pre-freeze",
            channel.step,
            EventKind.SCRIPT,
            "script.not-elevated" if fails else "script.pre-freeze",
            timing.SCRIPT_MS,
            outcome=_severity(processing) if fails else Outcome.OK,
            params=(("script", processing.scripts.pre_freeze),),
            vm=vm.name,
            source=source,
            destination=guest,
        )
        run.note(event)
        if fails:
            run.script_failed = True
            run.given_up = processing.on_failure == "require"
            return False
        run.consistent = "script"
    if not (processing.application_aware if vm.os == "windows" else run.consistent == "script"):
        return False
    if vm.os == "windows":
        run.consistent = "application"
    yield from simple(
        f"{vm.name}/{channel.step}/freeze",
        channel.step,
        EventKind.FREEZE,
        "guest.frozen" if vm.os == "windows" else "guest.quiet",
        timing.FREEZE_MS,
        vm=vm.name,
        source=source,
        destination=guest,
    )
    return True


def script_fails(vm: Vm, processing: GuestProcessing, kind: str) -> bool:
    """The job's scripts need root and do not get it over this kind of channel."""
    scripts = processing.scripts
    if scripts is None or not scripts.needs_root or (scripts.pre_freeze is None and scripts.post_thaw is None):
        return False
    return vm.os == "linux" and not runs_as_root(vm, kind)


def runs_as_root(vm: Vm, kind: str) -> bool:
    """Scripts of a Linux guest run as root with the root account, or with sudo, which VIX never gives (SEED, 2.3)."""
    account = credentials_of(vm).account
    return account == "root" or (account == "sudo" and kind == NETWORK)


def release(run: VmRun, processing: GuestProcessing, channel: Channel | None, frozen: bool) -> Part[None]:
    """Step 4: the guest's disk I/O goes on; then the post-thaw script over the same channel."""
    vm = run.vm
    host = Endpoint(vm.host, Component.VSCSI)
    source = Endpoint(channel.performer, Component.GUEST_INTERACTION_PROXY) if channel and frozen else host
    yield from simple(
        f"{vm.name}/4/release",
        StepId.RELEASE,
        EventKind.THAW,
        "guest.thawed" if frozen else "guest.resumed",
        timing.THAW_MS,
        vm=vm.name,
        source=source,
        destination=Endpoint(vm.name, Component.GUEST_OS),
    )
    if channel is not None:
        yield from post_thaw(run, processing, channel)


def post_thaw(run: VmRun, processing: GuestProcessing, channel: Channel) -> Part[None]:
    """The script that undoes what the pre-freeze script did. It does not run where that one has failed."""
    vm = run.vm
    if processing.scripts is None or processing.scripts.post_thaw is None or run.script_failed:
        return
    fails = script_fails(vm, processing, channel.kind)
    event = yield from simple(
        f"{vm.name}/4/post-thaw",
        StepId.RELEASE,
        EventKind.SCRIPT,
        "script.not-elevated" if fails else "script.post-thaw",
        timing.SCRIPT_MS,
        outcome=Outcome.WARNING if fails else Outcome.OK,
        params=(("script", processing.scripts.post_thaw),),
        vm=vm.name,
        source=Endpoint(channel.performer, Component.GUEST_INTERACTION_PROXY),
        destination=Endpoint(vm.name, Component.GUEST_OS),
    )
    run.note(event)
