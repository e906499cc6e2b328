"""VMDK files made byte by byte from the specification, without the code under test, and by qemu-img where it is there.

Also: the disk whose bytes everything is compared with.
"""

from __future__ import annotations

import random
import shutil
import struct
import subprocess
import zlib
from functools import cache
from pathlib import Path

import pytest

from vbtui.vocabulary import KiB, MiB

SECTOR = 512
GRAIN = 64 * KiB
HEADER = struct.Struct("<4sIIQQQQIQQQB4sH433x")
DESCRIPTOR_ROOM = 20 * SECTOR

SUBFORMATS = ("monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized")


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str | Path, code: int = 0) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, (command, done.stdout, done.stderr)
    return done.stdout


@cache
def disk_bytes(size: int, seed: int = 1) -> bytes:
    """Random bytes, text, zeros and holes in pieces of uneven lengths, sectors of them."""
    picks = random.Random(seed)
    data = bytearray()
    while len(data) < size:
        length = picks.choice((1, 7, 128, 129, 300, 1000)) * SECTOR
        kind = picks.randrange(4)
        text = b"%d lines of a log\n" % picks.randrange(1000)
        data += (picks.randbytes(length), bytes(length), bytes(length), (text * length)[:length])[kind]
    return bytes(data[:size])


def qemu_image(folder: Path, subformat: str, content: bytes, *options: str) -> Path:
    """A VMDK of these bytes, by qemu-img. Skips where it is missing."""
    raw = folder / f"{subformat}.raw"
    raw.write_bytes(content)
    path = folder / f"{subformat}.vmdk"
    chosen = ",".join((f"subformat={subformat}", *options))
    run(tool("qemu-img"), "convert", "-f", "raw", "-O", "vmdk", "-o", chosen, raw, path)
    return path


def content_by_qemu(path: Path) -> bytes:
    """The disk as qemu-img sees it."""
    out = path.with_name(path.name + ".by-qemu")
    run(tool("qemu-img"), "convert", "-f", "vmdk", "-O", "raw", path, out)
    return out.read_bytes()


def descriptor(
    *extents: str,
    create_type: str = "custom",
    cid: str = "12345678",
    parent: str | None = None,
    parent_id: str = "f" * 8,
) -> str:
    hint = "" if parent is None else f'parentFileNameHint="{parent}"\n'
    lines = "\n".join(extents)
    return (
        f'# Disk DescriptorFile\nversion=1\nCID={cid}\nparentCID={parent_id}\ncreateType="{create_type}"\n{hint}\n'
        f'# Extent description\n{lines}\n\n# The Disk Data Base\n#DDB\n\nddb.adapterType = "lsilogic"\n'
    )


def header(
    *,
    sectors: int,
    magic: bytes = b"KDMV",
    version: int = 1,
    flags: int = 3,
    grain: int = 128,
    descriptor_at: int = 1,
    descriptor_sectors: int = 20,
    entries: int = 512,
    redundant: int = 21,
    directory: int = 26,
    overhead: int = 128,
    line_ends: bytes = b"\n \r\n",
    compression: int = 0,
) -> bytes:
    """A sparse extent's header; numbers in sectors, as they stand in it."""
    return HEADER.pack(
        magic, version, flags, sectors, grain, descriptor_at, descriptor_sectors, entries, redundant, directory,
        overhead, 0, line_ends, compression,
    )  # fmt: skip


def sparse_file(
    grains: dict[int, bytes | int],
    *,
    size: int = 2 * MiB,
    text: str | None = None,
    name: str = "disk.vmdk",
    **fields: int,
) -> bytes:
    """A sparse extent of at most 32 MiB: header, descriptor, one table twice, the grains in the order given.

    A grain's bytes, or a number that stands in the table as it is.
    """
    assert size <= 512 * GRAIN
    text = descriptor(f'RW {size // SECTOR} SPARSE "{name}"', create_type="monolithicSparse") if text is None else text
    table = [0] * 512
    data = b""
    for grain, content in grains.items():
        if isinstance(content, int):
            table[grain] = content
            continue
        table[grain] = 128 + len(data) // SECTOR
        data += content.ljust(GRAIN, b"\0")
    packed = struct.pack("<512I", *table)
    file = bytearray(128 * SECTOR)
    head = {"sectors": size // SECTOR, "redundant": 21, "directory": 26, **fields}
    file[:SECTOR] = header(**head)  # type: ignore[arg-type]
    file[SECTOR : SECTOR + DESCRIPTOR_ROOM] = text.encode().ljust(DESCRIPTOR_ROOM, b"\0")
    for at in (21, 26):
        file[at * SECTOR : at * SECTOR + 4] = struct.pack("<I", at + 1)
        file[(at + 1) * SECTOR : (at + 5) * SECTOR] = packed
    return bytes(file) + data


def stream_optimized(content: bytes, *, name: str = "stream.vmdk") -> bytes:
    """A stream-optimised VMDK as the specification has it and export tools write it: markers, tables behind their
    grains, the directory and the second header at the end."""
    sectors = -(-len(content) // SECTOR)
    text = descriptor(f'RW {sectors} SPARSE "{name}"', create_type="streamOptimized")
    at_end = 2**64 - 1
    flags = 0x30001
    fields = {"version": 3, "flags": flags, "redundant": 0, "compression": 1}
    file = bytearray(header(sectors=sectors, directory=at_end, **fields))  # type: ignore[arg-type]
    file += text.encode().ljust(DESCRIPTOR_ROOM, b"\0")
    file = file.ljust(128 * SECTOR, b"\0")
    directory = []

    def padded() -> int:
        file.extend(bytes(-len(file) % SECTOR))
        return len(file) // SECTOR

    def marker(length: int, kind: int) -> None:
        padded()
        file.extend(struct.pack("<QII496x", length, 0, kind))

    for first in range(0, len(content), 512 * GRAIN):
        table = [0] * 512
        for place in range(512):
            grain = content[first + place * GRAIN : first + (place + 1) * GRAIN]
            if grain.strip(b"\0"):
                table[place] = padded()
                packed = zlib.compress(grain.ljust(GRAIN, b"\0"))
                file += struct.pack("<QI", (first + place * GRAIN) // SECTOR, len(packed)) + packed
        if any(table):
            marker(4, 1)
            directory.append(padded())
            file += struct.pack("<512I", *table)
        else:
            directory.append(0)
    marker(-(-len(directory) * 4 // SECTOR), 2)
    place = padded()
    file += struct.pack(f"<{len(directory)}I", *directory)
    marker(1, 3)
    file += header(sectors=sectors, directory=place, **fields)  # type: ignore[arg-type]
    marker(0, 0)
    return bytes(file)
