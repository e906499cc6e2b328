"""A commit that dies at any call, with the power or without, is finished by the next start: nothing lost or mixed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from faulty_storage import Fault, FaultyStorage, How, QuietStorage, Stopped
from vmdk_images import run, tool

from vbtui.engine import LiveDisk, Snapshot
from vbtui.engine.cbt import changed_extents
from vbtui.engine.disk import open_image
from vbtui.engine.disk.vmdk import GRAIN, create_flat, create_sparse
from vbtui.engine.errors import UnknownChangeId
from vbtui.engine.snapshot import CommitProgress
from vbtui.engine.storage import Storage

SIZE = 7 * GRAIN + 1536
SECTOR = 512
LONG = bool(os.environ.get("VBTUI_LONG_TESTS"))


@cache
def pattern(size: int, seed: int) -> bytes:
    return b"".join((number * 2654435761 + seed).to_bytes(8, "little") for number in range(size // 8))


def read(disk: LiveDisk | Snapshot) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


@dataclass
class Guest:
    """What a disk must hold: after a death, and after a loss of power."""

    content: bytes
    since_flush: list[bytes] = field(default_factory=list)
    writing: bytes | None = None
    frozen: dict[str, bytes] = field(default_factory=dict)
    """By change id: the disk at that snapshot."""

    def write(self, disk: LiveDisk, offset: int, length: int, seed: int) -> None:
        data = pattern(length, seed)
        self.writing = self.content[:offset] + data + self.content[offset + length :]
        disk.write(offset, data)
        self.since_flush.append(self.content)
        self.content, self.writing = self.writing, None

    def flushed(self) -> None:
        self.since_flush.clear()

    def allows(self, found: bytes, *, power: bool) -> bool:
        """Every byte is as it was last written, or as the write in flight would have it, or not yet flushed."""
        states = [self.content, *([self.writing] if self.writing is not None else [])]
        states += self.since_flush if power else []
        for at in range(0, len(found), SECTOR):
            ours = {state[at : at + SECTOR] for state in states}
            if found[at : at + SECTOR] not in ours and not all(
                byte in {state[at + place] for state in states} for place, byte in enumerate(found[at : at + SECTOR])
            ):
                return False
        return True


@dataclass(frozen=True)
class Case:
    """One kind of image, as it stands in a folder."""

    make: Callable[[Path], Path]
    overlay: bool = False


def raw(folder: Path) -> Path:
    path = folder / "disk.img"
    path.write_bytes(pattern(SIZE, 1))
    return path


def sparse(folder: Path) -> Path:
    path = folder / "disk.vmdk"
    create_sparse(path, SIZE)
    disk = open_image(path, writable=True)
    disk.write(2 * GRAIN, pattern(3 * GRAIN, 1))
    disk.close()
    return path


def flat(folder: Path) -> Path:
    path = folder / "disk.vmdk"
    create_flat(path, SIZE)
    (folder / "disk-flat.vmdk").write_bytes(pattern(SIZE, 1))
    return path


CASES = {
    "raw": Case(raw),
    "flat": Case(flat),
    "sparse": Case(sparse),
    "overlay over raw": Case(raw, overlay=True),
    "overlay over sparse": Case(sparse, overlay=True),
}


class Place:
    """An image in a folder of its own, made anew for each death."""

    def __init__(self, folder: Path, case: Case) -> None:
        self.work, self.images, self.side = folder / "work", folder / "images", folder / "side"
        for one in (self.work, self.images, self.side):
            one.mkdir(parents=True, exist_ok=True)
            for path in one.iterdir():
                path.unlink()
        self.image = case.make(self.images if case.overlay else self.work)
        self.overlay = self.work if case.overlay else None
        self.before = {path: path.read_bytes() for path in self.images.iterdir()}
        self._uuids = count(1)
        image = open_image(self.image)
        content = bytearray(image.size)
        image.read_into(0, memoryview(content))
        image.close()
        self.guest = Guest(bytes(content))

    def open(self, storage: Storage) -> LiveDisk:
        return LiveDisk(self.image, overlay=self.overlay, storage=storage, new_uuid=lambda: UUID(int=next(self._uuids)))

    @contextlib.contextmanager
    def opened(self, storage: Storage) -> Iterator[LiveDisk]:
        """Closed in the end, as far as the dead can."""
        disk = self.open(storage)
        try:
            yield disk
        except Stopped:
            with contextlib.suppress(Stopped):
                disk.close()
            raise
        disk.close()


def live(place: Place, storage: Storage) -> None:
    """Two runs of a VM: snapshots, writes before, during and after a commit that needs helpers, recorded changes."""
    guest = place.guest
    with place.opened(storage) as disk:
        disk.enable_tracking()
        guest.write(disk, 3 * GRAIN - 1024, 4096, 10)
        disk.flush()
        guest.flushed()
        back_up(disk, guest, 20)
        guest.write(disk, 0, 1024, 12)
        guest.write(disk, 6 * GRAIN, 2048, 13)
    guest.flushed()
    with place.opened(storage) as disk:
        disk.recover()
        guest.write(disk, GRAIN, 512, 14)
        back_up(disk, guest, 30)
    guest.flushed()


def back_up(disk: LiveDisk, guest: Guest, seed: int) -> None:
    snapshot = disk.create_snapshot()
    guest.flushed()
    assert snapshot.change_id is not None
    guest.frozen[snapshot.change_id] = guest.content
    guest.write(disk, GRAIN + 512, 2 * GRAIN, seed)
    guest.write(disk, SIZE - 1024, 1024, seed + 1)
    guest.write(disk, GRAIN, 1024, seed + 2)
    assert read(snapshot) == guest.frozen[snapshot.change_id]
    left = [5 * GRAIN, 2 * GRAIN]

    def meanwhile(progress: CommitProgress) -> None:
        if left and not progress.stunned:
            guest.write(disk, left.pop(), 1536, seed + 3)

    disk.commit(threshold=0, max_rounds=2, on_progress=meanwhile)
    guest.flushed()


def die(place: Place, at: int | None, *, half: bool, power: int | None) -> int:
    """Live until the call `at`; the calls made."""
    fault = None if at is None else Fault(at, How.TORN if half else How.BEFORE)
    storage = FaultyStorage(place.side, fault)
    try:
        live(place, storage)
    except Stopped:
        if power is not None:
            storage.lose_power(power)
    finally:
        storage.close()
    return len(storage.made)


def check(place: Place, *, power: bool) -> None:
    """The next start: the same disk before and after `recover`, no log left, no change missed."""
    with place.opened(QuietStorage()) as disk:
        found = read(disk)
        assert place.guest.allows(found, power=power)
        if disk.leftover and place.overlay is None:
            chain = open_image(disk.leftover[-1])
            data = bytearray(chain.size)
            chain.read_into(0, memoryview(data))
            chain.close()
            assert data == found
        disk.recover()
        assert disk.leftover == ()
        assert read(disk) == found
        snapshot = disk.create_snapshot()
        assert read(snapshot) == found
        for change_id, content in place.guest.frozen.items():
            with contextlib.suppress(UnknownChangeId):
                changed = changed_extents(snapshot, change_id)
                then, now = bytearray(content), bytearray(found)
                for extent in changed:
                    then[extent.offset : extent.end] = now[extent.offset : extent.end] = bytes(extent.length)
                assert then == now
        disk.commit()
    kept = {place.image.name, "disk-flat.vmdk", *(f"{place.image.name}-ctk.vmdk", "disk-ctk.vmdk")}
    if place.overlay is not None:
        kept |= {f"{place.image.name}-{one}.vmdk" for one in ("overlay", "base")} | {"disk-overlay.vmdk"}
    assert {path.name for path in place.work.iterdir()} <= kept
    assert {path: path.read_bytes() for path in place.images.iterdir()} == place.before


@pytest.mark.parametrize("name", CASES)
def test_a_process_that_dies_at_any_call_loses_nothing(tmp_path: Path, name: str) -> None:
    calls = die(Place(tmp_path, CASES[name]), None, half=False, power=None)
    assert calls > 100
    for at in range(0, calls, 1 if LONG else 3):
        for half in (False, True) if LONG else (at % 2 == 1,):
            place = Place(tmp_path, CASES[name])
            die(place, at, half=half, power=None)
            check(place, power=False)


@pytest.mark.parametrize("name", CASES)
def test_a_loss_of_power_at_any_call_mixes_nothing(tmp_path: Path, name: str) -> None:
    """Unflushed writes of the guest may be gone, each by itself; a byte that it never wrote is as it was."""
    calls = die(Place(tmp_path, CASES[name]), None, half=False, power=None)
    for at in range(0, calls, 1 if LONG else 3):
        for seed in range(at, at + (20 if LONG else 1)):
            place = Place(tmp_path, CASES[name])
            die(place, at, half=bool(seed % 2), power=seed)
            check(place, power=True)


@pytest.mark.parametrize("name", CASES)
def test_the_repair_may_die_as_well(tmp_path: Path, name: str) -> None:
    """A process that dies in a commit, and the next one in `recover`, at any call: the third one finds the same."""
    calls = die(Place(tmp_path, CASES[name]), None, half=False, power=None)
    repaired = 0
    for first in range(calls // 3, 2 * calls // 3, 1 if LONG else 9):
        for second in range(first % 5, 200, 1 if LONG else 5):
            place = Place(tmp_path, CASES[name])
            die(place, first, half=False, power=None)
            storage = FaultyStorage(place.side, Fault(second, How.BEFORE))
            with contextlib.suppress(Stopped), place.opened(storage) as disk:
                disk.recover()
            storage.close()
            repaired += not storage.dead
            check(place, power=False)
            if not storage.dead:
                break
    assert repaired > 1


@pytest.mark.parametrize("name", ["raw", "flat", "sparse"])
def test_qemu_opens_what_a_dead_commit_leaves(tmp_path: Path, name: str) -> None:
    """At some of the calls, another program sees the same disk in the top log as we do."""
    qemu = tool("qemu-img")
    calls = die(Place(tmp_path, CASES[name]), None, half=False, power=None)
    seen = set()
    for at in range(0, calls, 1 if LONG else 7):
        place = Place(tmp_path, CASES[name])
        die(place, at, half=False, power=None)
        with place.opened(QuietStorage()) as disk:
            if not disk.leftover:
                continue
            seen.add(len(disk.leftover))
            found, top = read(disk), disk.leftover[-1]
        assert "No errors" in run(qemu, "check", top)
        run(qemu, "convert", "-O", "raw", top, tmp_path / "found.img")
        assert (tmp_path / "found.img").read_bytes() == found
    assert len(seen) > 1
