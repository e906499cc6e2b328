"""What becomes of every block of a disk before one of them is read.

In come the areas in use, the areas changed and what the parent point holds; out comes every block of the disk exactly
once: to be read, known to be a hole, or known to be as in the parent. Decided here, in this order:

* a block that nobody uses is a hole, and nothing of it is read; where the parent holds zeros too, it is unchanged;
* with change tracking, a block outside the changed areas is unchanged, if the parent has it at all;
* a block to be read again (damaged in the chain) is never unchanged;
* everything else is read.

Two bytes per block while the plan is made, one run per stretch of equal blocks afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vbtui.engine.block import HashAlgorithm, KnownBlocks, blocks_of, digest
from vbtui.engine.block_map import BlockState
from vbtui.engine.disk.extents import BlockRun, Extent, untouched_blocks

_READ: Final = (BlockState.UNREAD, BlockState.CHANGED)
_STRETCH: Final = re.compile(b"|".join(re.escape(bytes([state])) + b"+" for state in BlockState))
"""One state again and again. Not with a back-reference: matching that takes 32 bytes of stack for each block."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """Neighbouring blocks with one fate: UNREAD or CHANGED (to be read), HOLE, or UNCHANGED."""

    state: BlockState
    run: BlockRun


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """Every block of a disk exactly once, in order."""

    runs: tuple[PlannedRun, ...]

    @property
    def blocks_to_read(self) -> int:
        return sum(planned.run.count for planned in self.runs if planned.state in _READ)

    def read(self) -> Iterator[int]:
        """The blocks to read, ascending."""
        for planned in self.runs:
            if planned.state in _READ:
                yield from range(planned.run.first, planned.run.first + planned.run.count)

    def skipped(self) -> Iterator[PlannedRun]:
        """The runs that are not read."""
        return (planned for planned in self.runs if planned.state not in _READ)


def plan_copy(
    size: int,
    block_size: int,
    in_use: Iterable[Extent],
    *,
    algorithm: HashAlgorithm,
    known: KnownBlocks | None = None,
    changed: Iterable[Extent] | None = None,
    reread: frozenset[int] = frozenset(),
) -> CopyPlan:
    """Plan the copy of a disk of `size` bytes; without `known` there is no parent, and the last two are not used."""
    states = bytearray([BlockState.UNREAD]) * blocks_of(size, block_size)
    holes = untouched_blocks(size, block_size, in_use)
    for run in holes:
        states[run.first : run.first + run.count] = bytes([BlockState.HOLE]) * run.count
    used = bytes(states)
    if known is not None:
        zeros = {length: digest(algorithm, bytes(length)) for length in (block_size, size % block_size or block_size)}
        for run in holes:
            for block in range(run.first, run.first + run.count):
                if known.digest_of(block) == zeros[min(block_size, size - block * block_size)]:
                    states[block] = BlockState.UNCHANGED
        if changed is not None:
            _follow_tracking(states, untouched_blocks(size, block_size, changed), known)
        for block in reread:
            if block < len(states) and states[block] == BlockState.UNCHANGED:
                states[block] = used[block]
    stretches = ((states[match.start()], match.start(), match.end()) for match in _STRETCH.finditer(states))
    return CopyPlan(
        tuple(PlannedRun(BlockState(state), BlockRun(first, end - first)) for state, first, end in stretches)
    )


def _follow_tracking(states: bytearray, untouched: tuple[BlockRun, ...], known: KnownBlocks) -> None:
    """Mark what lies outside the changed areas as unchanged, and what is left to read as changed."""
    touched = bytearray(b"\1") * len(states)
    for run in untouched:
        touched[run.first : run.first + run.count] = bytes(run.count)
        for block in range(run.first, run.first + run.count):
            if known.digest_of(block) is not None:
                states[block] = BlockState.UNCHANGED
    for block, is_touched in enumerate(touched):
        if is_touched and states[block] == BlockState.UNREAD:
            states[block] = BlockState.CHANGED
