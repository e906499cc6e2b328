"""Names of a topology's parts, and whether a reference to one of them resolves.

Decided here: what a reference to a part of each kind must find. In: a topology. Out: findings.
Never here: what the parts are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vbtui.topology.model import Firewall, Node, Topology, Vm
from vbtui.topology.problems import DataPath, Finding, ProblemCode
from vbtui.vocabulary import Role


class Names:
    """Every name of a topology by kind, first of two equal ones.

    `left_out` are names of parts that are in the file but malformed: any reference to them passes, because the fault is
    reported where it is. `lost` are sections of which nothing could be read: any reference to their parts passes.
    """

    def __init__(self, topology: Topology, left_out: frozenset[str], lost: frozenset[str] = frozenset()) -> None:
        self._left_out = left_out
        self._unknown = frozenset(kind for kind, sections in _SECTIONS.items() if lost & sections)
        self.zones = {zone.name: zone for zone in reversed(topology.zones)}
        self.datastores = {store.name: store for store in reversed(topology.datastores)}
        self.nodes: dict[str, Node] = {node.name: node for node in reversed(topology.nodes)}
        self.vms: dict[str, Vm] = {vm.name: vm for vm in reversed(topology.vms)}
        self.firewalls: dict[str, Firewall] = {firewall.name: firewall for firewall in reversed(topology.firewalls)}
        self.services = topology.services
        self.networks = topology.networks
        self._words: dict[str, tuple[str, ...]] = {
            kind: tuple(reversed(known))
            for kind, known in (
                ("zone", self.zones),
                ("datastore", self.datastores),
                ("node", self.nodes),
                ("vm", self.vms),
                ("machine", {**self.vms, **self.nodes}),
                ("firewall", self.firewalls),
            )
        }
        self._words["service"] = tuple(self.services)
        self._words["network"] = tuple(self.networks)
        self._fitting: dict[tuple[Role, ...], tuple[str, ...]] = {}
        self._members = {kind: frozenset(words) for kind, words in self._words.items()}

    def is_left_out(self, name: str) -> bool:
        return name in self._left_out

    def reference(self, kind: str, name: str | None, path: DataPath) -> Iterator[Finding]:
        """A finding unless `name` is a part of that kind. None is no reference."""
        if kind in self._unknown:
            return
        if name is not None and name not in self._members[kind] and name not in self._left_out:
            yield Finding(ProblemCode.UNKNOWN_REFERENCE, path, (("kind", kind), ("found", name)), self._words[kind])

    def node_with(self, roles: Sequence[Role], name: str | None, path: DataPath) -> Iterator[Finding]:
        """A finding unless `name` is a node with one of `roles`; None is no reference."""
        if name is None or name in self._left_out or "node" in self._unknown:
            return
        node = self.nodes.get(name)
        if node is None:
            params = (("kind", roles[0].value), ("found", name))
            yield Finding(ProblemCode.UNKNOWN_REFERENCE, path, params, self._with_role(roles))
        elif not set(roles) & set(node.roles):
            yield Finding(ProblemCode.WRONG_ROLE, path, (("found", name), ("expected", ", ".join(roles))))

    def _with_role(self, roles: Sequence[Role]) -> tuple[str, ...]:
        """Names of the nodes with one of `roles`, once per question: a file may have thousands of wrong references."""
        key = tuple(roles)
        if key not in self._fitting:
            names = self._words["node"]
            self._fitting[key] = tuple(name for name in names if set(roles) & set(self.nodes[name].roles))
        return self._fitting[key]

    def firewall_of_kind(self, kind: str, name: str | None, path: DataPath) -> Iterator[Finding]:
        """A finding unless `name` is a firewall of kind `network` or `host`; None is no reference."""
        if name is None or name in self._left_out or "firewall" in self._unknown:
            return
        firewall = self.firewalls.get(name)
        if firewall is None:
            words = tuple(other for other in self._words["firewall"] if self.firewalls[other].kind == kind)
            yield Finding(ProblemCode.UNKNOWN_REFERENCE, path, (("kind", "firewall"), ("found", name)), words)
        elif firewall.kind != kind:
            yield Finding(ProblemCode.WRONG_KIND, path, (("found", name), ("expected", kind)))


_SECTIONS: Final = {
    "zone": {"zones"},
    "datastore": {"datastores"},
    "node": {"nodes"},
    "vm": {"vms"},
    "machine": {"nodes", "vms"},
    "firewall": {"firewalls"},
    "service": {"services"},
    "network": {"networks"},
}
"""Where the parts of each kind stand in a file."""


def unique_names(kind: str, named: Iterable[tuple[str, DataPath]]) -> Iterator[Finding]:
    """A finding for every name that an earlier part has. The paths are those of the parts; `name` is added."""
    first: dict[str, DataPath] = {}
    for name, path in named:
        where = (*path, "name")
        if first.setdefault(name, where) != where:
            yield Finding(ProblemCode.DUPLICATE_NAME, where, (("kind", kind), ("found", name)), first=first[name])


def unique_entries(entries: Iterable[tuple[str, DataPath]]) -> Iterator[Finding]:
    """A finding for every entry of a list that an earlier entry equals."""
    first: dict[str, DataPath] = {}
    for entry, path in entries:
        if first.setdefault(entry, path) != path:
            yield Finding(ProblemCode.DUPLICATE_ENTRY, path, (("found", entry),), first=first[entry])
