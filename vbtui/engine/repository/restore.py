"""Restore of one disk: every block proven by its hash, or no disk at all.

Decided here: the output appears under its name only when it is complete and on stable storage; zeros and holes stay
holes of the file; damaged blocks are all named and the restore is refused; an existing file is kept unless the caller
says otherwise.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from vbtui.engine.disk.raw import write_fully
from vbtui.engine.errors import OutputExists, PointExists, UnknownDisk
from vbtui.engine.repository.chain import Chain
from vbtui.engine.repository.damage import BlockDamaged, DamagedBlock, DamagedBlocks
from vbtui.engine.repository.part_file import publish
from vbtui.engine.repository.records import WORKERS, OnProgress, Progress
from vbtui.engine.storage import STORAGE


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A finished restore: `size` bytes of disk, of which `written` hold data."""

    output: Path
    size: int
    written: int


def restore_disk(
    point: Chain,
    disk: str,
    output: Path,
    *,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> RestoreReport:
    """Write a disk of an open point to `output` (a raw image).

    Raises UnknownDisk, OutputExists, DamagedBlocks (all of the disk's, nothing is left behind), Cancelled, OSError.
    """
    names = [info.name for info in point.header.disks]
    if disk not in names:
        raise UnknownDisk(point.header.point_id, disk)
    number = names.index(disk)
    if (output.exists() or output.is_symlink()) and not (overwrite and _is_plain_file(output)):
        raise OutputExists(output)
    part = output.with_name(output.name + ".part")
    try:
        target = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise OutputExists(part) from error
    try:
        try:
            report = _fill(point, number, target, output, on_progress, stop)
            os.fsync(target)
        finally:
            os.close(target)
        if overwrite:
            part.replace(output)
            STORAGE.sync_folder(output.parent)
        else:
            publish(part, output)
    except PointExists as error:
        part.unlink(missing_ok=True)
        raise OutputExists(output) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return report


def _fill(
    point: Chain, number: int, target: int, output: Path, on_progress: OnProgress | None, stop: threading.Event | None
) -> RestoreReport:
    info = point.header.disks[number]
    os.ftruncate(target, info.size)
    progress = Progress(info.size, on_progress, stop, output.name)
    block_size = point.header.block_size

    def write(block: int) -> tuple[int, DamagedBlock | None]:
        progress.check()
        length = point.header.block_length(number, block)
        try:
            plain = point.read_block(number, block)
        except BlockDamaged as error:
            return 0, error.of(info.name, block)
        if plain is not None:
            write_fully(target, block * block_size, plain)
        progress.add(length)
        return 0 if plain is None else length, None

    def in_portions() -> Iterator[range]:
        blocks = point.blocks(number)
        return (range(first, min(first + 1024, blocks)) for first in range(0, blocks, 1024))

    written = 0
    damaged: list[DamagedBlock] = []
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="restore") as pool:
        for portion in in_portions():
            for length, damage in pool.map(write, portion):
                written += length
                if damage is not None:
                    damaged.append(damage)
    if damaged:
        raise DamagedBlocks(point.header.point_id, tuple(damaged))
    return RestoreReport(output, info.size, written)


def _is_plain_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)
