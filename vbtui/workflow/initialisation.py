"""Phase 1: the backup server prepares the job. No connection to a guest is opened here (SEED, section 1, step 7).

Out: tasks that have a proxy with standing data movers, tasks that wait for a slot, and tasks that have failed. What
blocks the job as a whole (the trigger, the configuration database, the repository, the vSphere API) ends it here.
"""

from __future__ import annotations

from vbtui.catalogue import Need
from vbtui.trace import Endpoint, Event, EventKind
from vbtui.vocabulary import Component, Outcome, StepId, Trigger
from vbtui.workflow import timing
from vbtui.workflow.parties import TRIGGERS, Cast, trigger_node
from vbtui.workflow.simulation import Draft, Made, Part, World, happen
from vbtui.workflow.slots import Assignment
from vbtui.workflow.stage import Reached, Stage, VmRun, always, reach, simple

JOB = "job"
"""Scope of events that belong to no VM."""

FAIL = always(Outcome.FAIL)


def initialise(stage: Stage) -> Part[Event | None]:
    """Steps 1.0 to 1.7. Answers with the event that ended the job, None if it goes on."""
    for part in (_trigger, _read_job, _schedule, _transport_services, _rules, _data_movers, _metadata):
        ended: Event | None = yield from part(stage)
        if ended is not None:
            return ended
    return None


def _trigger(stage: Stage) -> Part[Event | None]:
    server = stage.cast().backup_server.name
    service, manager = Endpoint(server, Component.BACKUP_SERVICE), Endpoint(server, Component.BACKUP_MANAGER)
    trigger, starter = stage.job.trigger, trigger_node(stage.topology, stage.job)
    params = (("trigger", str(trigger)), ("job", stage.job.name))
    if trigger is not Trigger.SCHEDULE and starter is not None:
        need, _, component = TRIGGERS[trigger]
        found = yield from reach(stage.ways(stage.cast(), need), JOB, StepId.TRIGGER, FAIL)
        if not found.ok:
            return found.last
        source = Endpoint(starter.name, component)
    else:
        source = service
    code = "trigger.schedule" if trigger is Trigger.SCHEDULE else "trigger.person"
    yield from simple(
        f"{JOB}/1.0/start",
        StepId.TRIGGER,
        EventKind.REQUEST,
        code,
        timing.REQUEST_MS,
        params=params,
        source=source,
        destination=service,
    )
    yield from simple(
        f"{JOB}/1.1/backup-manager",
        StepId.BACKUP_MANAGER,
        EventKind.PROCESS,
        "manager.started",
        timing.START_PROCESS_MS,
        source=service,
        destination=manager,
    )
    return None


def _read_job(stage: Stage) -> Part[Event | None]:
    cast = stage.cast()
    found = yield from reach(stage.ways(cast, Need.CONFIG_DATABASE), JOB, StepId.READ_JOB, FAIL)
    if not found.ok:
        return found.last
    manager = Endpoint(cast.backup_server.name, Component.BACKUP_MANAGER)
    asked = found.way.asked[0].destination.node if found.way else cast.backup_server.name
    yield from simple(
        f"{JOB}/1.2/job-settings",
        StepId.READ_JOB,
        EventKind.REQUEST,
        "job.read",
        timing.REQUEST_MS,
        params=(("job", stage.job.name),),
        source=manager,
        destination=Endpoint(asked, Component.CONFIG_DB),
    )
    tasks = sum(len(run.tasks) for run in stage.vms)
    yield from simple(
        f"{JOB}/1.2/task-list",
        StepId.READ_JOB,
        EventKind.PROCESS,
        "tasks.built",
        timing.DECISION_MS,
        params=(("vms", len(stage.vms)), ("tasks", tasks)),
        source=manager,
        destination=manager,
    )
    return None


def _schedule(stage: Stage) -> Part[Event | None]:
    found = yield from reach(stage.ways(stage.cast(), Need.BACKUP_SERVICE), JOB, StepId.SCHEDULE, FAIL)
    if not found.ok:
        return found.last
    for run in stage.vms:
        for task in run.tasks:
            yield from assign(stage, run, task, "assign", may_wait=True)
    return None


