"""Sets of machines, and which machines may stand for each other.

Theory of operation: a check asks the same of thousands of machines. Machines that it cannot tell apart are one *class*,
a member answers for all of them, and a goal or connection names the whole class. Two things make a difference: what the
firewalls say (the *group*, `Policy.group_of`), and what the process sees of a machine (the *shape*: decided by whoever
looks, in `estate` and `casting`). Only a machine whose sole role is the one that is asked about is folded; any other
is a class of its own, because the process may meet it in two places at once.
`Unfolded` makes every machine a class of its own. It is slow and obvious, and a fold must answer exactly as it does.

Sets of machines are whole numbers with a bit for each place of a `Roster`: what is common to two sets is one operation,
whatever their size.
In: names, a policy. Out: classes. Never here: what a machine is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import compress
from typing import Final, Protocol

from vbtui.firewall import Policy

Members = int
"""A set of machines: bit n stands for the n-th name of its roster."""

_TRUTH: Final = bytes.maketrans(b"01", b"\x00\x01")


class Axis(IntEnum):
    """Which of the machines of an assignment one side of a connection is, where it stands for many."""

    GUEST = 1
    HOST = 2
    PROXY = 3
    SERVER = 4
    """Any server of the backup infrastructure."""


class Roster:
    """Names in the order of the file. A set of them is a `Members` number; equal sets give one and the same tuple."""

    __slots__ = ("_known", "index", "names")

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.index = {name: place for place, name in enumerate(self.names)}
        self._known: dict[Members, tuple[str, ...]] = {}

    @property
    def everyone(self) -> Members:
        return (1 << len(self.names)) - 1

    def bit(self, name: str) -> Members:
        """The set of that one. Raises KeyError."""
        return 1 << self.index[name]

    def of(self, names: Iterable[str]) -> Members:
        """The set of those names; names that are not in the roster are left out."""
        found = 0
        for name in names:
            place = self.index.get(name)
            if place is not None:
                found |= 1 << place
        return found

    def members(self, chosen: Members) -> tuple[str, ...]:
        known = self._known.get(chosen)
        if known is None:
            picked = format(chosen, "b")[::-1].encode().translate(_TRUTH)
            known = self._known[chosen] = tuple(compress(self.names, picked))
        return known

    def first(self, chosen: Members) -> str:
        """The first member of a set that is not empty."""
        return self.names[(chosen & -chosen).bit_length() - 1]


def singles(chosen: Members) -> Iterator[Members]:
    """The sets of one member each, first member first."""
    while chosen:
        lowest = chosen & -chosen
        yield lowest
        chosen ^= lowest


@dataclass(frozen=True, slots=True)
class MachineClass:
    """Machines that all get the same answers from the firewalls."""

    name: str
    """The one that is asked for all."""
    members: Members


class Folding(Protocol):
    """What may be told apart."""

    def group(self, name: str) -> Hashable:
        """Machines of one group get the same answers from every firewall, and stand in the same zones."""

    def mark(self, name: str) -> Hashable:
        """What keeps a machine apart although the process sees nothing special in it: None, or its name."""


class ByPolicy:
    """Machines fold that no rule of a policy can tell apart."""

    __slots__ = ("_policy",)

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def group(self, name: str) -> Hashable:
        return self._policy.group_of(name)

    def mark(self, name: str) -> Hashable:  # noqa: ARG002 - none is kept apart
        return None


class Unfolded:
    """Nothing folds: every machine is asked for itself."""

    __slots__ = ()

    def group(self, name: str) -> Hashable:
        return name

    def mark(self, name: str) -> Hashable:
        return name


def classes(roster: Roster, keys: Iterable[Hashable]) -> tuple[MachineClass, ...]:
    """The roster's machines by key, one key for each name in order; classes in the order of their first member."""
    found: dict[Hashable, Members] = {}
    for place, key in enumerate(keys):
        found[key] = found.get(key, 0) | 1 << place
    return tuple(MachineClass(roster.first(members), members) for members in found.values())


def cover(rectangles: Iterable[tuple[Members, Members]]) -> list[tuple[Members, Members]]:
    """The same pairs as those of all `rectangles`, each pair once, in as few rectangles as joining makes them."""
    by_first: dict[Members, Members] = {}
    for first, second in rectangles:
        by_first[first] = by_first.get(first, 0) | second
    by_second: dict[Members, Members] = {}
    for first, second in by_first.items():
        by_second[second] = by_second.get(second, 0) | first
    if len(by_second) == 1:
        return [(first, second) for second, first in by_second.items()]
    pieces: list[tuple[Members, Members]] = []
    for second, first in by_second.items():
        left = second
        cut: list[tuple[Members, Members]] = []
        for firsts, seconds in pieces:
            if both := seconds & second:
                cut.append((firsts | first, both))
            if rest := seconds & ~second:
                cut.append((firsts, rest))
            left &= ~seconds
        if left:
            cut.append((first, left))
        pieces = cut
    joined: dict[Members, Members] = {}
    for firsts, seconds in pieces:
        joined[firsts] = joined.get(firsts, 0) | seconds
    return list(joined.items())
