"""Protecting plain disk images: a backup without machines, jobs or a topology.

Decided here: what a disk is called in its restore point, when a point is a full one and when it builds on the last one,
how several disks share the task slots, and that an image must stand still while it is read: one that changes meanwhile
gives no restore point. There is no change tracking for a plain image, so an incremental point reads all that is in use
and compares hashes. Data movers, streams and repository are those of every other backup; the data connections stay in
this process.

In: images (`image_source`, `foreign_source`) and a repository. Out: a restore point, or an error and no trace of it.
Never here: a connection that the user has not named.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from vbtui.engine.block import CompressionLevel, blocks_of
from vbtui.engine.disk import SECTOR, RawDisk, VmdkDisk, open_image
from vbtui.engine.errors import ImageChanged, ProtocolError
from vbtui.engine.mover import CopyTask, ProxyDataMover, RepositoryDataMover, TaskFigures, start_copy
from vbtui.engine.mover.copy import Copy
from vbtui.engine.mover.slots import copy_in_slots
from vbtui.engine.mover.task import WORKERS
from vbtui.engine.network import LoopbackNetwork
from vbtui.engine.repository import DiskInfo, PointMetadata, Repository
from vbtui.engine.repository.base import Base, FullReason, base_of
from vbtui.engine.repository.layout import ENTRY_SIZE
from vbtui.engine.repository.space import preflight
from vbtui.engine.transport import DiskReader
from vbtui.vocabulary import BLOCK_SIZE, Connection, Service

SLOTS: Final = 2
"""Disks that are copied at once unless somebody says otherwise."""

_MOST_WORKERS: Final = 8

CHAIN_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
"""What a chain of plain images may be called: it becomes a part of file names."""

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_PROXY, _REPOSITORY, _DATA = "proxy", "repository", Service.parse("tcp/2500")
_LEAST_SHARE: Final = 20
"""A full point is expected to take at least one part in so many of what is in use: less room is refused at once."""


class ForeignReader(DiskReader, Protocol):
    """A reader of somebody else's server."""

    @property
    def serves_several(self) -> bool:
        """Whether the server takes several connections to the export at once."""
        ...


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One disk to protect."""

    name: str
    """What the disk is called in the restore point."""
    origin: str
    """The file or the URI, as the user has named it."""
    size: int
    """Bytes of the disk."""
    in_use: int
    """Bytes that will be read of it."""
    open_reader: Callable[[], DiskReader]
    transport: str
    most_readers: int | None = None
    """Readers that may be open at once; None where it does not matter."""
    files: tuple[Path, ...] = ()
    """The files that must stand still; none for a server, whose export is asked to."""


@dataclass(frozen=True, slots=True)
class DiskOutcome:
    """What became of one disk."""

    source: ImageSource
    figures: TaskFigures


@dataclass(frozen=True, slots=True)
class Protection:
    """A restore point that was made."""

    point: str
    path: Path
    file_size: int
    parent: str | None
    """The point that it builds on; None for a full one."""
    reason: FullReason | None
    """Why it is a full one; None for an incremental one."""
    resized: tuple[str, ...]
    """Disks that have another size than in the last point."""
    reread: int
    """Blocks whose copy in the chain was found damaged, and that were read again."""
    disks: tuple[DiskOutcome, ...]


OnDisks = Callable[[tuple[TaskFigures | None, ...]], None]
"""Told the figures of every disk in its order, None for one that has not begun; in the caller's thread."""


def image_source(path: Path, name: str) -> ImageSource:
    """A raw image or VMDK as a disk to protect. Raises what `open_image` raises."""
    image = open_image(path)
    try:
        files = {path}
        if isinstance(image, VmdkDisk):
            files |= {file.path for layer in image.chain() for file in layer.files}
        in_use = sum(extent.length for extent in image.extents())
        return ImageSource(name, str(path), image.size, in_use, _opener(path), "file", files=tuple(sorted(files)))
    finally:
        image.close()


def _opener(path: Path) -> Callable[[], DiskReader]:
    def open_reader() -> RawDisk | VmdkDisk:
        return open_image(path)

    return open_reader


def foreign_source(uri: str, name: str, connect: Callable[[str], ForeignReader]) -> ImageSource:
    """An NBD export as a disk to protect; `connect` opens one connection to it.

    Only a server that says that it serves several connections at once gets more than one: others, such as qemu-nbd
    without `--shared`, take no second one until the first has ended.

    Raises what `connect` raises, and ProtocolError for an export that is no disk of whole sectors.
    """
    reader = connect(uri)
    try:
        if reader.size <= 0 or reader.size % SECTOR:
            raise ProtocolError("NBD", f"{reader.size} bytes")
        in_use = sum(extent.length for extent in reader.extents())
        most = None if reader.serves_several else 1
        return ImageSource(name, uri, reader.size, in_use, lambda: connect(uri), "nbd", most)
    finally:
        reader.close()


def disk_names(origins: Sequence[str]) -> tuple[str, ...]:
    """What the disks are called: the last part of each name, numbered where two are the same."""
    names: list[str] = []
    for origin in origins:
        last = "".join(char for char in origin.rstrip("/").rpartition("/")[2] if char.isprintable())[:60] or "disk"
        name, number = last, 2
        while name in names:
            name, number = f"{last}-{number}", number + 1
        names.append(name)
    return tuple(names)


