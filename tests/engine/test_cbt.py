"""Changed block tracking never misses a write: against a model, in pieces, over closes, deaths and foreign hands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from strategies import examples

from vbtui.engine import Extent, LiveDisk, Snapshot
from vbtui.engine.cbt import AREA, EVERYTHING, MOST_ANSWERS, MOST_AREAS, ChangeTracker, area_size, changed_extents
from vbtui.engine.disk.vmdk import create_flat, create_sparse
from vbtui.engine.errors import UnknownChangeId
from vbtui.vocabulary import GiB, MiB, TiB

SIZE = 9 * AREA + 1536
SECTOR = 512


def uuids() -> Callable[[], UUID]:
    numbers = count(1)
    return lambda: UUID(int=next(numbers))


def raw(folder: Path, size: int = SIZE) -> Path:
    path = folder / "disk.img"
    with path.open("wb") as file:
        file.truncate(size)
    return path


def flat(folder: Path) -> Path:
    create_flat(folder / "disk.vmdk", SIZE)
    return folder / "disk.vmdk"


def sparse(folder: Path) -> Path:
    create_sparse(folder / "disk.vmdk", SIZE)
    return folder / "disk.vmdk"


def tracked(snapshot: Snapshot) -> str:
    assert snapshot.change_id is not None
    return snapshot.change_id


def tracks(disk: LiveDisk) -> bool:
    return disk.tracking


def test_tracking_acts_from_the_next_stun_on(tmp_path: Path) -> None:
    disk = LiveDisk(raw(tmp_path), new_uuid=uuids())
    assert disk.create_snapshot().change_id is None
    disk.enable_tracking()
    disk.enable_tracking()
    assert not tracks(disk)
    disk.write(0, b"before the stun")
    disk.commit()
    assert not tracks(disk)
    first = disk.create_snapshot()
    assert tracks(disk)
    assert tracked(first) == "00000000-0000-0000-0000-000000000001/1"
    assert changed_extents(first, tracked(first)) == ()
    disk.write(3 * AREA - 1, b"two areas")
    disk.commit()
    disk.write(SIZE - 1, b"!")
    second = disk.create_snapshot()
    assert tracked(second).endswith("/2")
    disk.write(0, b"of the next one")
    assert changed_extents(second, tracked(first)) == (Extent(2 * AREA, 2 * AREA), Extent(9 * AREA, 1536))
    assert changed_extents(second, tracked(second)) == ()
    disk.commit()
    assert changed_extents(disk.create_snapshot(), tracked(second)) == (Extent(0, AREA),)
    disk.close()


@examples(25)
@given(
    writes=st.lists(
        st.lists(st.tuples(st.integers(0, SIZE // SECTOR - 1), st.integers(1, 200)), max_size=3), min_size=2, max_size=5
    ),
    reopened=st.sets(st.integers(0, 5)),
)
def test_what_changed_between_any_two_snapshots_is_named_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, writes: list[list[tuple[int, int]]], reopened: set[int]
) -> None:
    """One list of writes for each run: some fall before the snapshot, some into its redo log."""
    path = sparse(tmp_path_factory.mktemp("disk"))
    give = uuids()
    disk = LiveDisk(path, new_uuid=give)
    disk.enable_tracking()
    known: list[tuple[str, set[int]]] = []  # change id, areas written since
    for round_, some in enumerate(writes):
        snapshot = disk.create_snapshot()
        for change_id, areas in known:
            assert covered(changed_extents(snapshot, change_id)) == areas
        known.append((tracked(snapshot), set()))
        for place, (sector, sectors) in enumerate(some):
            if place == 1:
                disk.commit()
            length = min(sectors, SIZE // SECTOR - sector) * SECTOR
            disk.write(sector * SECTOR, bytes([place + 1]) * length)
            for _, areas in known:
                areas.update(range(sector * SECTOR // AREA, -(-(sector * SECTOR + length) // AREA)))
        if len(some) < 2:
            disk.commit()
        if round_ in reopened:
            disk.close()
            disk = LiveDisk(path, new_uuid=give)
            assert tracks(disk)
    disk.close()


def covered(extents: tuple[Extent, ...]) -> set[int]:
    return {area for extent in extents for area in range(extent.offset // AREA, -(-extent.end // AREA))}


def test_an_answer_is_a_piece_and_callers_ask_again(tmp_path: Path) -> None:
    areas = 2 * MOST_ANSWERS + 20
    disk = LiveDisk(raw(tmp_path, areas * AREA))
    disk.enable_tracking()
    change_id = tracked(disk.create_snapshot())
    disk.commit()
    for area in range(0, areas, 2):
        disk.write(area * AREA, b"x")
    snapshot = disk.create_snapshot()
    first = snapshot.changed_areas(change_id)
    assert (first.start, first.length, len(first.areas)) == (0, 2 * MOST_ANSWERS * AREA, MOST_ANSWERS)
    rest = snapshot.changed_areas(change_id, first.end)
    assert (rest.end, len(rest.areas)) == (areas * AREA, 10)
    assert snapshot.changed_areas(change_id, AREA // 2).areas[0] == Extent(AREA // 2, AREA // 2)
    assert changed_extents(snapshot, change_id) == first.areas + rest.areas
    in_use = changed_extents(snapshot, EVERYTHING)
    assert in_use == snapshot.extents()
    for start in (-1, areas * AREA):
        with pytest.raises(ValueError):
            snapshot.changed_areas(change_id, start)
    disk.commit()
    disk.close()


@pytest.mark.parametrize(
    "change_id",
    [
        "", "1", "*/1", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001/",
        "00000000-0000-0000-0000-000000000001/0", "00000000-0000-0000-0000-000000000001/2",
        "00000000-0000-0000-0000-000000000001/01", "00000000-0000-0000-0000-000000000001/-1",
        "00000000-0000-0000-0000-000000000001/99999999999", "00000000-0000-0000-0000-000000000002/1",
        "00000000-0000-0000-0000-000000000001/1 ", "00000000-0000-0000-0000-000000000001/\u0661",
    ],
)  # fmt: skip
def test_an_id_that_this_disk_never_gave_is_unknown(tmp_path: Path, change_id: str) -> None:
    disk = LiveDisk(raw(tmp_path), new_uuid=uuids())
    disk.enable_tracking()
    snapshot = disk.create_snapshot()
    assert tracked(snapshot) == "00000000-0000-0000-0000-000000000001/1"
    with pytest.raises(UnknownChangeId):
        changed_extents(snapshot, change_id)
    disk.close()


def test_without_tracking_every_id_is_unknown(tmp_path: Path) -> None:
    disk = LiveDisk(raw(tmp_path))
    snapshot = disk.create_snapshot()
    for change_id in (EVERYTHING, "00000000-0000-0000-0000-000000000001/1"):
        with pytest.raises(UnknownChangeId):
            snapshot.changed_areas(change_id)
    disk.close()


def test_reset_and_disable_forget_what_was(tmp_path: Path) -> None:
    path = raw(tmp_path)
    disk = LiveDisk(path, new_uuid=uuids())
    disk.enable_tracking()
    first = tracked(disk.create_snapshot())
    disk.commit()
    disk.reset_tracking()
    snapshot = disk.create_snapshot()
    with pytest.raises(UnknownChangeId):
        changed_extents(snapshot, first)
    second = tracked(snapshot)
    disk.commit()
    disk.disable_tracking()
    assert not path.with_name("disk.img-ctk.vmdk").exists()
    assert disk.create_snapshot().change_id is None
    disk.commit()
    disk.enable_tracking()
    snapshot = disk.create_snapshot()
    for known in (first, second):
        with pytest.raises(UnknownChangeId):
            changed_extents(snapshot, known)
    disk.commit()
    disk.close()


def id_after_a_run(path: Path) -> str:
    """Close a tracked disk well; the id of its last snapshot."""
    disk = LiveDisk(path)
    disk.enable_tracking()
    change_id = tracked(disk.create_snapshot())
    disk.write(AREA, b"in the redo log")
    disk.commit()
    disk.close()
    return change_id


def is_known(path: Path, change_id: str) -> bool:
    disk = LiveDisk(path)
    try:
        snapshot = disk.create_snapshot()
        tracked(snapshot)
        found = changed_extents(snapshot, change_id)
        assert found == (Extent(AREA, AREA),)
        return True
    except UnknownChangeId:
        return False
    finally:
        disk.commit()
        disk.close()


@pytest.mark.parametrize("make", [raw, flat, sparse])
def test_a_disk_that_was_closed_well_still_knows(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    change_id = id_after_a_run(path)
    assert is_known(path, change_id)
    assert is_known(path, change_id)


@pytest.mark.parametrize("make", [raw, flat, sparse])
def test_a_process_that_was_killed_leaves_nothing_that_is_believed(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    change_id = id_after_a_run(path)
    program = (
        "import os, pathlib, signal, sys\n"
        "from vbtui.engine import LiveDisk\n"
        "disk = LiveDisk(pathlib.Path(sys.argv[1]))\n"
        "disk.write(5 * 65536, b'never recorded on the medium')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, path], check=False, timeout=PATIENCE).returncode == -9
    assert not is_known(path, change_id)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("sequence", lambda data: data.__setitem__(40, data[40] ^ 1)),
        ("crc", lambda data: data.__setitem__(84, data[84] ^ 1)),
        ("an area", lambda data: data.__setitem__(512, data[512] ^ 1)),
        ("one area fewer", lambda data: data.__delitem__(slice(len(data) - 4, None))),
        ("no areas", lambda data: data.__delitem__(slice(512, None))),
    ],
)
def test_a_damaged_file_is_not_believed(tmp_path: Path, name: str, damage: Callable[[bytearray], None]) -> None:
    path = raw(tmp_path)
    change_id = id_after_a_run(path)
    file = path.with_name("disk.img-ctk.vmdk")
    assert file.stat().st_size == 512 + 4 * 10, name
    data = bytearray(file.read_bytes())
    damage(data)
    file.write_bytes(data)
    assert not is_known(path, change_id)


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    path = raw(tmp_path)
    file = path.with_name("disk.img-ctk.vmdk")
    file.write_bytes(b"\xa2\x72\x19\xf6" + bytes(1000))
    before = file.read_bytes()
    disk = LiveDisk(path)
    assert not tracks(disk)
    with pytest.raises(FileExistsError):
        disk.enable_tracking()
    disk.close()
    assert file.read_bytes() == before
    file.unlink()
    file.symlink_to("/dev/null")
    disk = LiveDisk(path)
    assert not tracks(disk)
    disk.close()


@pytest.mark.parametrize("make", [raw, flat, sparse])
def test_somebody_elses_write_makes_the_file_a_stranger(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    change_id = id_after_a_run(path)
    changed = path.with_name("disk-flat.vmdk") if make is flat else path
    state = changed.stat()
    os.utime(changed, ns=(state.st_atime_ns, state.st_mtime_ns + 1))
    assert not is_known(path, change_id)


def test_a_disk_of_another_size_starts_anew(tmp_path: Path) -> None:
    path = raw(tmp_path)
    change_id = id_after_a_run(path)
    with path.open("r+b") as file:
        file.truncate(SIZE + AREA)
    assert not is_known(path, change_id)
    assert path.with_name("disk.img-ctk.vmdk").stat().st_size == 512 + 4 * 11


def test_the_last_number_of_32_bits_is_a_reset(tmp_path: Path) -> None:
    give = uuids()
    tracker = ChangeTracker.create(tmp_path / "ctk", SIZE, give)
    tracker._sequence = 2**32 - 3
    last = tracker.freeze(give)
    tracker.mark(0, 1)
    after = tracker.freeze(give)
    assert (last.sequence, after.sequence) == (2**32 - 3, 1)
    with pytest.raises(UnknownChangeId):
        after.changed(last.change_id, 0)
    tracker.remove()


@pytest.mark.parametrize(
    ("size", "area"), [(SECTOR, AREA), (64 * GiB, AREA), (64 * GiB + SECTOR, 2 * AREA), (64 * TiB, 64 * MiB)]
)
def test_areas_grow_with_the_disk_so_that_the_memory_does_not(size: int, area: int) -> None:
    assert area_size(size) == area
    assert -(-size // area) <= MOST_AREAS
