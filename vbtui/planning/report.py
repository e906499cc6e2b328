"""What planning answers with: required connections, goals and their verdicts, the report of a check.

Types only. Everything here is data for the views: codes and parameters, never a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.catalogue import Need
from vbtui.firewall import Verdict
from vbtui.topology import Address
from vbtui.vocabulary import Action, GoalVerdict, Level, Profile, Service, StepId
from vbtui.workflow import Asked


class Effect(StrEnum):
    """What happens instead, where a goal is not met on its first way. The values are message codes."""

    NEXT_WAY = "effect.next-way"
    """A later way of the need is taken."""
    SERVER_INSTEAD = "effect.server-instead"
    """The guest interaction proxy is out of reach: the backup server acts in its place."""
    SCRIPT_FAILS = "effect.script-fails"
    """A script in the guest fails, too late to spoil the image: a warning."""
    NETWORK_MODE = "effect.network-mode"
    """The storage cannot be reached directly: network mode stands in, over connections of its own goals."""
    CRASH_CONSISTENT = "effect.crash-consistent"
    """The guest is not prepared: a crash-consistent image and a warning."""
    SNAPSHOT_LEFT = "effect.snapshot-left"
    """There is a restore point, but a person has to remove the snapshot."""
    INFRASTRUCTURE = "effect.infrastructure"
    """Names, time or identity are missing: the process does not open this connection itself, but rests on it."""
    TASK_FAILS = "effect.task-fails"
    VM_FAILS = "effect.vm-fails"
    JOB_FAILS = "effect.job-fails"

    @property
    def verdict(self) -> GoalVerdict:
        """Fail where a restore point is lost, fallback where the job still makes one."""
        lost = self in (Effect.TASK_FAILS, Effect.VM_FAILS, Effect.JOB_FAILS)
        return GoalVerdict.FAIL if lost else GoalVerdict.FALLBACK


class Loss(StrEnum):
    """What a VM's backup lacks where something stands in for what was meant. The values are message codes."""

    RESTORE_POINT = "loss.restore-point"
    """There is none, or none with that disk."""
    CONSISTENCY = "loss.consistency"
    """Applications in the guest are not prepared (Help Center, application-aware processing)."""
    ELEVATION = "loss.elevation"
    """Over VIX scripts of a Linux guest do not get root by sudo (seed text, section 2.3)."""
    FREEZE_TIME = "loss.freeze-time"
    """VIX takes time out of the short while for which Windows holds the freeze (Help Center, KB1377)."""
    SCRIPT = "loss.script"
    """A script after the release does not do its work."""
    DIRECT_PATH = "loss.direct-path"
    """Disk data crosses the host's management network instead of the storage network (Help Center, network mode)."""
    SNAPSHOT_FREE = "loss.snapshot-free"
    """The VM keeps running on its snapshot until somebody removes it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose goal it is. Names, in the file's order.

    It stands for every assignment of these VMs or tasks to these hosts and proxies that is possible and goes through
    the goal's steps.
    """

    vms: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    """`VM/DISK`, where the goal is one of single disks."""
    hosts: tuple[str, ...] = ()
    """ESXi hosts on which the VMs run or could come to run."""
    proxies: tuple[str, ...] = ()
    """Proxies that could get the tasks, each with the same answers; empty where it does not depend on one."""


@dataclass(frozen=True, slots=True)
class RequiredConnection:
    """One connection that a job could open, for one row of the catalogue."""

    asked: Asked
    steps: tuple[StepId, ...]
    """Steps that open it or rest on it, in the order of the process."""
    need: Need
    way: str
    order: int
    """Ways of a need are tried in rising order, from 1."""
    place: int
    """Which of the ways that the need has here this one is, counted from 1."""
    ways: int
    """How many ways the need has here, the fewest of all assignments: 1 if nothing can stand in for this one."""
    source_address: Address | None
    destination_address: Address | None
    """What a rule has to name; None where the two share no family of addresses."""
    level: Level
    """The row's, but local where both ends are one machine."""
    vms: tuple[str, ...]
    """VMs for which it counts; empty if it counts for the job as a whole."""
    proxies: tuple[str, ...]
    """Proxies whose assignment opens it; empty if it does not depend on one."""


@dataclass(frozen=True, slots=True)
class ConnectionVerdict:
    """One connection of a way, and what the firewalls say.

    It stands for every pair of `sources` and `destinations`: machines that get the same answers and differ in nothing
    but their names and addresses. `asked` and `verdict` are those of the first pair.
    """

    asked: Asked
    verdict: Verdict
    sources: tuple[str, ...]
    destinations: tuple[str, ...]

    @property
    def flows(self) -> int:
        """How many flows it stands for."""
        return len(self.sources) * len(self.destinations)


