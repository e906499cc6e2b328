"""One small VM disk with a repository of its own: the whole way of a backup, and what must be true of it afterwards.

Decided here: how the parts of the engine are put together for one run (recover, track, freeze, copy with both data
movers, finish, merge), and what "nothing was lost" means: `check`. The model is bytes in memory that a test writes as
it writes to the disk. A subprocess imports this too, so it needs nothing of pytest.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from faulty_storage import QuietStorage, Stopped
from restore_chains import read_back

from vbtui.engine import (
    CopyTask,
    DiskInfo,
    Extent,
    HashAlgorithm,
    LiveDisk,
    LoopbackNetwork,
    PointInfo,
    PointMetadata,
    ProxyDataMover,
    Repository,
    RepositoryDataMover,
    SanReader,
    Snapshot,
    start_copy,
)
from vbtui.engine.cbt import changed_extents
from vbtui.engine.disk.vmdk import create_flat
from vbtui.engine.errors import UnknownChangeId
from vbtui.engine.repository.catalogue.rescan import unfinished_files
from vbtui.engine.storage import Storage
from vbtui.vocabulary import Connection, KiB, Service

VM = "web01"
DISK = "web01.vmdk"
BLOCK = 64 * KiB
"""As large as an area of change tracking: the smallest that shows where both could be mistaken for each other."""
SIZE = 11 * BLOCK + 3 * 512
LINE = Connection("proxy", "repository", Service.parse("tcp/2500"))


def content_of(seed: int, length: int) -> bytes:
    """Bytes that are like nothing else, and half of which compress."""
    noise = random.Random(seed).randbytes((length + 1) // 2)
    return bytes(byte for pair in zip(noise, b"b" * len(noise), strict=True) for byte in pair)[:length]


@dataclass
class Protected:
    """The disk's files and the repository below `folder`; every change of a file goes through `storage`."""

    folder: Path
    storage: Storage = field(default_factory=QuietStorage)
    timeout: float = 10.0
    """Seconds after which a silent peer is given up."""

    @property
    def image(self) -> Path:
        return self.folder / "store" / DISK

    @property
    def repository(self) -> Repository:
        return Repository(self.folder / "repository", storage=self.storage)

    def make(self, content: bytes) -> None:
        """A new disk with this content, described as on a datastore, and an empty repository."""
        self.image.parent.mkdir(parents=True)
        create_flat(self.image, len(content))
        self.image.with_name("web01-flat.vmdk").write_bytes(content)
        assert self.repository.points() == ()

    @contextmanager
    def opened(self) -> Iterator[LiveDisk]:
        """The disk of a VM that is switched on; closed in the end as far as a dead process can."""
        disk = LiveDisk(self.image, storage=self.storage)
        try:
            disk.recover()
            if not disk.tracking:
                disk.enable_tracking()
            yield disk
        except BaseException:
            with suppress(Stopped, OSError):
                disk.close()
            raise
        disk.close()

    def back_up(
        self,
        disk: LiveDisk,
        point: str,
        *,
        full: bool = False,
        scan: bool = False,
        workers: int = 1,
        meanwhile: Callable[[], None] = lambda: None,
        reread: bool = False,
        relay: Callable[[LoopbackNetwork], Connection] | None = None,
    ) -> bool:
        """One run: a restore point of the disk as it is now; whether change tracking said what to read.

        `meanwhile`: what the guest does between snapshot and commit. `scan`: read everything and compare. `reread`:
        after a health check. `relay` puts something between the data movers: where the proxy connects to instead. An
        error leaves no redo log, unless the disk's files are what failed.
        """
        repository = self.repository
        with repository.lock(VM):
            again: Mapping[str, frozenset[int]] = repository.health_check(VM).reread if reread else {}
            latest = None if full else repository.latest(VM)
            snapshot = disk.create_snapshot()
            try:
                changed = None if scan or latest is None else _changed(repository, latest, snapshot)
                with (
                    LoopbackNetwork(lambda _: True, timeout=self.timeout) as network,
                    repository.begin(
                        VM, point, [DiskInfo(DISK, disk.size)], created_ms=created(point),
                        parent=None if latest is None else latest.point, reread=again,
                        algorithm=HashAlgorithm.SHA256, block_size=BLOCK,
                    ) as writer,
                ):  # fmt: skip
                    target = RepositoryDataMover(network, LINE.destination)
                    target.listen(LINE.service)
                    line = LINE if relay is None else relay(network)
                    task = CopyTask(
                        f"{VM}/{DISK}", lambda: SanReader(snapshot, "proxy"), line, workers=workers, changed=changed,
                        reread=again.get(DISK, frozenset()),
                    )  # fmt: skip
                    copy = start_copy(task, ProxyDataMover(network, LINE.source), target, writer.disk(DISK))
                    try:
                        meanwhile()
                    finally:
                        copy.wait()
                    writer.finish(PointMetadata(transports=("san",), change_ids=(snapshot.change_id or "",)))
            finally:
                disk.commit(threshold=0, max_rounds=2)
        return changed is not None

    def points(self) -> tuple[PointInfo, ...]:
        return self.repository.points()

    def restored(self, point: str, *, name: str = "restored.img", keep: bool = False) -> bytes:
        """The disk of a point, through the restore that everybody uses; `keep` the file `name` in the folder."""
        output = self.folder / name
        self.repository.restore(point, DISK, output, overwrite=True)
        content = output.read_bytes()
        if not keep:
            output.unlink()
        return content

    def check(
        self, expected: Mapping[str, bytes], *, may_lack: Collection[str] = (), thorough: bool = False
    ) -> set[str]:
        """Every point that is listed is whole and gives what it must, block by block; which ones there are.

        None may be missing but those of `may_lack`. `thorough`: all records are read, and every disk is restored.
        """
        found = set()
        repository = self.repository
        for one in repository.points():
            assert one.complete, one
            assert read_back(repository, one.point) == {DISK: expected[one.point]}, f"{one.point} is something else"
            if thorough:
                assert self.restored(one.point) == expected[one.point]
            found.add(one.point)
        assert set(expected) - set(may_lack) <= found, f"{sorted(set(expected) - found)} are gone"
        if thorough:
            assert repository.health_check(VM).ok
        return found


