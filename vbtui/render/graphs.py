"""A topology as a diagram that stays readable: machines grouped by zone and role, connections between groups.

Decided here: what is a box and what an arrow of each of the three pictures, and where it ends. A company of 10,000 VMs
has a box for its VMs in each zone. Arrows between the same boxes with the same answer are one; beyond `MOST_EDGES` of
them the rest is left out, blocked ones last, and a box says how many.
In: a topology, reports of a check. Out: a `Diagram` of plain text, for `graph_formats` to write. An answer is told by a
word and the kind of line as well as by colour.
Never here: positions, escaping, files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from vbtui.firewall import Verdict
from vbtui.i18n import N_, Translator
from vbtui.planning import CheckReport
from vbtui.render.names import first_names, names_text
from vbtui.render.words import ROLES
from vbtui.topology import HostDefault, Node, Topology, Vm, addresses_of
from vbtui.vocabulary import Action, Role, Service

MOST_EDGES: Final = 200
"""Arrows of a picture: the most that a person can follow, and below the limits of the programs that draw."""


class BoxKind(StrEnum):
    ZONE = "zone"
    FIREWALL = "firewall"
    MACHINES = "machines"
    NOTE = "note"


class Answer(StrEnum):
    """What the firewalls say to all services of an arrow."""

    ALLOWED = "allowed"
    PARTLY = "partly"
    """Some ports of a range pass."""
    UNKNOWN = "unknown"
    BLOCKED = "blocked"


ANSWERS: Final = {
    Answer.ALLOWED: N_("✔ allowed"),
    Answer.PARTLY: N_("◐ partly allowed"),
    Answer.UNKNOWN: N_("? not known"),
    Answer.BLOCKED: N_("✖ blocked"),
}


@dataclass(frozen=True, slots=True)
class GraphBox:
    key: str
    """`b1`, `b2` ...: the same for the same topology, and safe in every format."""
    kind: BoxKind
    lines: tuple[str, ...]
    """Text, the first line its name."""


@dataclass(frozen=True, slots=True)
class GraphArrow:
    source: str
    target: str
    text: str
    answer: Answer | None = None
    """None for what is no connection: a line without a head."""


@dataclass(frozen=True, slots=True)
class Diagram:
    name: str
    boxes: tuple[GraphBox, ...]
    arrows: tuple[GraphArrow, ...]
    left_out: int = 0
    """Arrows that are not in it."""


def zones_diagram(translator: Translator, topology: Topology) -> Diagram:
    """Zones and the network firewalls between them."""
    boxes = _Boxes(translator, topology)
    for zone in topology.zones:
        boxes.zone(zone.name)
    arrows = [GraphArrow(boxes.zone(zone), box, "") for zone, box in _joints(boxes, topology)]
    return _diagram(translator, topology, boxes, arrows)


def topology_diagram(translator: Translator, topology: Topology) -> Diagram:
    """Zones, firewalls, and the machines of each zone by their roles, with what guards, runs and manages them."""
    boxes = _Boxes(translator, topology)
    machines: list[Node | Vm] = [*topology.nodes, *topology.vms]
    lines: dict[tuple[str, str, str], int] = {}

    def join(ours: str, theirs: str, text: str) -> None:
        if ours != theirs:
            lines[ours, theirs, text] = lines.get((ours, theirs, text), 0) + 1

    for zone in topology.zones:
        boxes.zone(zone.name)
    for zone_name, firewall_box in _joints(boxes, topology):
        join(boxes.zone(zone_name), firewall_box, "")
    for machine in machines:
        for zone_name in dict.fromkeys(entry.zone for entry in addresses_of(machine)):
            join(boxes.zone(zone_name), boxes.machine(machine.name), "")
        if machine.firewall is not None:
            join(boxes.firewall(machine.firewall), boxes.machine(machine.name), translator(N_("guards")))
        if machine.host is not None:
            join(boxes.machine(machine.host), boxes.machine(machine.name), translator(N_("runs")))
    for node in topology.nodes:
        if node.managed_by is not None:
            join(boxes.machine(node.managed_by), boxes.machine(node.name), translator(N_("manages")))
    return _diagram(translator, topology, boxes, [GraphArrow(*line) for line in lines])


def connections_diagram(translator: Translator, topology: Topology, reports: Iterable[CheckReport]) -> Diagram:
    """What the jobs need between groups of machines, and what the firewalls say to it."""
    boxes = _Boxes(translator, topology)
    found: dict[tuple[str, str, Answer], dict[Service, None]] = {}
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(names: tuple[str, ...]) -> tuple[str, ...]:
        if names not in groups:
            groups[names] = tuple(dict.fromkeys(boxes.machine(name) for name in names))
        return groups[names]

    for report in reports:
        for one in report.connections:
            if one.sources == one.destinations and len(one.sources) == 1:
                continue  # inside one machine
            for source in of(one.sources):
                for target in of(one.destinations):
                    found.setdefault((source, target, _answer(one.verdict)), {})[one.asked.service] = None
    arrows = [
        GraphArrow(source, target, f"{translator(ANSWERS[answer])}: {_services(translator, services)}", answer)
        for (source, target, answer), services in found.items()
    ]
    return _diagram(translator, topology, boxes, arrows)


def _answer(verdict: Verdict) -> Answer:
    if verdict.allowed:
        return Answer.ALLOWED
    if verdict.partial:
        return Answer.PARTLY
    return Answer.UNKNOWN if verdict.action is Action.UNKNOWN else Answer.BLOCKED


def _services(translator: Translator, services: Iterable[Service]) -> str:
    return first_names(translator, [str(one) for one in sorted(services)])


def _joints(boxes: _Boxes, topology: Topology) -> list[tuple[str, str]]:
    """Zones with the boxes of the network firewalls at them, in the file's order."""
    return [
        (zone, boxes.firewall(firewall.name))
        for firewall in topology.firewalls
        if firewall.kind == "network"
        for zone in firewall.connects
    ]


