"""Files that somebody has made or changed on purpose: refused with file and place, cheaply, and never a wrong byte."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from forged_points import STATES, Parts, outcome, take_apart, write_states
from restore_chains import begin_point, write_point
from restore_points import BLOCK, content_of

from vbtui.engine import (
    BrokenChain,
    ChainFault,
    Damage,
    DamagedBlocks,
    DamagedPoint,
    DiskInfo,
    PointMetadata,
    PointState,
    Repository,
)
from vbtui.engine.block import BlockHead, BlockKind
from vbtui.engine.errors import ChainTooLong
from vbtui.engine.repository import chain as chain_module
from vbtui.engine.repository import listing
from vbtui.engine.repository import repository as repository_module
from vbtui.engine.repository.damage import BlockDamaged
from vbtui.engine.repository.layout import (
    ENTRIES_PER_PAGE,
    FOOTER_SIZE,
    PAGE_SIZE,
    EntryKind,
    Footer,
    PointKind,
    content_root,
)


@pytest.fixture
def three(repository: Repository) -> Repository:
    return write_states(repository)


def test_taking_a_file_apart_and_together_changes_nothing(three: Repository) -> None:
    for point in STATES:
        path = three.path / f"{point}.vbx"
        before = path.read_bytes()
        take_apart(path).write(path)
        assert path.read_bytes() == before
        assert outcome(three, point) == "whole"


def entry_with(number: int, **fields: Any) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        parts.entries[number] = replace(parts.entries[number], **fields)

    return change


def swap(parts: Parts) -> None:
    parts.entries[0], parts.entries[1] = parts.entries[1], parts.entries[0]


def twice(parts: Parts) -> None:
    parts.entries.insert(0, parts.entries[0])


def drop(parts: Parts) -> None:
    del parts.entries[-1]


def none_left(parts: Parts) -> None:
    parts.entries.clear()


# p3: (d 1 DATA R), (d 6 ZERO), (x 0 DATA 3); p2: (d 2 DATA Q), (x 1 PARENT of d 1).
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (entry_with(1, from_disk=9), "reference"),
        (entry_with(1, digest=b"?" * 32), "damaged-point"),
        (entry_with(1, from_block=2**32 - 1), "reference"),
        (entry_with(0, block=2**32 - 1), "index"),
        (entry_with(0, disk=2**32 - 1), "index"),
        (entry_with(0, offset=2**64 - 1), "reference"),
        (entry_with(0, payload_size=2**32 - 1), "reference"),
        (entry_with(0, kind=EntryKind.PARENT, from_disk=0, from_block=2), "reference"),
        (entry_with(0, kind=EntryKind.DUPLICATE, from_disk=0, from_block=1), "reference"),
        (entry_with(0, kind=EntryKind.HOLE), "hash"),
        (swap, "index"),
        (twice, "index"),
        (drop, "damaged-point"),
        (none_left, "damaged-point"),
    ],
)
def test_a_forged_index_of_an_increment_gives_no_wrong_byte(
    three: Repository, change: Callable[[Parts], None], found: str
) -> None:
    path = three.path / "p2.vbx"
    parts = take_apart(path)
    change(parts)
    parts.write(path)
    assert outcome(three, "p2") == found
    report = three.verify("p2")
    assert not report.ok
    assert found == "damaged-point" or found in {str(block.damage) for block in report.damaged}
    assert not three.health_check("vm").ok
    outcome(three, "p3")


def test_a_block_of_a_bigger_disk_that_nobody_speaks_of_is_found(three: Repository) -> None:
    path = three.path / "p2.vbx"
    parts = take_apart(path)
    parts.header = replace(parts.header, disks=(DiskInfo("d", len(STATES["p2"]["d"]) + 512), *parts.header.disks[1:]))
    parts.write(path)
    assert outcome(three, "p2") == "damaged-point"
    assert {block.damage for block in three.verify("p2").damaged} == {Damage.REFERENCE}


@pytest.mark.parametrize("size", [2**32 * BLOCK // 2, 2**63])
def test_an_increment_that_claims_a_huge_disk_is_refused_before_anything_is_allocated(
    three: Repository, size: int
) -> None:
    path = three.path / "p2.vbx"
    parts = take_apart(path)
    parts.header = replace(parts.header, disks=(DiskInfo("d", size), *parts.header.disks[1:]))
    parts.write(path)
    with pytest.raises(DamagedPoint) as refused:
        three.open_chain("p2")
    assert (refused.value.path, refused.value.part) in ((path, Damage.STRUCTURE), (path, Damage.HEADER))
    assert not three.verify("p2").ok


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": PointKind.INCREMENTAL},
        {"kind": PointKind.INCREMENTAL, "parent_id": "p1"},
        {"parent_id": "p2"},
        {"sequence": 0},
        {"disks": (DiskInfo("d", 2**63), DiskInfo("x", 2 * BLOCK))},
    ],
)
def test_a_header_that_contradicts_itself_is_none(three: Repository, fields: dict[str, Any]) -> None:
    path = three.path / "p1.vbx"
    parts = take_apart(path)
    parts.header = replace(parts.header, **fields)
    parts.write(path)
    with pytest.raises(DamagedPoint) as refused:
        three.open("p1")
    assert (refused.value.path, refused.value.part) == (path, Damage.HEADER)
    with pytest.raises(BrokenChain) as broken:
        three.open_chain("p3")
    assert (broken.value.point, broken.value.parent, broken.value.reason) == ("p2", "p1", ChainFault.DAMAGED)


@pytest.mark.parametrize("name", ["../p1", "/etc/passwd", "p1.vbx", "p0", "."])
def test_a_parent_is_only_ever_a_point_of_the_same_folder(three: Repository, name: str) -> None:
    path = three.path / "p2.vbx"
    parts = take_apart(path)
    parts.header = replace(parts.header, parent_id=name)
    parts.write(path)
    (three.path.parent / "p1.vbx").write_bytes((three.path / "p1.vbx").read_bytes())
    with pytest.raises(BrokenChain) as broken:
        three.open_chain("p3")
    assert (broken.value.parent, broken.value.reason) == (name, ChainFault.MISSING)


def test_two_files_that_changed_places_are_both_refused(three: Repository) -> None:
    p1, p2, other = (three.path / name for name in ("p1.vbx", "p2.vbx", "other"))
    p1.rename(other)
    p2.rename(p1)
    other.rename(p2)
    for point in STATES:
        with pytest.raises((DamagedPoint, BrokenChain)):
            three.open_chain(point)
    states = {one.point: one.state for one in three.points()}
    assert states == {"p1": PointState.DAMAGED, "p2": PointState.DAMAGED, "p3": PointState.PARENT_DAMAGED}


def test_a_file_cut_off_at_any_page_is_no_parent(repository: Repository) -> None:
    big = b"".join(b"%08d" % number * (BLOCK // 8) for number in range(ENTRIES_PER_PAGE + 20))
    write_point(repository, "p1", {"d": big})
    write_point(repository, "p2", {"d": big[:-1] + b"x"}, "p1")
    path = repository.path / "p1.vbx"
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    for cut in (4096, footer.index_offset, footer.index_offset + PAGE_SIZE, footer.metadata_offset, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(BrokenChain) as broken:
            repository.open_chain("p2")
        assert broken.value.reason is ChainFault.DAMAGED


def test_a_chain_longer_than_a_chain_may_be_is_none_and_nothing_is_built_on_one(
    three: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files without an entry, each the parent of the next."""
    most = 20
    for module in (chain_module, listing, repository_module):
        monkeypatch.setattr(module, "MAX_POINTS", most)
    parts = take_apart(three.path / "p3.vbx")
    root = parts.footer.content_root
    parts.entries, parts.records = [], b""
    last = "p3"
    for number in range(4, most + 2):
        parts.header = replace(
            parts.header, point_id=f"p{number}", parent_id=last, parent_root=root, sequence=number
        )  # fmt: skip
        last = f"p{number}"
        parts.write(three.path / f"{last}.vbx")
    with three.open_chain(f"p{most}") as opened:
        assert len(opened.points) == most
    with pytest.raises(ChainTooLong):
        begin_point(three, "new", STATES["p3"], f"p{most}")
    with pytest.raises(BrokenChain) as broken:
        three.open_chain(last)
    assert broken.value.reason is ChainFault.LOOP
    (one,) = (one for one in three.points() if one.point == last)
    assert one.state is PointState.LOOP


