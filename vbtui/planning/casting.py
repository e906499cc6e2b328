"""The ways of a need, once for all machines of one shape: what is asked of whom, with classes in place of single names.

`workflow` decides which machine a row of the catalogue means (`Cast.ways`, `attempts`). Here it is asked with one host,
proxy or VM for all of its shape, and wherever that one comes up in its own part, its whole axis stands.
Decided here: on what the answer can depend, so that it is asked once and kept: the parties and conditions of the need's
rows, seen through the shapes of those machines.
In: a topology, a catalogue, shapes. Out: `WayOnAxes`. Never here: firewall rules, which assignments there are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from vbtui.catalogue import Catalogue, Need, Party, Row, When
from vbtui.planning.estate import Estate, Shape
from vbtui.planning.folding import Axis, Members
from vbtui.topology import Disk, GuestProcessing, Job, Node, Topology, Vm, addresses_of
from vbtui.vocabulary import StepId
from vbtui.workflow import Asked, Cast, Way, performers
from vbtui.workflow.guest import attempts, credentials_of

_TRIGGERS: Final = frozenset({Party.CONSOLE, Party.ENTERPRISE_MANAGER, Party.POWERSHELL, Party.REST_CLIENT})
_OF_THE_REPOSITORY: Final = frozenset({Party.REPOSITORY, Party.SHARE, Party.APPLIANCE})
_OF_THE_HOST: Final = frozenset({Party.ESXI_HOST, Party.VCENTER})
_OF_THE_PROXY: Final = frozenset({Party.PROXY, Party.APPLIANCE})
_REPOSITORY_FACTS: Final = frozenset({When.SHARE_SMB, When.SHARE_NFS, When.GATEWAY, When.APPLIANCE})
_HOST_FACTS: Final = frozenset({When.VCENTER, When.STANDALONE})


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One connection of a way. A side with an axis stands for every member that an assignment has on it."""

    asked: Asked
    """With the names of those that were cast."""
    source: Axis | None
    destination: Axis | None


@dataclass(frozen=True, slots=True)
class WayOnAxes:
    """One alternative of a need."""

    name: str
    order: int
    step: StepId
    """Where the rows have it first."""
    legs: tuple[Leg, ...]
    performer: str | None = None
    """Who acts inside a guest."""
    objection: str | None = None
    """Why the guest's account cannot do it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Who asks whom in a row on which the process rests: an axis, or the name of a machine."""

    source: Axis | str
    destination: Axis | str
    legs: tuple[Leg, ...]
    """One for each service."""
    servers: Members
    """Those that ask, where the source is any server."""


@dataclass(frozen=True, slots=True)
class Part:
    """The machines that are cast. A host is always one that the VM runs on."""

    vm: Vm | None = None
    host: Shape | None = None
    proxy: Shape | None = None
    performer: Node | None = None
    disk: Disk | None = None


