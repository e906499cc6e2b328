"""What lies under the redo logs: the image itself, or somebody else's image under a layer of our own.

Decided here: which files a write of the guest may reach. An image of ours is written in place; somebody else's is
opened read-only, and whatever is written goes to `NAME-overlay.vmdk` in another folder, a VMDK child of the image.
What a redo log names as its parent: the image; the overlay; for a raw image `NAME-base.vmdk`, a descriptor whose one
flat extent is the image, as a datastore has it, because a VMDK child has a VMDK parent (qemu-img refuses to make, and
to read, one over a raw file). That descriptor exists as long as there is a log or overlay on it. Must never happen
here: a write to or beside an image under an overlay.
"""

from __future__ import annotations

import os
import zlib
from heapq import merge
from pathlib import Path
from typing import Final, Protocol

from vbtui.engine.disk.extents import Extent, joined
from vbtui.engine.disk.image import open_image
from vbtui.engine.disk.vmdk import Access, Descriptor, ExtentLine, ExtentType, VmdkDisk
from vbtui.engine.disk.vmdk.descriptor import NO_PARENT, writable_name
from vbtui.engine.errors import BadName, OutputExists
from vbtui.engine.snapshot.names import DiskFiles
from vbtui.engine.snapshot.redo_log import Parent, RedoLog
from vbtui.engine.storage import CREATE, Storage, placed
from vbtui.engine.wire import Buffer

_MOST_DESCRIPTION: Final = 64 * 1024


class FrozenImage(Protocol):
    """A disk that stands still, opened by whoever reads it."""

    size: int

    def read_into(self, offset: int, view: memoryview) -> None: ...
    def extents(self) -> tuple[Extent, ...]: ...
    def close(self) -> None: ...


class Base(FrozenImage, Protocol):
    """The lowest layer of a live disk, into which redo logs are merged. Reading is thread-safe."""

    path: Path
    """The file that holds it, for a reader that goes to the storage itself."""

    @property
    def parent(self) -> Parent:
        """What the first redo log names."""
        ...

    def describe(self) -> None:
        """Make what `parent` names, if it is not there."""
        ...

    def write(self, offset: int, data: Buffer) -> None:
        """A write of the guest, while no redo log stands on the image."""
        ...

    def merge(self, offset: int, data: Buffer) -> None:
        """A piece of a redo log, which goes on naming the image until `settle`."""
        ...

    def settle(self) -> None:
        """No redo log stands on it any more."""
        ...

    def flush(self) -> None: ...

    def files(self) -> tuple[Path, ...]:
        """All files whose bytes are the disk's, in order."""
        ...

    def reopen(self) -> FrozenImage:
        """The same bytes through descriptors of its own, for reading."""
        ...


class ImageBase:
    """An image that is written in place."""

    def __init__(self, files: DiskFiles, storage: Storage, *, writable: bool = True) -> None:
        """Raises what `open_image` raises."""
        self.path = files.image
        self._files = files
        self._storage = storage
        self._image = open_image(files.image, writable=writable, storage=storage, durable=True)
        self.size = self._image.size
        self._renewed = False

    @property
    def parent(self) -> Parent:
        if isinstance(self._image, VmdkDisk):
            hint = self.path.name if self._files.beside else os.fspath(self.path.absolute())
            return Parent(self.path, hint, self._image.content_id)
        return Parent(self._files.description, self._files.description.name, self._description().content_id)

    def describe(self) -> None:
        """Raises BadName for an image that a descriptor cannot name, OutputExists, OSError."""
        if not isinstance(self._image, VmdkDisk):
            text = self._description().text().encode()
            _place_text(self._files.description, text, self._storage, replace=not self._files.beside)

    def read_into(self, offset: int, view: memoryview) -> None:
        self._image.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        return self._image.extents()

    def write(self, offset: int, data: Buffer) -> None:
        if not self._renewed and isinstance(self._image, VmdkDisk):
            self._image.renew()
        self._renewed = True
        self._image.write(offset, data)

    def merge(self, offset: int, data: Buffer) -> None:
        self._image.write(offset, data)

    def settle(self) -> None:
        if isinstance(self._image, VmdkDisk):
            self._image.renew()
            self._renewed = True
        else:
            _remove_text(self._files.description, self._description().text().encode(), self._storage)

    def flush(self) -> None:
        self._image.flush()

    def files(self) -> tuple[Path, ...]:
        if isinstance(self._image, VmdkDisk):
            return tuple(file.path for image in self._image.chain() for file in image.files)
        return (self.path,)

    def reopen(self) -> FrozenImage:
        return open_image(self.path)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        self._image.close()

    def _description(self) -> Descriptor:
        """A raw image as a VMDK. The content id of one that nobody here writes to changes when somebody else does."""
        name = self.path.name if self._files.beside else os.fspath(self.path.absolute())
        if not writable_name(name):
            raise BadName(name)
        known = f"{name}\0{self.size}"
        if not self._files.beside:
            known += f"\0{self.path.stat().st_mtime_ns}"
        content_id = zlib.crc32(known.encode())
        line = ExtentLine(Access.RW, self.size, ExtentType.FLAT, name, 0, 0)
        return Descriptor(content_id if content_id != NO_PARENT else 0, None, "monolithicFlat", None, (line,))


