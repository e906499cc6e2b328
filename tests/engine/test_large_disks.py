"""A large disk that is mostly holes: what it takes is a matter of its blocks, and of few bytes for each of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from vmdk_images import run, tool

from vbtui.engine import Repository
from vbtui.engine.disk import open_image
from vbtui.engine.protect import back_up_images, image_source
from vbtui.vocabulary import BLOCK_SIZE, GiB, MiB

SMALL, LARGE = GiB, 64 * GiB
BYTES_PER_BLOCK = 192
"""Measured up to 152: an entry of 64, the hash of the parent's block of 32, and the tables over both. A disk of 2 TiB
takes 310 MiB, the program's own 45 among them."""


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def image(path: Path, form: str, size: int) -> None:
    """A disk with a little data near its beginning and its end."""
    if form == "vmdk":
        run(tool("qemu-img"), "create", "-q", "-f", "vmdk", path, str(size))
    else:
        with path.open("wb") as file:
            file.truncate(size)
    change(path, b"first", (MiB, size - 3 * MiB))


def change(path: Path, data: bytes, places: tuple[int, ...]) -> None:
    disk = open_image(path, writable=True)
    for place in places:
        disk.write(place, data * 100)
    disk.close()


def peaks(folder: Path, form: str, size: int) -> dict[str, int]:
    """Bytes of Python's own memory of each step of a full and an incremental backup and a restore."""
    folder.mkdir()
    path, output = folder / f"disk.{form}", folder / f"restored.{form}"
    image(path, form, size)
    repository = Repository(folder / "points")
    source = image_source(path, "disk")

    def back_up() -> None:
        back_up_images([source], repository, name="disk", created_ms=1)

    found = {"full": peak_of(back_up)}
    change(path, b"second", (size // 2,))
    found["incremental"] = peak_of(back_up)
    newest = repository.latest("disk")
    assert newest is not None and newest.sequence == 2
    assert newest.file_size < 64 * 1024 + MiB  # holes that were holes take nothing
    found["verify"] = peak_of(lambda: repository.verify(newest.point))
    found["restore"] = peak_of(lambda: repository.restore(newest.point, "disk", output))
    one, other = open_image(path), open_image(output)
    # One grain of a VMDK, or one block of the repository, holds what was written.
    assert sum(extent.length for extent in other.extents()) <= 4 * BLOCK_SIZE
    for place in (MiB, size // 2, size - 3 * MiB):
        here, there = bytearray(4096), bytearray(4096)
        one.read_into(place, memoryview(here))
        other.read_into(place, memoryview(there))
        assert here == there and here.strip(b"\0")
    one.close()
    other.close()
    return found


@pytest.mark.long  # every allocation is counted
@pytest.mark.parametrize("form", ["raw", "vmdk"])
def test_a_large_empty_disk_takes_a_few_bytes_for_each_block(tmp_path: Path, form: str) -> None:
    small, large = (peaks(tmp_path / str(size), form, size) for size in (SMALL, LARGE))
    blocks = (LARGE - SMALL) // BLOCK_SIZE
    for step, peak in large.items():
        assert (peak - small[step]) / blocks < BYTES_PER_BLOCK, step
