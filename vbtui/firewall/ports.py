"""Sets of ports of both protocols, and their arithmetic.

In: the services of rules and connections. Out: a `PortSet`, or the fewest services that say the same.
Never here: what listens on a port, names of services, source ports.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from vbtui.firewall.intervals import Interval, common, joined, minus, size
from vbtui.vocabulary import Protocol, Service


@dataclass(frozen=True, slots=True)
class PortSet:
    """Ports of TCP and of UDP: for each rising intervals that neither overlap nor touch. Equal sets are equal."""

    tcp: tuple[Interval, ...] = ()
    udp: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, services: Iterable[Service]) -> Self:
        """The ports of services that may overlap, in any order."""
        tcp: list[Interval] = []
        udp: list[Interval] = []
        for service in services:
            (tcp if service.protocol is Protocol.TCP else udp).append((service.low, service.high))
        return cls(joined(tcp), joined(udp))

    def __bool__(self) -> bool:
        return bool(self.tcp or self.udp)

    def __and__(self, other: PortSet) -> PortSet:
        return PortSet(common(self.tcp, other.tcp), common(self.udp, other.udp))

    def __or__(self, other: PortSet) -> PortSet:
        return PortSet(joined((*self.tcp, *other.tcp)), joined((*self.udp, *other.udp)))

    def __sub__(self, other: PortSet) -> PortSet:
        return PortSet(minus(self.tcp, other.tcp), minus(self.udp, other.udp))

    @property
    def size(self) -> int:
        """How many ports they are; one number of both protocols counts twice."""
        return size(self.tcp) + size(self.udp)

    @property
    def services(self) -> tuple[Service, ...]:
        """One service for each interval: TCP first, rising."""
        return (
            *(Service(Protocol.TCP, low, high) for low, high in self.tcp),
            *(Service(Protocol.UDP, low, high) for low, high in self.udp),
        )
