"""The image that a restore writes: under its name only when it is complete and on stable storage.

Decided here: what an earlier file of that name means, how a raw image is written (`Storage`, so that a crash can be
tried), and that VMDKs are `disk.NewImage`. A `.part` file of somebody who is still writing is never touched; one that
was left behind goes only where the caller lets files be replaced.
"""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from pathlib import Path
from typing import Final, Protocol

from vbtui.engine.disk.conversion import NewFormat, NewImage
from vbtui.engine.disk.vmdk import flat_data
from vbtui.engine.errors import ImageBusy, OutputExists, PointExists
from vbtui.engine.repository.part_file import discard, publish, replace
from vbtui.engine.storage import CREATE, Storage, unfinished
from vbtui.engine.wire import Buffer

_READABLE: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class RestoredImage(Protocol):
    """Takes the bytes of a disk. Ends with `finish`; `discard` after it does nothing, before it leaves nothing."""

    in_order: bool
    """Whether the order in which bytes come is the order in the file: one thread at a time, ascending."""

    def write(self, offset: int, data: Buffer) -> None:
        """Raises OSError."""

    def finish(self) -> None:
        """Raises OutputExists if something has taken the name meanwhile, OSError."""

    def discard(self) -> None: ...


def create_image(path: Path, size: int, form: NewFormat, *, overwrite: bool, storage: Storage) -> RestoredImage:
    """Begin an image of `size` bytes, nothing but zeros.

    Raises OutputExists (also for a `.part` file that was left, unless `overwrite`), ImageBusy if somebody is writing
    it, ValueError for a VMDK that is not whole sectors, BadName, OSError.
    """
    files = [path, flat_data(path)] if form is NewFormat.VMDK_FLAT else [path]
    for file in files:
        if file.is_symlink() or (file.exists() and not (overwrite and _is_plain_file(file))):
            raise OutputExists(file)
    for file in files:
        _take_part(unfinished(file), storage, overwrite=overwrite)
    if form is NewFormat.RAW:
        return _RawImage(path, size, overwrite=overwrite, storage=storage)
    return _VmdkImage(path, size, form, overwrite=overwrite)


class _RawImage:
    in_order = False

    def __init__(self, path: Path, size: int, *, overwrite: bool, storage: Storage) -> None:
        self._path = path
        self._part = unfinished(path)
        self._overwrite = overwrite
        self._storage = storage
        try:
            self._number = storage.open(self._part, CREATE, 0o600)
        except FileExistsError as error:
            raise OutputExists(self._part) from error
        try:
            fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            storage.truncate(self._number, size)
        except BaseException:
            self.discard()
            raise

    def write(self, offset: int, data: Buffer) -> None:
        self._storage.write(self._number, offset, data)
        if sys.platform == "linux":
            # Begins to write it out, so that the last `sync` has nothing left to wait for, and keeps a disk that nobody
            # reads now from pushing everything else out of the page cache. Advice: it changes no promise.
            os.posix_fadvise(self._number, offset, len(data), os.POSIX_FADV_DONTNEED)

    def finish(self) -> None:
        self._storage.sync(self._number)
        if self._overwrite:
            replace(self._part, self._path, self._storage)
        else:
            try:
                publish(self._part, self._path, self._storage)
            except PointExists as error:
                raise OutputExists(self._path) from error
        os.close(self._number)
        self._number = -1

    def discard(self) -> None:
        if self._number >= 0:
            number, self._number = self._number, -1
            discard(number, self._part, self._storage)


class _VmdkImage:
    in_order = True

    def __init__(self, path: Path, size: int, form: NewFormat, *, overwrite: bool) -> None:
        self._new = NewImage(path, size, form, overwrite=overwrite)

    def write(self, offset: int, data: Buffer) -> None:
        self._new.write(offset, bytes(data) if isinstance(data, memoryview) else data)

    def finish(self) -> None:
        self._new.finish()

    def discard(self) -> None:
        self._new.__exit__(None, None, None)


def _is_plain_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _take_part(part: Path, storage: Storage, *, overwrite: bool) -> None:
    """Remove the `.part` file of a writer that is dead. Raises OutputExists, ImageBusy."""
    try:
        state = part.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(state.st_mode):
        raise OutputExists(part)
    number = os.open(part, _READABLE)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not overwrite:
            raise OutputExists(part)
        storage.unlink(part)
    except BlockingIOError as error:
        raise ImageBusy(part) from error
    finally:
        os.close(number)
