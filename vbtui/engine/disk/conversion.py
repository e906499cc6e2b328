"""Whole disks: made anew, converted from one format to another, compared.

Decided here: that a new image appears under its name only when it is complete (`.part` before), durable and sparse;
that zeros are not written; and that nothing is read that both sides know to be zero. Memory: one buffer of 1 MiB for
each thread or image. `progress` is told how far along the disk the work is, in bytes.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from pathlib import Path
from types import TracebackType
from typing import Final

from vbtui.engine.disk.extents import Extent, joined
from vbtui.engine.disk.image import runs_of
from vbtui.engine.disk.raw import RawDisk
from vbtui.engine.disk.vmdk import (
    GRAIN,
    ParentLoop,
    RunKind,
    VmdkDisk,
    create_delta,
    create_flat,
    create_sparse,
    flat_data,
)
from vbtui.engine.errors import BadImage, OutputExists
from vbtui.engine.storage import unfinished
from vbtui.engine.wire import Buffer
from vbtui.engine.workers import work_together
from vbtui.vocabulary import KiB, MiB

Progress = Callable[[int], None]

_CHUNK: Final = MiB
_PAGE: Final = 4 * KiB
"""Smaller runs of zeros are written to a file as they are: its file system has no smaller holes."""
_ZEROS: Final = bytes(GRAIN)
_WORKERS: Final = 2
"""Writing is what takes the time, in the kernel, which clears every new page; more threads bring nothing."""


class NewFormat(StrEnum):
    """What can be written."""

    RAW = "raw"
    VMDK_SPARSE = "vmdk-sparse"
    VMDK_FLAT = "vmdk-flat"


class NewImage:
    """An image that is being written; a context that ends well with `finish`, and otherwise leaves nothing behind."""

    def __init__(self, path: Path, size: int, form: NewFormat, *, overwrite: bool = False) -> None:
        """Raises OutputExists, BadImage if something else than a file has the name, ValueError, BadName, OSError."""
        self._parts = [(unfinished(path), path)]
        if form is NewFormat.VMDK_FLAT:
            # The descriptor is renamed last: with it the image is there.
            self._parts.insert(0, (unfinished(flat_data(path)), flat_data(path)))
        for part, final in self._parts:
            _make_room(part, final, overwrite=overwrite)
        self._zero_piece = GRAIN if form is NewFormat.VMDK_SPARSE else _PAGE
        first = self._parts[0][0]
        try:
            if form is NewFormat.VMDK_SPARSE:
                create_sparse(first, size, name=path.name)
            elif form is NewFormat.VMDK_FLAT:
                create_flat(self._parts[1][0], size, data=first, name=flat_data(path).name)
            else:
                with first.open("xb") as file:
                    file.truncate(size)
            self.disk = (
                VmdkDisk(first, writable=True) if form is NewFormat.VMDK_SPARSE else RawDisk(first, writable=True)
            )
        except BaseException:
            self._remove()
            raise

    def __enter__(self) -> NewImage:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.disk.close()
        self._remove()

    def write(self, offset: int, data: bytes | bytearray, length: int | None = None) -> None:
        """The first `length` bytes of `data` at `offset`, without its pages of zeros."""
        view = memoryview(data)
        for start, end in written_ranges(data, len(data) if length is None else length, self._zero_piece):
            self.disk.write(offset + start, view[start:end])

    def finish(self) -> None:
        """Everything to the medium, then the files under their names."""
        self.disk.close()
        for part, _ in self._parts:
            _sync(part)
        for part, final in self._parts:
            part.replace(final)
        _sync(self._parts[0][1].absolute().parent)

    def _remove(self) -> None:
        for part, _ in self._parts:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def new_child(path: Path, parent: VmdkDisk, *, hint: str, overwrite: bool = False) -> None:
    """A delta over `parent`, which it finds by `hint`: it reads as its parent until it is written to.

    Raises ParentLoop if `path` is a file of the parent's chain, otherwise as `NewImage`.
    """
    part = unfinished(path)
    if path.exists() and any(one.path.exists() and one.path.samefile(path) for i in parent.chain() for one in i.files):
        raise ParentLoop(path, parent.path)
    _make_room(part, path, overwrite=overwrite)
    try:
        create_delta(part, parent.size, parent_id=parent.content_id, hint=hint, name=path.name, zero_grains=True)
        _sync(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync(path.absolute().parent)


def _make_room(part: Path, final: Path, *, overwrite: bool) -> None:
    if final.is_symlink() or (final.exists() and not final.is_file()):
        raise BadImage(final, "regular file", "something else")
    if final.exists() and not overwrite:
        raise OutputExists(final)
    part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def written_ranges(data: bytes | bytearray, length: int, piece: int) -> Iterator[tuple[int, int]]:
    """(start, end) of what is not zero in the first `length` bytes, in whole pieces, neighbours put together."""
    begin, zeros = -1, _ZEROS[:piece]
    for start in range(0, length, piece):
        if start + piece > length:
            zeros = zeros[: length - start]
        if data.startswith(zeros, start):
            if begin >= 0:
                yield begin, start
                begin = -1
        elif begin < 0:
            begin = start
    if begin >= 0:
        yield begin, length


def convert_image(
    source: RawDisk | VmdkDisk,
    target: Path,
    form: NewFormat,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write the disk anew, its parents merged into it. Raises as `NewImage`, and what reading raises."""
    # A sparse image is written by one thread: the order in which its grains come is the order in its file.
    workers = 1 if form is NewFormat.VMDK_SPARSE else _WORKERS
    with NewImage(target, source.size, form, overwrite=overwrite) as new:
        copy = _Copy(source, new, progress)
        copy.run(workers)
        new.finish()
    if progress is not None:
        progress(source.size)


