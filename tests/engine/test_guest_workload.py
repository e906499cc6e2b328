"""The guest writes what its seed says, stands still while frozen, and reports its own failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vbtui.engine import Guest, GuestWrite, LiveDisk, guest_pattern
from vbtui.engine.block_map import BlockMap, BlockState
from vbtui.engine.errors import GuestFailed, GuestStalled
from vbtui.vocabulary import MiB


def test_every_write_is_known_from_the_seed_and_stays_in_allocated_areas(sample: Callable[..., Path]) -> None:
    path = sample(mebibytes=24)
    model = bytearray(path.read_bytes())
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
    for write in writes:
        assert any(extent.offset <= write.offset and write.offset + 4096 <= extent.end for extent in extents)
        model[write.offset : write.offset + 4096] = guest_pattern(5, write.sequence)
    disk.close()
    assert path.read_bytes() == model


def test_nothing_is_written_while_frozen_and_again_after_the_release(sample: Callable[..., Path]) -> None:
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


def test_a_freeze_waits_for_the_write_in_flight(sample: Callable[..., Path]) -> None:
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


def test_a_guest_can_be_stopped_while_it_is_frozen(sample: Callable[..., Path]) -> None:
    disk = LiveDisk(sample(mebibytes=1))
    guest = Guest({"d": disk}, 5)
    guest.start()
    guest.freeze()
    guest.stop()
    disk.close()


def test_a_failed_write_ends_the_guest_and_is_told(sample: Callable[..., Path]) -> None:
    disk = LiveDisk(sample(mebibytes=1))

    def fail(_write: GuestWrite) -> None:
        raise OSError(5, "Input/output error")

    guest = Guest({"d": disk}, 5, on_write=fail)
    guest.start()
    assert not guest.wait_for(before_read=1)
    with pytest.raises(GuestFailed) as failed:
        guest.stop()
    assert isinstance(failed.value.__cause__, OSError)
    disk.close()


def test_a_disk_without_allocated_areas_has_an_idle_guest(tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as file:
        file.truncate(MiB)
    disk = LiveDisk(tmp_path / "hole")
    guest = Guest({"d": disk}, 5)
    guest.start()
    guest.stop()
    assert guest.writes == 0
    disk.close()
