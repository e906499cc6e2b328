"""The whole engine against a dictionary: whatever is done in whatever order, a point restores to the disk of its time.

The model is the bytes of the disk and, by point, the bytes that it must restore to. A record that a rule has damaged
may make a block unreadable, never another one, and a backup after a health check is whole again.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from faulty_storage import Fault, FaultyStorage, How, Stopped
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from protected_disk import BLOCK, DISK, VM, Model, Protected, content_of, read_all
from restore_chains import read_back
from strategies import examples

from vbtui.engine import LiveDisk, Snapshot
from vbtui.engine.errors import NothingBuiltOn
from vbtui.engine.repository import BrokenChain, DamagedBlocks, PointInfo
from vbtui.engine.repository.catalogue.rescan import rescan
from vbtui.engine.repository.damage import BlockDamaged
from vbtui.engine.repository.layout import PointKind

SIZE = 5 * BLOCK + 3 * 512
SECTORS = SIZE // 512
MOST_POINTS = 6

WRITES = st.lists(st.tuples(st.integers(0, SECTORS - 1), st.integers(1, 200), st.integers(0, 40)), max_size=3)
"""(first sector, sectors, seed); seed 0 writes zeros."""


class Engine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.lives = 0
        self.number = 0
        self.points: dict[str, bytes] = {}
        self.damaged = False
        self.snapshot: Snapshot | None = None
        self.frozen = b""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        content = content_of(seed, 3 * BLOCK) + bytes(SIZE - 3 * BLOCK)
        Protected(self.folder).make(content)
        self.model = Model(content)
        self.start()

    def start(self) -> None:
        """Another life of the process."""
        self.lives += 1
        self.storage = FaultyStorage(self.folder / f"side{self.lives}")
        self.place = Protected(self.folder, self.storage)
        self.disk = LiveDisk(self.place.image, storage=self.storage)
        self.snapshot = None

    def stop(self) -> None:
        with suppress(Stopped):
            self.disk.close()
        self.storage.close()

    def teardown(self) -> None:
        try:
            if self.lives:
                self.stop()
                self.check()
        finally:
            shutil.rmtree(self.folder)

    # ---- the guest -------------------------------------------------------------------------------------------------

    @rule(writes=WRITES)
    def write(self, writes: list[tuple[int, int, int]]) -> None:
        for sector, count, seed in writes:
            length = 512 * min(count, SECTORS - sector)
            self.model.write(self.disk, 512 * sector, content_of(seed, length) if seed else bytes(length))
        assert read_all(self.disk) == self.model.content

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        """Also with a snapshot, and also as after a kill."""
        if not clean:
            self.storage.dead = True
        self.stop()
        self.start()
        assert read_all(self.disk) == self.model.content
        self.disk.recover()
        assert read_all(self.disk) == self.model.content

    @precondition(lambda self: self.snapshot is None)
    @rule()
    def freeze(self) -> None:
        self.snapshot = self.disk.create_snapshot()
        self.frozen = self.model.content

    @precondition(lambda self: self.snapshot is not None)
    @rule(threshold=st.sampled_from((0, 10**9)))
    def commit(self, threshold: int) -> None:
        assert self.snapshot is not None and read_all(self.snapshot) == self.frozen
        self.disk.commit(threshold=threshold)
        self.snapshot = None
        assert read_all(self.disk) == self.model.content

    @precondition(lambda self: self.disk.tracking)
    @rule(forget=st.booleans())
    def stop_tracking(self, forget: bool) -> None:
        if forget:
            self.disk.reset_tracking()
        else:
            self.disk.disable_tracking()

    # ---- the backups -----------------------------------------------------------------------------------------------

    @precondition(lambda self: self.snapshot is None and len(self.points) < MOST_POINTS)
    @rule(
        full=st.sampled_from((False, False, False, True)),
        scan=st.booleans(),
        reread=st.booleans(),
        writes=WRITES,
        workers=st.integers(1, 2),
    )
    def back_up(self, full: bool, scan: bool, reread: bool, writes: list[tuple[int, int, int]], workers: int) -> None:
        point = self.next_point()
        self.disk.enable_tracking()
        self.points[point] = self.model.content
        self.place.back_up(
            self.disk, point, full=full, scan=scan, reread=reread, workers=workers, meanwhile=lambda: self.write(writes)
        )
        if reread or full or not self.damaged:
            assert read_back(self.place.repository, point) == {DISK: self.points[point]}
            assert self.place.repository.verify(point).ok
        self.check()

    @precondition(lambda self: self.snapshot is None and len(self.points) < MOST_POINTS)
    @rule(at=st.integers(0, 60), how=st.sampled_from((How.BEFORE, How.TORN, How.AFTER, How.ONCE)), writes=WRITES)
    def back_up_and_die(self, at: int, how: How, writes: list[tuple[int, int, int]]) -> None:
        point = self.next_point()
        self.disk.enable_tracking()
        self.points[point] = self.model.content
        self.storage.fault = Fault(len(self.storage.made) + at, how)
        meanwhile: Callable[[], None] = lambda: self.write(writes)  # noqa: E731 - one line, one use
        try:
            self.place.back_up(self.disk, point, meanwhile=meanwhile)
        except (Stopped, OSError):
            self.stop()
            self.start()
            found = read_all(self.disk)
            assert self.model.allows(found, power=False)
            self.model = Model(found)
            self.disk.recover()
        self.storage.fault = None
        if point not in {one.point for one in self.place.points()}:
            del self.points[point]
        self.check()

    @precondition(lambda self: self.points)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        going = data.draw(st.sets(st.sampled_from(sorted(self.points)), min_size=1))
        with self.refused_only_for_damage(), self.place.repository.lock(VM):
            self.place.repository.expire(going)
            for point in going:
                del self.points[point]
        left = {one.point for one in self.place.points()}
        self.points = {point: content for point, content in self.points.items() if point in left or point not in going}
        self.check()

    @precondition(lambda self: self.points)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        point = data.draw(st.sampled_from(sorted(self.points)))
        with self.refused_only_for_damage(), self.place.repository.lock(VM), suppress(NothingBuiltOn):
            self.place.repository.merge(point)
            del self.points[point]
        self.check()

    @precondition(lambda self: self.points)
    @rule(data=st.data())
    def synthetic(self, data: st.DataObject) -> None:
        point = data.draw(st.sampled_from(sorted(self.points)))
        with self.refused_only_for_damage(), self.place.repository.lock(VM):
            self.place.repository.synthetic(point)
            assert self.info(point).kind in (PointKind.FULL, PointKind.SYNTHETIC)
        self.check()

    @rule()
    def catalogue(self) -> None:
        assert {one.point for one in rescan(self.place.repository).points} == set(self.points)

    # ---- damage ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.points)
    @rule(data=st.data())
    def damage_a_record(self, data: st.DataObject) -> None:
        """A byte of a payload; the health check names the record and all that it harms."""
        repository = self.place.repository
        point = data.draw(st.sampled_from(sorted(self.points)))
        with repository.open(point) as opened:
            places = [(opened.offset_at(one), opened.payload_size_at(one)) for one in opened.data_positions()]
        if not places:
            return
        offset, size = data.draw(st.sampled_from(places))
        at = offset + 64 + data.draw(st.integers(0, size - 1))
        with self.info(point).path.open("r+b", buffering=0) as file:
            (old,) = os.pread(file.fileno(), 1, at)
            os.pwrite(file.fileno(), bytes([old ^ 1 << data.draw(st.integers(0, 7))]), at)
        self.damaged = True
        self.check()

    # ---- what must be true -----------------------------------------------------------------------------------------

    @precondition(lambda self: self.points)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        point = data.draw(st.sampled_from(sorted(self.points)))
        try:
            assert self.place.restored(point) == self.points[point]
        except DamagedBlocks:
            assert self.damaged
            assert not list(self.folder.glob("restored*"))

    def check(self) -> None:
        """Every point is there and gives what it must, or says that it cannot; the health check tells which."""
        repository = Protected(self.folder).repository
        infos = repository.points()
        assert {one.point for one in infos} == set(self.points)
        assert all(one.complete for one in infos)
        bad = set()
        for point, content in self.points.items():
            try:
                assert read_back(repository, point) == {DISK: content}, f"{point} restores to something else"
            except BlockDamaged:
                bad.add(point)
        report = repository.health_check(VM)
        assert set(report.affected) == bad
        assert self.damaged or report.ok
        self.damaged = not report.ok

    def info(self, point: str) -> PointInfo:
        return next(one for one in self.place.points() if one.point == point)

    def next_point(self) -> str:
        self.number += 1
        return f"p{self.number:04}"

    def refused_only_for_damage(self) -> AbstractContextManager[object]:
        return suppress(DamagedBlocks, BrokenChain) if self.damaged else nullcontext()


def test_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(Engine, settings=examples(12))
