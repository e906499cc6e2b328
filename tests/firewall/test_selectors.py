"""What selectors stand for, and the arithmetic of address sets against sets of single addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vbtui.firewall.selectors import EVERYWHERE, NOWHERE, AddressSet, compile_selectors
from vbtui.topology import Selector, Topology

DISK = {"name": "d", "datastore": "store", "size": "1MiB"}

TOPOLOGY = Topology.model_validate(
    {
        "version": 1,
        "name": "selectors",
        "zones": [
            {"name": "backup", "cidrs": ["10.20.0.0/24", "fd00:20::/64"]},
            {"name": "lan", "cidrs": ["10.40.0.0/24"]},
        ],
        "datastores": [{"name": "store"}],
        "nodes": [
            {"name": "px1", "roles": ["proxy"], "zone": "backup", "address": "10.20.0.21"},
            {
                "name": "px2",
                "roles": ["proxy", "repository"],
                "addresses": [
                    {"zone": "backup", "address": "10.20.0.22"},
                    {"zone": "lan", "address": "10.40.0.22"},
                    {"zone": "backup", "address": "fd00:20::22"},
                ],
            },
            {"name": "esx1", "roles": ["esxi_host"], "zone": "lan", "address": "10.40.0.1"},
        ],
        "vms": [
            {"name": "web", "host": "esx1", "zone": "lan", "address": "10.40.0.80", "disks": [DISK]},
            {"name": "cut-off", "host": "esx1", "disks": [DISK]},
        ],
        "jobs": [{"name": "daily", "vms": ["web"], "repository": "px2"}],
    }
)

PROBES = [
    "10.20.0.0",
    "10.20.0.21",
    "10.20.0.22",
    "10.20.0.255",
    "10.20.1.0",
    "10.40.0.1",
    "10.40.0.22",
    "10.40.0.80",
    "fd00:20::22",
    "fd00:20::ffff",
    "fd00:21::",
    "0.0.0.0",
    "255.255.255.255",
]


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        ([{"any": True}], PROBES),
        ([{"node": "px1"}], ["10.20.0.21"]),
        ([{"node": "px2"}], ["10.20.0.22", "10.40.0.22", "fd00:20::22"]),
        ([{"node": "web"}], ["10.40.0.80"]),
        ([{"node": "cut-off"}], []),
        ([{"node": "nobody"}], []),
        ([{"role": "proxy"}], ["10.20.0.21", "10.20.0.22", "10.40.0.22", "fd00:20::22"]),
        ([{"role": "guest"}], ["10.40.0.80"]),
        ([{"role": "vcenter"}], []),
        (
            [{"zone": "backup"}],
            ["10.20.0.0", "10.20.0.21", "10.20.0.22", "10.20.0.255", "fd00:20::22", "fd00:20::ffff"],
        ),
        ([{"zone": "nowhere"}], []),
        ([{"cidr": "10.20.0.22/31"}], ["10.20.0.22"]),
        ([{"cidr": "fd00:20::/64"}], ["fd00:20::22", "fd00:20::ffff"]),
        ([{"role": "proxy", "zone": "lan"}], ["10.40.0.22"]),
        ([{"role": "proxy", "cidr": "10.20.0.0/28"}], []),
        ([{"any": True, "node": "px1"}], ["10.20.0.21"]),
        ([{"node": "px1"}, {"role": "guest"}], ["10.20.0.21", "10.40.0.80"]),
        ([{"node": "nobody"}, {"node": "px1"}], ["10.20.0.21"]),
    ],
    ids=str,
)
def test_a_selector_stands_for(selectors: list[dict[str, Any]], expected: list[str]) -> None:
    found = compile_selectors(TOPOLOGY, [Selector.model_validate(selector) for selector in selectors])
    assert [text for text in PROBES if ip_address(text) in found] == expected


def test_a_selector_without_keys_stands_for_nothing() -> None:
    assert compile_selectors(TOPOLOGY, [Selector.model_construct()]) == NOWHERE
    assert not NOWHERE


def test_families_never_mix() -> None:
    assert IPv4Address("10.0.0.0") in AddressSet.of_parts([ip_network("0.0.0.0/0")])
    assert ip_address("::a00:0") not in AddressSet.of_parts([ip_network("0.0.0.0/0")])
    assert ip_address("10.0.0.0") not in AddressSet.of_parts([ip_network("::/0")])
    assert AddressSet.of_parts([ip_network("0.0.0.0/0"), ip_network("::/0")]) == EVERYWHERE


NUMBERS = st.integers(0, 40)
MODELS = st.frozensets(NUMBERS, max_size=20)


def _set(numbers: frozenset[int]) -> AddressSet:
    return AddressSet.of_addresses(IPv4Address(number) for number in numbers)


@given(MODELS, MODELS)
def test_address_sets_behave_as_sets(left: frozenset[int], right: frozenset[int]) -> None:
    assert _set(left) | _set(right) == _set(left | right)
    assert _set(left) & _set(right) == _set(left & right)
    assert bool(_set(left)) == bool(left)
    for number in range(42):
        assert (IPv4Address(number) in _set(left)) == (number in left)


@given(MODELS)
def test_intervals_neither_overlap_nor_touch(numbers: frozenset[int]) -> None:
    intervals = _set(numbers).v4
    assert all(low <= high for low, high in intervals)
    assert all(earlier[1] + 1 < later[0] for earlier, later in pairwise(intervals))


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(24, 32)), max_size=6))
def test_networks_hold_exactly_their_addresses(parts: list[tuple[int, int]]) -> None:
    networks = [ip_network((f"10.0.0.{last}", length), strict=False) for last, length in parts]
    found = AddressSet.of_parts(networks)
    for address in ip_network("10.0.0.0/24"):
        assert (address in found) == any(address in network for network in networks)
