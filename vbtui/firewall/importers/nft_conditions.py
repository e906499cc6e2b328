"""What an expression of `nft -j` asks of a packet (libnftables-json(5), schema version 1).

Decided here: which expressions are understood. Understood are addresses, ports, protocols, families, interfaces that
are mapped to zones, connection states, the SYN of a new connection, each compared with a value, a range, a prefix, a
set or a concatenation of them. Everything else is a doubt.
In: the two sides of a comparison. Out: conditions of which one must hold.
Never here: verdicts, chains.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, cast

from vbtui.firewall.importers.chains import Condition, Doubt, States
from vbtui.firewall.importers.imported import OpaqueReason
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

MOST_ALTERNATIVES: Final = 4096
"""Elements of concatenations and verdict maps that one rule may be written out to."""

ReadT = TypeVar("ReadT")

ALL_STATES: Final[States] = frozenset({"new", "established", "related", "invalid", "untracked"})

_NUMBERS: Final = {6: "tcp", 17: "udp", "6": "tcp", "17": "udp"}


class NotUnderstood(Exception):  # noqa: N818 - not an error: it makes a rule opaque
    """An expression is not one of those that are known here."""

    def __init__(self, reason: OpaqueReason, detail: object) -> None:
        super().__init__(reason, detail)
        self.doubt = Doubt(reason, str(detail)[:200])


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What expressions of one table refer to."""

    sets: Mapping[str, Any]
    """Elements of the table's named sets, None where they are not in the file or change by themselves."""
    interfaces: Mapping[str, tuple[str, ...]]
    parsed: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Named sets that were read before, by name and what reads them: one long set may stand in many rules."""


def conditions(left: Any, operator: Any, right: Any, around: Surroundings) -> tuple[Condition, ...]:
    """The alternatives for which `left operator right` holds. Raises NotUnderstood."""
    if operator not in ("==", "!=", "in", "<", ">", "<=", ">="):
        raise NotUnderstood(OpaqueReason.MATCH, operator)
    if isinstance(left, dict) and isinstance(left.get("concat"), list):
        return _concatenation(left["concat"], operator, right, around)
    if _is_syn(left):
        return (_syn(operator, right),)
    kind, name = _field(left)
    if kind == "state":
        return (Condition(states=_states(operator, right)),)
    if operator in ("<", ">", "<=", ">="):
        if not name.endswith("port") or not isinstance(right, int):
            raise NotUnderstood(OpaqueReason.MATCH, f"{kind} {name} {operator}")
        return (_port(kind, name, _compared(operator, right)),)
    negated = operator == "!="
    if name in ("saddr", "daddr"):
        version = _VERSIONS[kind]
        addresses = _read_once(right, kind, around, lambda values: address_set(values, version))
        return (_address(version, name, addresses, negated),)
    if name in ("dport", "sport"):
        ports = _read_once(right, "port", around, lambda values: ports_together(*map(_port_value, values)))
        return (_port(kind, name, minus(ALL_PORTS, ports) if negated else ports),)
    values = _elements(right, around)
    if kind in ("iif", "oif"):
        return (_interface(kind, values, negated, around.interfaces),)
    if kind == "family":
        versions = {_VERSIONS.get(value) if isinstance(value, str) else None for value in values}
        if None in versions:
            raise NotUnderstood(OpaqueReason.MATCH, right)
        return tuple(
            Condition(Box.of_family(version)) for version in (4, 6) if (version in versions) is not negated
        ) or (Condition(Box(tcp=(), udp=())),)
    if kind == "protocol":
        return (_protocol({_word(value) for value in values}, negated, name),)
    # A header of a protocol that has no ports as TCP and UDP have them.
    return (Condition(Box(tcp=(), udp=())),)


def both(left: Condition, right: Condition) -> Condition:
    """Both conditions at once."""
    states = (
        left.states if right.states is None else right.states if left.states is None else left.states & right.states
    )
    ports = left.source_ports if right.source_ports is None else right.source_ports
    if left.source_ports is not None and right.source_ports is not None:
        ports = minus(left.source_ports, minus(ALL_PORTS, right.source_ports))
    return Condition(left.box & right.box, states, ports, left.loopback or right.loopback, left.doubt or right.doubt)


def doubtful(condition: Condition, doubt: Doubt) -> Condition:
    return condition if condition.doubt is not None else replace(condition, doubt=doubt)


_VERSIONS: Final = {"ipv4": 4, "ipv6": 6, "ip": 4, "ip6": 6}


def _field(left: Any) -> tuple[str, str]:
    """What the left side reads from a packet. Raises NotUnderstood."""
    if isinstance(left, dict) and len(left) == 1:
        ((key, value),) = left.items()
        value = value if isinstance(value, dict) else {}
        if key == "ct" and value.get("key") == "state" and "dir" not in value:
            return "state", ""
        if key == "meta":
            word = value.get("key")
            if word in ("iif", "iifname", "oif", "oifname"):
                return word[:3], ""
            if word in ("nfproto", "protocol"):
                return "family", ""
            if word == "l4proto":
                return "protocol", ""
        if key == "payload":
            protocol, name = value.get("protocol"), value.get("field")
            if protocol in ("ip", "ip6") and name in ("saddr", "daddr"):
                return str(protocol), str(name)
            if (protocol, name) in (("ip", "protocol"), ("ip6", "nexthdr")):
                return "protocol", str(protocol)
            if protocol in ("tcp", "udp", "th") and name in ("dport", "sport"):
                return str(protocol), str(name)
            if protocol in ("icmp", "icmpv6", "igmp", "sctp", "dccp", "udplite", "esp", "ah", "comp"):
                return "other", str(protocol)
    raise NotUnderstood(OpaqueReason.MATCH, left)


def _elements(right: Any, around: Surroundings) -> list[Any]:
    """The values on the right side: of a set, of a named set, or the one. Raises NotUnderstood."""
    if isinstance(right, str) and right.startswith("@"):
        found = around.sets.get(right[1:])
        if found is None:
            raise NotUnderstood(OpaqueReason.SET, right)
        right = {"set": found}
    if isinstance(right, dict) and "set" in right:
        right = right["set"]
        right = right if isinstance(right, list) else [right]
    elif isinstance(right, list):
        # A list that is no set is a combination of flags.
        raise NotUnderstood(OpaqueReason.MATCH, right)
    else:
        right = [right]
    return [plain(value) for value in right]


def plain(value: Any) -> Any:
    """An element without its comment, counter or timeout."""
    if isinstance(value, dict) and isinstance(value.get("elem"), dict):
        if "timeout" in value["elem"] or "expires" in value["elem"]:
            raise NotUnderstood(OpaqueReason.SET, value)
        return value["elem"].get("val")
    return value


def _concatenation(fields: Sequence[Any], operator: str, right: Any, around: Surroundings) -> tuple[Condition, ...]:
    if operator not in ("==", "in"):
        raise NotUnderstood(OpaqueReason.MATCH, "concatenation !=")
    found: list[Condition] = []
    for value in _elements(right, around):
        parts = value.get("concat") if isinstance(value, dict) else None
        if not isinstance(parts, list) or len(parts) != len(fields) or len(found) >= MOST_ALTERNATIVES:
            raise NotUnderstood(OpaqueReason.SET, value)
        alternatives = [Condition()]
        for one_field, part in zip(fields, parts, strict=True):
            alternatives = [
                both(one, other) for one in alternatives for other in conditions(one_field, "==", part, around)
            ]
        found.extend(alternatives)
    return tuple(found) or (Condition(Box(tcp=(), udp=())),)


def _is_syn(left: Any) -> bool:
    if not isinstance(left, dict) or not isinstance(left.get("&"), list) or len(left["&"]) != 2:
        return False
    flags_field, mask = left["&"]
    flags = set(mask) if isinstance(mask, list) and all(isinstance(one, str) for one in mask) else set()
    return flags_field == {"payload": {"protocol": "tcp", "field": "flags"}} and {"syn", "ack"} <= flags <= {
        "fin", "syn", "rst", "ack",
    }  # fmt: skip


def _syn(operator: str, right: Any) -> Condition:
    """`tcp flags & (fin|syn|rst|ack) == syn`: the first packet of a TCP connection and no other."""
    if right != "syn" or operator not in ("==", "!="):
        raise NotUnderstood(OpaqueReason.MATCH, "tcp flags")
    first = frozenset({"new"})
    return Condition(Box(udp=()), states=first if operator == "==" else ALL_STATES - first)


def _states(operator: str, right: Any) -> States:
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        words = right["set"]
    elif isinstance(right, list) and operator == "in":
        words = right
    else:
        words = [right]
    found = frozenset(word for word in words if isinstance(word, str))
    if len(found) != len(words) or not found <= ALL_STATES or operator not in ("==", "in", "!="):
        raise NotUnderstood(OpaqueReason.MATCH, f"ct state {operator} {right}")
    return ALL_STATES - found if operator == "!=" else found


def _compared(operator: str, number: int) -> Ports:
    return {
        "<": ports_between(1, number - 1),
        "<=": ports_between(1, number),
        ">": ports_between(number + 1, 65535),
        ">=": ports_between(number, 65535),
    }[operator]


def _port_value(value: Any) -> Ports:
    if isinstance(value, dict) and isinstance(value.get("range"), list) and len(value["range"]) == 2:
        low, high = value["range"]
    else:
        low = high = value
    if type(low) is not int or type(high) is not int or not 0 <= low <= high <= 65535:
        raise NotUnderstood(OpaqueReason.MATCH, value)
    return ports_between(low, high)


def _port(protocol: str, name: str, ports: Ports) -> Condition:
    tcp, udp = protocol in ("tcp", "th"), protocol in ("udp", "th")
    if name == "dport":
        return Condition(Box(tcp=ports if tcp else (), udp=ports if udp else ()))
    return Condition(Box(tcp=ALL_PORTS if tcp else (), udp=ALL_PORTS if udp else ()), source_ports=ports)


def _read_once(right: Any, what: str, around: Surroundings, read: Callable[[list[Any]], ReadT]) -> ReadT:
    """The right side as `read` has it, that of a named set from the first time. Raises NotUnderstood."""
    if not isinstance(right, str) or not right.startswith("@"):
        return read(_elements(right, around))
    if (right, what) not in around.parsed:
        try:
            around.parsed[right, what] = read(_elements(right, around))
        except NotUnderstood as unknown:
            around.parsed[right, what] = unknown
    found = around.parsed[right, what]
    if isinstance(found, NotUnderstood):
        raise NotUnderstood(found.doubt.reason, found.doubt.detail)
    return cast(ReadT, found)


def _address(version: int, name: str, addresses: AddressSet, negated: bool) -> Condition:
    if negated:
        addresses = family(version) - addresses
    side = Side(addresses)
    other = Side(family(version))
    return Condition(Box(side, other) if name == "saddr" else Box(other, side))


def address_set(values: Sequence[Any], version: int | None = None) -> AddressSet:
    """Addresses of a set's elements. Raises NotUnderstood."""
    parts: list[Network | AddressRange] = []
    for value in values:
        try:
            match value:
                case {"prefix": {"addr": str(text), "len": int(length)}}:
                    parts.append(ipaddress.ip_network(f"{text}/{length}", strict=False))
                case {"range": [str(low), str(high)]}:
                    first, last = ipaddress.ip_address(low), ipaddress.ip_address(high)
                    if first.version != last.version or int(first) > int(last):
                        raise ValueError
                    parts.append(AddressRange(first, last))
                case str(text):
                    parts.append(ipaddress.ip_network(text))
                case _:
                    raise ValueError
        except ValueError:
            raise NotUnderstood(OpaqueReason.ADDRESS, value) from None
    found = AddressSet.of_parts(parts)
    if version is not None and found - family(version):
        raise NotUnderstood(OpaqueReason.ADDRESS, values)
    return found


