"""Verification: is a restore point still what was written?

Decided here: what is checked and how it is named. Structure first (header, footer, index pages, metadata), then every
record: shallow reads heads and payloads and checks their CRCs, deep also unpacks every block and compares its hash.
Each record is read once, in the order of the file; a damaged one is reported for every block that refers to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.errors import Cancelled
from vbtui.engine.repository.layout import IndexEntry
from vbtui.engine.repository.point import BlockDamaged, Damage, DamagedBlock, DamagedPoint, Point

OnProgress = Callable[[int, int], None]
"""Called with (bytes done, bytes in all), from worker threads but never from two at once."""

WORKERS = 2


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found. `records` and `bytes_read` count what was read from the file."""

    path: Path
    deep: bool
    blocks: int
    records: int
    bytes_read: int
    structure: tuple[Damage, ...]
    damaged: tuple[DamagedBlock, ...]

    @property
    def ok(self) -> bool:
        return not self.structure and not self.damaged


class Progress:
    """Adds up what workers have done and passes it on, one call at a time; ends the work when told to stop."""

    def __init__(self, total: int, on_progress: OnProgress | None, stop: threading.Event | None, what: str) -> None:
        self.done = 0
        self._total = total
        self._on_progress = on_progress
        self._stop = stop
        self._what = what
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raises Cancelled."""
        if self._stop is not None and self._stop.is_set():
            raise Cancelled(self._what)

    def add(self, size: int) -> None:
        with self._lock:
            self.done += size
            if self._on_progress is not None:
                self._on_progress(self.done, self._total)


def verify(
    path: Path, *, deep: bool = True, on_progress: OnProgress | None = None, stop: threading.Event | None = None
) -> VerifyReport:
    """Check a restore point's file. Damage is in the report, never an exception.

    Raises Cancelled when `stop` is set meanwhile, HashUnavailable, OSError.
    """
    try:
        point = Point(path)
    except DamagedPoint as error:
        return VerifyReport(path, deep, 0, 0, 0, (error.part,), ())
    with point:
        damaged: list[DamagedBlock] = []
        users: dict[tuple[int, int], list[tuple[int, int]]] = {}
        records: dict[tuple[int, int], IndexEntry] = {}
        for disk, info in enumerate(point.header.disks):
            for block in range(point.blocks(disk)):
                try:
                    record = point.record_of(point.entry(disk, block))
                except BlockDamaged as error:
                    damaged.append(DamagedBlock(info.name, block, error.damage))
                    continue
                if record is not None:
                    records[record.disk, record.block] = record
                    users.setdefault((record.disk, record.block), []).append((disk, block))
        ordered = sorted(records.values(), key=lambda record: record.offset)
        progress = Progress(sum(record.payload_size for record in ordered), on_progress, stop, path.name)

        def check(record: IndexEntry) -> tuple[IndexEntry, Damage | None]:
            progress.check()
            try:
                point.read_record(record, check_hash=deep)
            except BlockDamaged as error:
                return record, error.damage
            finally:
                progress.add(record.payload_size)
            return record, None

        with ThreadPoolExecutor(WORKERS, thread_name_prefix="verify") as pool:
            for record, damage in pool.map(check, ordered):
                if damage is not None:
                    damaged += (
                        DamagedBlock(point.header.disks[disk].name, block, damage)
                        for disk, block in users[record.disk, record.block]
                    )
        return VerifyReport(
            path, deep, point.header.entries, len(ordered), progress.done, point.damage, tuple(sorted(damaged))
        )
