"""Runs of whole numbers, of addresses or of ports, and their arithmetic.

In and out: intervals `(first, last)`, both included, rising, that neither overlap nor touch.
Never here: what the numbers stand for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

Interval = tuple[int, int]
"""First and last number of a run, both included."""


def joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Intervals of any order in rising order, with those that overlap or touch made one."""
    found: list[Interval] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def runs(numbers: Iterable[int]) -> tuple[Interval, ...]:
    """Numbers of any order, repeated or not, as the runs that they form."""
    found: list[Interval] = []
    first = last = None
    for number in sorted(numbers):
        if first is None or last is None:
            first = last = number
        elif number <= last + 1:
            last = number
        else:
            found.append((first, last))
            first = last = number
    return tuple(found) if first is None or last is None else (*found, (first, last))


def common(left: Sequence[Interval], right: Sequence[Interval]) -> tuple[Interval, ...]:
    """What two rising runs of intervals share. Quick if one is short, as when a zone cuts a role of thousands."""
    few, many = sorted((left, right), key=len)
    if len(few) == 1 and many[0][0] >= few[0][0] and many[-1][1] <= few[0][1]:
        return tuple(many)  # most often the other is everything
    found: list[Interval] = []
    for low, high in few:
        place = bisect_left(many, (low + 1, 0))
        if place and many[place - 1][1] >= low:
            place -= 1
        while place < len(many) and many[place][0] <= high:
            found.append((max(low, many[place][0]), min(high, many[place][1])))
            place += 1
    return tuple(found)


def minus(left: Sequence[Interval], right: Sequence[Interval]) -> tuple[Interval, ...]:
    """What is left of rising intervals when others, which may lie anywhere, are taken out."""
    if not left:
        return ()
    whole = (left[0][0], left[-1][1])
    return common(left, without(whole, common((whole,), right)))


def size(intervals: Iterable[Interval]) -> int:
    """How many numbers they have, if they do not overlap."""
    return sum(high - low + 1 for low, high in intervals)


def without(whole: Interval, taken: Iterable[Interval]) -> tuple[Interval, ...]:
    """What is left of an interval when rising intervals inside it are taken out."""
    left: list[Interval] = []
    start = whole[0]
    for low, high in taken:
        if start < low:
            left.append((start, low - 1))
        start = high + 1
    if start <= whole[1]:
        left.append((start, whole[1]))
    return tuple(left)