def assign(stage: Stage, run: VmRun, task: Assignment, name: str, *, may_wait: bool) -> Part[Event]:
    """The scheduler's decision for one task: a proxy, a wait, or no proxy at all.

    A task that has waited until nothing else could happen any more may not wait again: no slot will ever be free.
    """
    server = stage.cast().backup_server.name

    def make(world: World) -> Made:
        repository = Cast(stage.topology, stage.job).repository.name
        if stage.scheduler.take(world, task) and task.proxy is not None:
            params = (("proxy", task.proxy.name), ("repository", repository))
            return Made("task.assigned", Outcome.OK, timing.DECISION_MS, params)
        if stage.scheduler.hopeless(world, task):
            return Made("task.no-proxy", Outcome.FAIL, timing.DECISION_MS)
        if not may_wait:
            return Made("task.no-slot", Outcome.FAIL, timing.DECISION_MS, (("repository", repository),))
        return Made("task.waits", Outcome.WAITING, timing.DECISION_MS, (("repository", repository),))

    event = yield from happen(
        Draft(
            f"{task.scope}/1.3/{name}",
            StepId.SCHEDULE,
            EventKind.DECISION,
            make,
            vm=task.vm.name,
            disk=task.disk.name,
            source=Endpoint(server, Component.BACKUP_MANAGER),
            destination=Endpoint(server, Component.BACKUP_SERVICE),
        )
    )
    run.note(event)
    if event.outcome is Outcome.FAIL:
        fail(stage, task)
    return event


def fail(stage: Stage, task: Assignment) -> None:
    """The task is over: its slots are free again."""
    stage.decided[task.scope].failed = True
    stage.scheduler.release(task)


def _transport_services(stage: Stage) -> Part[Event | None]:
    """Step 1.4: the repository server, without which no task can write, then every proxy that got a task."""
    cast = stage.cast()
    for need in (Need.TRANSPORT_REPOSITORY, Need.APPLIANCE_CALLBACK):
        found = yield from reach(stage.ways(cast, need), JOB, StepId.TRANSPORT_SERVICES, FAIL)
        if not found.ok:
            return found.last
    yield from _start_mover(JOB, cast.repository.name, None)
    yield from _proxies(stage, StepId.TRANSPORT_SERVICES)
    return None


def _rules(stage: Stage) -> Part[Event | None]:
    """Step 1.5, to the data movers that have just been started."""
    cast = stage.cast()
    found = yield from reach(stage.ways(cast, Need.RULES_REPOSITORY), JOB, StepId.RULES, FAIL)
    if not found.ok:
        return found.last
    yield from _set_rules(stage, JOB, cast.repository.name, None)
    yield from _proxies(stage, StepId.RULES)
    return None


def _data_movers(stage: Stage) -> Part[Event | None]:
    """Step 1.6, task by task."""
    for run, task in _assigned(stage):
        yield from _join_movers(stage, run, task)
    return None


def _assigned(stage: Stage) -> list[tuple[VmRun, Assignment]]:
    return [(run, task) for run in stage.vms for task in run.tasks if task.proxy and not task.ended]


def _proxies(stage: Stage, step: StepId) -> Part[None]:
    """One step for every proxy that got a task, proxy by proxy. Tasks of one that cannot be reached are lost."""
    by_proxy: dict[str, list[tuple[VmRun, Assignment]]] = {}
    for run, task in _assigned(stage):
        if task.proxy is not None:
            by_proxy.setdefault(task.proxy.name, []).append((run, task))
    for proxy, mine in by_proxy.items():
        found = yield from _to_proxy(stage, mine[0][1], JOB, step)
        for run, task in mine:
            if not found.ok:
                _lose(stage, run, task, found)
            elif step is StepId.TRANSPORT_SERVICES:
                yield from _start_mover(task.scope, proxy, task)
        if found.ok and step is StepId.RULES and proxy != stage.cast().repository.name:
            # A server that is proxy and repository has its rules already.
            yield from _set_rules(stage, JOB, proxy, None)


def _lose(stage: Stage, run: VmRun, task: Assignment, found: Reached) -> None:
    if task.proxy is not None:
        stage.scheduler.unavailable.add(task.proxy.name)
    if found.last is not None:
        run.note(found.last)
    fail(stage, task)


def prepare(stage: Stage, run: VmRun, task: Assignment) -> Part[None]:
    """Steps 1.3 to 1.6 for a task that had to wait for its slots."""
    yield from assign(stage, run, task, "assigned", may_wait=False)
    for step in (StepId.TRANSPORT_SERVICES, StepId.RULES):
        if task.ended or task.proxy is None:
            return
        found = yield from _to_proxy(stage, task, task.scope, step)
        if not found.ok:
            _lose(stage, run, task, found)
        elif step is StepId.TRANSPORT_SERVICES:
            yield from _start_mover(task.scope, task.proxy.name, task)
        else:
            yield from _set_rules(stage, task.scope, task.proxy.name, task)
    if not task.ended:
        yield from _join_movers(stage, run, task)


