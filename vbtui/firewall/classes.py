"""Machines that no rule can tell apart, and which rules name them.

Decided here: the equivalence classes of addresses and of machines. The end points of all rules cut the addresses of a
family into runs; within a run every rule names all addresses or none. So an address is as good as the bitmask of the
rules that name it, and machines with equal masks, zones and host firewalls are as good as one.
Disabled rules count like the others, so that switching a rule never moves a machine to another group.
In: address sets of rules in the order of their bits, and machines. Out: masks and groups.
Never here: what a rule does, ports, verdicts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vbtui.firewall.intervals import Interval
from vbtui.firewall.path import Attachment, Shape
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import Address


class AddressClasses:
    """For any address the rules that name it, as source and as destination."""

    __slots__ = ("_rules", "_v4", "_v6")

    def __init__(self, sides: Sequence[tuple[AddressSet, AddressSet]]) -> None:
        """`sides` are source and destination of every rule; a rule's place here is its bit in the masks."""
        self._rules = len(sides)
        # A rule about a role shares its set with the other rules about that role: swept once, for all their bits.
        # By identity, because a set of thousands of addresses is slow to hash.
        marks: dict[int, tuple[AddressSet, int]] = {}
        for number, pair in enumerate(sides):
            for bit, named in zip((number, self._rules + number), pair, strict=True):
                marks[id(named)] = (named, marks.get(id(named), (named, 0))[1] | 1 << bit)
        self._v4 = _runs((named.v4, bits) for named, bits in marks.values())
        self._v6 = _runs((named.v6, bits) for named, bits in marks.values())

    def mark(self, address: Address) -> int:
        """Equal for two addresses of one family exactly if the same rules name them on the same sides."""
        starts, marks = self._v4 if address.version == 4 else self._v6
        return marks[bisect_right(starts, int(address)) - 1]

    def sides(self, mark: int) -> tuple[int, int]:
        """The rules that name the addresses of that mark as source, and those that name them as destination."""
        return mark & ((1 << self._rules) - 1), mark >> self._rules


_Runs = tuple[list[int], list[int]]
"""Where each run of addresses begins, rising from 0, and the mark of its addresses."""


def _runs(marked: Iterable[tuple[Sequence[Interval], int]]) -> _Runs:
    """Sweep over the end points. No bit may be in two marks, and the intervals of one mark must not touch."""
    flips: dict[int, int] = {0: 0}
    for intervals, bits in marked:
        for low, high in intervals:
            flips[low] = flips.get(low, 0) ^ bits
            flips[high + 1] = flips.get(high + 1, 0) ^ bits
    starts = sorted(flips)
    marks = []
    here = 0
    for start in starts:
        here ^= flips[start]
        marks.append(here)
    return starts, marks


@dataclass(frozen=True, slots=True)
class Group:
    """What the machines of one group have in common. Bit n of a mask stands for rule n of all rules."""

    shape: Shape
    firewall: str | None
    """Their host firewall."""
    sources: tuple[int, ...]
    """For each of their addresses the rules that name it as source."""
    destinations: tuple[int, ...]


def fold(machines: Mapping[str, Attachment], classes: AddressClasses) -> tuple[dict[str, int], tuple[Group, ...]]:
    """The group of every machine by name, and the groups, in the order of their first machines.

    Machines of one group have the same zones and families in the same order, which settles every choice of a route,
    the same host firewall, and addresses that the same rules of every firewall name on the same sides.
    """
    numbers: dict[tuple[Shape, str | None, tuple[int, ...]], int] = {}
    members: dict[str, int] = {}
    for name, machine in machines.items():
        marks = tuple([classes.mark(place.address) for place in machine.places])
        members[name] = numbers.setdefault((machine.shape, machine.firewall, marks), len(numbers))
    return members, tuple(_group(shape, firewall, marks, classes) for shape, firewall, marks in numbers)


def _group(shape: Shape, firewall: str | None, marks: tuple[int, ...], classes: AddressClasses) -> Group:
    sides = [classes.sides(mark) for mark in marks]
    return Group(shape, firewall, tuple(source for source, _ in sides), tuple(destination for _, destination in sides))
