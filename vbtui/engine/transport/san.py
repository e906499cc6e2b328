"""Direct storage access: the proxy reads the image on the shared storage itself, past the host.

Its own file descriptor on the image, positioned reads, and the allocated areas from the file system. Nothing goes
through the host; the snapshot only guarantees that the image stands still, and is held meanwhile.
"""

from __future__ import annotations

from vbtui.engine.disk.extents import Extent
from vbtui.engine.disk.raw import RawDisk
from vbtui.engine.snapshot import Snapshot


class SanReader:
    """Reads the base image of a snapshot."""

    def __init__(self, snapshot: Snapshot, holder: str) -> None:
        """`holder` names the proxy, for the one whose commit is refused. Raises SnapshotGone, BadImage, OSError."""
        snapshot.hold(holder)
        try:
            self._image: RawDisk | None = RawDisk(snapshot.path)
        except BaseException:
            snapshot.let_go(holder)
            raise
        self.size = self._image.size
        self._snapshot = snapshot
        self._holder = holder

    def read_into(self, offset: int, view: memoryview) -> None:
        assert self._image is not None, "the reader is closed"
        self._image.read_into(offset, view)

    def extents(self) -> tuple[Extent, ...]:
        assert self._image is not None, "the reader is closed"
        return self._image.extents()

    def close(self) -> None:
        if self._image is not None:
            self._image.close()
            self._image = None
            self._snapshot.let_go(self._holder)
