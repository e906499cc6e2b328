"""The header space of one firewall as exact sets: what a rule matches, and whether others together match all of it.

Theory of operation. A packet is a point: source address, destination address, protocol with port, direction. All edges
of all rules cut each dimension into *classes*, runs of neighbours that no rule tells apart; a set of classes is an int
used as a bit mask. What a rule matches is then one `Box` per family of addresses, the product of four such sets,
however many addresses its sides list, and taking one box from another leaves at most four boxes, disjoint and exact.
IPv4 and IPv6 are two spaces that never mix. TCP and UDP are one dimension: UDP's port p is number 65535 + p, so `any`
is one run. A network firewall knows one direction, a host firewall outbound and inbound.

Whether boxes cover a box is decided by taking them out one after the other (`Space.cover`). Before that, two things
that are cheap: which rules meet or hold a rule in every dimension, from the rules of each class (`meeting`, `holding`),
and points of a box that few rules know (`bare`), one of which is mostly enough to prove that a rule is not covered.
Never here: actions, order, what a cover means for a rule (`coverage`), selectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from vbtui.firewall.intervals import Interval, joined
from vbtui.firewall.rules import CompiledRule
from vbtui.vocabulary import Protocol, Service

Box = tuple[int, int, int, int]
"""Classes of sources, destinations, services and directions as bit masks. Empty if one of them is 0."""

OUTBOUND: Final = 1
INBOUND: Final = 2
"""Bits of the fourth dimension. A network firewall uses only the first."""

_LAST_PORT: Final = 65535


def service_interval(service: Service) -> Interval:
    """Protocol and ports as numbers of one line: TCP 1-65535, UDP 65536-131070."""
    base = 0 if service.protocol is Protocol.TCP else _LAST_PORT
    return base + service.low, base + service.high


def bits(mask: int) -> Iterator[int]:
    """Places of the set bits, rising."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def without(box: Box, taken: Box) -> tuple[Box, ...]:
    """`box` minus `taken`: disjoint boxes, one for each dimension in which `taken` does not hold `box`."""
    inner: tuple[int, ...] = tuple(ours & theirs for ours, theirs in zip(box, taken, strict=True))
    if not all(inner):
        return (box,)
    s, d, v, w = box
    si, di, vi, wi = inner
    pieces = ((s & ~si, d, v, w), (si, d & ~di, v, w), (si, di, v & ~vi, w), (si, di, vi, w & ~wi))
    return tuple(piece for piece, own, common in zip(pieces, box, inner, strict=True) if own != common)


class Space:
    """The rules of one firewall in one family of addresses. Places are those of the rules it was made from."""

    __slots__ = ("_axes", "_rules_by_direction", "boxes")

    boxes: tuple[Box | None, ...]
    """What each rule matches; None for nothing."""

    def __init__(self, rules: Sequence[CompiledRule], *, v6: bool, host: bool) -> None:
        axes = (
            _Axis([rule.source.v6 if v6 else rule.source.v4 for rule in rules]),
            _Axis([rule.destination.v6 if v6 else rule.destination.v4 for rule in rules]),
            _Axis([_services(rule) for rule in rules]),
        )
        boxes = [
            (*(axis.masks[place] for axis in axes), _directions(rule) if host else OUTBOUND)
            for place, rule in enumerate(rules)
        ]
        self.boxes = tuple((s, d, v, w) if s and d and v else None for s, d, v, w in boxes)
        self._axes = axes
        self._rules_by_direction = tuple(
            sum(1 << place for place, box in enumerate(self.boxes) if box is not None and box[3] & bit)
            for bit in (OUTBOUND, INBOUND)
        )

    def meeting(self, place: int) -> int:
        """The rules whose boxes share a packet with that rule's box, itself too, as a mask of places."""
        box = self.boxes[place]
        if box is None:
            return 0
        found = self._of_direction(box[3])
        for axis in self._axes:
            found &= axis.meeting(place)
        return found

    def holding(self, place: int) -> int:
        """The rules whose boxes hold all of that rule's box, itself too, as a mask of places; all for an empty one."""
        box = self.boxes[place]
        found = -1
        if box is not None:
            for bit, rules in zip((OUTBOUND, INBOUND), self._rules_by_direction, strict=True):
                found &= rules if box[3] & bit else -1
            for axis in self._axes:
                found &= axis.holding(place)
        return found

    def bare(self, box: Box, rules: int) -> bool:
        """Whether a point of `box` is found that none of `rules` (a mask) matches.

        It looks at a few points only: True is a proof, False says nothing.
        """
        sources, destinations, services = (axis.lonely(mask) for axis, mask in zip(self._axes, box[:3], strict=True))
        by_source, by_destination, by_service = (axis.rules for axis in self._axes)
        for direction in bits(box[3]):
            concerned = rules & self._rules_by_direction[direction]
            for source in sources:
                left = by_source[source] & concerned
                for destination in destinations:
                    less = left & by_destination[destination]
                    for service in services:
                        if not less & by_service[service]:
                            return True
        return False

    def left(self, box: Box, places: Iterable[int], most: int) -> tuple[Box, ...] | None:
        """What is left of `box` without those rules, disjoint; None if it falls into more than `most` pieces."""
        pieces: tuple[Box, ...] = (box,)
        for place in places:
            taken = self.boxes[place]
            if taken is not None:
                pieces = tuple(rest for piece in pieces for rest in without(piece, taken))
            if not 0 < len(pieces) <= most:
                return None if pieces else ()
        return pieces

    def cover(self, box: Box, places: Iterable[int]) -> frozenset[int] | None:
        """Places of rules that together match all of `box`, chosen among `places`; None if all of them do not.

        The choice is the same every time, and need not be the smallest. Exact.
        """
        used: set[int] = set()
        stack = [(box, list(places))]
        while stack:
            piece, candidates = stack.pop()
            cut = self._cut(piece, candidates)
            if cut is None:
                return None
            chosen, meeting, pieces = cut
            used.add(chosen)
            stack.extend((one, meeting) for one in pieces)
        return frozenset(used)

    def _cut(self, piece: Box, candidates: list[int]) -> tuple[int, list[int], tuple[Box, ...]] | None:
        """The candidate that leaves the fewest pieces, all candidates that meet the piece, and what it leaves."""
        s, d, v, w = piece
        best, least, meeting = -1, 5, []
        for place in candidates:
            box = self.boxes[place]
            if box is None or not (s & box[0] and d & box[1] and v & box[2] and w & box[3]):
                continue
            meeting.append(place)
            # how many dimensions it does not hold: so many pieces it leaves
            outside = (s & ~box[0], d & ~box[1], v & ~box[2], w & ~box[3])
            open_sides = 4 - outside.count(0)
            if open_sides < least:
                best, least = place, open_sides
                if not open_sides:
                    return best, [], ()
        if best < 0:
            return None
        taken = self.boxes[best]
        assert taken is not None
        meeting.remove(best)
        return best, meeting, without(piece, taken)

    def _of_direction(self, mask: int) -> int:
        found = 0
        for bit, rules in zip((OUTBOUND, INBOUND), self._rules_by_direction, strict=True):
            found |= rules if mask & bit else 0
        return found


