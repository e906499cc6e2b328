"""A host firewall as a PowerShell script for the Windows firewall.

Decided here: which firewalls Windows can say, and how entries become `New-NetFirewallRule`. In: a `Ruleset`. Out: text.

* Windows has no order: a block wins over an allow ([MS-FASP] 2.2.34). A firewall whose refusals win and one that only
  allows are said as they are. One with first match is said where the order makes no difference: refusals at its end
  that say what the default says anyway are left to the default, and no other refusal may overlap an allow before it.
  Everything else is refused with the two rules that stand in the way.
* Windows remembers connections, always: a stateless firewall cannot be said.
* Windows blocks in silence; `reject` becomes Block.
* No rule ever blocks everything: it would win over every allow, so a file that says so is refused. The default is the
  profile's own setting, written as a comment for whoever wants it.
* The script is ASCII, whatever names and comments hold: Windows PowerShell reads a file without a byte order mark in
  the machine's own code page, in which bytes of a letter can become a quotation mark.

Not run on Windows here: what is written rests on the published documentation of the cmdlets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from vbtui.firewall.exporters.addresses import blocks
from vbtui.firewall.exporters.ruleset import (
    ALL_PORTS,
    Entry,
    LeftOut,
    Obstacle,
    Omission,
    PortRange,
    RuleNotExportableError,
    Ruleset,
)
from vbtui.firewall.rules import CompiledFirewall, CompiledRule, Direction
from vbtui.firewall.selectors import EVERYWHERE, AddressSet
from vbtui.vocabulary import Action

GROUP: Final = "vbtui"
"""All rules carry it, so that they can be found and removed together."""

_LONGEST_NAME: Final = 60

_DIRECTIONS: Final[tuple[Direction, ...]] = ("inbound", "outbound")

_IN_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def powershell(ruleset: Ruleset, *, heading: Sequence[str] = ()) -> str:
    """The script. `heading` are lines of comment at its top, the last of them about the two commands that follow.

    Those are comments too: how to remove the rules, and how to set the default. Raises RuleNotExportableError.
    """
    entries, to_default = _unordered(ruleset)
    firewall = ruleset.firewall
    inbound, outbound = (_action(action) for action in (firewall.inbound, firewall.outbound))
    lines = [f"# {_comment(line)}" for line in heading]
    lines.append(f"# Remove-NetFirewallRule -Group {literal(GROUP)}")
    lines.append(f"# Set-NetFirewallProfile -All -DefaultInboundAction {inbound} -DefaultOutboundAction {outbound}")
    lines.append("")
    for entry in entries:
        lines += _rules(ruleset, entry)
    lines += [f"# {left_out}" for left_out in (*ruleset.left_out, *to_default)]
    return "\n".join([*lines, ""])


def _unordered(ruleset: Ruleset) -> tuple[list[Entry], list[LeftOut]]:
    """The entries that mean the same in any order, and those that the default stands for."""
    firewall = ruleset.firewall
    if firewall.kind != "host":
        raise RuleNotExportableError(firewall.name, Obstacle.NOT_A_HOST)
    if not firewall.stateful:
        raise RuleNotExportableError(firewall.name, Obstacle.STATELESS)
    entries = list(ruleset.entries)
    to_default: list[LeftOut] = []
    if firewall.evaluation == "first-match":
        while entries and _as_default(firewall, entries[-1].rule):
            to_default.insert(0, LeftOut(entries.pop(), Omission.AS_DEFAULT))
        for place, entry in enumerate(entries):
            for later in entries[place + 1 :] if entry.rule.action is Action.ALLOW else ():
                if later.rule.action is not Action.ALLOW and _overlap(entry.rule, later.rule):
                    raise RuleNotExportableError(firewall.name, Obstacle.ORDER_MATTERS, (entry.rule, later.rule))
    blocking = [entry.rule for entry in entries if entry.rule.action is not Action.ALLOW and _catches_all(entry)]
    if blocking:
        raise RuleNotExportableError(firewall.name, Obstacle.BLOCKS_EVERYTHING, blocking)
    return entries, to_default


def _as_default(firewall: CompiledFirewall, rule: CompiledRule) -> bool:
    """Whether a rule at the end refuses what the default refuses anyway."""
    held = [direction for direction in _DIRECTIONS if rule.direction in ("both", direction)]
    return rule.action is not Action.ALLOW and all(
        firewall.default(direction) is not Action.ALLOW for direction in held
    )


def _catches_all(entry: Entry) -> bool:
    everywhere = entry.rule.source == entry.rule.destination == EVERYWHERE
    return everywhere and any(ports == ALL_PORTS for ports in entry.ports().values())


def _overlap(one: CompiledRule, other: CompiledRule) -> bool:
    """Whether some packet matches both rules."""
    source, destination = one.source & other.source, one.destination & other.destination
    return (
        ("both" in (one.direction, other.direction) or one.direction == other.direction)
        and bool((source.v4 and destination.v4) or (source.v6 and destination.v6))
        and any(
            ours.protocol is theirs.protocol and ours.low <= theirs.high and theirs.low <= ours.high
            for ours in one.services
            for theirs in other.services
        )
    )


def _rules(ruleset: Ruleset, entry: Entry) -> Iterator[str]:
    """One call for each direction and protocol of a rule."""
    name = ruleset.identifier(longest=_LONGEST_NAME)
    for direction in _DIRECTIONS:
        if entry.rule.direction not in ("both", direction):
            continue
        for protocol, ports in entry.ports().items():
            full = f"vb_{name}_{entry.rule.number}_{entry.rule.name}_{direction[:-5]}_{protocol}"
            words = [
                *("New-NetFirewallRule", "-Name", literal(full)),
                *("-DisplayName", literal(f"{entry.rule.name} (#{entry.rule.number})"), "-Group", literal(GROUP)),
                *("-Description", _described(ruleset, entry)),
                *("-Direction", direction.capitalize(), "-Action", _action(entry.rule.action)),
                *("-Protocol", protocol.upper()),
                *_sides(entry, direction),
            ]
            if ports != ALL_PORTS:
                side = "-LocalPort" if direction == "inbound" else "-RemotePort"
                words += [side, ",".join(literal(_port_text(one)) for one in ports)]
            yield " ".join(words)


def _sides(entry: Entry, direction: Direction) -> Iterator[str]:
    ours, theirs = entry.rule.destination, entry.rule.source
    if direction == "outbound":
        ours, theirs = theirs, ours
    for option, addresses in (("-LocalAddress", ours), ("-RemoteAddress", theirs)):
        if addresses != EVERYWHERE:
            yield option
            yield ",".join(map(literal, _addresses(addresses)))


def _addresses(addresses: AddressSet) -> Iterator[str]:
    for block in (*blocks(4, addresses.v4), *blocks(6, addresses.v6)):
        yield from block.halves()


def _action(action: Action) -> str:
    return "Allow" if action is Action.ALLOW else "Block"


def _port_text(ports: PortRange) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _described(ruleset: Ruleset, entry: Entry) -> str:
    if not entry.title.isprintable():
        raise RuleNotExportableError(ruleset.firewall.name, Obstacle.NOT_PRINTABLE, (entry.rule,))
    return literal(entry.title)


def literal(text: str) -> str:
    """Text as a PowerShell expression of ASCII that stands for exactly that text, and in which nothing is expanded.

    What is not ASCII is written by its UTF-16 code units, `('Gr' + [char]0x00FC + 'n')`.
    """
    parts = []
    for ascii_only, run in groupby(text, key=lambda char: char.isascii()):
        part = "".join(run)
        if ascii_only:
            parts.append("'" + part.replace("'", "''") + "'")
        else:
            units = part.encode("utf-16-be", "surrogatepass").hex().upper()
            parts += [f"[char]0x{units[start : start + 4]}" for start in range(0, len(units), 4)]
    if not parts:
        return "''"
    if len(parts) == 1 and parts[0].startswith("'"):
        return parts[0]
    # A string must come first: two characters added together would be a number.
    return "(" + " + ".join(parts if parts[0].startswith("'") else ["''", *parts]) + ")"


def _comment(text: str) -> str:
    """A line of comment: German letters spelt out, any other letter beyond ASCII a question mark."""
    plain = text.translate(_IN_GERMAN).encode("ascii", "replace").decode()
    return "".join(char if char.isprintable() else "?" for char in plain)
