"""Restore of one disk: every block proven by its hash, or no disk at all.

Decided here: only blocks that hold data are read and written, zeros stay holes of the image; every block is proven
before it is written; damaged blocks are all named and nothing is left behind, unless the caller wants what can be
saved, and then they are zeros and stand in the report. The image itself is `restored_image`.

In: an open chain, its damage tolerated if it is to be salvaged. Out: an image of the whole disk or of a range of its
bytes. Memory: two blocks for each thread, 4 bytes for each block of the disk.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.block import HEAD_SIZE
from vbtui.engine.disk.conversion import NewFormat
from vbtui.engine.errors import OutsideDisk, UnknownDisk
from vbtui.engine.memory import keep_freed_memory
from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.damage import BlockDamaged, Damage, DamagedBlock, DamagedBlocks, DamagedPart
from vbtui.engine.repository.point import Point
from vbtui.engine.repository.records import OnProgress, Progress
from vbtui.engine.repository.restored_image import RestoredImage, create_image
from vbtui.engine.repository.space import preflight
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer
from vbtui.engine.workers import work_together

WORKERS: Final = 2


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A finished restore: `size` bytes from byte `offset` of the disk, of which `written` hold data."""

    output: Path
    size: int
    written: int
    offset: int = 0
    damaged: tuple[DamagedBlock, ...] = ()
    """Blocks that are zeros in the image because they could not be read; only in a salvage."""
    structure: tuple[DamagedPart, ...] = ()
    """What is wrong with the chain's files themselves, descriptions apart: proven blocks may stand at a wrong place or
    be of another moment. Only in a salvage; without one such a chain is not opened."""

    @property
    def ok(self) -> bool:
        return not self.damaged and not self.structure


def restore_disk(
    chain: Chain,
    disk: str,
    output: Path,
    *,
    form: NewFormat = NewFormat.RAW,
    area: tuple[int, int] | None = None,
    salvage: bool = False,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
    storage: Storage = STORAGE,
) -> RestoreReport:
    """Write a disk of an open point to `output`; of `area`, an offset and a length in bytes, if it is given.

    `on_progress` counts the bytes of blocks that hold data. Raises UnknownDisk, OutsideDisk, OutputExists, ImageBusy
    (somebody else is writing this output), NoSpace, DamagedBlocks (all of the area's; never with `salvage`), Cancelled,
    ValueError for a VMDK of an area that is not whole sectors, BadName, OSError. Nothing is left behind then.
    """
    number = chain.disk(disk)
    if number is None:
        raise UnknownDisk(chain.header.point_id, disk)
    size = chain.header.disks[number].size
    offset, length = (0, size) if area is None else area
    if offset < 0 or length <= 0 or offset + length > size:
        raise OutsideDisk(disk, size, offset, length)
    keep_freed_memory()
    blocks = _with_data(chain, number, offset, length)
    block_size = chain.header.block_size
    needed = sum(min((block + 1) * block_size, offset + length) - max(block * block_size, offset) for block in blocks)
    image = create_image(output, length, form, overwrite=overwrite, storage=storage)
    try:
        preflight(output.absolute().parent, needed)
        progress = Progress(needed, on_progress, stop, output.name)
        filling = _Filling(chain, number, (offset, length), image, output, progress, salvage=salvage)
        filling.run(blocks)
        damaged = tuple(sorted(filling.damaged))
        if damaged and not salvage:
            raise DamagedBlocks(chain.header.point_id, damaged)
        image.finish()
    finally:
        image.discard()
    structure = tuple(part for part in chain.damage if part.damage is not Damage.METADATA) if salvage else ()
    return RestoreReport(output, length, filling.written, offset, damaged, structure)


def _with_data(chain: Chain, disk: int, offset: int, length: int) -> array[int]:
    """The blocks of an area that are not known to be zeros, ascending; damaged ones are among them."""
    block_size = chain.header.block_size
    found = array("I")
    first = chain.contents.first[disk]
    for block in range(offset // block_size, -(-(offset + length) // block_size)):
        if chain.holds_data(first + block):
            found.append(block)
    return found


class _Filling:
    """Blocks on their way from the chain to the image, by several threads."""

    def __init__(
        self,
        chain: Chain,
        disk: int,
        area: tuple[int, int],
        image: RestoredImage,
        output: Path,
        progress: Progress,
        *,
        salvage: bool,
    ) -> None:
        self.written = 0
        self.damaged: list[DamagedBlock] = []
        self._chain = chain
        self._disk = disk
        self._offset, self._end = area[0], area[0] + area[1]
        self._image = image
        self._output = output
        self._progress = progress
        self._salvage = salvage
        self._lock = threading.Lock()
        self._turns = threading.Condition()
        self._turn = 0
        self._stop = threading.Event()
        self._numbered: Iterator[tuple[int, int]] = iter(())

    def run(self, blocks: array[int]) -> None:
        """Returns when all blocks are in the image or found damaged. Raises Cancelled and what the image raises."""
        self._numbered = iter(enumerate(blocks))
        work_together(WORKERS, self._work, self._stop, name="restore")

    def _work(self) -> None:
        try:
            self._blocks()
        except BaseException:
            self._stop.set()
            with self._turns:
                self._turns.notify_all()
            raise

    def _blocks(self) -> None:
        buffer = bytearray(HEAD_SIZE + self._chain.header.block_size)
        last: tuple[Point, int] | None = None
        plain: Buffer | None = None
        while not self._stop.is_set():
            self._progress.check()
            with self._lock:
                turn, block = next(self._numbered, (-1, -1))
            if block < 0:
                return
            try:
                point, record = self._chain.locate(self._disk, block)
                if (point, record.offset) != last:  # duplicates in a row are unpacked and proven once
                    last = None
                    plain = point.read_record(record, buffer=buffer)
                    last = (point, record.offset)
            except BlockDamaged as error:
                with self._lock:
                    self.damaged.append(error.of(self._chain.header.disks[self._disk].name, block))
                plain = last = None
            length = self._write(turn, block, plain)
            self._progress.add(length)

    def _write(self, turn: int, block: int, plain: Buffer | None) -> int:
        """Put a block, or what the area has of it, into the image; its bytes there."""
        begin = block * self._chain.header.block_size
        start = max(begin, self._offset)
        end = min(begin + self._chain.header.block_length(self._disk, block), self._end)
        if self._image.in_order:
            with self._turns:
                self._turns.wait_for(lambda: self._turn == turn or self._stop.is_set())
                if not self._stop.is_set():
                    self._put(start, end, begin, plain)
                self._turn += 1
                self._turns.notify_all()
        else:
            self._put(start, end, begin, plain)
        return end - start

    def _put(self, start: int, end: int, begin: int, plain: Buffer | None) -> None:
        # Once a block is damaged and nothing will be salvaged, the rest is only looked at, to name all that is damaged.
        if plain is None or (self.damaged and not self._salvage):
            return
        piece = plain if end - start == len(plain) else memoryview(plain)[start - begin : end - begin]
        try:
            self._image.write(start - self._offset, piece)
        except OSError as error:
            # A call about a descriptor names no file.
            error.filename = error.filename or str(self._output)
            raise
        with self._lock:
            self.written += end - start