class _Copy:
    """The chunks of a disk from one image to another, by several threads; the calling one is among them."""

    def __init__(self, source: RawDisk | VmdkDisk, new: NewImage, progress: Progress | None) -> None:
        self._source = source
        self._new = new
        self._progress = progress
        self._chunks = (chunk for used in _used(source) for chunk in _chunks(used.offset, used.end))
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._done = 0

    def run(self, workers: int) -> None:
        """Returns when everything is written and no thread is left. Raises what the first one raised."""
        work_together(workers, self._work, self._stop, name="convert")

    def _work(self) -> None:
        buffer = bytearray(_CHUNK)
        view = memoryview(buffer)
        while not self._stop.is_set():
            with self._lock:
                chunk = next(self._chunks, None)
            if chunk is None:
                return
            offset, length = chunk
            self._source.read_into(offset, view[:length])
            self._new.write(offset, buffer, length)
            if self._progress is not None:
                with self._lock:
                    self._done = max(self._done, offset + length)
                    self._progress(self._done)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first byte of which two disks of the same length differ, and what each has there."""

    offset: int
    first: int
    second: int


def compare_images(
    first: RawDisk | VmdkDisk, second: RawDisk | VmdkDisk, progress: Progress | None = None
) -> Difference | None:
    """The first difference within the length that both have; None if there is none. Sizes are the caller's to compare.

    Raises what reading raises.
    """
    common = min(first.size, second.size)
    one, other = bytearray(_CHUNK), bytearray(_CHUNK)
    for extent in joined(merge(_used(first), _used(second))):
        for offset, length in _chunks(extent.offset, min(extent.end, common)):
            for image, buffer in ((first, one), (second, other)):
                image.read_into(offset, memoryview(buffer)[:length])
            # A memoryview would be compared item by item.
            if (one != other) if length == _CHUNK else (one[:length] != other[:length]):
                place = _first_difference(one, other, length)
                return Difference(offset + place, one[place], other[place])
            if progress is not None:
                progress(offset + length)
    return None


def _used(image: RawDisk | VmdkDisk) -> Iterator[Extent]:
    """What may be other than zero. What nobody may read is in it, so that reading it is refused."""
    kinds = (RunKind.DATA, RunKind.NO_ACCESS)
    return joined(Extent(run.offset, run.length) for run in runs_of(image) if run.kind in kinds)


def _chunks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """(offset, length) on the raster of chunks, so that a sparse target gets whole grains."""
    while start < end:
        length = min(end, start - start % _CHUNK + _CHUNK) - start
        yield start, length
        start += length


def _first_difference(one: Buffer, other: Buffer, length: int) -> int:
    low, high = 0, length
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] != other[low:middle]:
            high = middle
        else:
            low = middle
    return low
