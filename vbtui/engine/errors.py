"""What can go wrong with real bytes, as a small tree of exceptions with fields.

Decided here: the kinds of failure of this room. Every exception carries its facts as fields and a stable `code`; the
sentence that a person reads is made elsewhere. `str()` gives the code and the fields, for logs and tracebacks only.
"""

# ruff: noqa: N818 - the names say what happened (Blocked, StillAttached); "Error" behind each would say nothing more

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import ClassVar

from vbtui.vocabulary import Connection


class EngineError(Exception):
    """Base of everything this room raises on purpose. OSError from the operating system passes through unchanged."""

    code: ClassVar[str] = "engine"

    def __str__(self) -> str:
        facts = ", ".join(f"{field.name}={getattr(self, field.name)!s}" for field in fields(self))  # type: ignore[arg-type]
        return f"{self.code}: {facts}"


@dataclass(eq=False)
class Blocked(EngineError):
    """The permit refused this connection; no socket was touched."""

    code: ClassVar[str] = "blocked"
    connection: Connection


@dataclass(eq=False)
class NotListening(EngineError):
    """The connection is permitted, but nothing listens at its destination."""

    code: ClassVar[str] = "not-listening"
    connection: Connection


@dataclass(eq=False)
class AlreadyListening(EngineError):
    code: ClassVar[str] = "already-listening"
    node: str
    service: str


@dataclass(eq=False)
class NetworkClosed(EngineError):
    code: ClassVar[str] = "network-closed"


@dataclass(eq=False)
class PeerLost(EngineError):
    """The other side went away, or stayed silent for longer than the timeout (`reason` is `closed` or `timeout`)."""

    code: ClassVar[str] = "peer-lost"
    reason: str


@dataclass(eq=False)
class ProtocolError(EngineError):
    """The other side sent what its protocol does not allow."""

    code: ClassVar[str] = "protocol"
    protocol: str
    found: str


@dataclass(eq=False)
class RefusedByServer(EngineError):
    """An NBD server refused an export or a request; `error` is its reply type or errno."""

    code: ClassVar[str] = "refused-by-server"
    export: str
    error: int


@dataclass(eq=False)
class UnknownExport(RefusedByServer):
    """The server has no export of this name; `error` is its reply type."""

    code: ClassVar[str] = "unknown-export"


@dataclass(eq=False)
class ServerLost(PeerLost):
    """A foreign NBD server went away or stayed silent before its export was chosen."""

    code: ClassVar[str] = "server-lost"
    uri: str


@dataclass(eq=False)
class BadUri(EngineError):
    """The address of a foreign NBD server that cannot be one."""

    code: ClassVar[str] = "bad-uri"
    uri: str
    expected: str
    found: str


@dataclass(eq=False)
class Cancelled(EngineError):
    code: ClassVar[str] = "cancelled"
    task: str


@dataclass(eq=False)
class BadImage(EngineError):
    """A disk image or redo log that cannot be one."""

    code: ClassVar[str] = "bad-image"
    path: Path
    expected: str
    found: str


@dataclass(eq=False)
class WrongSize(EngineError):
    """The disk in the image has another size than was said of it; bytes."""

    code: ClassVar[str] = "wrong-size"
    path: Path
    expected: int
    found: int


@dataclass(eq=False)
class ImageBusy(EngineError):
    """The image is already open for writing."""

    code: ClassVar[str] = "image-busy"
    path: Path


@dataclass(eq=False)
class ImageChanged(EngineError):
    """The image was written to or replaced while it was read: what was read is no state that it ever had."""

    code: ClassVar[str] = "image-changed"
    path: Path


@dataclass(eq=False)
class LeftoverRedoLog(EngineError):
    """Redo logs of an interrupted snapshot lie beside the image; `LiveDisk.recover` merges them."""

    code: ClassVar[str] = "leftover-redo-log"
    paths: tuple[Path, ...]


@dataclass(eq=False)
class SnapshotExists(EngineError):
    code: ClassVar[str] = "snapshot-exists"
    path: Path


@dataclass(eq=False)
class SnapshotGone(EngineError):
    """The snapshot was committed (or never taken): its frozen state can no longer be read."""

    code: ClassVar[str] = "snapshot-gone"
    path: Path


