"""Performing a trace: event by event, with real disks, sockets and files behind the events that have some.

Decided here: what is done for which kind of event, and in what order. Events are taken in the trace's order; the copy
of a disk runs beside them, and the next event of the same task waits for it. What the trace says is blocked is asked
for all the same, so that the engine's own refusal is recorded. A failed copy does not end the run, as in the product;
any other error does. Whatever happens, the guests are stopped, snapshots merged and every thread and socket ended
before `perform` returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from vbtui.catalogue import Need
from vbtui.engine import Blocked, CompressionLevel, DiskInfo, PointMetadata, Repository, StillAttached
from vbtui.engine.repository.catalogue.health_record import blocks_to_reread
from vbtui.engine.repository.space import preflight
from vbtui.firewall import Policy
from vbtui.job.copies import Copies
from vbtui.job.images import Image
from vbtui.job.live_vm import LiveVm
from vbtui.job.log import Journal, RecordKind
from vbtui.job.machines import Machines, data_connections
from vbtui.job.pace import Pacing
from vbtui.job.parents import NOTHING, Parent, number_of, parent_of, point_name
from vbtui.job.progress import SnapshotProgress
from vbtui.topology import Job, Topology
from vbtui.trace import Event, EventKind, Trace
from vbtui.vocabulary import Connection, Outcome, Result, Service
from vbtui.workflow import CbtReset, Change, WorldChange
from vbtui.workflow.simulation import World


@dataclass(frozen=True, slots=True)
class WrittenPoint:
    """A restore point of this run. `digests`: by disk, sha256 at the moment of the snapshot."""

    vm: str
    point: str
    path: Path
    size: int
    digests: tuple[tuple[str, str], ...]


class Performance:
    """One trace on its way. Made and driven by `Run`, in the run's thread."""

    def __init__(
        self,
        topology: Topology,
        job: Job,
        trace: Trace,
        images: tuple[Image, ...],
        repository: Repository,
        *,
        pacing: Pacing,
        journal: Journal,
        copies: Copies,
        stop: threading.Event,
        now_ms: Callable[[], int],
    ) -> None:
        """Open the images and start the listeners. Raises EngineError, OSError; nothing is left open then."""
        preflight(repository.path, sum(task.transferred for task in trace.tasks))
        self.index = -1
        """Position of the last event that has begun."""
        self.points: list[WrittenPoint] = []
        """Restore points that are complete, in the order of their commits."""
        self._trace = trace
        self._repository = repository
        self._pacing = pacing
        self._journal = journal
        self._copies = copies
        self._stop = stop
        self._now_ms = now_ms
        self._world = World(Policy(topology), failover=job.failover_to_network)
        self._changes = [Change.parse(text) for text in trace.changes]
        self._locks = ExitStack()
        try:
            parents = self._lock_and_look(topology)
            self.machines = Machines(topology, trace, images, self._permit, parents)
        except BaseException:
            self._locks.close()
            raise
        self._data = data_connections(trace, self.machines.need)
        self._nfc: dict[str, Service] = {}
        self._damaged = False

    def perform(self) -> None:
        """Do every event, until the end or until `stop` is set. Raises EngineError, OSError."""
        try:
            for live in self.machines.vms.values():
                live.start()
            for live in self.machines.vms.values():
                live.live_a_day()
            for event in self._trace.events:
                self._pacing.wait(self._stop)
                if self._stop.is_set():
                    break
                self.index = event.position
                for change in self._changes:
                    if change.event == event.id:
                        self._world.apply(change.what)
                        self._apply(change.what)
                began = self._journal.elapsed
                self._copies.join(event.task)
                self._do(event)
                spent = round((self._journal.elapsed - began) * 1e6)
                self._journal.note(event.id, RecordKind.EVENT, value=spent)
        finally:
            with self._locks:
                self._copies.end(cancel=self._stop.is_set())
                self.machines.close()

    def verify(self) -> None:
        """Read every restore point of this run back. Raises Cancelled, OSError."""
        for point in self.points:
            report = self._repository.verify(point.point, stop=self._stop)
            self._damaged = self._damaged or not report.ok
            self._journal.note(f"{point.vm}/6/result", RecordKind.VERIFY, point.point, 0 if report.ok else 1)

    @property
    def result(self) -> Result:
        """The trace's result, unless the real bytes did worse."""
        return Result.ERROR if self._copies.failed or self._damaged else self._trace.result

    # inside

    def _lock_and_look(self, topology: Topology) -> dict[str, Parent]:
        """Nobody else writes to these VMs' restore points from now on, so what they build on stays what it is."""
        parents: dict[str, Parent] = {}
        for vm in sorted(result.vm for result in self._trace.vms):
            self._locks.enter_context(self._repository.lock(vm))
            found = parent_of(self._repository, topology.vm(vm)) if vm in self._trace.history else None
            if found is not None:
                parents[vm] = replace(found, reread=blocks_to_reread(self._repository, vm))
        return parents

    def _apply(self, change: WorldChange) -> None:
        """The changes of the world that real disks feel; the others act through the policy or the trace itself."""
        if isinstance(change, CbtReset) and change.vm in self.machines.vms:
            self.machines.vms[change.vm].reset_tracking()

    def _permit(self, connection: Connection) -> bool:
        verdict = self._world.policy.evaluate(connection.source, connection.destination, connection.service)
        return verdict.allowed

    def _do(self, event: Event) -> None:
        machines = self.machines
        live = machines.vms.get(event.vm) if event.vm is not None else None
        done = event.outcome is Outcome.OK
        match event.kind:
            case EventKind.CONNECT:
                self._connect(event)
            case EventKind.REQUEST if event.code == "vmx.read" and event.vm and event.source and event.task:
                machines.read_configuration(event.vm, event.source.node, self._nfc[event.task])
            case EventKind.FREEZE if live is not None and live.guest is not None:
                live.guest.freeze()
            case EventKind.THAW if live is not None and live.guest is not None:
                live.guest.release()
            case EventKind.SNAPSHOT if done and live is not None:
                machines.create_snapshot(live.vm.name)
                self._begin_point(live)
            case EventKind.ATTACH if done and event.vm and event.disk and event.source:
                machines.attach(event.vm, event.disk, event.source.node)
            case EventKind.DETACH if done and event.vm and event.disk:
                machines.detach(event.vm, event.disk)
            case EventKind.TRANSFER if done and event.task is not None:
                read = event.param("read")
                rate = self._pacing.rate(read if isinstance(read, int) else 0)
                self._copies.start(machines, event, self._data[event.task], self._nfc[event.task], rate)
            case EventKind.COMMIT if live is not None:
                self._commit(live, event)
            case _:
                pass

    def _connect(self, event: Event) -> None:
        assert event.source is not None and event.destination is not None
        connection = Connection(event.source.node, event.destination.node, event.services[0])
        if event.task is not None and self.machines.need(event) is Need.NFC:
            self._nfc[event.task] = connection.service
        if event.verdict is not None and not event.verdict.allowed:
            try:
                self.machines.network.connect(connection).close()
            except Blocked:
                self._journal.note(event.id, RecordKind.BLOCKED)

    def _begin_point(self, live: LiveVm) -> None:
        taken = [number_of(one.point, live.vm.name) for one in self._repository.points()]
        point = point_name(live.vm.name, 1 + max(taken, default=0))
        disks = [DiskInfo(name, disk.size) for name, disk in live.disks.items()]
        parent, reread = (live.parent.point, live.parent.reread) if live.parent is not None else (None, NOTHING)
        live.writer = self._repository.begin(
            live.vm.name, point, disks, created_ms=self._now_ms(), parent=parent, reread=reread
        )

    def _commit(self, live: LiveVm, event: Event) -> None:
        """The restore point becomes one first, then the redo logs are merged: an error in either leaves the other."""
        if live.guest is not None:
            self._journal.note(event.id, RecordKind.GUEST, "before-read", live.guest.writes_before_read)
            self._journal.note(event.id, RecordKind.GUEST, "after-read", live.guest.writes_after_read)
        if live.writer is not None:
            self._close_point(live, event)
        try:
            if event.outcome is Outcome.OK or live.slots:
                self._note_commit(event, self.machines.commit(live.vm.name))
        except StillAttached:
            self._journal.note(event.id, RecordKind.FAILURE, "engine.still-attached")

    def _note_commit(self, event: Event, found: SnapshotProgress | None) -> None:
        if found is None:
            return
        self._journal.note(event.id, RecordKind.REDO, "bytes", found.merged)
        self._journal.note(event.id, RecordKind.REDO, "create-stun-us", round(found.create_stun_seconds * 1e6))
        self._journal.note(event.id, RecordKind.REDO, "stun-us", round(found.commit_stun_seconds * 1e6))
        if not found.converged:
            self._journal.note(event.id, RecordKind.REDO, "not-converged", found.round)

    def _close_point(self, live: LiveVm, event: Event) -> None:
        """A point with every disk becomes a restore point; one that lacks a disk or has a failed one never appears."""
        writer = live.writer
        assert writer is not None
        live.writer = None
        failed = any(self._trace.task(live.vm.name, disk).result is Result.ERROR for disk in live.disks)
        if failed or set(live.digests) != set(live.disks):
            writer.abort()
            return
        modes = tuple(str(self._trace.task(live.vm.name, disk).mode) for disk in live.disks)
        figures = [self._copies.figures_of(f"{live.vm.name}/{disk}") for disk in live.disks]
        tracked = tuple(live.told.get(disk, False) for disk in live.disks)
        path = writer.finish(
            PointMetadata(
                self._trace.job,
                live.configuration,
                modes,
                change_ids=tuple(live.change_ids.get(disk, "") for disk in live.disks),
                tracked=tracked,
                compression=str(CompressionLevel.OPTIMAL),
                processed=sum(one.processed for one in figures),
                read=sum(one.read for one in figures),
                transferred=sum(one.transferred for one in figures),
            )
        )
        if live.parent is not None:
            self._journal.note(event.id, RecordKind.BUILT_ON, live.parent.point, int(all(tracked)))
        size, digests = path.stat().st_size, tuple(sorted(live.digests.items()))
        self.points.append(WrittenPoint(live.vm.name, writer.header.point_id, path, size, digests))
        self._journal.note(event.id, RecordKind.POINT, path.name, size)
