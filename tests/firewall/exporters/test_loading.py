"""What the heading of an export says about loading it is so: beside other rules, and a second time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from kernel_boxes import SingleBox, loading
from strategies import examples, topologies

from vbtui.firewall.exporters import iptables, nftables, ruleset
from vbtui.topology import Topology

MakeTopology = Callable[..., Topology]

OTHERS = """\
nft flush ruleset
nft add table inet mine
nft add chain inet mine forward '{ type filter hook forward priority -5; }'
nft add rule inet mine forward tcp dport 7 drop
iptables -A INPUT -p tcp --dport 7 -j DROP
"""


@given(topologies())
@examples(12)
def test_the_real_programs_take_every_export(box: SingleBox, topology: Topology) -> None:
    script = ""
    for firewall in topology.firewalls:
        rules = ruleset(topology, firewall.name)
        script += loading("nft -c -f -", nftables(rules))
        script += loading("iptables-restore --test", iptables(rules, 4))
        script += loading("ip6tables-restore --test", iptables(rules, 6))
    box.run(script)


def test_nftables_replaces_its_own_table_and_no_other(
    box: SingleBox, rules_of_both_families: Sequence[dict[str, Any]], topology_of: MakeTopology
) -> None:
    load = loading("nft -f -", nftables(ruleset(topology_of(rules_of_both_families), "core")))
    once = box.run(OTHERS + load + "nft -s list table inet vb_core\nnft list table inet mine\n")
    twice = box.run(load + "nft -s list table inet vb_core\nnft list table inet mine\n")
    assert once == twice
    assert "tcp dport 7 drop" in twice


def test_iptables_replaces_the_table_or_with_noflush_its_own_chains(
    box: SingleBox, rules_of_both_families: Sequence[dict[str, Any]], topology_of: MakeTopology
) -> None:
    document = iptables(ruleset(topology_of(rules_of_both_families), "core"), 4)
    beside = loading("iptables-restore --noflush", document)
    listed = "iptables -S INPUT\niptables -S VB_core\niptables -S VB_core_1\n"
    once, twice = box.run(OTHERS + beside + listed), box.run(beside + listed)
    assert once == twice
    assert "-A INPUT -p tcp -m tcp --dport 7 -j DROP" in twice
    assert "--dport 7" not in box.run(loading("iptables-restore", document) + listed)
