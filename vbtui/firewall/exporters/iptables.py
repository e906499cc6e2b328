"""A firewall as a document for iptables-restore or ip6tables-restore.

Decided here: how entries become iptables rules. In: a `Ruleset` and an address family. Out: text, one table `filter`.

* The rules stand in chains of their own, `VB_` and the firewall's name; FORWARD jumps there for a network firewall,
  INPUT and OUTPUT for a host firewall. Only those built-in chains are named, so the document can also be loaded with
  `--noflush` beside other rules.
* The default is the built-in chain's policy. What it must not catch is what nftables.py says: ICMP errors, neighbour
  discovery and loopback.
* A rule with several sources and several destinations jumps from each source to a chain that compares destinations:
  as many lines as there are addresses, not as many as there are pairs.

Never here: which rule wins; the entries stand in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from vbtui.firewall.exporters.addresses import Block, Version, blocks, is_whole
from vbtui.firewall.exporters.ruleset import ALL_PORTS, Entry, PortRange, Ruleset, one_line, within
from vbtui.firewall.intervals import Interval
from vbtui.firewall.rules import Direction
from vbtui.vocabulary import Action

LONGEST_CHAIN: Final = 28
"""Characters of a chain's name."""

LONGEST_COMMENT: Final = 255
"""Bytes of a comment."""

MOST_PORTS: Final = 15
"""Ports in one multiport match; a range counts as two."""

_TARGET: Final = {Action.ALLOW: "ACCEPT", Action.DENY: "DROP", Action.REJECT: "REJECT"}

_ENDING: Final = "_OUT_65535"
"""The longest that is added to the firewall's name."""

_ICMP: Final[dict[Version, tuple[str, tuple[str, ...]]]] = {
    4: (
        "-p icmp -m icmp --icmp-type",
        ("destination-unreachable", "time-exceeded", "parameter-problem"),
    ),
    6: (
        "-p ipv6-icmp -m icmp6 --icmpv6-type",
        ("destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"),
    ),
}
_NEIGHBOURS: Final = (
    *("router-solicitation", "router-advertisement"),
    *("neighbour-solicitation", "neighbour-advertisement"),
)

BuiltIn = Literal["FORWARD", "INPUT", "OUTPUT"]


def iptables(ruleset: Ruleset, version: Version, *, heading: Sequence[str] = ()) -> str:
    """The document for one address family. `heading` are lines of comment at its top."""
    name = ruleset.identifier(longest=LONGEST_CHAIN - len("VB_") - len(_ENDING))
    declared: list[str] = []
    rules: list[str] = []
    hooks: tuple[tuple[BuiltIn, str], ...] = (("INPUT", f"VB_{name}_IN"), ("OUTPUT", f"VB_{name}_OUT"))
    if ruleset.firewall.kind == "network":
        hooks = (("FORWARD", f"VB_{name}"),)
    for built_in, chain in hooks:
        direction: Direction = "outbound" if built_in == "OUTPUT" else "inbound"
        default = ruleset.firewall.default(direction)
        declared += [f":{built_in} {'ACCEPT' if default is Action.ALLOW else 'DROP'} [0:0]", f":{chain} - [0:0]"]
        rules.append(f"-A {built_in} -j {chain}")
        rules += [f"-A {chain} {line}" for line in _always(ruleset, built_in, version)]
        for entry in ruleset.towards(direction):
            for own, line in _entry(entry, chain, version):
                if own != chain and f":{own} - [0:0]" not in declared[-1:]:
                    declared.append(f":{own} - [0:0]")
                rules.append(line)
        if default is Action.REJECT:
            rules.append(f"-A {chain} -j REJECT")
    lines = [f"# {one_line(line)}" for line in heading]
    lines += [f"# {left_out}" for left_out in ruleset.left_out]
    return "\n".join([*lines, "*filter", *declared, *rules, "COMMIT", ""])


def _always(ruleset: Ruleset, built_in: BuiltIn, version: Version) -> Iterator[str]:
    """What passes whatever the rules say."""
    if built_in != "FORWARD":
        yield f"{'-i' if built_in == 'INPUT' else '-o'} lo -j ACCEPT"
    if ruleset.firewall.stateful:
        yield "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    match, types = _ICMP[version]
    if built_in != "FORWARD" and version == 6:
        types += _NEIGHBOURS
    yield from (f"{match} {one} -j ACCEPT" for one in types)


def _entry(entry: Entry, chain: str, version: Version) -> Iterator[tuple[str, str]]:
    """The lines of one rule, each with the chain in which it stands."""
    rule = entry.rule
    sides = (rule.source.v4, rule.destination.v4) if version == 4 else (rule.source.v6, rule.destination.v6)
    if not all(sides):
        return
    sources, destinations = (_blocks(version, intervals) for intervals in sides)
    ports = list(_port_matches(entry))
    comment = f'-m comment --comment "{comment_text(entry.title)}"'
    target = _TARGET[rule.action]
    own = chain
    if len(sources) > 1 and len(destinations) * len(ports) > 1:
        own = f"{chain}_{rule.number}"
        for source in sources:
            yield own, f"-A {chain} {_address_match(source, None)} {comment} -j {own}"
        sources = [None]
    for source in sources:
        for destination in destinations:
            for match in ports:
                words = (f"-A {own}", _address_match(source, destination), match, comment, f"-j {target}")
                yield own, " ".join(word for word in words if word)


def _blocks(version: Version, intervals: tuple[Interval, ...]) -> list[Block | None]:
    """What a side is compared with, one after the other; None for anything."""
    return [None] if is_whole(version, intervals) else [*blocks(version, intervals)]


def _address_match(source: Block | None, destination: Block | None) -> str:
    words: list[str] = []
    ranges: list[str] = []
    for block, option, side in ((source, "-s", "src"), (destination, "-d", "dst")):
        if block is None:
            continue
        if block.prefix is None:
            ranges.append(f"--{side}-range {block}")
        else:
            words.append(f"{option} {block}")
    if ranges:
        words += ["-m iprange", *ranges]
    return " ".join(words)


def _port_matches(entry: Entry) -> Iterator[str]:
    for protocol, ranges in entry.ports().items():
        if ranges == ALL_PORTS:
            yield f"-p {protocol}"
            continue
        for part in _packed(ranges):
            listed = ",".join(_port_text(ports) for ports in part)
            single = f"-m {protocol} --dport" if len(part) == 1 else "-m multiport --dports"
            yield f"-p {protocol} {single} {listed}"


def _packed(ranges: tuple[PortRange, ...]) -> Iterator[list[PortRange]]:
    """The ranges in runs that fit into one multiport match each."""
    part: list[PortRange] = []
    size = 0
    for ports in ranges:
        weight = 1 if ports[0] == ports[1] else 2
        if size + weight > MOST_PORTS:
            yield part
            part, size = [], 0
        part.append(ports)
        size += weight
    yield part


def _port_text(ports: PortRange) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}:{ports[1]}"


def comment_text(text: str) -> str:
    """Text for between two double quotes of iptables-restore, which takes a backslash before a quote or itself."""
    return within(one_line(text), LONGEST_COMMENT).replace("\\", "\\\\").replace('"', '\\"')
