"""Instant access: one disk of a restore point as bytes at any offset, unpacked when they are asked for.

Decided here: that only proven blocks are given out; how many unpacked ones are kept (the last that were read, within
a fixed number of bytes), since clients read a block in several pieces; that two threads never unpack the same block
at the same time. An NBD server can export this; the file on disk is never touched.

Memory: the kept blocks, one more for each thread that reads, and 16 bytes for each area once `extents` was asked.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import UnknownDisk
from vbtui.engine.memory import keep_freed_memory
from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.damage import BlockDamaged, DamagedBlocks
from vbtui.engine.wire import Buffer
from vbtui.vocabulary import MiB

KEPT: Final = 16 * MiB
"""Bytes of unpacked blocks; at least two blocks are kept, however large they are."""


@dataclass(slots=True)
class _Kept:
    """A block that is being unpacked, or is. Without content and `ready`: nothing but zeros."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    ready: bool = False
    plain: Buffer | None = None


class PointExport:
    """A disk of an open restore point, for any number of threads. The chain is the caller's, open until the last read.

    `kept` bytes of unpacked blocks are remembered.
    """

    def __init__(self, chain: Chain, disk: str, *, kept: int = KEPT) -> None:
        """Raises UnknownDisk."""
        number = chain.disk(disk)
        if number is None:
            raise UnknownDisk(chain.header.point_id, disk)
        keep_freed_memory()
        self.disk = disk
        self.size = chain.header.disks[number].size
        self._chain = chain
        self._number = number
        self._block_size = chain.header.block_size
        self._most = max(2, kept // self._block_size)
        self._blocks: OrderedDict[int, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._extents: tuple[Extent, ...] | None = None

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer from `offset` on.

        Raises DamagedBlocks (the one block that cannot be read), ValueError beyond the end, OSError.
        """
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError(f"read of {len(view)} bytes at {offset} of a disk of {self.size}")
        filled = 0
        while filled < len(view):
            block, start = divmod(offset + filled, self._block_size)
            piece = view[filled : filled + self._block_size - start]
            plain = self._plain(block)
            piece[:] = bytes(len(piece)) if plain is None else memoryview(plain)[start : start + len(piece)]
            filled += len(piece)

    def extents(self) -> tuple[Extent, ...]:
        """Areas that hold data, in whole blocks and in order; what is damaged counts as data, so that reading tells."""
        with self._lock:
            if self._extents is None:
                first = self._chain.contents.first[self._number]
                self._extents = self._areas(lambda block: self._chain.holds_data(first + block))
            return self._extents

    def dirty(self) -> tuple[Extent, ...] | None:
        """Areas of which the point's own file speaks: what may differ from its parent. None where it cannot tell."""
        own = self._chain.points[0]
        if own.header.kind.complete or not own.whole_pages:
            return None
        return self._areas(lambda block: own.position(self._number, block) is not None)

    def hold(self, holder: str) -> None:
        """Nothing to do: the files of the chain are open, and stay readable even if they lose their names."""

    def let_go(self, holder: str) -> None:
        """As `hold`."""

    # inside

    def _plain(self, block: int) -> Buffer | None:
        with self._lock:
            kept = self._blocks.get(block)
            if kept is None:
                kept = self._blocks[block] = _Kept()
                if len(self._blocks) > self._most:
                    self._blocks.popitem(last=False)
            else:
                self._blocks.move_to_end(block)
        with kept.lock:
            if not kept.ready:
                # A block that cannot be read is not remembered: whoever asks next is told anew.
                try:
                    kept.plain = self._chain.read_block(self._number, block)
                except BlockDamaged as error:
                    damaged = error.of(self.disk, block)
                    raise DamagedBlocks(self._chain.header.point_id, (damaged,)) from error
                kept.ready = True
            return kept.plain

    def _areas(self, wanted: Callable[[int], bool]) -> tuple[Extent, ...]:
        found: list[Extent] = []
        begin = -1
        blocks = self._chain.blocks(self._number)
        for block in range(blocks + 1):
            if block < blocks and wanted(block):
                begin = block if begin < 0 else begin
            elif begin >= 0:
                offset = begin * self._block_size
                found.append(Extent(offset, min(block * self._block_size, self.size) - offset))
                begin = -1
        return tuple(found)
