"""Arithmetic of intervals against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vbtui.firewall.intervals import Interval, common, joined, runs, without

LAST = 40
intervals = st.lists(
    st.tuples(st.integers(0, LAST), st.integers(0, LAST)).map(lambda pair: (min(pair), max(pair))), max_size=8
)


def numbers(found: tuple[Interval, ...] | list[Interval]) -> set[int]:
    return {number for low, high in found for number in range(low, high + 1)}


def is_tidy(found: tuple[Interval, ...]) -> bool:
    """Rising, and no two touch."""
    return all(low <= high for low, high in found) and all(ours[1] + 1 < theirs[0] for ours, theirs in pairwise(found))


@given(intervals)
def test_joined(given_intervals: list[Interval]) -> None:
    found = joined(given_intervals)
    assert numbers(found) == numbers(given_intervals) and is_tidy(found)


@given(st.lists(st.integers(0, LAST)))
def test_runs(given_numbers: list[int]) -> None:
    found = runs(given_numbers)
    assert numbers(found) == set(given_numbers) and is_tidy(found)


@given(intervals.map(joined), intervals.map(joined))
def test_common(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> None:
    found = common(left, right)
    assert numbers(found) == numbers(left) & numbers(right) and is_tidy(found)


@given(intervals.map(joined), st.integers(0, LAST), st.integers(0, LAST))
def test_without(taken: tuple[Interval, ...], one: int, other: int) -> None:
    whole = (min(one, other), max(one, other))
    inside = common(taken, (whole,))
    found = without(whole, inside)
    assert numbers(found) == numbers([whole]) - numbers(taken) and is_tidy(found)