@dataclass(eq=False)
class UnknownChangeId(EngineError):
    """Changes are not known since that snapshot: tracking was reset, or is off; everything has to be read."""

    code: ClassVar[str] = "unknown-change-id"
    path: Path
    change_id: str


@dataclass(eq=False)
class StillAttached(EngineError):
    """A snapshot cannot be committed while somebody reads it; a HotAdd disk left attached is the classic case."""

    code: ClassVar[str] = "still-attached"
    path: Path
    holders: tuple[str, ...]


@dataclass(eq=False)
class NoFreeSlot(EngineError):
    """Every target of the proxy's virtual SCSI controllers is taken."""

    code: ClassVar[str] = "no-free-slot"
    node: str
    slots: int


@dataclass(eq=False)
class NotAttached(EngineError):
    code: ClassVar[str] = "not-attached"
    node: str
    slot: str


@dataclass(eq=False)
class GuestFailed(EngineError):
    """The guest workload ended by itself; the cause is chained."""

    code: ClassVar[str] = "guest-failed"


@dataclass(eq=False)
class GuestStalled(EngineError):
    """A write of the guest did not end within the time allowed for the freeze."""

    code: ClassVar[str] = "guest-stalled"
    seconds: float


@dataclass(eq=False)
class HashUnavailable(EngineError):
    """A backup file names a hash algorithm that is unknown or not installed."""

    code: ClassVar[str] = "hash-unavailable"
    algorithm: int


@dataclass(eq=False)
class BadName(EngineError):
    """A name that may not become part of a file name or a file's header."""

    code: ClassVar[str] = "bad-name"
    name: str


@dataclass(eq=False)
class PointExists(EngineError):
    code: ClassVar[str] = "point-exists"
    path: Path


@dataclass(eq=False)
class PointBusy(EngineError):
    """Another writer, alive, holds the unfinished file of this restore point."""

    code: ClassVar[str] = "point-busy"
    path: Path


@dataclass(eq=False)
class RepositoryBusy(EngineError):
    """Another writer, alive, works on the same VM's restore points; `path` is the lock file that it holds."""

    code: ClassVar[str] = "repository-busy"
    path: Path


@dataclass(eq=False)
class CatalogueUnusable(EngineError):
    """There is a catalogue, or something in its place, and it is not used; `flaw` says why. No restore needs it."""

    code: ClassVar[str] = "catalogue-unusable"
    path: Path
    flaw: str


@dataclass(eq=False)
class NoSpace(EngineError):
    """The file system of `path` has `free` bytes, and `needed` are to be written. Nothing was begun."""

    code: ClassVar[str] = "no-space"
    path: Path
    needed: int
    free: int


@dataclass(eq=False)
class UnknownPoint(EngineError):
    code: ClassVar[str] = "unknown-point"
    point: str


@dataclass(eq=False)
class UnknownDisk(EngineError):
    code: ClassVar[str] = "unknown-disk"
    point: str
    disk: str


@dataclass(eq=False)
class OutsideDisk(EngineError):
    """A range of bytes that the disk does not have; all in bytes."""

    code: ClassVar[str] = "outside-disk"
    disk: str
    size: int
    offset: int
    length: int


@dataclass(eq=False)
class PointIncomplete(EngineError):
    """A restore point may not be finished: blocks are missing, placed twice, or refer to nothing."""

    code: ClassVar[str] = "point-incomplete"
    point: str
    disk: str
    block: int
    reason: str


@dataclass(eq=False)
class NothingBuiltOn(EngineError):
    """A restore point cannot be merged: there is none that builds on it."""

    code: ClassVar[str] = "nothing-built-on"
    point: str


@dataclass(eq=False)
class ChainTooLong(EngineError):
    """Nothing more may be built on this point: its chain has as many points as a chain may have."""

    code: ClassVar[str] = "chain-too-long"
    point: str
    points: int


@dataclass(eq=False)
class WriterClosed(EngineError):
    code: ClassVar[str] = "writer-closed"
    point: str


@dataclass(eq=False)
class OutputExists(EngineError):
    code: ClassVar[str] = "output-exists"
    path: Path
