"""The rules of a generated company: what backup needs, what is in its way, and everybody else's.

Decided here: the three network firewalls in a row, the host firewalls, and which rules they get out of a number of
rules: first those that let backup through and some that stand in its way, then those of everybody else, of which some
are disabled, some expired, some shadowed by an earlier one, one in ten about single machines. In: sites, guests and a
`Chance`. Out: lines of a topology file.
Never here: machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from vbtui.topology.generated_sites import CLUSTER_ROLES, Chance, Site

INNER, MIDDLE, OUTER = "inner", "middle", "outer"


@dataclass(slots=True)
class Guests:
    """The VMs by number: their names, and for each its system."""

    names: list[str] = field(default_factory=list)
    systems: list[str] = field(default_factory=list)


def services() -> Iterator[str]:
    yield "services:"
    yield "  transport: [tcp/6162, tcp/2500-3300]"
    yield "  windows-guest: [tcp/135, tcp/445, tcp/6173]"
    yield "  names-and-time: [tcp/53, udp/53, udp/123]"
    yield "  web: [tcp/80, tcp/443]"
    yield "  databases: [tcp/1433, tcp/5432, tcp/1521]"
    yield "  monitoring: [tcp/9100, udp/161]"


_NETWORKS: Final = {
    "partners": ("192.0.2.0/25", "198.51.100.0/24"),
    "admin-desks": ("172.16.10.0/24", "172.16.20.10-172.16.20.99"),
    "branch-offices": ("172.20.0.0/14", "2001:db8:20::/48"),
    "scanners": ("172.16.99.5", "172.16.99.7-172.16.99.9"),
}


def networks() -> Iterator[str]:
    yield "networks:"
    for name, parts in _NETWORKS.items():
        # a colon is no harm to a plain scalar inside brackets, but not every reader knows
        written = (f'"{part}"' if ":" in part else part for part in parts)
        yield f"  {name}: [{', '.join(written)}]"


def firewalls(count: int, chance: Chance, where: tuple[Site, ...], guests: Guests) -> Iterator[str]:
    """The firewalls with `count` rules in all."""
    rules: dict[str, list[str]] = {}
    wanted = [*_for_backup(where)]
    for firewall, rule in wanted[:count]:
        rules.setdefault(firewall, []).append(f"{{{rule}}}")
    others = _Others(chance, where, guests)
    for number in range(1, count - len(wanted) + 1):
        firewall, rule = others.rule(number)
        rules.setdefault(firewall, []).append(f"{{{rule}}}")
    ends = {
        INNER: ["management", *(f"{site.name}-{zone}" for site in where for zone in ("backup", "repository"))],
        MIDDLE: ["transit-b", *(f"{site.name}-{zone}" for site in where for zone in ("vsphere", "esx"))],
        OUTER: [f"{site.name}-{zone}" for site in where for zone in CLUSTER_ROLES],
    }
    yield "firewalls:"
    for name, transit in ((INNER, "transit-a"), (MIDDLE, "transit-a"), (OUTER, "transit-b")):
        yield f"  - name: {name}"
        yield f"    connects: [{', '.join((transit, *ends[name]))}]"
        yield from _listed(rules.get(name, []))
    for name in ("windows-baseline", "windows-hardened", "windows-backup"):
        yield f"  - name: {name}"
        yield "    kind: host"
        yield "    evaluation: deny-overrides"
        yield "    default: {inbound: deny, outbound: allow}"
        yield from _listed(rules.get(name, []))


def _listed(rules: list[str]) -> Iterator[str]:
    if rules:
        yield "    rules:"
        yield from (f"      - {rule}" for rule in rules)


def _for_backup(where: tuple[Site, ...]) -> Iterator[tuple[str, str]]:
    """What stands in the way of backup, then what lets it through: most firewalls ask the first rule that matches."""
    clusters = [cluster for site in where for cluster in site.clusters]
    server, proxy, repository = "{role: backup_server}", "{role: proxy}", "{role: repository}"
    servers, helpers = f"[{server}, {proxy}]", f"[{server}, {{role: guest_interaction_proxy}}]"
    host, center, guest, anywhere = "{role: esxi_host}", "{role: vcenter}", "{role: guest}", "{any: true}"
    dmz = "[" + ", ".join(f"{{zone: {site.name}-dmz}}" for site in where) + "]"
    backup = (
        "[" + ", ".join(f"{{zone: {site.name}-{zone}}}" for site in where for zone in ("backup", "repository")) + "]"
    )
    yield (INNER, _rule("backup-control", server, f"[{proxy}, {repository}]", "transport"))
    yield (INNER, _rule("backup-return", f"[{proxy}, {repository}]", server, "transport"))
    yield (INNER, _rule("proxy-to-repository", proxy, repository, "transport"))
    yield (INNER, _rule("repository-to-proxy", repository, proxy, "transport"))
    yield (INNER, _rule("names", backup, "{role: dns}", "names-and-time"))
    for firewall in (INNER, MIDDLE):
        yield (
            firewall,
            _rule("to-vcenter", f"[{server}, {proxy}, {{role: guest_interaction_proxy}}]", center, "tcp/443"),
        )
        yield (
            firewall,
            _rule("to-host-api", f"[{server}, {proxy}, {{role: guest_interaction_proxy}}]", host, "tcp/443"),
        )
        if firewall == MIDDLE and len(clusters) > 3:
            # one cluster was put under quarantine, and nobody thought of its backup
            cut = clusters[len(clusters) // 2]
            hosts = f"{{range: {cut.address(0)}-{cut.address(len(cut.hosts) - 1)}}}"
            yield (firewall, _rule("quarantine", anywhere, hosts, "tcp/902", "deny", "owner: security-team"))
        yield (firewall, _rule("to-host-nfc", servers, host, "tcp/902"))
        if any(site.iscsi for site in where):
            yield (firewall, _rule("to-iscsi", proxy, "{role: storage_array}", "tcp/3260", owner="owner: storage-team"))
    yield (
        INNER,
        _rule("helper-control", server, "{role: guest_interaction_proxy}", "transport, windows-guest, tcp/6190"),
    )
    yield (OUTER, _rule("dmz-no-guests", anywhere, dmz, "tcp/22, windows-guest", "reject", "owner: security-team"))
    for firewall in (INNER, MIDDLE, OUTER):
        yield (firewall, _rule("guest-windows", helpers, guest, "windows-guest"))
        yield (firewall, _rule("guest-linux", helpers, guest, "tcp/22"))
    inbound = "direction: inbound"
    yield ("windows-backup", _rule("transport-in", anywhere, anywhere, "transport", owner=inbound))
    yield ("windows-baseline", _rule("backup-in", helpers, anywhere, "windows-guest", owner=inbound))
    yield ("windows-hardened", _rule("nobody-in", anywhere, anywhere, "windows-guest", "deny", inbound))
    yield ("windows-hardened", _rule("backup-in", helpers, anywhere, "windows-guest", owner=inbound))


def _rule(
    name: str, source: str, destination: str, allowed: str, action: str = "allow", owner: str = "owner: backup-team"
) -> str:
    return (
        f"name: {name}, source: {source}, destination: {destination}, services: [{allowed}], action: {action}, {owner}"
    )


_SERVICES: Final = (
    "web", "databases", "monitoring", "tcp/22", "tcp/3389", "tcp/443", "tcp/8080-8089", "udp/514", "tcp/389, tcp/636",
    "tcp/25", "tcp/5671-5672", "tcp/445",
)  # fmt: skip
_OWNERS: Final = ("web-team", "database-team", "security-team", "network-team", "desktop-team", "erp-team")


class _Others:
    """Everybody else's rules, one after the other."""

    def __init__(self, chance: Chance, where: tuple[Site, ...], guests: Guests) -> None:
        self._chance = chance
        self._guests = guests
        self._guest_zones = [f"{site.name}-{zone}" for site in where for zone in CLUSTER_ROLES]
        self._zones = {
            INNER: ["management", *(f"{site.name}-{zone}" for site in where for zone in ("backup", "repository"))],
            MIDDLE: ["management", *(f"{site.name}-{zone}" for site in where for zone in ("vsphere", "esx"))],
            OUTER: self._guest_zones,
        }
        self._prefixes = [site.zones[zone] for site in where for zone in CLUSTER_ROLES]
        self._earlier: dict[str, list[tuple[str, str, str, str]]] = {INNER: [], MIDDLE: [], OUTER: []}

    def rule(self, number: int) -> tuple[str, str]:
        """The next rule and its firewall."""
        chance = self._chance
        firewall = chance.pick((INNER, MIDDLE, MIDDLE, OUTER, OUTER, OUTER))
        earlier = self._earlier[firewall]
        if earlier and chance.one_in(20):
            # the same question again with the other answer: whoever wrote it did not see the earlier one
            source, destination, allowed, action = chance.pick(earlier)
            action = "allow" if action != "allow" else "deny"
        else:
            source, destination = self._sides(firewall)
            allowed = chance.pick(_SERVICES)
            action = chance.pick(("allow",) * 8 + ("deny", "reject"))
            earlier.append((source, destination, allowed, action))
        owner = f"owner: {chance.pick(_OWNERS)}"
        if chance.one_in(2):
            owner += f", ticket: CHG{10_000 + chance.below(90_000)}"
        if chance.one_in(25):
            owner += f", expires: {chance.pick((2023, 2024, 2030))}-{1 + chance.below(12):02}-01"
        if chance.one_in(25):
            owner += ", enabled: false"
        return firewall, _rule(f"{firewall}-{number:05}", source, destination, allowed, action, owner)

    def _sides(self, firewall: str) -> tuple[str, str]:
        chance = self._chance
        here, there = chance.pick(self._zones[firewall]), chance.pick(self._guest_zones)
        match chance.below(20):
            case 0:
                return self._machine(), f"{{zone: {here}}}"
            case 1:
                return f"{{zone: {here}}}", self._machine()
            case 2 | 3 | 4:
                return f"{{network: {chance.pick(tuple(_NETWORKS))}}}", f"{{zone: {here}}}"
            case 5 | 6 | 7 | 8:
                return self._part(), f"{{zone: {here}}}"
            case 9 | 10:
                return f"{{zone: {here}}}", self._part()
            case 11:
                return "{any: true}", f"{{zone: {here}}}"
            case 12 | 13:
                return "{role: guest}", f"{{role: {chance.pick(('dns', 'vcenter', 'repository'))}}}"
            case 14:
                return f"[{{zone: {here}}}, {{zone: management}}]", f"{{zone: {there}}}"
            case _:
                return f"{{zone: {there}}}", f"{{zone: {here}}}"

    def _machine(self) -> str:
        return f"{{node: {self._chance.pick(self._guests.names)}}}"

    def _part(self) -> str:
        """A part of a guest network: a few addresses, or a /24 or larger."""
        prefix, third = self._chance.pick(self._prefixes), self._chance.below(64)
        if self._chance.one_in(3):
            low = 1 + self._chance.below(200)
            return f"{{range: {prefix}.{third}.{low}-{prefix}.{third}.{low + 1 + self._chance.below(40)}}}"
        length = self._chance.pick((20, 22, 24, 24))
        return f"{{cidr: {prefix}.{third & ~((1 << (24 - length)) - 1)}.0/{length}}}"