@dataclass(frozen=True, slots=True)
class WayVerdict:
    """One way to meet a need. All its connections are judged, also those behind the first blocked one."""

    name: str
    order: int
    step: StepId | None
    performer: str | None
    """The machine that would act inside the guest."""
    connections: tuple[ConnectionVerdict, ...]
    obstacle: str | None
    """Code of what is in the way besides firewalls (accounts, VMware Tools, no proxy), None if nothing is."""
    shortfall: str | None = None
    """Code of what fails after the way stands, so that no other way is tried any more."""

    @property
    def passes(self) -> bool:
        """It would stand: nothing is in the way and every connection gets through."""
        return self.obstacle is None and all(one.verdict.allowed for one in self.connections)

    @property
    def unknown(self) -> bool:
        """It hangs on rules that nobody understood: it does not pass, and nothing is in the way for certain."""
        actions = {one.verdict.action for one in self.connections}
        return self.obstacle is None and Action.UNKNOWN in actions and actions <= {Action.ALLOW, Action.UNKNOWN}

    @property
    def blocked(self) -> tuple[ConnectionVerdict, ...]:
        return tuple(one for one in self.connections if not one.verdict.allowed)


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that the process must reach for some assignments, and whether it does."""

    steps: tuple[StepId, ...]
    """Steps that it goes through: more than one where a later way belongs to another step; none for surroundings."""
    need: Need | None
    """None where nothing needs a connection but an assignment itself is impossible."""
    subject: Subject
    verdict: GoalVerdict
    ways: tuple[WayVerdict, ...]
    chosen: int | None
    """Place in `ways` of the one that stands, counted from 0; None if none does, and where it is not known."""
    effect: Effect | None
    """What happens instead; None where the verdict is ok, or unknown."""

    @property
    def way(self) -> WayVerdict | None:
        return None if self.chosen is None else self.ways[self.chosen]

    @property
    def loss(self) -> Loss | None:
        """What is lost although the goal is reached, or because it is not; None if nothing is, or it is not known."""
        if self.effect is Effect.NEXT_WAY and self.way is not None and self.way.name == "vix":
            return Loss.ELEVATION if self.need is Need.GUEST_LINUX else Loss.FREEZE_TIME
        return None if self.effect is None else _LOSSES.get(self.effect)


_LOSSES: Final = {
    Effect.SCRIPT_FAILS: Loss.SCRIPT,
    Effect.NETWORK_MODE: Loss.DIRECT_PATH,
    Effect.CRASH_CONSISTENT: Loss.CONSISTENCY,
    Effect.SNAPSHOT_LEFT: Loss.SNAPSHOT_FREE,
    Effect.TASK_FAILS: Loss.RESTORE_POINT,
    Effect.VM_FAILS: Loss.RESTORE_POINT,
    Effect.JOB_FAILS: Loss.RESTORE_POINT,
}


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """One step that the job goes through: the worst verdict of its goals. Steps without goals open no connection."""

    step: StepId | None
    """None for the surroundings: names, time and identity."""
    verdict: GoalVerdict
    goals: tuple[Goal, ...]

    @property
    def flows(self) -> int:
        """How many flows were judged here: source, destination and service, each once."""
        return flows(one for goal in self.goals for way in goal.ways for one in way.connections)


@dataclass(frozen=True, slots=True)
class VmVerdict:
    """What one VM ends up with, on the worst of the hosts and proxies that it could be assigned to.

    Names, time and identity are not counted: they are the whole estate's, and no event of a VM opens them.
    """

    vm: str
    verdict: GoalVerdict
    goals: tuple[Goal, ...]
    """Its goals that are not ok, in the order of the process. VMs of one fate have one and the same tuple."""
    effects: tuple[Effect, ...]
    """What happens instead, each once, in the same order."""
    losses: tuple[Loss, ...]
    """What is lost by it, each once, in the same order."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether a job gets through, whatever proxy and host it is assigned to."""

    topology: str
    job: str
    profile: Profile
    verdict: GoalVerdict
    """The worst of all steps."""
    steps: tuple[StepVerdict, ...]
    """In the order of the process; the surroundings, if the topology has any, come last."""
    vms: tuple[VmVerdict, ...] = ()
    """Every VM of the job, in the file's order."""

    @property
    def goals(self) -> tuple[Goal, ...]:
        """Every goal once, in the order in which it first appears."""
        seen: dict[int, Goal] = {}
        for step in self.steps:
            for goal in step.goals:
                seen.setdefault(id(goal), goal)
        return tuple(seen.values())

    @property
    def connections(self) -> tuple[ConnectionVerdict, ...]:
        """Every judged connection, each flow as often as rows ask for it. One may stand for many flows."""
        return tuple(one for goal in self.goals for way in goal.ways for one in way.connections)

    def step(self, step: StepId | None) -> StepVerdict:
        """The verdict of that step. Raises KeyError for one that the job does not go through."""
        for found in self.steps:
            if found.step is step:
                return found
        raise KeyError(step)


def flows(connections: Iterable[ConnectionVerdict]) -> int:
    """How many flows some connections stand for: source, destination and service, each counted once."""
    places: dict[str, int] = {}
    sets: dict[int, int] = {}
    kept: list[tuple[str, ...]] = []

    def as_set(names: tuple[str, ...]) -> int:
        known = sets.get(id(names))
        if known is None:
            kept.append(names)  # so that no other tuple gets its id
            known = 0
            for name in names:
                known |= 1 << places.setdefault(name, len(places))
            sets[id(names)] = known
        return known

    asked: dict[Service, dict[tuple[str, ...], int]] = {}
    for one in connections:
        by_sources = asked.setdefault(one.asked.service, {})
        by_sources[one.sources] = by_sources.get(one.sources, 0) | as_set(one.destinations)
    total = 0
    for by_sources in asked.values():
        if len(by_sources) == 1:
            total += sum(len(sources) * targets.bit_count() for sources, targets in by_sources.items())
            continue
        reached: dict[str, int] = {}
        for sources, targets in by_sources.items():
            for source in sources:
                reached[source] = reached.get(source, 0) | targets
        total += sum(targets.bit_count() for targets in reached.values())
    return total


_WORST_FIRST = (GoalVerdict.FAIL, GoalVerdict.UNKNOWN, GoalVerdict.FALLBACK)


def worst(verdicts: tuple[GoalVerdict, ...]) -> GoalVerdict:
    """The worst of some verdicts, ok if there are none. Unknown is better than fail: fail is certain."""
    return next((one for one in _WORST_FIRST if one in verdicts), GoalVerdict.OK)
