"""A disk's block map at the size of a screen: how many blocks a cell stands for, and which of their states it shows.

Decided here: the grid (a cell is a power of two of blocks, so that it has a round size and rows begin at round places),
and the rule by which a cell shows one state for many blocks:

1. What is on its way wins: if any block of the cell is being read, has been read or is being sent, the cell says so.
2. Otherwise the state that most blocks have, where one that took work (changed, zeros, duplicate, written) counts as
   much as `WEIGHT` blocks that were left alone (hole, unchanged, not read yet): five changed blocks of a hundred are
   seen. Between equals the one further on its way wins.

In: the states of all blocks, one byte each, as often as a screen looks. Out: one state per cell, and how many blocks
are in each. Only what differs from the last look is counted again, with `bytes` operations, never block by block: a
disk of 2 TiB has two million of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vbtui.job import BlockState

WEIGHT: Final = 20
"""Blocks left alone that one block that took work outweighs."""
WIDEST: Final = 6
"""Characters of a cell where a disk has few blocks."""
_SPAN: Final = 64
"""Cells that are compared at once before each is looked at."""

_MOVING: Final = (BlockState.READING, BlockState.READ, BlockState.SENT)
_WORKED: Final = frozenset((BlockState.CHANGED, BlockState.ZERO, BlockState.DUPLICATE, BlockState.WRITTEN))
_WEIGHTS: Final = tuple(WEIGHT if state in _WORKED else 1 for state in BlockState)
LIFE: Final = (
    BlockState.HOLE,
    BlockState.UNCHANGED,
    BlockState.UNREAD,
    BlockState.CHANGED,
    BlockState.READING,
    BlockState.READ,
    BlockState.ZERO,
    BlockState.DUPLICATE,
    BlockState.SENT,
    BlockState.WRITTEN,
)
"""All states in the order of a block's life: what is left alone, what is to be read, what becomes of it."""
_RANK: Final = {state: place for place, state in enumerate(LIFE)}


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in rows, filled from left to right and from top to bottom."""

    blocks: int
    per_cell: int
    """Blocks of a cell, a power of two; the last one may stand for fewer."""
    columns: int
    cell_width: int
    """Characters of a cell."""

    @property
    def cells(self) -> int:
        return -(-self.blocks // self.per_cell)

    @property
    def rows(self) -> int:
        return -(-self.cells // self.columns)


def fit_grid(blocks: int, width: int, height: int) -> Grid:
    """The finest grid for `blocks` in `width` by `height` characters: cells as wide as there is room, then one wide,
    then of more and more blocks."""
    width, height = max(1, width), max(1, height)
    per_cell = 1
    while True:
        cells = -(-blocks // per_cell)
        for cell_width in range(WIDEST, 0, -1) if per_cell == 1 else (1,):
            columns = _columns(width // cell_width)
            if columns and -(-cells // columns) <= height:
                return Grid(blocks, per_cell, columns, cell_width)
        per_cell *= 2


def _columns(most: int) -> int:
    """Cells of a row: eights, so that a row is a round part of the disk; on a very narrow screen what there is."""
    return most // 8 * 8 or most


class BlockCells:
    """The cells of one grid, kept from one look to the next."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.shown: list[BlockState] = [BlockState.UNREAD] * grid.cells
        """The state that each cell shows."""
        self._states = b""
        self._counts: list[tuple[int, ...]] = []
        self._totals = [0] * len(BlockState)

    def count(self, state: BlockState) -> int:
        """Blocks of the disk in this state."""
        return self._totals[state]

    def update(self, states: bytes) -> list[int]:
        """Take over the states of all blocks; returns the cells that show something else now.

        Raises ValueError if there are not as many as the grid has, or one is no `BlockState`.
        """
        if len(states) != self.grid.blocks:
            raise ValueError(f"{len(states)} states for {self.grid.blocks} blocks")
        before, self._states = self._states, states
        size, cells = self.grid.per_cell, self.grid.cells
        if not before:
            self._counts = [(0,) * len(BlockState)] * cells
        changed = []
        for first in range(0, cells, _SPAN):
            begin, end = first * size, (first + _SPAN) * size
            if before and before[begin:end] == states[begin:end]:
                continue
            for cell in range(first, min(cells, first + _SPAN)):
                begin = cell * size
                part = states[begin : begin + size]
                if before and before[begin : begin + size] == part:
                    continue
                self._recount(cell, part)
                found = _shown(self._counts[cell])
                if found is not self.shown[cell] or not before:
                    self.shown[cell] = found
                    changed.append(cell)
        return changed

    def _recount(self, cell: int, part: bytes) -> None:
        old, new = self._counts[cell], _tally(part)
        self._counts[cell] = new
        for state, (was, now) in enumerate(zip(old, new, strict=True)):
            if was != now:
                self._totals[state] += now - was


_ALONE: Final = tuple(
    tuple(1 if place == state else 0 for place in range(len(BlockState))) for state in range(len(BlockState))
)


def _tally(part: bytes) -> tuple[int, ...]:
    """How many of the bytes are each state. Most cells have one or two of them, and those at the ends are among them:
    counting stops when all bytes are accounted for."""
    if part[0] >= len(BlockState):
        raise ValueError(f"no block state: {part[0]}")
    left = len(part)
    if part == bytes((part[0],)) * left:
        return _ALONE[part[0]] if left == 1 else tuple(left * one for one in _ALONE[part[0]])
    counts = [0] * len(BlockState)
    for state in (part[0], part[-1], *_BY_FREQUENCY):
        if state >= len(counts):
            raise ValueError(f"no block state: {state}")
        if not counts[state]:
            counts[state] = part.count(state)
            left -= counts[state]
            if not left:
                return tuple(counts)
    raise ValueError("no block state")


_BY_FREQUENCY: Final = tuple(
    int(state)
    for state in (
        BlockState.WRITTEN,
        BlockState.HOLE,
        BlockState.UNCHANGED,
        BlockState.UNREAD,
        BlockState.ZERO,
        BlockState.DUPLICATE,
        BlockState.CHANGED,
        BlockState.SENT,
        BlockState.READ,
        BlockState.READING,
    )
)


def _shown(counts: tuple[int, ...]) -> BlockState:
    for state in _MOVING:
        if counts[state]:
            return state
    return max(BlockState, key=lambda state: (counts[state] * _WEIGHTS[state], counts[state] > 0, _RANK[state]))
