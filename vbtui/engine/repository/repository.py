"""A repository: a folder of restore points.

Decided here: what is listed (files with the right suffix; one that does not hold is listed as damaged, a part file is
never listed) and which names may become file names. No catalogue: the folder is the truth.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.block import DEFAULT_HASH, HashAlgorithm
from vbtui.engine.disk.raw import SECTOR
from vbtui.engine.errors import BadName, HashUnavailable, UnknownPoint
from vbtui.engine.repository.layout import SUFFIX, DiskInfo, PointHeader
from vbtui.engine.repository.lock import lock_vm
from vbtui.engine.repository.point import Damage, DamagedPoint, Point
from vbtui.engine.repository.restore import RestoreReport, restore_disk
from vbtui.engine.repository.verify import OnProgress, VerifyReport, verify
from vbtui.engine.repository.writer import PointWriter
from vbtui.vocabulary import BLOCK_SIZE

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}")


@dataclass(frozen=True, slots=True)
class PointInfo:
    """A restore point as listed. `header` is None when the file does not say what it is; names are a stranger's."""

    point: str
    """Its id, under which `open`, `verify` and `restore` find it."""
    path: Path
    file_size: int
    header: PointHeader | None
    damage: tuple[Damage, ...]
    """Empty for a point whose structure is whole; its blocks are checked by `verify`."""

    @property
    def complete(self) -> bool:
        return self.header is not None and not self.damage


class Repository:
    """A folder of restore points. Holds nothing open."""

    def __init__(self, path: Path) -> None:
        """Use the folder, making it if need be. Raises OSError (NotADirectoryError, FileExistsError)."""
        self.path = path
        path.mkdir(parents=True, exist_ok=True)

    def points(self) -> tuple[PointInfo, ...]:
        """All restore points, by id. Raises OSError."""
        found = []
        for path in sorted(self.path.iterdir()):
            name = path.name.removesuffix(SUFFIX)
            if name != path.name and _NAME.fullmatch(name) and not path.is_symlink() and path.is_file():
                found.append(self._info(name, path))
        return tuple(found)

    def lock(self, vm: str) -> AbstractContextManager[None]:
        """Hold the restore points of a VM while the context lasts: a backup, merge, synthetic full or expiry of it.

        Raises RepositoryBusy at once if another writer does; OSError. Reading needs no lock.
        """
        return lock_vm(self.path, vm)

    def begin(
        self,
        vm: str,
        point_id: str,
        disks: Sequence[DiskInfo],
        *,
        created_ms: int,
        chain_id: str | None = None,
        algorithm: HashAlgorithm = DEFAULT_HASH,
        block_size: int = BLOCK_SIZE,
    ) -> PointWriter:
        """Begin a full restore point. `created_ms`: milliseconds since 1970 (UTC).

        Raises BadName, PointExists, PointBusy, ValueError (disk sizes, names), OSError.
        """
        if not _NAME.fullmatch(point_id):
            raise BadName(point_id)
        if any(disk.size <= 0 or disk.size % SECTOR for disk in disks):
            raise ValueError("disk size")
        if len({disk.name for disk in disks}) != len(disks):
            raise ValueError("two disks of one name")
        chain = point_id if chain_id is None else chain_id
        header = PointHeader(point_id, chain, vm, tuple(disks), created_ms, algorithm, block_size)
        return PointWriter(self.path, header)

    def open(self, point: str) -> Point:
        """Raises UnknownPoint, DamagedPoint, HashUnavailable, OSError."""
        return Point(self._path(point))

    def verify(
        self,
        point: str,
        *,
        deep: bool = True,
        on_progress: OnProgress | None = None,
        stop: threading.Event | None = None,
    ) -> VerifyReport:
        """Check a point; damage is in the report. Raises UnknownPoint, Cancelled, HashUnavailable, OSError."""
        return verify(self._path(point), deep=deep, on_progress=on_progress, stop=stop)

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

        Raises UnknownPoint, UnknownDisk, DamagedPoint, DamagedBlocks, OutputExists, Cancelled, OSError.
        """
        with self.open(point) as opened:
            return restore_disk(
                opened, disk, output, overwrite=overwrite, on_progress=on_progress, stop=stop
            )  # fmt: skip

    # inside

    def _path(self, point: str) -> Path:
        path = self.path / (point + SUFFIX)
        if not _NAME.fullmatch(point) or not path.is_file():
            raise UnknownPoint(point)
        return path

    def _info(self, name: str, path: Path) -> PointInfo:
        size = path.stat().st_size
        try:
            with Point(path) as point:
                damage = point.damage
                if point.header.point_id != name:
                    damage = (*damage, Damage.STRUCTURE)
                return PointInfo(name, path, size, point.header, damage)
        except DamagedPoint as error:
            return PointInfo(name, path, size, None, (error.part,))
        except HashUnavailable:
            return PointInfo(name, path, size, None, (Damage.HEADER,))
