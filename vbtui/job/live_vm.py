"""One VM with real disks: its guest, its snapshot from the stun to the commit, and what it is read by meanwhile.

Decided here: when a guest writes. On generated disks it is at work all the time; on a user's own images, which nobody
writes to, it begins with the snapshot: its writes then go to a redo log over the image, so that the restore point is
the user's image, bit for bit, and they are thrown away with the overlay in the end.
In: disks, data movers that read. Out: snapshots, and figures that any thread may read. Never here: a connection.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from vbtui.engine import (
    BlockMap,
    CommitProgress,
    Guest,
    LiveDisk,
    PointWriter,
    Slot,
    Snapshot,
    SnapshotExport,
    VirtualScsi,
)
from vbtui.job.parents import Parent
from vbtui.job.progress import SnapshotProgress, SnapshotState
from vbtui.topology import Vm
from vbtui.vocabulary import BLOCK_SIZE
from vbtui.workflow import timing

_JOURNAL_BLOCKS = 2
"""Blocks of a disk that change with every transaction, whatever else it changes: the application's journal."""
_DAY_SECONDS = 10.0
"""After so many seconds the guest has done enough for a day, whatever it has changed."""


@dataclass
class LiveVm:
    """One VM with real disks."""

    vm: Vm
    tracks: bool = False
    """Whether changed block tracking can be used for this VM, as the trace says."""
    parent: Parent | None = None
    """What its restore point builds on; None for a full one."""
    disks: dict[str, LiveDisk] = field(default_factory=dict)
    guest: Guest | None = None
    own: bool = False
    """All disks are the user's own images."""
    untouched: set[str] = field(default_factory=set)
    """Own images beside generated disks: nothing is ever written over those."""
    marks: dict[str, BlockMap] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    slots: dict[str, tuple[VirtualScsi, Slot]] = field(default_factory=dict)
    writer: PointWriter | None = None
    configuration: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    """sha256 of each disk at the moment of the snapshot, read past the data movers."""
    change_ids: dict[str, str] = field(default_factory=dict)
    """By disk: where the next run's changes begin; empty text without tracking."""
    told: dict[str, bool] = field(default_factory=dict)
    """By disk whose copy has begun: whether change tracking said what to read."""
    _commit: dict[str, CommitProgress] = field(default_factory=dict)
    _snapshot: SnapshotProgress | None = None

    def export(self, disk: str) -> str:
        return f"{self.vm.name}/{disk}"

    @property
    def configuration_export(self) -> str:
        return f"{self.vm.name}.vmx"

    @property
    def redo_bytes(self) -> int:
        return sum(disk.redo_bytes for disk in self.disks.values())

    def start(self) -> None:
        """The guest of generated disks begins to write; recording of changes goes on, or begins with the snapshot."""
        for name, disk in self.disks.items():
            if self.tracks and name not in self.untouched:
                disk.enable_tracking()
            else:
                disk.disable_tracking()
        if not self.own:
            self._make_guest()

    def live_a_day(self) -> None:
        """Let the guest work as it did since the last backup: until about so many blocks have changed as the topology
        says of a day. Before the first one, until its application runs. Nothing more comes of it after some seconds."""
        if self.guest is None:
            return
        day = sum(self._changes_a_day(name) for name in self._written) if self.parent is not None else 0
        self.guest.work(blocks=day, transactions=1, timeout=_DAY_SECONDS)

    def create_snapshot(self) -> None:
        """All disks of the VM at one moment: every disk is stunned while the snapshots are made."""
        with ExitStack() as stuns:
            for disk in self.disks.values():
                stuns.enter_context(disk.stunned())
            for name, disk in self.disks.items():
                snapshot = self.snapshots[name] = disk.create_snapshot()
                self.change_ids[name] = snapshot.change_id or ""
        seconds = sum(snapshot.stun_seconds for snapshot in self.snapshots.values())
        self._snapshot = SnapshotProgress(SnapshotState.ACTIVE, 0, create_stun_seconds=seconds)
        if self.own:
            self._make_guest()

    def commit(self, disk: str) -> None:
        """Merge one disk's redo log; what was measured is in `figures`. Raises StillAttached, OSError."""
        before = self._snapshot or SnapshotProgress(SnapshotState.ACTIVE, 0)
        merged_before = before.merged
        logs = self.redo_bytes if before.before_commit is None else before.before_commit

        def told(step: CommitProgress) -> None:
            self._snapshot = SnapshotProgress(
                SnapshotState.COMMITTING, step.left, merged_before + step.merged, max(before.round, step.round),
                before.create_stun_seconds, before.commit_stun_seconds, before.converged and step.converging, logs,
            )  # fmt: skip

        report = self.disks[disk].commit(on_progress=told)
        del self.snapshots[disk]
        self._snapshot = SnapshotProgress(
            SnapshotState.COMMITTING if self.snapshots else SnapshotState.COMMITTED, 0,
            merged_before + report.bytes_merged, max(before.round, report.rounds), before.create_stun_seconds,
            max(before.commit_stun_seconds, report.stun_seconds), before.converged and report.converged, logs,
        )  # fmt: skip

    def snapshot_export(self, disk: str) -> SnapshotExport:
        """A snapshot's disk, with what has changed since the point that the next increment builds on."""
        known = self.parent.change_ids.get(disk, "") if self.parent is not None and self.tracks else ""
        return SnapshotExport(self.snapshots[disk], known)

    def reset_tracking(self) -> None:
        for disk in self.disks.values():
            disk.reset_tracking()

    def figures(self) -> SnapshotProgress | None:
        """The snapshot as it is now; None before it was taken."""
        found = self._snapshot
        if found is None or found.state is not SnapshotState.ACTIVE:
            return found
        # The disks close at the run's end, and a closed disk has no redo log any more.
        redo = 0
        with suppress(ValueError, OSError):
            redo = self.redo_bytes
        return SnapshotProgress(SnapshotState.ACTIVE, redo, create_stun_seconds=found.create_stun_seconds)

    # inside

    @property
    def _written(self) -> dict[str, LiveDisk]:
        return {name: disk for name, disk in self.disks.items() if name not in self.untouched}

    def _changes_a_day(self, disk: str) -> int:
        """Blocks that change between two runs, as the topology says."""
        described = next(one for one in self.vm.disks if one.name == disk)
        return timing.read_bytes(described, cbt=True, incremental=True) // BLOCK_SIZE

    def _make_guest(self) -> None:
        seed = int.from_bytes(hashlib.sha256(self.vm.name.encode()).digest()[:4])
        # What is written during a backup is read by the next one, so that is no more than on any other day.
        working_set = {name: max(1, self._changes_a_day(name) - _JOURNAL_BLOCKS) for name in self._written}
        self.guest = Guest(self._written, seed, progress=self.marks.get, working_set=working_set)
        self.guest.start()
