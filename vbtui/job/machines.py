"""The real counterparts of a trace's machines: disks that a guest writes to, hosts that serve them, data movers.

Decided here: which logical services have a real listener (the hosts' 902 and the ports on which data movers meet) and
what stands behind them. Connections of the control plane have none: they are asked for with the same `permit`, and a
blocked one is refused in the same place, but nothing listens for an allowed one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from vbtui.catalogue import Need, load_catalogue
from vbtui.engine import (
    BlockMap,
    CopyTask,
    DiskReader,
    Guest,
    HotAddReader,
    LiveDisk,
    LoopbackNetwork,
    NbdReader,
    NbdServer,
    PointWriter,
    ProxyDataMover,
    RepositoryDataMover,
    SanReader,
    Slot,
    Snapshot,
    TextExport,
    Throttle,
    VirtualScsi,
    read_configuration,
)
from vbtui.job.images import Image
from vbtui.topology import Topology, Vm
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import BLOCK_SIZE, Connection, Outcome, Service, TransportMode

GUEST_WRITES = 50
"""Writes of the guest that a copy waits for, before and behind its reading, so that there is something to prove."""

_FEWEST_BLOCKS = 4
"""A disk with less to read has no half-way."""
_GUEST_PATIENCE = 20.0
"""Seconds after which a copy goes on without the proof."""


@dataclass
class LiveVm:
    """One VM with real disks."""

    vm: Vm
    disks: dict[str, LiveDisk] = field(default_factory=dict)
    guest: Guest | None = None
    """None where all disks are the user's own images: nothing writes to those."""
    marks: dict[str, BlockMap] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    slots: dict[str, tuple[VirtualScsi, Slot]] = field(default_factory=dict)
    writer: PointWriter | None = None
    configuration: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    """sha256 of each disk at the moment of the snapshot, read past the data movers."""

    def export(self, disk: str) -> str:
        return f"{self.vm.name}/{disk}"

    @property
    def configuration_export(self) -> str:
        return f"{self.vm.name}.vmx"

    @property
    def redo_bytes(self) -> int:
        return sum(disk.redo_bytes for disk in self.disks.values())


