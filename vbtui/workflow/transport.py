"""Which transport mode a proxy takes for a disk, and why not the others.

Order of preference: direct storage access, virtual appliance (HotAdd), network (Help Center, transport modes). A proxy
with a forced mode considers only that one; network mode stands in for it if the job's failover option allows.
Public pages disagree on whether one mode holds for a whole VM or per disk; this is decided per disk, as the page on
network mode has it, and the disagreement is a record of the catalogue (`transport-mode-scope`).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from vbtui.topology import Datastore, Disk, Node, Topology, Vm
from vbtui.trace import RejectedMode
from vbtui.vocabulary import Role, TransportMode

PREFERENCE = (TransportMode.SAN, TransportMode.NFS, TransportMode.HOTADD, TransportMode.NBD)


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """What a proxy decides for a disk. `mode` is None where nothing fits and failover is off."""

    mode: TransportMode | None
    rejected: tuple[RejectedMode, ...]
    failed_over: bool
    """Network mode stands in for a forced mode that was not possible."""


def choose(topology: Topology, vm: Vm, disk: Disk, proxy: Node, *, failover: bool) -> ModeChoice:
    """The mode by configuration alone: whether the network lets it through shows only when it is tried."""
    wanted = PREFERENCE if proxy.transport == "auto" else (TransportMode(proxy.transport),)
    rejected: list[RejectedMode] = []
    for mode in wanted:
        reason = objection(topology, vm, disk, proxy, mode)
        if reason is None:
            return ModeChoice(mode, tuple(rejected), failed_over=False)
        rejected.append(reason)
    if failover:
        return ModeChoice(TransportMode.NBD, tuple(rejected), failed_over=True)
    return ModeChoice(None, tuple(rejected), failed_over=False)


def objection(topology: Topology, vm: Vm, disk: Disk, proxy: Node, mode: TransportMode) -> RejectedMode | None:
    """The first reason against a mode, None if it is possible."""
    store = topology.datastore(disk.datastore)
    match mode:
        case TransportMode.SAN:
            found = _against_san(topology, vm, store, proxy)
        case TransportMode.NFS:
            found = _against_nfs(vm, store, proxy)
        case TransportMode.HOTADD:
            found = _against_hotadd(topology, vm, disk, proxy)
        case TransportMode.NBD:
            return None
    if found is None:
        return None
    code, params = found
    return RejectedMode(mode, code, params)


Objection = tuple[str, tuple[tuple[str, str], ...]] | None


def _against_san(topology: Topology, vm: Vm, store: Datastore, proxy: Node) -> Objection:
    if _network_only(proxy):
        return "mode.hardened-proxy", (("proxy", proxy.name),)
    if store.kind != "vmfs":
        return "mode.san-datastore-kind", (("datastore", store.name), ("kind", store.kind))
    # One disk on virtual volumes keeps the whole VM from it (Help Center, direct SAN access).
    if "vvol" in (kinds := {one.kind: one for one in _stores(topology, vm)}):
        return "mode.san-datastore-kind", (("datastore", kinds["vvol"].name), ("kind", "vvol"))
    if store.fabric == "local":
        return "mode.san-local-storage", (("datastore", store.name),)
    if vm.encrypted:
        return "mode.san-encrypted", (("vm", vm.name),)
    # The Infrastructure Appliance reads directly over iSCSI only (Help Center, transport modes).
    if proxy.appliance and store.fabric != "iscsi":
        return "mode.san-appliance", (("proxy", proxy.name), ("fabric", store.fabric))
    if proxy.platform == "vm" and store.fabric != "iscsi":
        return "mode.san-virtual-proxy", (("proxy", proxy.name), ("fabric", store.fabric))
    if store.name not in proxy.storage_access:
        return "mode.san-no-access", (("proxy", proxy.name), ("datastore", store.name))
    return None


def _against_nfs(vm: Vm, store: Datastore, proxy: Node) -> Objection:
    if _network_only(proxy):
        return "mode.hardened-proxy", (("proxy", proxy.name),)
    if store.kind != "nfs":
        return "mode.nfs-datastore-kind", (("datastore", store.name), ("kind", store.kind))
    if store.name not in proxy.storage_access:
        return "mode.nfs-no-access", (("proxy", proxy.name), ("datastore", store.name))
    # Encrypted VMs: HotAdd or network mode only (Help Center, encrypted VMs).
    if vm.encrypted:
        return "mode.nfs-encrypted", (("vm", vm.name),)
    if vm.snapshots:
        return "mode.nfs-snapshot", (("vm", vm.name),)
    return None


def _against_hotadd(topology: Topology, vm: Vm, disk: Disk, proxy: Node) -> Objection:
    if _network_only(proxy):
        return "mode.hardened-proxy", (("proxy", proxy.name),)
    if proxy.platform != "vm" or proxy.host is None:
        return "mode.hotadd-physical-proxy", (("proxy", proxy.name),)
    if disk.controller == "ide":
        return "mode.hotadd-ide", (("disk", disk.name),)
    if proxy.scsi_controllers < 1:
        return "mode.hotadd-no-scsi", (("proxy", proxy.name),)
    proxy_host, vm_host = topology.node(proxy.host), topology.node(vm.host)
    # A standalone host has no datacenter to share: it can only attach to its own proxies.
    apart = proxy_host.managed_by is None and proxy_host.name != vm_host.name
    if apart or (proxy_host.managed_by, proxy_host.datacenter) != (vm_host.managed_by, vm_host.datacenter):
        return "mode.hotadd-datacenter", (("proxy", proxy.name), ("vm", vm.name))
    unseen = [one.datastore for one in vm.disks if one.datastore not in proxy_host.datastores]
    if unseen:
        return "mode.hotadd-datastore", (("host", proxy_host.name), ("datastore", unseen[0]))
    if vm.encrypted:
        return "mode.hotadd-encrypted", (("vm", vm.name), ("proxy", proxy.name))
    return None


def _stores(topology: Topology, vm: Vm) -> tuple[Datastore, ...]:
    return tuple(topology.datastore(disk.datastore) for disk in vm.disks)


def _network_only(proxy: Node) -> bool:
    """A hardened repository that is also a proxy offers network mode only (Help Center, transport modes)."""
    return proxy.hardened and Role.REPOSITORY in proxy.roles


def traits(topology: Topology, vm: Vm, disk: Disk) -> Hashable:
    """Everything of a disk and its VM that `rank` looks at: disks of equal traits are ranked alike by every proxy."""
    host = topology.node(vm.host)
    return (
        disk.datastore,
        disk.controller,
        frozenset(one.datastore for one in vm.disks),
        vm.encrypted,
        bool(vm.snapshots),
        # A standalone host has no datacenter to share, so it is told apart by its name.
        host.name if host.managed_by is None else None,
        host.managed_by,
        host.datacenter,
    )


def rank(topology: Topology, vm: Vm, disk: Disk, proxy: Node, *, failover: bool) -> int | None:
    """How good a proxy is for a disk: the place of its mode in the order of preference; None if it has none."""
    mode = choose(topology, vm, disk, proxy, failover=failover).mode
    return None if mode is None else PREFERENCE.index(mode)
