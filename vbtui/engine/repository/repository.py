"""A repository: a folder of restore points.

Decided here: how a point is begun, found, opened, checked, restored, merged and removed. What is listed, and in which
state, is decided in `listing`. No catalogue is needed: the folder is the truth.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from vbtui.engine.block import DEFAULT_HASH, HashAlgorithm
from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.errors import BadName, ChainTooLong, EngineError, UnknownPoint
from vbtui.engine.repository.chain import MAX_POINTS, Chain, link_fault
from vbtui.engine.repository.damage import BrokenChain, ChainFault, DamagedPoint
from vbtui.engine.repository.health import HealthReport, health_check
from vbtui.engine.repository.known import NOTHING_TO_REREAD, ParentContent
from vbtui.engine.repository.layout import MAX_SEQUENCE, SUFFIX, DiskInfo, PointHeader, PointKind
from vbtui.engine.repository.listing import POINT_NAME, PointInfo, PointState, list_points, newest_whole
from vbtui.engine.repository.lock import lock_vm
from vbtui.engine.repository.merge import ExpireReport, MergeReport, check_has_children, expire, fold
from vbtui.engine.repository.point import Point, read_frame
from vbtui.engine.repository.records import OnProgress
from vbtui.engine.repository.restore import RestoreReport, restore_disk
from vbtui.engine.repository.verify import VerifyReport, verify
from vbtui.engine.repository.writer import PointWriter
from vbtui.engine.storage import STORAGE, Storage
from vbtui.vocabulary import BLOCK_SIZE


class Repository:
    """A folder of restore points. Holds nothing open."""

    def __init__(self, path: Path, *, storage: Storage = STORAGE) -> None:
        """Use the folder, making it if need be. Raises OSError (NotADirectoryError, FileExistsError)."""
        self.path = path
        self.storage = storage
        _make_folder(path, storage)

    def points(self) -> tuple[PointInfo, ...]:
        """All restore points, by id. Raises OSError."""
        found = list_points(self.path)
        # Files are looked at one after the other, and a merge may have removed a parent in between: what is really
        # missing is missing again.
        while any(one.state is PointState.PARENT_MISSING for one in found):
            again = list_points(self.path)
            if again == found:
                break
            found = again
        return found

    def lock(self, vm: str) -> AbstractContextManager[None]:
        """Hold the restore points of a VM while the context lasts: a backup, merge, synthetic full or expiry of it.

        Raises RepositoryBusy at once if another writer does; OSError. Reading needs no lock.
        """
        return lock_vm(self.path, vm)

    def latest(self, vm: str) -> PointInfo | None:
        """The newest restore point of a VM whose chain is whole: what the next increment builds on. Raises OSError."""
        return newest_whole(self.points(), vm)

    def begin(
        self,
        vm: str,
        point_id: str,
        disks: Sequence[DiskInfo],
        *,
        created_ms: int,
        parent: str | None = None,
        reread: Mapping[str, Collection[int]] = NOTHING_TO_REREAD,
        algorithm: HashAlgorithm = DEFAULT_HASH,
        block_size: int = BLOCK_SIZE,
    ) -> PointWriter:
        """Begin a restore point: a full one, or with `parent` an incremental one. `created_ms`: as in the header.

        Hash, block size and chain of an incremental point are its parent's, whatever else is asked for. Its disks may
        be others than the parent's, or of another size: what the parent has not must come. `reread`: by name of disk,
        the blocks that a health check has found damaged in the parent; they must come as well. Raises BadName,
        PointExists, PointBusy, ValueError (disk sizes, names, another VM's parent), UnknownPoint, DamagedPoint,
        BrokenChain, ChainTooLong, HashUnavailable, OSError.
        """
        if not POINT_NAME.fullmatch(point_id):
            raise BadName(point_id)
        if any(disk.size <= 0 or disk.size % SECTOR for disk in disks):
            raise ValueError("disk size")
        if len({disk.name for disk in disks}) != len(disks):
            raise ValueError("two disks of one name")
        if parent is None:
            # A full point begins a chain, which is called after it.
            header = PointHeader(point_id, point_id, vm, tuple(disks), created_ms, algorithm, block_size)
            return PointWriter(self.path, header, storage=self.storage)
        content = self._content_below(parent, vm, reread)
        above = content.header
        header = PointHeader(
            point_id, above.chain_id, vm, tuple(disks), created_ms, above.algorithm, above.block_size,
            PointKind.INCREMENTAL, above.sequence + 1, parent, content.content_root,
        )  # fmt: skip
        return PointWriter(
            self.path, header, parent=content, check_parent=lambda: self._check_parent(header), storage=self.storage
        )

    def open(self, point: str) -> Point:
        """The file of one point alone. Raises UnknownPoint, DamagedPoint, HashUnavailable, OSError."""
        return Point(self._path(point))

    def open_chain(self, point: str, *, tolerant: bool = False) -> Chain:
        """A point with everything it builds on, for reading its blocks.

        Raises UnknownPoint, DamagedPoint, BrokenChain, HashUnavailable, OSError. `tolerant`: see `Chain`.
        """
        while True:
            try:
                return Chain(self.open, point, tolerant=tolerant)
            except BrokenChain as error:
                if not self._was_merged_meanwhile(error):
                    raise

    def verify(
        self,
        point: str,
        *,
        deep: bool = True,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> VerifyReport:
        """Check a point; damage is in the report. Raises UnknownPoint, Cancelled, HashUnavailable, OSError."""
        while True:
            report = verify(self.open, point, self._path(point), deep=deep, on_progress=on_progress, stop=stop)
            if report.broken is None or not self._was_merged_meanwhile(report.broken):
                return report

    def health_check(
        self,
        vm: str,
        *,
        deep: bool = True,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> HealthReport:
        """Check every record of every point of a VM; damage is in the report, with what heals it.

        The caller holds the VM's lock, or a merge meanwhile could look like a broken chain. Raises Cancelled,
        HashUnavailable, OSError.
        """
        points = self.points()
        parent = newest_whole(points, vm)
        return health_check(
            points, vm, parent.point if parent else None, self.open, deep=deep, on_progress=on_progress, stop=stop
        )  # fmt: skip

    def merge(
        self, point: str, *, on_progress: OnProgress | None = None, stop: threading.Event | None = None
    ) -> ExpireReport:
        """Merge a point into the one that builds on it, and remove it. The caller holds the VM's lock.

        Raises UnknownPoint, NothingBuiltOn, and what `expire` raises.
        """
        check_has_children(point, self.points())
        return self.expire([point], on_progress=on_progress, stop=stop)

    def expire(
        self, points: Collection[str], *, on_progress: OnProgress | None = None, stop: threading.Event | None = None
    ) -> ExpireReport:
        """Remove points, oldest, newest or in between; what stays holds their content itself from then on.

        The caller holds the VM's lock. Raises UnknownPoint, DamagedBlocks (records that are needed are damaged),
        DamagedPoint, BrokenChain, NoSpace, PointBusy, Cancelled, HashUnavailable, OSError: nothing was lost then.
        """
        return expire(
            self.points(), points, self.open, self.path, storage=self.storage, on_progress=on_progress, stop=stop
        )  # fmt: skip

    def synthetic(
        self, point: str, *, on_progress: OnProgress | None = None, stop: threading.Event | None = None
    ) -> MergeReport | None:
        """Make a point's file a full one that needs no other; None if it is one. The caller holds the VM's lock.

        Raises what `expire` raises.
        """
        with self.open(point) as opened:
            if opened.header.kind.complete:
                return None
        return fold(
            self.open, self.path, point, None, storage=self.storage, on_progress=on_progress, stop=stop
        )  # fmt: skip

    def restore(
        self,
        point: str,
        disk: str,
        output: Path,
        *,
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> RestoreReport:
        """Restore one disk to a raw image.

        Raises UnknownPoint, UnknownDisk, DamagedPoint, BrokenChain, DamagedBlocks, OutputExists, Cancelled, OSError.
        """
        with self.open_chain(point) as opened:
            return restore_disk(
                opened, disk, output, overwrite=overwrite, on_progress=on_progress, stop=stop, storage=self.storage
            )  # fmt: skip

    # inside

    def _content_below(self, parent: str, vm: str, reread: Mapping[str, Collection[int]]) -> ParentContent:
        """What a new point may build on. The chain's indexes, the most of its memory, are gone when this returns."""
        with self.open_chain(parent) as opened:
            if opened.header.vm != vm:
                raise ValueError(f"parent of VM {opened.header.vm!r}")
            if len(opened.points) >= MAX_POINTS or opened.header.sequence >= MAX_SEQUENCE:
                raise ChainTooLong(parent, MAX_POINTS)
            return ParentContent(opened, reread)

    def _path(self, point: str) -> Path:
        path = self.path / (point + SUFFIX)
        if not POINT_NAME.fullmatch(point) or not path.is_file():
            raise UnknownPoint(point)
        return path

    def _was_merged_meanwhile(self, error: BrokenChain) -> bool:
        """Whether a point was opened, and then its parent went, since a merge has put another file in its place.

        Readers take no lock. Each time there is one ancestor less, so that this ends.
        """
        try:
            with self.open(error.point) as again:
                return again.header.parent_id != error.parent
        except EngineError:
            return False

    def _check_parent(self, header: PointHeader) -> None:
        """Before a point gets its name: is what it builds on still there? Raises BrokenChain."""
        try:
            parent, footer = read_frame(self._path(header.parent_id))
            fault = link_fault(header, parent, footer.content_root)
        except UnknownPoint as error:
            raise BrokenChain(header.point_id, header.point_id, header.parent_id, ChainFault.MISSING) from error
        except DamagedPoint as error:
            raise BrokenChain(header.point_id, header.point_id, header.parent_id, ChainFault.DAMAGED) from error
        if fault is not None:
            raise BrokenChain(header.point_id, header.point_id, header.parent_id, fault)


def _make_folder(folder: Path, storage: Storage) -> None:
    """Make a folder, if need be, and put its name on stable storage: a point in it is no safer than that."""
    above = [one for one in folder.absolute().parents if not one.is_dir()]
    missing = not folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    for one in (folder.absolute(), *above) if missing else ():
        storage.sync_folder(one.parent)
