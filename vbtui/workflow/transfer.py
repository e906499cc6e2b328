"""Phase 5 for one task: choose the transport mode, read the VM's configuration, move the disk, let go.

All three modes read the configuration over the host's 902 (SEED, sections 5.1 to 5.3); only network mode carries disk
data there. A storage path that cannot be reached fails over to network mode if the job's option allows.
"""

from __future__ import annotations

from collections.abc import Callable

from vbtui.catalogue import Need
from vbtui.topology import Disk, Topology, Vm
from vbtui.trace import Endpoint, Event, EventKind, RejectedMode
from vbtui.vocabulary import Component, Outcome, StepId, TransportMode
from vbtui.workflow import timing
from vbtui.workflow.initialisation import FAIL, prepare, throttle_of
from vbtui.workflow.simulation import Acquire, Draft, Made, Part, World, happen
from vbtui.workflow.slots import Assignment
from vbtui.workflow.stage import MOVER_DEAD, Reached, Stage, VmRun, mover_lives, reach, while_alive
from vbtui.workflow.transport import ModeChoice, choose

CBT_HARDWARE_VERSION = 7
"""Oldest virtual hardware with changed block tracking (Help Center, changed block tracking)."""


def transfer(stage: Stage, run: VmRun, task: Assignment) -> Part[None]:
    """Everything of one task after the snapshot. Its slots are free when it ends."""
    if task.proxy is None and not task.ended:
        yield Acquire(lambda world: stage.scheduler.take(world, task), (0, *task.order))
        yield from prepare(stage, run, task)
    if not task.ended:
        moved = yield from _move(stage, run, task)
        stage.decided[task.scope].failed = not moved
    yield from _result(stage, run, task)
    stage.scheduler.release(task)


def _move(stage: Stage, run: VmRun, task: Assignment) -> Part[bool]:
    mode = yield from _decide(stage, run, task)
    if mode is None:
        return False
    for need in (Need.PROXY_VSPHERE, Need.NFC):
        found = yield from _open(stage, run, task, mode.step, need)
        if not found.ok:
            return False
    if not (yield from _read_configuration(run, task, mode)):
        return False
    reachable = yield from _open_storage(stage, run, task, mode)
    if reachable is None:
        return False
    mode = reachable
    if stage.topology.node(stage.job.repository).share:
        found = yield from _open(stage, run, task, mode.step, Need.SHARE)
        if not found.ok:
            return False
    # Last before the copy: whatever fails from here on has a disk to give back.
    if mode is TransportMode.HOTADD and not (yield from _attach(stage, run, task)):
        return False
    event = yield from _copy(stage, run, task, mode)
    if mode is TransportMode.HOTADD:
        yield from _detach(stage, run, task)
    return event.outcome is Outcome.OK


def _decide(stage: Stage, run: VmRun, task: Assignment) -> Part[TransportMode | None]:
    decided = stage.decided[task.scope]
    proxy = task.proxy
    if proxy is None:
        return None
    mover = Endpoint(proxy.name, Component.DATA_MOVER)

    def make(world: World) -> Made:
        choice = decided.choice = choose(stage.topology, task.vm, task.disk, proxy, failover=world.failover)
        rejected = tuple(str(one.mode) for one in choice.rejected)
        if choice.mode is None:
            none = (("rejected", rejected),)
            return Made("mode.none", Outcome.FAIL, timing.DECISION_MS, none, step=StepId.NETWORK)
        code = "mode.failed-over" if choice.failed_over else "mode.chosen"
        outcome = Outcome.FALLBACK if choice.failed_over else Outcome.OK
        params = (("mode", str(choice.mode)), ("rejected", rejected))
        return Made(code, outcome, timing.DECISION_MS, params, step=choice.mode.step)

    event = yield from happen(
        Draft(
            f"{task.scope}/5/mode",
            StepId.NETWORK,
            EventKind.DECISION,
            while_alive(mover, make),
            vm=task.vm.name,
            disk=task.disk.name,
            source=mover,
            destination=mover,
        )
    )
    run.note(event)
    return decided.choice.mode if decided.choice else None


def _open(stage: Stage, run: VmRun, task: Assignment, step: StepId, need: Need) -> Part[Reached]:
    ways = stage.ways(stage.cast(task=task), need)
    found = yield from reach(ways, task.scope, step, FAIL, vm=task.vm.name, disk=task.disk.name)
    if not found.ok and found.last is not None:
        run.note(found.last)
    return found


