"""A raw disk image: a regular file whose bytes are the disk's bytes.

Decided here: which files are accepted as disks, and how their allocated areas are found (SEEK_DATA and SEEK_HOLE). An
image open for writing is locked against a second writer. Reading takes no lock and no shared position, so one object
serves several threads.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Final

from vbtui.engine.disk.extents import Extent
from vbtui.engine.errors import BadImage, ImageBusy
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer

SECTOR: Final = 512


def read_fully(number: int, view: memoryview, offset: int) -> int:
    """Fill `view` from a file descriptor; returns the bytes got, fewer only at the file's end."""
    got = 0
    while got < len(view):
        count = os.preadv(number, [view[got:]], offset + got)
        if count == 0:
            break
        got += count
    return got


def allocated_extents(number: int, size: int, start: int = 0) -> tuple[Extent, ...]:
    """Areas of a file that are no holes, in order, from `start` up to `size`; all of it where nobody can tell."""
    extents: list[Extent] = []
    position = start
    while position < size:
        try:
            data = os.lseek(number, position, os.SEEK_DATA)
            end = min(os.lseek(number, data, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole up to the end
                break
            return (Extent(start, size - start),)
        if data < end:
            extents.append(Extent(data, end - data))
        position = max(end, position + 1)
    return tuple(extents)


class RawDisk:
    """A raw image. Offsets and sizes in bytes; reading beyond the end is a ValueError, never a short answer."""

    def __init__(self, path: Path, *, writable: bool = False, storage: Storage = STORAGE) -> None:
        """Open the image. Raises BadImage (no regular file, empty, not whole sectors), ImageBusy, or OSError."""
        self.path = path
        self.writable = writable
        self._storage = storage
        # Without O_NONBLOCK the open of a named pipe would wait for ever.
        self._number = os.open(path, (os.O_RDWR if writable else os.O_RDONLY) | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            state = os.fstat(self._number)
            if not stat.S_ISREG(state.st_mode):
                raise BadImage(path, "regular file", stat.filemode(state.st_mode))
            if state.st_size == 0 or state.st_size % SECTOR:
                raise BadImage(path, f"multiple of {SECTOR} bytes", str(state.st_size))
            self.size = state.st_size
            if writable:
                try:
                    fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise ImageBusy(path) from error
        except BaseException:
            os.close(self._number)
            raise

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer from `offset` on. Raises ValueError beyond the end, BadImage if the file shrank."""
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError(f"read of {len(view)} bytes at {offset} of a disk of {self.size}")
        if read_fully(self._number, view, offset) != len(view):
            raise BadImage(self.path, f"{self.size} bytes", str(os.fstat(self._number).st_size))

    def write(self, offset: int, data: Buffer) -> None:
        """Raises ValueError beyond the end or on an image that was opened for reading."""
        if not self.writable or offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"write of {len(data)} bytes at {offset} of a disk of {self.size}")
        self._storage.write(self._number, offset, data)

    def flush(self) -> None:
        """Everything written is on stable storage when this returns."""
        self._storage.sync(self._number)

    def extents(self) -> tuple[Extent, ...]:
        """Allocated areas in order."""
        return allocated_extents(self._number, self.size)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1
