"""The file system, as far as a crash matters to it: every call of the engine that changes a file goes through here.

Decided here: which calls there are, that a write is repeated until the kernel has taken all of it, and what a file is
called until it is complete. Whoever writes something that must survive takes a `Storage`, so that a test can stand
between it and the kernel: stop before or after any call, take a part of a write only, run out of space, forget what was
not synchronised. Reading is not here: it changes nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vbtui.engine.wire import Buffer

CREATE: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
"""A new file, never through a symbolic link, never over something that is there."""

UNFINISHED: Final = ".part"
"""Behind the name of a file that is being made. One that nobody is writing any more is what a crash has left, and may
go."""


class Storage:
    """The real one. Descriptors are the operating system's own; whoever opened one closes it with `os.close`."""

    def open(self, path: Path, flags: int, mode: int = 0o644) -> int:
        """A file that will be changed. Raises OSError."""
        return os.open(path, flags, mode)

    def pwritev(self, number: int, buffers: list[memoryview], offset: int) -> int:
        """One call of the kernel; it may take less than all."""
        return os.pwritev(number, buffers, offset)

    def write(self, number: int, offset: int, *buffers: Buffer) -> None:
        """Write the buffers one after the other from `offset` on, whatever the kernel takes at a time."""
        views = [memoryview(buffer) for buffer in buffers if len(buffer)]
        while views:
            count = self.pwritev(number, views, offset)
            offset += count
            while views and count >= len(views[0]):
                count -= len(views.pop(0))
            if count:
                views[0] = views[0][count:]

    def truncate(self, number: int, size: int) -> None:
        os.ftruncate(number, size)

    def sync(self, number: int) -> None:
        """The file's data and size are on stable storage when this returns."""
        os.fsync(number)

    def start_sync(self, number: int, offset: int, length: int) -> None:
        """A hint: begin to put these bytes on stable storage, so that the `sync` at the end has less left to do.

        Promises nothing and never raises; only `sync` does. Linux begins to write dirty pages back on this advice
        (posix_fadvise(2), mm/fadvise.c) and keeps them in memory.
        """
        if hasattr(os, "posix_fadvise"):
            with contextlib.suppress(OSError):
                os.posix_fadvise(number, offset, length, os.POSIX_FADV_DONTNEED)

    def rename(self, source: Path, target: Path) -> None:
        """In one step, over what has the name already."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """A second name. Raises FileExistsError if it is taken, in one step."""
        os.link(source, target)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        path.unlink(missing_ok=missing_ok)

    def sync_folder(self, folder: Path) -> None:
        """The names in a folder are on stable storage when this returns."""
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        finally:
            os.close(number)


STORAGE: Final = Storage()


def unfinished(path: Path) -> Path:
    """The name under which `path` is made."""
    return path.with_name(path.name + UNFINISHED)


@contextlib.contextmanager
def placed(path: Path, storage: Storage) -> Iterator[Path]:
    """A file that is complete under its name or is not there: gives the name to make it under.

    The context has made it durable (`Storage.sync`) when it ends well; the file then takes its name, over one that has
    it already, and the folder is synchronised. Otherwise nothing is left. What a crash has left of it before goes.
    """
    new = unfinished(path)
    storage.unlink(new, missing_ok=True)
    try:
        yield new
        storage.rename(new, path)
    except BaseException:
        storage.unlink(new, missing_ok=True)
        raise
    storage.sync_folder(path.parent)
