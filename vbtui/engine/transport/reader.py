"""What a data mover reads from, whatever the transport mode."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from vbtui.engine.disk.extents import Extent


class DiskReader(Protocol):
    """One open way to a disk's frozen state. One reader serves one thread; each worker opens its own."""

    @property
    def size(self) -> int:
        """Bytes of the disk."""
        ...

    def read_into(self, offset: int, view: memoryview) -> None:
        """Fill the caller's buffer from `offset` on. Raises EngineError or OSError; never a short answer."""
        ...

    def extents(self) -> tuple[Extent, ...]:
        """Areas that may hold data, in order; everything else reads as zeros. The whole disk if the way cannot tell."""
        ...

    def close(self) -> None:
        """Give up the way. May be called twice."""
        ...


@runtime_checkable
class InterruptibleReader(DiskReader, Protocol):
    """A reader that may wait for somebody, and can be told from another thread to wait no longer."""

    def interrupt(self) -> None:
        """End the read under way, and every later one, with an error. Never raises; `close` is still the owner's."""
        ...


class ExportSource(Protocol):
    """What a server can export: sized bytes that any thread may read."""

    @property
    def size(self) -> int: ...

    def read_into(self, offset: int, view: memoryview) -> None: ...

    def hold(self, holder: str) -> None:
        """A client has come; the source must stay readable until `let_go`."""
        ...

    def let_go(self, holder: str) -> None: ...


@runtime_checkable
class SparseSource(ExportSource, Protocol):
    """A source that knows its holes."""

    def extents(self) -> tuple[Extent, ...]:
        """Areas that may hold data; everything else reads as zeros. Raises EngineError or OSError."""
        ...


@runtime_checkable
class TrackedSource(ExportSource, Protocol):
    """A source that knows what has changed since the change id of an earlier restore point."""

    def dirty(self) -> tuple[Extent, ...] | None:
        """Areas that may have changed; None if that is not known now. Raises EngineError or OSError."""
        ...
