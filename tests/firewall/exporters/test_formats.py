"""Each format as text that a reviewer can read: tests/firewall/exporters/golden."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from vbtui.firewall.exporters import (
    AerleonMissingError,
    Obstacle,
    RuleNotExportableError,
    Vendor,
    csv_sheet,
    iptables,
    nftables,
    powershell,
    ruleset,
    vendor,
)
from vbtui.topology import Topology

Rules = Sequence[dict[str, Any]]
MakeTopology = Callable[..., Topology]

GOLDEN = Path(__file__).parent / "golden"

STATEFUL = (Vendor.CISCO_ASA, Vendor.JUNIPER_SRX, Vendor.PALO_ALTO, Vendor.FORTINET, Vendor.NSX_T)
IPV4_ONLY = (Vendor.CISCO_ASA, Vendor.CISCO_IOS)
HEADING = ["Firewall core", "gr\u00fcn \u201c\u2028"]


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["network", "host"])
def test_nftables(kind: str, rules_of_both_families: Rules, topology_of: MakeTopology) -> None:
    rules = ruleset(topology_of(rules_of_both_families, kind=kind), "core")
    assert nftables(rules, heading=HEADING) == golden(f"nftables-{kind}.txt")


@pytest.mark.parametrize("version", [4, 6])
def test_iptables(version: Any, rules_of_both_families: Rules, topology_of: MakeTopology) -> None:
    rules = ruleset(topology_of(rules_of_both_families, default="reject", stateful=False), "core")
    assert iptables(rules, version, heading=HEADING) == golden(f"iptables-{version}.txt")


def test_powershell(rules_of_both_families: Rules, topology_of: MakeTopology) -> None:
    rules = ruleset(topology_of(rules_of_both_families, kind="host", evaluation="deny-overrides"), "core")
    assert powershell(rules, heading=HEADING) == golden("powershell.txt")


def test_csv(rules_of_both_families: Rules, topology_of: MakeTopology) -> None:
    assert csv_sheet(ruleset(topology_of(rules_of_both_families), "core")) == golden("sheet.csv")


@pytest.mark.parametrize("target", Vendor)
def test_vendors(
    target: Vendor, rules_of_both_families: Rules, rules_of_ipv4: Rules, topology_of: MakeTopology
) -> None:
    rules = rules_of_ipv4 if target in IPV4_ONLY else rules_of_both_families
    found = ruleset(topology_of(rules, stateful=target in STATEFUL), "core")
    assert vendor(found, target) == golden(f"vendor-{target}.txt")
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("target", Vendor)
def test_a_vendor_gets_only_what_it_can_say(
    target: Vendor, rules_of_both_families: Rules, topology_of: MakeTopology
) -> None:
    def obstacle(rules: Rules, **firewall: Any) -> Obstacle:
        with pytest.raises(RuleNotExportableError) as caught:
            vendor(ruleset(topology_of(rules, **firewall), "core"), target)
        return caught.value.obstacle

    remembers = target in STATEFUL
    assert obstacle([], kind="host") is Obstacle.NOT_A_NETWORK
    assert obstacle([], stateful=not remembers) is (Obstacle.STATELESS if remembers else Obstacle.STATEFUL)
    if target in IPV4_ONLY:
        assert obstacle(rules_of_both_families, stateful=remembers) is Obstacle.IPV6


def test_without_aerleon_the_error_says_so(monkeypatch: pytest.MonkeyPatch, topology_of: MakeTopology) -> None:
    monkeypatch.setitem(sys.modules, "aerleon", None)
    with pytest.raises(AerleonMissingError):
        vendor(ruleset(topology_of([]), "core"), Vendor.NSX_T)
