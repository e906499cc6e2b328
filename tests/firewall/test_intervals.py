"""Arithmetic of intervals, ports and addresses against sets of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import summarize_address_range
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vbtui.firewall.intervals import Interval, common, joined, minus, runs, size, without
from vbtui.firewall.ports import PortSet
from vbtui.firewall.selectors import AddressSet
from vbtui.topology import AddressRange, Network
from vbtui.vocabulary import Protocol, Service

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


@given(intervals.map(joined), intervals.map(joined))
def test_minus(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> None:
    found = minus(left, right)
    assert numbers(found) == numbers(left) - numbers(right) and is_tidy(found)
    assert size(found) == len(numbers(found))


services = st.lists(
    st.builds(
        lambda protocol, one, other: Service(protocol, min(one, other), max(one, other)),
        st.sampled_from(Protocol),
        st.integers(1, LAST),
        st.integers(1, LAST),
    ),
    max_size=6,
)


def points(asked: Iterable[Service]) -> set[tuple[Protocol, int]]:
    return {(one.protocol, port) for one in asked for port in range(one.low, one.high + 1)}


@given(services, services)
def test_sets_of_ports(ours: list[Service], theirs: list[Service]) -> None:
    left, right = PortSet.of(ours), PortSet.of(theirs)
    assert points((left & right).services) == points(ours) & points(theirs)
    assert points((left | right).services) == points(ours) | points(theirs)
    assert points((left - right).services) == points(ours) - points(theirs)
    assert left.size == len(points(ours)) and bool(left) == bool(ours)
    assert list(left.services) == sorted(left.services) and (left == right) == (points(ours) == points(theirs))


@given(intervals.map(joined), intervals.map(joined))
def test_parts_of_a_set_of_addresses_are_that_set(v4: tuple[Interval, ...], v6: tuple[Interval, ...]) -> None:
    found = AddressSet(v4, v6)
    assert AddressSet.of_parts(found.parts) == found and found.size == size(v4) + size(v6)
    assert all(isinstance(part, AddressRange) is (as_network(part) is None) for part in found.parts)


def as_network(part: Network | AddressRange) -> Network | None:
    """By the standard library's way: the one network that a run of addresses is, if it is one."""
    if not isinstance(part, AddressRange):
        return part
    first, *more = summarize_address_range(part.first, part.last)
    return None if more else first
