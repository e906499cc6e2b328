"""What a job could ask of the network, for every proxy and host that it could be assigned to: no verdicts yet.

Types only; `deriving` finds them. A demand says what comes up at which step, for which assignments, by which ways, and
what is at stake if no way gets through.
Assignments are never listed one by one. A `Cell` stands for every VM or task of a set on every host of a set that it
could run on, with every proxy of a set; the cells of one need are disjoint.
Never here: firewall rules, names of machines where a class will do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from vbtui.catalogue import Need
from vbtui.planning.casting import Leg
from vbtui.planning.folding import Members, Roster
from vbtui.planning.report import Effect
from vbtui.topology import Disk, GuestProcessing, Job, Vm
from vbtui.vocabulary import Phase, StepId, TransportMode
from vbtui.workflow.guest import wanted

NO_PROXY = "task.no-proxy"
PROXY_UNREACHABLE = "guest.proxy-unreachable"


_ALWAYS: Final = frozenset(step for step in StepId if step.phase not in (Phase.GUEST_PROCESSING, Phase.DATA_TRANSPORT))
"""Steps that every job goes through; those of the other two phases are alternatives."""


class Cell(NamedTuple):
    """Assignments: every one of these VMs, or tasks, on each of these hosts that it could run on, with these proxies.

    Sets by the rosters of the job and its estate; 0 where an axis plays no part.
    """

    vms: Members = 0
    tasks: Members = 0
    hosts: Members = 0
    proxies: Members = 0
    servers: Members = 0
    guest: str = ""
    """Of a guest's own need: the VM that is asked for all of the cell's, which the firewalls cannot tell apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """One way, with what is in it besides firewalls. Fields as in `WayVerdict`."""

    name: str
    order: int
    step: StepId | None
    legs: tuple[Leg, ...]
    performer: str | None = None
    obstacle: str | None = None
    shortfall: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """One need of the assignments of its cells."""

    need: Need | None
    step: StepId | None
    """Where it is opened first; None for surroundings."""
    options: tuple[Option, ...]
    cells: tuple[Cell, ...]
    stakes: Effect
    """What happens where no way stands."""
    shortfall_stakes: Effect | None = None
    """What happens where the way that stands falls short; by default what is at stake anyway."""
    refused: bool = False
    """No option is tried at all, for a reason that all of them carry."""
    failover_step: StepId | None = None
    """Where it is opened too, or relied on, where network mode stands in for a direct mode."""
    rests: frozenset[StepId] = frozenset()
    """Of surroundings: the steps that rest on it here."""
    follows: Demand | None = None
    """The demand of the same assignments on whose end it depends, with the same cells."""
    instead: tuple[Option, ...] = ()
    """Its options where the one that it follows did not end on its first way."""


@dataclass(frozen=True, slots=True)
class Disks:
    """Disks that the process treats alike, on hosts where it does."""

    mode: TransportMode
    need: Need | None
    """The storage network that the mode crosses."""
    vm: Vm
    disk: Disk
    cell: Cell


@dataclass(frozen=True, slots=True)
class Guests:
    """VMs that the process treats alike in their guests, with the same hosts to run on."""

    vm: Vm
    processing: GuestProcessing
    cell: Cell


@dataclass(frozen=True, slots=True)
class JobDemands:
    """Everything that a job could ask for."""

    job: Job
    vms: Roster
    tasks: Roster
    hosts: tuple[Members, ...]
    """By place of the VM: the hosts that it could run on."""
    disks: tuple[Disks, ...]
    guests: tuple[Guests, ...]
    demands: tuple[Demand, ...]

    @property
    def proxies(self) -> Members:
        """The proxies that could get at least one task."""
        found = 0
        for one in self.disks:
            found |= one.cell.proxies
        return found

    def running_on(self, host: Members) -> Members:
        """The VMs that could run on one of those hosts."""
        found = 0
        for place, hosts in enumerate(self.hosts):
            if hosts & host:
                found |= 1 << place
        return found

    def steps(self, vms: Members | None = None, proxies: Members | None = None) -> frozenset[StepId]:
        """Steps that those VMs can go through by configuration, in phase 5 on those proxies; by default on all."""
        found = set(_ALWAYS)
        for guests in self.guests:
            if wanted(guests.processing) and (vms is None or vms & guests.cell.vms):
                windows = guests.vm.os == "windows"
                found |= {StepId.GUEST_WINDOWS, StepId.GUEST_WINDOWS_VIX} if windows else {StepId.GUEST_LINUX}
        for disks in self.disks:
            here = vms is None or vms & disks.cell.vms
            if here and (proxies is None or proxies & disks.cell.proxies):
                found.add(disks.mode.step)
        return frozenset(found)
