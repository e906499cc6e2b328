"""A VM's restore points that build on each other, and what was restored from them; shared by the tests of restores."""

from __future__ import annotations

from pathlib import Path

from restore_chains import write_point
from restore_points import BLOCK, content_of

from vbtui.engine import Chain, Damage, DamagedBlock, Repository
from vbtui.engine.disk import SECTOR, NewFormat, open_image

NAMES = {NewFormat.RAW: "out.img", NewFormat.VMDK_SPARSE: "out.vmdk", NewFormat.VMDK_FLAT: "out.vmdk"}
SYSTEM = {
    "p1": content_of("abcdr.eaa..") + bytes(5 * BLOCK) + content_of("zz", tail=SECTOR),
    "p2": content_of("abQdr.aaa.r") + bytes(4 * BLOCK) + content_of("1zz", tail=SECTOR),
    "p3": content_of("abQ.rNaaazr") + bytes(4 * BLOCK) + content_of("1z.r"),
}
POINTS = {
    "p1": {"system": SYSTEM["p1"], "data": b"x" * BLOCK},
    "p2": {"system": SYSTEM["p2"], "data": b"x" * BLOCK},
    "p3": {"data": content_of(".yd"), "system": SYSTEM["p3"]},
}


def write_points(repository: Repository) -> Repository:
    """A full point and two increments of a VM with two disks, which change, shrink and grow."""
    parent = None
    for point, disks in POINTS.items():
        write_point(repository, point, disks, parent)
        parent = point
    return repository


def opened(repository: Repository, point: str = "p3", *, tolerant: bool = False) -> Chain:
    return repository.open_chain(point, tolerant=tolerant)


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} - {"repository"}


def view(path: Path) -> bytes:
    image = open_image(path)
    try:
        data = bytearray(image.size)
        image.read_into(0, memoryview(data))
        return bytes(data)
    finally:
        image.close()


def damage(repository: Repository, point: str, disk: str, block: int) -> DamagedBlock:
    """Flip a bit of the record of a block; how it will be named."""
    with opened(repository, point) as chain:
        number = chain.disk(disk)
        assert number is not None
        owner, record = chain.locate(number, block)
        path, at, name = owner.path, record.offset + 64, owner.header.point_id
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    return DamagedBlock(disk, block, Damage.PAYLOAD, name, at - 64)
