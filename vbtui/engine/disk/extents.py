"""An extent: a run of bytes of a disk. The shape in which allocated and changed areas are handed around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def joined(extents: Iterable[Extent]) -> Iterator[Extent]:
    """Extents in order of their offsets, those that touch or overlap put together."""
    last: Extent | None = None
    for extent in extents:
        if last is not None and extent.offset <= last.end:
            last = Extent(last.offset, max(last.end, extent.end) - last.offset)
            continue
        if last is not None:
            yield last
        last = extent
    if last is not None:
        yield last


def untouched_blocks(size: int, block_size: int, extents: Iterable[Extent]) -> tuple[BlockRun, ...]:
    """The blocks of a disk of `size` bytes in which no extent has a byte, in order; extents as they come."""
    total = blocks_of(size, block_size)
    found: list[BlockRun] = []
    position = 0
    for extent in sorted(extents):
        first = min(total, extent.offset // block_size)
        if first > position:
            found.append(BlockRun(position, first - position))
        position = max(position, min(total, blocks_of(extent.end, block_size)))
    if position < total:
        found.append(BlockRun(position, total - position))
    return tuple(found)
