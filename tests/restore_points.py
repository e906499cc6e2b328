"""Restore points of small disks, written the slow and obvious way; shared by the tests of the repository.

A subprocess imports this too, so it needs nothing of pytest.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import replace
from pathlib import Path

from vbtui.engine import (
    DiskInfo,
    HashAlgorithm,
    PointWriter,
    Repository,
)
from vbtui.engine.block import BlockHead, BlockKind, Compressor, digest
from vbtui.vocabulary import KiB

BLOCK = 4 * KiB
"""Small blocks, so that a file of many blocks and pages stays small."""
ALGORITHM = HashAlgorithm.SHA256


def place(point: PointWriter, name: str, content: bytes, *, holes: frozenset[int] = frozenset()) -> None:
    """Put a whole disk into a point, the slow and obvious way."""
    disk, compressor, sent = point.disk(name), Compressor(), set[bytes]()
    for block in range(-(-len(content) // BLOCK)):
        plain = content[block * BLOCK : (block + 1) * BLOCK]
        hash_ = digest(ALGORITHM, plain)
        head = BlockHead(BlockKind.DATA, disk.number, block, len(plain), digest=hash_)
        codec, payload = compressor.pack(plain)
        if block in holes:
            head = BlockHead(BlockKind.HOLE, disk.number, block)
        elif not plain.strip(b"\0"):
            head = replace(head, kind=BlockKind.ZERO)
        elif hash_ in sent:
            head = replace(head, kind=BlockKind.DUPLICATE)
        else:
            head = replace(
                head, codec=codec, payload_size=len(payload), payload_crc=zlib.crc32(payload)
            )  # fmt: skip
        sent.add(hash_)
        disk.place(head, memoryview(payload if head.kind is BlockKind.DATA else b""))


def begin(repository: Repository, point: str = "vm-0001", **sizes: int) -> PointWriter:
    disks = [DiskInfo(name, size) for name, size in sizes.items()]
    return repository.begin("vm", point, disks, created_ms=1_700_000_000_000, algorithm=ALGORITHM, block_size=BLOCK)


def content_of(blocks: str, tail: int = 0) -> bytes:
    """A disk from letters: one block each; `.` zeros, `r` a block that does not compress."""
    picks = random.Random(1)
    parts = [
        bytes(BLOCK) if letter == "." else picks.randbytes(BLOCK) if letter == "r" else letter.encode() * BLOCK
        for letter in blocks
    ]
    return b"".join(parts) + b"t" * tail


FIRST = content_of("ab.rarc.b", tail=512)
SECOND = content_of("c.xr")


def restored(repository: Repository, disk: str, output: Path) -> bytes:
    output.unlink(missing_ok=True)
    repository.restore("vm-0001", disk, output)
    return output.read_bytes()
