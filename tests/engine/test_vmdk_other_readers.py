"""Our VMDKs for two independent readers, where those are right, and what all three make of other programs' files.

Left out, since they are wrong there: zeroed grains (libvmdk gives other bytes), ZERO extents and a FLAT extent's start
sector (dissect leaves out the one and ignores the other, libvmdk refuses the first), and a disk whose last grain is
short (dissect fails).
"""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest
from vmdk_images import SUBFORMATS, disk_bytes, qemu_image, stream_optimized

from vbtui.engine.disk import NewFormat, RawDisk, VmdkDisk, convert_image
from vbtui.engine.disk.vmdk import create_child
from vbtui.vocabulary import MiB

CONTENT = disk_bytes(34 * MiB, 21)


def by_dissect(path: Path) -> bytes:
    vmdk = pytest.importorskip("dissect.hypervisor.disk.vmdk")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files to the garbage collector
        disk = vmdk.VMDK(path)
        content = bytes(disk.read(len(CONTENT)))
        del disk
        gc.collect()
    return content


def by_libvmdk(path: Path) -> bytes:
    handle = pytest.importorskip("pyvmdk").handle()
    handle.open(str(path))
    handle.open_extent_data_files()
    try:
        return bytes(handle.read_buffer(len(CONTENT)))
    finally:
        handle.close()


READERS = pytest.mark.parametrize("read", [by_dissect, by_libvmdk])


@READERS
@pytest.mark.parametrize("form", [NewFormat.VMDK_SPARSE, NewFormat.VMDK_FLAT])
def test_what_we_write_is_read_by_others(tmp_path: Path, read: object, form: NewFormat) -> None:
    assert callable(read)
    (tmp_path / "disk.img").write_bytes(CONTENT)
    source = RawDisk(tmp_path / "disk.img")
    convert_image(source, tmp_path / "disk.vmdk", form)
    source.close()
    assert read(tmp_path / "disk.vmdk") == CONTENT


@READERS
@pytest.mark.parametrize("subformat", [*SUBFORMATS, "footer"])
def test_all_readers_agree_on_the_files_of_others(tmp_path: Path, read: object, subformat: str) -> None:
    assert callable(read)
    if subformat == "footer":
        path = tmp_path / "stream.vmdk"
        path.write_bytes(stream_optimized(CONTENT))
    else:
        path = qemu_image(tmp_path, subformat, CONTENT)
    assert read(path) == CONTENT


def test_our_delta_is_read_by_dissect_with_its_parent(tmp_path: Path) -> None:
    parent = VmdkDisk(qemu_image(tmp_path, "monolithicSparse", CONTENT))
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    child = VmdkDisk(tmp_path / "child.vmdk", writable=True)
    child.write(33 * MiB - 10, b"x" * 100)
    child.close()
    expected = CONTENT[: 33 * MiB - 10] + b"x" * 100 + CONTENT[33 * MiB + 90 :]
    assert by_dissect(tmp_path / "child.vmdk") == expected
