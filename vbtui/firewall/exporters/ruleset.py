"""The rules of one firewall in the order in which a device has to ask them: what every exporter writes down.

Decided here: the order that makes "the first match decides" say what the firewall's evaluation says, and which rules
are not written (disabled ones, refusals of an allow-list, rules that match no address, opaque ones on demand).
In: a topology and one of its firewalls. Out: a `Ruleset`, or `RuleNotExportableError`.
Never here: the syntax of any device.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vbtui.firewall.rules import CompiledFirewall, CompiledRule, Direction, compile_firewall
from vbtui.topology import Topology
from vbtui.vocabulary import Action, Protocol

PortRange = tuple[int, int]
"""First and last port, both included."""

ALL_PORTS: Final[tuple[PortRange, ...]] = ((1, 65535),)


class Obstacle(StrEnum):
    """Why a firewall cannot be written in a format. `rules` of the error names the rules concerned."""

    OPAQUE = "opaque"
    """Nobody knows what these rules do."""
    UNKNOWN_DEFAULT = "unknown_default"
    NOT_A_HOST = "not_a_host"
    """The format is for host firewalls; this one stands in a network."""
    NOT_A_NETWORK = "not_a_network"
    """The format is for network firewalls; this one stands on a host."""
    ORDER_MATTERS = "order_matters"
    """The first rule allows what the second refuses; where refusals win, the first would mean nothing."""
    BLOCKS_EVERYTHING = "blocks_everything"
    """Where blocks win, nothing would pass beside these rules."""
    STATELESS = "stateless"
    """The device always remembers connections, which the firewall does not."""
    STATEFUL = "stateful"
    """The device forgets connections at once; the firewall implies their replies."""
    IPV6 = "ipv6"
    """The format has no words for the IPv6 addresses of these rules."""
    NOT_PRINTABLE = "not_printable"
    """A text of these rules holds a control character."""


class RuleNotExportableError(ValueError):
    """The firewall says something that the format cannot say, or that nobody knows."""

    def __init__(self, firewall: str, obstacle: Obstacle, rules: Sequence[CompiledRule] = ()) -> None:
        super().__init__(firewall, obstacle, tuple(rule.name for rule in rules))
        self.firewall = firewall
        self.obstacle = obstacle
        self.rules = tuple((rule.number, rule.name) for rule in rules)
        """Number and name of each, in the file's order."""


class Omission(StrEnum):
    """Why a rule is not written."""

    DISABLED = "disabled"
    NOT_COUNTED = "not_counted"
    """A refusal in an allow-list."""
    MATCHES_NOTHING = "matches_nothing"
    """Its two sides have no family of addresses in common."""
    AS_DEFAULT = "as_default"
    """Refuses, as the last of all, what the default refuses anyway."""
    OPAQUE = "opaque"
    """Skipped because the user asked for it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What the file says about a rule, for whoever reads the export."""

    owner: str = ""
    ticket: str = ""
    expires: str = ""
    """A date, `2027-01-31`."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule that is written."""

    rule: CompiledRule
    remark: Remark

    @property
    def title(self) -> str:
        """Number, name and what is known of it, the most important first: a comment may be cut."""
        parts = (f"#{self.rule.number}", self.rule.name, self.remark.ticket, self.remark.owner, self.remark.expires)
        words = " ".join(part for part in parts if part)
        return f"{words}: {self.remark.comment}" if self.remark.comment else words

    def ports(self) -> Mapping[Protocol, tuple[PortRange, ...]]:
        """Destination ports for each protocol that the rule speaks of, ascending, joined where they touch."""
        found: dict[Protocol, list[PortRange]] = {}
        for service in sorted(self.rule.services):
            ranges = found.setdefault(service.protocol, [])
            if ranges and service.low <= ranges[-1][1] + 1:
                ranges[-1] = (ranges[-1][0], max(ranges[-1][1], service.high))
            else:
                ranges.append((service.low, service.high))
        return {protocol: tuple(ranges) for protocol, ranges in found.items()}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule that is not written, and why."""

    entry: Entry
    why: Omission

    def __str__(self) -> str:
        """For a comment in the export, the reason as its code: `#3 old-console: disabled`."""
        return f"#{self.entry.rule.number} {self.entry.rule.name}: {self.why}"


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One firewall, ready to be written: ask the entries in order, the first that matches decides, then the default."""

    firewall: CompiledFirewall
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]
    siblings: tuple[str, ...]
    """Names of all firewalls of the file, this one included: identifiers of two exports must differ."""

    def towards(self, direction: Direction) -> tuple[Entry, ...]:
        """The entries that hold in one direction of a host firewall; all of them for a network firewall."""
        if self.firewall.kind == "network":
            return self.entries
        return tuple(entry for entry in self.entries if entry.rule.direction in ("both", direction))

    def identifier(self, *, longest: int) -> str:
        """The firewall's name as a word of letters, digits and underscores, another for every firewall of the file."""
        return identifiers(self.siblings, longest=longest)[self.firewall.name]


