"""Which blocks of a disk have been read: set by the data mover, watched by the guest workload and by block maps.

One byte per block, written by one thread and read by any other without a lock. UNREAD means that nobody has begun to
read the block; DONE that its bytes are in the mover's buffer, so that nothing written later can reach the copy.
"""

from __future__ import annotations

from typing import Final

UNREAD: Final = 0
READING: Final = 1
DONE: Final = 2
SKIPPED: Final = 3
"""A hole: it will not be read."""


class ReadMarks:
    """The marks of one disk. Block numbers out of range are an IndexError."""

    def __init__(self, blocks: int) -> None:
        self._marks = bytearray(blocks)

    def __len__(self) -> int:
        return len(self._marks)

    def state(self, block: int) -> int:
        return self._marks[block]

    def set(self, block: int, state: int) -> None:
        self._marks[block] = state

    def set_run(self, first: int, count: int, state: int) -> None:
        self._marks[first : first + count] = bytes([state]) * count

    def copy(self) -> bytes:
        """The marks of all blocks at this moment, one byte each."""
        return bytes(self._marks)

    def count(self, state: int) -> int:
        """How many blocks are in this state now."""
        return self._marks.count(state)
