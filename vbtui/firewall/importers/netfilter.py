"""The packet filter of a Linux machine as a firewall of the topology.

Decided here: which chains belong to a network firewall and which to a host firewall, what the default is, and what is
said of an address family that the file does not decide about: its flows are unknown wherever the topology has that
family, and where the default would otherwise allow them.
In: base chains and chains, whichever program wrote them. Out: `ImportedRules`.
Never here: the syntax of a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from vbtui.firewall.importers.chains import BaseChain, Chain, Doubt, Packet
from vbtui.firewall.importers.imported import (
    Hook,
    ImportedRules,
    Note,
    NoteCode,
    OpaqueReason,
    OpaqueRule,
    RulesFormat,
    SkippedRule,
)
from vbtui.firewall.importers.problems import RulesProblemCode, refused
from vbtui.firewall.importers.replies import with_replies
from vbtui.firewall.importers.space import Box
from vbtui.firewall.importers.walk import MOST_WORK, Entry, TooComplexError, Walked, Work, walk
from vbtui.firewall.importers.writing import FAMILY_NAMES, Groups, Names, clean
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import HostDefault, Node, Rule, Topology, Vm, addresses_of
from vbtui.vocabulary import Action

MOST_RULES: Final = 20_000

Interfaces = Mapping[str, tuple[str, ...]]
"""Zones behind each interface, by its name."""

_OTHER: Final = {"input": "output", "output": "input", "forward": "forward"}
"""The hook that the replies to what a hook lets through come by."""


@dataclass(frozen=True, slots=True)
class PacketFilter:
    """All that a file says of one machine."""

    file: str
    format: RulesFormat
    bases: Sequence[BaseChain]
    chains: Mapping[tuple[str, str, str], Chain]
    sets: Mapping[str, AddressSet] = field(default_factory=dict)
    """Named sets, for the names of address groups."""
    notes: tuple[Note, ...] = ()


def imported(source: PacketFilter, hook: Hook, topology: Topology | None) -> ImportedRules:
    """Raises RulesFileError."""
    hooks = ("forward",) if hook is Hook.FORWARD else ("input", "output")
    if all(base.hook not in hooks for base in source.bases):
        known = ", ".join(sorted({base.hook for base in source.bases})) or "-"
        raise refused(source.file, None, RulesProblemCode.NO_CHAIN, hook=" ".join(hooks), known=known)
    work = Work()
    try:
        firsts = {one: _walk(source, one, Packet.FIRST, work) for one in hooks}
        replies = {one: _walk(source, one, Packet.REPLY, work) for one in hooks}
        stateful, judged = with_replies([(firsts[one], replies[_OTHER[one]]) for one in hooks], work)
    except (TooComplexError, RecursionError):
        raise refused(source.file, None, RulesProblemCode.TOO_COMPLEX, limit=MOST_WORK) from None
    writer = _Writer(source, topology)
    defaults = [
        writer.write(one, walked, "both" if hook is Hook.FORWARD else "inbound" if one == "input" else "outbound")
        for one, walked in zip(hooks, judged, strict=True)
    ]
    if len(writer.rules) > MOST_RULES:
        raise refused(source.file, None, RulesProblemCode.TOO_MANY_RULES, limit=MOST_RULES)
    notes = [*source.notes, *writer.notes]
    if not stateful:
        notes.append(Note(NoteCode.STATELESS))
    return ImportedRules(
        format=source.format,
        kind="network" if hook is Hook.FORWARD else "host",
        rules=tuple(writer.rules),
        networks=writer.groups.networks,
        evaluation="first-match",
        stateful=stateful,
        default=defaults[0] if len(defaults) == 1 else HostDefault(inbound=defaults[0], outbound=defaults[1]),
        read=len({rule.place for walked in judged for rule in walked.seen}),
        opaque=writer.opaque,
        skipped=_skipped(judged),
        notes=tuple(notes),
    )


def _walk(source: PacketFilter, hook: str, packet: Packet, work: Work) -> Walked:
    return walk([base for base in source.bases if base.hook == hook], source.chains, packet, work)


def _skipped(walks: Sequence[Walked]) -> tuple[SkippedRule, ...]:
    """Rules that came to nothing on every hook."""
    used = {rule.place for walked in walks for rule in walked.seen if rule.place not in walked.left_out}
    found: dict[str, SkippedRule] = {}
    for walked in walks:
        for rule in walked.seen:
            reason = walked.left_out.get(rule.place)
            if reason is not None and rule.place not in used:
                found.setdefault(rule.place, SkippedRule(rule.place, clean(rule.words), reason))
    return tuple(found.values())


class _Writer:
    def __init__(self, source: PacketFilter, topology: Topology | None) -> None:
        self._source = source
        self._names = Names()
        self._needed = _versions(topology) if topology is not None else None
        self._opaque: dict[str, OpaqueRule] = {}
        self.groups = Groups(topology)
        for name, addresses in source.sets.items():
            self.groups.know(name, addresses)
        self.rules: list[Rule] = []
        self.notes: list[Note] = []

    @property
    def opaque(self) -> tuple[OpaqueRule, ...]:
        return tuple(self._opaque.values())

    def write(self, hook: str, walked: Walked, direction: Literal["both", "inbound", "outbound"]) -> Action:
        """Add the rules of one hook. Gives its default."""
        for entry in walked.entries:
            self._add(entry, hook, direction)
        versions = {version for base in self._source.bases if base.hook == hook for version in base.versions}
        decided = [Box.of_family(version) for version in versions]
        rest = [entry for entry in walked.rest if any(not (entry.box & box).empty for box in decided)]
        actions = {entry.action for entry in rest}
        default = actions.pop() if len(actions) == 1 and Action.UNKNOWN not in actions else Action.DENY
        for entry in rest:
            if entry.action is not default:
                self._add(entry, hook, direction)
        for version in sorted({4, 6} - versions):
            self._undecided(version, hook, direction, default)
        return default

    def _undecided(
        self, version: int, hook: str, direction: Literal["both", "inbound", "outbound"], default: Action
    ) -> None:
        name = FAMILY_NAMES[version]
        note = Note(NoteCode.ONE_FAMILY, (("missing", name),))
        if note not in self.notes:
            self.notes.append(note)
        if version in self._needed if self._needed is not None else default is not Action.DENY:
            doubt = Doubt(OpaqueReason.FAMILY, name)
            self._add(Entry(Box.of_family(version), Action.UNKNOWN, None, doubt), hook, direction)

    def _add(self, entry: Entry, hook: str, direction: Literal["both", "inbound", "outbound"]) -> None:
        box = entry.box.in_family
        if box.empty:
            return
        rule = entry.rule
        family = entry.doubt is not None and entry.doubt.reason is OpaqueReason.FAMILY
        fallback = (
            rule.name if rule is not None else f"{hook}-{entry.doubt.detail if family and entry.doubt else 'policy'}"
        )
        comment = clean(rule.comment) if rule is not None else ""
        name = self._names.fresh(comment, fallback)
        place = rule.place if rule is not None else f"{self._source.file}:{fallback}"
        opaque = entry.action is Action.UNKNOWN
        words = clean(rule.words) if rule is not None and opaque else ""
        self.rules.append(
            Rule(
                name=name,
                source=self.groups.selectors(box.source, f"{name}-source"),
                destination=self.groups.selectors(box.destination, f"{name}-destination"),
                services=box.services,
                action=entry.action,
                direction=direction,
                comment=comment,
                origin=clean(place),
                raw=words,
            )
        )
        if opaque and entry.doubt is not None:
            before = self._opaque.get(place)
            names = (*before.rules, name) if before is not None else (name,)
            self._opaque[place] = OpaqueRule(place, words, entry.doubt.reason, clean(entry.doubt.detail, 120), names)


def _versions(topology: Topology) -> frozenset[int]:
    """The IP versions that the machines of a topology use."""
    machines: tuple[Node | Vm, ...] = (*topology.nodes, *topology.vms)
    return frozenset(entry.address.version for machine in machines for entry in addresses_of(machine))
