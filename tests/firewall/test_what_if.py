"""What a person says of one connection counts before every firewall, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from vbtui.firewall import Policy, Reason
from vbtui.topology import Topology
from vbtui.vocabulary import Action, Service

NFC, MOVERS = Service.parse("tcp/902"), Service.parse("tcp/2500-3300")
ANY = {"any": True}


def topology(action: str) -> Topology:
    """a1 and a2 -core- c1; the only rule of core does that with everything."""
    rule = {"name": "all", "source": ANY, "destination": ANY, "services": ["any"], "action": action}
    nodes: list[dict[str, Any]] = [
        {"name": "a1", "roles": ["proxy"], "zone": "a", "address": "10.0.0.1"},
        {"name": "a2", "roles": ["proxy"], "zone": "a", "address": "10.0.0.2"},
        {"name": "c1", "roles": ["esxi_host"], "zone": "c", "address": "10.0.2.1"},
    ]
    return Topology.model_validate(
        {
            "version": 1,
            "name": "cases",
            "zones": [{"name": "a", "cidrs": ["10.0.0.0/24"]}, {"name": "c", "cidrs": ["10.0.2.0/24"]}],
            "nodes": nodes,
            "datastores": [{"name": "store"}],
            "vms": [{"name": "mute", "host": "c1", "disks": [{"name": "d", "datastore": "store", "size": "1MiB"}]}],
            "jobs": [{"name": "daily", "vms": ["mute"], "repository": "a1"}],
            "firewalls": [{"name": "core", "connects": ["a", "c"], "rules": [rule]}],
        }
    )


def test_a_what_if_answers_before_all_firewalls_and_says_so() -> None:
    policy = Policy(topology("reject"))
    opened = policy.with_connection("a1", "c1", NFC, allowed=True)
    verdict = opened.evaluate("a1", "c1", NFC)
    assert verdict.allowed and (verdict.missing, verdict.unknown) == ((), ())
    assert [hop.name for hop in verdict.hops] == ["what_if"]
    assert verdict.segment is not None and verdict.segment.reason is Reason.WHAT_IF
    assert (str(verdict.source_address), str(verdict.destination_address)) == ("10.0.0.1", "10.0.2.1")
    assert not policy.evaluate("a1", "c1", NFC).allowed
    closed = opened.with_connection("a1", "c1", NFC, allowed=False).evaluate("a1", "c1", NFC)
    assert (closed.action, closed.missing, closed.partial) == (Action.DENY, ((902, 902),), False)


@pytest.mark.parametrize(
    ("source", "destination", "service"),
    [("c1", "a1", "tcp/2600"), ("a2", "c1", "tcp/2600"), ("a1", "c1", "udp/2600"), ("a1", "c1", "tcp/2400-2600")],
)
def test_a_what_if_is_about_one_connection_only(source: str, destination: str, service: str) -> None:
    policy = Policy(topology("allow"))
    said = policy.with_connection("a1", "c1", MOVERS, allowed=False)
    asked = Service.parse(service)
    assert said.evaluate(source, destination, asked) == policy.evaluate(source, destination, asked)
    assert not said.evaluate("a1", "c1", Service.parse("tcp/2600")).allowed
    assert said.groups is policy.groups


def test_the_last_what_if_counts_and_switched_rules_leave_it() -> None:
    policy = Policy(topology("allow"))
    said = policy.with_connection("a1", "c1", NFC, allowed=False).with_connection("a1", "c1", MOVERS, allowed=False)
    again = said.with_connection("a1", "c1", NFC, allowed=True).with_rule("core", "all", False)
    assert again.evaluate("a1", "c1", NFC).allowed
    assert not again.evaluate("a1", "c1", MOVERS).allowed
    assert again.toggled_rules == (("core", "all", False),)


def test_nothing_is_said_within_one_machine_or_of_unknown_ones() -> None:
    policy = Policy(topology("allow"))
    assert policy.with_connection("a1", "a1", NFC, allowed=False) is policy
    for ends in (("a1", "nobody"), ("nobody", "a1")):
        with pytest.raises(KeyError):
            policy.with_connection(*ends, NFC, allowed=False)
