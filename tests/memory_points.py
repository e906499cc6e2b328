"""Disks and restore points in memory: what a data mover reads from and delivers to, and the slow, obvious reckoning."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from vbtui.engine import DEFAULT_HASH, Extent, HashAlgorithm
from vbtui.engine.block import BlockHead, BlockKind, KnownBlocks, blocks_of, digest, unpack_payload

BLOCK = 4096


class MemoryDisk:
    """A disk whose blocks are given; an empty one is a hole."""

    def __init__(self, blocks: Sequence[bytes], *, tail: int = BLOCK) -> None:
        """`tail`: bytes of the last block."""
        self.blocks = [block * (BLOCK // len(block)) if block else b"" for block in blocks]
        self.size = (len(blocks) - 1) * BLOCK + tail
        self.content = b"".join(block or bytes(BLOCK) for block in self.blocks)[: self.size]
        self.reads: list[int] = []
        self.closed = 0
        self._lock = threading.Lock()

    def read_into(self, offset: int, view: memoryview) -> None:
        with self._lock:
            self.reads.append(offset // BLOCK)
        view[:] = self.content[offset : offset + len(view)]

    def extents(self) -> tuple[Extent, ...]:
        return tuple(
            Extent(number * BLOCK, min(BLOCK, self.size - number * BLOCK))
            for number, block in enumerate(self.blocks)
            if block
        )

    def close(self) -> None:
        self.closed += 1


class Parent:
    """What a parent point of this content knows; `lacking` blocks it does not have."""

    def __init__(self, content: bytes, lacking: frozenset[int] = frozenset()) -> None:
        self.content = content
        self._names = {
            block: digest(DEFAULT_HASH, content[block * BLOCK : (block + 1) * BLOCK])
            for block in range(blocks_of(len(content), BLOCK))
            if block not in lacking
        }

    def digest_of(self, block: int) -> bytes | None:
        return self._names.get(block)

    def holds(self, name: bytes) -> bool:
        return name in self._names.values()


class MemorySink:
    """Takes the blocks of one disk; `before_place` may be slow, fail or count."""

    number = 0
    block_size = BLOCK
    algorithm: HashAlgorithm = DEFAULT_HASH

    def __init__(
        self, size: int, parent: Parent | None = None, before_place: Callable[[], object] = lambda: None
    ) -> None:
        self.size = size
        self.heads: dict[int, BlockHead] = {}
        self.payloads: dict[int, bytes] = {}
        self._parent = parent
        self._before_place = before_place
        self._lock = threading.Lock()

    @property
    def known(self) -> KnownBlocks | None:
        return self._parent

    def place(self, head: BlockHead, payload: memoryview) -> int:
        self._before_place()
        with self._lock:
            for block in range(head.block, head.block + head.run):
                assert block not in self.heads, "a block comes twice"
                self.heads[block] = head
                self.payloads[block] = bytes(payload)
        return len(payload)

    def kinds(self) -> list[BlockKind]:
        """What came for each block, in order."""
        return [self.heads[block].kind for block in range(blocks_of(self.size, BLOCK))]

    def content(self) -> bytes:
        """What a restore of this point would give, reckoned the long way."""
        by_name = {head.digest: self._plain(block) for block, head in self.heads.items() if head.kind is BlockKind.DATA}
        if self._parent is not None:
            for block in range(blocks_of(len(self._parent.content), BLOCK)):
                name = self._parent.digest_of(block)
                if name is not None:
                    by_name.setdefault(name, self._parent.content[block * BLOCK : (block + 1) * BLOCK])
        parts = []
        for block in range(blocks_of(self.size, BLOCK)):
            length = min(BLOCK, self.size - block * BLOCK)
            match self.heads[block].kind:
                case BlockKind.UNCHANGED:
                    assert self._parent is not None
                    parts.append(self._parent.content[block * BLOCK : block * BLOCK + length])
                case BlockKind.ZERO | BlockKind.HOLE:
                    parts.append(bytes(length))
                case _:
                    parts.append(by_name[self.heads[block].digest])
        return b"".join(parts)

    def _plain(self, block: int) -> bytes:
        head = self.heads[block]
        plain = unpack_payload(head.codec, self.payloads[block], head.plain_size)
        assert plain is not None
        return bytes(plain)
