"""The resource scheduler: who gets a task slot on which proxy, and who waits.

One task is one VM disk (SEED, section 1, step 2). A task needs a slot on a proxy and one on the repository server.
Candidates are ordered by the best mode they have for the disk, then by load, then, in network mode, by being in the
zone of the VM's host, then by the file's order (best-practice guide, network mode and proxy server introduction).
Waiting tasks of a VM in work come before those of other VMs (best-practice guide).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property

from vbtui.topology import Disk, Job, Node, Topology, Vm, addresses_of
from vbtui.vocabulary import TransportMode
from vbtui.workflow.parties import Cast, proxies_of
from vbtui.workflow.simulation import World
from vbtui.workflow.transport import PREFERENCE, rank, traits


@dataclass
class Assignment:
    """One task while it runs: which proxy it got, how it went."""

    vm: Vm
    disk: Disk
    order: tuple[int, int]
    proxy: Node | None = None
    ended: bool = False

    @property
    def scope(self) -> str:
        return f"{self.vm.name}/{self.disk.name}"


@dataclass
class Scheduler:
    """Task slots of one job. Slots are counted per role: a server that is proxy and repository has both."""

    topology: Topology
    job: Job
    unavailable: set[str] = field(default_factory=set)
    """Proxies whose transport service could not be reached."""
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    freed: int = 0
    """How often slots were given back so far."""
    _ranked: dict[tuple[Hashable, bool], tuple[tuple[int, Node], ...]] = field(default_factory=dict, repr=False)
    """Candidates by the traits of a disk and failover: configuration alone decides about them."""

    @cached_property
    def _repository(self) -> Node:
        """Looked up once: whoever waits asks again whenever a slot is given back."""
        return Cast(self.topology, self.job).repository

    def limit(self, world: World, node: Node) -> int:
        return world.slots.get(node.name, node.task_slots)

    def candidates(self, vm: Vm, disk: Disk, *, failover: bool) -> tuple[Node, ...]:
        """Proxies that have a mode for the disk, best mode first, whatever their load."""
        return tuple(node for _, node in self._candidates(vm, disk, failover=failover))

    def _candidates(self, vm: Vm, disk: Disk, *, failover: bool) -> tuple[tuple[int, Node], ...]:
        """The candidates with the place of their mode in the order of preference."""
        key = (traits(self.topology, vm, disk), failover)
        if key not in self._ranked:
            ranked = [
                (place, node)
                for node in proxies_of(self.topology, self.job)
                if (place := rank(self.topology, vm, disk, node, failover=failover)) is not None
            ]
            self._ranked[key] = tuple(sorted(ranked, key=lambda pair: pair[0]))
        return self._ranked[key]

    def has_room(self, world: World) -> bool:
        """The repository server has a slot left: without one no task gets any, whatever the proxies have."""
        server = self._repository
        return self.used["repository", server.name] < self.limit(world, server)

    def take(self, world: World, task: Assignment) -> bool:
        """Give the task its slots if there are any; tells whether it has them now."""
        if task.proxy is not None:
            return True
        if not self.has_room(world):
            return False
        server = self._repository
        free = [
            (place, node)
            for place, node in self._candidates(task.vm, task.disk, failover=world.failover)
            if node.name not in self.unavailable and self.used["proxy", node.name] < self.limit(world, node)
        ]
        if not free:
            return False
        host_zones = {one.zone for one in addresses_of(self.topology.node(task.vm.host))}
        task.proxy = min(free, key=lambda pair: self._key(world, pair[0], pair[1], host_zones))[1]
        self.used["proxy", task.proxy.name] += 1
        self.used["repository", server.name] += 1
        return True

    def hopeless(self, world: World, task: Assignment) -> bool:
        """No proxy can ever take the task: there is none with a mode that is reachable."""
        candidates = self.candidates(task.vm, task.disk, failover=world.failover)
        return all(node.name in self.unavailable for node in candidates)

    def release(self, task: Assignment) -> None:
        """Give the task's slots back; a second call does nothing."""
        if task.proxy is not None and not task.ended:
            self.used["proxy", task.proxy.name] -= 1
            self.used["repository", self._repository.name] -= 1
            self.freed += 1
        task.ended = True

    def _key(self, world: World, place: int, node: Node, host_zones: set[str]) -> tuple[int, float, bool]:
        load = self.used["proxy", node.name] / self.limit(world, node) if self.limit(world, node) else 1.0
        if PREFERENCE[place] is not TransportMode.NBD:
            return (place, load, False)
        return (place, load, not host_zones & {one.zone for one in addresses_of(node)})
