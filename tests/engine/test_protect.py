"""Plain images are protected as a chain: a full point first, then what has changed; and no half point is ever left."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from vbtui.engine import Cancelled, CompressionLevel, DiskReader, Extent, Repository
from vbtui.engine.disk import NewFormat, NewImage
from vbtui.engine.errors import ImageChanged, NoSpace, PointExists, ProtocolError, RepositoryBusy
from vbtui.engine.protect import (
    ForeignReader,
    ImageSource,
    Protection,
    back_up_images,
    chain_name,
    disk_names,
    foreign_source,
    image_source,
    point_id,
)
from vbtui.engine.repository import PointKind
from vbtui.engine.repository.base import FullReason
from vbtui.engine.storage import Storage
from vbtui.vocabulary import MiB

MOMENT = 1_700_000_000_123


def image(folder: Path, name: str = "one.img", blocks: bytes = b"ab.c0") -> Path:
    """A raw image from letters: a block of each, `.` for a hole, `0` for written zeros."""
    path = folder / name
    with path.open("wb") as file:
        for number, letter in enumerate(blocks):
            if letter != ord("."):
                file.seek(number * MiB)
                file.write((b"\0" if letter == ord("0") else bytes([letter])) * MiB)
        file.truncate(len(blocks) * MiB)
    return path


def sources(*paths: Path) -> list[ImageSource]:
    names = disk_names([str(path) for path in paths])
    return [image_source(path, name) for path, name in zip(paths, names, strict=True)]


def backed_up(repository: Repository, *paths: Path, at: int = MOMENT, **how: object) -> Protection:
    return back_up_images(sources(*paths), repository, name="chain", created_ms=at, **how)  # type: ignore[arg-type]


def restored(repository: Repository, point: str, disk: str, folder: Path) -> bytes:
    output = folder / "restored"
    repository.restore(point, disk, output, overwrite=True)
    return output.read_bytes()


def files(repository: Repository) -> list[str]:
    return sorted(path.name for path in repository.path.iterdir() if path.suffix != ".lock")


def test_the_first_point_is_full_and_the_next_holds_what_has_changed(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    first = backed_up(repository, path)
    assert (first.parent, first.reason) == (None, FullReason.FIRST)
    image(tmp_path, blocks=b"aX.c.")
    second = backed_up(repository, path, at=MOMENT + 1)
    assert (second.parent, second.reason) == (first.point, None)
    figures = second.disks[0].figures
    assert (figures.read, figures.unchanged) == (3 * MiB, 4 * MiB)
    assert second.file_size < first.file_size
    assert [one.kind for one in repository.points()] == [PointKind.FULL, PointKind.INCREMENTAL]
    assert restored(repository, second.point, "one.img", tmp_path) == path.read_bytes()
    image(tmp_path)
    assert restored(repository, first.point, "one.img", tmp_path) == path.read_bytes()
    assert all(repository.verify(one.point).ok for one in repository.points())


def test_several_images_are_several_disks_of_one_point(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    (tmp_path / "other").mkdir()
    paths = [image(tmp_path), image(tmp_path / "other", blocks=b"zz"), image(tmp_path, "three.img", b"abq")]
    made = backed_up(repository, *paths, slots=2)
    assert [disk.source.name for disk in made.disks] == ["one.img", "one.img-2", "three.img"]
    for path, disk in zip(paths, made.disks, strict=True):
        assert restored(repository, made.point, disk.source.name, tmp_path) == path.read_bytes()


def test_a_vmdk_is_protected_by_its_content(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), tmp_path / "disk.vmdk"
    with NewImage(path, 3 * MiB, NewFormat.VMDK_SPARSE) as new:
        new.write(MiB, b"v" * MiB)
        new.finish()
    made = backed_up(repository, path)
    assert restored(repository, made.point, "disk.vmdk", tmp_path) == bytes(MiB) + b"v" * MiB + bytes(MiB)
    assert made.disks[0].figures.read == MiB


@pytest.mark.parametrize(
    ("how", "after", "reason"),
    [
        ({"full": True}, b"ab", FullReason.ASKED),
        ({}, b"abc", FullReason.SIZE_CHANGED),
        ({}, b"a", FullReason.SIZE_CHANGED),
    ],
)
def test_a_new_full_point_says_why(tmp_path: Path, how: dict[str, bool], after: bytes, reason: FullReason) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path, blocks=b"ab")
    backed_up(repository, path)
    image(tmp_path, blocks=after)
    made = backed_up(repository, path, at=MOMENT + 1, **how)
    assert (made.parent, made.reason) == (None, reason)
    assert made.resized == (("one.img",) if reason is FullReason.SIZE_CHANGED else ())
    assert restored(repository, made.point, "one.img", tmp_path) == path.read_bytes()


def test_other_disks_than_before_make_a_full_point(tmp_path: Path) -> None:
    repository, first, second = Repository(tmp_path / "r"), image(tmp_path), image(tmp_path, "two.img")
    backed_up(repository, first)
    assert backed_up(repository, first, second, at=MOMENT + 1).reason is FullReason.DISKS_CHANGED
    assert backed_up(repository, second, first, at=MOMENT + 2).reason is FullReason.DISKS_CHANGED


@pytest.mark.parametrize("where", [0, 200, -10])
def test_a_damaged_last_point_is_not_built_on(tmp_path: Path, where: int) -> None:
    """Wherever it is damaged, in its header too: an older whole point would make a chain with two ends."""
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    backed_up(repository, path)
    last = backed_up(repository, path, at=MOMENT + 1)
    data = bytearray(last.path.read_bytes())
    data[where] ^= 1
    last.path.write_bytes(data)
    made = backed_up(repository, path, at=MOMENT + 2)
    assert made.reason is FullReason.DAMAGED
    assert backed_up(repository, path, at=MOMENT + 3).parent == made.point


def test_damage_that_a_check_finds_is_healed_by_reading_again(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path, blocks=b"abcd")
    first = backed_up(repository, path)
    with repository.open_chain(first.point) as chain:
        _, entry = chain.locate(0, 2)
    data = bytearray(first.path.read_bytes())
    data[entry.offset + 70] ^= 1
    first.path.write_bytes(data)
    unaware = backed_up(repository, path, at=MOMENT + 1)
    assert (unaware.reread, repository.verify(unaware.point).ok) == (0, False)
    healed = backed_up(repository, path, at=MOMENT + 2, check=True)
    assert (healed.parent, healed.reread) == (unaware.point, 1)
    assert repository.verify(healed.point).ok
    assert restored(repository, healed.point, "one.img", tmp_path) == path.read_bytes()


def test_a_clock_that_has_gone_back_does_not_change_the_order(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    first = backed_up(repository, path)
    second = backed_up(repository, path, at=MOMENT - 10_000)
    third = backed_up(repository, path, at=MOMENT)
    assert (second.parent, third.parent) == (first.point, second.point)
    assert first.point < second.point < third.point


@contextmanager
def unchanged(repository: Repository) -> Iterator[None]:
    """What is in the repository is the same before and after."""
    before = {name: (repository.path / name).read_bytes() for name in files(repository)}
    yield
    assert {name: (repository.path / name).read_bytes() for name in files(repository)} == before


class Full(Storage):
    """A file system with room for so many calls that write."""

    left = 10**9

    def pwritev(self, number: int, buffers: list[memoryview], offset: int) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().pwritev(number, buffers, offset)


@pytest.mark.parametrize("left", [0, 1, 3, 5])
def test_a_full_file_system_leaves_the_earlier_points_and_nothing_else(tmp_path: Path, left: int) -> None:
    storage = Full()
    repository, path = Repository(tmp_path / "r", storage=storage), image(tmp_path, blocks=b"abcdef")
    backed_up(repository, path)
    image(tmp_path, blocks=b"ABCDEF")
    storage.left = left
    with unchanged(repository), pytest.raises(OSError) as full:
        backed_up(repository, path, at=MOMENT + 1)
    assert full.value.errno == errno.ENOSPC
    storage.left = 10**9
    assert backed_up(repository, path, at=MOMENT + 2).parent is not None


def test_too_little_room_is_said_before_anything_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    monkeypatch.setattr("vbtui.engine.repository.space.free_bytes", lambda _: 1000)
    with unchanged(repository), pytest.raises(NoSpace):
        backed_up(repository, path)


def test_a_second_writer_of_the_same_name_is_refused(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    with repository.lock("chain"), unchanged(repository), pytest.raises(RepositoryBusy):
        backed_up(repository, path)
    backed_up(repository, path)


def test_an_image_that_changes_while_it_is_read_gives_no_point(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    (source,) = sources(path)

    def open_and_touch() -> DiskReader:
        os.utime(path, ns=(1, 1))
        return source.open_reader()

    touched = replace(source, open_reader=open_and_touch)
    with unchanged(repository), pytest.raises(ImageChanged):
        back_up_images([touched], repository, name="chain", created_ms=MOMENT)


def test_an_image_that_goes_away_gives_no_point(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    found = sources(path, image(tmp_path, "two.img"))
    path.unlink()
    with unchanged(repository), pytest.raises(FileNotFoundError):
        back_up_images(found, repository, name="chain", created_ms=MOMENT)


class Interrupting:
    """Interrupts the one who asks for progress, again and again, as an impatient person does."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, _figures: object) -> None:
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), BrokenPipeError()])
def test_an_interrupted_backup_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path, blocks=b"abcdefgh")
    with unchanged(repository), pytest.raises(type(error)):
        backed_up(repository, path, image(tmp_path, "two.img"), on_progress=Interrupting(error), slots=1)
    assert threading.active_count() == 1