def _to_proxy(stage: Stage, task: Assignment, scope: str, step: StepId) -> Part[Reached]:
    cast = stage.cast(task=task)
    vm, disk = (None, None) if scope == JOB else (task.vm.name, task.disk.name)
    if step is StepId.RULES:
        return (yield from reach(stage.ways(cast, Need.RULES_PROXY), scope, step, FAIL, vm=vm, disk=disk))
    found = yield from reach(stage.ways(cast, Need.TRANSPORT_PROXY), scope, step, FAIL, vm=vm, disk=disk)
    calls = cast.proxy_callbacks(stage.catalogue)
    if found.ok and calls:
        found = yield from reach(calls, scope, step, FAIL, vm=vm, disk=disk)
    return found


def _start_mover(scope: str, server: str, task: Assignment | None) -> Part[Event]:
    """A transport service starts a data mover: on a proxy a new one for every task (SEED, section 1, step 4)."""
    return simple(
        f"{scope}/1.4/data-mover/{server}",
        StepId.TRANSPORT_SERVICES,
        EventKind.PROCESS,
        "mover.started",
        timing.START_PROCESS_MS,
        vm=task.vm.name if task else None,
        disk=task.disk.name if task else None,
        source=Endpoint(server, Component.TRANSPORT_SERVICE),
        destination=Endpoint(server, Component.DATA_MOVER),
    )


def _set_rules(stage: Stage, scope: str, server: str, task: Assignment | None) -> Part[Event]:
    backup_server = stage.cast().backup_server.name
    limit = throttle_of(stage, server)
    return simple(
        f"{scope}/1.5/rules/{server}",
        StepId.RULES,
        EventKind.REQUEST,
        "rules.throttled" if limit else "rules.set",
        timing.REQUEST_MS,
        params=(("mbit", limit),) if limit else (),
        vm=task.vm.name if task else None,
        disk=task.disk.name if task else None,
        source=Endpoint(backup_server, Component.BACKUP_MANAGER),
        destination=Endpoint(server, Component.DATA_MOVER),
    )


def throttle_of(stage: Stage, proxy: str) -> int | None:
    """Mbit/s between a proxy and the repository server; None without a rule."""
    rule = timing.traffic_rule(stage.topology, stage.topology.node(proxy), stage.cast().repository)
    return None if rule is None else rule.mbit_per_second


def _join_movers(stage: Stage, run: VmRun, task: Assignment) -> Part[None]:
    """Step 1.6: the proxy's data mover and the repository's connect, from the side that the server is not on."""
    cast = stage.cast(task=task)
    reverse = cast.proxy is not None and cast.proxy.run_server_on_this_side
    ways = stage.ways(cast, Need.DATA_MOVERS_REVERSE if reverse else Need.DATA_MOVERS)
    found = yield from reach(ways, task.scope, StepId.DATA_MOVERS, FAIL, vm=task.vm.name, disk=task.disk.name)
    if not found.ok:
        if found.last is not None:
            run.note(found.last)
        fail(stage, task)


def _metadata(stage: Stage) -> Part[Event | None]:
    """Step 1.7, once for every vCenter or standalone host. VMs behind one that cannot be reached fail."""
    groups: dict[str, list[VmRun]] = {}
    for run in stage.vms:
        host = stage.topology.node(run.vm.host)
        groups.setdefault(host.managed_by or host.name, []).append(run)
    last: Event | None = None
    for api, runs in groups.items():
        cast = stage.cast(runs[0])
        found = yield from reach(stage.ways(cast, Need.METADATA), JOB, StepId.METADATA, FAIL)
        if found.ok:
            yield from simple(
                f"{JOB}/1.7/metadata/{api}",
                StepId.METADATA,
                EventKind.REQUEST,
                "metadata.read",
                timing.REQUEST_MS,
                params=(("vms", len(runs)),),
                source=Endpoint(cast.backup_server.name, Component.BACKUP_MANAGER),
                destination=Endpoint(api, Component.VSPHERE_API),
            )
            continue
        last = found.last
        for run in runs:
            run.given_up = True
            if last is not None:
                run.note(last)
            for task in run.tasks:
                fail(stage, task)
    return last if all(run.given_up for run in stage.vms) else None