def _read_configuration(run: VmRun, task: Assignment, mode: TransportMode) -> Part[bool]:
    mover = Endpoint(task.proxy.name if task.proxy else task.vm.host, Component.DATA_MOVER)
    event = yield from happen(
        Draft(
            f"{task.scope}/{mode.step}/vmx",
            mode.step,
            EventKind.REQUEST,
            while_alive(mover, lambda _: Made("vmx.read", Outcome.OK, timing.REQUEST_MS)),
            vm=task.vm.name,
            disk=task.disk.name,
            source=mover,
            destination=Endpoint(task.vm.host, Component.NFC),
        )
    )
    return run.note(event).outcome is Outcome.OK


def storage_need(topology: Topology, disk: Disk, mode: TransportMode) -> Need | None:
    """The storage network that a direct mode crosses; Fibre Channel and arrays without an address cross none."""
    store = topology.datastore(disk.datastore)
    if mode is TransportMode.SAN and store.fabric == "iscsi" and store.array:
        return Need.STORAGE_ISCSI
    if mode is TransportMode.NFS and store.array:
        return Need.STORAGE_NFS
    return None


def _open_storage(stage: Stage, run: VmRun, task: Assignment, mode: TransportMode) -> Part[TransportMode | None]:
    """The storage network of a direct mode. Answers with the mode that goes on, network mode after a failover."""
    store = stage.topology.datastore(task.disk.datastore)
    need = storage_need(stage.topology, task.disk, mode)
    if need is None:
        return mode
    decided = stage.decided[task.scope]
    stays: list[bool] = []

    def blocked(world: World) -> Outcome:
        stays.append(world.failover)
        return Outcome.FALLBACK if world.failover else Outcome.FAIL

    ways = stage.ways(stage.cast(task=task), need)
    found = yield from reach(ways, task.scope, mode.step, blocked, vm=task.vm.name, disk=task.disk.name)
    if found.ok:
        return mode
    if found.last is not None:
        run.note(found.last)
        if found.last.code == MOVER_DEAD:
            return None
    rejected = RejectedMode(mode, "mode.storage-blocked", (("datastore", store.name),))
    earlier = decided.choice.rejected if decided.choice else ()
    network = TransportMode.NBD if stays and stays[-1] else None
    decided.choice = ModeChoice(network, (*earlier, rejected), failed_over=network is not None)
    return network


def _attach(stage: Stage, run: VmRun, task: Assignment) -> Part[bool]:
    """The snapshot's disk is hot-added to the proxy's virtual SCSI controller."""
    proxy = task.proxy.name if task.proxy else ""

    def make(_: World) -> Made:
        stage.decided[task.scope].attached = True
        return Made("disk.attached", Outcome.OK, timing.ATTACH_MS, (("proxy", proxy),))

    alive = while_alive(Endpoint(proxy, Component.DATA_MOVER), make)
    event = yield from _vscsi(task, "attach", EventKind.ATTACH, alive, proxy)
    run.note(event)
    return event.outcome is Outcome.OK


def _detach(stage: Stage, run: VmRun, task: Assignment) -> Part[None]:
    proxy = task.proxy.name if task.proxy else ""

    def make(world: World) -> Made:
        if not mover_lives(world, proxy):
            left = (("proxy", proxy),)
            return Made("disk.left-attached", Outcome.FAIL, timing.LOCAL_MS, left, source_gone=True)
        stage.decided[task.scope].attached = False
        return Made("disk.detached", Outcome.OK, timing.DETACH_MS, (("proxy", proxy),))

    run.note((yield from _vscsi(task, "detach", EventKind.DETACH, make, proxy)))


def _vscsi(task: Assignment, name: str, kind: EventKind, make: Callable[[World], Made], proxy: str) -> Part[Event]:
    return happen(
        Draft(
            f"{task.scope}/5.2/{name}",
            StepId.HOTADD,
            kind,
            make,
            vm=task.vm.name,
            disk=task.disk.name,
            source=Endpoint(proxy, Component.DATA_MOVER),
            destination=Endpoint(task.vm.host, Component.VSCSI),
        )
    )


