"""Wherever a run stops, with the power or without, nothing that was finished is lost, and the next run goes well.

The matrix: every kind of run, stopped before, in and after each of its changes of a file, and then what was not
synchronised kept or dropped by chance. After each: every point restores bit for bit; the new one is whole or absent;
no lock is held; the disk is what the guest has written; the next run succeeds and change tracking has missed nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from faulty_storage import Fault, FaultyStorage, How, Stopped
from protected_disk import BLOCK, SIZE, VM, Model, Protected, content_of, read_all

from vbtui.engine import Repository
from vbtui.engine.repository.catalogue.database import CATALOGUE, Renewal
from vbtui.engine.repository.catalogue.rescan import RescanReport, rescan, unfinished_files

LONG = bool(os.environ.get("VBTUI_LONG_TESTS"))
POINTS = ("p0001", "p0002", "p0003", "p0004")
NEW = "p0005"
NEXT = "p0009"


@dataclass
class World:
    """What must be true, while a run goes on."""

    model: Model
    points: dict[str, bytes]
    going: frozenset[str] = frozenset()
    """Points that may be gone."""
    done: bool = False
    catalogued: bool = False
    outputs: dict[str, tuple[bytes | None, bytes]] = field(default_factory=dict)
    """Files beside the repository: as before, and as the run leaves them."""


NAMING = ("rename", "link", "unlink", "sync_folder")
LAST = 6

Tell = Callable[[str, object], None]
Run = Callable[[Protected, World], None]


def a_backup(*, full: bool = False, scan: bool = False) -> Run:
    def run(place: Protected, world: World) -> None:
        with place.opened() as disk:
            model = world.model
            model.write(disk, 2 * BLOCK + 512, content_of(50, 3000))
            world.points[NEW] = model.content
            world.going |= {NEW}

            def meanwhile() -> None:
                model.flushed()  # the snapshot has done it
                model.write(disk, 2 * BLOCK - 512, content_of(51, 2048))
                model.write(disk, SIZE - 512, content_of(52, 512))
                model.write(disk, 7 * BLOCK, content_of(53, 512))

            place.back_up(disk, NEW, meanwhile=meanwhile, full=full, scan=scan)
            world.going -= {NEW}
            model.flushed()

    return run


def an_expiry(*going: str) -> Run:
    def run(place: Protected, world: World) -> None:
        world.going |= set(going)
        with place.repository.lock(VM):
            place.repository.expire(going)

    return run


def a_merge(place: Protected, world: World) -> None:
    world.going |= {"p0002"}
    with place.repository.lock(VM):
        place.repository.merge("p0002")


def a_synthetic_full(place: Protected, _: World) -> None:
    with place.repository.lock(VM):
        place.repository.synthetic("p0003")


def a_restore(place: Protected, world: World) -> None:
    for name, before in (("new.img", None), ("old.img", b"something else")):
        if before is not None:
            (place.folder / name).write_bytes(before)
        world.outputs[name] = (before, world.points["p0003"])
        place.restored("p0003", name=name, keep=True)


def a_guest(place: Protected, world: World) -> None:
    """Two times of a VM without a backup: what is tracked is kept at each end."""
    for seed in (60, 61):
        with place.opened() as disk:
            world.model.write(disk, (seed - 57) * BLOCK, content_of(seed, 4096))
            disk.flush()
            world.model.flushed()
            world.model.write(disk, (seed - 52) * BLOCK, content_of(seed, 512))
        world.model.flushed()


def a_catalogue(place: Protected, world: World) -> None:
    """One where there is none, then one in the place of one that is damaged."""
    world.catalogued = True
    rescan(place.repository)
    (place.repository.path / CATALOGUE).write_bytes(b"SQLite no more")
    rescan(place.repository)


RUNS: dict[str, tuple[Run, int]] = {
    "incremental": (a_backup(), 11),
    "incremental-by-scan": (a_backup(scan=True), 23),
    "full": (a_backup(full=True), 23),
    "merge": (a_merge, 5),
    "expire-oldest": (an_expiry("p0001"), 5),
    "expire-two-in-the-middle": (an_expiry("p0002", "p0003"), 5),
    "expire-newest": (an_expiry("p0004"), 1),
    "expire-everything": (an_expiry(*POINTS), 2),
    "synthetic": (a_synthetic_full, 5),
    "restore": (a_restore, 5),
    "guest": (a_guest, 5),
    "catalogue": (a_catalogue, 1),
}
"""With the step at which a short run looks at the calls, so that all of them are a matter of seconds."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A disk with a chain of four points, and a guest that has written since."""
    folder = tmp_path_factory.mktemp("template")
    place = Protected(folder)
    model = Model(content_of(1, SIZE - 2 * BLOCK) + bytes(2 * BLOCK))
    place.make(model.content)
    points = {}
    for number, point in enumerate(POINTS, 1):
        with place.opened() as disk:
            model.write(disk, number * BLOCK + 512, content_of(number + 10, 2 * BLOCK))
            model.write(disk, 4 * BLOCK, content_of(number + 20, 1024))
            points[point] = model.content
            place.back_up(disk, point)
            model.write(disk, (number + 3) * BLOCK, content_of(number + 30, 700))
    assert place.check(points, thorough=True) == set(POINTS)
    return folder, World(Model(model.content), points)


