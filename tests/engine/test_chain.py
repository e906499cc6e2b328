"""A point that builds on others restores to what was written, or is refused with the reason."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import vbx_reader
from patience import joined
from restore_chains import begin_point, read_back, send, write_point
from restore_points import BLOCK, content_of

from vbtui.engine import (
    BrokenChain,
    ChainFault,
    DamagedPoint,
    DiskInfo,
    PointKind,
    PointMetadata,
    PointState,
    Repository,
)
from vbtui.engine.block import BlockHead, BlockKind
from vbtui.engine.errors import PointIncomplete, ProtocolError, UnknownPoint
from vbtui.engine.repository.layout import EntryKind

NOTHING = memoryview(b"")


def three_points(repository: Repository) -> dict[str, dict[str, bytes]]:
    """A full and two increments: blocks change, move, become zeros; a disk grows, another comes."""
    states = {
        "p1": {"system": content_of("abcdr.e"), "data": content_of("xyz")},
        "p2": {"system": content_of("abQdr.a"), "data": content_of("xyzx")},
        "p3": {"data": content_of(".yd", tail=512), "system": content_of("abQar.a"), "new": content_of("rN")},
    }
    parent = None
    for point, disks in states.items():
        write_point(repository, point, disks, parent)
        parent = point
    return states


def kinds(repository: Repository, point: str) -> list[tuple[str, int, str]]:
    with repository.open(point) as opened:
        entries = [opened.entry(position) for position in range(len(opened.keys))]
        return [(opened.header.disks[one.disk].name, one.block, one.kind.name) for one in entries]


def test_every_point_of_a_chain_restores_and_an_independent_reader_agrees(repository: Repository) -> None:
    states = three_points(repository)
    for point, disks in states.items():
        assert read_back(repository, point) == disks
        assert vbx_reader.read_point(repository.path, point) == disks
        assert repository.verify(point).ok
        assert repository.verify(point, deep=False).ok


def test_an_increment_says_only_what_differs(repository: Repository) -> None:
    three_points(repository)
    assert kinds(repository, "p2") == [("system", 2, "DATA"), ("system", 6, "PARENT"), ("data", 3, "PARENT")]
    assert kinds(repository, "p3") == [
        ("data", 0, "ZERO"),
        ("data", 2, "PARENT"),  # on another disk of the parent
        ("data", 3, "DATA"),
        ("system", 3, "PARENT"),
        ("new", 0, "PARENT"),
        ("new", 1, "DATA"),
    ]


def test_a_point_is_listed_with_its_place_in_the_chain(repository: Repository) -> None:
    three_points(repository)
    assert [(one.point, one.kind, one.sequence, one.parent, one.chain, one.state) for one in repository.points()] == [
        ("p1", PointKind.FULL, 1, None, "p1", PointState.WHOLE),
        ("p2", PointKind.INCREMENTAL, 2, "p1", "p1", PointState.WHOLE),
        ("p3", PointKind.INCREMENTAL, 3, "p2", "p1", PointState.WHOLE),
    ]
    latest = repository.latest("vm")
    assert latest is not None
    assert latest.point == "p3"
    assert repository.latest("other") is None


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def garbage(path: Path) -> None:
    path.write_bytes(b"?" * 9000)


@pytest.mark.parametrize(
    ("harm", "reason", "state"),
    [
        (remove, ChainFault.MISSING, PointState.PARENT_MISSING),
        (cut, ChainFault.DAMAGED, PointState.PARENT_DAMAGED),
        (garbage, ChainFault.DAMAGED, PointState.PARENT_DAMAGED),
    ],
)
def test_a_chain_that_is_broken_says_where_and_why(
    repository: Repository, harm: Callable[[Path], None], reason: ChainFault, state: PointState
) -> None:
    three_points(repository)
    harm(repository.path / "p1.vbx")
    for point in ("p2", "p3"):
        with pytest.raises(BrokenChain) as broken:
            repository.open_chain(point)
        assert (broken.value.asked, broken.value.point, broken.value.parent, broken.value.reason) == (
            point,
            "p2",
            "p1",
            reason,
        )
        report = repository.verify(point)
        assert not report.ok
        assert report.broken is not None
        assert report.broken.reason is reason
    found = {one.point: (one.state, one.broken_at) for one in repository.points()}
    assert found["p2"] == found["p3"] == (state, "p2")
    assert repository.latest("vm") is None


def test_a_file_in_the_parents_place_is_no_parent(repository: Repository, tmp_path: Path) -> None:
    three_points(repository)
    other = Repository(tmp_path / "other")
    write_point(other, "p1", {"system": content_of("zzzzzzz"), "data": content_of("xyz")})
    (other.path / "p1.vbx").replace(repository.path / "p1.vbx")
    with pytest.raises(BrokenChain) as broken:
        repository.open_chain("p3")
    assert broken.value.reason is ChainFault.WRONG
    assert {one.state for one in repository.points()} == {PointState.WHOLE, PointState.PARENT_WRONG}


def test_a_file_under_another_name_is_not_that_point(repository: Repository) -> None:
    three_points(repository)
    (repository.path / "p2.vbx").rename(repository.path / "p9.vbx")
    with pytest.raises(DamagedPoint):
        repository.open_chain("p9")
    with pytest.raises(BrokenChain) as broken:
        repository.open_chain("p3")
    assert broken.value.reason is ChainFault.MISSING


def test_two_files_that_name_each_other_are_a_loop(repository: Repository) -> None:
    """Made by forging headers: nothing that this program writes can become one."""
    three_points(repository)
    roots = {}
    for point in ("p2", "p3"):
        with repository.open(point) as opened:
            roots[point] = opened.footer.content_root
    forge_header(repository.path / "p2.vbx", parent_id="p3", parent_root=roots["p3"])
    for point in ("p2", "p3"):
        with pytest.raises(BrokenChain) as broken:
            repository.open_chain(point)
        assert broken.value.reason is ChainFault.LOOP
    states = {one.point: one.state for one in repository.points()}
    assert states["p2"] is states["p3"] is PointState.LOOP


def forge_header(path: Path, **fields: object) -> None:
    """Change the header and make every checksum of the file right again, as an attacker would."""
    import zlib

    from vbtui.engine.repository.layout import FOOTER_SIZE, Footer, PointHeader, pack_page, page_crc  # noqa: F401

    data = bytearray(path.read_bytes())
    header = replace(PointHeader.unpack(bytes(data[:4096])), **fields).pack()  # type: ignore[arg-type]
    assert len(header) == 4096
    data[:4096] = header
    footer = Footer.unpack(bytes(data[-FOOTER_SIZE:]), len(data))
    structure = zlib.crc32(header[-4:])
    for page in range(footer.index_pages):
        at = footer.index_offset + page * 65536
        structure = zlib.crc32(data[at + 12 : at + 16], structure)
    data[-FOOTER_SIZE:] = replace(footer, structure_crc=structure).pack()
    path.write_bytes(data)


def test_nothing_is_unchanged_without_a_parent_or_beyond_it(repository: Repository) -> None:
    with begin_point(repository, "p1", {"d": bytes(2 * BLOCK)}) as writer:
        disk = writer.disk("d")
        assert disk.known is None
        with pytest.raises(ProtocolError):
            disk.place(BlockHead(BlockKind.UNCHANGED, 0, 0), NOTHING)
    write_point(repository, "p1", {"d": content_of("ab", tail=512)})
    with begin_point(repository, "p2", {"d": content_of("abcd")}, "p1") as writer:
        disk = writer.disk("d")
        assert disk.known is not None
        assert [disk.known.digest_of(block) is not None for block in range(4)] == [True, True, False, False]
        disk.place(BlockHead(BlockKind.UNCHANGED, 0, 0, run=2), NOTHING)
        with pytest.raises(ProtocolError):  # it was shorter
            disk.place(BlockHead(BlockKind.UNCHANGED, 0, 2), NOTHING)
        with pytest.raises(ProtocolError):
            disk.place(BlockHead(BlockKind.UNCHANGED, 0, 0), NOTHING)
        with pytest.raises(PointIncomplete) as incomplete:
            writer.finish(PointMetadata())
        assert (incomplete.value.disk, incomplete.value.block) == ("d", 2)
    assert [one.point for one in repository.points()] == ["p1"]


def test_a_duplicate_of_what_nobody_has_is_refused(repository: Repository) -> None:
    write_point(repository, "p1", {"d": content_of("ab")})
    with begin_point(repository, "p2", {"d": content_of("ab")}, "p1") as writer:
        disk = writer.disk("d")
        disk.place(BlockHead(BlockKind.UNCHANGED, 0, 0), NOTHING)
        disk.place(BlockHead(BlockKind.DUPLICATE, 0, 1, BLOCK, digest=b"?" * 32), NOTHING)
        with pytest.raises(PointIncomplete):
            writer.finish(PointMetadata())


def test_disks_may_come_go_shrink_and_grow(repository: Repository) -> None:
    states = {
        "p1": {"a": content_of("abc", tail=512), "b": content_of("mno")},
        "p2": {"b": content_of("m"), "c": content_of("abc")},
        "p3": {"a": content_of("abcd"), "b": content_of("mno")},
        "p4": {"b": content_of("mn", tail=1024), "a": content_of("ab", tail=512)},
    }
    parent = None
    for point, disks in states.items():
        write_point(repository, point, disks, parent)
        parent = point
    for point, disks in states.items():
        assert read_back(repository, point) == disks == vbx_reader.read_point(repository.path, point)


def test_a_parent_of_another_vm_or_none_is_refused(repository: Repository) -> None:
    write_point(repository, "p1", {"d": content_of("ab")})
    with pytest.raises(ValueError):
        begin_point(repository, "p2", {"d": content_of("ab")}, "p1", vm="other")
    with pytest.raises(UnknownPoint):
        begin_point(repository, "p2", {"d": content_of("ab")}, "p0")


def test_a_point_whose_parent_went_meanwhile_is_not_finished(repository: Repository) -> None:
    write_point(repository, "p1", {"d": content_of("ab")})
    with begin_point(repository, "p2", {"d": content_of("ac")}, "p1") as writer:
        send(writer, "d", content_of("ac"))
        (repository.path / "p1.vbx").unlink()
        with pytest.raises(BrokenChain) as broken:
            writer.finish(PointMetadata())
        assert broken.value.reason is ChainFault.MISSING
    assert list(repository.path.iterdir()) == []


def test_hash_and_block_size_are_the_chains(repository: Repository) -> None:
    write_point(repository, "p1", {"d": content_of("ab")})
    with repository.begin("vm", "p2", [DiskInfo("d", BLOCK)], created_ms=0, parent="p1") as writer:
        disk = writer.disk("d")
        with repository.open("p1") as first:
            assert (disk.block_size, disk.algorithm) == (first.header.block_size, first.header.algorithm)


def test_many_threads_may_read_one_chain(repository: Repository) -> None:
    states = three_points(repository)
    wrong: list[int] = []
    with repository.open_chain("p3") as chain:

        def read(start: int) -> None:
            number = chain.disk("system")
            assert number is not None
            for turn in range(50):
                block = (start + turn) % chain.blocks(number)
                plain = chain.read_block(number, block)
                expected = states["p3"]["system"][block * BLOCK : (block + 1) * BLOCK]
                if (bytes(BLOCK) if plain is None else bytes(plain)) != expected:
                    wrong.append(block)

        threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        joined(threads)
    assert wrong == []


def test_a_block_is_located_in_the_file_that_holds_it(repository: Repository) -> None:
    three_points(repository)
    with repository.open_chain("p3") as chain:
        system = chain.disk("system")
        assert system is not None
        places = [chain.locate(system, block) for block in range(chain.blocks(system))]
        assert [(point.header.point_id, entry.kind, entry.block) for point, entry in places] == [
            ("p1", EntryKind.DATA, 0),
            ("p1", EntryKind.DATA, 1),
            ("p2", EntryKind.DATA, 2),
            ("p1", EntryKind.DATA, 0),
            ("p1", EntryKind.DATA, 4),
            ("p1", EntryKind.ZERO, 5),
            ("p1", EntryKind.DATA, 0),
        ]
        with pytest.raises(IndexError):
            chain.locate(system, 99)
        with pytest.raises(IndexError):
            chain.digest(9, 0)