def ruleset(topology: Topology, firewall: str, *, skip_opaque: bool = False) -> Ruleset:
    """The rules of that firewall.

    Raises KeyError for an unknown firewall, UnknownServiceError, and RuleNotExportableError for opaque rules unless
    they are to be skipped, and for a default that nobody knows.
    """
    written = topology.firewall(firewall)
    compiled = compile_firewall(topology, written)
    if Action.UNKNOWN in (compiled.inbound, compiled.outbound):
        raise RuleNotExportableError(firewall, Obstacle.UNKNOWN_DEFAULT)
    opaque = [rule for rule in compiled.rules if rule.enabled and rule.action is Action.UNKNOWN]
    if opaque and not skip_opaque:
        raise RuleNotExportableError(firewall, Obstacle.OPAQUE, opaque)
    entries: list[Entry] = []
    left_out: list[LeftOut] = []
    for rule, original in zip(compiled.rules, written.rules, strict=True):
        expires = "" if original.expires is None else original.expires.isoformat()
        entry = Entry(rule, Remark(original.owner, original.ticket, expires, original.comment))
        if (why := _omission(compiled, rule)) is not None:
            left_out.append(LeftOut(entry, why))
        else:
            entries.append(entry)
    if compiled.evaluation == "deny-overrides":
        # A refusal wins wherever it stands, and among refusals the first: so they are simply asked first.
        entries.sort(key=lambda entry: entry.rule.action is Action.ALLOW)
    return Ruleset(compiled, tuple(entries), tuple(left_out), tuple(one.name for one in topology.firewalls))


def _omission(firewall: CompiledFirewall, rule: CompiledRule) -> Omission | None:
    if not rule.enabled:
        return Omission.DISABLED
    if rule.action is Action.UNKNOWN:
        return Omission.OPAQUE
    if firewall.evaluation == "allow-list" and rule.action is not Action.ALLOW:
        return Omission.NOT_COUNTED
    return None if matches_something(rule) else Omission.MATCHES_NOTHING


def matches_something(rule: CompiledRule) -> bool:
    """Whether the two sides have addresses of one family."""
    source, destination = rule.source, rule.destination
    return bool((source.v4 and destination.v4) or (source.v6 and destination.v6))


def identifiers(names: Iterable[str], *, longest: int) -> dict[str, str]:
    """For every name a word of at most `longest` letters, digits and underscores, no two alike, whatever their case."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        word = re.sub(r"[^A-Za-z0-9_]", "_", name)
        unique, number = word[:longest], 1
        while unique.lower() in taken:
            number += 1
            ending = f"_{number}"
            unique = word[: longest - len(ending)] + ending
        taken.add(unique.lower())
        found[name] = unique
    return found


def one_line(text: str) -> str:
    """Text that cannot leave its line: whatever a terminal or a parser may take for a control is a question mark."""
    return "".join(char if char.isprintable() else "?" for char in text)


def within(text: str, most: int) -> str:
    """Text cut to `most` bytes of UTF-8, never inside a character."""
    return text.encode()[:most].decode(errors="ignore")
