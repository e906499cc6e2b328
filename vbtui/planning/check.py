"""Whether jobs get through, before anything runs: per step, for every proxy and host that they could be assigned to.

What the verdicts mean. A goal is *ok* if its first way stands; *fallback* if the job makes its restore point all the
same, but otherwise than it was meant: by a later way, in network mode, crash-consistent with a warning, with a snapshot
left behind; *fail* if a task, a VM or the job is lost; *unknown* if that hangs on rules that an importer could not
read: on a way that they may or may not refuse, before the first that stands for certain. A step is as bad as its worst
goal, the report as its worst step. What is in the way besides firewalls (an account, VMware Tools, a disk that no proxy
can read) counts like a block, so that ok means that it runs.

What is covered: every ESXi host that a VM could come to run on, every proxy that could get a disk. Inside a guest acts
the machine that the process would choose, then the backup server in its place: where several guest interaction proxies
could be chosen, the others are not judged, as no run takes them either.

How it stays quick. `derive` finds what the jobs ask for (`demands`), for classes of machines that nothing tells apart
(`folding`); it does not look at a rule. `judge` asks the policy once for each class (`judging`) and puts what ends
alike together (`assembling`). Toggling a rule leaves the classes as they are, so it needs only the second half.

The surroundings (names, time, identity) are a group of their own without a step. No event opens them, so a blocked one
is a fallback at worst: the trace knows nothing of it, and `check` must not say more than can be shown.

The tie to `simulate`: both ask `Policy.evaluate` the same questions, and the assignments of a trace are among those of
a report. So every verdict of an event stands in the report; where a step is ok no event of it is blocked, in any
assignment; without a failed goal the job ends without an error, and a failed goal of the assignment taken is an error
of the trace. A connection whose fate is unknown is not opened by a trace, so this holds for reports without such goals.
In: a topology, jobs, optionally another profile, policy or transport mode. Out: a `CheckReport` for each job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vbtui.catalogue import load_catalogue
from vbtui.firewall import Policy
from vbtui.planning.assembling import AboutVms
from vbtui.planning.casting import Casting
from vbtui.planning.demands import Demand, JobDemands
from vbtui.planning.deriving import job_demands
from vbtui.planning.estate import Estate
from vbtui.planning.fates import vm_verdicts
from vbtui.planning.folding import ByPolicy, Folding
from vbtui.planning.judging import Answers
from vbtui.planning.keeping import Kept
from vbtui.planning.report import CheckReport, Goal, StepVerdict, worst
from vbtui.planning.surroundings import surrounding_demands
from vbtui.topology import Job, Topology
from vbtui.vocabulary import Level, Phase, Profile, StepId, TransportMode


@dataclass(frozen=True, slots=True)
class Derived:
    """What some jobs ask of the network, before any rule is looked at."""

    casting: Casting
    jobs: tuple[JobDemands, ...]
    around: tuple[tuple[Demand, ...], ...]
    """For each job what its surroundings ask."""
    assumed: TransportMode | None
    groups: Mapping[str, int]
    """By machine: the group in which it was folded. Empty where nothing was."""
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)
    """What the last judgement found, for the next."""

    @property
    def estate(self) -> Estate:
        return self.casting.estate

    def holds_for(self, policy: Policy) -> bool:
        """The machines that were folded are those that no rule of this policy can tell apart."""
        return self.groups is policy.groups or self.groups == policy.groups


def check(
    topology: Topology,
    job: Job,
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
    assume_mode: TransportMode | None = None,
) -> CheckReport:
    """Judge every goal of `job`. `profile` replaces the file's, `policy` the file's firewall rules.

    With `assume_mode` as if every proxy took that mode for the disks for which the configuration allows it, and none
    for the others. Raises firewall.UnknownServiceError for a topology whose rules were never checked.
    """
    (report,) = check_all(topology, (job,), profile=profile, policy=policy, assume_mode=assume_mode)
    return report


def check_all(
    topology: Topology,
    jobs: Sequence[Job] | None = None,
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
    assume_mode: TransportMode | None = None,
) -> tuple[CheckReport, ...]:
    """Judge some jobs, by default all of the topology: what they have in common is derived and judged once."""
    rules = policy or Policy(topology)
    return judge(derive(topology, jobs, profile=profile, policy=rules, assume_mode=assume_mode), rules)


def derive(
    topology: Topology,
    jobs: Sequence[Job] | None = None,
    *,
    profile: Profile | None = None,
    policy: Policy | None = None,
    assume_mode: TransportMode | None = None,
    folding: Folding | None = None,
) -> Derived:
    """What the jobs ask for, to be judged under this policy and any that differs from it in switched rules only.

    `folding` is for whoever wants other classes than those of the policy: `Unfolded` makes none.
    """
    rules = policy or Policy(topology)
    chosen = folding or ByPolicy(rules)
    casting = Casting(Estate(topology, chosen), load_catalogue(profile or topology.profile))
    demands = tuple(job_demands(casting, job, assume_mode) for job in (topology.jobs if jobs is None else jobs))
    levels = frozenset({Level.INFRASTRUCTURE})
    around = tuple(tuple(surrounding_demands(casting, one, levels)) for one in demands)
    return Derived(casting, demands, around, assume_mode, rules.groups if isinstance(chosen, ByPolicy) else {})


def judge(derived: Derived, policy: Policy) -> tuple[CheckReport, ...]:
    """The reports of the derived jobs under a policy of the same topology.

    Where the policy tells machines apart that were folded, the demands are derived again.
    """
    if isinstance(derived.estate.folding, ByPolicy) and not derived.holds_for(policy):
        jobs = tuple(one.job for one in derived.jobs)
        profile = derived.casting.catalogue.profile
        topology = derived.estate.topology
        derived = derive(topology, jobs, profile=profile, policy=policy, assume_mode=derived.assumed)
    return tuple(judge_in_turn(derived, policy))


def judge_in_turn(derived: Derived, policy: Policy, first: str | None = None) -> Iterator[CheckReport]:
    """The reports one after the other, that of the job `first` before the others, which follow in their order: for
    whoever shows one while the rest is judged. What is derived must hold for the policy."""
    answers = derived.kept.answers(derived.estate, policy)
    asked = sorted(zip(derived.jobs, derived.around, strict=True), key=lambda pair: pair[0].job.name != first)
    return (_report(demands, around, answers, derived) for demands, around in asked)


def _report(demands: JobDemands, around: Iterable[Demand], answers: Answers, derived: Derived) -> CheckReport:
    kept, job = derived.kept, demands.job.name
    found = kept.goals(demands.demands, demands, answers)
    around_it = kept.goals(around, demands, answers)
    report = kept.report(job, (*found, *around_it))
    if report is None:
        report = _put_together(derived, demands, found, [one.goal for one in around_it])
        kept.keep(job, (*found, *around_it), report)
    return report


def _put_together(derived: Derived, demands: JobDemands, found: Iterable[AboutVms], resting: list[Goal]) -> CheckReport:
    """The report that those goals make; `resting` are those of the surroundings."""
    by_step: dict[StepId, list[AboutVms]] = {}
    for one in found:
        for step in one.goal.steps:
            by_step.setdefault(step, []).append(one)
    passed = demands.steps() | by_step.keys()
    ordered = [(step, by_step.get(step, [])) for step in StepId if step in passed]
    steps = [
        _step(step, [one.goal for one in here])
        for step, here in ordered
        if here or step.phase is not Phase.GUEST_PROCESSING
    ]
    if resting:
        steps.append(_step(None, resting))
    once = {id(one.goal): one for _, here in ordered for one in here}
    return CheckReport(
        topology=derived.estate.topology.name,
        job=demands.job.name,
        profile=derived.casting.catalogue.profile,
        verdict=worst(tuple(step.verdict for step in steps)),
        steps=tuple(steps),
        vms=vm_verdicts(demands.vms, once.values()),
    )


def _step(step: StepId | None, goals: list[Goal]) -> StepVerdict:
    return StepVerdict(step, worst(tuple(goal.verdict for goal in goals)), tuple(goals))
