"""Blocks that come and go by the thousand, without the kernel clearing their memory each time.

Decided here: how the C library is asked to keep what was freed. Must never happen here: a limit on memory; what is
kept is what was in use before.
"""

from __future__ import annotations

from typing import Final

from vbtui.vocabulary import MiB

_KEPT: Final = 16 * MiB


def keep_freed_memory() -> None:
    """Let buffers of some MiB be taken from memory that is there, in place of new pages for each of them.

    glibc gives freed memory back to the system at once while it has seen only small pieces, and learns from the first
    large piece that is freed: up to its size, pieces come from the heap from then on, and twice as much may stay free
    there (mallopt(3), "dynamic mmap threshold"). Every page fault saved is one that costs as much as unpacking the
    page. Without effect where the C library is another one, or was told by the environment. May be called often.
    """
    bytearray(_KEPT)
