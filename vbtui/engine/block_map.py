"""The state of every block of a disk under copy: set by the data movers, watched by the guest and by block maps.

One byte per block, written by one thread at a time and read by any other without a lock. Some states say how far the
reading is, the others what became of the block.
"""

from __future__ import annotations

from enum import IntEnum


class BlockState(IntEnum):
    """What has happened to a block so far, in the order in which it can happen."""

    UNREAD = 0
    """Nobody has begun to read it: a write of the guest before the snapshot would still reach the copy."""
    READING = 1
    READ = 2
    """Its bytes are in the mover's buffer: nothing written later can reach the copy."""
    HOLE = 3
    """Never allocated, not read."""
    UNCHANGED = 4
    """As in the parent point: not read (change tracking), or read and found equal by its hash."""
    ZERO = 5
    """Read, and nothing but zeros."""
    DUPLICATE = 6
    """Read; its content was in the restore point or its chain already."""
    SENT = 7
    """On its way to the repository."""
    WRITTEN = 8
    """In the backup file."""
    CHANGED = 9
    """Change tracking says that it must be read, and nobody has begun to."""

    @property
    def begun(self) -> bool:
        """Whether somebody has begun to read it, or it will not be read at all."""
        return self not in (BlockState.UNREAD, BlockState.CHANGED)

    @property
    def was_read(self) -> bool:
        """Whether nothing that is written to it from now on could reach the copy: its bytes have left the disk, or none
        of them will."""
        return self in (
            BlockState.READ,
            BlockState.UNCHANGED,
            BlockState.ZERO,
            BlockState.DUPLICATE,
            BlockState.SENT,
            BlockState.WRITTEN,
        )


class BlockMap:
    """The states of one disk's blocks. Block numbers out of range are an IndexError."""

    def __init__(self, blocks: int) -> None:
        self._states = bytearray(blocks)

    def __len__(self) -> int:
        return len(self._states)

    def state(self, block: int) -> BlockState:
        return BlockState(self._states[block])

    def set(self, block: int, state: BlockState) -> None:
        self._states[block] = state

    def set_run(self, first: int, count: int, state: BlockState) -> None:
        self._states[first : first + count] = bytes([state]) * count

    def copy(self) -> bytes:
        """The states of all blocks at this moment, one byte each."""
        return bytes(self._states)

    def count(self, state: BlockState) -> int:
        """How many blocks are in this state now."""
        return self._states.count(state)
