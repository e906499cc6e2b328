"""The files of a VMDK: found by the names in its descriptors, each opened once.

Decided here: that a descriptor may only name regular files below one folder, links followed first; that a file open for
writing is locked against a second writer, as `RawDisk` does it. Never here: what is in the files.
"""

from __future__ import annotations

import fcntl
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from vbtui.engine.disk.raw import read_fully
from vbtui.engine.disk.vmdk.errors import MissingFile, OutsideFolder
from vbtui.engine.errors import BadImage, ImageBusy
from vbtui.engine.storage import STORAGE, Storage
from vbtui.engine.wire import Buffer

Identity = tuple[int, int]
"""Device and inode: what a file is, whatever it is called."""


@dataclass(slots=True)
class OpenFile:
    """An open regular file. `size` is that at the time of opening; a writer keeps it true."""

    path: Path
    number: int
    size: int
    identity: Identity
    storage: Storage = field(default=STORAGE, repr=False)
    """What every change of the file goes through."""

    def read(self, offset: int, size: int) -> bytearray:
        """At most `size` bytes, which the caller has checked; fewer at the file's end."""
        data = bytearray(size)
        got = read_fully(self.number, memoryview(data), offset)
        return data if got == size else data[:got]

    def write(self, offset: int, *buffers: Buffer) -> None:
        """All of the buffers, one after the other."""
        self.storage.write(self.number, offset, *buffers)

    def sync(self) -> None:
        """Everything written is on stable storage when this returns."""
        self.storage.sync(self.number)

    @property
    def allocated(self) -> int:
        """Bytes that the file takes on its file system."""
        return os.fstat(self.number).st_blocks * 512


class ImageFiles:
    """The open files of one image. Not its parents': they are images of their own."""

    def __init__(self, *, writable: bool, storage: Storage = STORAGE) -> None:
        self.writable = writable
        self._storage = storage
        self._open: dict[Identity, OpenFile] = {}

    def open(self, path: Path) -> OpenFile:
        """The file, opened now or before. Raises BadImage if it is no regular file, ImageBusy, OSError."""
        # Without O_NONBLOCK the open of a named pipe would wait for ever.
        number = os.open(path, (os.O_RDWR if self.writable else os.O_RDONLY) | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            state = os.fstat(number)
            if not stat.S_ISREG(state.st_mode):
                raise BadImage(path, "regular file", stat.filemode(state.st_mode))
            identity = (state.st_dev, state.st_ino)
            known = self._open.get(identity)
            if known is None:
                if self.writable:
                    try:
                        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError as error:
                        raise ImageBusy(path) from error
                known = OpenFile(path, number, state.st_size, identity, self._storage)
                self._open[identity] = known
                return known
        except BaseException:
            os.close(number)
            raise
        os.close(number)
        return known

    def all(self) -> tuple[OpenFile, ...]:
        """In the order of opening."""
        return tuple(self._open.values())

    def sync(self) -> None:
        for one in self._open.values():
            one.sync()

    def close(self) -> None:
        """May be called twice."""
        while self._open:
            os.close(self._open.popitem()[1].number)


def named_file(descriptor: Path, line: int, name: str, folder: Path) -> Path:
    """The file that a descriptor means by `name`, all links followed.

    Whether it lies below `folder` is asked before whether it exists. Raises OutsideFolder, MissingFile.
    """
    try:
        found = (descriptor.parent / name).resolve()
        if not found.is_relative_to(folder.resolve()):
            raise OutsideFolder(descriptor, line, name, folder)
        if not found.exists():
            raise MissingFile(descriptor, line, name)
    except (ValueError, RuntimeError) as error:  # a zero byte, a loop of links
        raise MissingFile(descriptor, line, name) from error
    except OSError as error:
        if isinstance(error, PermissionError):
            raise
        raise MissingFile(descriptor, line, name) from error
    return found
