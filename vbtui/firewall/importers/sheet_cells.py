"""What one cell of a rule sheet says: a side, services, an action.

Decided here: the spellings that are understood. A cell may hold several values, parted by new lines, commas,
semicolons, or blanks. Raises `NotUnderstood` for what makes its rule opaque, `ReversedRange` and `PortOutOfRange` for
what is surely a mistake.
In: text of a cell, and the names of a topology. Out: selectors, services.
Never here: rows, columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vbtui.firewall.importers.chains import Doubt
from vbtui.firewall.importers.imported import OpaqueReason
from vbtui.firewall.importers.sheet_words import sheet_words
from vbtui.firewall.importers.space import Side
from vbtui.firewall.importers.words import address_word, port_word
from vbtui.firewall.importers.writing import MOST_LISTED, Groups
from vbtui.firewall.selectors import EVERYWHERE, NOWHERE, AddressSet, compile_selectors
from vbtui.topology import AddressRange, Network, Selector, Topology
from vbtui.vocabulary import Protocol, Service

MOST_VALUES: Final = 5_000
"""Values of one cell."""


class NotUnderstood(Exception):  # noqa: N818 - not an error: it makes a rule opaque
    def __init__(self, reason: OpaqueReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.doubt = Doubt(reason, detail)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that a cell may use: of machines, zones and address groups, and of services."""

    sides: dict[str, tuple[Selector, ...]]
    services: dict[str, tuple[str, ...]]
    topology: Topology | None

    @classmethod
    def of(cls, topology: Topology | None) -> KnownNames:
        sides: dict[str, tuple[Selector, ...]] = {}
        services: dict[str, tuple[str, ...]] = {}
        if topology is not None:
            named = [(node.name, Selector(node=node.name)) for node in topology.nodes]
            named += [(vm.name, Selector(node=vm.name)) for vm in topology.vms]
            named += [(zone.name, Selector(zone=zone.name)) for zone in topology.zones]
            named += [(name, Selector(network=name)) for name in topology.networks]
            for name, selector in named:
                sides[name.casefold()] = (*sides.get(name.casefold(), ()), selector)
            for name in topology.services:
                services[name.casefold()] = (*services.get(name.casefold(), ()), name)
        return cls(sides, services, topology)

    def side(self, word: str) -> Selector | None:
        found = self.sides.get(word.casefold(), ())
        if len(found) > 1:
            raise NotUnderstood(OpaqueReason.NAME_AMBIGUOUS, word)
        return found[0] if found else None

    def service(self, word: str) -> str | None:
        found = self.services.get(word.casefold(), ())
        if len(found) > 1:
            raise NotUnderstood(OpaqueReason.NAME_AMBIGUOUS, word)
        return found[0] if found else None


def values_of(text: str) -> list[str]:
    """The values of a cell, as far as marks part them."""
    found = [value.strip() for value in re.split(r"[\n\r,;|]+", text)]
    found = [" ".join(value.split()) for value in found if value]
    if len(found) > MOST_VALUES:
        raise NotUnderstood(OpaqueReason.ADDRESS, f"> {MOST_VALUES}")
    return found


# --- sides


SidePart = Network | AddressRange | Selector


def side_of(text: str, names: KnownNames, groups: Groups, hint: str) -> tuple[Selector, ...]:
    """The selectors of a source or destination cell; none where it leaves nothing over, such as `not any`."""
    plain: list[SidePart] = []
    negated: list[SidePart] = []
    for value in values_of(text):
        rest = _without_negation(value)
        for part in _side_parts(value if rest is None else rest, names):
            (plain if rest is None else negated).append(part)
    if not plain and not negated:
        raise NotUnderstood(OpaqueReason.EMPTY_CELL, "")
    if negated:
        if plain:
            raise NotUnderstood(OpaqueReason.NEGATION, text[:100])
        left = EVERYWHERE - _addresses_of(negated, names.topology)
        return groups.selectors(Side(left), hint) if left else ()
    if any(isinstance(part, Selector) and part.any for part in plain):
        return (Selector(any=True),)
    selectors = [part for part in plain if isinstance(part, Selector)]
    parts = [part for part in plain if not isinstance(part, Selector)]
    if len(parts) > MOST_LISTED:
        selectors.extend(groups.selectors(Side(AddressSet.of_parts(parts)), hint))
    else:
        selectors.extend(Selector.of_part(part) for part in parts)
    for selector in selectors:
        if selector.network is not None:
            groups.use(selector.network)
    return tuple(dict.fromkeys(selectors))


def _without_negation(value: str) -> str | None:
    """What a negated value negates, or None for a plain one."""
    if value.startswith(("!", "≠", "<>")):
        return value.lstrip("!≠<>").strip()
    first, _, rest = value.partition(" ")
    return rest.strip() if rest and first.casefold() in sheet_words().negations else None


def _side_parts(value: str, names: KnownNames) -> list[SidePart]:
    whole = _side_part(value, names)
    if whole is not None:
        return [whole]
    tokens = re.sub(r"\s*([/–-])\s*", r"\1", value).split()
    if len(tokens) < 2:
        raise NotUnderstood(OpaqueReason.ADDRESS, value[:100])
    found: list[SidePart] = []
    for token in tokens:
        part = _side_part(token, names)
        if part is None or (isinstance(part, Selector) and part.any):
            # `any host` or `all but ...` is more than a list of values.
            raise NotUnderstood(OpaqueReason.ADDRESS, value[:100])
        found.append(part)
    return found


_ADDRESS_AND_MASK: Final = re.compile(r"(\d+\.\d+\.\d+\.\d+) (\d+\.\d+\.\d+\.\d+)", re.ASCII)


