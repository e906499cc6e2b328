"""What a rule can match, as one box: source, destination, TCP ports, UDP ports.

Decided here: the arithmetic of such boxes. Every dimension is a set, so what two boxes share is a box again, and what
is left of one without another is at most a few boxes. Source ports are not a dimension: they are the initiator's high
ports.
In and out: boxes. Never here: files, rules, names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

from vbtui.firewall.intervals import Interval, common, joined, minus
from vbtui.firewall.selectors import EVERYWHERE, NOWHERE, AddressSet
from vbtui.vocabulary import Protocol, Service

Intervals = tuple[Interval, ...]
"""Rising intervals that neither overlap nor touch."""

Ports = Intervals

ALL_PORTS: Final[Ports] = ((1, 65535),)
"""Port 0 is no port that a connection goes to."""

IPV4: Final = AddressSet(v4=EVERYWHERE.v4)
IPV6: Final = AddressSet(v6=EVERYWHERE.v6)


def family(version: int) -> AddressSet:
    """All addresses of IP version 4 or 6."""
    return IPV4 if version == 4 else IPV6


def ports_between(low: int, high: int) -> Ports:
    """The ports from `low` to `high`, both included; none where the two are turned or only port 0 is named."""
    low, high = max(low, 1), min(high, 65535)
    return ((low, high),) if low <= high else ()


def ports_together(*parts: Ports) -> Ports:
    return joined(interval for part in parts for interval in part)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a rule: addresses, and where an interface stands for zones, the zones. `zones` None is all zones."""

    addresses: AddressSet = EVERYWHERE
    zones: frozenset[str] | None = None

    def __and__(self, other: Side) -> Side:
        if self.zones is None or other.zones is None:
            zones = other.zones if self.zones is None else self.zones
        else:
            zones = self.zones & other.zones
        return Side(self.addresses & other.addresses, zones)

    @property
    def empty(self) -> bool:
        return not self.addresses or self.zones == frozenset()

    def without(self, other: Side) -> tuple[Side, ...] | None:
        """What is left of this side, or None where it cannot be said: all zones but some are no list of zones."""
        rest = Side(self.addresses - other.addresses, self.zones)
        if other.zones is None or other.zones == self.zones:
            left: tuple[Side, ...] = (rest,)
        elif self.zones is None:
            return None
        else:
            among = self.zones & other.zones
            left = (replace(self, zones=self.zones - among), replace(rest, zones=among))
        return tuple(side for side in left if not side.empty)


@dataclass(frozen=True, slots=True)
class Box:
    """Every flow whose source, destination and port are in these sets."""

    source: Side = Side()
    destination: Side = Side()
    tcp: Ports = ALL_PORTS
    udp: Ports = ALL_PORTS

    @classmethod
    def of_family(cls, version: int) -> Self:
        return cls(Side(family(version)), Side(family(version)))

    def __and__(self, other: Box) -> Box:
        return Box(
            self.source & other.source,
            self.destination & other.destination,
            common(self.tcp, other.tcp),
            common(self.udp, other.udp),
        )

    @property
    def empty(self) -> bool:
        """No flow is in it; source and destination of a flow are of one family."""
        if self.source.empty or self.destination.empty or not (self.tcp or self.udp):
            return True
        ours, theirs = self.source.addresses, self.destination.addresses
        return not ((ours.v4 and theirs.v4) or (ours.v6 and theirs.v6))

    @property
    def in_family(self) -> Box:
        """The same flows without the addresses that can meet none of the other side."""
        ours, theirs = self.source.addresses, self.destination.addresses
        v4, v6 = bool(ours.v4 and theirs.v4), bool(ours.v6 and theirs.v6)
        if v4 and v6:
            return self
        kept = IPV4 if v4 else IPV6 if v6 else NOWHERE
        return replace(
            self,
            source=replace(self.source, addresses=ours & kept),
            destination=replace(self.destination, addresses=theirs & kept),
        )

    def without(self, other: Box) -> tuple[Box, ...] | None:
        """What is left of this box, as boxes that do not overlap; None where zones make it impossible to say."""
        both = self & other
        if both.empty:
            return () if self.empty else (self,)
        sources, destinations = self.source.without(other.source), self.destination.without(other.destination)
        if sources is None or destinations is None:
            return None
        tcp, udp = minus(self.tcp, other.tcp), minus(self.udp, other.udp)
        left = [replace(self, source=side) for side in sources]
        left += [replace(self, source=both.source, destination=side) for side in destinations]
        left.append(replace(self, source=both.source, destination=both.destination, tcp=tcp, udp=udp))
        return tuple(box for box in left if not box.empty)

    def inside(self, others: tuple[Box, ...], most: int = 64) -> bool:
        """Whether every flow of this box is in one of `others`. False too when it takes more than `most` pieces."""
        left: list[Box] = [] if self.empty else [self]
        for other in others:
            pieces: list[Box] = []
            for box in left:
                rest = box.without(other)
                pieces.extend((box,) if rest is None else rest)
            left = pieces
            if not left:
                return True
            if len(left) > most:
                return False
        return not left

    @property
    def weight(self) -> int:
        """How many intervals it takes to write this box: what work on it costs."""
        ours, theirs = self.source.addresses, self.destination.addresses
        return len(ours.v4) + len(ours.v6) + len(theirs.v4) + len(theirs.v6) + len(self.tcp) + len(self.udp)

    @property
    def services(self) -> tuple[str, ...]:
        """Its ports as the services of a rule: `any`, or `tcp/443` and so on, TCP first."""
        if self.tcp == ALL_PORTS and self.udp == ALL_PORTS:
            return ("any",)
        return (
            *(str(Service(Protocol.TCP, low, high)) for low, high in self.tcp),
            *(str(Service(Protocol.UDP, low, high)) for low, high in self.udp),
        )


EVERYTHING: Final = Box()
