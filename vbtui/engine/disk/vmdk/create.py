"""New VMDK images: monolithicSparse, with or without a parent, and monolithicFlat.

Decided here: the layout of a new sparse extent, which is that of the field: header, descriptor (20 sectors), redundant
directory and tables, directory and tables, then grains of 64 KiB from the next 64 KiB on. All tables exist from the
start, as holes of the file. Nothing is replaced: a file that exists is an error.
"""

from __future__ import annotations

import os
import zlib
from array import array
from pathlib import Path
from typing import Final

from vbtui.engine.block import blocks_of
from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.disk.vmdk.descriptor import NO_PARENT, Access, Descriptor, ExtentLine, ExtentType, writable_name
from vbtui.engine.disk.vmdk.header import MOST_BYTES, SparseHeader
from vbtui.engine.disk.vmdk.image import VmdkDisk
from vbtui.engine.disk.vmdk.tables import WORD, word_bytes
from vbtui.engine.errors import BadName
from vbtui.engine.storage import CREATE, STORAGE, Storage
from vbtui.vocabulary import KiB

GRAIN: Final = 64 * KiB
_ENTRIES: Final = 512
_DESCRIPTOR_SIZE: Final = 20 * SECTOR


def create_sparse(path: Path, size: int, *, name: str | None = None, content_id: int | None = None) -> None:
    """A monolithicSparse image of `size` bytes, nothing but holes.

    `name` is what the descriptor calls the file if that is not its name yet. Raises ValueError for a size that is no
    disk, BadName, FileExistsError, OSError.
    """
    _write_sparse(path, _descriptor(path, size, "monolithicSparse", ExtentType.SPARSE, name, content_id))


def create_child(path: Path, parent: VmdkDisk, *, hint: str | None = None) -> None:
    """A delta: a monolithicSparse image that reads as its parent until it is written to; grains of zeros take no room.

    `hint` is how it finds its parent; without it the parent's name, in the same folder. Raises as `create_sparse`.
    """
    hint = parent.path.name if hint is None else hint
    if not writable_name(hint):
        raise BadName(hint)
    create_delta(path, parent.size, parent_id=parent.content_id, hint=hint, zero_grains=True)


def create_delta(
    path: Path,
    size: int,
    *,
    parent_id: int,
    hint: str,
    name: str | None = None,
    content_id: int | None = None,
    zero_grains: bool = False,
    storage: Storage = STORAGE,
) -> None:
    """The same over a parent of `size` bytes that is known by its content id and by what the child calls it.

    `name` and `content_id` as in `create_sparse`. `zero_grains`: a grain of zeros is said to be one in its table, and
    has no bytes. Raises as `create_sparse`.
    """
    if not writable_name(hint):
        raise BadName(hint)
    plain = _descriptor(path, size, "monolithicSparse", ExtentType.SPARSE, name, content_id)
    own = zlib.crc32(b"child", plain.content_id ^ parent_id) if content_id is None else content_id
    _write_sparse(
        path,
        Descriptor(_usable(own), parent_id, plain.create_type, hint, plain.extents),
        storage,
        zero_grains=zero_grains,
    )


def create_flat(
    path: Path, size: int, *, data: Path | None = None, name: str | None = None, content_id: int | None = None
) -> None:
    """A monolithicFlat image: the descriptor, and a file of holes that is the disk's bytes.

    `data` is that file (without it `NAME-flat.vmdk` beside), `name` what the descriptor calls it. Raises as
    `create_sparse`, and leaves neither file behind.
    """
    data = flat_data(path) if data is None else data
    descriptor = flat_descriptor(data.name if name is None else name, size, content_id=content_id)
    number = os.open(data, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        try:
            os.ftruncate(number, size)
        finally:
            os.close(number)
        with path.open("xb") as file:
            file.write(descriptor.text().encode())
    except BaseException:
        data.unlink(missing_ok=True)
        raise


def flat_descriptor(name: str, size: int, *, content_id: int | None = None) -> Descriptor:
    """Of a monolithicFlat image whose bytes are the file `name`, in its folder. Raises ValueError, BadName."""
    return _descriptor(Path(name), size, "monolithicFlat", ExtentType.FLAT, name, content_id)


def flat_data(path: Path) -> Path:
    """Where the bytes of the monolithicFlat image `path` are: `disk-flat.vmdk` for `disk.vmdk`."""
    return path.with_name(f"{path.stem}-flat.vmdk")


def _usable(content_id: int) -> int:
    return content_id if content_id != NO_PARENT else NO_PARENT - 1


def _descriptor(
    path: Path, size: int, create_type: str, kind: ExtentType, name: str | None, content_id: int | None
) -> Descriptor:
    if not 0 < size <= MOST_BYTES or size % SECTOR:
        raise ValueError(f"expected a multiple of {SECTOR} bytes up to {MOST_BYTES}, found {size}")
    name = path.name if name is None else name
    if not writable_name(name) or len(name) > 1024:
        raise BadName(name)
    found = zlib.crc32(f"{name}\0{size}".encode()) if content_id is None else content_id
    line = ExtentLine(Access.RW, size, kind, name, 0, 0)
    return Descriptor(_usable(found), None, create_type, None, (line,))


def _write_sparse(path: Path, descriptor: Descriptor, storage: Storage = STORAGE, *, zero_grains: bool = False) -> None:
    size = descriptor.size
    tables = blocks_of(size, GRAIN * _ENTRIES)
    directory_sectors, table_sectors = blocks_of(4 * tables, SECTOR), tables * 4 * _ENTRIES // SECTOR
    redundant = 1 + _DESCRIPTOR_SIZE // SECTOR
    directory = redundant + directory_sectors + table_sectors
    end = directory + directory_sectors + table_sectors
    overhead = blocks_of(end * SECTOR, GRAIN) * GRAIN
    text = descriptor.text().encode()
    if len(text) > _DESCRIPTOR_SIZE:
        raise BadName(descriptor.extents[0].name or "")
    header = SparseHeader(
        version=2 if zero_grains else 1, capacity=size, grain=GRAIN, table_entries=_ENTRIES, descriptor=SECTOR,
        descriptor_size=_DESCRIPTOR_SIZE, directory=directory * SECTOR, redundant=redundant * SECTOR,
        overhead=overhead, zero_grains=zero_grains, compressed=False, unclean=False,
    )  # fmt: skip
    number = storage.open(path, CREATE)
    try:
        storage.truncate(number, overhead)
        step = 4 * _ENTRIES // SECTOR
        for at in (redundant, directory):
            first = at + directory_sectors
            places = array(WORD, range(first, first + table_sectors, step))
            storage.write(number, at * SECTOR, word_bytes(places))
        storage.write(number, 0, header.pack(), text)
    except BaseException:
        storage.unlink(path, missing_ok=True)
        raise
    finally:
        os.close(number)