def _word(value: Any) -> str:
    if isinstance(value, int | str):
        return str(_NUMBERS.get(value, value))
    raise NotUnderstood(OpaqueReason.MATCH, value)


def _protocol(words: set[str], negated: bool, header: str) -> Condition:
    tcp, udp = (word in words for word in ("tcp", "udp"))
    box = Box.of_family(_VERSIONS[header]) if header else Box()
    return Condition(
        replace(box, tcp=ALL_PORTS if tcp is not negated else (), udp=ALL_PORTS if udp is not negated else ())
    )


def _interface(
    direction: str, values: Sequence[Any], negated: bool, interfaces: Mapping[str, tuple[str, ...]]
) -> Condition:
    """Packets over the network never come by the loopback interface, so that is the one name known everywhere."""
    others = [value for value in values if value != "lo"]
    if negated and not others:
        return Condition()
    if not others:
        return Condition(loopback=True)
    unknown = [value for value in others if not isinstance(value, str) or value not in interfaces]
    if negated or unknown:
        raise NotUnderstood(OpaqueReason.INTERFACE, ", ".join(map(str, unknown or others)))
    zones = frozenset(zone for value in others for zone in interfaces[value])
    side = Side(zones=zones)
    return Condition(Box(source=side) if direction == "iif" else Box(destination=side))
