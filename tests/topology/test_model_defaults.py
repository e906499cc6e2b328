"""Defaults that depend on another key."""

from __future__ import annotations

from vbtui.topology import Firewall, HostDefault
from vbtui.vocabulary import Action


def test_a_host_firewall_without_a_default_denies_in_and_allows_out() -> None:
    assert Firewall.model_validate({"name": "own", "kind": "host"}).default == HostDefault(
        inbound=Action.DENY, outbound=Action.ALLOW
    )


def test_a_network_firewall_without_a_default_denies() -> None:
    assert Firewall.model_validate({"name": "core"}).default is Action.DENY
