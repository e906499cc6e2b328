"""A firewall as an nftables ruleset: one table of its own, which a second load replaces.

Decided here: how entries become nft rules. In: a `Ruleset`. Out: text for `nft -f`.

* Every identifier begins with `vb_`; the firewall's name is in the table's.
* A network firewall is a chain at the hook forward, a host firewall one at input and one at output.
* The default is the chain's policy, so it also holds for protocols that the topology does not speak of. What TCP and
  UDP need to work at all passes whatever the rules say: ICMP errors, which carry refusals and packet sizes, and IPv6
  neighbour discovery on a host (RFC 4890, sections 4.3 and 4.4). Traffic of a host with itself crosses no firewall.
* `deny` is drop and `reject` plain reject, an ICMP error also for TCP: `reject with tcp reset` in an output chain is
  not heard by the host's own IPv6 connections.
* Long lists of addresses are named sets, shared by all rules that use them.

Never here: which rule wins; the entries stand in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from vbtui.firewall.exporters.addresses import Version, blocks, is_whole
from vbtui.firewall.exporters.ruleset import ALL_PORTS, Entry, PortRange, Ruleset, one_line, within
from vbtui.firewall.intervals import Interval
from vbtui.firewall.rules import Direction
from vbtui.vocabulary import Action, Protocol

LONGEST_COMMENT: Final = 127
"""Bytes; nft refuses a comment of more than 128 with its end."""

LONGEST_INLINE: Final = 8
"""Addresses in a line; more are a named set."""

_LONGEST_NAME: Final = 120

_FAMILY: Final[dict[Version, str]] = {4: "ip", 6: "ip6"}

_VERDICT: Final = {Action.ALLOW: "accept", Action.DENY: "drop", Action.REJECT: "reject"}

_ICMP_ERRORS: Final = (
    "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
    "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
)

_NEIGHBOURS: Final = (
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept"
)


def nftables(ruleset: Ruleset, *, heading: Sequence[str] = ()) -> str:
    """The whole ruleset file. `heading` are lines of comment at its top."""
    table = f"vb_{ruleset.identifier(longest=_LONGEST_NAME)}"
    sets = _NamedSets()
    chains = [line for hook in _hooks(ruleset) for line in _chain(ruleset, hook, sets)]
    lines = [f"# {one_line(line)}" for line in heading]
    # Declared, removed and defined in one transaction: a load never adds to an older one and never leaves a gap.
    lines += [f"table inet {table}", f"delete table inet {table}", f"table inet {table} {{"]
    lines += [f"\t{line}".rstrip() for line in (*sets.lines(), *chains)]
    return "\n".join([*lines, "}", ""])


Hook = Literal["forward", "input", "output"]


def _hooks(ruleset: Ruleset) -> tuple[Hook, ...]:
    return ("forward",) if ruleset.firewall.kind == "network" else ("input", "output")


def _chain(ruleset: Ruleset, hook: Hook, sets: _NamedSets) -> Iterator[str]:
    direction: Direction = "outbound" if hook == "output" else "inbound"
    default = ruleset.firewall.default(direction)
    yield f"chain vb_{hook} {{"
    yield f"\ttype filter hook {hook} priority 0; policy {'accept' if default is Action.ALLOW else 'drop'};"
    if hook != "forward":
        yield f'\t{"iifname" if hook == "input" else "oifname"} "lo" accept'
    if ruleset.firewall.stateful:
        yield "\tct state established,related accept"
    yield from (f"\t{line}" for line in _ICMP_ERRORS)
    if hook != "forward":
        yield f"\t{_NEIGHBOURS}"
    for entry in ruleset.towards(direction):
        ending = f'{_VERDICT[entry.rule.action]} comment "{comment_text(entry.title)}"'
        for addresses in _address_matches(entry, sets):
            for ports in _port_matches(entry):
                yield "\t" + " ".join(part for part in (addresses, ports, ending) if part)
    if default is Action.REJECT:
        yield "\treject"
    for left_out in ruleset.left_out:
        yield f"\t# {left_out}"
    yield "}"


def comment_text(text: str) -> str:
    """Text for between two double quotes. nft knows no escape for a quote or a backslash, so they become others."""
    return within(one_line(text).replace('"', "'").replace("\\", "/"), LONGEST_COMMENT)


def _address_matches(entry: Entry, sets: _NamedSets) -> list[str]:
    """Matches that together are the rule's addresses: one for each family, or none at all for any to any."""
    source, destination = entry.rule.source, entry.rule.destination
    families: tuple[tuple[Version, tuple[Interval, ...], tuple[Interval, ...]], ...] = (
        (4, source.v4, destination.v4),
        (6, source.v6, destination.v6),
    )
    found = []
    for version, ours, theirs in families:
        if not ours or not theirs:
            continue
        sides = (("saddr", ours), ("daddr", theirs))
        matches = [
            f"{_FAMILY[version]} {side} {sets.match(version, intervals)}"
            for side, intervals in sides
            if not is_whole(version, intervals)
        ]
        found.append(" ".join(matches))
    if found == ["", ""]:
        return [""]
    versions = [version for version, ours, theirs in families if ours and theirs]
    return [match or f"meta nfproto ipv{version}" for version, match in zip(versions, found, strict=True)]


def _port_matches(entry: Entry) -> list[str]:
    ports = entry.ports()
    if len(ports) == len(Protocol) and all(ranges == ALL_PORTS for ranges in ports.values()):
        return ["meta l4proto { tcp, udp }"]
    return [
        f"meta l4proto {protocol}" if ranges == ALL_PORTS else f"{protocol} dport {_listed(map(_port_text, ranges))}"
        for protocol, ranges in ports.items()
    ]


def _port_text(ports: PortRange) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _listed(words: Iterable[str]) -> str:
    listed = list(words)
    return listed[0] if len(listed) == 1 else "{ " + ", ".join(listed) + " }"


class _NamedSets:
    """The long lists of addresses of one table, each once."""

    def __init__(self) -> None:
        self._names: dict[tuple[Version, tuple[Interval, ...]], str] = {}

    def match(self, version: Version, intervals: tuple[Interval, ...]) -> str:
        """What to compare an address with: the list itself, or the name of its set."""
        if len(intervals) <= LONGEST_INLINE:
            return _listed(map(str, blocks(version, intervals)))
        return "@" + self._names.setdefault((version, intervals), f"vb_addresses_{len(self._names) + 1}")

    def lines(self) -> Iterator[str]:
        for (version, intervals), name in self._names.items():
            yield f"set {name} {{"
            yield f"\ttype ipv{version}_addr"
            yield "\tflags interval"
            yield "\telements = {"
            yield from (f"\t\t{block}," for block in blocks(version, intervals))
            yield "\t}"
            yield "}"
