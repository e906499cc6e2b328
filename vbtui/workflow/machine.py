"""Steps 2 to 6 of one VM, which it goes through on its own: no VM waits for another's freeze.

The freeze is as short as it can be: prepare and freeze the guest, create the snapshot, release the guest at once, and
only then move data. Whatever fails after the freeze, the guest is released and the snapshot is removed, or it is said
that it was left behind.
"""

from __future__ import annotations

from functools import partial

from vbtui.catalogue import Need
from vbtui.topology import GuestProcessing
from vbtui.trace import Endpoint, Event, EventKind
from vbtui.vocabulary import Component, Outcome, Result, StepId
from vbtui.workflow import timing
from vbtui.workflow.guest import freeze, post_thaw, process_guest, release
from vbtui.workflow.initialisation import FAIL, fail, prepare
from vbtui.workflow.simulation import Acquire, Draft, Join, Made, Part, Process, Spawn, World, happen
from vbtui.workflow.slots import Assignment
from vbtui.workflow.stage import Stage, VmRun, always, reach, simple
from vbtui.workflow.transfer import transfer


def process_vm(stage: Stage, run: VmRun, processing: GuestProcessing) -> Process:
    """The whole of one VM, from its first slot to its result."""
    yield from _first_slot(stage, run)
    if _live(run):
        yield from _protect(stage, run, processing)
    yield from _vm_result(stage, run)


def _first_slot(stage: Stage, run: VmRun) -> Part[None]:
    """A VM begins when the first of its tasks has slots and standing data movers, or when none is left."""
    while (live := _live(run)) and all(task.proxy is None for task in live):
        yield Acquire(partial(_take_one, stage, live), (1, *live[0].order), stage.scheduler.has_room)
        first = next((task for task in live if task.proxy is not None), live[0])
        yield from prepare(stage, run, first)


def _live(run: VmRun) -> list[Assignment]:
    return [task for task in run.tasks if not task.ended]


def _take_one(stage: Stage, tasks: list[Assignment], world: World) -> bool:
    """One of these tasks, none of which has slots yet, gets its own."""
    # Asked for all of them at once: of thousands of VMs nearly all wait whenever one slot becomes free.
    return stage.scheduler.has_room(world) and any(stage.scheduler.take(world, task) for task in tasks)


def _protect(stage: Stage, run: VmRun, processing: GuestProcessing) -> Part[None]:
    channel = yield from process_guest(stage, run, processing)
    frozen = False
    if channel is not None:
        frozen = yield from freeze(run, processing, channel)
    if run.given_up:
        _abandon(stage, run)
        return
    if not (yield from _create_snapshot(stage, run)):
        if frozen:
            yield from release(run, processing, channel, frozen)
        elif channel is not None:
            yield from post_thaw(run, processing, channel)
        _abandon(stage, run)
        return
    yield from release(run, processing, channel, frozen)
    names = []
    for task in run.tasks:
        if not task.ended:
            names.append(task.scope)
            yield Spawn(((task.scope, transfer(stage, run, task)),))
    yield Join(frozenset(names))
    yield from _commit(stage, run)
    if any(stage.decided[task.scope].failed for task in run.tasks):
        run.consistent = "none"


def _abandon(stage: Stage, run: VmRun) -> None:
    run.given_up = True
    run.consistent = "none"
    for task in run.tasks:
        fail(stage, task)


def _create_snapshot(stage: Stage, run: VmRun) -> Part[bool]:
    vm = run.vm
    cast = stage.cast(run)
    found = yield from reach(stage.ways(cast, Need.SNAPSHOT_CREATE), vm.name, StepId.SNAPSHOT, FAIL, vm=vm.name)
    if not found.ok:
        if found.last is not None:
            run.note(found.last)
        return False
    yield from simple(
        f"{vm.name}/3/snapshot",
        StepId.SNAPSHOT,
        EventKind.SNAPSHOT,
        "snapshot.created",
        timing.SNAPSHOT_MS,
        params=(("disks", len(vm.disks)),),
        vm=vm.name,
        source=Endpoint(cast.backup_server.name, Component.BACKUP_MANAGER),
        destination=Endpoint(vm.host, Component.VSCSI),
    )
    return True


def _commit(stage: Stage, run: VmRun) -> Part[None]:
    """Step 6. A commit that is not possible leaves the snapshot: an outcome that is shown, not an accident."""
    vm = run.vm
    cast = stage.cast(run)
    ways = stage.ways(cast, Need.SNAPSHOT_COMMIT)
    found = yield from reach(ways, vm.name, StepId.COMMIT, always(Outcome.WARNING), vm=vm.name)
    if not found.ok:
        run.snapshot_left = True
        if found.last is not None:
            run.note(found.last)
    manager = Endpoint(cast.backup_server.name, Component.BACKUP_MANAGER)

    def make(_: World) -> Made:
        held = [task for task in run.tasks if stage.decided[task.scope].attached]
        if held and held[0].proxy is not None:
            run.snapshot_left = True
            params = (("disk", held[0].disk.name), ("proxy", held[0].proxy.name))
            return Made("snapshot.locked", Outcome.WARNING, timing.REQUEST_MS, params)
        if not found.ok:
            return Made("snapshot.left", Outcome.WARNING, timing.LOCAL_MS)
        return Made("snapshot.committed", Outcome.OK, timing.commit_ms(_copy_ms(stage, run)))

    event = yield from happen(
        Draft(
            f"{vm.name}/6/commit",
            StepId.COMMIT,
            EventKind.COMMIT,
            make,
            vm=vm.name,
            source=manager,
            destination=Endpoint(vm.host, Component.VSCSI),
        )
    )
    run.note(event)


def _copy_ms(stage: Stage, run: VmRun) -> int:
    """Simulated time that the snapshot lived for its data, the base of the commit's length."""
    total = 0
    for task in run.tasks:
        decided = stage.decided[task.scope]
        if decided.choice is not None and decided.choice.mode is not None:
            total += timing.transfer_ms(decided.choice.mode, decided.read, decided.transferred, None)
    return total


def vm_result(stage: Stage, run: VmRun) -> Result:
    """Error if a task or the VM failed, warning if something is amiss, else success."""
    failed = any(stage.decided[task.scope].failed for task in run.tasks)
    if failed or run.given_up or any(event.outcome is Outcome.FAIL for event in run.troubles):
        return Result.ERROR
    return Result.WARNING if run.troubles else Result.SUCCESS


OUTCOME_OF = {Result.SUCCESS: Outcome.OK, Result.WARNING: Outcome.WARNING, Result.ERROR: Outcome.FAIL}


def _vm_result(stage: Stage, run: VmRun) -> Part[Event]:
    result = vm_result(stage, run)
    server = stage.cast().backup_server.name
    if result is Result.ERROR:
        run.consistent = "none"
    return simple(
        f"{run.vm.name}/6/result",
        StepId.COMMIT,
        EventKind.RESULT,
        f"vm.{result}",
        timing.LOCAL_MS,
        outcome=OUTCOME_OF[result],
        params=(("consistent", run.consistent), ("snapshot_left", run.snapshot_left)),
        vm=run.vm.name,
        source=Endpoint(server, Component.BACKUP_MANAGER),
        destination=Endpoint(server, Component.BACKUP_SERVICE),
    )
