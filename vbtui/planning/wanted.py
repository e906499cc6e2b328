"""Which connections a job should get, and which of its goals no rule can help.

Decided here: the way of a goal that a change request opens. The first way of all, if nothing but firewalls is in it;
else the first later one that is open already, or that rules can open. What an account, missing VMware Tools or a zone
without a path stand in the way of is not asked for: it is listed as unsolved.
In: reports. Out: `Wanted` connections, `Unsolved` goals. Never here: rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vbtui.catalogue import Need
from vbtui.planning.missing import Missing
from vbtui.planning.report import CheckReport, ConnectionVerdict, Effect, Goal, Subject, WayVerdict
from vbtui.vocabulary import GoalVerdict, Service, StepId


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connection that has to get through for a goal of a job."""

    job: str
    step: StepId | None
    connection: ConnectionVerdict
    certain: bool
    """The goal is fully met with it. Otherwise another way might do as well."""


@dataclass(frozen=True, slots=True)
class Unsolved:
    """Something that keeps a goal from being fully met, and that no firewall rule changes."""

    job: str
    steps: tuple[StepId, ...]
    need: Need | None
    subject: Subject
    code: str
    """An obstacle or shortfall of a way, or a `missing.Hopeless`."""
    performer: str | None
    """The machine that would act inside the guest; None where it makes no difference which one does."""
    flow: tuple[str, str, Service] | None
    """Source, destination and service of the first such connection, if it is one that is in the way."""
    verdict: GoalVerdict
    effect: Effect | None


def wanted(reports: Iterable[CheckReport], missing: Missing, *, allow_fallback: bool) -> Iterator[Wanted]:
    """The connections that the goals of some reports ask for, judged by the rules that `missing` knows."""
    for report in reports:
        for goal in report.goals:
            found = _way(goal, missing, allow_fallback=allow_fallback)
            if found is None:
                continue
            certain = not allow_fallback and found is goal.ways[0] and found.shortfall is None
            for connection in found.connections:
                yield Wanted(report.job, found.step, connection, certain)


def _way(goal: Goal, missing: Missing, *, allow_fallback: bool) -> WayVerdict | None:
    """The way that is to be open, None where no rule improves anything."""
    if allow_fallback and goal.verdict is GoalVerdict.FALLBACK:
        return goal.way
    possible = [way for way in goal.ways if way.obstacle is None and not _hopeless(way, missing)]
    if not possible or (possible[0] is goal.ways[0] and possible[0].shortfall is None):
        return possible[0] if possible else None
    # None of these meets the goal fully. One that is open already is as good as any that rules would open.
    open_already = [way for way in possible if not any(missing.of(one).gaps for one in way.connections)]
    return min((*open_already, *possible), key=lambda way: (way.shortfall is not None, way not in open_already))


def _hopeless(way: WayVerdict, missing: Missing) -> bool:
    return any(missing.of(one).hopeless is not None for one in way.connections)


def unsolved(reports: Iterable[CheckReport], missing: Missing) -> tuple[Unsolved, ...]:
    """What is left of goals that are not fully met, and why; equal reasons once, with all that they concern."""
    found: dict[tuple[object, ...], Unsolved] = {}
    for report in reports:
        for goal in report.goals:
            if goal.verdict is GoalVerdict.OK:
                continue
            for one in _reasons(report.job, goal, missing):
                key = (one.job, one.need, one.code, one.flow, one.effect)
                first = found.get(key)
                if first is not None:
                    performer = one.performer if one.performer == first.performer else None
                    one = replace(first, subject=_joined(first.subject, one.subject), performer=performer)
                found[key] = one
    return tuple(found.values())


def _reasons(job: str, goal: Goal, missing: Missing) -> Iterator[Unsolved]:
    tried = goal.ways if goal.chosen is None else goal.ways[: goal.chosen + 1]
    for way in tried:
        codes = [(code, None) for code in (way.obstacle, way.shortfall) if code is not None]
        hopeless = ((missing.of(one).hopeless, _flow(one)) for one in way.connections)
        for code, flow in (*codes, *((code.value, flow) for code, flow in hopeless if code is not None)):
            yield Unsolved(
                job=job,
                steps=goal.steps,
                need=goal.need,
                subject=goal.subject,
                code=code,
                performer=way.performer,
                flow=flow,
                verdict=goal.verdict,
                effect=goal.effect,
            )


def _flow(connection: ConnectionVerdict) -> tuple[str, str, Service]:
    asked = connection.asked
    return asked.source.node, asked.destination.node, asked.service


def _joined(ours: Subject, theirs: Subject) -> Subject:
    return Subject(
        vms=tuple(dict.fromkeys((*ours.vms, *theirs.vms))),
        tasks=tuple(dict.fromkeys((*ours.tasks, *theirs.tasks))),
        hosts=tuple(dict.fromkeys((*ours.hosts, *theirs.hosts))),
        proxies=tuple(dict.fromkeys((*ours.proxies, *theirs.proxies))),
    )


_BADNESS = (
    *(None, Effect.NEXT_WAY, Effect.SERVER_INSTEAD, Effect.NETWORK_MODE, Effect.SCRIPT_FAILS, Effect.INFRASTRUCTURE),
    *(Effect.SNAPSHOT_LEFT, Effect.CRASH_CONSISTENT, Effect.TASK_FAILS, Effect.VM_FAILS, Effect.JOB_FAILS),
)


def badness(effect: Effect | None) -> int:
    """How bad it is that this happens instead, from 0 for a goal that is met."""
    return _BADNESS.index(effect)


def worse(before: Sequence[CheckReport], after: Sequence[CheckReport], *, allow_fallback: bool) -> bool:
    """Whether anything ends up worse in the later reports; with `allow_fallback` only what fails counts as bad."""
    earlier, later = _ends(before, allow_fallback), _ends(after, allow_fallback)
    return any(bad > earlier.get(key, 0) for key, bad in later.items())


def _ends(reports: Sequence[CheckReport], allow_fallback: bool) -> dict[tuple[object, ...], int]:
    """The worst that a need comes to for each VM or task, host and proxy of each job."""
    found: dict[tuple[object, ...], int] = {}
    for report in reports:
        for goal in report.goals:
            bad = badness(goal.effect)
            if allow_fallback and goal.verdict is GoalVerdict.FALLBACK:
                bad = 0
            subject = goal.subject
            needs = goal.need if goal.steps else tuple(one.asked.row.id for way in goal.ways for one in way.connections)
            # Every level of detail counts: a rule may help one proxy, and a VM still be lost on another.
            names = (("vm", subject.tasks or subject.vms), ("host", subject.hosts), ("proxy", subject.proxies))
            for kind, listed in (("job", ("",)), *names):
                for name in listed:
                    key = (report.job, needs, kind, name)
                    found[key] = max(found.get(key, 0), bad)
    return found
