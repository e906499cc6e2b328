"""Rescan: the catalogue written anew from the files, and what that brought to light.

Decided here: that only files count. A catalogue that cannot be trusted is set aside and a new one written; one that
can is brought up to date in one step, so that a rescan that is killed leaves the old state or the new one, and two at
once leave the later one's. Reading a catalogue never decides what a file is.

In: a repository. Out: a report of differences. Never here: a change to a restore point or to an unfinished file.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vbtui.engine.errors import CatalogueUnusable, UnknownPoint
from vbtui.engine.repository.catalogue.catalogue import Catalogue, CataloguedDisk, CataloguedPoint, Session
from vbtui.engine.repository.catalogue.database import Renewal, renew_database
from vbtui.engine.repository.damage import DamagedPoint
from vbtui.engine.repository.layout import SUFFIX
from vbtui.engine.repository.listing import PointInfo
from vbtui.engine.repository.metadata import PointMetadata
from vbtui.engine.repository.repository import Repository
from vbtui.engine.storage import UNFINISHED

_LARGEST: Final = 2**63 - 1
"""SQLite's integers are signed."""


@dataclass(frozen=True, slots=True)
class UnfinishedFile:
    """A restore point that was begun: `live` while its writer holds it, else left over by one that was killed."""

    file: str
    bytes: int
    live: bool


@dataclass(frozen=True, slots=True)
class RescanReport:
    """What the files hold, against what the catalogue said. Points by their ids, in order.

    `renewal` says whether the catalogue that was there was used. `damaged` are points that are not whole, those among
    them included whose parent is missing or not the one that they name.
    """

    points: tuple[PointInfo, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    unfinished: tuple[UnfinishedFile, ...]
    renewal: Renewal

    @property
    def damaged(self) -> tuple[PointInfo, ...]:
        return tuple(info for info in self.points if not info.complete)


def rescan(repository: Repository) -> RescanReport:
    """Write the catalogue anew from the files.

    Raises RepositoryBusy (another process's change of the catalogue does not end), CatalogueUnusable (nothing may be
    written in the folder), OSError.
    """
    renewal = renew_database(repository.path, storage=repository.storage)
    with Catalogue(repository.path) as catalogue:
        points = repository.points()
        found = {info.point: describe(repository, info) for info in points}
        known = {one.point: one for one in catalogue.points()}
        if found != known:
            catalogue.replace_points([found[point] for point in sorted(found)])
    return RescanReport(
        points,
        tuple(sorted(found.keys() - known.keys())),
        tuple(sorted(known.keys() - found.keys())),
        tuple(sorted(point for point in found.keys() & known.keys() if found[point] != known[point])),
        unfinished_files(repository.path),
        renewal,
    )


def open_catalogue(repository: Repository) -> Catalogue:
    """The repository's catalogue, written anew first where there is none to be trusted. Raises what `rescan` raises."""
    try:
        return Catalogue(repository.path)
    except (FileNotFoundError, CatalogueUnusable):
        rescan(repository)
    return Catalogue(repository.path)


def record_sessions(repository: Repository, sessions: Iterable[Session]) -> None:
    """Bring the catalogue up to date with the files after a change, and add what ran over them.

    Raises CatalogueUnusable, RepositoryBusy, OSError: no restore point is lost by that.
    """
    rescan(repository)
    with Catalogue(repository.path) as catalogue:
        for one in sessions:
            catalogue.record(one)


def describe(repository: Repository, info: PointInfo) -> CataloguedPoint:
    """A listed point as the catalogue keeps it. Raises OSError."""
    header, metadata = info.header, PointMetadata()
    if header is None:
        return CataloguedPoint(info.point, info.path.name, info.file_size, info.state)
    # One that is gone since it was listed, or whose description is damaged: its state says so.
    with suppress(UnknownPoint, DamagedPoint), repository.open(info.point) as point:
        metadata = point.metadata()
    # No run accounts for nothing: where it says so, nobody has said anything.
    transports = dict(enumerate(metadata.transports))
    change_ids = dict(enumerate(metadata.change_ids))
    return CataloguedPoint(
        info.point,
        info.path.name,
        info.file_size,
        info.state,
        vm=header.vm,
        chain=header.chain_id,
        kind=header.kind.name.lower(),
        sequence=header.sequence,
        parent=header.parent_id or None,
        root=info.content_root.hex(),
        created_ms=min(header.created_ms, _LARGEST),
        job=_text(metadata.job),
        compression=_text(metadata.compression),
        processed=metadata.processed or None,
        read=metadata.read if metadata.processed else None,
        transferred=metadata.transferred if metadata.processed else None,
        disks=tuple(
            CataloguedDisk(
                disk.name, min(disk.size, _LARGEST), _text(transports.get(number)), _text(change_ids.get(number))
            )
            for number, disk in enumerate(header.disks)
        ),
    )


def unfinished_files(folder: Path) -> tuple[UnfinishedFile, ...]:
    """Files of points that were begun, by name. Raises OSError."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}{UNFINISHED}")):
        with suppress(FileNotFoundError):  # finished while we look
            state = path.lstat()
            if stat.S_ISREG(state.st_mode):
                found.append(UnfinishedFile(path.name, state.st_size, _is_live(path, state.st_size)))
    return tuple(found)


def _is_live(path: Path, size: int) -> bool:
    """Whether somebody holds the lock on an unfinished file. Asking takes it for a moment, shared.

    An empty one is just being begun: its writer has yet to take the lock, and nobody may be in the way of that.
    """
    if not size:
        return True
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(number)
    return False


def _text(text: str | None) -> str | None:
    """A text as SQLite can hold it, None for an empty one: JSON may name half a character."""
    return text.encode("utf-8", "replace").decode() if text else None
