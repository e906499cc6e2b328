"""What of a large topology a picture shows at a time: the machines that take part, and how many others there are.

Decided here: from which size on a topology is cut, and what is kept of it. Roles that few machines have are always
kept, so that most of the picture stands still while the walk goes on; of the others only what an event and the VM
that is looked at need. In: a topology and its trace, once; then names. Out: `Cutout`s, equal for equal machines.
Never here: places, characters, text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vbtui.drawing import Folded, drawn_role
from vbtui.topology import Topology
from vbtui.trace import Trace
from vbtui.vocabulary import Role

MOST: Final = 150
"""Nodes, VMs and datastores together that are placed all at once; more nobody finds anything in."""

KEPT: Final = 8
"""Cutouts that are remembered: those of the events before and behind, and what a person has just looked at."""

FEW: Final = 3
"""A role that at most so many machines are drawn for is always shown whole."""


@dataclass(frozen=True, slots=True)
class Cutout:
    """A part of a topology, and what was left out of it."""

    names: frozenset[str]
    """Nodes, VMs and datastores that are shown."""
    shown: Topology
    folded: Folded


class Cutouts:
    """The cutouts of one walk."""

    def __init__(self, topology: Topology, trace: Trace) -> None:
        self._topology = topology
        self._roles = {node.name: drawn_role(node) for node in topology.nodes}
        counts = Counter(self._roles.values())
        self._always = frozenset(name for name, role in self._roles.items() if counts[role] <= FEW)
        self._repository = frozenset(self._chain(topology.job(trace.job).repository))
        self._proxies: dict[str, set[str]] = {}
        for task in trace.tasks:
            if task.proxy is not None:
                self._proxies.setdefault(task.vm, set()).add(task.proxy)
        self._kept = lru_cache(KEPT)(self._cut)

    def _chain(self, repository: str) -> Iterable[str]:
        """The repository with its gateway and its share."""
        node = self._topology.node(repository)
        return (name for name in (repository, node.gateway, node.share) if name is not None)

    @property
    def needed(self) -> bool:
        """The topology is too large to be shown whole."""
        return len(self._topology.nodes) + len(self._topology.vms) + len(self._topology.datastores) > MOST

    def at(self, acting: Iterable[str], vms: Iterable[str]) -> Cutout:
        """What is shown where `acting` take part and `vms` are looked at, each with all that its backup needs."""
        names = {*self._always, *self._repository, *acting}
        for vm in map(self._topology.vm, vms):
            names |= {vm.name, *self._proxies.get(vm.name, ()), *(disk.datastore for disk in vm.disks)}
        guests = [vm for vm in self._topology.vms if vm.name in names]
        names |= {vm.host for vm in guests}
        return self._kept(frozenset(names))

    def _cut(self, names: frozenset[str]) -> Cutout:
        whole = self._topology
        nodes = tuple(node for node in whole.nodes if node.name in names)
        vms = tuple(vm for vm in whole.vms if vm.name in names)
        stores = tuple(store for store in whole.datastores if store.name in names)
        roles = Counter[Role](role for name, role in self._roles.items() if name not in names)
        guests = Counter[str](vm.host for vm in whole.vms if vm.host in names and vm.name not in names)
        return Cutout(
            names,
            whole.model_copy(update={"nodes": nodes, "vms": vms, "datastores": stores}),
            Folded(dict(roles), len(whole.datastores) - len(stores), dict(guests)),
        )