def _copy(stage: Stage, run: VmRun, task: Assignment, mode: TransportMode) -> Part[Event]:
    """The disk's data: from storage, the virtual SCSI stack or the host's 902, through the proxy, to the repository."""
    proxy = task.proxy.name if task.proxy else ""
    decided = stage.decided[task.scope]
    limit = throttle_of(stage, proxy)
    repository = stage.cast(task=task).repository.name

    def make(world: World) -> Made:
        for mover in (proxy, repository):
            if not mover_lives(world, mover):
                gone = (("mode", str(mode)), ("mover", mover))
                return Made("transfer.broken", Outcome.FAIL, timing.LOCAL_MS, gone)
        cbt = tracks_changes(stage, task.vm, world)
        incremental = task.vm.name in stage.with_history
        read = timing.read_bytes(task.disk, cbt=cbt, incremental=incremental)
        transferred = timing.transferred_bytes(task.disk, read, cbt=cbt, incremental=incremental)
        decided.read, decided.transferred = read, transferred
        params = (
            ("mode", str(mode)),
            ("proxy", proxy),
            ("processed", task.disk.size),
            ("read", read),
            ("transferred", transferred),
            ("cbt", cbt),
            ("incremental", incremental),
        )
        return Made("transfer.done", Outcome.OK, timing.transfer_ms(mode, read, transferred, limit), params)

    store = stage.topology.datastore(task.disk.datastore)
    component = {
        TransportMode.SAN: Component.STORAGE,
        TransportMode.NFS: Component.STORAGE,
        TransportMode.HOTADD: Component.VSCSI,
        TransportMode.NBD: Component.NFC,
    }[mode]
    # Direct modes read past the host: the data comes from the datastore itself.
    origin = store.name if component is Component.STORAGE else task.vm.host
    event = yield from happen(
        Draft(
            f"{task.scope}/{mode.step}/data",
            mode.step,
            EventKind.TRANSFER,
            make,
            vm=task.vm.name,
            disk=task.disk.name,
            source=Endpoint(origin, component),
            destination=Endpoint(repository, Component.DATA_MOVER),
        )
    )
    return run.note(event)


def tracks_changes(stage: Stage, vm: Vm, world: World) -> bool:
    """Changed block tracking holds for this VM now."""
    return can_track(vm, has_point=vm.name in stage.with_history) and vm.name not in world.cbt_reset


def can_track(vm: Vm, *, has_point: bool) -> bool:
    """Changed block tracking holds for this VM while nobody resets it.

    Not below virtual hardware 7, and it cannot be enabled, which the first run does, while the VM has a snapshot (Help
    Center, changed block tracking).
    """
    enabled = has_point or not vm.snapshots
    return vm.cbt and vm.hardware_version >= CBT_HARDWARE_VERSION and enabled


def _result(stage: Stage, run: VmRun, task: Assignment) -> Part[None]:
    """How the task ended. A data mover that died while its copy went on has failed it: nobody closes the file."""
    decided = stage.decided[task.scope]
    mode = decided.choice.mode if decided.choice and decided.choice.mode else None
    repository = Endpoint(stage.cast().repository.name, Component.DATA_MOVER)
    source = Endpoint(task.proxy.name, Component.DATA_MOVER) if task.proxy else repository

    def make(world: World) -> Made:
        gone = [one.node for one in (source, repository) if not mover_lives(world, one.node)]
        source_gone = source.node in gone
        if gone and not decided.failed:
            decided.failed = True
            lost = (("mover", gone[0]),)
            return Made("task.mover-gone", Outcome.FAIL, timing.LOCAL_MS, lost, source_gone=source_gone)
        params = (
            ("processed", task.disk.size),
            ("read", decided.read),
            ("transferred", decided.transferred),
            ("mode", str(mode) if mode else None),
        )
        code, outcome = ("task.failed", Outcome.FAIL) if decided.failed else ("task.done", Outcome.OK)
        return Made(code, outcome, timing.LOCAL_MS, params, source_gone=source_gone)

    event = yield from happen(
        Draft(
            f"{task.scope}/5/result",
            mode.step if mode else StepId.NETWORK,
            EventKind.RESULT,
            make,
            vm=task.vm.name,
            disk=task.disk.name,
            source=source,
            destination=repository,
        )
    )
    if event.code == "task.mover-gone":
        run.note(event)
