"""A disk comes back bit for bit, whole or in part, in every format, or nothing comes back and the reason is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from restore_chains import write_point
from restore_points import BLOCK, content_of
from restored_disks import NAMES, POINTS, damage, names, opened, view, write_points
from strategies import examples
from vmdk_images import content_by_qemu, run, tool

from vbtui.engine import Damage, DamagedBlocks, DamagedPoint, Repository, restore_disk
from vbtui.engine.disk import SECTOR, NewFormat
from vbtui.engine.errors import OutsideDisk, UnknownDisk
from vbtui.engine.repository import DamagedPart
from vbtui.engine.repository.layout import FOOTER_SIZE, Footer


@pytest.fixture
def chained(repository: Repository) -> Repository:
    return write_points(repository)


class Told(list[tuple[int, int]]):
    """Keeps what it is told of the progress."""

    def __call__(self, done: int, total: int) -> None:
        self.append((done, total))


@pytest.mark.parametrize("form", NewFormat)
@pytest.mark.parametrize("point", POINTS)
def test_every_point_of_a_chain_restores_in_every_format(
    chained: Repository, tmp_path: Path, point: str, form: NewFormat
) -> None:
    for disk, content in POINTS[point].items():
        told = Told()
        output = tmp_path / disk / NAMES[form]
        output.parent.mkdir()
        with opened(chained, point) as chain:
            report = restore_disk(chain, disk, output, form=form, on_progress=told)
        assert view(output) == content
        assert report.ok
        assert (report.output, report.offset, report.size) == (output, 0, len(content))
        assert report.written == sum(
            len(one) for one in (content[at : at + BLOCK] for at in range(0, len(content), BLOCK)) if one.strip(b"\0")
        )
        assert told == sorted(told)
        assert told[-1] == (report.written, report.written)
        assert not any(one.endswith(".part") for one in names(output.parent))


@pytest.mark.parametrize("form", NewFormat)
def test_qemu_reads_what_was_restored(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    model, output = tmp_path / "model.img", tmp_path / NAMES[form]
    model.write_bytes(POINTS["p3"]["system"])
    with opened(chained) as chain:
        restore_disk(chain, "system", output, form=form)
    kind = "raw" if form is NewFormat.RAW else "vmdk"
    out = run(tool("qemu-img"), "compare", "-f", "raw", "-F", kind, model, output)
    assert "identical" in out
    if form is NewFormat.VMDK_SPARSE:
        run(tool("qemu-img"), "check", "-f", "vmdk", output)
        assert content_by_qemu(output) == POINTS["p3"]["system"]


@pytest.mark.parametrize("form", [NewFormat.RAW, NewFormat.VMDK_SPARSE])
def test_holes_stay_holes(repository: Repository, tmp_path: Path, form: NewFormat) -> None:
    content = b"a" * BLOCK + bytes(16 * 2**20) + b"b" * BLOCK
    write_point(repository, "p1", {"disk": content})
    with opened(repository, "p1") as chain:
        restore_disk(chain, "disk", tmp_path / NAMES[form], form=form)
    assert view(tmp_path / NAMES[form]) == content
    assert (tmp_path / NAMES[form]).stat().st_blocks * 512 <= 256 * 1024


@given(data=st.data())
@examples(40)
def test_any_range_is_that_part_of_the_disk(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("range")
    repository = Repository(folder / "repository")
    letters, tail = data.draw(st.text("abr.", min_size=1, max_size=6)), data.draw(st.sampled_from([0, SECTOR]))
    content = content_of(letters, tail=tail)
    write_point(repository, "p1", {"disk": content})
    offset = data.draw(st.integers(0, len(content) - 1))
    length = data.draw(st.integers(1, len(content) - offset))
    with opened(repository, "p1") as chain:
        report = restore_disk(chain, "disk", folder / "part.img", area=(offset, length))
        assert (folder / "part.img").read_bytes() == content[offset : offset + length]
        assert (report.offset, report.size) == (offset, length)
        sectors = length // SECTOR * SECTOR
        if sectors:
            restore_disk(chain, "disk", folder / "part.vmdk", form=NewFormat.VMDK_SPARSE, area=(offset, sectors))
            assert view(folder / "part.vmdk") == content[offset : offset + sectors]


@pytest.mark.parametrize("area", [(-1, 1), (0, 0), (0, -1), (0, 2**40), (2**40, 1), (2**63, 2**63)])
def test_a_range_that_the_disk_does_not_have_is_refused(
    chained: Repository, tmp_path: Path, area: tuple[int, int]
) -> None:
    with opened(chained) as chain, pytest.raises(OutsideDisk) as refused:
        restore_disk(chain, "system", tmp_path / "out", area=area)
    assert (refused.value.size, refused.value.offset, refused.value.length) == (len(POINTS["p3"]["system"]), *area)
    with opened(chained) as chain, pytest.raises(ValueError):
        restore_disk(chain, "system", tmp_path / "out.vmdk", form=NewFormat.VMDK_SPARSE, area=(0, 100))
    with opened(chained) as chain, pytest.raises(UnknownDisk):
        restore_disk(chain, "other", tmp_path / "out")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("form", NewFormat)
def test_damaged_blocks_are_all_named_and_nothing_is_left(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    found = [damage(chained, "p3", "system", block) for block in (1, 5, 4)]
    damaged = tuple(one for one in chained.verify("p3").damaged if one.disk == "system")
    assert {one.point for one in found} == {"p1", "p3"}
    assert set(found) < set(damaged)  # duplicates of theirs as well
    output = tmp_path / NAMES[form]
    with opened(chained) as chain, pytest.raises(DamagedBlocks) as refused:
        restore_disk(chain, "system", output, form=form)
    assert refused.value.blocks == damaged
    assert names(tmp_path) == set()
    # Where none of them is, everything can be had.
    with opened(chained) as chain:
        restore_disk(chain, "system", output, form=form, area=(6 * BLOCK, 3 * BLOCK))
    assert view(output) == POINTS["p3"]["system"][6 * BLOCK : 9 * BLOCK]


@pytest.mark.parametrize("form", NewFormat)
def test_what_is_whole_can_be_saved(chained: Repository, tmp_path: Path, form: NewFormat) -> None:
    for block in (1, 5, 4):
        damage(chained, "p3", "system", block)
    found = tuple(one for one in chained.verify("p3").damaged if one.disk == "system")
    expected = bytearray(POINTS["p3"]["system"])
    for one in found:
        expected[one.block * BLOCK : (one.block + 1) * BLOCK] = bytes(BLOCK)
    output = tmp_path / NAMES[form]
    with opened(chained, tolerant=True) as chain:
        report = restore_disk(chain, "system", output, form=form, salvage=True)
    assert report.damaged == found and len(found) >= 3
    assert not report.ok
    assert view(output) == expected


def test_a_disk_behind_a_damaged_index_can_be_saved_as_far_as_newer_files_speak_of_it(
    chained: Repository, tmp_path: Path
) -> None:
    with chained.open("p1") as point:
        at = point.page_offset(0) + 100
    path = chained.path / "p1.vbx"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    with opened(chained, tolerant=True) as chain:
        with pytest.raises(DamagedBlocks):
            restore_disk(chain, "system", tmp_path / "out")
        report = restore_disk(chain, "system", tmp_path / "out", salvage=True)
    got, content = view(tmp_path / "out"), POINTS["p3"]["system"]
    lost = {one.block for one in report.damaged}
    assert {one.damage for one in report.damaged} == {Damage.INDEX}
    for block in range(-(-len(content) // BLOCK)):
        piece = slice(block * BLOCK, (block + 1) * BLOCK)
        assert got[piece] == (bytes(len(content[piece])) if block in lost else content[piece])
    assert 2 not in lost and 3 not in lost  # the increments say them anew


def test_a_chain_that_restores_to_something_else_than_it_names_is_opened_to_be_salvaged_only(
    chained: Repository, tmp_path: Path
) -> None:
    path = chained.path / "p3.vbx"
    data = path.read_bytes()
    footer = Footer.unpack(data[-FOOTER_SIZE:], len(data))
    path.write_bytes(data[:-FOOTER_SIZE] + replace(footer, content_root=bytes(32)).pack())
    with pytest.raises(DamagedPoint):
        opened(chained)
    with opened(chained, tolerant=True) as chain:
        report = restore_disk(chain, "data", tmp_path / "out", salvage=True)
    assert (report.damaged, report.structure) == ((), (DamagedPart("p3", Damage.STRUCTURE),))
    assert not report.ok