@dataclass
class Model:
    """What a disk must hold: after a death, and after a loss of power."""

    content: bytes
    before: list[bytes] = field(default_factory=list)
    """What it was at times since the last flush."""
    writing: bytes | None = None

    def write(self, disk: LiveDisk, offset: int, data: bytes) -> None:
        self.writing = self.content[:offset] + data + self.content[offset + len(data) :]
        disk.write(offset, data)
        self.before.append(self.content)
        self.content, self.writing = self.writing, None

    def flushed(self) -> None:
        self.before.clear()

    def allows(self, found: bytes, *, power: bool) -> bool:
        """Every byte is as it was last written, or as the write in flight has it, or as before one not flushed."""
        states = [self.content, *([self.writing] if self.writing is not None else [])]
        states += self.before if power else []
        for at in range(0, len(found), 512):
            piece = found[at : at + 512]
            if all(piece != state[at : at + 512] for state in states) and not all(
                byte in {state[at + place] for state in states} for place, byte in enumerate(piece)
            ):
                return False
        return True


@dataclass
class Protection:
    """A disk with two points, and a guest that has written since."""

    place: Protected
    model: Model
    points: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> Protection:
        place, model = Protected(folder), Model(content_of(1, SIZE))
        place.make(model.content)
        found = cls(place, model)
        for number, point in enumerate(("p0001", "p0002"), 1):
            with place.opened() as disk:
                found.points[point] = model.content
                place.back_up(disk, point)
                model.write(disk, number * BLOCK + 512, content_of(number + 10, 2 * BLOCK))
        return found

    def copy(self, folder: Path) -> Protection:
        shutil.copytree(self.place.folder, folder)
        return Protection(Protected(folder), Model(self.model.content), dict(self.points))

    def unchanged(self) -> None:
        """The points are those of before, bit for bit, and nothing lies beside them."""
        assert self.place.check(self.points) == set(self.points)
        assert unfinished_files(self.place.repository.path) == ()


def created(point: str) -> int:
    """The moment of a point, from the number in its id: `p0007`."""
    return 1_700_000_000_000 + int(point[1:])


def read_all(disk: LiveDisk | Snapshot) -> bytes:
    data = bytearray(disk.size)
    disk.read_into(0, memoryview(data))
    return bytes(data)


def _changed(repository: Repository, latest: PointInfo, snapshot: Snapshot) -> tuple[Extent, ...] | None:
    with repository.open(latest.point) as point:
        known = point.metadata().change_ids
    try:
        return changed_extents(snapshot, known[0]) if known and known[0] else None
    except UnknownChangeId:
        return None