def _diagram(translator: Translator, topology: Topology, boxes: _Boxes, arrows: Sequence[GraphArrow]) -> Diagram:
    left_out = max(len(arrows) - MOST_EDGES, 0)
    if not left_out:
        return Diagram(topology.name, boxes.all(), tuple(arrows))
    worst_first = list(Answer)[::-1]
    kept = sorted(arrows, key=lambda arrow: worst_first.index(arrow.answer) if arrow.answer else 0)[:MOST_EDGES]
    text = translator(N_("{count} more connections are left out: more than a picture can show"))
    boxes.note(text.format(count=translator.number(left_out)))
    return Diagram(topology.name, boxes.all(), tuple(kept), left_out)


@dataclass(slots=True)
class _Group:
    title: str
    zone: str
    names: list[str] = field(default_factory=list)


class _Boxes:
    """The boxes of one picture, each made when it is first asked for."""

    def __init__(self, translator: Translator, topology: Topology) -> None:
        self._say = translator
        self._topology = topology
        self._group_of: dict[str, tuple[str, tuple[Role, ...]]] = {}
        self._groups: dict[tuple[str, tuple[Role, ...]], _Group] = {}
        self._keys: dict[tuple[BoxKind, object], str] = {}
        self._notes: list[str] = []
        machines: list[Node | Vm] = [*topology.nodes, *topology.vms]
        self._in_zone: dict[str, int] = {}
        for machine in machines:
            if machine.name in self._group_of:
                continue  # a VM of a node's name is that node
            roles = machine.roles if isinstance(machine, Node) else (Role.GUEST,)
            zone = next((entry.zone for entry in addresses_of(machine)), "")
            title = ", ".join(translator(ROLES[role]) for role in roles)
            self._group_of[machine.name] = (zone, roles)
            self._groups.setdefault((zone, roles), _Group(title, zone)).names.append(machine.name)
            self._in_zone[zone] = self._in_zone.get(zone, 0) + 1

    def zone(self, name: str) -> str:
        return self._key(BoxKind.ZONE, name)

    def firewall(self, name: str) -> str:
        return self._key(BoxKind.FIREWALL, name)

    def machine(self, name: str) -> str:
        """The box of the machine's group."""
        return self._key(BoxKind.MACHINES, self._group_of[name])

    def note(self, text: str) -> str:
        self._notes.append(text)
        return self._key(BoxKind.NOTE, len(self._notes) - 1)

    def _key(self, kind: BoxKind, what: object) -> str:
        return self._keys.setdefault((kind, what), f"b{len(self._keys) + 1}")

    def all(self) -> tuple[GraphBox, ...]:
        return tuple(GraphBox(key, kind, self._lines(kind, what)) for (kind, what), key in self._keys.items())

    def _lines(self, kind: BoxKind, what: object) -> tuple[str, ...]:
        say = self._say
        if kind is BoxKind.NOTE:
            assert isinstance(what, int)
            return (self._notes[what],)
        if kind is BoxKind.MACHINES:
            group = next(group for key, group in self._groups.items() if key == what)
            count = f"{say.number(len(group.names))} × " if len(group.names) > 1 else ""
            zone = (say(N_("zone {zone}")).format(zone=group.zone),) if group.zone else ()
            return (f"{count}{group.title}", names_text(say, group.names), *zone)
        name = str(what)
        if kind is BoxKind.ZONE:
            return (say(N_("zone {zone}")).format(zone=name), self._machines_text(self._in_zone.get(name, 0)))
        firewall = self._topology.firewall(name)
        default = firewall.default.inbound if isinstance(firewall.default, HostDefault) else firewall.default
        rules = say.plural("{count} rule", "{count} rules", len(firewall.rules)).format(
            count=say.number(len(firewall.rules))
        )
        how = say(N_("{evaluation}, by default {action}")).format(evaluation=firewall.evaluation, action=default)
        return (say(N_("firewall {name}")).format(name=name), rules, how)

    def _machines_text(self, count: int) -> str:
        return self._say.plural("{count} machine", "{count} machines", count).format(count=self._say.number(count))
