"""A redo log is a VMDK child for other programs as well, and a hostile one is refused before anything is written."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_storage import QuietStorage
from vmdk_images import content_by_qemu, disk_bytes, run, tool

from vbtui.engine import LiveDisk
from vbtui.engine.disk import open_image
from vbtui.engine.disk.vmdk import (
    GRAIN,
    BadDescriptor,
    BadVmdk,
    ParentChanged,
    create_child,
    create_delta,
    create_flat,
    create_sparse,
)
from vbtui.engine.disk.vmdk.image import VmdkDisk
from vbtui.engine.errors import BadImage, BadName, EngineError, ImageBusy, LeftoverRedoLog, OutputExists
from vbtui.engine.snapshot import CommitProgress
from vbtui.vocabulary import MiB

SIZE = 40 * GRAIN + 1536
SECTOR = 512
CONTENT = disk_bytes(SIZE)


def raw(folder: Path) -> Path:
    (folder / "disk.img").write_bytes(CONTENT)
    return folder / "disk.img"


def flat(folder: Path) -> Path:
    create_flat(folder / "disk.vmdk", SIZE)
    (folder / "disk-flat.vmdk").write_bytes(CONTENT)
    return folder / "disk.vmdk"


def sparse(folder: Path) -> Path:
    create_sparse(folder / "disk.vmdk", SIZE)
    image = open_image(folder / "disk.vmdk", writable=True)
    image.write(0, CONTENT)
    image.close()
    return folder / "disk.vmdk"


KINDS = [raw, flat, sparse]
Make = Callable[[Path], Path]


def view(disk: LiveDisk) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


def content(path: Path) -> bytes:
    image = open_image(path)
    data = bytearray(image.size)
    image.read_into(0, memoryview(data))
    image.close()
    return bytes(data)


def scribble(disk: LiveDisk, model: bytearray, seed: int, writes: int = 12) -> None:
    picks = random.Random(seed)
    for _ in range(writes):
        offset = picks.randrange(SIZE)
        data = picks.randbytes(min(picks.choice((1, 512, 5000, GRAIN, 2 * GRAIN)), SIZE - offset))
        disk.write(offset, data)
        model[offset : offset + len(data)] = data


@pytest.mark.parametrize("make", KINDS)
def test_another_program_opens_checks_and_commits_a_log(tmp_path: Path, make: Make) -> None:
    qemu = tool("qemu-img")
    (tmp_path / "ours").mkdir()
    path = make(tmp_path / "ours")
    model = bytearray(CONTENT)
    disk = LiveDisk(path, storage=QuietStorage())
    scribble(disk, model, 1)
    disk.create_snapshot()
    frozen = bytes(model)
    scribble(disk, model, 2)
    (log,) = (path for path in path.parent.iterdir() if path.name.endswith("-000001.vmdk"))

    assert "No errors" in run(qemu, "check", log)
    assert content_by_qemu(log) == model
    assert "monolithicSparse" in run(qemu, "info", "--backing-chain", log)
    (tmp_path / "model.img").write_bytes(model)
    run(qemu, "compare", "-f", "vmdk", "-F", "raw", log, tmp_path / "model.img")
    mapped = run(qemu, "map", log)
    assert log.name in mapped and ("disk.img" if make is raw else "disk") in mapped
    log.with_name(log.name + ".by-qemu").unlink()

    disk.close()
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    run(qemu, "commit", tmp_path / "theirs" / log.name)
    disk = LiveDisk(path)
    assert content(path) == frozen
    disk.recover()
    disk.close()
    assert content(path) == content(tmp_path / "theirs" / path.name) == model


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_another_program_writes_to_a_log_as_a_guest(tmp_path: Path, make: Make, seed: int) -> None:
    path = make(tmp_path)
    model = bytearray(CONTENT)
    disk = LiveDisk(path, storage=QuietStorage())
    disk.create_snapshot()
    scribble(disk, model, seed, 3)
    (log,) = disk._chain.paths if disk._chain is not None else ()
    disk.close()
    picks = random.Random(seed)
    commands: list[str] = []
    for byte in range(1, 16):
        sector = picks.randrange(SIZE // SECTOR)
        length = min(picks.choice((1, 3, 100, 300)), SIZE // SECTOR - sector) * SECTOR
        commands += ["-c", f"write -P {byte} {sector * SECTOR} {length}"]
        model[sector * SECTOR : sector * SECTOR + length] = bytes([byte]) * length
    run(tool("qemu-io"), "-f", "vmdk", *commands, log)
    disk = LiveDisk(path, storage=QuietStorage())
    assert view(disk) == model
    scribble(disk, model, seed + 10, 3)
    disk.recover()
    disk.close()
    assert content(path) == model
    if make is not raw:
        assert "No errors" in run(tool("qemu-img"), "check", path) or make is flat


@pytest.mark.parametrize("make", KINDS)
def test_nothing_of_a_finished_commit_is_left(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path)
    before = {one.name for one in tmp_path.iterdir()}
    model = bytearray(CONTENT)
    disk = LiveDisk(path, storage=QuietStorage())
    for seed in range(3):
        disk.create_snapshot()
        scribble(disk, model, seed)
        disk.commit(threshold=0)
        assert {one.name for one in tmp_path.iterdir()} == before
    disk.close()
    assert content(path) == model


def test_children_that_were_made_before_a_commit_are_refused(tmp_path: Path) -> None:
    """Their parent has other bytes now, and another content id."""
    path = sparse(tmp_path)
    parent = VmdkDisk(path)
    create_child(tmp_path / "child.vmdk", parent)
    parent.close()
    disk = LiveDisk(path)
    disk.create_snapshot()
    disk.write(0, b"x")
    disk.commit()
    disk.close()
    with pytest.raises(ParentChanged):
        VmdkDisk(tmp_path / "child.vmdk")


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_guest_that_writes_as_fast_as_the_merge_is_stunned_in_the_end(tmp_path: Path, rounds: int) -> None:
    path = flat(tmp_path)
    model = bytearray(CONTENT)
    disk = LiveDisk(path, storage=QuietStorage())
    disk.create_snapshot()

    def write(grains: int, byte: int) -> None:
        for grain in range(0, 2 * grains, 2):
            disk.write(grain * GRAIN, bytes([byte]) * GRAIN)
            model[grain * GRAIN : (grain + 1) * GRAIN] = bytes([byte]) * GRAIN

    write(8, 1)
    seen: list[CommitProgress] = []

    def meanwhile(progress: CommitProgress) -> None:
        seen.append(progress)
        if not progress.stunned:
            write(8, progress.round + 1)

    report = disk.commit(threshold=GRAIN, max_rounds=rounds, on_progress=meanwhile)
    assert (report.converged, report.rounds) == (False, rounds + 1)
    assert report.bytes_merged == (rounds + 1) * 8 * GRAIN
    assert [one.stunned for one in seen] == [False] * 8 * rounds + [True] * 8
    assert all(one.converging == (one.round == 1) for one in seen if not one.stunned)
    disk.close()
    assert content(path) == model


def test_a_quiet_guest_is_stunned_for_little(tmp_path: Path) -> None:
    disk = LiveDisk(flat(tmp_path), storage=QuietStorage())
    disk.create_snapshot()
    disk.write(0, bytes(20 * GRAIN))
    seen: list[CommitProgress] = []
    report = disk.commit(threshold=GRAIN, on_progress=seen.append)
    assert report.converged and report.rounds == 2
    assert {one.stunned for one in seen} == {False}
    assert seen[-1].left == 0
    disk.create_snapshot()
    disk.write(0, b"x")
    assert disk.commit(threshold=GRAIN).rounds == 1
    disk.close()


@pytest.mark.parametrize(("threshold", "rounds"), [(-1, 1), (0, -1), (0, 32)])
def test_a_commit_that_cannot_be_is_refused_before_the_snapshot_goes(
    tmp_path: Path, threshold: int, rounds: int
) -> None:
    disk = LiveDisk(flat(tmp_path))
    snapshot = disk.create_snapshot()
    with pytest.raises(ValueError):
        disk.commit(threshold=threshold, max_rounds=rounds)
    assert not snapshot.gone
    disk.commit()
    disk.close()


def test_the_guest_is_brought_to_rest_before_the_stun(tmp_path: Path) -> None:
    path = flat(tmp_path)
    disk = LiveDisk(path)
    snapshot = disk.create_snapshot(quiesce=lambda: disk.write(0, b"at rest"))
    found = bytearray(7)
    snapshot.read_into(0, memoryview(found))
    assert found == b"at rest"
    disk.commit()

    def fails() -> None:
        raise OSError(5, "the guest does not answer")

    with pytest.raises(OSError):
        disk.create_snapshot(quiesce=fails)
    assert disk.leftover == ()
    disk.create_snapshot()
    disk.close()


@pytest.mark.parametrize(
    ("name", "error", "damage"),
    [
        ("magic", BadVmdk, lambda data: data.__setitem__(0, 0)),
        ("disk size", EngineError, lambda data: data.__setitem__(13, 1)),
        ("grain size", EngineError, lambda data: data.__setitem__(20, 64)),
        ("parent's name", BadImage, lambda data: _replace(data, b'Hint="disk', b'Hint="dusk')),
        ("parent's id", ParentChanged, lambda data: _replace(data, b"parentCID=", b"parentCID=0000000")),
        ("no parent", BadImage, lambda data: _orphan(data)),
        ("a descriptor cut off", BadDescriptor, lambda data: data.__setitem__(slice(600, 1024), bytes(424))),
        ("a grain outside", BadVmdk, lambda data: _entry(data, 0x7FFFFFFF)),
        ("a grain on the tables", BadVmdk, lambda data: _entry(data, 1)),
        ("empty", EngineError, lambda data: data.clear()),
        ("cut off in the tables", EngineError, lambda data: data.__delitem__(slice(12_000, None))),
    ],
)
def test_a_hostile_log_is_refused(
    tmp_path: Path, name: str, error: type[EngineError], damage: Callable[[bytearray], None]
) -> None:
    path = flat(tmp_path)
    disk = LiveDisk(path)
    disk.create_snapshot()
    disk.write(0, b"x" * GRAIN)
    disk.close()
    log = tmp_path / "disk-000001.vmdk"
    data = bytearray(log.read_bytes())
    damage(data)
    log.write_bytes(data)
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(error):
        LiveDisk(path)
    assert {one: one.read_bytes() for one in tmp_path.iterdir()} == before, name
    log.unlink()
    LiveDisk(path).close()


def _replace(data: bytearray, old: bytes, new: bytes) -> None:
    at = data.index(old)
    data[at : at + len(new)] = new


def _orphan(data: bytearray) -> None:
    at = data.index(b"parentCID=") + 10
    data[at : at + 8] = b"ffffffff"


def _entry(data: bytearray, sector: int) -> None:
    """The first entry of both tables, in the layout of our own logs: one table each, 26 and 32 sectors in."""
    tables = [at for at in range(20 * SECTOR, 64 * SECTOR, SECTOR) if data[at : at + 4] == (128).to_bytes(4, "little")]
    assert len(tables) == 2
    for at in tables:
        data[at : at + 4] = sector.to_bytes(4, "little")


def test_a_log_that_is_no_file_of_its_own_is_refused(tmp_path: Path) -> None:
    path = flat(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"precious")
    log = tmp_path / "disk-000001.vmdk"
    log.symlink_to(elsewhere)
    with pytest.raises(BadImage):
        LiveDisk(path)
    log.unlink()
    log.mkdir()
    with pytest.raises(OSError):
        LiveDisk(path)
    assert elsewhere.read_bytes() == b"precious"


@pytest.mark.parametrize("numbers", [range(1, 34), [999_999]])
def test_logs_that_this_program_never_makes_are_refused(tmp_path: Path, numbers: list[int]) -> None:
    path = flat(tmp_path)
    for number in numbers:
        create_delta(tmp_path / f"disk-{number:06d}.vmdk", SIZE, parent_id=1, hint="disk.vmdk")
    with pytest.raises(LeftoverRedoLog):
        LiveDisk(path)


def test_the_word_that_half_arrived_is_taken_from_the_other_table(tmp_path: Path) -> None:
    """A table's entry of four bytes, of which the power took some: the redundant one was written before it."""
    path = sparse(tmp_path)
    disk = LiveDisk(path, storage=QuietStorage())
    disk.create_snapshot()
    disk.write(0, b"x" * GRAIN)
    disk.write(GRAIN, b"y" * GRAIN)
    assert disk._chain is not None
    log = disk._chain.paths[0]
    data = bytearray(log.read_bytes())  # as the process leaves it: the header says that it is being written
    disk.close()
    place = max(at for at in range(20 * SECTOR, 64 * SECTOR, SECTOR) if data[at : at + 4] == bytes((128, 0, 0, 0)))
    assert data[place + 4 : place + 8] == bytes((0, 1, 0, 0))
    data[place : place + 4] = bytes((128, 0, 0, 0))
    # The second grain's entry as it would be on a larger disk, torn behind its first bytes.
    grown = bytes((0, 1, 1, 0))
    data[0x100 * SECTOR : 0x180 * SECTOR] = b"z" * GRAIN
    data += bytes((0x10100 - 0x180) * SECTOR + GRAIN)
    data[0x10100 * SECTOR : 0x10100 * SECTOR + GRAIN] = b"y" * GRAIN
    other = min(at for at in range(20 * SECTOR, 64 * SECTOR, SECTOR) if data[at : at + 4] == bytes((128, 0, 0, 0)))
    data[other + 4 : other + 8] = grown
    for torn in (bytes((0, 1, 0, 0)), grown):
        data[place + 4 : place + 8] = torn
        log.write_bytes(data)
        again = LiveDisk(path, storage=QuietStorage())
        assert view(again)[: 2 * GRAIN] == b"x" * GRAIN + b"y" * GRAIN
        again.close()


