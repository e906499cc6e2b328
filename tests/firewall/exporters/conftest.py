"""Firewalls to export, with their few rules chosen so that each format has to show what it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from kernel_boxes import SingleBox, require_kernel

from vbtui.topology import Topology

Rules = Sequence[dict[str, Any]]
MakeTopology = Callable[..., Topology]


def _rule(name: str, source: str, destination: str, service: str, action: str, **more: Any) -> dict[str, Any]:
    sides = [
        [{"any": True} if word == "any" else {"range" if "-" in word else "cidr": word} for word in words.split()]
        for words in (source, destination)
    ]
    return {
        "name": name,
        "source": sides[0],
        "destination": sides[1],
        "services": service.split(),
        "action": action,
        **more,
    }


def _topology(rules: Rules, **firewall: Any) -> Topology:
    """A topology with the firewall `core` of those rules, and one with nearly the same name."""
    core = {"name": "core", "connects": ["inside", "outside"], "rules": list(rules), **firewall}
    if core.get("kind") == "host":
        core["connects"] = []
    return Topology.model_validate(
        {
            "version": 1,
            "name": "exported",
            "zones": [{"name": "inside", "cidrs": ["10.0.0.0/8"]}, {"name": "outside", "cidrs": ["fd00::/16"]}],
            "nodes": [{"name": "vault", "roles": ["repository"], "zone": "inside", "address": "10.20.1.5"}],
            "firewalls": [core, {"name": "c.re", "connects": ["inside", "outside"]}],
            "jobs": [{"name": "daily", "vms": ["any"], "repository": "vault"}],
        }
    )


@pytest.fixture(scope="session")
def rule() -> Callable[..., dict[str, Any]]:
    """`rule("name", "10.0.0.0/8 10.9.0.1-10.9.0.6", "any", "tcp/902 udp/53", "allow", ticket="CHG1")`."""
    return _rule


@pytest.fixture(scope="session")
def topology_of() -> MakeTopology:
    return _topology


@pytest.fixture(scope="session")
def rules_of_both_families() -> Rules:
    return [
        _rule(
            *("proxy-nfc", "10.10.0.0/24 10.11.0.1-10.11.0.6 fd00:a::/64", "10.20.0.0/24 10.20.1.5/32"),
            *("tcp/902 tcp/2500-3300", "allow"),
            ticket="CHG1",
            owner='bäckup "team" */ $(reboot)',
            expires="2027-01-31",
        ),
        _rule("dns", "any", "10.20.0.53/32", "udp/53", "reject", comment="=HYPERLINK(1)"),
        _rule("all-tcp", "10.10.0.9/32", "any", "tcp/1-65535", "deny"),
        _rule("old-console", "any", "10.0.0.0/8", "tcp/3389", "allow", enabled=False),
        _rule("v6", "fd00::/32", "fd00:b::1-fd00:b::9", "any", "allow"),
        _rule("four-only", "0.0.0.0/0", "any", "tcp/80", "allow"),
        _rule("crossed", "10.0.0.0/8", "fd00::/16", "tcp/80", "allow"),
    ]


@pytest.fixture(scope="session")
def rules_of_ipv4(rules_of_both_families: Rules) -> Rules:
    """The same without IPv6: `any` to `any` is all that may remain of it."""
    fours = [one for one in rules_of_both_families if one["name"] not in ("v6", "crossed")]
    return [*(one | {"source": one["source"][:2]} for one in fours), _rule("web", "any", "any", "tcp/443", "allow")]


@pytest.fixture(scope="session")
def box() -> Iterator[SingleBox]:
    """A namespace in which the real programs load and list rules."""
    require_kernel()
    with SingleBox() as made:
        yield made
