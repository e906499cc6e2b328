"""What the words of one `iptables-save` line ask of a packet (iptables-extensions(8)).

Decided here: which matches are understood: source and destination with lists and `iprange`, protocol, `tcp`, `udp` and
`multiport` ports, `state` and `conntrack --ctstate`, `--syn`, interfaces that are mapped to zones, comments, `addrtype`
and all others not. `!` negates where the option has it.
In: the words behind `-A CHAIN`. Out: the condition, the target and the comment.
Never here: chains, lines.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vbtui.firewall.importers.chains import Condition, Doubt
from vbtui.firewall.importers.imported import OpaqueReason
from vbtui.firewall.importers.nft_conditions import ALL_STATES, both, doubtful
from vbtui.firewall.importers.space import (
    ALL_PORTS,
    Box,
    Ports,
    Side,
    family,
    ports_between,
    ports_together,
)
from vbtui.firewall.intervals import minus
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import AddressRange, Network


class BadWords(Exception):  # noqa: N818 - the line's reader makes it an error with a place
    """Words that no `iptables-save` writes: an option without its value, an address that is none."""


@dataclass(slots=True)
class ReadRule:
    """What a line says."""

    condition: Condition
    target: str = ""
    goto: bool = False
    comment: str = ""


_LONG = {
    "-s": "--source", "--src": "--source", "-d": "--destination", "--dst": "--destination", "-p": "--protocol",
    "-i": "--in-interface", "-o": "--out-interface", "-m": "--match", "-j": "--jump", "-g": "--goto",
    "--sport": "--source-port", "--dport": "--destination-port", "--sports": "--source-ports",
    "--dports": "--destination-ports",
}  # fmt: skip

_WITHOUT_PORTS = ("icmp", "icmpv6", "ipv6-icmp", "esp", "ah", "gre", "igmp", "sctp", "dccp", "udplite", "ospf", "vrrp",
                  "ipip", "ipv6", "mh", "pim", "l2tp", "ipcomp", "hopopt", "ipencap")  # fmt: skip

_QUIET_MATCHES = frozenset({"tcp", "udp", "multiport", "state", "conntrack", "comment", "iprange"})
"""Matches whose options are read; the word itself asks for nothing."""


def read_rule(words: Sequence[str], version: int, interfaces: Mapping[str, tuple[str, ...]]) -> ReadRule:
    """Read the words behind `-A CHAIN`. Raises BadWords."""
    return _Reader(version, interfaces).read(words)


class _Reader:
    def __init__(self, version: int, interfaces: Mapping[str, tuple[str, ...]]) -> None:
        self._version = version
        self._interfaces = interfaces
        self._found = ReadRule(Condition(Box.of_family(version)))
        self._protocol = ""

    def read(self, words: Sequence[str]) -> ReadRule:
        rest = iter(words)
        negated = False
        for word in rest:
            if word == "!":
                negated = True
                continue
            option = _LONG.get(word, word)
            if option in ("--jump", "--goto"):
                self._found.target = _value(rest, word)
                self._found.goto = option == "--goto"
                break  # what follows belongs to the target
            self._option(option, negated, rest)
            negated = False
        return self._found

    def _add(self, condition: Condition) -> None:
        self._found.condition = both(self._found.condition, condition)

    def _doubt(self, reason: OpaqueReason, detail: str) -> None:
        self._found.condition = doubtful(self._found.condition, Doubt(reason, detail))

    def _option(self, option: str, negated: bool, rest: Iterator[str]) -> None:
        match option:
            case "--source" | "--destination" | "--src-range" | "--dst-range":
                addresses = _addresses(_value(rest, option), self._version)
                if negated:
                    addresses = family(self._version) - addresses
                side = Side(addresses)
                source = option in ("--source", "--src-range")
                self._add(Condition(Box(source=side) if source else Box(destination=side)))
            case "--protocol":
                self._add(Condition(self._of_protocol(_value(rest, option), negated)))
            case "--destination-port" | "--destination-ports" | "--source-port" | "--source-ports":
                ports = _ports(_value(rest, option))
                self._ports(minus(ALL_PORTS, ports) if negated else ports, "destination" in option)
            case "--state" | "--ctstate":
                self._states(_value(rest, option), negated)
            case "--tcp-flags":
                self._flags(_value(rest, option), _value(rest, option), negated)
            case "--syn":
                self._flags("FIN,SYN,RST,ACK", "SYN", negated)
            case "--in-interface" | "--out-interface":
                self._interface(_value(rest, option), negated, inbound=option == "--in-interface")
            case "--comment":
                self._found.comment = _value(rest, option)
            case "--match":
                name = _value(rest, option)
                if name not in _QUIET_MATCHES and name not in _WITHOUT_PORTS:
                    self._doubt(OpaqueReason.RATE if "limit" in name else OpaqueReason.MATCH, f"-m {name}")
            case "--set-counters" | "-c":
                _value(rest, option)
                _value(rest, option)
            case _:
                # An option of a match that is not known: its values are skipped up to the next option.
                self._doubt(OpaqueReason.MATCH, option)

    def _of_protocol(self, word: str, negated: bool) -> Box:
        word = {"6": "tcp", "17": "udp", "0": "all"}.get(word, word.lower())
        self._protocol = "" if negated else word
        tcp, udp = word in ("tcp", "all"), word in ("udp", "all")
        return Box(tcp=ALL_PORTS if tcp is not negated else (), udp=ALL_PORTS if udp is not negated else ())

    def _ports(self, ports: Ports, destination: bool) -> None:
        if self._protocol not in ("tcp", "udp"):
            # multiport of SCTP and the like: neither TCP nor UDP.
            self._add(Condition(Box(tcp=(), udp=())))
            return
        tcp = self._protocol == "tcp"
        if destination:
            self._add(Condition(Box(tcp=ports if tcp else (), udp=() if tcp else ports)))
        else:
            self._add(Condition(source_ports=ports))

    def _states(self, value: str, negated: bool) -> None:
        words = frozenset(word.lower() for word in value.split(","))
        if words - ALL_STATES:
            # SNAT and DNAT are no states that a rule of the topology could know.
            self._doubt(OpaqueReason.MATCH, value)
            return
        self._add(Condition(states=ALL_STATES - words if negated else words))

    def _flags(self, mask: str, wanted: str, negated: bool) -> None:
        flags = set(mask.split(","))
        if {"SYN", "ACK"} <= flags <= {"FIN", "SYN", "RST", "ACK"} and wanted == "SYN":
            first = frozenset({"new"})
            self._add(Condition(states=ALL_STATES - first if negated else first))
        else:
            self._doubt(OpaqueReason.MATCH, f"--tcp-flags {mask} {wanted}")

    def _interface(self, name: str, negated: bool, *, inbound: bool) -> None:
        if name == "lo":
            if not negated:
                self._add(Condition(loopback=True))
            return
        zones = self._interfaces.get(name)
        if negated or zones is None:
            self._doubt(OpaqueReason.INTERFACE, f"{'! ' if negated else ''}{'-i' if inbound else '-o'} {name}")
            return
        side = Side(zones=frozenset(zones))
        self._add(Condition(Box(source=side) if inbound else Box(destination=side)))


def _value(rest: Iterator[str], option: str) -> str:
    value = next(rest, None)
    if value is None:
        raise BadWords(option)
    return value


def _addresses(value: str, version: int) -> AddressSet:
    parts: list[Network | AddressRange] = []
    for word in value.split(","):
        low, dash, high = word.partition("-")
        try:
            if dash:
                first, last = ipaddress.ip_address(low), ipaddress.ip_address(high)
                if first.version != last.version or int(first) > int(last):
                    raise ValueError
                parts.append(AddressRange(first, last))
            else:
                parts.append(ipaddress.ip_network(word, strict=False))
        except ValueError:
            raise BadWords(word) from None
    found = AddressSet.of_parts(parts)
    if found - family(version):
        raise BadWords(value)
    return found


def _ports(value: str) -> Ports:
    found: list[Ports] = []
    for word in value.split(","):
        low, colon, high = word.partition(":")
        first = low or "0"
        last = (high or "65535") if colon else low
        if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
            raise BadWords(word)
        if len(first) > 5 or len(last) > 5 or not int(first) <= int(last) <= 65535:
            raise BadWords(word)
        found.append(ports_between(int(first), int(last)))
    return ports_together(*found)
