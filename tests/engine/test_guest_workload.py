"""The guest writes what its seed says, comes to rest when it is frozen, and reports its own failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from patience import wait_until

from vbtui.engine import Consistency, Guest, GuestState, GuestWrite, LiveDisk, examine, examine_machine
from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import GuestFailed, GuestStalled
from vbtui.engine.guest.application import WriteKind
from vbtui.engine.guest.ledger_layout import machine_identity
from vbtui.vocabulary import MiB

SampleFactory = Callable[..., Path]


def state_of(*paths: Path) -> GuestState:
    """Of image files, read past the engine."""

    def disk(path: Path) -> tuple[Callable[[int, memoryview], None], int]:
        data = path.read_bytes()

        def read(offset: int, view: memoryview) -> None:
            view[:] = data[offset : offset + len(view)]

        return read, len(data)

    return examine_machine([disk(path) for path in paths])


def at_least(guest: Guest, transactions: int) -> None:
    """Wait until the guest has done so many."""
    wait_until(lambda: guest.error is not None or guest.transactions >= transactions)
    assert guest.error is None


def test_every_write_is_told_and_stays_in_allocated_areas(sample: SampleFactory) -> None:
    path = sample(mebibytes=24)
    model = bytearray(path.read_bytes())
    blocks = path.stat().st_blocks
    disk = LiveDisk(path)
    extents = disk.extents()
    writes: list[GuestWrite] = []
    marks = BlockMap(24)
    guest = Guest({"d": disk}, 5, interval=0, progress={"d": marks}.get, on_write=writes.append)
    guest.start()
    assert guest.wait_for(before_read=20)
    marks.set_run(0, 24, BlockState.READ)
    assert guest.wait_for(after_read=20)
    guest.stop()
    assert guest.writes == len(writes) == writes[-1].sequence + 1
    assert {write.kind for write in writes} == set(WriteKind) - {WriteKind.ERASE} | {writes[0].kind}
    for write in writes:
        end = write.offset + len(write.data)
        assert any(extent.offset <= write.offset and end <= extent.end for extent in extents)
        model[write.offset : end] = write.data
    disk.close()
    assert path.read_bytes() == model
    assert path.stat().st_blocks == blocks


def test_nobody_waits_for_a_write_that_can_go_nowhere(sample: SampleFactory) -> None:
    """Everything has been read: it would have to wait as long as it may."""
    disk = LiveDisk(sample(mebibytes=4))
    marks = BlockMap(4)
    marks.set_run(0, 4, BlockState.READ)
    guest = Guest({"d": disk}, 5, interval=0, progress={"d": marks}.get)
    guest.start()
    assert not guest.wait_for(before_read=1, timeout=threading.TIMEOUT_MAX)
    assert guest.wait_for(after_read=guest.writes_after_read + 20)
    guest.stop()
    disk.close()


def test_the_same_seed_gives_the_same_disk(sample: SampleFactory) -> None:
    images = []
    for name in ("one", "other"):
        path = sample("disk", mebibytes=4).rename(sample("disk", mebibytes=4).with_name(name))
        disk = LiveDisk(path)
        stop = threading.Event()

        def until(write: GuestWrite, *, stop: threading.Event = stop) -> None:
            if write.transaction == 30:
                stop.set()
                raise OSError

        guest = Guest({"d": disk}, 5, interval=0, on_write=until)
        guest.start()
        assert stop.wait(20)
        with pytest.raises(GuestFailed):
            guest.stop()
        disk.close()
        images.append(path.read_bytes())
    assert images[0] == images[1]
    assert machine_identity(5, ["d"]) in images[0]


def test_nothing_is_written_while_frozen_and_again_after_the_release(sample: SampleFactory) -> None:
    path = sample(mebibytes=4)
    disk = LiveDisk(path)
    marks = BlockMap(4)
    guest = Guest({"d": disk}, 5, interval=0, progress={"d": marks}.get)
    guest.start()
    assert guest.wait_for(before_read=5)
    guest.freeze()
    frozen, writes = path.read_bytes(), guest.writes
    assert not guest.wait_for(before_read=writes + 1, timeout=0.05)
    assert (path.read_bytes(), guest.writes) == (frozen, writes)
    guest.release()
    assert guest.wait_for(before_read=writes + 5)
    guest.stop()
    guest.stop()
    disk.close()


def test_a_frozen_guest_gives_an_application_consistent_snapshot_and_an_unfrozen_one_a_crash_consistent_one(
    sample: SampleFactory,
) -> None:
    paths = [sample(name, mebibytes=4) for name in ("a.img", "b.img")]
    disks = {path.name: LiveDisk(path) for path in paths}
    in_record, go_on = threading.Event(), threading.Event()

    def hold(write: GuestWrite) -> None:
        if write.kind is WriteKind.RECORD and write.transaction == 20:
            in_record.set()
            go_on.wait(20)

    guest = Guest(disks, 5, interval=0, on_write=hold)
    guest.start()
    assert in_record.wait(20)
    for disk in disks.values():  # nobody has frozen the guest
        disk.create_snapshot()
    go_on.set()
    at_least(guest, 25)
    state = state_of(*paths)
    assert (state.consistency, state.committed, state.in_flight) == (Consistency.CRASH, 19, 1)
    for disk in disks.values():
        disk.commit()
    for _ in range(3):
        guest.freeze()
        done = guest.transactions
        for disk in disks.values():
            disk.create_snapshot()
        guest.release()
        at_least(guest, done + 3)
        assert state_of(*paths) == GuestState(Consistency.APPLICATION, committed=done, disks=2)
        for disk in disks.values():
            disk.commit()
    guest.stop()
    assert state_of(*paths).consistency is Consistency.CRASH
    for disk in disks.values():
        disk.close()


def test_a_guest_goes_on_where_it_was_stopped(sample: SampleFactory) -> None:
    path = sample(mebibytes=4)
    last = 0
    for _ in range(3):
        disk = LiveDisk(path)
        guest = Guest({"d": disk}, 5, interval=0)
        guest.start()
        at_least(guest, last + 5)
        guest.stop()
        state = examine(disk.read_into, disk.size)
        disk.close()
        assert state.consistency is Consistency.CRASH
        assert last + 5 <= guest.transactions <= state.committed
        last = state.committed


def test_a_freeze_waits_for_the_write_in_flight(sample: SampleFactory) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    in_flight, finish = threading.Event(), threading.Event()

    def hold(_write: GuestWrite) -> None:
        in_flight.set()
        finish.wait(30)

    guest = Guest({"d": disk}, 5, interval=0, on_write=hold)
    guest.start()
    assert in_flight.wait(10)
    with pytest.raises(GuestStalled):
        guest.freeze(timeout=0.05)
    finish.set()
    guest.freeze()
    writes = guest.writes
    assert writes >= 1
    guest.stop()
    assert guest.writes == writes
    disk.close()


def test_a_freeze_does_not_wait_for_the_pace(sample: SampleFactory) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    guest = Guest({"d": disk}, 5, interval=3600)
    guest.start()
    guest.freeze()
    assert examine(disk.read_into, disk.size).consistency is Consistency.APPLICATION
    guest.stop()
    disk.close()


def test_a_guest_can_be_stopped_while_it_is_frozen(sample: SampleFactory) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    guest = Guest({"d": disk}, 5)
    guest.freeze()  # nothing is in flight before it has started
    guest.release()
    guest.start()
    guest.freeze()
    guest.stop()
    disk.close()


def test_a_failed_write_ends_the_guest_and_is_told(sample: SampleFactory) -> None:
    disk = LiveDisk(sample(mebibytes=1))

    def fail(_write: GuestWrite) -> None:
        raise OSError(5, "Input/output error")

    guest = Guest({"d": disk}, 5, on_write=fail)
    guest.start()
    assert not guest.wait_for(before_read=1)
    for tell in (guest.freeze, guest.stop):
        with pytest.raises(GuestFailed) as failed:
            tell()
        assert isinstance(failed.value.__cause__, OSError)
    disk.close()


def test_a_disk_without_allocated_areas_has_an_idle_guest(tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(MiB)
    disk = LiveDisk(tmp_path / "hole")
    guest = Guest({"d": disk}, 5)
    guest.start()
    assert not guest.wait_for(before_read=1)
    guest.freeze()
    guest.release()
    guest.stop()
    assert guest.writes == 0
    disk.close()


def test_a_fast_guest_writes_to_more_grains_than_a_stun_may_merge(sample: SampleFactory) -> None:
    """A merge that is slower than the guest never gets down to the threshold."""
    disk = LiveDisk(sample(mebibytes=16))
    guest = Guest({"d": disk}, 5, interval=0)
    disk.create_snapshot()
    guest.start()
    at_least(guest, 60)
    guest.stop()
    assert disk.redo_bytes > MiB
    disk.commit()
    disk.close()
