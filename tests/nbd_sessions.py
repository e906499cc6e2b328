"""One NBD session that is always the same: what was recorded of it can be played to either side again."""

from __future__ import annotations

from nbd_services import MemorySource, sparse_source

from vbtui.engine import Extent, NbdClient
from vbtui.vocabulary import KiB

SIZE = 192 * KiB


def source() -> MemorySource:
    """A little data at the beginning and the end, and a hole that is worth a chunk of its own."""
    return sparse_source(SIZE, (Extent(0, 1024), Extent(SIZE - 4 * KiB, 4 * KiB)), (Extent(512, 512),))


def session(client: NbdClient, fill: bytes = b"\xaa") -> tuple[object, ...]:
    """All that our client can ask, and what it was told; buffers are full of `fill` before they are read into."""
    try:
        first, last = bytearray(fill * 4096), bytearray(fill * 5000)
        told = (client.size, client.extents(), client.dirty())
        client.will_read(0, 4096)
        client.read_into(0, memoryview(first))
        client.read_into(SIZE - 5000, memoryview(last))
        return *told, bytes(first), bytes(last)
    finally:
        client.close()
