"""Which transport mode a proxy takes for a disk, condition by condition, and why not a better one.

Every case starts from a disk for which all four modes are possible in turn, and takes one condition away.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from strategies import Document, document_of, examples, topologies

from vbtui.topology import Topology, load, resolve
from vbtui.vocabulary import Role, TransportMode
from vbtui.workflow.transport import choose, rank, traits

SAN, NFS, HOTADD, NBD = TransportMode


def scene(*, store: Document, proxy: Document, vm: Document, disk: Document, hosts: Document) -> Topology:
    """Classroom with one store, one proxy and one VM as given; the proxy runs on esx02 beside the VM."""
    document = document_of(load(resolve("classroom")).topology)
    document["datastores"] = [{"name": "store"} | store, {"name": "volumes", "kind": "vvol"}]
    for node in document["nodes"]:
        if node["name"].startswith("esx"):
            node |= {"datastores": ["store", "volumes"]} | hosts.get(node["name"], {})
    proxies = [node for node in document["nodes"] if "proxy" in node["roles"]]
    document["nodes"] = [node for node in document["nodes"] if node not in proxies]
    document["nodes"].append(proxies[-1] | {"storage_access": ["store"]} | proxy)
    base = {"name": "d1", "datastore": "store", "size": 2**20}
    machine = {"name": "vm1", "host": "esx02", "zone": "lan", "address": "10.40.0.99", "disks": [base | disk]}
    document["vms"] = [machine | vm]
    document["jobs"][0]["vms"] = ["vm1"]
    return Topology.model_validate(document)


def chosen(
    parts: dict[str, Document], *, failover: bool = True
) -> tuple[TransportMode | None, list[tuple[TransportMode, str]]]:
    empty: dict[str, Any] = {"store": {}, "proxy": {}, "vm": {}, "disk": {}, "hosts": {}}
    topology = scene(**(empty | parts))
    vm = topology.vms[0]
    proxy = next(node for node in topology.nodes if "proxy" in node.roles)
    choice = choose(topology, vm, vm.disks[0], proxy, failover=failover)
    return choice.mode, [(one.mode, one.code) for one in choice.rejected]


ISCSI = {"fabric": "iscsi"}
EXPORT = {"kind": "nfs", "fabric": "nfs"}
PHYSICAL = {"platform": "physical", "host": None}
TWO = [{"name": "d1", "datastore": "store", "size": 2**20}, {"name": "d2", "datastore": "volumes", "size": 2**20}]


@pytest.mark.parametrize(
    ("parts", "mode", "reason"),
    [
        ({"store": ISCSI}, SAN, None),
        ({"store": {"fabric": "fc"}, "proxy": PHYSICAL}, SAN, None),
        ({"store": {"fabric": "fc"}}, HOTADD, (SAN, "mode.san-virtual-proxy")),
        ({"store": {"fabric": "fc"}, "proxy": PHYSICAL | {"appliance": True}}, NBD, (SAN, "mode.san-appliance")),
        ({"store": ISCSI, "proxy": {"appliance": True}}, SAN, None),
        ({"store": ISCSI, "proxy": {"storage_access": []}}, HOTADD, (SAN, "mode.san-no-access")),
        ({"store": ISCSI, "vm": {"encrypted": True}}, NBD, (SAN, "mode.san-encrypted")),
        ({"store": ISCSI, "vm": {"disks": TWO}}, HOTADD, (SAN, "mode.san-datastore-kind")),
        ({"store": {"kind": "vsan"}}, HOTADD, (SAN, "mode.san-datastore-kind")),
        ({"store": {"fabric": "local"}}, HOTADD, (SAN, "mode.san-local-storage")),
        ({"store": ISCSI, "disk": {"controller": "ide"}}, SAN, None),
        ({"store": EXPORT}, NFS, None),
        ({"store": EXPORT, "vm": {"snapshots": 1}}, HOTADD, (NFS, "mode.nfs-snapshot")),
        ({"store": EXPORT, "vm": {"encrypted": True}}, NBD, (NFS, "mode.nfs-encrypted")),
        ({"store": EXPORT, "proxy": {"storage_access": []}}, HOTADD, (NFS, "mode.nfs-no-access")),
        ({"store": ISCSI, "vm": {"snapshots": 1}}, SAN, None),
        ({"proxy": PHYSICAL}, NBD, (HOTADD, "mode.hotadd-physical-proxy")),
        ({"disk": {"controller": "ide"}}, NBD, (HOTADD, "mode.hotadd-ide")),
        ({"disk": {"controller": "sata"}}, HOTADD, None),
        ({"proxy": {"scsi_controllers": 0}}, NBD, (HOTADD, "mode.hotadd-no-scsi")),
        ({"vm": {"host": "esx01"}}, HOTADD, None),
        ({"vm": {"host": "esx01"}, "hosts": {"esx01": {"datacenter": "dc2"}}}, NBD, (HOTADD, "mode.hotadd-datacenter")),
        (
            {
                "vm": {"host": "esx01"},
                "hosts": {name: {"managed_by": None, "datacenter": None} for name in ("esx01", "esx02")},
            },
            NBD,
            (HOTADD, "mode.hotadd-datacenter"),
        ),
        ({"hosts": {"esx02": {"managed_by": None, "datacenter": None}}}, HOTADD, None),
        (
            {"vm": {"host": "esx01"}, "hosts": {"esx02": {"datastores": ["volumes"]}}},
            NBD,
            (HOTADD, "mode.hotadd-datastore"),
        ),
        ({"vm": {"encrypted": True}}, NBD, (HOTADD, "mode.hotadd-encrypted")),
        (
            {"store": ISCSI, "proxy": {"roles": ["proxy", "repository"], "hardened": True}},
            NBD,
            (SAN, "mode.hardened-proxy"),
        ),
    ],
)
def test_the_best_possible_mode_is_taken_and_every_better_one_has_a_reason(
    parts: dict[str, Document], mode: TransportMode, reason: tuple[TransportMode, str] | None
) -> None:
    found, rejected = chosen(parts)
    order = list(TransportMode)
    assert found is mode
    assert [one for one, _ in rejected] == order[: order.index(mode)]
    assert reason is None or reason in rejected


@pytest.mark.parametrize(("forced", "possible"), [("san", False), ("nfs", False), ("hotadd", True), ("nbd", True)])
@pytest.mark.parametrize("failover", [True, False])
def test_a_forced_mode_is_the_only_one_that_is_tried(forced: str, possible: bool, failover: bool) -> None:
    mode, rejected = chosen({"proxy": {"transport": forced}}, failover=failover)
    assert mode == (forced if possible else NBD if failover else None)
    assert [one for one, _ in rejected] == ([] if possible else [forced])


@given(topologies())
@examples(60)
def test_disks_of_equal_traits_are_ranked_alike_by_every_proxy(topology: Topology) -> None:
    ranks: dict[object, object] = {}
    for vm in topology.vms:
        for disk in vm.disks:
            found = [
                rank(topology, vm, disk, proxy, failover=failover)
                for proxy in topology.with_role(Role.PROXY)
                for failover in (True, False)
            ]
            assert ranks.setdefault(traits(topology, vm, disk), found) == found
