"""Whether a job gets through, before anything runs: per step, for every proxy and host that it could be assigned to.

What the verdicts mean. A goal is *ok* if its first way stands; *fallback* if the job makes its restore point all the
same, but otherwise than it was meant: by a later way, in network mode, crash-consistent with a warning, with a snapshot
left behind; *fail* if a task, a VM or the job is lost. *Unknown* is kept for rules that an importer could not read. A
step is as bad as its worst goal, the report as its worst step. What is in the way besides firewalls (an account, VMware
Tools, a disk that no proxy can read) counts like a block, so that ok means that it runs.

What is covered: every ESXi host that a VM could come to run on, every proxy that could get a disk. Inside a guest acts
the machine that the process would choose, then the backup server in its place: where several guest interaction proxies
could be chosen, the others are not judged, as no run takes them either.

The surroundings (names, time, identity) are a group of their own without a step. No event opens them, so a blocked one
is a fallback at worst: the trace knows nothing of it, and `check` must not say more than can be shown.

The tie to `simulate`: both ask `Policy.evaluate` the same questions, and the assignments of a trace are among those of
a report. So every verdict of an event stands in the report; where a step is ok no event of it is blocked, in any
assignment; without a failed goal the job ends without an error, and a failed goal of the assignment taken is an error
of the trace.
In: a topology, a job, optionally another profile or policy. Out: a `CheckReport`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vbtui.catalogue import load_catalogue
from vbtui.firewall import Policy
from vbtui.planning.demands import Demand, Option, process_demands
from vbtui.planning.placement import placements
from vbtui.planning.report import (
    CheckReport,
    ConnectionVerdict,
    Effect,
    Goal,
    StepVerdict,
    Subject,
    WayVerdict,
    worst,
)
from vbtui.planning.surroundings import passable_steps, surrounding_demands
from vbtui.topology import Job, Topology
from vbtui.vocabulary import GoalVerdict, Level, Phase, Profile, StepId


def check(topology: Topology, job: Job, *, profile: Profile | None = None, policy: Policy | None = None) -> CheckReport:
    """Judge every goal of `job`. `profile` replaces the file's, `policy` the file's firewall rules.

    Raises firewall.UnknownServiceError for a topology whose rules were never checked.
    """
    chosen = profile or topology.profile
    catalogue = load_catalogue(chosen)
    rules = policy or Policy(topology)
    places = placements(topology, job)
    merged = _merged(_judged(process_demands(topology, job, catalogue, places), rules))
    passed = passable_steps(topology, job, places) | {step for goal in merged for step in goal.steps}
    steps = [
        _step(step, tuple(goal for goal in merged if step in goal.steps))
        for step in StepId
        if step in passed and not (step.phase is Phase.GUEST_PROCESSING and not _any(merged, step))
    ]
    rest = surrounding_demands(topology, job, catalogue, places, frozenset({Level.INFRASTRUCTURE}))
    around = _merged([_judge(one, rules) for one in rest])
    if around:
        steps.append(_step(None, around))
    verdict = worst(tuple(step.verdict for step in steps))
    return CheckReport(topology.name, job.name, chosen, verdict, tuple(steps))


def _judged(demands: Iterable[Demand], policy: Policy) -> list[Goal]:
    """The goals of an assignment's demands in order: some depend on how an earlier one of the same ended."""
    goals: list[Goal] = []
    failed_over: set[Subject] = set()
    unreachable: dict[Subject, str] = {}
    for demand in demands:
        if demand.failover_step is not None and demand.subject in failed_over:
            demand = _moved(demand, demand.failover_step)
        if demand.subject in unreachable:
            demand = _without(demand, unreachable[demand.subject])
        goal = _judge(demand, policy)
        if goal.effect is Effect.NETWORK_MODE:
            failed_over.add(demand.subject)
        if goal.effect is Effect.SERVER_INSTEAD:
            unreachable[demand.subject] = goal.ways[0].connections[0].asked.destination.node
        goals.append(goal)
    return goals


def _without(demand: Demand, performer: str) -> Demand:
    """The same demand where that performer is out of reach, so that none of its ways is tried."""
    lost = "guest.proxy-unreachable"
    options = tuple(
        replace(option, obstacle=option.obstacle or lost) if option.performer == performer else option
        for option in demand.options
    )
    return replace(demand, options=options)


def _moved(demand: Demand, step: StepId) -> Demand:
    """The same demand at another step: what follows a failover happens in network mode."""
    return replace(demand, step=step, options=tuple(replace(option, step=step) for option in demand.options))


def _judge(demand: Demand, policy: Policy) -> Goal:
    """The goal of one demand: its ways tried in order, as the process would."""
    ways = tuple(_way(option, policy) for option in demand.options)
    chosen = next((place for place, way in enumerate(ways) if way.passes), None)
    effect: Effect | None
    if chosen is None:
        effect = demand.stakes
    elif ways[chosen].shortfall is not None:
        effect = demand.shortfall_stakes or demand.stakes
    elif chosen > 0:
        effect = Effect.NEXT_WAY
    else:
        effect = None
    tried = ways[:1] if demand.refused else ways if chosen is None else ways[: chosen + 1]
    steps = [way.step for way in tried if way.step is not None]
    return Goal(
        steps=tuple(dict.fromkeys(steps)),
        need=demand.need,
        subject=demand.subject,
        verdict=GoalVerdict.OK if effect is None else effect.verdict,
        ways=ways,
        chosen=chosen,
        effect=effect,
    )


def _way(option: Option, policy: Policy) -> WayVerdict:
    return WayVerdict(
        name=option.name,
        order=option.order,
        step=option.step,
        performer=option.performer,
        connections=tuple(
            ConnectionVerdict(
                asked,
                policy.evaluate(asked.source.node, asked.destination.node, asked.service),
                (asked.source.node,),
                (asked.destination.node,),
            )
            for asked in option.asked
        ),
        obstacle=option.obstacle,
        shortfall=option.shortfall,
    )


def _step(step: StepId | None, goals: tuple[Goal, ...]) -> StepVerdict:
    return StepVerdict(step, worst(tuple(goal.verdict for goal in goals)), goals)


def _any(goals: tuple[Goal, ...], step: StepId) -> bool:
    return any(step in goal.steps for goal in goals)


_Key = tuple[object, ...]


def _merged(goals: list[Goal]) -> tuple[Goal, ...]:
    """Goals that ask for the same with the same outcome as one, whose subject names all of them."""
    found: dict[_Key, Goal] = {}
    for goal in goals:
        ways = tuple((way.name, way.step, way.performer, way.obstacle, _flows(way)) for way in goal.ways)
        key = (goal.steps, goal.need, goal.subject.proxies, goal.effect, ways)
        first = found.get(key)
        found[key] = goal if first is None else replace(first, subject=_joined(first.subject, goal.subject))
    return tuple(found.values())


def _flows(way: WayVerdict) -> _Key:
    return tuple(
        (one.asked.row.id, one.asked.source, one.asked.destination, one.asked.service) for one in way.connections
    )


def _joined(ours: Subject, theirs: Subject) -> Subject:
    return replace(
        ours,
        vms=tuple(dict.fromkeys((*ours.vms, *theirs.vms))),
        tasks=tuple(dict.fromkeys((*ours.tasks, *theirs.tasks))),
        hosts=tuple(dict.fromkeys((*ours.hosts, *theirs.hosts))),
    )