def test_the_last_place_in_a_chain_has_no_child(three: Repository) -> None:
    path = three.path / "p3.vbx"
    parts = take_apart(path)
    parts.header = replace(parts.header, sequence=2**32 - 1)
    parts.write(path)
    assert outcome(three, "p3") == "whole"
    with pytest.raises(ChainTooLong):
        begin_point(three, "p4", STATES["p3"], "p3")


def test_records_that_overlap_are_not_read_over_and_over(repository: Repository) -> None:
    """Every entry leads into the same bytes: a small file must not be read for hours."""
    write_point(repository, "p1", {"d": content_of("rstuvw")})
    path = repository.path / "p1.vbx"
    parts = take_apart(path)
    first = parts.entries[0]
    parts.entries = [
        entry if entry.kind is not EntryKind.DATA else replace(entry, offset=first.offset) for entry in parts.entries
    ]
    parts.write(path)
    damages = [block.damage for block in repository.verify("p1").damaged]
    assert damages.count(Damage.REFERENCE) == len(damages) == 5


def many_of(number: int) -> bytes:
    return number.to_bytes(8, "little") * (BLOCK // 8)


def test_damaged_pages_cost_only_what_they_may_have_said(repository: Repository) -> None:
    """The middle page of an increment: blocks before, behind, and those that a newer point says anew are not lost."""
    blocks = ENTRIES_PER_PAGE * 3
    first = b"".join(many_of(number) for number in range(blocks))
    second = b"".join(many_of(number + 1) for number in range(blocks))
    middle = ENTRIES_PER_PAGE + 7
    third = second[: middle * BLOCK] + b"n" * BLOCK + second[(middle + 1) * BLOCK :]
    write_point(repository, "p1", {"d": first})
    write_point(repository, "p2", {"d": second}, "p1")
    write_point(repository, "p3", {"d": third}, "p2")
    path = repository.path / "p2.vbx"
    data = bytearray(path.read_bytes())
    footer = Footer.unpack(bytes(data[-FOOTER_SIZE:]), len(data))
    assert footer.index_pages >= 3
    data[footer.index_offset + PAGE_SIZE + 99] ^= 1
    path.write_bytes(data)
    with repository.open("p2") as opened:
        (gap,) = opened.gaps
        low, high = gap.after + 1, gap.before
    lost = [block.block for block in repository.verify("p2").damaged]
    assert lost == list(range(low, high))
    assert middle in lost
    report = repository.verify("p3")
    assert [block.block for block in report.damaged] == [block for block in lost if block != middle]
    assert {block.offset for block in report.damaged} == {footer.index_offset + PAGE_SIZE}
    with repository.open_chain("p3") as chain:
        assert bytes(chain.read_block(0, middle) or b"") == b"n" * BLOCK
        assert bytes(chain.read_block(0, blocks - 1) or b"") == second[-BLOCK:]
        with pytest.raises(BlockDamaged):
            chain.read_block(0, low)
    with pytest.raises(DamagedBlocks):
        repository.merge("p1")


def test_the_root_of_a_forged_point_can_be_made_right_but_then_it_is_another_point(three: Repository) -> None:
    """Whoever changes a parent's content changes its root, and its children say so."""
    path = three.path / "p1.vbx"
    parts = take_apart(path)
    parts.entries[5] = replace(parts.entries[5], digest=parts.entries[0].digest, kind=EntryKind.DUPLICATE)
    digests = b"".join(entry.digest for entry in parts.entries)
    parts.write(path, content_root=content_root(parts.header, digests))
    with three.open_chain("p1") as chain:
        assert bytes(chain.read_block(0, 5) or b"") == b"a" * BLOCK
    for point in ("p2", "p3"):
        with pytest.raises(BrokenChain) as broken:
            three.open_chain(point)
        assert broken.value.reason is ChainFault.WRONG


def test_metadata_larger_than_it_may_be_is_refused(repository: Repository) -> None:
    with begin_point(repository, "p1", {"d": bytes(BLOCK)}) as writer:
        writer.disk("d").place(BlockHead(BlockKind.HOLE, 0, 0), memoryview(b""))
        with pytest.raises(ValueError):
            writer.finish(PointMetadata(configuration="x" * 2**20))
    assert list(repository.path.iterdir()) == []
