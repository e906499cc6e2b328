"""Opening a disk image of any format that the engine knows.

Decided here: which format a file has. Only a file whose name ends in `.vmdk` is looked at for VMDK: a raw image's first
bytes belong to its guest, who could write a descriptor there. For the same reason a format that is not read here is
refused only where name and first bytes agree. Never here: the formats themselves.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.raw import RawDisk, read_fully
from vbtui.engine.disk.vmdk import Run, RunKind, VmdkDisk
from vbtui.engine.disk.vmdk.header import LINE_ENDS, LINE_ENDS_AT
from vbtui.engine.errors import BadImage
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer


class ImageFormat(StrEnum):
    RAW = "raw"
    VMDK = "vmdk"


class DiskImage(Protocol):
    """What `RawDisk` and `VmdkDisk` have in common. Offsets and sizes in bytes; reading is thread-safe."""

    path: Path
    writable: bool
    size: int

    def read_into(self, offset: int, view: memoryview) -> None: ...
    def write(self, offset: int, data: Buffer) -> None: ...
    def flush(self) -> None: ...
    def extents(self) -> tuple[Extent, ...]: ...
    def close(self) -> None: ...


_SUFFIX: Final = ".vmdk"
_BEGINNINGS: Final = (b"KDMV", b"COWD", b"\xbe\xba\xfe\xca\0\0\0\0", b"# disk descriptorfile")
"""Hosted sparse, the two host formats that are refused by name, and a descriptor, in lower case."""
_CREATE_TYPE: Final = b"createtype="
"""In every descriptor, in lower case."""
_LOOKED_AT: Final = 1024

FOREIGN: Final = {
    ".qcow2": ("qcow2", 0, b"QFI\xfb"),
    ".qed": ("QED", 0, b"QED\0"),
    ".vdi": ("VDI", 64, b"\x7f\x10\xda\xbe"),
    ".vhd": ("VHD", 0, b"conectix"),
    ".vhdx": ("VHDX", 0, b"vhdxfile"),
}
"""Formats that are not read here, by the ending of their files: name, and what stands at which byte of each. Taken for
raw, their tables would be backed up as if they were the disk that is in them."""


def image_format(path: Path) -> ImageFormat:
    """By name and first bytes. Raises BadImage for a format that is not read here, OSError.

    A VMDK whose very first bytes are damaged is still one, to be refused: as a raw disk it would be backed up as if it
    were the disk that is in it.
    """
    ending = path.suffix.lower()
    if ending != _SUFFIX and ending not in FOREIGN:
        return ImageFormat.RAW
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        head = bytearray(_LOOKED_AT)
        try:
            head = head[: read_fully(number, memoryview(head), 0)]
        except OSError:  # a folder, a pipe: `RawDisk` says what it is
            return ImageFormat.RAW
    finally:
        os.close(number)
    if ending in FOREIGN:
        name, offset, magic = FOREIGN[ending]
        if head[offset:].startswith(magic):
            raise BadImage(path, "raw or VMDK", name)
        return ImageFormat.RAW
    text = bytes(head).removeprefix(b"\xef\xbb\xbf")
    found = any(text.startswith(one) or text.lower().startswith(one) for one in _BEGINNINGS)
    found = found or head[LINE_ENDS_AT:].startswith(LINE_ENDS) or _CREATE_TYPE in text.lower()
    return ImageFormat.VMDK if found else ImageFormat.RAW


def open_image(
    path: Path,
    *,
    writable: bool = False,
    form: ImageFormat | None = None,
    within: Path | None = None,
    storage: Storage = STORAGE,
    durable: bool = False,
) -> RawDisk | VmdkDisk:
    """The image, of the given format or of the one that `image_format` finds.

    `within`: the folder below which everything must lie that a VMDK names; without it, its own. `storage` takes every
    change, and `durable` asks for the order of changes that a loss of power needs (see `VmdkDisk`).

    Raises EngineError of the format's own kinds, ImageBusy, OSError.
    """
    if (form or image_format(path)) is ImageFormat.RAW:
        return RawDisk(path, writable=writable, storage=storage)
    return VmdkDisk(path, writable=writable, within=within, storage=storage, durable=durable)


def runs_of(image: RawDisk | VmdkDisk) -> Iterator[Run]:
    """The whole disk in order, without gaps: where its bytes are."""
    if isinstance(image, VmdkDisk):
        yield from image.runs()
        return
    position = 0
    for extent in image.extents():
        if extent.offset > position:
            yield Run(position, extent.offset - position, RunKind.HOLE)
        yield Run(extent.offset, extent.length, RunKind.DATA, 0, image.path, extent.offset)
        position = extent.end
    if position < image.size:
        yield Run(position, image.size - position, RunKind.HOLE)
