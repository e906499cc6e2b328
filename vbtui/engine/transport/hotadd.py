"""Virtual appliance mode (HotAdd): a snapshot's disk is attached to the proxy VM and read through its controller.

Decided here: the slots of the controllers (up to four, 15 targets each: target 7 is the controller itself), and that
an attached disk keeps its snapshot from being committed until it is detached, also when nobody reads it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import NoFreeSlot, NotAttached
from vbtui.engine.snapshot import Snapshot

MAX_CONTROLLERS: Final = 4
TARGETS: Final = tuple(target for target in range(16) if target != 7)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place on a virtual SCSI controller, written `scsi0:3`."""

    controller: int
    target: int

    def __str__(self) -> str:
        return f"scsi{self.controller}:{self.target}"


class VirtualScsi:
    """The virtual SCSI controllers of one proxy VM. Safe to use from several threads."""

    def __init__(self, node: str, *, controllers: int = 1, reserved: int = 1) -> None:
        """`reserved`: how many slots of the first controller the proxy's own disks take."""
        if not 0 <= controllers <= MAX_CONTROLLERS:
            raise ValueError(f"expected 0 to {MAX_CONTROLLERS} controllers, found {controllers}")
        self.node = node
        self._slots = [Slot(controller, target) for controller in range(controllers) for target in TARGETS][reserved:]
        self._lock = threading.Lock()
        self._attached: dict[Slot, Snapshot] = {}

    def attach(self, snapshot: Snapshot) -> Slot:
        """Attach a snapshot's disk to the first free slot. Raises NoFreeSlot, SnapshotGone."""
        with self._lock:
            for slot in self._slots:
                if slot not in self._attached:
                    snapshot.hold(self._holder(slot))
                    self._attached[slot] = snapshot
                    return slot
        raise NoFreeSlot(self.node, len(self._slots))

    def detach(self, slot: Slot) -> None:
        """Take the disk off; readers on it fail from now on. Raises NotAttached."""
        with self._lock:
            snapshot = self._attached.pop(slot, None)
        if snapshot is None:
            raise NotAttached(self.node, str(slot))
        snapshot.let_go(self._holder(slot))

    @property
    def attached(self) -> tuple[Slot, ...]:
        """The slots in use, in order."""
        with self._lock:
            return tuple(sorted(self._attached))

    def read_into(self, slot: Slot, offset: int, view: memoryview) -> None:
        """A read command to the disk in `slot`. Raises NotAttached, SnapshotGone, ValueError."""
        self._disk(slot).read_into(offset, view)

    def capacity(self, slot: Slot) -> int:
        """Bytes of the disk in `slot`. Raises NotAttached."""
        return self._disk(slot).size

    def _disk(self, slot: Slot) -> Snapshot:
        with self._lock:
            snapshot = self._attached.get(slot)
        if snapshot is None:
            raise NotAttached(self.node, str(slot))
        return snapshot

    def _holder(self, slot: Slot) -> str:
        return f"{self.node} {slot}"


class HotAddReader:
    """Reads an attached disk through the controller. Closing it detaches nothing: that is the job's step of its own."""

    def __init__(self, scsi: VirtualScsi, slot: Slot) -> None:
        """Raises NotAttached."""
        self.size = scsi.capacity(slot)
        self._scsi = scsi
        self._slot = slot

    def read_into(self, offset: int, view: memoryview) -> None:
        self._scsi.read_into(self._slot, offset, view)

    def extents(self) -> tuple[Extent, ...]:
        """The whole disk: a SCSI disk does not say what of it is allocated."""
        return (Extent(0, self.size),)

    def close(self) -> None:
        """Nothing is held by the reader itself."""
