"""Intervals of addresses as text: single addresses, prefixes and ranges.

Decided here: when an interval is a prefix. In: the intervals of an `AddressSet`. Out: `Block`s, for every exporter.
Never here: the syntax of any device.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range
from typing import Final, Literal

from vbtui.firewall.intervals import Interval

Version = Literal[4, 6]

WIDTH: Final = {4: 32, 6: 128}
"""Bits of an address."""


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses of one family from `first` to `last`, both included."""

    version: Version
    first: int
    last: int

    @property
    def prefix(self) -> int | None:
        """The prefix length, if the block is exactly one prefix."""
        size = self.last - self.first + 1
        if size & (size - 1) or self.first % size:
            return None
        return WIDTH[self.version] - size.bit_length() + 1

    @property
    def ends(self) -> tuple[str, str]:
        """First and last address as text."""
        return address_text(self.version, self.first), address_text(self.version, self.last)

    def __str__(self) -> str:
        """`10.0.0.1`, `10.0.0.0/24` or `10.0.0.1-10.0.0.9`."""
        first, last = self.ends
        prefix = self.prefix
        if prefix is None:
            return f"{first}-{last}"
        return first if prefix == WIDTH[self.version] else f"{first}/{prefix}"

    def prefixes(self) -> tuple[str, ...]:
        """The block as prefixes, `10.0.0.1/32`: as many as it takes."""
        if self.version == 4:
            return tuple(map(str, summarize_address_range(IPv4Address(self.first), IPv4Address(self.last))))
        return tuple(map(str, summarize_address_range(IPv6Address(self.first), IPv6Address(self.last))))

    def halves(self) -> tuple[str, ...]:
        """Like its text, but a whole family as its two halves: not every parser takes a prefix of length 0."""
        if self.prefix == 0:
            return tuple(map(str, ip_network(str(self)).subnets()))
        return (str(self),)


def address_text(version: Version, number: int) -> str:
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))


def blocks(version: Version, intervals: Iterable[Interval]) -> tuple[Block, ...]:
    return tuple(Block(version, first, last) for first, last in intervals)


def is_whole(version: Version, intervals: tuple[Interval, ...]) -> bool:
    """Whether the intervals are every address of the family, so that nothing needs to be matched."""
    return intervals == ((0, 2 ** WIDTH[version] - 1),)
