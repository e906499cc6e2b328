"""Chains of restore points, written the slow and obvious way; shared by the tests of chains, merges and health."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from restore_points import ALGORITHM, BLOCK

from vbtui.engine import DiskInfo, PointMetadata, PointWriter, Repository
from vbtui.engine.block import BlockHead, BlockKind, Compressor, digest

Disks = Mapping[str, bytes]


def write_point(
    repository: Repository,
    point: str,
    disks: Disks,
    parent: str | None = None,
    *,
    vm: str = "vm",
    reread: Mapping[str, Collection[int]] | None = None,
    created_ms: int = 0,
) -> Path:
    """A whole point: everything is read, what the writer's side knows already is not sent."""
    with begin_point(repository, point, disks, parent, vm=vm, reread=reread, created_ms=created_ms) as writer:
        for name, content in disks.items():
            send(writer, name, content, (reread or {}).get(name, ()))
        return writer.finish(PointMetadata(job=point))


def begin_point(
    repository: Repository,
    point: str,
    disks: Disks,
    parent: str | None = None,
    *,
    vm: str = "vm",
    reread: Mapping[str, Collection[int]] | None = None,
    created_ms: int = 0,
) -> PointWriter:
    sizes = [DiskInfo(name, len(content)) for name, content in disks.items()]
    return repository.begin(
        vm, point, sizes, created_ms=created_ms, parent=parent, reread=reread or {}, algorithm=ALGORITHM,
        block_size=BLOCK,
    )  # fmt: skip


def send(writer: PointWriter, name: str, content: bytes, reread: Collection[int] = ()) -> None:
    """As a data mover does: unchanged, zero, known, or the bytes."""
    disk, compressor = writer.disk(name), Compressor()
    for block in range(-(-len(content) // BLOCK)):
        plain = content[block * BLOCK : (block + 1) * BLOCK]
        hash_ = digest(ALGORITHM, plain)
        head = BlockHead(BlockKind.DATA, disk.number, block, len(plain), digest=hash_)
        payload: bytes = b""
        if block not in reread and disk.known is not None and disk.known.digest_of(block) == hash_:
            head = BlockHead(BlockKind.UNCHANGED, disk.number, block)
        elif not plain.strip(b"\0"):
            head = replace(head, kind=BlockKind.ZERO)
        elif block not in reread and disk.known is not None and disk.known.holds(hash_):
            head = replace(head, kind=BlockKind.DUPLICATE)
        else:
            codec, packed = compressor.pack(plain)
            payload = bytes(packed)
            head = replace(head, codec=codec, payload_size=len(payload), payload_crc=zlib.crc32(payload))
        disk.place(head, memoryview(payload))


def read_back(repository: Repository, point: str) -> dict[str, bytes]:
    """What a point restores to, block by block."""
    found = {}
    with repository.open_chain(point) as chain:
        for number, info in enumerate(chain.header.disks):
            blocks = []
            for block in range(chain.blocks(number)):
                plain = chain.read_block(number, block)
                length = chain.header.block_length(number, block)
                blocks.append(bytes(length) if plain is None else bytes(plain))
            found[info.name] = b"".join(blocks)
    return found