class Casting:
    """The ways of one topology and profile, kept by what they depend on."""

    def __init__(self, estate: Estate, catalogue: Catalogue) -> None:
        self.estate = estate
        self.catalogue = catalogue
        self._rows: dict[Need, tuple[Row, ...]] = {}
        for row in catalogue.rows:
            self._rows[row.need] = (*self._rows.get(row.need, ()), row)
        self._catalogues = {need: replace(catalogue, rows=rows) for need, rows in self._rows.items()}
        self._empty = replace(catalogue, rows=())
        self._ways: dict[Hashable, tuple[WayOnAxes, ...]] = {}
        self._performers: dict[Hashable, tuple[Node, ...]] = {}
        self._pairs: dict[int, tuple[WayOnAxes, tuple[Pair, ...]]] = {}

    @property
    def topology(self) -> Topology:
        return self.estate.topology

    def ways(self, need: Need, job: Job, part: Part, *, callbacks: bool = False) -> tuple[WayOnAxes, ...]:
        """The alternatives of a need, in the order in which they are tried; empty if nothing is asked here.

        With `callbacks` only what the proxy itself calls back, where it is an appliance.
        """
        key = (need, callbacks, *self._dependencies(self._rows.get(need, ()), job, part))
        known = self._ways.get(key)
        if known is None:
            catalogue = self._catalogues.get(need, self._empty)
            cast = self._cast(job, part)
            found = cast.proxy_callbacks(catalogue) if callbacks else cast.ways(catalogue, need)
            known = self._ways[key] = tuple(self._on_axes(way, part) for way in found)
        return known

    def ways_of_row(self, row: Row, job: Job, part: Part) -> tuple[WayOnAxes, ...]:
        """The same for one row on its own."""
        key = (row.id, *self._dependencies((row,), job, part))
        known = self._ways.get(key)
        if known is None:
            found = self._cast(job, part).ways(replace(self.catalogue, rows=(row,)), row.need)
            known = self._ways[key] = tuple(self._on_axes(way, part) for way in found)
        return known

    def pairs(self, way: WayOnAxes) -> tuple[Pair, ...]:
        """The connections of a way by who asks whom, any server as an axis; none inside one machine."""
        known = self._pairs.get(id(way))
        if known is None:
            known = self._pairs[id(way)] = (way, tuple(self._find_pairs(way)))
        return known[1]

    def _find_pairs(self, way: WayOnAxes) -> Iterator[Pair]:
        found: dict[tuple[Axis | str, Axis | str], tuple[dict[str, Leg], Members]] = {}
        for leg in way.legs:
            source, destination = leg.asked.source.node, leg.asked.destination.node
            if source == destination:
                continue
            axis, members = leg.source, 0
            if leg.asked.row.source is Party.ANY_SERVER and self.estate.folding.mark(source) is None:
                axis, members = Axis.SERVER, self.estate.servers.bit(source)
            key = (axis or source, leg.destination or destination)
            legs, servers = found.get(key, ({}, 0))
            legs.setdefault(str(leg.asked.service), replace(leg, source=axis))
            found[key] = (legs, servers | members)
        for (ours, theirs), (legs, servers) in found.items():
            yield Pair(ours, theirs, tuple(legs.values()), servers)

    def guest_ways(self, job: Job, vm: Vm, processing: GuestProcessing, host: Shape) -> tuple[WayOnAxes, ...]:
        """All ways into a guest in the order in which they are tried."""
        need = guest_need(vm)
        part = Part(vm=vm, host=host)
        account = (credentials_of(vm).account, vm.uac)
        performing = tuple(node.name for node in self.performers(vm, processing))
        key = ("guest", need, account, performing, *self._dependencies(self._rows.get(need, ()), job, part))
        known = self._ways.get(key)
        if known is None:
            known = self._ways[key] = tuple(
                replace(
                    self._on_axes(one.way, part),
                    step=one.step,
                    performer=one.performer.name,
                    objection=one.objection,
                )
                for one in attempts(
                    self.topology, job, self._catalogues.get(need, self._empty), self._there(part), processing
                )
            )
        return known

    def performers(self, vm: Vm, processing: GuestProcessing) -> tuple[Node, ...]:
        """Who may act inside a guest, in order (`workflow.performers`)."""
        key = (processing.interaction_proxy, *(one.zone for one in addresses_of(vm)))
        known = self._performers.get(key)
        if known is None:
            known = self._performers[key] = performers(self.topology, vm, processing)
        return known

    def _dependencies(self, rows: tuple[Row, ...], job: Job, part: Part) -> tuple[Hashable, ...]:
        """What the ways of those rows could depend on."""
        parties = {party for row in rows for party in (row.source, row.destination)}
        facts = {fact for row in rows for fact in row.when}
        found: list[Hashable] = []
        if parties & _OF_THE_REPOSITORY or facts & _REPOSITORY_FACTS:
            found.append(job.repository)
        if parties & _TRIGGERS:
            found.append((job.trigger, job.trigger_from))
        if part.host is not None and (parties & _OF_THE_HOST or facts & _HOST_FACTS):
            found.append(part.host.node.name)
        if part.proxy is not None and (parties & _OF_THE_PROXY or When.APPLIANCE in facts):
            found.append(part.proxy.node.name)
        if part.vm is not None and Party.GUEST in parties:
            found.append((part.vm.os, self.estate.folding.mark(part.vm.name)))
        if part.vm is not None and Party.STORAGE in parties:
            disks = part.vm.disks if part.disk is None else (part.disk,)
            found.append(tuple(self.estate.array_of(disk) for disk in disks))
        if part.performer is not None and Party.GUEST_INTERACTION_PROXY in parties:
            found.append(part.performer.name)
        return tuple(found)

    def _cast(self, job: Job, part: Part) -> Cast:
        vm = self._there(part) if part.vm is not None else None
        proxy = part.proxy.node if part.proxy is not None else None
        return Cast(self.topology, job, vm=vm, disk=part.disk, proxy=proxy, performer=part.performer)

    @staticmethod
    def _there(part: Part) -> Vm:
        """The VM on the host that is cast."""
        if part.vm is None:
            raise ValueError("no VM is cast")
        if part.host is None or part.vm.host == part.host.node.name:
            return part.vm
        return part.vm.model_copy(update={"host": part.host.node.name})

    def _on_axes(self, way: Way, part: Part) -> WayOnAxes:
        legs = tuple(
            Leg(
                asked,
                self._axis(asked.row.source, asked.source.node, part),
                self._axis(asked.row.destination, asked.destination.node, part),
            )
            for asked in way.asked
        )
        return WayOnAxes(way.name, way.order, way.asked[0].row.steps[0], legs)

    def _axis(self, party: Party, name: str, part: Part) -> Axis | None:
        """The axis of one side of a connection: None where it means this machine and no other."""
        match party:
            case Party.PROXY | Party.APPLIANCE:
                proxy = part.proxy
                return Axis.PROXY if proxy is not None and proxy.folds and proxy.node.name == name else None
            case Party.ESXI_HOST:
                return Axis.HOST if part.host is not None and part.host.folds else None
            case Party.GUEST:
                return Axis.GUEST if part.vm is not None and self.estate.folding.mark(name) is None else None
            case _:
                return None


def guest_need(vm: Vm) -> Need:
    return Need.GUEST_WINDOWS if vm.os == "windows" else Need.GUEST_LINUX