def chain_name(origin: str) -> str:
    """The name of the chain for an image of this name: its last part without the ending."""
    last = origin.rstrip("/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    safe = _UNSAFE.sub("_", stem).lstrip(".-")[:80]
    return safe or "disk"


def point_id(name: str, created_ms: int) -> str:
    """The id of a point: the chain's name and the moment in UTC, so that ids sort as the points were made."""
    moment = datetime.fromtimestamp(created_ms / 1000, UTC)
    return f"{name}-{moment:%Y%m%dT%H%M%S}{created_ms % 1000:03}Z"


def back_up_images(
    sources: Sequence[ImageSource],
    repository: Repository,
    *,
    name: str,
    created_ms: int,
    compression: CompressionLevel = CompressionLevel.OPTIMAL,
    full: bool = False,
    check: bool = False,
    slots: int = SLOTS,
    workers: int | None = None,
    on_progress: OnDisks | None = None,
    stop: threading.Event | None = None,
) -> Protection:
    """Make one restore point of all the images, in the chain called `name`.

    `workers`: for each disk; by default what the processors are good for. `created_ms`: milliseconds since 1970 (UTC),
    made later than the last point's where a clock has gone back; `full`: do not build on the last point; `check`: look
    first whether every record of the chain can still be read, and read the blocks of those that cannot from the images
    again; `stop` ends it early. Raises RepositoryBusy, NoSpace, PointExists, ImageChanged, Cancelled, ValueError (no or
    equally named disks, a name that is none), what reading the images or the parent's chain raises, OSError. After any
    error the repository is as it was before.
    """
    if not sources or not CHAIN_NAME.fullmatch(name):
        raise ValueError(f"{len(sources)} images for {name!r}")
    disks = [DiskInfo(source.name, source.size) for source in sources]
    with repository.lock(name):
        base = _base(repository, name, disks, full=full)
        created_ms = max(created_ms, base.since_ms)
        parent = None if base.parent is None else base.parent.point
        per_disk = _workers(min(slots, len(sources))) if workers is None else workers
        reread: Mapping[str, frozenset[int]] = {}
        if check and parent is not None:
            reread = repository.health_check(name, stop=stop).reread
        preflight(repository.path, _forecast(sources, full=parent is None))
        before = [_state_of(source) for source in sources]
        with (
            LoopbackNetwork(lambda _: True) as network,
            repository.begin(
                name, point_id(name, created_ms), disks, created_ms=created_ms, parent=parent, reread=reread
            ) as point,
        ):
            target = RepositoryDataMover(network, _REPOSITORY)
            target.listen(_DATA)
            proxy = ProxyDataMover(network, _PROXY)

            def starter(source: ImageSource) -> Callable[[], Copy]:
                task = CopyTask(
                    f"{name}/{source.name}", source.open_reader, Connection(_PROXY, _REPOSITORY, _DATA),
                    workers=min(per_disk, source.most_readers or per_disk), compression=compression,
                    reread=reread.get(source.name, frozenset()),
                )  # fmt: skip
                return lambda: start_copy(task, proxy, target, point.disk(source.name))

            def told(copies: tuple[Copy | None, ...]) -> None:
                if on_progress is not None:
                    on_progress(tuple(None if copy is None else copy.progress.figures() for copy in copies))

            copies = copy_in_slots([starter(source) for source in sources], slots, on_progress=told, stop=stop)
            for source, state in zip(sources, before, strict=True):
                if _state_of(source) != state:
                    raise ImageChanged(Path(source.origin))
            figures = tuple(copy.progress.figures() for copy in copies)
            path = point.finish(
                PointMetadata(
                    transports=tuple(source.transport for source in sources),
                    tracked=(False,) * len(sources),
                    compression=str(compression),
                    processed=sum(one.processed for one in figures),
                    read=sum(one.read for one in figures),
                    transferred=sum(one.transferred for one in figures),
                )
            )
    return Protection(
        point.header.point_id, path, path.stat().st_size, parent, base.reason, base.resized,
        sum(map(len, reread.values())),
        tuple(DiskOutcome(source, one) for source, one in zip(sources, figures, strict=True)),
    )  # fmt: skip


def _base(repository: Repository, name: str, disks: Sequence[DiskInfo], *, full: bool) -> Base:
    """Look at the last point of the chain. Raises OSError."""
    made_here = re.compile(re.escape(name) + r"-[0-9]{8}T[0-9]{9}Z")

    def later(point: str, than: str | None) -> bool:
        return made_here.fullmatch(point) is not None and (than is None or point > than)

    return base_of(repository.points(), name, [(disk.name, disk.size) for disk in disks], later=later, full=full)


def _workers(disks: int) -> int:
    """Workers for each of so many disks that are copied at once: compression keeps a processor busy."""
    return max(WORKERS, min(_MOST_WORKERS, (os.cpu_count() or 1) // max(1, disks)))


def _forecast(sources: Sequence[ImageSource], *, full: bool) -> int:
    """The least that the point will take: a forecast that must not refuse what would have fitted."""
    index = sum(blocks_of(source.size, BLOCK_SIZE) * ENTRY_SIZE for source in sources)
    return index + (sum(source.in_use for source in sources) // _LEAST_SHARE if full else 0)


def _state_of(source: ImageSource) -> tuple[tuple[int, int, int], ...]:
    """What tells that a file was written to or replaced: its inode, size and time of change."""
    states = [path.stat() for path in source.files]
    return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in states)
