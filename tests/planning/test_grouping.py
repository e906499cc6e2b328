"""Object groups and rules that leave flows out, against counting single packets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.firewall.ports import PortSet
from vbtui.firewall.rules import CompiledRule, compile_firewall
from vbtui.firewall.selectors import AddressSet
from vbtui.planning.carving import Flows, carved
from vbtui.planning.grouping import Product, products, rectangles
from vbtui.planning.missing import End
from vbtui.topology import AddressRange, Firewall, Rule, Selector, Topology, load, resolve
from vbtui.vocabulary import Action, Protocol, Role, Service


def end(number: int) -> End:
    return End(f"m{number}", IPv4Address(f"10.0.0.{number}"), "zone", True)


@dataclass(frozen=True)
class Patch:
    sources: tuple[End, ...]
    destinations: tuple[End, ...]
    service: Service


Cell = tuple[str, str, Protocol, int]

ports = st.tuples(st.integers(1, 6), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
services = st.builds(lambda protocol, pair: Service(protocol, *pair), st.sampled_from(Protocol), ports)


def some(first: int) -> st.SearchStrategy[tuple[End, ...]]:
    return st.lists(st.integers(first, first + 4), min_size=1, max_size=4, unique=True).map(
        lambda found: tuple(end(number) for number in found)
    )


patches = st.lists(st.builds(Patch, some(1), some(11), services), max_size=8)


def cells(one: Patch | Product) -> list[Cell]:
    found = one.services if isinstance(one, Product) else (one.service,)
    return [
        (source.machine, destination.machine, service.protocol, port)
        for source in one.sources
        for destination in one.destinations
        for service in found
        for port in range(service.low, service.high + 1)
    ]


@given(st.lists(patches, min_size=1, max_size=3))
@examples(70)
def test_products_are_exactly_what_was_asked_for_and_share_nothing(tiers: list[list[Patch]]) -> None:
    earlier: set[Cell] = set()
    for asked, found in zip(tiers, products(tiers), strict=True):
        listed = [cell for one in found for cell in cells(one)]
        assert len(listed) == len(set(listed))
        assert set(listed) == {cell for one in asked for cell in cells(one)} - earlier
        earlier |= set(listed)


@given(patches)
@examples(50)
def test_there_are_never_more_products_than_pairs(asked: list[Patch]) -> None:
    pairs = {(source, destination) for one in asked for source in one.sources for destination in one.destinations}
    assert len(products([asked])[0]) <= len(pairs)


def test_equal_destinations_share_a_rule() -> None:
    web, mail = Service.parse("tcp/443"), Service.parse("tcp/25")
    asked = [Patch((end(source),), (end(11), end(12)), service) for source in (1, 2, 3) for service in (web, mail)]
    (only,) = products([asked])[0]
    assert (len(only.sources), len(only.destinations), only.services) == (3, 2, (mail, web))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), unique=True))
@examples(100)
def test_rectangles_cover_every_pair_once(pairs: list[tuple[int, int]]) -> None:
    found = [(row, column) for rows, columns in rectangles(pairs) for row in rows for column in columns]
    assert sorted(found) == sorted(pairs)


# ---- rules that leave flows out ------------------------------------------------------------------------------------

LOCKED_DOWN = load(resolve("locked-down")).topology
sides = st.sampled_from(
    [
        Selector(any=True),
        Selector(range=AddressRange(IPv4Address("10.0.0.1"), IPv4Address("10.0.0.3"))),
        Selector(cidr=IPv4Network("10.0.0.0/29")),
        Selector(cidr=IPv4Network("10.0.0.4/30")),
    ]
)
directions = st.sampled_from(("inbound", "outbound", "both"))
left_out = st.builds(
    lambda source, destination, listed, direction: Flows(
        AddressSet.of_addresses(one.address for one in source),
        AddressSet.of_addresses(one.address for one in destination),
        PortSet.of(listed),
        direction,
    ),
    some(1),
    some(4),
    st.lists(services, min_size=1, max_size=2),
    directions,
)


def compiled(*rules: Rule) -> Topology:
    firewall = Firewall(name="f", kind="host", evaluation="deny-overrides", rules=rules)
    return LOCKED_DOWN.model_copy(update={"firewalls": (firewall,)})


@given(
    sides,
    sides,
    st.lists(services.map(str), min_size=1, max_size=2, unique=True),
    directions,
    st.lists(left_out, max_size=3),
)
@examples(60)
def test_the_pieces_of_a_rule_match_what_it_matched_less_what_is_left_out(
    source: Selector, destination: Selector, listed: list[str], direction: str, leaves: list[Flows]
) -> None:
    rule = Rule.model_validate(
        {"name": "r", "source": source, "destination": destination, "services": listed, "action": "deny"}
        | {"direction": direction}
    )
    topology = compiled(rule)
    whole = compile_firewall(topology, topology.firewalls[0]).rules[0]
    pieces = carved(rule, whole, leaves, (f"r-{number}" for number in range(2, 1000)))
    changed = compiled(*pieces)
    parts = compile_firewall(changed, changed.firewalls[0]).rules
    assert [piece.name for piece in pieces] == ["r", *(f"r-{n}" for n in range(2, 1000))][: len(pieces)]
    for packet in PACKETS:
        wanted = matches(whole, packet) and not any(matches(one, packet) for one in leaves)
        assert sum(matches(part, packet) for part in parts) == wanted


Packet = tuple[str, IPv4Address, IPv4Address, Protocol, int]
_ADDRESSES = [IPv4Address(f"10.0.0.{number}") for number in range(9)]
PACKETS: list[Packet] = list(product(("inbound", "outbound"), _ADDRESSES, _ADDRESSES, Protocol, range(1, 11)))


def matches(one: CompiledRule | Flows, packet: Packet) -> bool:
    direction, source, destination, protocol, port = packet
    services = one.ports.services if isinstance(one, Flows) else one.services
    return (
        one.direction in ("both", direction)
        and source in one.source
        and destination in one.destination
        and any(service.protocol is protocol and service.low <= port <= service.high for service in services)
    )


def test_a_side_that_is_not_cut_stays_as_it_was_written() -> None:
    rule = Rule(
        name="r",
        source=(Selector(zone="backup"),),
        destination=(Selector(role=Role.REPOSITORY),),
        services=("transport",),
        action=Action.DENY,
    )
    topology = compiled(rule)
    whole = compile_firewall(topology, topology.firewalls[0]).rules[0]
    one = IPv4Address("10.70.10.21")
    out = Flows(AddressSet.of_addresses([one]), whole.destination, PortSet.of(whole.services), "both")
    (piece,) = carved(rule, whole, [out], iter(()))
    assert (piece.destination, piece.services) == (rule.destination, rule.services)
    assert [str(selector.range) for selector in piece.source] == ["10.70.10.0-10.70.10.20", "10.70.10.22-10.70.10.255"]
