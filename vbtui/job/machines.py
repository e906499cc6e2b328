"""The real counterparts of a trace's machines: disks that a guest writes to, hosts that serve them, data movers.

Decided here: which logical services have a real listener (the hosts' 902 and the ports on which data movers meet) and
what stands behind them. Connections of the control plane have none: they are asked for with the same `permit`, and a
blocked one is refused in the same place, but nothing listens for an allowed one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from vbtui.catalogue import Need, load_catalogue
from vbtui.engine import (
    BlockMap,
    CopyTask,
    DiskReader,
    Extent,
    Guest,
    HotAddReader,
    LiveDisk,
    LoopbackNetwork,
    NbdReader,
    NbdServer,
    ProxyDataMover,
    RepositoryDataMover,
    SanReader,
    Snapshot,
    TextExport,
    Throttle,
    VirtualScsi,
    read_configuration,
)
from vbtui.engine.errors import ImageBusy, RepositoryBusy
from vbtui.engine.repository.lock import held
from vbtui.job.images import Image
from vbtui.job.live_vm import LiveVm
from vbtui.job.parents import Parent
from vbtui.job.progress import SnapshotProgress
from vbtui.topology import ThrottlingRule, Topology, Vm
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import BLOCK_SIZE, Connection, Outcome, Service, TransportMode
from vbtui.workflow import timing

GUEST_WRITES = 50
"""Writes of the guest that a copy waits for, before and behind its reading, so that there is something to prove."""

NO_PARENTS: Final[Mapping[str, Parent]] = MappingProxyType({})

_FEWEST_BLOCKS = 4
"""A disk with less to read has no half-way."""
_GOODBYE_SECONDS = 5.0
"""How long a host may take to notice that a reader has gone; a snapshot that is still held then is not committed."""
_GUEST_PATIENCE = 20.0
"""Seconds after which a copy goes on without the proof."""


class Machines:
    """Everything real of one run. `close` ends every thread and socket."""

    def __init__(
        self,
        topology: Topology,
        trace: Trace,
        images: tuple[Image, ...],
        permit: Callable[[Connection], bool],
        parents: Mapping[str, Parent] = NO_PARENTS,
    ) -> None:
        """Open the images and start the hosts' services. `parents`: by VM, what its restore point builds on.

        Raises EngineError, OSError; nothing is left open then.
        """
        self._topology = topology
        self._trace = trace
        self._catalogue = load_catalogue(trace.profile)
        self.network = LoopbackNetwork(permit)
        self.vms: dict[str, LiveVm] = {}
        self._hosts: dict[str, NbdServer] = {}
        self._controllers: dict[str, VirtualScsi] = {}
        self._repositories: dict[str, RepositoryDataMover] = {}
        self._overlays = ExitStack()
        self._throttles: dict[ThrottlingRule, Throttle] = {}
        tracked = {event.vm for event in trace.events if event.kind is EventKind.TRANSFER and event.param("cbt")}
        try:
            for result in trace.vms:
                vm = topology.vm(result.vm)
                self._open(LiveVm(vm, vm.name in tracked, parents.get(vm.name)), images)
            self._listen()
        except BaseException:
            self.close()
            raise

    def _open(self, live: LiveVm, images: tuple[Image, ...]) -> None:
        # Known before its disks are opened: what is open when one of them fails is closed with the rest.
        self.vms[live.vm.name] = live
        mine = [image for image in images if image.vm == live.vm.name]
        live.own = all(image.own for image in mine)
        for image in mine:
            if image.overlay is None:
                disk = live.disks[image.disk] = LiveDisk(image.path)
                disk.recover()
            elif live.own:
                self._overlays.enter_context(_empty_overlay(image.overlay, image.path))
                live.disks[image.disk] = LiveDisk(image.path, overlay=image.overlay)
            else:
                live.disks[image.disk] = LiveDisk(image.path, read_only=True)
                live.untouched.add(image.disk)

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
        live.create_snapshot()
        host = self._hosts.get(live.vm.host)
        if host is not None:
            for name in live.snapshots:
                host.add_export(live.export(name), live.snapshot_export(name))

    def commit(self, vm: str) -> SnapshotProgress | None:
        """Merge the redo logs; what was measured, None if there was no snapshot. Raises StillAttached, OSError."""
        live = self.vms[vm]
        host = self._hosts.get(live.vm.host)
        for name in sorted(live.snapshots):
            if host is not None:
                host.remove_export(live.export(name))
                # The reader has said good-bye; the host notices in a thread of its own.
                live.snapshots[name].await_let_go(f"{host.node} nbd", _GOODBYE_SECONDS)
            live.commit(name)
        return live.figures()

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
        extents = snapshot.extents() if event.param("cbt") else (Extent(0, snapshot.size),)
        changed = live.snapshot_export(disk).dirty()
        live.told[disk] = changed is not None
        made = CopyTask(
            str(event.task),
            reader,
            data,
            extents=extents,
            changed=changed,
            reread=live.parent.reread.get(disk, frozenset()) if live.parent is not None else frozenset(),
            throttle=self._throttle(proxy, event.destination.node if event.destination else proxy),
            pace=Throttle(rate),
            marks=marks,
            before_block=partial(_let_guest_write, live.guest),
        )
        return made, ProxyDataMover(self.network, proxy)

    def _throttle(self, proxy: str, repository: str) -> Throttle | None:
        """The limit of the traffic rule between two servers, one for all tasks under it."""
        rule = timing.traffic_rule(self._topology, self._topology.node(proxy), self._topology.node(repository))
        if rule is None:
            return None
        if rule not in self._throttles:
            self._throttles[rule] = Throttle(rule.mbit_per_second * 1_000_000 / 8, burst=BLOCK_SIZE)
        return self._throttles[rule]

    def close(self) -> None:
        """Stop the guests, give up what was not finished, merge what is left. Safe after any error.

        An error in one part keeps no other part open; the last one is raised at the end.
        """
        with ExitStack() as last_first:
            last_first.callback(self._overlays.close)
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
        live.commit(name)


@contextmanager
def _empty_overlay(folder: Path, image: Path) -> Iterator[None]:
    """An empty folder for one run, removed with it. Raises ImageBusy if another run writes over the same image."""
    with ExitStack() as stack:
        try:
            stack.enter_context(held(folder.with_name(f".{folder.name}.lock")))
        except RepositoryBusy as error:
            raise ImageBusy(image) from error
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        try:
            yield
        finally:
            shutil.rmtree(folder)


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