def test_a_stopped_backup_leaves_nothing(tmp_path: Path) -> None:
    repository, path, stop = Repository(tmp_path / "r"), image(tmp_path), threading.Event()
    stop.set()
    with unchanged(repository), pytest.raises(Cancelled):
        backed_up(repository, path, image(tmp_path, "two.img"), stop=stop)


def test_two_points_of_one_moment_cannot_be(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    made = backed_up(repository, path)
    assert made.point == point_id("chain", MOMENT)
    assert backed_up(repository, path).point == point_id("chain", MOMENT + 1)
    (repository.path / (point_id("other", MOMENT) + ".vbx")).write_bytes(b"somebody else's")
    with pytest.raises(PointExists):
        back_up_images(sources(path), repository, name="other", created_ms=MOMENT)


class Export:
    """An NBD client's reader, in memory."""

    serves_several = True

    def __init__(self, content: bytes) -> None:
        self.content, self.size = content, len(content)

    def read_into(self, offset: int, view: memoryview) -> None:
        view[:] = self.content[offset : offset + len(view)]

    def extents(self) -> tuple[Extent, ...]:
        return (Extent(0, self.size),)

    def close(self) -> None:
        pass


def connecting_to(content: bytes) -> Callable[[str], ForeignReader]:
    return lambda _: Export(content)


def test_an_export_is_protected_like_an_image_and_must_be_whole_sectors(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r")
    source = foreign_source("nbd://host/e", "e", connecting_to(b"n" * MiB))
    made = back_up_images([source], repository, name="net", created_ms=MOMENT)
    assert restored(repository, made.point, "e", tmp_path) == b"n" * MiB
    for content in (b"", b"n" * 700):
        with pytest.raises(ProtocolError):
            foreign_source("nbd://host/e", "e", connecting_to(content))


def test_a_server_that_takes_one_connection_at_a_time_gets_no_more(tmp_path: Path) -> None:
    opened: list[int] = []

    class Single(Export):
        serves_several = False

        def __init__(self, content: bytes) -> None:
            super().__init__(content)
            opened.append(1)
            assert sum(opened) == 1

        def close(self) -> None:
            opened.append(-1)

    source = foreign_source("nbd://host/e", "e", lambda _: Single(b"abcdefgh" * MiB))
    made = back_up_images([source], Repository(tmp_path / "r"), name="net", created_ms=MOMENT, workers=4)
    assert made.disks[0].figures.processed == 8 * MiB


def test_every_level_of_compression_is_written_down_and_restores(tmp_path: Path) -> None:
    repository, path = Repository(tmp_path / "r"), image(tmp_path)
    for number, level in enumerate(CompressionLevel):
        made = backed_up(repository, path, at=MOMENT + number, compression=level, full=True)
        with repository.open(made.point) as point:
            assert point.metadata().compression == level
        assert restored(repository, made.point, "one.img", tmp_path) == path.read_bytes()


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("disk.img", "disk"), ("/a/b/web.vmdk", "web"), ("nbd://h/export", "export"), ("nbd://h:1/", "h_1"),
        (".hidden", "hidden"), ("-x.img", "x"), ("...", "disk"), ("größe 1.img", "gr_e_1"), ("x" * 200, "x" * 80),
    ],
)  # fmt: skip
def test_a_chain_has_a_name_that_a_file_can_have(origin: str, name: str) -> None:
    assert chain_name(origin) == name


@examples(100)
@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_disks_of_one_point_have_names_of_their_own(origins: list[str]) -> None:
    names = disk_names(origins)
    assert len(set(names)) == len(origins)
    assert all(name.isprintable() and 0 < len(name.encode()) <= 255 for name in names)
