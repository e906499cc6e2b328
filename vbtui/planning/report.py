"""What planning answers with: required connections, goals and their verdicts, the report of a check.

Types only. Everything here is data for the views: codes and parameters, never a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vbtui.catalogue import Need
from vbtui.firewall import Verdict
from vbtui.topology import Address
from vbtui.vocabulary import GoalVerdict, Level, Profile, StepId
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


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose goal it is: the assignments that ask for the same connections. Names, in the file's order."""

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
    """Place in `ways` of the one that stands, counted from 0; None if none does."""
    effect: Effect | None
    """What happens instead; None where the verdict is ok."""

    @property
    def way(self) -> WayVerdict | None:
        return None if self.chosen is None else self.ways[self.chosen]


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """One step that the job goes through: the worst verdict of its goals. Steps without goals open no connection."""

    step: StepId | None
    """None for the surroundings: names, time and identity."""
    verdict: GoalVerdict
    goals: tuple[Goal, ...]


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
        """Every judged connection, each flow as often as rows ask for it."""
        return tuple(one for goal in self.goals for way in goal.ways for one in way.connections)

    def step(self, step: StepId | None) -> StepVerdict:
        """The verdict of that step. Raises KeyError for one that the job does not go through."""
        for found in self.steps:
            if found.step is step:
                return found
        raise KeyError(step)


_WORST_FIRST = (GoalVerdict.FAIL, GoalVerdict.UNKNOWN, GoalVerdict.FALLBACK)


def worst(verdicts: tuple[GoalVerdict, ...]) -> GoalVerdict:
    """The worst of some verdicts, ok if there are none. Unknown is better than fail: fail is certain."""
    return next((one for one in _WORST_FIRST if one in verdicts), GoalVerdict.OK)
