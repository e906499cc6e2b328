"""`simulate`: one topology and one job in, one trace out; `forked`: the same job once more, with more changes. Pure:
no clock, no I/O, no chance.

A fork is simulated like any other run, with its changes; it equals the original up to the event that the first change
is bound to, because a change acts at the moment before that event comes into being and nothing looks ahead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from vbtui.catalogue import load_catalogue
from vbtui.firewall import Policy
from vbtui.topology import GuestProcessing, Job, Topology
from vbtui.trace import Endpoint, EventKind, Task, Trace, VmResult
from vbtui.vocabulary import Component, Profile, Result, StepId
from vbtui.workflow import timing
from vbtui.workflow.acting import Objection, objection_to
from vbtui.workflow.changes import Change
from vbtui.workflow.initialisation import JOB, fail, initialise
from vbtui.workflow.machine import OUTCOME_OF, process_vm, vm_result
from vbtui.workflow.parties import vms_of
from vbtui.workflow.simulation import Join, Process, Simulation, Spawn, World
from vbtui.workflow.slots import Assignment, Scheduler
from vbtui.workflow.stage import Decided, Stage, VmRun, simple


@dataclass(frozen=True, slots=True)
class History:
    """What earlier runs left: VMs with a restore point, whose next run is an incremental one."""

    vms: frozenset[str]

    @classmethod
    def of_every_vm(cls, topology: Topology) -> History:
        """Every VM of the topology has a restore point: whichever job runs next is an incremental one."""
        return cls(frozenset(vm.name for vm in topology.vms))


class UnknownChangeError(LookupError):
    """Changes that could not act.

    `changes` are event ids that never happened, or the text of what has nothing to act on (`rule=core,nosuch,off`), and
    then `objections` say why, one for each.
    """

    def __init__(self, changes: tuple[str, ...], objections: tuple[Objection, ...] = ()) -> None:
        super().__init__(", ".join(changes))
        self.changes = changes
        self.objections = objections


def simulate(
    topology: Topology,
    job: Job,
    *,
    profile: Profile | None = None,
    history: History | None = None,
    changes: Iterable[Change] = (),
    policy: Policy | None = None,
) -> Trace:
    """Run `job` in simulated time.

    `profile` replaces the file's. `policy` replaces the file's firewall rules (a toggled rule before the start).
    Raises UnknownChangeError for a change whose event never happens or that has nothing to act on (`acting`).
    """
    chosen = profile or topology.profile
    asked = tuple(changes)
    with_history = history.vms if history else frozenset()
    objections = tuple(
        found
        for change in asked
        if (found := objection_to(topology, job, change.what, profile=chosen, with_history=with_history)) is not None
    )
    if objections:
        raise UnknownChangeError(tuple(str(one.change) for one in objections), objections)
    runs, processing = _cast_vms(topology, job)
    scheduler = Scheduler(topology, job)
    stage = Stage(topology, job, load_catalogue(chosen), scheduler, with_history, runs)
    stage.decided = {task.scope: Decided() for run in runs for task in run.tasks}
    world = World(policy or Policy(topology), failover=job.failover_to_network)
    manager = Endpoint(stage.cast().backup_server.name, Component.BACKUP_MANAGER)
    simulation = Simulation(world, asked, lambda: scheduler.freed, manager)
    simulation.run(JOB, _job(stage, processing))
    if unused := simulation.unused_changes():
        raise UnknownChangeError(unused)
    return Trace(
        topology=topology.name,
        job=job.name,
        profile=chosen,
        changes=tuple(str(change) for change in asked),
        events=tuple(simulation.events),
        tasks=tuple(_task(stage, task) for run in runs for task in run.tasks),
        vms=tuple(_vm(stage, run) for run in runs),
        result=_result(stage),
        history=tuple(sorted(stage.with_history & {run.vm.name for run in runs})),
    )


def forked(topology: Topology, trace: Trace, *changes: Change, without: Collection[str] = ()) -> Trace:
    """The run of `trace` once more, with these changes added to its own.

    Taken over from the trace are its job, its profile, what earlier runs had left, and its changes in their order, but
    for those that are bound to the events `without`. The rules are those of `topology`, the one that the trace is of.
    Raises UnknownChangeError as `simulate` does, also for a change of the trace's own whose event a new one keeps from
    happening; and KeyError for a topology that does not have the job.
    """
    own = (Change.parse(text) for text in trace.changes)
    return simulate(
        topology,
        topology.job(trace.job),
        profile=trace.profile,
        history=History(frozenset(trace.history)),
        changes=(*(change for change in own if change.event not in without), *changes),
    )


def _cast_vms(topology: Topology, job: Job) -> tuple[tuple[VmRun, ...], tuple[GuestProcessing, ...]]:
    pairs = vms_of(topology, job)
    runs = tuple(
        VmRun(vm, tuple(Assignment(vm, disk, (place, number)) for number, disk in enumerate(vm.disks)))
        for place, (vm, _) in enumerate(pairs)
    )
    return runs, tuple(processing for _, processing in pairs)


def _job(stage: Stage, processing: tuple[GuestProcessing, ...]) -> Process:
    ended = yield from initialise(stage)
    if ended is None:
        names = []
        for run, guest in zip(stage.vms, processing, strict=True):
            names.append(run.vm.name)
            yield Spawn(((run.vm.name, process_vm(stage, run, guest)),))
        yield Join(frozenset(names))
    else:
        for run in stage.vms:
            run.given_up = True
            run.consistent = "none"
            if ended not in run.troubles:
                run.note(ended)
            for task in run.tasks:
                fail(stage, task)
    server = stage.cast().backup_server.name
    result = _result(stage)
    results = [vm_result(stage, run) for run in stage.vms]
    yield from simple(
        f"{JOB}/6/result",
        StepId.COMMIT,
        EventKind.RESULT,
        f"job.{result}",
        timing.LOCAL_MS,
        outcome=OUTCOME_OF[result],
        params=tuple((str(one), results.count(one)) for one in Result),
        source=Endpoint(server, Component.BACKUP_MANAGER),
        destination=Endpoint(server, Component.BACKUP_SERVICE),
    )


def _result(stage: Stage) -> Result:
    results = {vm_result(stage, run) for run in stage.vms}
    return next((one for one in (Result.ERROR, Result.WARNING) if one in results), Result.SUCCESS)


def _task(stage: Stage, task: Assignment) -> Task:
    decided = stage.decided[task.scope]
    choice = decided.choice
    return Task(
        vm=task.vm.name,
        disk=task.disk.name,
        proxy=task.proxy.name if task.proxy else None,
        repository=stage.cast().repository.name,
        mode=choice.mode if choice else None,
        rejected=choice.rejected if choice else (),
        processed=task.disk.size,
        read=decided.read,
        transferred=decided.transferred,
        result=Result.ERROR if decided.failed else Result.SUCCESS,
    )


def _vm(stage: Stage, run: VmRun) -> VmResult:
    return VmResult(
        vm=run.vm.name,
        result=vm_result(stage, run),
        reasons=tuple(event.id for event in sorted(run.troubles, key=lambda event: event.position)),
        snapshot_left=run.snapshot_left,
        consistent=run.consistent,
    )
