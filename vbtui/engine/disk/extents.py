"""An extent: a run of bytes of a disk. The shape in which allocated and changed areas are handed around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vbtui.engine.block import blocks_of


@dataclass(frozen=True, slots=True, order=True)
class Extent:
    """`length` bytes from `offset` on."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True, order=True)
class BlockRun:
    """`count` blocks from `first` on."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """Every block of a disk exactly once: those to read and those that no extent touches."""

    read: tuple[BlockRun, ...]
    holes: tuple[BlockRun, ...]

    @property
    def blocks_to_read(self) -> int:
        return sum(run.count for run in self.read)


def plan_reading(size: int, block_size: int, extents: Iterable[Extent]) -> ReadPlan:
    """Widen extents (any order, may overlap, bytes) to whole blocks of a disk of `size` bytes; the rest are holes."""
    total = blocks_of(size, block_size)
    read: list[BlockRun] = []
    for extent in sorted(extents):
        first = max(0, extent.offset // block_size)
        end = min(total, blocks_of(extent.end, block_size))
        if read:
            last_end = read[-1].first + read[-1].count
            if first <= last_end:
                read[-1] = BlockRun(read[-1].first, max(last_end, end) - read[-1].first)
                continue
        if first < end:
            read.append(BlockRun(first, end - first))
    holes: list[BlockRun] = []
    position = 0
    for run in [*read, BlockRun(total, 0)]:
        if run.first > position:
            holes.append(BlockRun(position, run.first - position))
        position = run.first + run.count
    return ReadPlan(tuple(read), tuple(holes))
