"""What a change of the topology means for the jobs: what gets through now and did not, what no longer does.

Decided here: what counts as a difference. Not lines of text: the verdict of a job, what a need of a VM comes to,
whether a required connection gets through, and what exists on one side only. Names matter, their order does not.
How it stays quick: connections of the reports stand for many pairs of machines; they are cut only as far as the two
sides tell machines apart, and one pair of each part is asked on both sides.
In: two topologies. Out: a `Difference`. Never here: text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vbtui.catalogue import Need
from vbtui.firewall import Policy
from vbtui.planning.check import check_all
from vbtui.planning.grouping import Pair, rectangles
from vbtui.planning.report import CheckReport, Effect
from vbtui.planning.wanted import badness
from vbtui.topology import Topology
from vbtui.vocabulary import GoalVerdict, Profile, Service, StepId


class ChangeKind(StrEnum):
    """What became of a connection or a goal. The values stand in JSON."""

    GAINED = "gained"
    """It gets through, and did not."""
    LOST = "lost"
    """It does not get through any more."""
    CHANGED = "changed"
    """Neither before nor after does it get through whole, but the answer differs."""
    NEEDED = "needed"
    """It is needed only on the new side."""
    NOT_NEEDED = "not-needed"
    """It was needed only on the old side."""


@dataclass(frozen=True, slots=True)
class JobChange:
    """A job whose verdict differs; None where it does not exist."""

    job: str
    before: GoalVerdict | None
    after: GoalVerdict | None


@dataclass(frozen=True, slots=True)
class GoalChange:
    """A need that comes to something else than before, for some VMs or tasks of a job."""

    kind: ChangeKind
    job: str
    need: Need | None
    row: str | None
    """Of surroundings: the row of the catalogue, since each of them counts on its own."""
    steps: tuple[StepId, ...]
    names: tuple[str, ...]
    """VMs, or `VM/DISK`; empty where it concerns the job as a whole."""
    before: GoalVerdict | None
    after: GoalVerdict | None
    effect_before: Effect | None
    effect_after: Effect | None


@dataclass(frozen=True, slots=True)
class ConnectionAnswer:
    """What the firewalls say to a connection: which ports do not get through, or are not known to."""

    missing: tuple[tuple[int, int], ...]
    unknown: tuple[tuple[int, int], ...]

    @property
    def allowed(self) -> bool:
        return not self.missing and not self.unknown


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A required connection with another answer; it stands for every pair of its sources and destinations."""

    kind: ChangeKind
    service: Service
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    jobs: tuple[str, ...]
    """Jobs of either side that ask for some of the pairs."""
    steps: tuple[StepId, ...]
    """Steps that open it; empty for surroundings."""
    before: ConnectionAnswer | None
    """None where it was not needed."""
    after: ConnectionAnswer | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs between two topologies as far as jobs are concerned."""

    old: str
    new: str
    jobs: tuple[JobChange, ...]
    goals: tuple[GoalChange, ...]
    connections: tuple[ConnectionChange, ...]
    machines_gone: tuple[str, ...]
    machines_new: tuple[str, ...]
    before: tuple[tuple[str, GoalVerdict], ...]
    """Every compared job with its verdict, also the unchanged."""
    after: tuple[tuple[str, GoalVerdict], ...]

    def __bool__(self) -> bool:
        """There is a difference."""
        return any((self.jobs, self.goals, self.connections, self.machines_gone, self.machines_new))


def diff(
    old: Topology, new: Topology, *, jobs: Iterable[str] | None = None, profile: Profile | None = None
) -> Difference:
    """What `new` changes. `jobs` are names that either side may have, by default all; `profile` is for both sides."""
    sides = _Side(old, jobs, profile), _Side(new, jobs, profile)
    names = tuple(dict.fromkeys((*sides[0].reports, *sides[1].reports)))
    verdicts = [(name, *_verdicts(name, sides)) for name in names]
    return Difference(
        old=old.name,
        new=new.name,
        jobs=tuple(JobChange(name, before, after) for name, before, after in verdicts if before is not after),
        goals=tuple(change for name in names for change in _goals(name, *(side.reports.get(name) for side in sides))),
        connections=tuple(_connections(*sides)),
        machines_gone=tuple(name for name in sides[0].machines if name not in sides[1].machines),
        machines_new=tuple(name for name in sides[1].machines if name not in sides[0].machines),
        before=tuple((name, report.verdict) for name, report in sides[0].reports.items()),
        after=tuple((name, report.verdict) for name, report in sides[1].reports.items()),
    )


class _Side:
    """One of the two topologies with its reports."""

    def __init__(self, topology: Topology, jobs: Iterable[str] | None, profile: Profile | None) -> None:
        wanted = None if jobs is None else frozenset(jobs)
        self.policy = Policy(topology)
        self.machines = dict.fromkeys([node.name for node in topology.nodes] + [vm.name for vm in topology.vms])
        chosen = [job for job in topology.jobs if wanted is None or job.name in wanted]
        found = check_all(topology, chosen, profile=profile, policy=self.policy)
        self.reports = {report.job: report for report in found}

    def group(self, machine: str) -> int | None:
        """None for a machine that does not exist here."""
        return self.policy.group_of(machine) if machine in self.machines else None

    def answer(self, source: str, destination: str, service: Service) -> ConnectionAnswer:
        verdict = self.policy.evaluate(source, destination, service)
        return ConnectionAnswer(verdict.missing, verdict.unknown)


def _verdicts(job: str, sides: tuple[_Side, _Side]) -> tuple[GoalVerdict | None, GoalVerdict | None]:
    before, after = (side.reports.get(job) for side in sides)
    return None if before is None else before.verdict, None if after is None else after.verdict


# ---- goals ---------------------------------------------------------------------------------------------------------

_Asked = tuple[Need | None, str | None]
_Outcome = tuple[GoalVerdict, Effect | None]


def _goals(job: str, before: CheckReport | None, after: CheckReport | None) -> Iterator[GoalChange]:
    """Names with the same change of the same need together; a job that is on one side only has none."""
    if before is None or after is None:
        return
    steps: dict[tuple[_Asked, str], dict[StepId, None]] = {}
    earlier, later = _outcomes(before, steps), _outcomes(after, steps)
    for asked in dict.fromkeys((*earlier, *later)):
        ours, theirs = earlier.get(asked, {}), later.get(asked, {})
        groups: dict[tuple[_Outcome | None, _Outcome | None], list[str]] = {}
        for name in dict.fromkeys((*ours, *theirs)):
            pair = ours.get(name), theirs.get(name)
            if pair[0] != pair[1]:
                groups.setdefault(pair, []).append(name)
        for (was, is_now), names in groups.items():
            through = {step for name in names for step in steps.get((asked, name), ())}
            yield GoalChange(
                kind=_kind_of_goal(was, is_now),
                job=job,
                need=asked[0],
                row=asked[1],
                steps=tuple(step for step in StepId if step in through),
                names=tuple(name for name in names if name),
                before=was and was[0],
                after=is_now and is_now[0],
                effect_before=was and was[1],
                effect_after=is_now and is_now[1],
            )


def _outcomes(
    report: CheckReport, steps: dict[tuple[_Asked, str], dict[StepId, None]]
) -> dict[_Asked, dict[str, _Outcome]]:
    """The worst that each need comes to for each VM or task; `steps` collects where."""
    found: dict[_Asked, dict[str, _Outcome]] = {}
    for goal in report.goals:
        row = None if goal.steps else next((c.asked.row.id for way in goal.ways for c in way.connections), None)
        asked = (goal.need, row)
        outcomes = found.setdefault(asked, {})
        outcome = (goal.verdict, goal.effect)
        for name in goal.subject.tasks or goal.subject.vms or ("",):
            present = outcomes.get(name)
            if present is None or badness(present[1]) < badness(outcome[1]):
                outcomes[name] = outcome
            steps.setdefault((asked, name), {}).update(dict.fromkeys(goal.steps))
    return found


def _kind_of_goal(was: _Outcome | None, is_now: _Outcome | None) -> ChangeKind:
    if was is None or is_now is None:
        return ChangeKind.NEEDED if was is None else ChangeKind.NOT_NEEDED
    if GoalVerdict.OK in (was[0], is_now[0]):
        return ChangeKind.GAINED if is_now[0] is GoalVerdict.OK else ChangeKind.LOST
    return ChangeKind.CHANGED


# ---- connections ---------------------------------------------------------------------------------------------------

_Block = tuple[tuple[str, ...], tuple[str, ...], str, StepId | None]
"""Sources, destinations, job and step of a connection of a report."""


def _connections(old: _Side, new: _Side) -> Iterator[ConnectionChange]:
    blocks: dict[Service, tuple[dict[_Block, None], dict[_Block, None]]] = {}
    for place, side in enumerate((old, new)):
        for report in side.reports.values():
            for goal in report.goals:
                for way in goal.ways:
                    for one in way.connections:
                        found = blocks.setdefault(one.asked.service, ({}, {}))
                        found[place][one.sources, one.destinations, report.job, way.step] = None
    for service in sorted(blocks):
        yield from _of_service(service, blocks[service], old, new)


def _of_service(
    service: Service, blocks: tuple[Iterable[_Block], Iterable[_Block]], old: _Side, new: _Side
) -> Iterator[ConnectionChange]:
    """Changes at one service, pairs with the same change put together."""
    everything = [block for side in blocks for block in side]
    # A machine that is on both ends of some flows would meet itself: it stands alone.
    alone = frozenset(n for block in everything for n in block[0]) & {n for block in everything for n in block[1]}
    sources = _Parts((block[0] for block in everything), alone, old, new)
    destinations = _Parts((block[1] for block in everything), alone, old, new)
    needed: tuple[set[Pair], set[Pair]] = (set(), set())
    purposes: dict[Pair, dict[tuple[str, StepId | None], None]] = {}
    for place, side in enumerate(blocks):
        for ours, theirs, job, step in side:
            for row in sources.of(ours):
                for column in destinations.of(theirs):
                    needed[place].add((row, column))
                    purposes.setdefault((row, column), {})[job, step] = None
    changes: dict[tuple[ConnectionAnswer | None, ConnectionAnswer | None, frozenset[StepId | None]], list[Pair]] = {}
    for pair, wanted_for in purposes.items():
        source, destination = sources.first(pair[0]), destinations.first(pair[1])
        answers = [
            side.answer(source, destination, service) if pair in needed[place] else None
            for place, side in enumerate((old, new))
        ]
        if answers[0] != answers[1]:
            steps = frozenset(step for _, step in wanted_for)
            changes.setdefault((answers[0], answers[1], steps), []).append(pair)
    for (before, after, steps), pairs in changes.items():
        wanted_by = {job: None for pair in pairs for job, _ in purposes[pair]}
        for rows, columns in rectangles(pairs):
            yield ConnectionChange(
                kind=_kind(before, after),
                service=service,
                sources=sources.names(rows),
                destinations=destinations.names(columns),
                jobs=tuple(wanted_by),
                steps=tuple(step for step in StepId if step in steps),
                before=before,
                after=after,
            )


def _kind(before: ConnectionAnswer | None, after: ConnectionAnswer | None) -> ChangeKind:
    if before is None or after is None:
        return ChangeKind.NEEDED if before is None else ChangeKind.NOT_NEEDED
    if before.allowed or after.allowed:
        return ChangeKind.GAINED if after.allowed else ChangeKind.LOST
    return ChangeKind.CHANGED


class _Parts:
    """Machines that neither the reports nor the rules of either side tell apart."""

    def __init__(self, groups: Iterable[tuple[str, ...]], alone: frozenset[str], old: _Side, new: _Side) -> None:
        distinct = dict.fromkeys(groups)
        marks: dict[str, list[int]] = {}
        for number, group in enumerate(distinct):
            for name in group:
                marks.setdefault(name, []).append(number)
        members: dict[tuple[object, ...], list[str]] = {}
        for name, mark in marks.items():
            key = (name,) if name in alone else (tuple(mark), old.group(name), new.group(name))
            members.setdefault(key, []).append(name)
        self._members = list(members.values())
        place_of = {name: place for place, names in enumerate(self._members) for name in names}
        self._of = {group: tuple(dict.fromkeys(place_of[name] for name in group)) for group in distinct}

    def of(self, group: tuple[str, ...]) -> tuple[int, ...]:
        return self._of[group]

    def first(self, part: int) -> str:
        return self._members[part][0]

    def names(self, parts: Sequence[int]) -> tuple[str, ...]:
        return tuple(name for part in parts for name in self._members[part])
