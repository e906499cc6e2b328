"""A network firewall in the language of a network vendor, written by aerleon.

Decided here: which vendors, and how entries become aerleon's terms. In: a `Ruleset`. Out: the vendor's configuration.
aerleon is an extra and takes a fifth of a second to import, so it is imported when a configuration is written.

* Firewalls that remember connections (ASA, SRX, Palo Alto, Fortinet, NSX-T) take stateful rule lists, packet filters
  (IOS, NX-OS, XR, Junos) stateless ones. The other way round a list would refuse replies, or allow what it does not
  say, so it is refused. Packet filters let ICMP errors and IPv6 neighbour discovery pass, as in nftables.py.
* Zones are `any`: where a packet comes from is said by its addresses.
* aerleon writes no IPv6 for ASA and nothing that IOS understands for ICMPv6: rules with IPv6 addresses are refused.
* Fortinet knows no reject; such a rule drops there.
* Names and comments hold plain characters only, because each of the languages ends its texts in another way.

Held against goldens that people have read and against readers of the configurations, not against the vendors' devices.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from vbtui.firewall.exporters.addresses import Version, blocks, is_whole
from vbtui.firewall.exporters.ruleset import ALL_PORTS, Entry, Obstacle, RuleNotExportableError, Ruleset
from vbtui.firewall.intervals import Interval
from vbtui.vocabulary import Action


class Vendor(StrEnum):
    CISCO_ASA = "cisco-asa"
    CISCO_IOS = "cisco-ios"
    CISCO_NXOS = "cisco-nxos"
    CISCO_XR = "cisco-xr"
    JUNIPER = "juniper"
    """Stateless filters of Junos."""
    JUNIPER_SRX = "juniper-srx"
    PALO_ALTO = "paloalto"
    FORTINET = "fortinet"
    NSX_T = "nsx-t"


class AerleonMissingError(Exception):
    """aerleon is not installed; the extra `export` brings it."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One of aerleon's generators: its name, its header options, and what the vendor's devices can do."""

    name: str
    options: str
    stateful: bool
    ipv6: bool = True
    reject: bool = True
    protocol_alone: bool = True
    """Whether a term with a protocol and no ports means that protocol."""


_TARGETS: Final = {
    Vendor.CISCO_ASA: _Target("ciscoasa", "{name}", stateful=True, ipv6=False),
    Vendor.CISCO_IOS: _Target("cisco", "{name} extended", stateful=False, ipv6=False),
    Vendor.CISCO_NXOS: _Target("cisconx", "{name} mixed", stateful=False),
    Vendor.CISCO_XR: _Target("ciscoxr", "{name} mixed", stateful=False),
    Vendor.JUNIPER: _Target("juniper", "{name} mixed", stateful=False),
    Vendor.JUNIPER_SRX: _Target("srx", "from-zone all to-zone all", stateful=True),
    Vendor.PALO_ALTO: _Target("paloalto", "from-zone any to-zone any mixed", stateful=True),
    # It would write such a term as every protocol.
    Vendor.FORTINET: _Target(
        "fortigate", "from-zone any to-zone any mixed", stateful=True, reject=False, protocol_alone=False
    ),
    Vendor.NSX_T: _Target("nsxt", "{name} mixed", stateful=True),
}

_ACTIONS: Final = {Action.ALLOW: "accept", Action.DENY: "deny", Action.REJECT: "reject"}

_LONGEST_NAME: Final = 31
"""Characters of a term's name: Fortinet takes 35, the others more."""

_LONGEST_COMMENT: Final = 90
"""Characters; a remark of Cisco takes 100."""

_ALWAYS: Final = (
    ("icmp-errors", "icmp", ("unreachable", "time-exceeded", "parameter-problem")),
    (
        "icmpv6-errors",
        "icmpv6",
        ("destination-unreachable", "packet-too-big", "time-exceeded", "parameter-problem"),
    ),
    (
        "neighbours",
        "icmpv6",
        ("router-solicit", "router-advertisement", "neighbor-solicit", "neighbor-advertisement"),
    ),
)
"""What a packet filter lets through whatever its rules say."""

_KEYWORD: Final = re.compile(r"\$(?:Id|Date|Revision):\$")
"""Left for a version control system that nobody uses with this."""


def vendor(ruleset: Ruleset, target: Vendor) -> str:
    """The configuration. Raises RuleNotExportableError, and AerleonMissingError without the extra."""
    chosen = _TARGETS[target]
    _check(ruleset, chosen)
    definitions = _Definitions()
    terms = [] if chosen.stateful else list(_always(chosen))
    for entry in ruleset.entries:
        terms += _terms(entry, chosen, definitions)
    terms.append({"name": "vb-default", "action": _action(ruleset.firewall.inbound, chosen)})
    name = f"vb_{ruleset.identifier(longest=24)}"
    header = {"targets": {chosen.name: chosen.options.format(name=name)}}
    text = _generated({"filename": name, "filters": [{"header": header, "terms": terms}]}, definitions)
    lines = [line.rstrip() for line in text.splitlines() if not _KEYWORD.search(line)]
    return "\n".join([*lines, ""])


