"""The health check names what is damaged, whom it harms, and what to read again; the next increment heals it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import vbx_reader
from restore_chains import begin_point, read_back, send, write_point
from restore_points import BLOCK, content_of

from vbtui.engine import BrokenChain, ChainFault, Damage, PointMetadata, Repository
from vbtui.engine.block import HEAD_SIZE, BlockHead, BlockKind
from vbtui.engine.errors import Cancelled, ProtocolError
from vbtui.engine.repository import DamagedBlock, DamagedPart
from vbtui.engine.repository.layout import FOOTER_SIZE, Footer

STATES = {
    "p1": {"d": content_of("abcdr.b"), "x": content_of("12")},
    "p2": {"d": content_of("abQdr.b"), "x": content_of("1b")},
    "p3": {"d": content_of("aRQdr.b"), "x": content_of("3b")},
}


@pytest.fixture
def three(repository: Repository) -> Repository:
    parent = None
    for number, (point, disks) in enumerate(STATES.items()):
        write_point(repository, point, disks, parent, created_ms=number)
        parent = point
    return repository


def record_at(repository: Repository, point: str, disk: int, block: int) -> tuple[int, int]:
    """Byte of the file and size of the record of a block."""
    with repository.open(point) as opened:
        position = opened.position(disk, block)
        assert position is not None
        return opened.offset_at(position), HEAD_SIZE + opened.payload_size_at(position)


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def test_a_healthy_vm_is_healthy(three: Repository) -> None:
    write_point(three, "o1", {"d": content_of("z")}, vm="other")
    flip(three.path / "o1.vbx", record_at(three, "o1", 0, 0)[0])
    report = three.health_check("vm")
    assert report.ok
    assert (report.points, report.parent, report.reread, report.affected) == (("p1", "p2", "p3"), "p3", {}, ())
    # p1: a b c d r 1 2; p2: Q; p3: R 3.
    assert report.checked == 10
    assert three.health_check("vm", deep=False).ok
    assert not three.health_check("other").ok
    assert three.health_check("nobody").points == ()


def test_a_damaged_record_is_named_with_all_that_it_harms(three: Repository) -> None:
    offset, size = record_at(three, "p1", 0, 1)
    flip(three.path / "p1.vbx", offset + HEAD_SIZE)
    report = three.health_check("vm")
    (record,) = report.records
    assert (record.point, record.path, record.disk, record.block) == ("p1", three.path / "p1.vbx", "d", 1)
    assert (record.damage, record.offset, record.size) == (Damage.PAYLOAD, offset, size)
    assert record.affects == report.affected == ("p1", "p2", "p3")
    blocks = [
        ("p1", "d", 1),
        ("p1", "d", 6),
        ("p2", "d", 1),
        ("p2", "d", 6),
        ("p2", "x", 1),
        ("p3", "d", 6),
        ("p3", "x", 1),
    ]
    assert report.blocks == tuple(
        (point, DamagedBlock(disk, block, Damage.PAYLOAD, "p1", offset)) for point, disk, block in blocks
    )
    assert report.reread == {"d": {6}, "x": {1}}
    for point in STATES:
        assert set(three.verify(point).damaged) == {block for name, block in report.blocks if name == point}


def test_the_next_increment_heals_and_all_later_ones_are_whole(three: Repository) -> None:
    flip(three.path / "p1.vbx", record_at(three, "p1", 0, 1)[0] + HEAD_SIZE)
    reread = three.health_check("vm").reread
    p4 = {"d": content_of("aRQbr.b"), "x": content_of("3b")}
    write_point(three, "p4", p4, "p3", reread=reread, created_ms=4)
    # The content is stored once more, though p3 has it by name, and block 3 is made of the new record.
    with three.open("p4") as opened:
        kinds = [opened.entry(position).kind.name for position in range(len(opened.keys))]
    assert sorted(kinds) == ["DATA", "DUPLICATE", "DUPLICATE"]
    p5 = {"d": content_of("bRQbr.b"), "x": content_of("bb")}
    write_point(three, "p5", p5, "p4", created_ms=5)
    for point, disks in (("p4", p4), ("p5", p5)):
        assert three.verify(point).ok
        assert read_back(three, point) == disks == vbx_reader.read_point(three.path, point)
    report = three.health_check("vm")
    assert (report.affected, report.parent, report.reread) == (("p1", "p2", "p3"), "p5", {})
    # When the damaged points go, the damage goes with them.
    three.expire(["p1", "p2", "p3"])
    assert three.health_check("vm").ok
    assert read_back(three, "p4") == p4
    assert read_back(three, "p5") == p5


def test_without_reading_again_nothing_new_leans_on_the_damaged_block_unknowingly(three: Repository) -> None:
    """What the writer was told is damaged is no content of the parent: it is neither unchanged nor known."""
    reread = {"d": [6], "x": [1]}
    with begin_point(three, "p4", STATES["p3"], "p3", reread=reread) as writer:
        disk = writer.disk("d")
        assert disk.known is not None
        assert disk.known.digest_of(6) is None
        with three.open_chain("p3") as chain:
            assert not disk.known.holds(chain.digest(0, 6))
        with pytest.raises(ProtocolError):
            disk.place(BlockHead(BlockKind.UNCHANGED, 0, 6), memoryview(b""))
        send(writer, "x", STATES["p3"]["x"], reread["x"])
        assert disk.known.holds(chain.digest(0, 6))  # from now on the new point has it itself


def test_a_damaged_page_of_an_increments_index_is_healed_as_well(repository: Repository) -> None:
    """The blocks that the page may have spoken of are read again: more than were damaged, never fewer."""
    write_point(repository, "p1", {"d": content_of("abcdefgh")}, created_ms=1)
    write_point(repository, "p2", {"d": content_of("abXdefYh")}, "p1", created_ms=2)
    path = repository.path / "p2.vbx"
    data = path.read_bytes()
    page = Footer.unpack(data[-FOOTER_SIZE:], len(data)).index_offset
    flip(path, page + 20)
    report = repository.health_check("vm")
    assert report.parts == (DamagedPart("p2", Damage.INDEX),)
    assert [block.block for _, block in report.blocks] == list(range(8))
    assert {(block.damage, block.point, block.offset) for _, block in report.blocks} == {(Damage.INDEX, "p2", page)}
    # Its structure is damaged: the next increment builds on the point before it.
    assert (report.parent, report.reread) == ("p1", {})
    # Told to build on it all the same, everything must come.
    p3 = {"d": content_of("abXdefYZ")}
    reread = {"d": range(8)}
    write_point(repository, "p3", p3, "p2", reread=reread, created_ms=3)
    assert read_back(repository, "p3") == p3
    assert repository.verify("p3").damaged == ()


def test_damaged_frames_and_broken_chains_are_named(three: Repository) -> None:
    write_point(three, "q1", {"d": content_of("ab")}, created_ms=9)
    write_point(three, "q2", {"d": content_of("ac")}, "q1", created_ms=10)
    (three.path / "q1.vbx").write_bytes((three.path / "q1.vbx").read_bytes()[:-1])
    report = three.health_check("vm")
    (broken,) = report.broken
    assert isinstance(broken, BrokenChain)
    assert (broken.asked, broken.parent, broken.reason) == ("q2", "q1", ChainFault.DAMAGED)
    assert (report.affected, report.parent) == (("q2",), "p3")


def test_a_record_of_a_broken_chain_is_checked_too(three: Repository) -> None:
    (three.path / "p1.vbx").unlink()
    offset, _ = record_at(three, "p2", 0, 2)
    flip(three.path / "p2.vbx", offset)
    report = three.health_check("vm")
    (record,) = report.records
    assert (record.point, record.damage, record.offset) == ("p2", Damage.RECORD, offset)
    assert [one.asked for one in report.broken] == ["p3", "p2"]
    assert report.parent is None


def test_a_health_check_tells_its_progress_and_can_be_stopped(three: Repository) -> None:
    seen: list[tuple[int, int]] = []
    report = three.health_check("vm", on_progress=lambda *at: seen.append(at))
    assert seen[-1] == (report.bytes_read, report.bytes_read)
    assert seen == sorted(seen)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        three.health_check("vm", stop=stop)


def test_the_block_that_was_read_again_may_have_changed_meanwhile(three: Repository) -> None:
    flip(three.path / "p1.vbx", record_at(three, "p1", 0, 0)[0] + HEAD_SIZE)
    p4 = {"d": b"new" + content_of("aRQdr.b")[3:], "x": content_of("3b")}
    with begin_point(three, "p4", p4, "p3", reread=three.health_check("vm").reread) as writer:
        for name, content in p4.items():
            send(writer, name, content, [0])
        writer.finish(PointMetadata())
    assert three.verify("p4").ok
    assert read_back(three, "p4") == p4
    assert len(p4["d"]) % BLOCK == 0
