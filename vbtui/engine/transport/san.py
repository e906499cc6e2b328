"""Direct storage access: the proxy reads the disk's files on the shared storage itself, past the host.

Its own descriptors on the files of the frozen image, positioned reads, and the areas in use from the image's own
tables and the file system. Nothing goes through the host; the snapshot only guarantees that the files stand still, and
is held meanwhile.
"""

from __future__ import annotations

from vbtui.engine.disk.extents import Extent
from vbtui.engine.snapshot import FrozenImage, Snapshot


class SanReader:
    """Reads the frozen image of a snapshot."""

    def __init__(self, snapshot: Snapshot, holder: str) -> None:
        """`holder` names the proxy, for the one whose commit is refused.

        Raises SnapshotGone, what opening the image raises, OSError.
        """
        snapshot.hold(holder)
        try:
            self._image: FrozenImage | None = snapshot.open_image()
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