def _check(ruleset: Ruleset, target: _Target) -> None:
    firewall = ruleset.firewall
    if firewall.kind != "network":
        raise RuleNotExportableError(firewall.name, Obstacle.NOT_A_NETWORK)
    if firewall.stateful != target.stateful:
        raise RuleNotExportableError(firewall.name, Obstacle.STATELESS if target.stateful else Obstacle.STATEFUL)
    if not target.ipv6:
        named = [entry.rule for entry in ruleset.entries if _names_ipv6(entry)]
        if named:
            raise RuleNotExportableError(firewall.name, Obstacle.IPV6, named)


def _names_ipv6(entry: Entry) -> bool:
    """Whether the rule holds for IPv6, and not just because it holds for any to any."""
    ours, theirs = entry.rule.source.v6, entry.rule.destination.v6
    return bool(ours and theirs) and not (_is_any(entry) and is_whole(6, ours) and is_whole(6, theirs))


def _is_any(entry: Entry) -> bool:
    return is_whole(4, entry.rule.source.v4) and is_whole(4, entry.rule.destination.v4)


class _Definitions:
    """The networks and services that the terms name."""

    def __init__(self) -> None:
        self.networks: dict[str, Any] = {}
        self.services: dict[str, Any] = {}

    def network(self, name: str, addresses: list[str]) -> str:
        self.networks[name] = {"values": [{"address": address} for address in addresses]}
        return name

    def service(self, name: str, protocol: str, ports: list[str]) -> str:
        self.services[name] = [{"protocol": protocol, "port": one} for one in ports]
        return name


def _always(target: _Target) -> Iterator[dict[str, Any]]:
    for name, protocol, types in _ALWAYS:
        if target.ipv6 or protocol == "icmp":
            yield {"name": f"vb-{name}", "protocol": protocol, "icmp-type": list(types), "action": "accept"}


def _terms(entry: Entry, target: _Target, definitions: _Definitions) -> Iterator[dict[str, Any]]:
    """One term for each protocol of a rule."""
    number = entry.rule.number
    sides: dict[str, str] = {}
    for key, name, addresses in (
        ("source-address", f"VB_{number}_SOURCE", _addresses(entry, "source")),
        ("destination-address", f"VB_{number}_DESTINATION", _addresses(entry, "destination")),
    ):
        if addresses:
            sides[key] = definitions.network(name, addresses)
    for protocol, ranges in entry.ports().items():
        ending = f"-{protocol}"
        plain = re.sub(r"[^A-Za-z0-9-]", "-", entry.rule.name)
        term: dict[str, Any] = {
            "name": f"vb-{number}-{plain}"[: _LONGEST_NAME - len(ending)].rstrip("-") + ending,
            "comment": comment_text(entry.title),
            "protocol": str(protocol),
            "action": _action(entry.rule.action, target),
            **sides,
        }
        if ranges != ALL_PORTS or not target.protocol_alone:
            ports = [str(low) if low == high else f"{low}-{high}" for low, high in ranges]
            term["destination-port"] = definitions.service(f"VB_{number}_{protocol.upper()}", str(protocol), ports)
        yield term


def _addresses(entry: Entry, side: str) -> list[str]:
    """One side as prefixes; none where it need not be compared, because it is everything or the other side says enough.

    A family that the other side has not is left out: nothing can match there.
    """
    rule = entry.rule
    wanted, other = (rule.source, rule.destination) if side == "source" else (rule.destination, rule.source)
    families: tuple[tuple[Version, tuple[Interval, ...], tuple[Interval, ...]], ...] = (
        (4, wanted.v4, other.v4),
        (6, wanted.v6, other.v6),
    )
    shared = [(version, ours, theirs) for version, ours, theirs in families if ours and theirs]
    everything = all(is_whole(version, ours) for version, ours, _ in shared)
    if everything and (len(shared) == len(families) or not all(is_whole(v, theirs) for v, _, theirs in shared)):
        return []
    return [prefix for version, ours, _ in shared for block in blocks(version, ours) for prefix in block.prefixes()]


def _action(action: Action, target: _Target) -> str:
    return _ACTIONS[Action.DENY if action is Action.REJECT and not target.reject else action]


def comment_text(text: str) -> str:
    """Text of letters, digits and signs that none of the languages takes for its own."""
    return re.sub(r"[^A-Za-z0-9 .,:;#_()+-]", " ", text)[:_LONGEST_COMMENT].strip()


def _generated(policy: Any, definitions: _Definitions) -> str:
    try:
        from aerleon import api
        from aerleon.lib import naming
    except ImportError as error:
        raise AerleonMissingError from error
    names = naming.Naming()
    names.ParseDefinitionsObject({"networks": definitions.networks, "services": definitions.services}, "")
    # It tells what it leaves out on standard error; what may be left out is decided above.
    logger = logging.getLogger("absl")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        (text,) = (api.Generate([policy], names) or {}).values()
    finally:
        logger.setLevel(level)
    return str(text)
