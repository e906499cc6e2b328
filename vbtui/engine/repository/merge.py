"""Merging: one file that stands for several points of a chain.

Decided here: one rule for all cases. The newest points of a chain are folded into one file under the newest one's id
and content root, with the oldest one's parent; with all of them folded it has none and is a synthetic full. Records
are copied as they are stored, each with its CRC checked; a damaged one that is needed refuses the whole merge and is
named. What only the older points needed is left out.

Order: the new file is complete and on stable storage, takes the old one's name in one step, the folder is on stable
storage; only then are points removed, the newest first, each before the next. So whenever it stops, every point that
is still there can be restored, and doing it again finishes it.

Needs the repository's lock for the VM, which the caller holds.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from vbtui.engine.block import HEAD_SIZE, NO_DIGEST, BlockHead, BlockKind
from vbtui.engine.errors import NothingBuiltOn, UnknownPoint
from vbtui.engine.repository.chain import Chain, link_fault
from vbtui.engine.repository.damage import BlockDamaged, DamagedBlock, DamagedBlocks
from vbtui.engine.repository.known import ParentContent
from vbtui.engine.repository.layout import ENTRY_SIZE, PointKind
from vbtui.engine.repository.listing import PointInfo
from vbtui.engine.repository.point import OpenPoint
from vbtui.engine.repository.records import WORKERS, Damaged, Marks, OnProgress, Progress
from vbtui.engine.repository.space import preflight
from vbtui.engine.repository.verify import affected_blocks
from vbtui.engine.repository.writer import PointWriter
from vbtui.engine.storage import Storage
from vbtui.engine.workers import work_together


@dataclass(frozen=True, slots=True)
class MergeReport:
    """A point's file written anew. `records` and `bytes_copied` (payloads) count what was copied into it."""

    point: str
    path: Path
    absorbed: tuple[str, ...]
    """The ancestors whose content it now holds itself, the newest first."""
    records: int
    bytes_copied: int
    file_size: int


@dataclass(frozen=True, slots=True)
class ExpireReport:
    """What became of points that were to go."""

    merges: tuple[MergeReport, ...]
    removed: tuple[str, ...]
    """In the order in which they went."""


