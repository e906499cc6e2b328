"""The check and the simulation say the same: over the shipped topologies, and over random ones with random rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples, topologies

from vbtui.firewall import Verdict
from vbtui.planning import CheckReport, Goal, check, required_connections
from vbtui.topology import Job, Topology, load, resolve
from vbtui.trace import EventKind, Trace
from vbtui.vocabulary import GoalVerdict, Outcome, Profile, Result, Role
from vbtui.workflow import simulate


def clustered(topology: Topology) -> Topology:
    """The same with all managed hosts of a datacenter in one cluster, so that VMs could move."""
    nodes = tuple(
        node.model_copy(update={"cluster": "cluster"}) if node.has(Role.ESXI_HOST) else node for node in topology.nodes
    )
    return topology.model_copy(update={"nodes": nodes})


worlds = st.one_of(topologies(), topologies().map(clustered))


def assert_tied(topology: Topology, job: Job, report: CheckReport, trace: Trace) -> None:
    """Everything that the tie promises, for one run."""
    judged = {
        (source, destination, one.asked.service, one.asked.row.id): answer(one.verdict)
        for one in report.connections
        for source in one.sources
        for destination in one.destinations
    }
    listed = {
        (one.asked.source.node, one.asked.destination.node, one.asked.service, one.asked.row.id, step)
        for one in required_connections(topology, job, trace.profile)
        for step in one.steps
    }
    for event in trace:
        if event.kind is not EventKind.CONNECT:
            continue
        assert event.source and event.destination and event.row
        (service,) = event.services
        flow = (event.source.node, event.destination.node, service, event.row)
        assert event.verdict is not None and judged.get(flow) == answer(event.verdict), event.id
        assert (*flow, event.step) in listed, event.id
        step = report.step(event.step)
        if step.verdict is GoalVerdict.OK:
            assert event.verdict.allowed, event.id
            assert event.outcome is Outcome.OK, event.id
    failed = [goal for goal in report.goals if goal.verdict is GoalVerdict.FAIL]
    if report.verdict is GoalVerdict.OK:
        assert trace.result is Result.SUCCESS
    if not failed:
        assert trace.result is not Result.ERROR
    for goal in failed:
        if taken(goal, topology, trace):
            assert_lost(goal, topology, trace)


def answer(verdict: Verdict) -> Verdict:
    """The same whoever asked: a connection of a report stands for many machines with equal answers."""
    return replace(verdict, source="", destination="", source_address=None, destination_address=None)


def taken(goal: Goal, topology: Topology, trace: Trace) -> bool:
    """The trace has an assignment that the goal speaks for."""
    subject = goal.subject
    if subject.tasks:
        return any(
            task.id in subject.tasks
            and topology.vm(task.vm).host in subject.hosts
            and (not subject.proxies or task.proxy in subject.proxies)
            for task in trace.tasks
        )
    return not subject.vms or any(vm.vm in subject.vms and topology.vm(vm.vm).host in subject.hosts for vm in trace.vms)


def assert_lost(goal: Goal, topology: Topology, trace: Trace) -> None:
    """What a failed goal means for the tasks, VMs and the job that it speaks for, where they run in the trace."""
    subject = goal.subject
    assert trace.result is Result.ERROR
    here = {vm.vm for vm in trace.vms if not subject.hosts or topology.vm(vm.vm).host in subject.hosts}
    for task in trace.tasks:
        if task.id in subject.tasks and task.vm in here and (not subject.proxies or task.proxy in subject.proxies):
            assert trace_vm(trace, task.vm) is Result.ERROR
            assert task.result is Result.ERROR
    if not subject.tasks:
        lost = here & set(subject.vms) if subject.vms else {vm.vm for vm in trace.vms}
        assert all(vm.result is Result.ERROR for vm in trace.vms if vm.vm in lost)


def trace_vm(trace: Trace, name: str) -> Result:
    return next(vm.result for vm in trace.vms if vm.vm == name)


def test_every_shipped_job_is_checked_as_it_runs(shipped_job: tuple[Topology, Job]) -> None:
    topology, job = shipped_job
    for profile in Profile:
        assert_tied(topology, job, check(topology, job, profile=profile), simulate(topology, job, profile=profile))


@examples(50)
@given(worlds)
def test_every_random_job_is_checked_as_it_runs(topology: Topology) -> None:
    job = topology.jobs[0]
    assert_tied(topology, job, check(topology, job), simulate(topology, job))


def test_the_tie_notices_a_report_that_differs() -> None:
    """Reports that are wrong in one place each, held against the true run."""
    topology = load(resolve("locked-down")).topology
    job = topology.jobs[0]
    report, trace = check(topology, job), simulate(topology, job)
    assert_tied(topology, job, report, trace)
    blind = tuple(replace(step, verdict=GoalVerdict.OK) for step in report.steps)
    silent = tuple(replace(step, goals=()) for step in report.steps)
    mild = tuple(
        replace(step, goals=tuple(replace(goal, verdict=GoalVerdict.FALLBACK) for goal in step.goals))
        for step in report.steps
    )
    strict = tuple(
        replace(step, goals=tuple(replace(goal, verdict=GoalVerdict.FAIL) for goal in step.goals))
        for step in report.steps
    )
    for steps in (blind, silent, mild, strict):
        with pytest.raises(AssertionError):
            assert_tied(topology, job, replace(report, steps=steps), trace)
    with pytest.raises(AssertionError):
        assert_tied(topology, job, replace(report, verdict=GoalVerdict.OK), trace)
