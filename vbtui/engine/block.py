"""One block of a disk on its way from the source to the backup file: head, hash, compression.

Decided here: the 64-byte head that stands before every payload, on the wire between the data movers and in the backup
file alike, so that the repository writes what it received; which hash names a block's content; how a payload is
compressed, and what the levels of compression are. Nothing here reads a disk or a socket. Little-endian:

    0  4s  magic "VBR1"          12  u32 block number         24  32s hash of the plain block
    4  u8  kind                  16  u32 plain bytes          56  u32 CRC-32 of the payload
    5  u8  codec                 20  u32 payload bytes        60  u32 CRC-32 of bytes 0-59
    6  u16 disk number           8   u32 run (see BlockHead)
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, Protocol

from vbtui.engine.errors import HashUnavailable, ProtocolError
from vbtui.engine.wire import Buffer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    from blake3 import blake3 as _blake3
except ImportError:  # a platform without a wheel: sha256 takes its place, and the file says so
    _blake3 = None  # type: ignore[assignment,misc]

DIGEST_SIZE: Final = 32
NO_DIGEST: Final = bytes(DIGEST_SIZE)


class HashAlgorithm(IntEnum):
    """Which hash names a block; the number stands in a backup file's header."""

    BLAKE3 = 1
    SHA256 = 2


DEFAULT_HASH: Final = HashAlgorithm.SHA256 if _blake3 is None else HashAlgorithm.BLAKE3


def check_available(algorithm: int) -> HashAlgorithm:
    """The algorithm of a number from a file. Raises HashUnavailable if unknown or not installed."""
    try:
        found = HashAlgorithm(algorithm)
    except ValueError as error:
        raise HashUnavailable(algorithm) from error
    if found is HashAlgorithm.BLAKE3 and _blake3 is None:
        raise HashUnavailable(algorithm)
    return found


def digest(algorithm: HashAlgorithm, data: Buffer) -> bytes:
    """The 32-byte hash of `data`; releases the interpreter lock for a whole block."""
    if algorithm is HashAlgorithm.BLAKE3:
        return _blake3(data).digest()
    return hashlib.sha256(data).digest()


def hasher(algorithm: HashAlgorithm) -> Hasher:
    """For what comes in pieces; the same hash as `digest` of all of it."""
    found: Hasher = _blake3() if algorithm is HashAlgorithm.BLAKE3 else hashlib.sha256()
    return found


class Hasher(Protocol):
    def update(self, data: Buffer, /) -> object: ...

    def digest(self) -> bytes: ...


class BlockKind(IntEnum):
    DATA = 1
    """A payload follows."""
    ZERO = 2
    """Read, and nothing but zeros."""
    DUPLICATE = 3
    """Its content was sent before: only the hash."""
    HOLE = 4
    """Never allocated, not read: `run` blocks from `block` on."""
    END = 5
    """Last head of a stream: `run` heads came before it."""
    UNCHANGED = 6
    """As in the parent point: `run` blocks from `block` on; neither a size nor a hash is said."""


class Codec(IntEnum):
    STORED = 0
    ZSTD = 1


_HEAD: Final = struct.Struct("<4sBBHIIII32sI")
HEAD_SIZE: Final = _HEAD.size + 4
_MAGIC: Final = b"VBR1"
_CRC: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class BlockHead:
    kind: BlockKind
    disk: int
    """Number of the disk inside its restore point."""
    block: int
    plain_size: int = 0
    codec: Codec = Codec.STORED
    payload_size: int = 0
    digest: bytes = NO_DIGEST
    payload_crc: int = 0
    run: int = 1
    """How many blocks a HOLE or UNCHANGED covers, how many heads an END closes; 1 otherwise."""

    def pack(self) -> bytes:
        body = _HEAD.pack(
            _MAGIC, self.kind, self.codec, self.disk, self.run, self.block, self.plain_size, self.payload_size,
            self.digest, self.payload_crc,
        )  # fmt: skip
        return body + _CRC.pack(zlib.crc32(body))

    @classmethod
    def unpack(cls, data: Buffer) -> BlockHead:
        """The head in 64 bytes. Raises ProtocolError if magic, CRC or an enumeration is wrong; sizes are not judged."""
        body = bytes(data[: _HEAD.size])
        if len(data) != HEAD_SIZE or zlib.crc32(body) != _CRC.unpack(data[_HEAD.size :])[0]:
            raise ProtocolError("block", "head crc")
        magic, kind, codec, disk, run, block, plain, payload, name, crc = _HEAD.unpack(body)
        try:
            if magic != _MAGIC:
                raise ValueError
            return cls(BlockKind(kind), disk, block, plain, Codec(codec), payload, name, crc, run)
        except ValueError as error:
            raise ProtocolError("block", f"head magic {magic!r} kind {kind} codec {codec}") from error


class KnownBlocks(Protocol):
    """What the parent point holds of one disk, as the repository's side knows it. Safe to ask from several threads."""

    def digest_of(self, block: int) -> bytes | None:
        """The hash of a block as of the parent point; None where the parent has no such block or it cannot be relied
        on: the block is then sent, whatever it holds."""
        ...

    def holds(self, name: bytes) -> bool:
        """Whether some block of the chain has the content of this hash, so that a reference to it is enough."""
        ...


class CompressionLevel(StrEnum):
    """How much work goes into making a payload smaller."""

    NONE = "none"
    FAST = "fast"
    OPTIMAL = "optimal"
    HIGH = "high"


_ZSTD_LEVELS: Final = {CompressionLevel.FAST: -5, CompressionLevel.OPTIMAL: 1, CompressionLevel.HIGH: 6}
"""Measured on blocks of a Debian system, one thread, against level 1 (0.315 of the plain size at 438 MiB/s): -5 is 1.3
to 1.5 times as fast and leaves 1.3 times the bytes; 6 leaves 0.86 of the bytes at a quarter of the speed. Below -5 the
speed does not rise, above 6 each level costs more and saves 0.5 %."""


class Compressor:
    """zstd with a context that is kept: one per thread, never shared."""

    def __init__(self, level: CompressionLevel = CompressionLevel.OPTIMAL) -> None:
        number = _ZSTD_LEVELS.get(level)
        self._zstd = None if number is None else zstd.ZstdCompressor(level=number)

    def pack(self, data: Buffer) -> tuple[Codec, Buffer]:
        """The payload for a plain block: compressed, or `data` itself where that is not smaller."""
        if self._zstd is None:
            return Codec.STORED, data
        packed: bytes = self._zstd.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
        return (Codec.ZSTD, packed) if len(packed) < len(data) else (Codec.STORED, data)


def unpack_payload(codec: Codec, payload: Buffer, plain_size: int) -> Buffer | None:
    """The plain block, never more than `plain_size` bytes in memory; None if the payload is not that block."""
    if codec is Codec.STORED:
        return payload if len(payload) == plain_size else None
    decompressor = zstd.ZstdDecompressor()
    try:
        plain: bytes = decompressor.decompress(payload, max_length=plain_size)
        if len(plain) != plain_size:
            return None
        if not decompressor.eof and decompressor.decompress(b"", max_length=1):
            return None
    except (zstd.ZstdError, EOFError):
        return None
    return plain if decompressor.eof and not decompressor.unused_data else None


def blocks_of(size: int, block_size: int) -> int:
    """How many blocks a disk of `size` bytes has; the last one may be shorter."""
    return -(-size // block_size)