class OverlayBase:
    """Somebody else's image under a layer of ours."""

    def __init__(self, files: DiskFiles, storage: Storage) -> None:
        """Open the overlay that is there, or make one. Raises what `ImageBase` and `RedoLog` raise."""
        self.path = files.overlay
        self._files = files
        self._image = ImageBase(files, storage, writable=False)
        try:
            self.size = self._image.size
            if self.path.exists():
                self._layer = RedoLog.open(self.path, self.size, self._image.parent, storage)
            else:
                self._image.describe()
                self._layer = RedoLog.create(self.path, self.size, self._image.parent, storage)
        except BaseException:
            self._image.close()
            raise

    @property
    def parent(self) -> Parent:
        return self._layer.as_parent

    def describe(self) -> None:
        """The overlay is there already."""

    def read_into(self, offset: int, view: memoryview) -> None:
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError(f"read of {len(view)} bytes at {offset} of a disk of {self.size}")
        self._layer.read_into(offset, view, self._image.read_into)

    def extents(self) -> tuple[Extent, ...]:
        return _together(self._image, self._layer)

    def write(self, offset: int, data: Buffer) -> None:
        self._layer.write(offset, data, self._image.read_into)

    def merge(self, offset: int, data: Buffer) -> None:
        self.write(offset, data)

    def settle(self) -> None:
        """The overlay's content id is known to nobody but to logs that are gone."""

    def flush(self) -> None:
        self._layer.sync()

    def files(self) -> tuple[Path, ...]:
        return (*self._image.files(), self.path)

    def reopen(self) -> FrozenImage:
        return _Overlaid(self._files.image, self._layer)

    def close(self) -> None:
        """May be called twice; nobody may be reading."""
        try:
            self._layer.close()
        finally:
            self._image.close()


class _Overlaid:
    """An image and its overlay, both opened for reading."""

    def __init__(self, image: Path, layer: RedoLog) -> None:
        self._image = open_image(image)
        self.size = self._image.size
        try:
            self._layer = RedoLog.open(layer.path, self.size, layer.parent, writable=False)
        except BaseException:
            self._image.close()
            raise

    def read_into(self, offset: int, view: memoryview) -> None:
        if offset < 0 or offset + len(view) > self.size:
            raise ValueError(f"read of {len(view)} bytes at {offset} of a disk of {self.size}")
        self._layer.read_into(offset, view, self._image.read_into)

    def extents(self) -> tuple[Extent, ...]:
        return _together(self._image, self._layer)

    def close(self) -> None:
        self._layer.close()
        self._image.close()


def _together(image: FrozenImage, layer: RedoLog) -> tuple[Extent, ...]:
    return tuple(joined(merge(image.extents(), layer.areas())))


def _place_text(path: Path, text: bytes, storage: Storage, *, replace: bool) -> None:
    """A small file, complete under its name. Raises OutputExists if something else is there, without `replace`."""
    if _holds(path, text):
        return
    if os.path.lexists(path) and not replace:
        raise OutputExists(path)
    with placed(path, storage) as new:
        number = storage.open(new, CREATE)
        try:
            storage.write(number, 0, text)
            storage.sync(number)
        finally:
            os.close(number)


def _remove_text(path: Path, text: bytes, storage: Storage) -> None:
    """Away with a file of ours; one that says something else is not ours."""
    if _holds(path, text):
        storage.unlink(path)
        storage.sync_folder(path.parent)


def _holds(path: Path, text: bytes) -> bool:
    try:
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return os.pread(number, _MOST_DESCRIPTION, 0) == text
    finally:
        os.close(number)
