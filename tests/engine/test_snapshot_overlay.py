"""Somebody else's image under an overlay: the guest writes, and not a byte of the image or beside it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from vmdk_images import content_by_qemu, disk_bytes, qemu_image, run, tool

from vbtui.engine import LiveDisk, SanReader, Snapshot
from vbtui.engine.disk.vmdk import GRAIN, ParentChanged
from vbtui.engine.errors import ImageBusy
from vbtui.engine.transport import DiskReader

SIZE = 6 * GRAIN + 1536
CONTENT = disk_bytes(SIZE)


def image(folder: Path, kind: str) -> Path:
    folder.mkdir()
    if kind == "raw":
        (folder / "disk.img").write_bytes(CONTENT)
        return folder / "disk.img"
    path = qemu_image(folder, kind, CONTENT)
    (folder / f"{kind}.raw").unlink()
    return path


def view(disk: LiveDisk | Snapshot | DiskReader) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


KINDS = (
    *("raw", "monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_guest_writes_goes_to_the_overlays_folder_only(tmp_path: Path, kind: str) -> None:
    path = image(tmp_path / "theirs", kind)
    before = everything(path.parent)
    ours = tmp_path / "ours"
    ours.mkdir()
    model = bytearray(CONTENT)
    for run_ in range(2):
        disk = LiveDisk(path, overlay=ours)
        assert view(disk) == model
        disk.enable_tracking()
        disk.write(GRAIN - 100, b"a" * 200)
        model[GRAIN - 100 : GRAIN + 100] = b"a" * 200
        snapshot = disk.create_snapshot()
        frozen = bytes(model)
        disk.write(SIZE - 600, bytes([run_ + 1]) * 600)
        model[SIZE - 600 :] = bytes([run_ + 1]) * 600
        reader = SanReader(snapshot, "px")
        assert view(reader) == view(snapshot) == frozen
        assert reader.extents() == snapshot.extents()
        reader.close()
        assert content_by_qemu(disk._chain.paths[-1] if disk._chain is not None else path) == model
        disk.commit()
        assert view(disk) == model
        disk.close()
        assert everything(path.parent) == before
    overlay = ours / f"{path.stem if path.suffix == '.vmdk' else path.name}-overlay.vmdk"
    assert content_by_qemu(overlay) == model
    assert "No errors" in run(tool("qemu-img"), "check", overlay)


def test_an_image_that_can_only_be_read_takes_an_overlay(tmp_path: Path) -> None:
    path = image(tmp_path / "theirs", "raw")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    ours = tmp_path / "ours"
    ours.mkdir()
    disk = LiveDisk(path, overlay=ours)
    disk.write(0, b"x")
    disk.close()
    path.parent.chmod(0o755)


@pytest.mark.parametrize("kind", ["raw", "monolithicSparse"])
def test_an_overlay_over_other_bytes_is_refused(tmp_path: Path, kind: str) -> None:
    path = image(tmp_path / "theirs", kind)
    ours = tmp_path / "ours"
    ours.mkdir()
    disk = LiveDisk(path, overlay=ours)
    disk.write(0, b"x")
    disk.close()
    run(tool("qemu-io"), "-f", "raw" if kind == "raw" else "vmdk", "-c", "write -P 7 128k 4k", path)
    before = everything(ours)
    with pytest.raises(ParentChanged):
        LiveDisk(path, overlay=ours)
    assert everything(ours) == before


def test_one_overlay_has_one_writer_and_an_image_has_many(tmp_path: Path) -> None:
    path = image(tmp_path / "theirs", "raw")
    folders = [tmp_path / "one", tmp_path / "two"]
    disks = []
    for folder in folders:
        folder.mkdir()
        disks.append(LiveDisk(path, overlay=folder))
    disks[0].write(0, b"one")
    assert view(disks[1]) == CONTENT
    with pytest.raises(ImageBusy):
        LiveDisk(path, overlay=folders[0])
    for disk in disks:
        disk.close()


def test_an_overlay_stands_in_a_folder_of_its_own(tmp_path: Path) -> None:
    path = image(tmp_path / "theirs", "raw")
    (tmp_path / "link").symlink_to("theirs")
    for folder in (path.parent, tmp_path / "link"):
        with pytest.raises(ValueError):
            LiveDisk(path, overlay=folder)
    with pytest.raises(FileNotFoundError):
        LiveDisk(path, overlay=tmp_path / "missing")
    assert [one.name for one in path.parent.iterdir()] == ["disk.img"]