def _side_part(value: str, names: KnownNames) -> SidePart | None:
    if value.casefold() in sheet_words().any:
        return Selector(any=True)
    named = names.side(value)
    if named is not None:
        return named
    text = re.sub(r"\s*([/–-])\s*", r"\1", value)
    if (match := _ADDRESS_AND_MASK.fullmatch(text)) is not None and not match[2].startswith("0."):
        try:
            return address_word(f"{match[1]}/{match[2]}", strict=True) if _is_mask(match[2]) else None
        except ValueError:
            return None
    if text.casefold().startswith("host "):
        text = text[5:]
    return address_word(text, strict=True)


def _is_mask(text: str) -> bool:
    """Two addresses side by side are a network and its mask only if the second can be a mask."""
    bits = "".join(f"{int(part):08b}" for part in text.split(".") if int(part) < 256)
    return len(bits) == 32 and "01" not in bits


def _addresses_of(parts: Iterable[SidePart], topology: Topology | None) -> AddressSet:
    found = NOWHERE
    for part in parts:
        if not isinstance(part, Selector):
            found |= AddressSet.of_parts([part])
        elif part.any:
            return EVERYWHERE
        elif topology is not None:
            found |= compile_selectors(topology, [part])
    return found


def zone_names(text: str, names: KnownNames, pattern: str) -> tuple[str, ...]:
    """The zones of a zone column; none for any. Without a topology a name is taken as it stands."""
    found = []
    for value in values_of(text):
        if value.casefold() in sheet_words().any_of_a_limit:
            return ()
        zones = {} if names.topology is None else {zone.name.casefold(): zone.name for zone in names.topology.zones}
        zone = zones.get(value.casefold()) if names.topology is not None else value
        if zone is None or re.fullmatch(pattern, zone) is None:
            raise NotUnderstood(OpaqueReason.COLUMN, value[:100])
        found.append(zone)
    return tuple(dict.fromkeys(found))


# --- services

_PROTOCOL: Final = r"(?P<protocol>tcp\s*[/+&]\s*udp|udp\s*[/+&]\s*tcp|tcp|udp)"
_PORTS: Final = r"(?P<ports>[0-9]+(?:\s*[-–:]\s*[0-9]+)?)"
_BEFORE: Final = re.compile(rf"{_PROTOCOL}[\s/:_-]*{_PORTS}", re.IGNORECASE | re.ASCII)
_BEHIND: Final = re.compile(rf"{_PORTS}\s*[/_ ]\s*{_PROTOCOL}", re.IGNORECASE | re.ASCII)
_ONLY: Final = re.compile(_PROTOCOL, re.IGNORECASE)


def protocols_of(text: str) -> frozenset[str]:
    """TCP, UDP or both, as a protocol cell says; nothing for protocols without ports."""
    found: set[str] = set()
    for value in re.split(r"[\n\r,;|/+&\s]+", text.strip().casefold()):
        kinds = sheet_words().protocols.get(value)
        if kinds is None:
            raise NotUnderstood(OpaqueReason.SERVICE, text[:100])
        found |= kinds
    return frozenset(found)


def services_of(text: str, protocols: frozenset[str] | None, names: KnownNames) -> tuple[str, ...]:
    """The services of a service or port cell as a rule has them; none if all are protocols without ports.

    `protocols` are those of a protocol column; without one a bare port takes that of the value before it.
    """
    found: list[str] = []
    known = protocols
    for value in values_of(text):
        services, known = _service_value(value, known, names)
        found.extend(services)
    if "any" in found:
        return ("any",) if protocols in (None, frozenset(("tcp", "udp"))) else _ports_of("1-65535", protocols or ())
    return tuple(dict.fromkeys(found))


def _service_value(
    value: str, known: frozenset[str] | None, names: KnownNames
) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """The services of one value, and the protocol that holds for a bare port behind it."""
    words = sheet_words()
    word = value.casefold()
    named = names.service(value)
    if named is not None:
        return (named,), known
    if word in words.any or word in words.any_service:
        return ("any",), known
    for shape in (_BEFORE, _BEHIND):
        if (match := shape.fullmatch(value)) is not None:
            protocols = protocols_of(match["protocol"])
            return _ports_of(match["ports"], protocols), protocols
    if _ONLY.fullmatch(value) is not None:
        protocols = protocols_of(value)
        return _ports_of("1-65535", protocols), protocols
    if port_word(value) is not None:
        if known is None:
            raise NotUnderstood(OpaqueReason.PROTOCOL_MISSING, value[:100])
        return _ports_of(value, known), known
    if words.protocols.get(word) == frozenset():
        return (), known
    if word in words.services:
        wanted = [one for one in words.services[word] if known is None or one.protocol.value in known]
        return tuple(str(service) for service in wanted), None if known is None else known
    return _service_tokens(value, known, names)


def _service_tokens(
    value: str, known: frozenset[str] | None, names: KnownNames
) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """Several services with blanks between them."""
    tokens = re.sub(r"(?i)\b(tcp|udp) (?=[0-9])", r"\1/", re.sub(r"\s*([/–:-])\s*", r"\1", value)).split()
    if len(tokens) < 2:
        raise NotUnderstood(OpaqueReason.SERVICE, value[:100])
    found: list[str] = []
    for token in tokens:
        if token.casefold() in sheet_words().any:
            raise NotUnderstood(OpaqueReason.SERVICE, value[:100])
        services, known = _service_value(token, known, names)
        found.extend(services)
    return tuple(found), known


def _ports_of(ports: str, protocols: Iterable[str]) -> tuple[str, ...]:
    """Raises ReversedRange, PortOutOfRange."""
    runs = port_word(ports) or ()
    return tuple(
        str(Service(protocol, low, high)) for protocol in Protocol if protocol in protocols for low, high in runs
    )