class Machines:
    """Everything real of one run. `close` ends every thread and socket."""

    def __init__(
        self, topology: Topology, trace: Trace, images: tuple[Image, ...], permit: Callable[[Connection], bool]
    ) -> None:
        """Open the images and start the hosts' services. Raises EngineError, OSError; nothing is left open then."""
        self._topology = topology
        self._trace = trace
        self._catalogue = load_catalogue(trace.profile)
        self.network = LoopbackNetwork(permit)
        self.vms: dict[str, LiveVm] = {}
        self._hosts: dict[str, NbdServer] = {}
        self._controllers: dict[str, VirtualScsi] = {}
        self._repositories: dict[str, RepositoryDataMover] = {}
        try:
            for result in trace.vms:
                self._open(topology.vm(result.vm), images)
            self._listen()
        except BaseException:
            self.close()
            raise

    def _open(self, vm: Vm, images: tuple[Image, ...]) -> None:
        # Known before its disks are opened: what is open when one of them fails is closed with the rest.
        live = self.vms[vm.name] = LiveVm(vm)
        written: dict[str, LiveDisk] = {}
        for image in images:
            if image.vm == vm.name:
                disk = live.disks[image.disk] = LiveDisk(image.path, read_only=image.own)
                if not image.own:
                    disk.recover()
                    written[image.disk] = disk
        if written:
            seed = int.from_bytes(hashlib.sha256(vm.name.encode()).digest()[:4])
            live.guest = Guest(written, seed, progress=live.marks.get)

    def _listen(self) -> None:
        """Start what the trace's connections will ask for, each once."""
        for event in self._trace.events:
            need = self.need(event)
            if event.destination is None or not event.services:
                continue
            node, service = event.destination.node, event.services[0]
            if need is Need.NFC and node not in self._hosts:
                self._hosts[node] = NbdServer(self.network, node, service)
            elif need is Need.DATA_MOVERS and not self.network.listening(node, service):
                self.repository(node).listen(service)
        for live in self.vms.values():
            host = self._hosts.get(live.vm.host)
            if host is not None:
                host.add_export(live.configuration_export, TextExport(configuration(live.vm)))

    def need(self, event: Event) -> Need | None:
        """The need behind a connection; None for events that are none."""
        return None if event.row is None else self._catalogue.row(event.row).need

    def repository(self, node: str) -> RepositoryDataMover:
        return self._repositories.setdefault(node, RepositoryDataMover(self.network, node))

    def create_snapshot(self, vm: str) -> None:
        """All disks of a VM at one moment: every disk is stunned while the snapshots are made."""
        live = self.vms[vm]
        with ExitStack() as stuns:
            for disk in live.disks.values():
                stuns.enter_context(disk.stunned())
            for name, disk in live.disks.items():
                live.snapshots[name] = disk.create_snapshot()
        host = self._hosts.get(live.vm.host)
        if host is not None:
            for name, snapshot in live.snapshots.items():
                host.add_export(live.export(name), snapshot)

    def commit(self, vm: str) -> tuple[int, float]:
        """Merge the redo logs; bytes merged and seconds of the longest stun. Raises StillAttached, OSError."""
        live = self.vms[vm]
        host = self._hosts.get(live.vm.host)
        merged, stun = 0, 0.0
        for name in sorted(live.snapshots):
            if host is not None:
                host.remove_export(live.export(name))
            report = live.disks[name].commit()
            del live.snapshots[name]
            merged += report.bytes_merged
            stun = max(stun, report.stun_seconds)
        return merged, stun

    def attach(self, vm: str, disk: str, proxy: str) -> None:
        """HotAdd. Raises NoFreeSlot."""
        controllers = max(1, self._topology.node(proxy).scsi_controllers)
        scsi = self._controllers.setdefault(proxy, VirtualScsi(proxy, controllers=controllers))
        live = self.vms[vm]
        live.slots[disk] = (scsi, scsi.attach(live.snapshots[disk]))

    def detach(self, vm: str, disk: str) -> None:
        scsi, slot = self.vms[vm].slots.pop(disk)
        scsi.detach(slot)

    def read_configuration(self, vm: str, proxy: str, service: Service) -> None:
        """The VM's .vmx over its host's service, as every transport mode does. Raises Blocked, ProtocolError."""
        live = self.vms[vm]
        connection = Connection(proxy, live.vm.host, service)
        live.configuration = read_configuration(self.network, connection, live.configuration_export)

    def copy_task(
        self, event: Event, data: Connection, nfc: Service, rate: float | None
    ) -> tuple[CopyTask, ProxyDataMover]:
        """What the data movers are told for one disk. `rate`: bytes a second, None for no limit."""
        assert event.vm is not None and event.disk is not None
        live, disk = self.vms[event.vm], event.disk
        snapshot = live.snapshots[disk]
        proxy, mode = str(event.param("proxy")), TransportMode(str(event.param("mode")))
        marks = live.marks[disk] = BlockMap(-(-snapshot.size // BLOCK_SIZE))

        def reader() -> DiskReader:
            match mode:
                case TransportMode.SAN | TransportMode.NFS:
                    return SanReader(snapshot, proxy)
                case TransportMode.HOTADD:
                    return HotAddReader(*live.slots[disk])
                case TransportMode.NBD:
                    return NbdReader(self.network, Connection(proxy, live.vm.host, nfc), live.export(disk))

        # With change tracking the host tells which areas are in use; without it everything is read.
        extents = snapshot.extents() if event.param("cbt") else None
        made = CopyTask(
            str(event.task),
            reader,
            data,
            extents=extents,
            pace=Throttle(rate),
            marks=marks,
            before_block=partial(_let_guest_write, live.guest),
        )
        return made, ProxyDataMover(self.network, proxy)

    def close(self) -> None:
        """Stop the guests, give up what was not finished, merge what is left. Safe after any error.

        An error in one part keeps no other part open; the last one is raised at the end.
        """
        with ExitStack() as last_first:
            for live in self.vms.values():
                for disk in live.disks.values():
                    last_first.callback(disk.close)
                last_first.callback(_merge_what_is_left, live)
            last_first.callback(self.network.close)
            for live in self.vms.values():
                last_first.callback(_give_up, live)
            for live in self.vms.values():
                if live.guest is not None:
                    last_first.callback(live.guest.stop)


def _give_up(live: LiveVm) -> None:
    if live.writer is not None:
        live.writer.abort()
        live.writer = None
    for scsi, slot in live.slots.values():
        scsi.detach(slot)
    live.slots.clear()


def _merge_what_is_left(live: LiveVm) -> None:
    for name in tuple(live.snapshots):
        live.disks[name].commit()
        del live.snapshots[name]


def _let_guest_write(guest: Guest | None, begun: int, blocks: int) -> None:
    """Half-way through a disk, wait until its guest has written before and behind the reading."""
    if guest is not None and blocks >= _FEWEST_BLOCKS and begun == blocks // 2:
        guest.wait_for(before_read=GUEST_WRITES, after_read=GUEST_WRITES, timeout=_GUEST_PATIENCE)


def configuration(vm: Vm) -> str:
    """A VM's configuration file, reduced to what a backup reads of it."""
    lines = [
        '.encoding = "UTF-8"',
        f'virtualHW.version = "{vm.hardware_version}"',
        f'displayName = "{vm.name}"',
        f'guestOS = "{vm.os}"',
    ]
    for number, disk in enumerate(vm.disks):
        slot = f"{disk.controller}0:{number}"
        lines += [f'{slot}.present = "TRUE"', f'{slot}.fileName = "{disk.name}"']
        if vm.cbt:
            lines.append(f'{slot}.ctkEnabled = "TRUE"')
    return "\n".join(lines) + "\n"


def digest_of(snapshot: Snapshot) -> str:
    """sha256 of a disk as it is in its snapshot."""
    found = hashlib.sha256()
    buffer = bytearray(BLOCK_SIZE)
    for offset in range(0, snapshot.size, BLOCK_SIZE):
        view = memoryview(buffer)[: min(BLOCK_SIZE, snapshot.size - offset)]
        snapshot.read_into(offset, view)
        found.update(view)
    return found.hexdigest()


def data_connections(trace: Trace, need_of: Callable[[Event], Need | None]) -> dict[str, Connection]:
    """By task: the connection on which its data movers met."""
    found = {}
    for event in trace.events:
        if (
            event.kind is EventKind.CONNECT
            and event.outcome is Outcome.OK
            and event.task is not None
            and event.source is not None
            and event.destination is not None
            and need_of(event) in (Need.DATA_MOVERS, Need.DATA_MOVERS_REVERSE)
        ):
            found[event.task] = Connection(event.source.node, event.destination.node, event.services[0])
    return found
