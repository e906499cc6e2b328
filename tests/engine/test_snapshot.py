"""A snapshot stands still, the guest goes on, a commit loses nothing however it ends, and no change is missed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_storage import QuietStorage
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from patience import PATIENCE
from strategies import examples

from vbtui.engine import LiveDisk, Snapshot, StillAttached
from vbtui.engine.cbt import changed_extents
from vbtui.engine.disk import open_image
from vbtui.engine.disk.vmdk import GRAIN, create_flat, create_sparse
from vbtui.engine.errors import LeftoverRedoLog, SnapshotExists, SnapshotGone, UnknownChangeId
from vbtui.engine.snapshot import CommitProgress

SIZE = 5 * GRAIN + 1536
"""Not a multiple of the grain: the last one is short."""


def image(path: Path, size: int = SIZE) -> bytes:
    data = b"".join(number.to_bytes(4, "little") for number in range(size // 4))
    path.write_bytes(data)
    return data


def raw(folder: Path) -> Path:
    image(folder / "disk.img")
    return folder / "disk.img"


def flat(folder: Path) -> Path:
    create_flat(folder / "disk.vmdk", SIZE)
    image(folder / "disk-flat.vmdk")
    return folder / "disk.vmdk"


def sparse(folder: Path) -> Path:
    create_sparse(folder / "disk.vmdk", SIZE)
    return folder / "disk.vmdk"


def content(path: Path) -> bytes:
    opened = open_image(path)
    data = bytearray(opened.size)
    opened.read_into(0, memoryview(data))
    opened.close()
    return bytes(data)


def view(disk: LiveDisk | Snapshot) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


class SnapshotAgainstModel(RuleBasedStateMachine):
    """Random writes, snapshots, commits, crashes, recoveries and questions for changes against byte arrays."""

    folder: Path
    make: Callable[[Path], Path]

    def __init__(self) -> None:
        super().__init__()
        for leftover in self.folder.iterdir():
            leftover.unlink()
        self.path = type(self).make(self.folder)
        self.model = bytearray(content(self.path))
        self.frozen: bytes | None = None
        self.disk = LiveDisk(self.path, storage=QuietStorage())
        self.snapshot: Snapshot | None = None
        self.taken: dict[str, bytes] = {}
        """By change id, since the last moment at which all of them became unknown."""

    @rule(offset=st.integers(0, SIZE - 1), length=st.integers(1, 2 * GRAIN + 5), byte=st.integers(1, 255))
    def write(self, offset: int, length: int, byte: int) -> None:
        data = bytes([byte]) * min(length, SIZE - offset)
        self.disk.write(offset, data)
        self.model[offset : offset + len(data)] = data

    @precondition(lambda self: self.snapshot is None and not self.disk.leftover)
    @rule()
    def create_snapshot(self) -> None:
        self.snapshot = self.disk.create_snapshot()
        self.frozen = bytes(self.model)
        for change_id, then in self.taken.items():
            before, now = bytearray(then), bytearray(self.frozen)
            for extent in changed_extents(self.snapshot, change_id):
                before[extent.offset : extent.end] = now[extent.offset : extent.end] = bytes(extent.length)
            assert before == now
        if self.snapshot.change_id is not None:
            self.taken[self.snapshot.change_id] = self.frozen

    @rule()
    def enable_tracking(self) -> None:
        self.disk.enable_tracking()

    @rule(disable=st.booleans())
    def forget_changes(self, disable: bool) -> None:
        if disable:
            self.disk.disable_tracking()
        else:
            self.disk.reset_tracking()
        self.taken.clear()

    @precondition(lambda self: self.snapshot is not None)
    @rule(threshold=st.sampled_from([0, GRAIN, 10 * GRAIN]), rounds=st.integers(0, 3), writes=st.integers(0, 4))
    def commit(self, threshold: int, rounds: int, writes: int) -> None:
        """Commit while writes arrive after each merged grain, as from a guest."""
        left = writes

        def guest(progress: CommitProgress) -> None:
            nonlocal left
            if left and not progress.stunned:
                left -= 1
                self.write(progress.merged % SIZE, 100, 200 + left)

        self.disk.commit(threshold=threshold, max_rounds=rounds, on_progress=guest)
        assert self.disk.leftover == ()
        assert content(self.path) == self.model
        self.snapshot = self.frozen = None

    @rule()
    def close_and_open_again(self) -> None:
        self.disk.close()
        self.disk = LiveDisk(self.path, storage=QuietStorage())
        self.snapshot = self.frozen = None

    @rule()
    def lose_the_process_and_open_again(self) -> None:
        """What the files are now is what a killed process leaves: a copy of them, before anything is closed."""
        left = {one: one.read_bytes() for one in self.folder.iterdir()}
        tracked = self.disk.tracking
        self.disk.close()
        for one, data in left.items():
            one.write_bytes(data)
        self.disk = LiveDisk(self.path, storage=QuietStorage())
        self.snapshot = self.frozen = None
        if tracked:
            known, self.taken = self.taken, {}
            if not self.disk.leftover:
                snapshot = self.disk.create_snapshot()
                for change_id in known:
                    with pytest.raises(UnknownChangeId):
                        snapshot.changed_areas(change_id)
                self.disk.commit()

    @precondition(lambda self: self.disk.leftover)
    @rule()
    def recover(self) -> None:
        with pytest.raises(LeftoverRedoLog):
            self.disk.create_snapshot()
        self.disk.recover()
        assert self.disk.leftover == ()
        assert content(self.path) == self.model

    @precondition(lambda self: self.snapshot is not None)
    @rule(grains=st.integers(0, 3))
    def fail_in_the_middle_of_a_commit(self, grains: int) -> None:
        def disk_full(progress: CommitProgress) -> None:
            if progress.merged > grains * GRAIN:
                raise OSError(28, "No space left on device")

        if self.disk.redo_bytes > (grains + 1) * GRAIN:
            with pytest.raises(OSError):
                self.disk.commit(threshold=0, on_progress=disk_full)
            assert self.disk.leftover
            self.snapshot = self.frozen = None

    @invariant()
    def the_guest_sees_what_it_wrote(self) -> None:
        assert view(self.disk) == self.model

    @invariant()
    def the_snapshot_stands_still(self) -> None:
        if self.snapshot is not None:
            assert view(self.snapshot) == self.frozen

    def teardown(self) -> None:
        self.disk.close()


@pytest.mark.parametrize("make", [raw, flat, sparse])
def test_snapshots_and_commits_against_a_model(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    machine = type("Machine", (SnapshotAgainstModel,), {"folder": tmp_path, "make": staticmethod(make)})
    run_state_machine_as_test(machine, settings=settings(examples(40), stateful_step_count=14))


def test_a_snapshot_that_is_read_is_not_committed(tmp_path: Path) -> None:
    image(tmp_path / "disk")
    disk = LiveDisk(tmp_path / "disk")
    snapshot = disk.create_snapshot()
    disk.write(0, b"new")
    snapshot.hold("px scsi0:1")
    with pytest.raises(StillAttached) as refused:
        disk.commit()
    assert refused.value.holders == ("px scsi0:1",)
    assert view(snapshot)[:3] != b"new"
    snapshot.let_go("px scsi0:1")
    disk.commit()
    for forbidden in (lambda: view(snapshot), lambda: snapshot.hold("px"), disk.commit):
        with pytest.raises(SnapshotGone):
            forbidden()
    disk.close()


def test_there_is_one_snapshot_at_a_time(tmp_path: Path) -> None:
    image(tmp_path / "disk")
    disk = LiveDisk(tmp_path / "disk")
    disk.create_snapshot()
    with pytest.raises(SnapshotExists):
        disk.create_snapshot()
    with pytest.raises(SnapshotExists):
        disk.recover()
    disk.commit()
    assert disk.recover().bytes_merged == 0
    disk.close()


def test_the_stun_is_measured_with_the_clock_that_is_given(tmp_path: Path) -> None:
    image(tmp_path / "disk")
    ticks = iter([1.0, 1.25, 10.0, 12.5])
    disk = LiveDisk(tmp_path / "disk", clock=lambda: next(ticks))
    assert disk.create_snapshot().stun_seconds == 0.25
    disk.write(0, b"x" * GRAIN)
    assert disk.commit().stun_seconds == 2.5
    disk.close()


def test_a_killed_process_leaves_its_redo_log_and_the_writes_in_it(tmp_path: Path) -> None:
    before = image(tmp_path / "disk")
    program = (
        "import os, pathlib, sys\n"
        "from vbtui.engine import LiveDisk\n"
        "disk = LiveDisk(pathlib.Path(sys.argv[1]))\n"
        "disk.create_snapshot()\n"
        "disk.write(70_000, b'written before the end')\n"
        "os._exit(9)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "disk")]
    assert subprocess.run(command, check=False, timeout=PATIENCE).returncode == 9
    disk = LiveDisk(tmp_path / "disk")
    assert [path.name for path in disk.leftover] == ["disk-000001.vmdk"]
    assert (tmp_path / "disk").read_bytes() == before
    disk.recover()
    disk.close()
    assert (tmp_path / "disk").read_bytes()[70_000:70_022] == b"written before the end"
    assert list(tmp_path.iterdir()) == [tmp_path / "disk"]