def test_an_image_that_a_descriptor_cannot_name_has_no_snapshot(tmp_path: Path) -> None:
    path = tmp_path / 'say "disk".img'
    path.write_bytes(CONTENT)
    disk = LiveDisk(path)
    disk.write(0, b"x")
    with pytest.raises(BadName):
        disk.create_snapshot()
    disk.close()
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_file_of_somebody_elses_is_not_replaced(tmp_path: Path) -> None:
    path = raw(tmp_path)
    (tmp_path / "disk.img-base.vmdk").write_bytes(b"precious")
    disk = LiveDisk(path)
    with pytest.raises(OutputExists):
        disk.create_snapshot()
    disk.close()
    assert (tmp_path / "disk.img-base.vmdk").read_bytes() == b"precious"


def test_a_log_has_one_writer(tmp_path: Path) -> None:
    path = flat(tmp_path)
    disk = LiveDisk(path)
    disk.create_snapshot()
    with pytest.raises(ImageBusy):
        VmdkDisk(tmp_path / "disk-000001.vmdk", writable=True)
    disk.close()


def test_a_merge_writes_no_more_than_its_grains(tmp_path: Path) -> None:
    disk = LiveDisk(flat(tmp_path), storage=QuietStorage())
    disk.create_snapshot()
    for grain in (1, 2, 3, 20):
        disk.write(grain * GRAIN + 100, b"x")
    assert disk.redo_bytes == 4 * GRAIN
    assert disk.commit(threshold=MiB).bytes_merged == 4 * GRAIN
    disk.close()