@dataclass
class Matrix:
    """Deaths of one kind of run, each in a copy of the same folder."""

    template: Path
    world: World
    folder: Path
    run: Run
    number: int = 0

    def die(self, fault: Fault | None, power: int | None) -> tuple[Protected, World, list[str]]:
        """The folder and what must be true after a run that has met this fault; the calls that it made."""
        self.number += 1
        folder = self.folder / f"{self.number}"
        shutil.copytree(self.template, folder, copy_function=shutil.copyfile)
        for path in self.template.rglob("*"):  # the last changes of files tell whether tracking may be believed
            os.utime(folder / path.relative_to(self.template), ns=(0, path.stat().st_mtime_ns))
        world = World(Model(self.world.model.content), dict(self.world.points))
        storage = FaultyStorage(folder / "side", fault)
        try:
            self.run(Protected(folder, storage), world)
            world.done = True
        except Stopped:
            if power is not None:
                storage.lose_power(power)
        finally:
            storage.close()
        return Protected(folder), world, storage.made

    def deaths(self, step: int) -> Iterator[tuple[Fault, int | None]]:
        place, world, calls = self.die(None, None)
        assert world.done
        look(place, world, power=False)
        number = 0
        for at, call in enumerate(calls):
            # Names decide what there is, and the end is when all must be there: a short run looks at them closely.
            close = call in NAMING or at >= len(calls) - LAST
            for how in (How.BEFORE, How.TORN, How.AFTER) if call == "pwritev" else (How.BEFORE, How.AFTER):
                for power in (None, *range(3 * at, 3 * at + 3)):
                    number += 1
                    if LONG or number % (3 if close else 2 * step) == 0:
                        yield Fault(at, how), power


def look(place: Protected, world: World, *, power: bool) -> None:
    """The next start of everything."""
    left = place.check(world.points, may_lack=world.going, thorough=world.done)
    assert not world.done or left == set(world.points) - world.going
    for name, (before, after) in world.outputs.items():
        path = place.folder / name
        assert (path.read_bytes() if path.exists() else None) in (before, after)
        assert place.restored("p0003", name=name) == after
    (place.folder / "store").mkdir(exist_ok=True)
    with place.opened() as disk:
        found = read_all(disk)
        assert world.model.allows(found, power=power)
        assert disk.leftover == ()
        place.back_up(disk, NEXT)
    with place.repository.lock(VM):
        place.repository.expire(left & world.going)
    points = {point: world.points[point] for point in left - world.going} | {NEXT: found}
    assert place.check(points, thorough=world.done) == set(points)
    # An empty one may be just being begun.
    assert not any(one.live for one in unfinished_files(place.repository.path) if one.bytes)
    if world.catalogued:
        assert set(rescan(place.repository).added) <= {*points}
        assert rescan(place.repository) == RescanReport(place.points(), (), (), (), (), Renewal(created=False))


@pytest.mark.parametrize("name", RUNS)
def test_wherever_a_run_stops_nothing_is_lost(
    template: tuple[Path, World], tmp_path: Path, name: str, tell: Tell
) -> None:
    run, step = RUNS[name]
    matrix = Matrix(*template, tmp_path, run)
    checked = 0
    for fault, power in matrix.deaths(step):
        place, world, _ = matrix.die(fault, power)
        try:
            look(place, world, power=power is not None)
        except BaseException as error:
            error.add_note(f"{name}, {fault}, power {power}: {place.folder}")
            raise
        checked += 1
        shutil.rmtree(place.folder)
    tell(f"crash matrix, {name}", checked)
    assert checked >= 5


def test_a_name_that_was_not_synchronised_may_go_and_a_file_that_was_may_not(tmp_path: Path) -> None:
    """The layer itself: what it forgets and what it must not."""
    seen: set[tuple[object, ...]] = set()
    for seed in range(60):
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        storage = FaultyStorage(tmp_path / "side")
        one = storage.open(folder / "one.part", os.O_RDWR | os.O_CREAT)
        storage.write(one, 0, b"a" * 5000)
        storage.sync(one)
        storage.rename(folder / "one.part", folder / "one")
        storage.sync_folder(folder)
        storage.write(one, 0, b"b" * 9000)
        storage.link(folder / "one", folder / "two")
        storage.unlink(folder / "one")
        storage.lose_power(seed)
        storage.close()
        os.close(one)
        names = sorted(path.name for path in folder.iterdir())
        assert set(names) <= {"one", "two"}
        for name in names:
            content = (folder / name).read_bytes()
            assert set(content[:5000]) <= set(b"ab") and set(content[5000:]) <= set(b"b\0")
            seen.add((len(names), content[:1], content[4096:4097], len(content)))
        seen.add(tuple(names))
    assert {(), ("one",), ("two",), ("one", "two")} <= seen
    assert {(1, b"a", b"a", 5000), (1, b"b", b"b", 9000), (1, b"a", b"b", 9000)} <= seen


@pytest.mark.parametrize("most", [1, 37, 511, 4096])
def test_a_kernel_that_takes_little_at_a_time_gets_it_all(
    template: tuple[Path, World], tmp_path: Path, most: int
) -> None:
    shutil.copytree(template[0], tmp_path / "copy")
    storage = FaultyStorage(tmp_path / "side", most=most if LONG else max(most, 37))
    place, world = (
        Protected(tmp_path / "copy", storage),
        World(Model(template[1].model.content), dict(template[1].points)),
    )
    a_backup()(place, world)
    a_merge(place, world)
    with suppress(Stopped):
        storage.close()
    assert Protected(place.folder).check(world.points, may_lack=["p0002"]) == set(world.points) - {"p0002"}
    assert Repository(place.folder / "repository").latest(VM) is not None


def test_a_new_repository_has_its_name_on_stable_storage(tmp_path: Path) -> None:
    """What is in a folder that is lost is lost, however well it was written."""
    storage = FaultyStorage(tmp_path / "side")
    Repository(tmp_path / "one" / "two", storage=storage)
    assert storage.made == ["sync_folder"] * 2
    Repository(tmp_path / "one" / "two", storage=storage)
    assert len(storage.made) == 2