def _services(rule: CompiledRule) -> tuple[Interval, ...]:
    return joined(service_interval(service) for service in rule.services)


def _directions(rule: CompiledRule) -> int:
    return {"outbound": OUTBOUND, "inbound": INBOUND, "both": OUTBOUND | INBOUND}[rule.direction]


_BLOCK: Final = 64
"""Classes that are summed up together, so that a wide run of classes costs a few steps."""

_SAMPLED: Final = 48
_LONELY: Final = 4
"""Of so many classes of a set, the so many that the fewest rules know."""


class _Axis:
    """One dimension cut into classes by sets of intervals, one set for each rule; empty sets have the mask 0."""

    __slots__ = ("_all_of_block", "_any_of_block", "_held", "_lonely", "_met", "_runs", "_sets", "masks", "rules")

    def __init__(self, sets: Sequence[tuple[Interval, ...]]) -> None:
        edges = sorted({edge for one in set(sets) for low, high in one for edge in (low, high + 1)})
        place_of = {edge: place for place, edge in enumerate(edges)}
        count = max(len(edges) - 1, 0)
        self._sets = tuple(sets)
        self._runs = {one: tuple((place_of[low], place_of[high + 1]) for low, high in one) for one in set(sets)}
        mask_of = {one: _mask(runs) for one, runs in self._runs.items()}
        self.masks = tuple(mask_of[one] for one in sets)
        self.rules = _rules_of_classes(sets, self._runs, count)
        blocks = [self.rules[start : start + _BLOCK] for start in range(0, count, _BLOCK)]
        self._any_of_block = tuple(_any(block) for block in blocks)
        self._all_of_block = tuple(_all(block) for block in blocks)
        self._met: dict[tuple[Interval, ...], int] = {}
        self._held: dict[tuple[Interval, ...], int] = {}
        self._lonely: dict[int, tuple[int, ...]] = {}

    def meeting(self, place: int) -> int:
        one = self._sets[place]
        if one not in self._met:
            self._met[one] = _any(part for run in self._runs[one] for part in self._parts(run, self._any_of_block))
        return self._met[one]

    def holding(self, place: int) -> int:
        one = self._sets[place]
        if one not in self._held:
            self._held[one] = _all(part for run in self._runs[one] for part in self._parts(run, self._all_of_block))
        return self._held[one]

    def lonely(self, mask: int) -> tuple[int, ...]:
        """A few classes of a set, those with the fewest rules among some spread over it."""
        found = self._lonely.get(mask)
        if found is None:
            first, last = (mask & -mask).bit_length() - 1, mask.bit_length() - 1
            step = max((last - first) // _SAMPLED, 1)
            spread = [place for place in (*range(first, last, step), last) if mask >> place & 1]
            spread.sort(key=lambda place: self.rules[place].bit_count())
            found = self._lonely[mask] = tuple(spread[:_LONELY])
        return found

    def _parts(self, run: tuple[int, int], summed: Sequence[int]) -> Iterator[int]:
        """The rules of the classes of a run, of whole blocks together."""
        place, end = run
        while place < end:
            if place % _BLOCK == 0 and place + _BLOCK <= end:
                yield summed[place // _BLOCK]
                place += _BLOCK
            else:
                yield self.rules[place]
                place += 1


def _mask(runs: Iterable[tuple[int, int]]) -> int:
    mask = 0
    for start, end in runs:
        mask |= ((1 << (end - start)) - 1) << start
    return mask


def _rules_of_classes(
    sets: Sequence[tuple[Interval, ...]], runs: dict[tuple[Interval, ...], tuple[tuple[int, int], ...]], count: int
) -> tuple[int, ...]:
    """For each class the rules whose sets have it, as a mask of places."""
    places: dict[tuple[Interval, ...], int] = {}
    for place, one in enumerate(sets):
        places[one] = places.get(one, 0) | 1 << place
    changes = [0] * (count + 1)
    for one, mask in places.items():
        for start, end in runs[one]:
            changes[start] ^= mask
            changes[end] ^= mask
    found, present = [], 0
    for change in changes[:count]:
        present ^= change
        found.append(present)
    return tuple(found)


def _any(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _all(masks: Iterable[int]) -> int:
    found = -1
    for mask in masks:
        found &= mask
    return found