def expire(
    points: Iterable[PointInfo],
    going: Collection[str],
    open_point: OpenPoint,
    folder: Path,
    *,
    storage: Storage,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> ExpireReport:
    """Remove points; whatever stays and builds on them holds their content itself from then on.

    `points`: all of the repository, as listed. `on_progress` begins anew for every file that is written. Raises
    UnknownPoint, DamagedBlocks, DamagedPoint, BrokenChain, NoSpace, PointBusy, Cancelled, HashUnavailable, OSError:
    whatever was not removed then is as it was.
    """
    known = {one.point: one for one in points}
    for point in sorted(going):
        if point not in known:
            raise UnknownPoint(point)
    merges: list[MergeReport] = []
    for one in sorted(known.values(), key=lambda info: (info.sequence, info.point)):
        if one.point not in going and (count := _points_to_fold(one, known, going)) > 1:
            report = fold(
                open_point, folder, one.point, count, storage=storage, on_progress=on_progress, stop=stop
            )  # fmt: skip
            merges.append(report)
    leaving = sorted((known[point] for point in going), key=lambda info: (-info.sequence, info.point))
    for one in leaving:
        storage.unlink(one.path, missing_ok=True)
        storage.sync_folder(folder)
    return ExpireReport(tuple(merges), tuple(one.point for one in leaving))


def children_of(point: PointInfo, points: Iterable[PointInfo]) -> tuple[PointInfo, ...]:
    """The points that build on this one, by id."""
    return tuple(
        sorted((one for one in points if _builds_on(one, point)), key=lambda info: info.point)
    )  # fmt: skip


def check_has_children(point: str, points: Collection[PointInfo]) -> None:
    """Raises UnknownPoint, NothingBuiltOn."""
    one = next((one for one in points if one.point == point), None)
    if one is None:
        raise UnknownPoint(point)
    if not children_of(one, points):
        raise NothingBuiltOn(point)


def fold(
    open_point: OpenPoint,
    folder: Path,
    point: str,
    count: int | None,
    *,
    storage: Storage,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> MergeReport:
    """Write a point's file anew, so that it stands for the newest `count` points of its chain; for all with None.

    Raises DamagedBlocks (needed records or pages are damaged), DamagedPoint, BrokenChain, NoSpace, PointBusy,
    Cancelled, HashUnavailable, OSError; the old file is untouched then.
    """
    with ExitStack() as stack:
        chain = stack.enter_context(Chain(open_point, point))
        count = len(chain.points) if count is None else count
        base, parent = None, None
        header = replace(chain.header, kind=PointKind.SYNTHETIC, parent_id="", parent_root=NO_DIGEST)
        if count < len(chain.points):
            below = chain.points[count]
            base = stack.enter_context(Chain(open_point, below.header.point_id))
            parent = ParentContent(base)
            header = replace(
                chain.header, parent_id=below.header.point_id, parent_root=below.footer.content_root
            )  # fmt: skip
        if len(chain.points) > 1 and count == 1:
            raise ValueError("one point alone needs no merge")
        metadata = chain.metadata()
        folding = _Folding(chain, count, base)
        size = folding.marks.size()
        preflight(folder, size + folding.marks.count() * HEAD_SIZE + chain.contents.first[-1] * ENTRY_SIZE)
        progress = Progress(size, on_progress, stop, point)
        progress.check()
        writer = stack.enter_context(
            PointWriter(folder, header, parent=parent, replaces=chain.content_root, storage=storage)
        )
        folding.place_references(writer)
        damaged = folding.copy_records(writer, progress)
        if damaged:
            raise DamagedBlocks(point, tuple(sorted(affected_blocks(chain.points, chain.contents, damaged))))
        path = writer.finish(metadata)
        absorbed = tuple(one.header.point_id for one in chain.points[1:count])
        return MergeReport(point, path, absorbed, folding.marks.count(), progress.done, path.stat().st_size)


# inside


class _Folding:
    """Which of a chain's content must be copied, and which can be left to the points below."""

    def __init__(self, chain: Chain, count: int, base: Chain | None) -> None:
        """Raises DamagedBlocks if it is not known of some block where it is."""
        self.marks = Marks(chain.points[:count])
        self._chain, self._count, self._base = chain, count, base
        # For every record of the files to be folded: the first block that has its content, counted from one.
        self._first_user = [array("I", bytes(4 * len(point.keys))) for point in chain.points[:count]]
        lost: list[DamagedBlock] = []
        for number in range(chain.contents.first[-1]):
            try:
                place = self._record(number)
            except BlockDamaged as error:
                disk, block = chain.contents.place_of(number)
                lost.append(error.of(chain.header.disks[disk].name, block))
                continue
            if place is not None and not self._first_user[place[0]][place[1]]:
                self._first_user[place[0]][place[1]] = number + 1
                self.marks.add(*place)
        if lost:
            raise DamagedBlocks(chain.header.point_id, tuple(sorted(lost)))

    def place_references(self, writer: PointWriter) -> None:
        """Everything but records: zeros, duplicates, and what stays in the points below."""
        contents, header = self._chain.contents, self._chain.header
        nothing = memoryview(b"")
        for disk, info in enumerate(header.disks):
            sink = writer.disk(info.name)
            start = contents.first[disk]
            numbers = range(start, contents.first[disk + 1])
            # Holes and what stays below come in long runs; the writer takes a run at once.
            for kind, run in groupby(numbers, key=lambda number: self._kind(info.name, number - start, number)):
                blocks = [number - start for number in run]
                if kind in (BlockKind.HOLE, BlockKind.UNCHANGED):
                    sink.place(BlockHead(kind, disk, blocks[0], run=len(blocks)), nothing)
                elif kind is not BlockKind.DATA:
                    for block in blocks:
                        length, name = header.block_length(disk, block), contents.digest(start + block)
                        sink.place(BlockHead(kind, disk, block, length, digest=name), nothing)

    def copy_records(self, writer: PointWriter, progress: Progress) -> Damaged:
        """Copy every record that is needed; those that are damaged. Raises Cancelled, OSError."""
        damaged: Damaged = {}
        todo = self.marks.in_order()
        lock, stop = threading.Lock(), threading.Event()
        chain = self._chain
        sinks = [writer.disk(info.name) for info in chain.header.disks]

        def work() -> None:
            buffer = bytearray(HEAD_SIZE + chain.header.block_size)
            while not stop.is_set():
                with lock:
                    owner, position = next(todo, (-1, 0))
                if owner < 0:
                    return
                progress.check()
                disk, block = chain.contents.place_of(self._first_user[owner][position] - 1)
                point = chain.points[owner]
                try:
                    head, payload = point.read_raw(point.entry(position), buffer)
                except BlockDamaged as error:
                    with lock:
                        damaged[owner, position] = error
                else:
                    sinks[disk].place(replace(head, disk=disk, block=block), payload)
                progress.add(point.payload_size_at(position))

        work_together(WORKERS, work, stop, name="merge")
        return damaged

    # inside

    def _record(self, number: int) -> tuple[int, int] | None:
        """The record of a block, if it is in one of the files to be folded. Raises BlockDamaged."""
        place = self._chain.record_place(number)
        return place if place is not None and place[0] < self._count else None

    def _kind(self, disk: str, block: int, number: int) -> BlockKind:
        """How a block comes into the new file; DATA for the first that has the content of a record to be copied."""
        if self._chain.contents.owners[number] >= self._count:
            return BlockKind.UNCHANGED if self._is_in_place_below(disk, block, number) else BlockKind.DUPLICATE
        place = self._record(number)
        if place is None:
            return BlockKind.HOLE if self._chain.is_hole(number) else BlockKind.ZERO
        return BlockKind.DATA if self._first_user[place[0]][place[1]] == number + 1 else BlockKind.DUPLICATE

    def _is_in_place_below(self, disk: str, block: int, number: int) -> bool:
        """Whether the points below have the very same content at the same place, so that nothing need be said."""
        if self._base is None:
            return False
        here, below = self._chain.contents, self._base.contents
        other = below.number(disk, block)
        return (
            other is not None
            and below.owners[other] + self._count == here.owners[number]
            and below.positions[other] == here.positions[number]
        )


def _points_to_fold(one: PointInfo, known: Mapping[str, PointInfo], going: Collection[str]) -> int:
    """How many points of its chain a point that stays must stand for: itself, and all that go right below it."""
    count = 1
    while True:
        parent = known.get(one.parent or "")
        if parent is None or parent.point not in going or not _builds_on(one, parent):
            return count
        one = parent
        count += 1


def _builds_on(one: PointInfo, parent: PointInfo) -> bool:
    if one.header is None or parent.header is None or one.header.kind.complete:
        return False
    return link_fault(one.header, parent.header, parent.content_root) is None
